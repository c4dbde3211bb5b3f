"""Which call you time decides the winner."""

# %% Define the network
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels = (load_digits().data / 16).astype("float32")  # (1797, 64)
images = torch.tensor(pixels)
model = nn.Sequential(
    nn.Linear(64, 256),
    nn.ReLU(),
    nn.Linear(256, 256),
    nn.ReLU(),
    nn.Linear(256, 10),
).eval()
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in model.parameters():
        start = rng.normal(0, 0.1, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))


# %% Predict with the usual call
def batch(batch_size):
    return (images[:batch_size],)


@torch.inference_mode()
def predict(images):
    return model(images)  # a tensor


# %% Compare the calls
logits = predict(*batch(100))
one_logit = predict(*batch(1)).numpy()
print("a prediction is of type", type(logits).__name__)
logits = logits.numpy()
with torch.no_grad():
    without_gradient = model(*batch(100)).numpy()
calls = {
    "in no_grad": without_gradient,
    "nothing said": model(*batch(100)).detach().numpy(),
}
for name, others in calls.items():
    same = np.allclose(logits, others, atol=1e-5)
    print(f"{name:<17} the same: {same}")
