"""Tensors, a loss, its gradient and its curvature on 569 real tumours."""

# %% Load the data
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_breast_cancer

data = load_breast_cancer()
standardised = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
features = np.column_stack([standardised, np.ones(569)])  # (569, 31)
start = np.random.default_rng(0).normal(0, 0.1, 31)
print(features.shape, features.dtype)

# %% Make tensors
inputs = tf.constant(features, dtype=tf.float32)
targets = tf.constant(data.target, dtype=tf.float32)
print(tuple(inputs.shape), inputs.dtype.name)
number = tf.constant(3)
integer_bits = np.iinfo(number.dtype.as_numpy_dtype).bits
print("a Python int becomes", number.dtype.name)

# %% Mix two dtypes
# Nothing is cast unless you ask for it.
try:
    print((inputs + tf.constant(features)).dtype.name)
except tf.errors.InvalidArgumentError as error:
    print("InvalidArgumentError:", error.message.split(" [")[0])

# %% Change the array afterwards
array = features.copy()
tensor = tf.constant(array)
np.negative(array, out=array)
after_change = tensor.numpy()
print("the tensor holds", after_change[0, :3].round(2))


# %% Compute a loss
def losses_of(weights):
    logits = tf.linalg.matvec(inputs, weights)  # (569,)
    return tf.nn.sigmoid_cross_entropy_with_logits(
        labels=targets, logits=logits
    )


weights = tf.Variable(start, dtype=tf.float32)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(losses_of(weights))
print(f"loss {loss.numpy():.4f}")

# %% Compute its gradient
gradient = tape.gradient(loss, weights).numpy()  # (31,)
print("gradient:", gradient[:4].round(4))

# %% Compute it a second time
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(losses_of(weights))
second_gradient = tape.gradient(loss, weights).numpy()
print("gradient:", second_gradient[:4].round(4))
# A tape starts empty: add up by hand where you want a sum.
accumulated = gradient + second_gradient

# %% Ask for the gradient of 569 losses
with tf.GradientTape() as tape:
    losses = losses_of(weights)
# Summed without a word.
summed_gradient = tape.gradient(losses, weights).numpy()
print("summed:", summed_gradient[:4].round(1))

# %% Multiply the second derivative by the gradient
direction = tf.constant(gradient)
with tf.GradientTape() as outer:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(losses_of(weights))
    slope = tf.tensordot(tape.gradient(loss, weights), direction, 1)
curvature = outer.gradient(slope, weights)
curvature = curvature.numpy()  # (31,), and never a 31 x 31 matrix
print("curvature:", curvature[:4].round(4))

# %% Step as far as the curvature says
step = float(gradient @ gradient / (gradient @ curvature))
next_loss = float(tf.reduce_mean(losses_of(weights - step * direction)))
loss = float(loss)
print(f"step {step:.3f}: loss {loss:.4f} -> {next_loss:.4f}")
