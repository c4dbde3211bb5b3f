"""Where tensors lie, where they are computed, and who decides it."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)
pixels = (pixels / 16).astype("float32")  # (1797, 64)
start = np.random.default_rng(0).normal(0, 0.1, (64, 10))

# %% Choose a device
device = torch.accelerator.current_accelerator(check_available=True)
device = device or torch.device("cpu")
# "meta" needs no hardware: it knows shapes, and holds no numbers.
here, there = torch.device("cpu"), torch.device("meta")
print(here, there)

# %% Put model and data there
model = nn.Linear(64, 10)
with torch.no_grad():
    model.weight.copy_(torch.tensor(start.T))
    model.bias.zero_()
model = model.to(device)


def predict(model):
    images = torch.from_numpy(pixels).to(device)
    with torch.no_grad():
        return model(images).cpu().numpy()


logits = predict(model)
print("logits:", logits[0, :3].round(3))

# %% See who decides
one, far_one = torch.ones(3, device=here), torch.ones(3, device=there)
with there:
    tensors = {
        "made in the block": torch.ones(3),
        "made from an array": torch.from_numpy(np.ones(3)),
        "computed in the block": one + one,
    }
tensors["computed outside"] = far_one + far_one
for name, tensor in tensors.items():
    print(f"{name:<21}", tensor.device)
made, from_array, inside, outside = [
    tensor.device == there for tensor in tensors.values()
]

# %% Ask for a shape without the memory
large = torch.empty(100_000, 100_000, device="meta")
gigabytes = large.nbytes / 1e9
shape = tuple((large @ large).shape)
print(f"{gigabytes:.0f} GB not taken, product", shape)

# %% Make it there, fill it there
with there:
    second = nn.Linear(64, 10)  # no memory, no random numbers
begun_there = second.weight.device == there
second.to_empty(device=device)
second.load_state_dict(model.state_dict())
second_logits = predict(second)
print("logits:", second_logits[0, :3].round(3))
