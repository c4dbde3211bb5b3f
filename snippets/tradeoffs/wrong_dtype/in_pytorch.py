"""Five numbers of the wrong type: who refuses, who casts, who computes on."""

# %% Load
import numpy as np
import torch
from skimage.data import camera
from sklearn.datasets import load_wine
from torch import nn

raw, targets = load_wine(return_X_y=True)
features = (raw - raw.mean(axis=0)) / raw.std(axis=0)  # (178, 13)
print("features:", features.dtype)
photo = torch.tensor(camera())  # (512, 512)
print("photo:", photo.dtype)


def is_refused(action):
    try:
        print("gives", action().dtype)
        return False
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")
        return True


# %% Give a layer double precision
layer = nn.Linear(13, 3)
with torch.no_grad():
    kernel = np.random.default_rng(0).normal(0, 0.3, (13, 3))
    layer.weight.copy_(torch.tensor(kernel.T))
    layer.bias.zero_()
double_refused = is_refused(lambda: layer(torch.tensor(features)))
# Mended: tell the tensor what the layer is.
inputs = torch.tensor(features, dtype=torch.float32)
logits = layer(inputs).detach()

# %% Give a loss 32-bit labels
criterion = nn.CrossEntropyLoss()
labels = torch.tensor(targets, dtype=torch.int32)
labels_refused = is_refused(lambda: criterion(logits, labels))
# Mended: 64-bit labels, which both take.
loss = criterion(logits, labels.long()).item()
logits = logits.numpy()
print("loss:", round(loss, 4))

# %% Mix whole numbers and fractions
row = photo[0].int()
halves = torch.full((512,), 0.5)
mix_refused = is_refused(lambda: row * halves)
# Mended: say so.
dimmed = (row.float() * halves).numpy()
print("dimmed:", dimmed[:3])

# %% Count past 255
overflow_refused = is_refused(lambda: photo + 100)
wrapped = (photo + 100).numpy()
darker = int((wrapped < photo.numpy()).sum())
print("darker for having added 100:", darker, "of", photo.numel())
# Mended: widen, add, cut off.
brighter = (photo.int() + 100).clamp(max=255).numpy()

# %% Average 8-bit numbers
mean_refused = is_refused(lambda: photo.mean())
total = photo.sum()
print("sum:", total.item(), total.dtype)
total = float(total)
# Mended: average fractions.
mean = photo.float().mean().item()
print("mean:", round(mean, 2))
