"""The first call builds, the later ones run: when a clock may start."""

# %% Load
from time import perf_counter

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images = tf.constant(load_digits().data / 16, dtype=tf.float32)

# %% Define the model
rng = np.random.default_rng(0)
model = keras.Sequential([keras.Input((64,))])
model.add(keras.layers.Dense(512, activation="relu"))
model.add(keras.layers.Dense(10))
for layer in model.layers:
    kernel = rng.normal(0, 0.05, layer.kernel.shape)
    layer.set_weights([kernel, np.zeros(layer.units)])


def batch(batch_size):
    return (images[:batch_size],)


def predict(images):
    return model(images, training=False)


# %% Count what is built
builds = []


def counted(images):
    builds.append(images.shape)  # Python runs only while tracing
    return predict(images)


compiled = tf.function(counted)
sizes = [64, 64, 5, 5, 64, 7, 64]
counts, logits = [], []
for size in sizes:
    logits.append(compiled(*batch(size)).numpy())
    counts.append(len(builds))
print("batch sizes: ", sizes)
print("built so far:", counts)
logits = np.concatenate(logits)  # all of them are compared

# %% Pass a Python number
builds.clear()


@tf.function
def brighten(images, by):
    builds.append(by)
    return images * by


bright = [brighten(images, by).numpy() for by in (2, 3, 4)]
print("built for three numbers:", len(builds))

# %% Clock the first call and the tenth
compiled = tf.function(counted)  # a new one, with nothing built


def clock():
    begun = perf_counter()
    compiled(*batch(64))
    return perf_counter() - begun


seconds = [clock() for _ in range(10)]
print("the first took longer than the tenth:", seconds[0] > seconds[9])


# %% Say when it is steady
def steady_after(clock):
    before = np.inf
    for calls in range(10, 2000, 10):
        after = np.median([clock() for _ in range(10)])
        if 0.75 < after / before < 1.25:
            return calls
        before = after


made_up = iter([900.0] * 12 + [5.0] * 28)  # seconds to test the rule on
calls = steady_after(lambda: next(made_up))
print("made-up seconds are steady after", calls, "calls")
print("measured ones are at some point:", steady_after(clock) is not None)
