"""Run a network in the form that was exported for use without its code."""

# %% Define the network
import tempfile

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

images = (load_digits().images / 16).astype("float32")
images = tf.constant(images[..., None])  # (1797, 8, 8, 1)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(0)
for weight in model.weights:
    weight.assign(rng.normal(0, 0.2, weight.shape))

# %% Export it, and load what was exported
with tempfile.TemporaryDirectory() as folder:
    model.export(folder, verbose=False)  # for any length
    exported = tf.saved_model.load(folder)


def batch(batch_size):
    return (images[:batch_size],)


def predict(images):
    return exported.serve(images)


# %% Compare it with the model it came from
logits_model = model(*batch(100), training=False).numpy()
logits = predict(*batch(100)).numpy()
one_logit = predict(*batch(1)).numpy()
print("first logits:", logits[0, :4].round(3))
print("same as the model's:", np.allclose(logits, logits_model, atol=1e-6))
graph = exported.serve.get_concrete_function(*batch(16)).graph
plumbing = {"Placeholder", "ReadVariableOp", "Const", "Identity", "NoOp"}
functions = graph.as_graph_def().library.function
kinds = [node.op for function in functions for node in function.node_def]
print("operations:", *[kind for kind in kinds if kind not in plumbing])
