"""Change what a compiled function reads from outside, and call it again."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

features = tf.constant(load_wine().data, dtype=tf.float32)  # (178, 13)


# %% Read a number, an object and a tensor
class Settings:
    factor = 1.0


factor, settings, weight = 1.0, Settings(), tf.Variable(1.0)
readers = {
    "a global number": lambda settings: tf.reduce_mean(features * factor),
    "an object": lambda settings: tf.reduce_mean(features * settings.factor),
    "a tensor": lambda settings: tf.reduce_mean(features * weight),
}


def change_and_call(function):
    global factor
    means = []
    for new in 1.0, 2.0, 3.0, 4.0:
        factor = settings.factor = new
        weight.assign(new)
        means.append(float(function(settings)))
    return means


# %% Change them between eager calls
eager = []
for name, reader in readers.items():
    eager.append(change_and_call(reader))
    print(f"{name:<15}", np.round(eager[-1], 2))

# %% Change them between compiled calls
compiled, graph_counts = [], []
for name, reader in readers.items():
    function = tf.function(reader)
    compiled.append(change_and_call(function))
    graph_counts.append(function.experimental_get_tracing_count())
    print(
        f"{name:<15}", np.round(compiled[-1], 2), "graphs:", graph_counts[-1]
    )
from_python, from_tensor = compiled[:2], compiled[2]
