"""One function runs on any device, and on one that has no numbers."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

# One processor poses as two devices: say so before the first tensor.
(processor,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    processor, [tf.config.LogicalDeviceConfiguration()] * 2
)
images = tf.constant(load_digits().images, tf.float32)


# %% Write a function that names no device
def height(images):  # (images, 8, 8): the row in which the ink balances
    rows = tf.range(8, dtype=images.dtype)
    moments = tf.linalg.matvec(tf.reduce_sum(images, axis=2), rows)
    return moments / tf.reduce_sum(images, axis=(1, 2))


# %% Run it on every device there is
def height_on(device):
    with tf.device(device.name):
        return height(images).numpy()


devices = tf.config.list_logical_devices()
heights, *others = [height_on(device) for device in devices]
print("a zero, a one, a two:", heights[:3].round(3))
same_everywhere = all(np.allclose(heights, other) for other in others)
print("the same on every device:", same_everywhere)


# %% Run it where there are no numbers
def trace(function, *arguments):
    function = tf.function(function)
    return function.get_concrete_function(*arguments).structured_outputs


without_numbers = tf.TensorSpec(images.shape, images.dtype)
result = trace(height, without_numbers)
shape = tuple(result.shape)
print(shape, result.dtype.name)


# %% Ask for a number there
def reason(error):  # the lines before it say where
    return str(error).strip().split("Error: ")[-1]


def is_refused(function):
    try:
        print("gives", tuple(trace(function, without_numbers).shape))
        return 0
    except (AttributeError, TypeError) as error:
        print(type(error).__name__ + ":", reason(error))
        return 1


def first_number(images):
    return tf.reshape(images, [-1])[0].numpy()


number_refused = is_refused(first_number)


# %% Ask for a shape that the numbers decide
def shades(images):
    return tf.unique(tf.reshape(images, [-1])).y


print("shades here:", len(shades(images)))
size_refused = is_refused(shades)


# %% Name a device inside
def stubborn_height(images):
    with tf.device("CPU:0"):
        rows = tf.range(8, dtype=images.dtype)
    moments = tf.linalg.matvec(tf.reduce_sum(images, axis=2), rows)
    return moments / tf.reduce_sum(images, axis=(1, 2))


with tf.device("CPU:1"):
    stubborn_height(images)  # the rows are copied there
named_refused = is_refused(stubborn_height)


# %% Hide a tensor in a layer
class Height(keras.Layer):
    def __init__(self):
        super().__init__()
        self.rows = tf.range(8.0)

    def call(self, images):
        moments = tf.linalg.matvec(tf.reduce_sum(images, axis=2), self.rows)
        return moments / tf.reduce_sum(images, axis=(1, 2))


layer = Height()
layer_heights = layer(images).numpy()  # here, all is well
hidden_refused = is_refused(layer)


# %% Solve the hidden tensor
class MovableHeight(keras.Layer):
    def __init__(self):
        super().__init__()
        self.rows = np.arange(8, dtype="float32")  # on no device yet

    def call(self, images):
        moments = tf.linalg.matvec(tf.reduce_sum(images, axis=2), self.rows)
        return moments / tf.reduce_sum(images, axis=(1, 2))


layer = MovableHeight()
moved_heights = layer(images).numpy()
print("here:", moved_heights[:3].round(3))
print("there:", tuple(trace(layer, without_numbers).shape))
