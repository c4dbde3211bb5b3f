"""Clip gradients by their common length, by variable and by value."""

# %% Load
import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from arch.data import sp500
from numpy.lib.stride_tricks import sliding_window_view

returns = np.log(sp500.load()["Close"]).diff()["2004":"2009"]
moves = abs(returns) / abs(returns[:"2006"]).std()  # calm years, then 2008
stretches = sliding_window_view(moves.to_numpy(dtype="float32"), 21)
windows = stretches[:, :-1, None]  # (1491, 20 days, 1)
targets = stretches[:, -1:]  # (1491, 1): the day after
dataset = tf.data.Dataset.from_tensor_slices((windows, targets))
batches = list(dataset.batch(32))
print(len(batches), "batches in the order of time")

# %% Start from the same weights
options = dict(activation="relu", use_bias=False)
rnn = keras.layers.SimpleRNN(16, **options)
head = keras.layers.Dense(1, use_bias=False)
model = keras.Sequential([keras.Input((20, 1)), rnn, head])


def start_again():
    rng = np.random.default_rng(0)
    for weight in model.weights:
        size = weight.shape
        weight.assign(rng.normal(0, 0.8 / np.sqrt(size[0]), size))


# %% Train without clipping
@tf.function
def loss_and_gradients(batch, target):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(batch, training=True) - target) ** 2)
    return loss, tape.gradient(loss, model.trainable_variables)


def train(**clip):
    start_again()
    optimizer = keras.optimizers.SGD(learning_rate=0.05, **clip)
    losses, norms = [], []
    for batch, target in batches:
        loss, gradients = loss_and_gradients(batch, target)
        optimizer.apply(gradients, model.trainable_variables)
        losses.append(float(loss))
        norms.append(float(tf.linalg.global_norm(gradients)))
    return np.array(losses), np.array(norms)


losses, norms = train()
lost_at = int(np.argmin(np.isfinite(losses)))
early_losses, early_norms = losses[:25], norms[:25]
print(f"loss {losses[24]:.1f} at step 25, {losses[lost_at]} at {lost_at + 1}")

# %% Clip the common length
clipped_losses, clipped_norms = train(global_clipnorm=1.0)
print(f"loss {clipped_losses[-10:].mean():.1f} in the last ten steps")
print(f"the longest gradient before clipping: {clipped_norms.max():.0f}")
plt.figure(figsize=(6, 3.2))
plt.plot(norms, ":", color="#f59300", label="training without clipping")
plt.plot(clipped_norms, color="#f59300", label="training with clipping")
plt.axhline(1, color="gray", label="the limit")
plt.gca().set(xlabel="step", ylabel="norm before clipping", yscale="log")
plt.title("TensorFlow: length of the gradient")
plt.legend()
plt.show()

# %% Clip the same gradient in other ways
batch, target = batches[np.argmax([y.numpy().max() for _, y in batches])]


def flat(tensors):
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def step_after(clip, batch=batch):
    start_again()
    start = flat(model.get_weights())
    optimizer = keras.optimizers.SGD(learning_rate=1.0, **clip)
    _, gradients = loss_and_gradients(batch, target)
    optimizer.apply(gradients, model.trainable_variables)
    return start - flat(model.get_weights())


clips = {
    "nothing": {},
    "common length": dict(global_clipnorm=1.0),
    "each variable": dict(clipnorm=1.0),
    "each value": dict(clipvalue=1.0),
}
steps = [step_after(clip) for clip in clips.values()]
for name, step in zip(clips, steps):
    length = np.linalg.norm(step)
    cosine = step @ steps[0] / np.linalg.norm(steps[0]) / length
    print(f"{name:<14} length {length:6.2f}, cosine {cosine:.3f}")

# %% Clip to no effect
start_again()
_, gradients = loss_and_gradients(batch, target)
tf.clip_by_global_norm(gradients, 1.0)  # returns what nobody takes
not_clipped = float(tf.norm(gradients[1]))
print(f"length of one variable's gradient: {not_clipped:.1f}")

# %% Meet a NaN
broken = batch.numpy()
broken[0, 0] = math.nan  # one missing price
step = step_after(clips["common length"], broken)
share_lost = np.isnan(step).mean()
print(f"of the clipped gradient, {share_lost:.0%} is NaN")
_, gradients = loss_and_gradients(broken, target)
try:
    tf.debugging.check_numerics(tf.linalg.global_norm(gradients), "norm")
    refused = False
except tf.errors.InvalidArgumentError as error:
    refused = True
    print("refused:", error.message.split(" [")[0])
