"""Four small batches for one step: what one batch of all of them does."""

# %% Load
import keras
import numpy as np
from sklearn.datasets import load_digits

pixels, targets = load_digits(return_X_y=True)
images = (pixels[:1280] / 16).astype("float32")
labels = targets[:1280]

# %% Define the model
rng = np.random.default_rng(0)
kernels = [rng.normal(0, 0.2, size) for size in [(64, 32), (32, 10)]]
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def train(count, batch_size, steps=None, share=1.0):
    hidden = keras.layers.Dense(32, activation="relu")
    scores = keras.layers.Dense(10)
    model = keras.Sequential([keras.Input((64,)), hidden, scores])
    for layer, kernel in zip((hidden, scores), kernels):
        layer.kernel.assign(kernel)
    optimizer = keras.optimizers.SGD(
        learning_rate=0.1, momentum=0.9, gradient_accumulation_steps=steps
    )
    model.compile(optimizer, criterion, loss_weights=share)
    data = images[:count], labels[:count]
    model.fit(*data, batch_size=batch_size, shuffle=False, verbose=0)
    return hidden.kernel.numpy()  # (64, 32)


# %% Train on large batches
large = train(1280, batch_size=128)

# %% Train on a quarter at a time
small = train(1280, batch_size=32, steps=4)
apart = np.abs(small - large).max()
print("the same weights:", apart < 1e-6)

# %% Take the recipe of the other framework
right = train(128, batch_size=32, steps=4) - kernels[0]
wrong = train(128, batch_size=32, steps=4, share=1 / 4) - kernels[0]
factor = np.linalg.norm(wrong) / np.linalg.norm(right)
print("the first step times", factor.round(3))
off_by = max(factor, 1 / factor)
