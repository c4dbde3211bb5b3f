"""Batch, work in parallel, shuffle, and go on in the middle of an epoch."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
by_label = np.argsort(labels, kind="stable")  # as files in folders are
pixels, labels = pixels[by_label], labels[by_label]  # (1797, 64)
count = len(labels)


# %% Batch in order
def prepare(image):
    calls.append(image)
    return tf.cast(image / 16, tf.float32)


calls = []
digits = tf.data.Dataset.from_tensor_slices(pixels)
dataset = digits.map(prepare).batch(32)
batches = list(dataset.as_numpy_iterator())
batch_sizes = [len(batch) for batch in batches]
batch_means = np.array([batch.mean() for batch in batches])
print("batches:", len(batches), "the last of", batch_sizes[-1])
python_calls = [len(calls)]

# %% Work in parallel
calls.clear()
dataset = digits.map(prepare, num_parallel_calls=2).batch(32)
batches = dataset.as_numpy_iterator()
parallel_means = np.array([batch.mean() for batch in batches])
same = np.array_equal(batch_means, parallel_means)
print("same batches, in the same order:", same)
python_calls.append(len(calls))
print("calls of Python in this process:", python_calls)

# %% Shuffle
indices = tf.data.Dataset.range(count)
dataset = indices.shuffle(buffer_size=100, seed=0).batch(32)


def epoch():
    return np.concatenate(list(dataset.as_numpy_iterator()))


order, next_order = epoch(), epoch()
each_once = [np.sort(order), np.sort(next_order)]
orders_differ = not np.array_equal(order, next_order)
longest_lead = (order - np.arange(count)).max()
labels_in_first_hundred = len(set(labels[order[:100]]))
print("comes early by at most:", longest_lead)
print("labels among the first 100:", labels_in_first_hundred)
plt.figure(figsize=(4, 4))
plt.plot(order, ".", markersize=2)
plt.gca().set(xlabel="place in the epoch", ylabel="place in the data")
plt.title("TensorFlow: shuffle(buffer_size=100)")
plt.show()

# %% Shuffle all of it
dataset = indices.shuffle(buffer_size=count, seed=0).batch(32)
labels_in_full_shuffle = len(set(labels[epoch()[:100]]))
print("labels among the first 100:", labels_in_full_shuffle)

# %% Go on in the middle of an epoch
batches = iter(dataset)
for _ in range(10):
    next(batches)
path = tf.train.Checkpoint(batches=batches).save("epoch")
expected = np.concatenate([indices.numpy() for indices in batches])
batches = iter(dataset)  # in a new process, if you like
tf.train.Checkpoint(batches=batches).restore(path).assert_consumed()
rest = np.concatenate([indices.numpy() for indices in batches])
left = len(rest)
resumed = np.array_equal(rest, expected)
print(left, "are left, and come as they would have:", resumed)
