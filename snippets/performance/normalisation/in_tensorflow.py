"""Layer normalisation: every patch of a photograph on one scale."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_images

pixels = np.stack(load_sample_images().images) / 255  # (2, 427, 640, 3)
# Patches of 16 by 16 pixels, as a vision transformer reads them.
blocks = pixels[:, :416].reshape(2, 26, 16, 40, 16, 3).swapaxes(2, 3)
patches = blocks.reshape(2080, 768).astype("float32")
rng = np.random.default_rng(0)
scales, offsets = rng.normal(1, 0.1, (2, 768)).astype("float32")


# %% Normalise
def batch():
    return tf.constant(patches), tf.constant(scales), tf.constant(offsets)


def normalise(patches, scale, offset):
    layer_norm = keras.ops.layer_normalization
    return layer_norm(patches, scale, offset, axis=-1, epsilon=1e-3)


# %% Look at the result
normalised = normalise(*batch()).numpy()
print("darkest patch: ", patches.mean(axis=1).min().round(3))
print("brightest patch:", patches.mean(axis=1).max().round(3))
recovered = (normalised - offsets) / scales
print("afterwards both:", abs(recovered.mean(axis=1)).max().round(3))
