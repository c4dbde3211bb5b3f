"""LSTM weights move between the frameworks; then one bias learns faster."""

# %% Load the digits
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

digits = load_digits()
sequences = digits.images[:256].astype("float32") / 16  # (256, 8, 8)
labels = digits.target[:256]  # (256,)
inputs = torch.from_numpy(sequences)
targets = torch.from_numpy(labels)
print(f"{len(sequences)} digits, read row by row")

# %% Look at the parameters
layer = nn.LSTM(8, 10, batch_first=True)
for name, parameter in layer.named_parameters():
    print(f"{name:16} {tuple(parameter.shape)}")
# The gates, ten rows each: input, forget, cell, output.
bias = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().numpy()
initial_bias = np.abs(bias.reshape(4, 10).mean(axis=1)).round()
print("bias by gate starts near", initial_bias)

# %% Load the same weights
# The layout of a PyTorch checkpoint.
shapes = {
    "weight_ih_l0": (40, 8),
    "weight_hh_l0": (40, 10),
    "bias_ih_l0": (40,),
    "bias_hh_l0": (40,),
}
rng = np.random.default_rng(0)
checkpoint = {
    name: rng.uniform(-0.3, 0.3, shape).astype("float32")
    for name, shape in shapes.items()
}


def load(**options):
    layer = nn.LSTM(8, 10, **options)
    tensors = {n: torch.from_numpy(a) for n, a in checkpoint.items()}
    layer.load_state_dict(tensors)
    return layer


# %% Run the digits
with torch.no_grad():
    outputs, (hidden, cell) = load(batch_first=True)(inputs)
outputs = outputs.numpy()  # (256, 8, 10)
states = np.stack([hidden[0], cell[0]])  # (2, 256, 10)
print("first outputs:", outputs[0, -1, :4].round(4))

# %% Run with the defaults
# Time comes first by default: 256 rows of 8 digits, and no error.
with torch.no_grad():
    default_outputs = load()(inputs)[0][:, -1].numpy()
layouts = np.stack([outputs[:, -1], default_outputs])
gap = np.abs(default_outputs - outputs[:, -1]).max()
print(f"off by {gap:.2f}")


# %% Train fifty steps
def train(layer):
    """The last ten outputs are the scores of the ten digits."""
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    losses = []
    for _ in range(50):
        scores = layer(inputs)[0][:, -1]  # (256, 10)
        loss = nn.functional.cross_entropy(scores, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


losses = train(load(batch_first=True))
print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}")

# %% Train the other framework's way
# One bias is enough: keep the second one still.
frozen = load(batch_first=True)
frozen.bias_hh_l0.requires_grad_(False)
two_bias_losses, one_bias_losses = losses, train(frozen)
print(f"loss {losses[0]:.4f} -> {one_bias_losses[-1]:.4f}")
