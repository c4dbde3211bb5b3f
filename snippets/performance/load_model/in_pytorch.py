"""Load a saved network from disk into a model that is ready to predict."""

# %% Save a network
import tempfile
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = (load_digits().data / 16).astype("float32")  # (1797, 64)


def build():
    return nn.Sequential(
        nn.Linear(64, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


model = build()
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in model.parameters():
        start = rng.normal(0, 0.1, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))
folder = tempfile.TemporaryDirectory()
path = Path(folder.name, "weights.pt")
torch.save(model.state_dict(), path)


# %% Load it
def load():
    loaded = build()  # the file holds no layers, only weights
    loaded.load_state_dict(torch.load(path))
    return loaded.eval()


# %% Predict with both
with torch.inference_mode():
    logits_before = model(torch.tensor(images)).numpy()
    logits_after = load()(torch.tensor(images)).numpy()
folder.cleanup()
gap = abs(logits_before - logits_after).max()
print("weights:", sum(weight.numel() for weight in model.parameters()))
print("first logits:", logits_after[0, :4].round(3))
print("largest gap after loading:", gap)
