"""One network as a row, as a composition and as a class."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = tf.constant(pixels / 16, dtype=tf.float32)
labels = tf.constant(digits)

# %% As a row
row = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10),
    ]
)

# %% Composed
inputs = keras.Input((64,))
states = layers.Dense(32, activation="relu")(inputs)
changed = layers.Dense(32, activation="relu")(states)
head = layers.Dense(10)
composed = keras.Model(inputs, head(changed))


# %% As a class
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = layers.Dense(32, activation="relu")
        self.body = layers.Dense(32, activation="relu")
        self.head = layers.Dense(10)

    def call(self, images):
        return self.head(self.body(self.stem(images)))


# %% Count before any data
def count(model):
    return sum(np.prod(weight.shape) for weight in model.weights)


models = [row, composed, Net()]
early_counts = [int(count(model)) for model in models]
print("weights of row, composed, class:", early_counts)

# %% Give all of them the same weights
rng = np.random.default_rng(0)
sizes = (64, 32), (32,), (32, 32), (32,), (32, 10), (10,)
weights = [rng.normal(0, 0.2, size) for size in sizes]


def fill(model):
    model(images[:1])  # now the class has weights, too
    model.set_weights(weights)


for model in models:
    fill(model)
counts = [int(count(model)) for model in models]
print("and now:", counts)

# %% Ask all of them
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def ask(model):
    with tf.GradientTape() as tape:
        logits = model(images)
        loss = criterion(labels, logits)
    gradient = tape.gradient(loss, model.trainable_variables[0])
    return logits.numpy(), gradient.numpy()


logits, gradients = map(np.stack, zip(*map(ask, models)))
for name, scores in zip(("row", "composed", "class"), logits):
    print(f"{name:<8} reads the first digit as", scores[0, :3].round(3))


# %% Add a path around the body
class NetWithSkip(Net):
    def call(self, images):
        states = self.stem(images)
        return self.head(states + self.body(states))


total = layers.add([states, changed])
skips = [keras.Model(inputs, head(total)), NetWithSkip()]
fill(skips[1])  # the other one has the layers of `composed`
skip_logits, skip_gradients = map(np.stack, zip(*map(ask, skips)))
for name, scores in zip(("composed", "class"), skip_logits):
    print(f"{name:<8} reads the first digit as", scores[0, :3].round(3))

# %% Look inside
# The class keeps no graph: what it does on the way is written out again.
stem = skips[1].stem(inputs)
probes = [
    keras.Model(inputs, total),
    keras.Model(inputs, stem + skips[1].body(stem)),
]
inside = np.stack([probe(images).numpy() for probe in probes])
print("the sum, from both:", inside.shape)
