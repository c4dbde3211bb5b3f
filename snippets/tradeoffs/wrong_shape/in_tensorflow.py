"""A layer of the wrong width stops you; a loss of the wrong shape does not."""

# %% Load
import warnings

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

data = load_digits()
images = tf.constant(data.images / 16, dtype=tf.float32)
images = images[..., None]  # (1797, 8, 8, 1)
digits = tf.constant(data.target, dtype=tf.float32)  # (1797,)
rng = np.random.default_rng(0)
start = rng.normal(0, 0.1, (144, 10))

# %% Say the wrong width
# A 3 x 3 window fits into 8 x 8 pixels at 6 x 6 places, not at 8 x 8.
convolution = keras.layers.Conv2D(4, 3, use_bias=False)
convolution.build((None, 8, 8, 1))
filters = rng.normal(0, 0.5, (3, 3, 1, 4))
convolution.set_weights([filters])
stages = ["built"]
try:
    scores = keras.layers.Dense(10, name="scores")
    scores.build((None, 8 * 8 * 4))
    stages.append("stacked")
    layers = [convolution, keras.layers.Flatten(), scores]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    stages.append("called")
    model(images)
except ValueError as error:
    print(f"{type(error).__name__} when {stages[-1]}:\n{error}")
found_at, stated_width = len(stages), scores.kernel.shape[0]

# %% Let it be inferred
scores = keras.layers.Dense(10, use_bias=False)
layers = [convolution, keras.layers.Flatten(), scores]
model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
width = scores.kernel.shape[0]
scores.set_weights([start])
logits = model(images).numpy()
print("width:", width, "logits:", logits[0, :3].round(3))


# %% Predict the digit as a number
def train(loss_of):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer="zeros"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.05)
    losses = []
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = loss_of(digits, model(images))  # (1797,) and (1797, 1)
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        losses.append(float(loss))
    spread = float(tf.math.reduce_std(model(images)))
    print(f"loss {losses[0]:.2f} -> {losses[-1]:.2f}, spread {spread:.2f}")
    return [losses[0], losses[-1], spread]


# %% Use the loss of the library
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    library = train(keras.losses.MeanSquaredError())
for warning in told[:1]:
    print(*str(warning.message).split(". "), sep="\n")
warned = [bool(told)]

# %% Write the loss yourself
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    by_hand = train(
        lambda digits, guess: tf.reduce_mean((digits - guess) ** 2)
    )
warned.append(bool(told))
print("warned by the library, and here:", warned)

# %% Mend it
mended = train(
    lambda digits, guess: tf.reduce_mean((digits - guess[:, 0]) ** 2)
)
