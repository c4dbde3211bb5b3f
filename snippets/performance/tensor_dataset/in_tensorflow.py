"""The in-memory shortcut: all data in one tensor, batches cut from it."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
images = tf.constant(pixels / 16, dtype=tf.float32)  # (1797, 64)
labels = tf.constant(digits)


# %% Take one epoch in batches
dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(32)


def epoch():
    return list(dataset)


# %% Look at what comes out
batches = epoch()
batch_means = np.array([tf.reduce_mean(batch) for batch, _ in batches])
last_images, last_labels = (tensor.numpy() for tensor in batches[-1])
print("batches:", len(batches))
print("the last:", last_images.shape, last_images.dtype)

# %% Ask whose memory it is
first_batch = memoryview(batches[0][0])  # without a copy
shared = np.shares_memory(memoryview(images), first_batch)
print("the first batch lies within the data:", shared)

# %% Get the same in the other way
starts = range(0, len(images), 32)
other_batches = [(images[i : i + 32], labels[i : i + 32]) for i in starts]
other_means = np.array([tf.reduce_mean(batch) for batch, _ in other_batches])
other_sizes = np.array([len(labels) for _, labels in other_batches])
first_batch = memoryview(other_batches[0][0])
other_shared = np.shares_memory(memoryview(images), first_batch)
print("the first batch lies within the data:", other_shared)
print("same batches:", np.allclose(batch_means, other_means))
