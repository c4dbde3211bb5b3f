"""What a file must hold to go on, and what half of a file is worth."""

# %% Look for dropout's place in the file
import pickle
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, labels = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16 + 1, dtype=torch.float32)  # none is 0


def masks(dropout):
    return np.stack([dropout(images).numpy() == 0 for _ in range(2)])


torch.manual_seed(0)
dropout = nn.Dropout(0.25)
torch.save(nn.Sequential(dropout).state_dict(), "model")
places = len(torch.load("model"))
shares = masks(dropout).mean(axis=(1, 2))
print("dropped:", shares.round(2), "- saved with the model:", places)

# %% Save it beside the model
torch.save({"random": torch.get_rng_state()}, "random")
expected = masks(dropout)
torch.manual_seed(1)  # as in a new process
same_masks = [np.array_equal(masks(dropout), expected)]
torch.set_rng_state(torch.load("random")["random"])
same_masks.append(np.array_equal(masks(dropout), expected))
print("the same masks, without the place and with it:", same_masks)

# %% Read half a file
whole = Path("random").read_bytes()
Path("half").write_bytes(whole[: len(whole) // 2])
try:
    torch.load("half")
    half_loads = True
except (OSError, RuntimeError):  # depends on where the half ends
    half_loads = False
print("half a file loads:", half_loads)

# %% Save what may be loaded
brightness = images.numpy().mean()  # NumPy's number, not Python's
loads = []
for value in brightness, float(brightness):
    torch.save({"brightness": value}, "value")
    try:
        torch.load("value")
        loads.append(True)
    except pickle.UnpicklingError:
        loads.append(False)
print("loads, as NumPy's number and as Python's:", loads)
