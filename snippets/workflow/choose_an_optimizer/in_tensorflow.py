"""The same problem for five optimizers, as they come and matched."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras.optimizers import SGD, Adam, AdamW, RMSprop
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = tf.constant(pixels[order][:1280] / 16, dtype=tf.float32)
labels = tf.constant(digits[order][:1280])
batches = list(zip(tf.split(images, 20), tf.split(labels, 20)))
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


# %% Train with any optimizer
def train(kind, **options):
    rng = np.random.default_rng(1)
    hidden = keras.layers.Dense(32, activation="relu")
    model = keras.Sequential(
        [keras.Input((64,)), hidden, keras.layers.Dense(10)]
    )
    for layer in model.layers:
        layer.kernel.assign(rng.normal(0, 0.2, layer.kernel.shape))
    model.compile(kind(**options), criterion)
    losses = []
    for inputs, targets in 3 * batches:  # three epochs, 60 steps
        losses.append(model.train_on_batch(inputs, targets))
    return np.array(losses), model.layers[1].kernel.numpy()


# %% Take the defaults
kinds = [SGD, RMSprop, Adam, AdamW]
defaults = [train(kind)[0][-20:].mean() for kind in kinds]
for kind, loss in zip(kinds, defaults):
    print(f"{kind.__name__:<8} loss in the third epoch {loss:.3f}")

# %% Match the settings
matched = {
    "SGD": train(SGD, learning_rate=0.1),
    "momentum": train(SGD, learning_rate=0.1, momentum=0.9),
    "RMSprop": train(RMSprop, learning_rate=0.01, epsilon=1e-14),
    "Adam": train(Adam, learning_rate=0.01),
    "AdamW": train(AdamW, learning_rate=0.01, weight_decay=0.01),
}
sgd, momentum, rmsprop, adam, adamw = (run[0] for run in matched.values())
plt.figure(figsize=(6, 3.2))
for name, (losses, _) in matched.items():
    print(f"{name:<8} loss in the third epoch {losses[-20:].mean():.3f}")
    plt.plot(losses, label=name)
plt.gca().set(xlabel="step", ylabel="loss on its batch")
plt.title("TensorFlow: five optimizers, 60 steps")
plt.legend()
plt.show()

# %% Ask Adam for weight decay
_, weights = train(Adam, learning_rate=0.01, weight_decay=0.5)
decayed = np.linalg.norm(weights)
print(f"length of the last layer's weights: {decayed:.1f}")

# %% Ask for the same weight decay
decoupled = decayed  # it is AdamW that Adam becomes
print(f"length of the last layer's weights: {decoupled:.1f}")

# %% Move the epsilon
raised = train(Adam, learning_rate=0.01, epsilon=0.1)[0]
lowered = train(Adam, learning_rate=0.01, epsilon=1e-14)[0]
print(f"loss in the third epoch, raised: {raised[-20:].mean():.3f}")
print(f"loss in the third epoch, lowered: {lowered[-20:].mean():.3f}")

# %% Give Adam the rate of SGD
too_fast = train(Adam, learning_rate=0.5)[0].max()
print("the loss rises above 10:", bool(too_fast > 10))
