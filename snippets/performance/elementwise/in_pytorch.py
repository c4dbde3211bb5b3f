"""A chain of element-wise operations: the activation GELU by hand."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_sample_images

pixels = np.stack(load_sample_images().images)  # (2, 427, 640, 3)
photos = ((pixels - pixels.mean()) / pixels.std()).astype("float32")


# %% Activate
def batch():
    return (torch.tensor(photos),)


def activate(x):
    # x * x * x and not x**3: two products instead of a power.
    inner = 0.7978845608 * (x + 0.044715 * x * x * x)  # sqrt(2 / pi)
    return 0.5 * x * (1 + torch.tanh(inner))


# %% Look at the result
activated = activate(*batch()).numpy()
print("three values: ", photos[0, 200, 300].round(3))
print("and activated:", activated[0, 200, 300].round(3))
print(f"smallest of {activated.size}: {activated.min():.3f}")
