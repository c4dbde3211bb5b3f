"""Run a network in the form that was exported for use without its code."""

# %% Define the network
import tempfile
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = (load_digits().images / 16).astype("float32")
images = torch.tensor(images[:, None])  # (1797, 1, 8, 8)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3),
    nn.ReLU(),
    nn.Conv2d(16, 32, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(32, 10),
).eval()
rng = np.random.default_rng(0)
order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # of the axes, from Keras'
with torch.no_grad():
    for weight in model.parameters():
        axes = order[weight.ndim]
        size = [weight.shape[axes.index(axis)] for axis in range(len(axes))]
        start = rng.normal(0, 0.2, size).transpose(axes)
        weight.copy_(torch.tensor(start))

# %% Export it, and load what was exported
any_length = torch.export.Dim.DYNAMIC
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "model.pt2")
    program = torch.export.export(
        model, (images[:16],), dynamic_shapes=[{0: any_length}]
    )
    torch.export.save(program, path)
    exported = torch.export.load(path).module()


def batch(batch_size):
    return (images[:batch_size],)


@torch.inference_mode()
def predict(images):
    return exported(images)


# %% Compare it with the model it came from
with torch.inference_mode():
    logits_model = model(*batch(100)).numpy()
logits = predict(*batch(100)).numpy()
one_logit = predict(*batch(1)).numpy()
print("first logits:", logits[0, :4].round(3))
print("same as the model's:", np.allclose(logits, logits_model, atol=1e-6))
nodes = [node for node in program.graph.nodes if callable(node.target)]
print("operations:", *[node.name for node in nodes])
