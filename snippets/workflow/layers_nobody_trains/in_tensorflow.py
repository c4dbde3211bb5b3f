"""Four ways to write a layer that does not learn as it should."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = tf.constant(pixels / 16, dtype=tf.float32)
labels = tf.constant(digits)


# %% Train it
def start():
    hidden = [layers.Dense(32, activation="relu") for _ in range(2)]
    rng = np.random.default_rng(0)
    row = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10)])
    for layer in row.layers:
        kernel = rng.normal(0, 0.2, layer.kernel.shape)
        layer.set_weights([kernel, np.zeros(layer.units)])
    return row.layers


def train(model):
    criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    model.compile(optimizer, criterion)
    history = model.fit(
        images, labels, len(images), epochs=20, shuffle=False, verbose=0
    )
    return np.array(history.history["loss"])


row = keras.Sequential([keras.Input((64,)), *start()])
losses = train(row)
print(f"after twenty steps, a loss of {losses[-1]:.3f}")


# %% Keep layers in a plain list
class Listed(keras.Model):
    def __init__(self, stem, body, head):
        super().__init__()
        self.hidden = [stem, body]  # Keras looks into lists
        self.head = head

    def call(self, images):
        for layer in self.hidden:
            images = layer(images)
        return self.head(images)


listed_losses = train(Listed(*start()))
print(f"with a plain list, of {listed_losses[-1]:.3f}")

plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 21), losses, "o-", color="#f59300")
plt.plot(range(1, 21), listed_losses, "x--", color="#f59300")
plt.text(16, losses[-1], "all found, in the list too", ha="right")
plt.title("TensorFlow: does the optimizer find the layers?")
plt.xticks(range(5, 21, 5))
plt.xlabel("step")
plt.ylabel("loss before it")
plt.show()


# %% Make a layer in each call
class Anew(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(10)

    def call(self, images):
        stem = layers.Dense(32, activation="relu")  # another each time
        return self.head(stem(images))


anew = Anew()
varies = not np.array_equal(anew(images), anew(images))
found = anew.count_params()
print("two calls differ:", varies, "- weights found:", found)
try:
    trained = [np.isfinite(train(anew)[-1])]
except ValueError:  # fit compiles the call, and then it may make no weights
    trained = [False]
print("trains without an error:", *trained)

# %% Put one layer into the row twice
stem, body, head = start()
pair = [body] * 2
twice = keras.Sequential([keras.Input((64,)), stem, *pair, head])
twice_count = twice.count_params()
twice_losses = train(twice)
print("four layers, and weights of three:", twice_count)


# %% Forget super
class Orphan(keras.Model):
    def __init__(self):
        self.head = layers.Dense(10)

    def call(self, images):
        return self.head(images)


orphans = []
try:
    orphans.append(Orphan())
    orphans[0](images)
except Exception as error:
    print(type(error).__name__)
made = len(orphans)
print("networks made before the error:", made)
