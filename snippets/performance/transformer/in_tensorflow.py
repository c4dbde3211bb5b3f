"""A small transformer reads real text: predict, and one training step."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer

text = load_breast_cancer().DESCR  # 569 tumours, described
codes = np.frombuffer(text.encode("ascii", "replace"), "uint8")
windows = codes[:2600].reshape(40, 65).astype("int64")
all_windows, all_labels = windows[:, :64], windows[:, 64]  # what is next?


# %% Define the model
class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape[1:])

    def call(self, states):
        return states + self.table


def normalise(states):
    return layers.LayerNormalization(epsilon=1e-5)(states)


inputs = keras.Input((64,), dtype="int64")
states = Positions()(layers.Embedding(128, 128)(inputs))
for _ in range(2):
    normed = normalise(states)
    states += layers.MultiHeadAttention(4, key_dim=32)(normed, normed)
    hidden = layers.Dense(512, activation="gelu")(normalise(states))
    states += layers.Dense(128)(hidden)
states = normalise(states)[:, -1]  # at the last place
model = keras.Model(inputs, layers.Dense(128)(states))

# %% Start from the same weights
rng = np.random.default_rng(1)
for weight in model.weights:
    if weight.name != "bias" and len(weight.shape) > 1:
        weight.assign(rng.normal(0, 0.05, weight.shape))
parameters = model.count_params()
print(parameters, "parameters")


# %% Write what is timed
def batch(batch_size):
    windows = tf.constant(all_windows[:batch_size])
    return windows, tf.constant(all_labels[:batch_size])


def predict(windows, labels=None):
    return model(windows, training=False)


criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
# A small step: timing takes thousands of them on the same batch.
optimizer = keras.optimizers.SGD(learning_rate=0.0001, momentum=0.9)
optimizer.build(model.trainable_variables)


def train_step(windows, labels):
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(windows, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return loss


# %% Run it
logits = predict(*batch(32)).numpy()  # (32, 128)
print("logits of the first window:", logits[0, :3].round(3))
losses = [float(train_step(*batch(8))) for _ in range(5)]
print("losses:", np.round(losses, 4))
trained_logits = predict(*batch(32)).numpy()
