"""Load a saved network from disk into a model that is ready to predict."""

# %% Save a network
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images = (load_digits().data / 16).astype("float32")  # (1797, 64)


def build():
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(10),
        ]
    )


model = build()
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
folder = tempfile.TemporaryDirectory()
path = Path(folder.name, "model.keras")
model.save(path)


# %% Load it
def load():
    return keras.saving.load_model(path)  # the layers are in the file


# %% Predict with both
logits_before = model(tf.constant(images), training=False).numpy()
logits_after = load()(tf.constant(images), training=False).numpy()
folder.cleanup()
gap = abs(logits_before - logits_after).max()
print("weights:", sum(weight.numpy().size for weight in model.weights))
print("first logits:", logits_after[0, :4].round(3))
print("largest gap after loading:", gap)
