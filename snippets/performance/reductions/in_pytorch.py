"""Three reductions: mean, maximum and log-sum-exp of each patch."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_sample_images

pixels = np.stack(load_sample_images().images) / 255  # (2, 427, 640, 3)
# Patches of 16 by 16 pixels, as a vision transformer reads them.
blocks = pixels[:, :416].reshape(2, 26, 16, 40, 16, 3).swapaxes(2, 3)
patch_values = blocks.reshape(2080, 768).astype("float32")


# %% Reduce
def batch():
    return (torch.tensor(patch_values),)


def reduce(patches):
    mean = patches.mean(dim=-1)
    maximum = patches.amax(dim=-1)
    log_sum_exp = patches.logsumexp(dim=-1)
    return torch.stack([mean, maximum, log_sum_exp], dim=-1)


# %% Look at the result
reduced = reduce(*batch()).numpy()  # (2080, 3)
for patch in 0, 1000, 2000:
    print(f"patch {patch}: {reduced[patch].round(3)}")
