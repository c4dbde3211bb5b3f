"""Export a network to ONNX, and run it where no framework is."""

# %% Define the network
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits
from torch import nn

images = (load_digits().images / 16).astype("float32")
images = torch.tensor(images[:, None])  # (1797, 1, 8, 8)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3),
    nn.ReLU(),
    nn.Conv2d(16, 32, 3),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(32, 10),
).eval()
rng = np.random.default_rng(0)
order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # of the axes, from Keras'
with torch.no_grad():
    for weight in model.parameters():
        axes = order[weight.ndim]
        size = [weight.shape[axes.index(axis)] for axis in range(len(axes))]
        start = rng.normal(0, 0.2, size).transpose(axes)
        weight.copy_(torch.tensor(start))
    logits_model = model(images).numpy()

# %% Export it
any_length = {0: torch.export.Dim.DYNAMIC}
torch.onnx.export(
    model,
    (images[:8],),
    "model.onnx",
    dynamic_shapes=(any_length,),
    external_data=False,  # the weights into the same file
    verbose=False,
)

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
