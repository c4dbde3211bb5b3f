"""The clock stops when the call returns; the work may still run."""

# %% Load
from time import perf_counter

import numpy as np
import tensorflow as tf
from skimage import data

photo = data.retina()[200:1224, 200:1224, 1]  # its green channel
pixels = photo.astype("float32") / 255  # (1024, 1024)
distances = np.subtract.outer(np.arange(1024), np.arange(1024))
weights = np.exp(-(distances**2) / 8)
weights /= weights.sum(axis=1, keepdims=True)

# %% Define the work
image = tf.constant(pixels)
kernel = tf.constant(weights, dtype=tf.float32)


def photograph():
    return image, kernel


def blur(image, kernel):
    for _ in range(2):  # along the columns, then along the rows
        image = kernel @ image @ tf.transpose(kernel)
    return image


# %% Put it into a queue
# A GPU has one, its stream; this gives the CPU one, too.
tf.config.experimental.set_synchronous_execution(False)
# One entry: `@` on its own would ask for a shape, and so wait for it.
queued = tf.function(blur)


def launch():
    return queued(image, kernel)


def wait():
    tf.test.experimental.sync_devices()


def read(handle):
    return handle.numpy()


# %% Stop the clock too early, and in time
def clock():
    wait()  # for what others left in the queue
    begun = perf_counter()
    launch()
    returned = perf_counter() - begun
    wait()
    return returned, perf_counter() - begun


clock()  # the first time is another subject
returned, finished = np.min([clock() for _ in range(5)], axis=0)
print("the call returned before half of the work was done:")
print(early := bool(returned < finished / 2))

# %% Read a number instead
begun = perf_counter()
blurred = read(launch())
print("reading the result took longer than a quarter of the work:")
print(waited := bool(perf_counter() - begun > finished / 4))

# %% Wait once for many
begun = perf_counter()
handles = [launch() for _ in range(5)]
wait()
print("five calls and one wait took longer than two calls:")
print(added := bool(perf_counter() - begun > finished * 2))

facts = np.array([early, waited, added])
