"""Two devices share the weights as well: each holds half of them."""

# %% Load
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.experimental import dtensor

# Makes two devices of one CPU; leave it out where you have GPUs.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
pixels, targets = load_digits(return_X_y=True)
images = tf.constant(pixels[:640] / 16, dtype=tf.float32)
images = tf.split(images, 10)  # ten batches of 64
labels = tf.split(tf.constant(targets[:640]), 10)

# %% Define the model
rng = np.random.default_rng(0)
start = []
for size in (64, 32), (32, 10):
    start.append(rng.normal(0, 0.2, size).astype("float32"))
    start.append(np.zeros(size[1], dtype="float32"))


@tf.function
def step(weights, images, labels):
    with tf.GradientTape() as tape:
        hidden = tf.nn.relu(images @ weights[0] + weights[1])
        logits = hidden @ weights[2] + weights[3]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        loss = tf.reduce_mean(losses)
    for weight, gradient in zip(weights, tape.gradient(loss, weights)):
        weight.assign_sub(0.5 * gradient)


# %% Train with whole weights
weights = [tf.Variable(weight) for weight in start]
for batch, targets in zip(images, labels):
    step(weights, batch, targets)
whole = weights[0].numpy()  # (64, 32)
needed = sum(weight.numpy().nbytes for weight in weights)

# %% Train with halves
mesh = dtensor.create_mesh([("half", 2)], devices=["CPU:0", "CPU:1"])


def halve(array, axis):
    specs = [dtensor.UNSHARDED] * array.ndim
    specs[axis] = "half"
    halves = tf.split(array, 2, axis=axis)
    return dtensor.pack(halves, dtensor.Layout(specs, mesh))


weights = [dtensor.DVariable(halve(weight, axis=-1)) for weight in start]
for batch, targets in zip(images, labels):
    # The same step: the layouts say what to compute where.
    step(weights, halve(batch, axis=0), halve(targets, axis=0))

# %% Look at what each holds
unpacked = [dtensor.unpack(weight.read_value()) for weight in weights]
held = [sum(part.numpy().nbytes for part in parts) for parts in zip(*unpacked)]
held = [needed, *held]
print("bytes needed and held:", held)
parts = [part.numpy() for part in unpacked[0]]
print("parts of the first kernel:", parts[0].shape, parts[1].shape)
sharded = np.concatenate(parts, axis=1)
apart = np.abs(sharded - whole).max()
print("the same weights:", apart < 1e-6)
