"""A model on one device and its data on another, shown without a GPU."""

# %% Load
import re

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
start = np.random.default_rng(0).normal(0, 0.1, (64, 10))

# %% Name two devices
# One processor poses as two devices: say so before the first tensor.
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration()] * 2
)
here, there = "CPU:0", "CPU:1"
with tf.device(here):
    images = tf.constant(pixels / 16, dtype=tf.float32)


def name_of(tensor):
    return tensor.device.split("device:")[1]


def is_refused(action):
    try:
        print("gives a tensor on", name_of(action()))
        return False
    except tf.errors.InvalidArgumentError as error:
        message = re.split(r"\. Supported| \(operation", error.message)[0]
        print(f"{type(error).__name__}: {message}")
        return True


print("images:", name_of(images))

# %% Put the model there, forget the data
with tf.device(there):  # what is created in this block is created there
    model = keras.layers.Dense(10)
    model.build((None, 64))
    scale = tf.constant(0.5)
mixed_refused = is_refused(lambda: model(images))
# With or without dimensions, it is all the same.
scalar_refused = is_refused(lambda: scale * images)

# %% Forbid the copy
tf.config.experimental.set_device_policy("explicit")
copy_refused = is_refused(lambda: scale + images)
tf.config.experimental.set_device_policy(None)  # the default again

# %% Send the data after it
with tf.device(there):
    logits = model(images)
arrived = name_of(logits) == there
print("gives a tensor on", name_of(logits), tuple(logits.shape))


# %% Leave the device
def to_numpy(tensor):
    tensor.numpy()
    return tensor


numpy_refused = is_refused(lambda: to_numpy(logits))


# %% Ask for a device that is missing
def ones():
    with tf.device("GPU:99"):
        return tf.ones(2)


missing_refused = is_refused(ones)
tf.config.set_soft_device_placement(False)  # take it literally
strict_refused = is_refused(ones)


# %% Mend it
def predict(model, images):
    with tf.device(model.kernel.value.device):  # ask, do not assume
        return model(images).numpy()


model.set_weights([start, np.zeros(10)])
logits = predict(model, images)
print("logits:", logits[0, :3].round(3))
