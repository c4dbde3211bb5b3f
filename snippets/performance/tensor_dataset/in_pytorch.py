"""The in-memory shortcut: all data in one tensor, batches cut from it."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(digits)


# %% Take one epoch in batches
def epoch():
    return list(zip(images.split(32), labels.split(32)))


# %% Look at what comes out
batches = epoch()
batch_means = np.array([batch.mean().item() for batch, _ in batches])
last_images, last_labels = (tensor.numpy() for tensor in batches[-1])
print("batches:", len(batches))
print("the last:", last_images.shape, last_images.dtype)

# %% Ask whose memory it is
shared = images.data_ptr() == batches[0][0].data_ptr()
print("the first batch lies within the data:", shared)

# %% Get the same in the other way
dataset = TensorDataset(images, labels)
other_batches = list(DataLoader(dataset, batch_size=32))
other_means = np.array([batch.mean().item() for batch, _ in other_batches])
other_sizes = np.array([len(labels) for _, labels in other_batches])
other_shared = images.data_ptr() == other_batches[0][0].data_ptr()
print("the first batch lies within the data:", other_shared)
print("same batches:", np.allclose(batch_means, other_means))
