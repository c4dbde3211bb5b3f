"""Keras layers inside a training loop of TensorFlow's own."""

# %% Load
import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # the default
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = tf.constant(pixels / 16, dtype=tf.float32)
batches = tf.data.Dataset.from_tensor_slices((images, digits)).batch(64)

# %% Define the model
# A Keras layer is a function of tensors: tf.Variables stand beside it.
body = keras.layers.Dense(32, activation="relu")
body.build((None, 64))
head = tf.Variable(tf.zeros((32, 10)))
bias = tf.Variable(tf.zeros(10))
weights = [*body.trainable_variables, head, bias]

# %% Start from the same weights
rng = np.random.default_rng(0)
body.kernel.assign(rng.normal(0, 0.2, (64, 32)))
head.assign(rng.normal(0, 0.2, (32, 10)))

# %% Write one step
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1)


@tf.function
def step(images, labels):
    with tf.GradientTape() as tape:
        logits = body(images) @ head + bias
        loss = criterion(labels, logits)
    # The tape and the optimizer take Keras' variables and TensorFlow's.
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss


# %% Take twenty steps
losses = [float(step(*batch)) for batch in batches.take(20)]
print(f"loss: {losses[0]:.4f}, then {losses[-1]:.4f}")
kernel = keras.ops.convert_to_numpy(body.kernel)
head_kernel = head.numpy()

# %% Look underneath
same = tf.keras.layers.Dense is keras.layers.Dense
print("tf.keras.layers.Dense is keras.layers.Dense:", same)
stored = [body.kernel.value, head]
native = [isinstance(value, tf.Variable) for value in stored]
print("both kernels are tf.Variable:", all(native))
sizes = [list(value.shape) for value in stored]
print("kernel sizes:", sizes)
