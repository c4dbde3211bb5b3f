"""Count how often the Python inside a compiled function happens."""

# %% Load
import io
import random

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

features = tf.constant(load_wine().data, dtype=tf.float32)
batches = tf.reshape(features[:176], (4, 44, 13))


# %% Print, append, count
def prints(batch):
    mean = tf.reduce_mean(batch)
    print("a batch", file=paper)
    return batch - mean


def appends(batch):
    kept.append(tf.reduce_mean(batch))
    return tf.reduce_mean(batch)


def counts(batch):
    global calls
    calls += 1
    return tf.reduce_mean(batch)


paper, kept, calls = io.StringIO(), [], 0
for function in prints, appends, counts:
    for batch in batches:
        function(batch)
eager_counts = [paper.getvalue().count("\n"), len(kept), calls]
print("print, append, counter:", *eager_counts)

# %% Compile that
paper, kept, calls = io.StringIO(), [], 0
compiled_graphs = []
for function in prints, appends, counts:
    compiled = tf.function(function)
    for batch in batches:
        compiled(batch)
    compiled_graphs.append(compiled.experimental_get_tracing_count())
compiled_counts = [paper.getvalue().count("\n"), len(kept), calls]
print("print, append, counter:", *compiled_counts)
print("graphs:", *compiled_graphs)
print("kept:", kept[0])


# %% Return it instead
def returns(batch):
    return tf.reduce_mean(batch), tf.reduce_max(batch)


compiled = tf.function(returns)
returned = np.array([compiled(batch) for batch in batches])
returned_graphs = [compiled.experimental_get_tracing_count()]
print("means:", returned[:, 0].round(2), "graphs:", returned_graphs[0])


# %% Draw random numbers
def from_python(batch):
    return tf.reduce_mean(batch) * 0 + random.random()


def from_numpy(batch):
    return tf.reduce_mean(batch) * 0 + rng.random()


def from_tensorflow(batch):
    return tf.reduce_mean(batch) * 0 + tf.random.uniform(())


def draw(function):
    global rng
    random.seed(0)
    rng = np.random.default_rng(0)
    tf.random.set_seed(0)
    draws = [float(function(batch)) for batch in batches]
    print(f"{len(set(draws))} different:", np.round(draws, 3))
    return draws


eager_draws = [draw(from_python), draw(from_numpy)]

# %% Compile that, too
compiled = [tf.function(f) for f in (from_python, from_numpy)]
compiled_draws = [draw(function) for function in compiled]
own_draws = len(set(draw(tf.function(from_tensorflow))))
