"""A finite loss with a gradient that is not: who says so, and where."""

# %% Load
import re
import traceback

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, targets = load_digits(return_X_y=True)
images = tf.constant(pixels / 16, dtype=tf.float32)  # (1797, 64)
labels = tf.constant(targets)


# %% Punish every pixel that is used
def row_norms(kernel):  # (64, 10): one row for each pixel
    squares = tf.reduce_sum(tf.square(kernel), axis=1)
    return tf.reduce_sum(tf.sqrt(squares))


def train(penalty, steps, callbacks=None):
    layer = keras.layers.Dense(
        10,
        kernel_initializer="zeros",
        kernel_regularizer=lambda kernel: 0.002 * penalty(kernel),
    )
    model = keras.Sequential([keras.Input((64,)), layer])
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.5),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    history = model.fit(
        images, labels, 1797, steps, verbose=0, callbacks=callbacks
    )
    return model, history.history["loss"]


# %% Take one step
model, losses = train(row_norms, steps=1)
print(f"loss: {losses[0]:.4f}")
finite_weights = []
for weight in model.weights:
    finite_weights.append(bool(np.isfinite(weight.numpy()).all()))
    print(f"{weight.name:<6} finite: {finite_weights[-1]}")

# %% Stop when it happens
_, losses = train(row_norms, 5, [keras.callbacks.TerminateOnNaN()])
finite_losses = np.isfinite(losses)
print("losses:", np.round(losses, 4))


# %% Ask for the operation
def log_norms(kernel):  # goes wrong on the way there, not back
    return tf.reduce_sum(tf.math.log(tf.reduce_sum(kernel**2, axis=1)))


operations, your_function_named = [], []
tf.debugging.enable_check_numerics()
for penalty in row_norms, log_norms:
    try:
        train(penalty, steps=5)
    except tf.errors.InvalidArgumentError as error:
        message = re.search(r"!!! (Detected .*?) \(", error.message)[1]
        print(f"{type(error).__name__}: {message}")
        operations.append(re.search(r'op "(\w+)"', message)[1])
        named = re.search(r"(in|\)) \w+_norms", traceback.format_exc())
        your_function_named.append(bool(named))
tf.debugging.disable_check_numerics()
print("names your function:", your_function_named)


# %% Trust the norm of the library
kernel = tf.Variable(tf.zeros((64, 10)))
with tf.GradientTape() as tape:
    norms = tf.norm(kernel, axis=1)
gradient = tape.gradient(norms, kernel).numpy()
library_finite = bool(np.isfinite(gradient).all())
print("gradient of its norm at zero finite:", library_finite)


# %% Mend it
def safe_norms(kernel):
    squares = tf.reduce_sum(tf.square(kernel), axis=1)
    return tf.reduce_sum(tf.sqrt(squares + 1e-12))


model, mended_losses = train(safe_norms, steps=20)
kernel = model.layers[0].kernel.numpy()
penalty = float(row_norms(model.layers[0].kernel))
print(f"losses: {mended_losses[0]:.4f} -> {mended_losses[-1]:.4f}")
