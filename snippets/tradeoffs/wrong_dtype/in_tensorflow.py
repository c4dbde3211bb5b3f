"""Five numbers of the wrong type: who refuses, who casts, who computes on."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from skimage.data import camera
from sklearn.datasets import load_wine

raw, targets = load_wine(return_X_y=True)
features = (raw - raw.mean(axis=0)) / raw.std(axis=0)  # (178, 13)
print("features:", features.dtype)
photo = tf.constant(camera())  # (512, 512)
print("photo:", photo.dtype.name)


def is_refused(action):
    try:
        print("gives", action().dtype.name)
        return False
    except tf.errors.InvalidArgumentError as error:
        message = error.message.split(" [Op:")[0]
        print(f"{type(error).__name__}: {message}")
        return True


# %% Give a layer double precision
layer = keras.layers.Dense(3)
layer.build((None, 13))
kernel = np.random.default_rng(0).normal(0, 0.3, (13, 3))
layer.set_weights([kernel, np.zeros(3)])
double_refused = is_refused(lambda: layer(tf.constant(features)))
# Mended: tell the tensor what the layer is.
inputs = tf.constant(features, dtype=tf.float32)
logits = layer(inputs)

# %% Give a loss 32-bit labels
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
labels = tf.constant(targets, dtype=tf.int32)
labels_refused = is_refused(lambda: criterion(labels, logits))
# Mended: 64-bit labels, which both take.
loss = float(criterion(tf.cast(labels, tf.int64), logits))
logits = logits.numpy()
print("loss:", round(loss, 4))

# %% Mix whole numbers and fractions
row = tf.cast(photo[0], tf.int32)
halves = tf.fill([512], 0.5)
mix_refused = is_refused(lambda: row * halves)
# Mended: say so.
dimmed = (tf.cast(row, tf.float32) * halves).numpy()
print("dimmed:", dimmed[:3])

# %% Count past 255
overflow_refused = is_refused(lambda: photo + 100)
wrapped = (photo + 100).numpy()
darker = int((wrapped < photo.numpy()).sum())
print("darker for having added 100:", darker, "of", photo.numpy().size)
# Mended: widen, add, cut off.
brighter = tf.minimum(tf.cast(photo, tf.int32) + 100, 255).numpy()

# %% Average 8-bit numbers
mean_refused = is_refused(lambda: tf.reduce_mean(photo))
total = tf.reduce_sum(photo)
print("sum:", int(total), total.dtype.name)
total = float(total)
# Mended: average fractions.
mean = float(tf.reduce_mean(tf.cast(photo, tf.float32)))
print("mean:", round(mean, 2))
