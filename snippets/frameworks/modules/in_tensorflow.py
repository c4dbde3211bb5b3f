"""A network as a class: its children, its weights, its two modes."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images = tf.constant(load_digits().data / 16, dtype=tf.float32)


# %% Write the class
class Net(keras.Model):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units
        self.hidden = [
            keras.layers.Dense(units, activation="relu") for _ in range(2)
        ]
        self.dropout = keras.layers.Dropout(0.5)
        self.scores = keras.layers.Dense(10)  # each will see its inputs

    def call(self, x, training=False):
        for layer in self.hidden:
            x = layer(x)
        return self.scores(self.dropout(x, training=training))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


# %% Build it by calling it
net = Net(32)
early_count = sum(layer.count_params() for layer in net.layers if layer.built)
net(images[:1])
late_count = net.count_params()
print("weights before the first call:", early_count, "- after:", late_count)


# %% Forget a list
class Forgetful(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [keras.layers.Dense(32)]  # a list of Python's

    def call(self, x):
        return self.hidden[0](x)


forgetful = Forgetful()
forgetful(images)
forgetful_count = forgetful.count_params()
print("weights found in a plain list:", forgetful_count)

# %% Name the weights, and fill them in order
rng = np.random.default_rng(0)
sizes = []
for weight in net.weights:
    weight.assign(rng.normal(0, 0.1, weight.shape))
    sizes.append(np.prod(weight.shape))
    print(f"{weight.path:<18}", tuple(weight.shape))


# %% Train, then predict
def varies(**mode):
    pair = net(images, **mode), net(images, **mode)
    return not np.array_equal(*pair)


default_varies = varies()  # a model called by hand predicts
told = [varies(training=True), varies(training=False)]
print("two calls differ:", default_varies, "when told:", told)

# %% Look inside
# Layers can be called again: a second model with the same weights.
inputs = keras.Input((64,))
probe = keras.Model(inputs, net.hidden[0](inputs))
logits = net(images).numpy()
inside = probe(images).numpy()
print("inside:", inside.shape, "logits:", logits[0, :3].round(3))

# %% Make another like it
another = Net.from_config(net.get_config())
another(images[:1])  # gives the layers their shapes
another.set_weights(net.get_weights())
another_logits = another(images).numpy()
print("the same:", np.allclose(another_logits, logits))
