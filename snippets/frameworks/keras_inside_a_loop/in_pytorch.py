"""Keras layers inside a training loop of PyTorch's own."""

# %% Load
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = torch.tensor(pixels / 16, dtype=torch.float32).split(64)
labels = torch.tensor(digits).split(64)

# %% Define the model
# A Keras layer is an nn.Module: it stands beside PyTorch's own.
model = nn.Sequential(
    keras.layers.Dense(32, activation="relu"),
    nn.Linear(32, 10),
)
model[0].build((None, 64))

# %% Start from the same weights
rng = np.random.default_rng(0)
model[0].kernel.assign(rng.normal(0, 0.2, (64, 32)))
with torch.no_grad():
    model[1].weight.copy_(torch.tensor(rng.normal(0, 0.2, (32, 10)).T))
    model[1].bias.zero_()

# %% Write one step
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def step(images, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()  # reaches through the Keras layer
    optimizer.step()
    return loss.item()


# %% Take twenty steps
losses = [step(*batch) for batch in list(zip(images, labels))[:20]]
print(f"loss: {losses[0]:.4f}, then {losses[-1]:.4f}")
kernel = keras.ops.convert_to_numpy(model[0].kernel)
head_kernel = model[1].weight.detach().T.numpy()

# %% Look underneath
print("a Keras layer is an nn.Module:", isinstance(model[0], nn.Module))
stored = [model[0].kernel.value, model[1].weight]
native = [isinstance(value, nn.Parameter) for value in stored]
print("both kernels are nn.Parameter:", all(native))
sizes = [list(value.shape) for value in stored]
print("kernel sizes:", sizes)
