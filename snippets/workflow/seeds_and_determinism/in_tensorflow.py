"""What a seed repeats, what it does not, and why one seed is an anecdote."""

# %% Draw from three generators
import os
import random
import subprocess
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)
images = tf.constant(pixels / 16, dtype=tf.float32)  # (1797, 64)
labels = tf.constant(digits)


def build(units):
    hidden = keras.layers.Dense(units, activation="relu")
    model = keras.Sequential([keras.Input((64,)), hidden])
    model.add(keras.layers.Dense(10))
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(learning_rate=0.5)

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            loss = criterion(labels, model(images, training=True))
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    return model, train_step


def train(model, train_step, epochs=5):
    for layer in model.layers:
        draw = keras.initializers.GlorotUniform()  # the framework draws
        layer.kernel.assign(draw(layer.kernel.shape))
        layer.bias.assign(tf.zeros_like(layer.bias))
    rows = random.sample(range(1797), 1000)  # Python draws
    losses = []
    for _ in range(epochs):
        order = np.random.permutation(rows)  # NumPy draws
        for chosen in tf.split(order, 20):
            batch = tf.gather(images, chosen), tf.gather(labels, chosen)
            losses.append(float(train_step(*batch)))
    test = np.setdiff1d(range(1797), rows)
    logits = model(tf.gather(images, test))
    predicted = logits.numpy().argmax(axis=1)
    accuracy = np.mean(predicted == digits[test])
    return np.reshape(losses, (epochs, -1)).mean(axis=1), accuracy


# %% Leave out one seed of three
seeds = {
    "Python": random.seed,
    "NumPy": np.random.seed,
    "TensorFlow": tf.random.set_seed,
}
network = build(64)
repeats = []
for left_out in "none", *seeds:
    runs = []
    for _ in range(2):
        for name in seeds.keys() - {left_out}:
            seeds[name](7)
        runs.append(train(*network, epochs=1)[0])
    repeats.append(np.array_equal(*runs))
    print(f"left out: {left_out:<10} the run repeats: {repeats[-1]}")
*repeats, repeats_without_its_seed = repeats

# %% Train with ten seeds
accuracies, curves = [], []
for units in 64, 72:
    network = build(units)
    for seed in range(10):
        for name in seeds:
            seeds[name](seed)
        curve, accuracy = train(*network)
        curves.append(curve)
        accuracies.append(accuracy)
accuracies = np.reshape(accuracies, (2, 10))
mean_curve = np.mean(curves, axis=0)  # over twenty runs
means = accuracies.mean(axis=1)
spreads = accuracies.std(axis=1, ddof=1)
for units, mean, spread in zip((64, 72), means, spreads):
    print(f"{units} units: accuracy {mean:.3f}, spread {spread:.3f}")

# %% Look at one seed at a time
gains = accuracies[1] - accuracies[0]
standard_error = gains.std(ddof=1) / np.sqrt(10)
print(f"72 units gain {gains.min():+.3f} to {gains.max():+.3f}")
print(f"on average {gains.mean():+.3f} +- {standard_error:.3f}")
figure, axis = plt.subplots(figsize=(6, 3.2))
axis.plot(["64 units", "72 units"], accuracies, "o-", color="#f59300")
axis.margins(x=0.3)
axis.set(title="TensorFlow: ten seeds, each a line", ylabel="test accuracy")
axis.set_xlabel("size of the hidden layer")
plt.show()

# %% Add in another order
values = tf.reshape(tf.math.log1p(images), [-1])
orders = [np.random.default_rng(n).permutation(115_008) for n in range(10)]
sums = [float(tf.reduce_sum(tf.gather(values, order))) for order in orders]
spread_of_sums = np.ptp(sums) / np.mean(sums)
print("one sum in ten orders:", spread_of_sums == 0)
print("the same to five digits:", spread_of_sums < 1e-5)

# %% Number words in another process
program = "print(list({'zero', 'one', 'two', 'three'}))"
for hash_seed in "1", "2":  # unset, each process draws its own
    child = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
    )
    print(child.stdout.strip())

# %% Ask for determinism
tf.random.set_seed(None)
tf.config.experimental.enable_op_determinism()  # there is no way back
try:
    tf.random.normal([2])
    refused = False
except RuntimeError as error:
    refused = True
    print(str(error).split(".")[0])
