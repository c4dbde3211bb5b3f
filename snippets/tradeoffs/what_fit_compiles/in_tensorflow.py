"""Count how often Python runs in 26 steps of training, compiled or not."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes

raw, targets = load_diabetes(return_X_y=True)
features = tf.constant(raw / raw.std(axis=0), dtype=tf.float32)
targets = tf.constant(targets[:, None] / targets.std(), dtype=tf.float32)
runs, losses, graphs = {}, [], []


# %% Count inside a layer and inside the optimizer
class Counted(keras.layers.Layer):
    def call(self, features):
        runs["layer"] += 1
        if not tf.executing_eagerly():
            graphs.append(features.shape)
        return features


class CountedSGD(keras.optimizers.SGD):
    def apply(self, gradients, weights=None):
        runs["optimizer"] += 1
        return super().apply(gradients, weights)


# %% Train
def train(**options):
    model = keras.Sequential(
        [
            keras.layers.Dense(16),
            Counted(),
            keras.layers.ReLU(),
            keras.layers.Dense(1),
        ]
    )
    runs.update(layer=0, optimizer=0)
    model.build((None, 10))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(0, 0.3, weight.shape))
    model.compile(CountedSGD(learning_rate=0.01), "mse", **options)
    runs.update(layer=0, optimizer=0)
    graphs.clear()
    history = model.fit(
        features, targets, batch_size=34, epochs=2, shuffle=False, verbose=0
    ).history["loss"]
    losses.append(history)
    print("losses:", np.round(history, 4), runs, "graphs:", len(graphs))
    return model


# %% Ask for nothing
model = train()
runs_by_default, graphs_by_default = list(runs.values()), len(graphs)
gpus = tf.config.list_physical_devices("GPU")
print("XLA where there is a GPU:", model.jit_compile == bool(gpus))

# %% Ask for eager
train(run_eagerly=True)
eager_runs = list(runs.values())

# %% Ask for compiled
train(run_eagerly=False)  # the same: it is the default
graphs_on_request, updates_on_request = len(graphs), runs["optimizer"]
