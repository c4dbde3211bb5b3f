"""Export a network to ONNX, and run it where no framework is."""

# %% Define the network
import json
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import onnx
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
logits_model = model(images).numpy()

# %% Export it
with warnings.catch_warnings():
    # Keras mends tf2onnx for NumPy 2, and NumPy warns of the mending.
    warnings.simplefilter("ignore", FutureWarning)
    model.export("model.onnx", format="onnx", verbose=False)

# %% Read the file
file = onnx.load("model.onnx")
onnx.checker.check_model(file, full_check=True)
opset = file.opset_import[0].version
counts = Counter(node.op_type for node in file.graph.node)
nodes, convolutions = counts.total(), counts["Conv"]
print("operator set", opset, "with", nodes, "nodes:")
print(*[f"{count} {kind}" for kind, count in sorted(counts.items())])
shape = file.graph.input[0].type.tensor_type.shape.dim
print("takes:", [axis.dim_value or "any" for axis in shape])

# %% Run it without the framework
program = """
import json
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
name = session.get_inputs()[0].name
images = np.load("images.npy")
np.save("logits.npy", session.run(None, {name: images})[0])
frameworks = {"torch", "tensorflow", "keras"}
print(json.dumps(sorted(frameworks & set(sys.modules))))
"""
Path("run_onnx.py").write_text(program)
np.save("images.npy", images.numpy())
command = [sys.executable, "run_onnx.py"]
child = subprocess.run(command, check=True, capture_output=True)
frameworks_imported = len(json.loads(child.stdout))
print("frameworks in that process:", frameworks_imported)
logits_onnx = np.load("logits.npy")
drift = np.abs(logits_onnx - logits_model).max()
print("as the framework says:", bool(drift < 1e-5))
