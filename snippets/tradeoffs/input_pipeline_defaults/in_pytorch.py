"""Batch, work in parallel, shuffle, and go on in the middle of an epoch."""

# %% Load
from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset

pixels, labels = load_digits(return_X_y=True)
by_label = np.argsort(labels, kind="stable")  # as files in folders are
pixels, labels = pixels[by_label], labels[by_label]  # (1797, 64)
count = len(labels)


# %% Batch in order
class Digits(Dataset):
    def __len__(self):
        return count

    def __getitem__(self, index):
        calls.append(index)
        return torch.tensor(pixels[index] / 16, dtype=torch.float32)


calls = []
loader = DataLoader(Digits(), batch_size=32)
batches = [batch.numpy() for batch in loader]
batch_sizes = [len(batch) for batch in batches]
batch_means = np.array([batch.mean() for batch in batches])
print("batches:", len(batches), "the last of", batch_sizes[-1])
python_calls = [len(calls)]

# %% Work in parallel
calls.clear()
# On Linux the workers are forks, which find the data in memory.
loader = DataLoader(Digits(), 32, num_workers=2)
parallel_means = np.array([batch.numpy().mean() for batch in loader])
same = np.array_equal(batch_means, parallel_means)
print("same batches, in the same order:", same)
python_calls.append(len(calls))  # the workers have lists of their own
print("calls of Python in this process:", python_calls)

# %% Shuffle
generator = torch.Generator().manual_seed(0)
loader = DataLoader(
    range(count), batch_size=32, shuffle=True, generator=generator
)


def epoch():
    return np.concatenate([indices.numpy() for indices in loader])


order, next_order = epoch(), epoch()
each_once = [np.sort(order), np.sort(next_order)]
orders_differ = not np.array_equal(order, next_order)
longest_lead = (order - np.arange(count)).max()
labels_in_first_hundred = len(set(labels[order[:100]]))
labels_in_full_shuffle = labels_in_first_hundred  # it was a full one
print("comes early by at most:", longest_lead)
print("labels among the first 100:", labels_in_first_hundred)
plt.figure(figsize=(4, 4))
plt.plot(order, ".", markersize=2)
plt.gca().set(xlabel="place in the epoch", ylabel="place in the data")
plt.title("PyTorch: shuffle=True")
plt.show()

# %% Go on in the middle of an epoch
state = generator.get_state()  # at the beginning of this epoch
expected = epoch()
generator.set_state(state)
batches = islice(loader, 10, None)  # draws ten batches, and drops them
rest = np.concatenate([indices.numpy() for indices in batches])
left = len(rest)
resumed = np.array_equal(rest, expected[10 * 32 :])
print(left, "are left, and come as they would have:", resumed)
