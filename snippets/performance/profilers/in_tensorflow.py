"""What one training step is made of, read from a profiler's trace."""

# %% Load
import tempfile
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.tsl.profiler.protobuf import xplane_pb2

pixels, targets = load_digits(return_X_y=True)
images = tf.constant(pixels[:64] / 16, dtype=tf.float32)  # (64, 64)
labels = tf.constant(targets[:64])

# %% Define one training step
rng = np.random.default_rng(0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1)
optimizer.build(model.trainable_variables)


def train_step():
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    weights = model.trainable_variables
    optimizer.apply(tape.gradient(loss, weights), weights)
    return loss


# %% Record a step
train_step()  # the first one is another: see warm-up
folder = tempfile.TemporaryDirectory()
with tf.profiler.experimental.Profile(folder.name):
    with tf.profiler.experimental.Trace("my step"):
        loss = float(train_step())
print("loss:", round(loss, 4))

# %% Open the file
path = next(Path(folder.name).rglob("*.xplane.pb"))  # for XProf
space = xplane_pb2.XSpace.FromString(path.read_bytes())
names = []
for plane in space.planes:
    for event in (event for line in plane.lines for event in line.events):
        names.append(plane.event_metadata[event.metadata_id].name)
folder.cleanup()
print("marked by me:", names.count("my step"))

# %% Count the operations
counts = Counter(
    name.removeprefix("EagerLocalExecute: ")
    for name in names
    if "EagerLocalExecute" in name
)
print("kinds of operation:", len(counts))
shown = ["BiasAdd", "Relu", "SparseSoftmaxCrossEntropyWithLogits"]
shown += ["ReluGrad", "MatMul", "BiasAddGrad"]  # MatMul: both ways
shown += ["AssignSubVariableOp"]  # one for each weight and bias
for name in shown:
    print(counts[name], "x", name)
products = counts["MatMul"]
updates = counts["AssignSubVariableOp"]
print("matrix products:", products, "updates:", updates)
