"""Three reductions: mean, maximum and log-sum-exp of each patch."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_sample_images

pixels = np.stack(load_sample_images().images) / 255  # (2, 427, 640, 3)
# Patches of 16 by 16 pixels, as a vision transformer reads them.
blocks = pixels[:, :416].reshape(2, 26, 16, 40, 16, 3).swapaxes(2, 3)
patch_values = blocks.reshape(2080, 768).astype("float32")


# %% Reduce
def batch():
    return (tf.constant(patch_values),)


def reduce(patches):
    mean = tf.reduce_mean(patches, axis=-1)
    maximum = tf.reduce_max(patches, axis=-1)
    log_sum_exp = tf.reduce_logsumexp(patches, axis=-1)
    return tf.stack([mean, maximum, log_sum_exp], axis=-1)


# %% Look at the result
reduced = reduce(*batch()).numpy()  # (2080, 3)
for patch in 0, 1000, 2000:
    print(f"patch {patch}: {reduced[patch].round(3)}")
