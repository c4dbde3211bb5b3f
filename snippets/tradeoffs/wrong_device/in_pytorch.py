"""A model on one device and its data on another, shown without a GPU."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

pixels, digits = load_digits(return_X_y=True)
start = np.random.default_rng(0).normal(0, 0.1, (64, 10))

# %% Name two devices
# "meta" keeps shapes and no numbers; here it stands for a GPU.
here, there = torch.device("cpu"), torch.device("meta")
images = torch.tensor(pixels / 16, dtype=torch.float32)  # on the CPU
print("images:", images.device)


def is_refused(action):
    try:
        print("gives a tensor on", action().device)
        return False
    except (RuntimeError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")
        return True


# %% Put the model there, forget the data
with there:  # what is created in this block is created there
    model = nn.Linear(64, 10)
mixed_refused = is_refused(lambda: model(images))
# A tensor without dimensions may stay where it is.
scale = torch.tensor(0.5)
scalar_refused = is_refused(lambda: scale * model.weight)

# %% Imitate a GPU
# Fake tensors keep the name of a real device, and no numbers either.
with FakeTensorMode():
    imitation = nn.Linear(64, 10, device="cuda:0")
    copy_refused = is_refused(lambda: imitation(torch.ones(1797, 64)))

# %% Send the data after it
logits = model(images.to(there))
arrived = logits.device == there
print("gives a tensor on", logits.device, tuple(logits.shape))


# %% Leave the device
def to_numpy(tensor):
    tensor.numpy()
    return tensor


numpy_refused = is_refused(lambda: to_numpy(logits.detach()))

# %% Ask for a device that is missing
try:
    torch.ones(2, device="cuda:99")
    missing_refused = False
except Exception as error:  # its type and text depend on the build
    missing_refused = isinstance(error, RuntimeError | AssertionError)
print("refused:", missing_refused)
strict_refused = missing_refused  # there is no other mode


# %% Mend it
def predict(model, images):
    device = next(model.parameters()).device  # ask, do not assume
    with torch.no_grad():
        return model(images.to(device)).cpu().numpy()


model.to_empty(device=here)  # on a GPU, model.to(device) would do
with torch.no_grad():
    model.weight.copy_(torch.tensor(start.T))
    model.bias.zero_()
logits = predict(model, images)
print("logits:", logits[0, :3].round(3))
