"""A two-dimensional convolution: 48 channels in, 64 out."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_images

pixels = np.stack(load_sample_images().images) / 255  # (2, 427, 640, 3)
# A block of four by four pixels becomes one place with 48 channels.
blocks = pixels[:, :424].reshape(2, 106, 4, 160, 4, 3).swapaxes(2, 3)
photos = blocks.reshape(2, 106, 160, 48).astype("float32")
rng = np.random.default_rng(0)
kernel = rng.normal(0, 0.05, (3, 3, 48, 64)).astype("float32")


# %% Convolve
def batch():
    # Channels last: as the photographs come.
    images = tf.constant(photos)
    filters = tf.constant(kernel)
    return images, filters


def convolve(images, filters):
    return tf.nn.conv2d(images, filters, strides=1, padding="SAME")


# %% Look at the result
features = convolve(*batch()).numpy()
print("in: ", photos.shape)
print("out:", features.shape)
print("one place, four channels:", features[0, 50, 80, :4].round(3))
