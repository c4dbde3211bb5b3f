"""What a model learns, what it keeps, and what it forgets to collect."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_wine

data = load_wine()
features = tf.constant(data.data, dtype=tf.float32)  # (178, 13)
labels = tf.constant(data.target == 0, dtype=tf.float32)
start = np.random.default_rng(0).normal(0, 0.1, 13).astype("float32")

# %% Assign in place
variable = tf.Variable(start)
doubled = 2 * variable
print(type(variable).__name__, "times two is a", type(doubled).__name__)
variable.assign(doubled)
earlier = variable.numpy()  # a copy
variable.assign_sub(tf.fill(13, 0.1))
assigned = variable.numpy()
print("now:    ", assigned[:3].round(3))
print("earlier:", earlier[:3].round(3))


# %% Give a layer three kinds of state
class Score(keras.Layer):
    def __init__(self):
        super().__init__()
        self.weight = keras.Variable(start, name="weight")  # learned
        self.mean = keras.Variable(  # kept
            tf.zeros(13), trainable=False, name="mean"
        )
        self.std = keras.Variable(tf.ones(13), trainable=False, name="std")
        self.bias = tf.Variable(tf.zeros(1))  # forgotten: not Keras' own

    def call(self, features):
        scaled = (features - self.mean) / self.std
        return tf.linalg.matvec(scaled, self.weight) + self.bias


layer = Score()
layer.mean.assign(tf.reduce_mean(features, axis=0))
layer.std.assign(tf.math.reduce_std(features, axis=0))

# %% List what was collected
learned = [variable.name for variable in layer.trainable_variables]
kept = [variable.name for variable in layer.non_trainable_variables]
print("learned:", *learned)
print("kept:   ", *kept)
print("saved:  ", *[variable.name for variable in layer.weights])
collected = [len(learned), len(kept), len(layer.weights)]

# %% Train it
optimizer = keras.optimizers.SGD(learning_rate=0.5)
criterion = keras.losses.BinaryCrossentropy(from_logits=True)
losses = []
for _ in range(20):
    with tf.GradientTape() as tape:
        loss = criterion(labels, layer(features))
    gradients = tape.gradient(loss, layer.trainable_variables)
    optimizer.apply(gradients, layer.trainable_variables)
    losses.append(float(loss))
trained = [*layer.weight.numpy(), *layer.mean.numpy()]
print("loss:", round(losses[0], 4), "->", round(losses[-1], 4))
print("bias:", untouched := layer.bias.numpy().tolist())

# %% Freeze the weight
layer.trainable = False
with tf.GradientTape() as tape:
    loss = criterion(labels, layer(features))
gradient = tape.gradient(loss, layer.weight)  # the tape does not mind
made, listed = gradient is not None, len(layer.trainable_variables)
print("has a gradient:", made, "- variables listed:", listed)


# %% Freeze statistics
def run(trainable, training):
    norm = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3)
    norm.trainable = trainable  # if not, it predicts, whatever you ask
    outputs = norm(features, training=training)
    return [norm.moving_mean.numpy(), *outputs.numpy()]


usual = run(trainable=True, training=True)
frozen = run(trainable=False, training=True)
at_rest = run(trainable=False, training=False)
print("usual:  ", usual[0][:3].round(3))
print("frozen: ", frozen[0][:3].round(3))
print("at rest:", at_rest[0][:3].round(3))
