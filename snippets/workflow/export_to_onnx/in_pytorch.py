"""Export to ONNX, and hold the file to what the framework computed."""

# %% Train on the digits
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from sklearn.datasets import load_digits
from torch import nn

digits = load_digits()
images = torch.tensor(digits.images / 16, dtype=torch.float32)
images = images[:, None]  # (1797, 1, 8, 8)
labels = torch.tensor(digits.target)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3),
    nn.ReLU(),  # (64, 1, 1)
    nn.Flatten(),
    nn.Linear(64, 10),
)
rng = np.random.default_rng(0)
order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # of the axes, from Keras'
with torch.no_grad():
    for weight in model.parameters():
        axes = order[weight.ndim]
        size = [weight.shape[axes.index(axis)] for axis in range(len(axes))]
        start = rng.normal(0, 0.1, size).transpose(axes)
        weight.copy_(torch.tensor(start))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for batch in list(torch.arange(1500).split(100)) * 10:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
    optimizer.step()

# %% Export it
model.append(nn.Softmax(dim=1)).eval()
torch.onnx.export(
    model,
    (images[:8],),
    "digits.onnx",
    input_names=["images"],
    output_names=["probabilities"],
    dynamic_shapes=({0: "batch"},),
    external_data=False,
    verbose=False,
)

# %% Check it, and write into it what one must know
file = onnx.load("digits.onnx")
onnx.checker.check_model(file, full_check=True)
about = {"classes": json.dumps(list(range(10))), "pixels": "0 to 1"}
onnx.helper.set_model_props(file, about)
onnx.save(file, "digits.onnx")
session = onnxruntime.InferenceSession("digits.onnx")
for port in session.get_inputs() + session.get_outputs():
    print(port.name, port.shape, port.type)
about = session.get_modelmeta().custom_metadata_map
print(about)

# %% Run the test set through it
unseen = images[1500:].numpy()


def run(images, session=session):
    name = session.get_inputs()[0].name
    return session.run(None, {name: images})[0]


def accuracy(probabilities):
    return np.mean(probabilities.argmax(axis=1) == digits.target[1500:])


with torch.inference_mode():
    here = model(images[1500:]).numpy()
for size in 1, 64, 297:
    batches = np.split(unseen, range(size, 297, size))
    probabilities = np.concatenate([run(batch) for batch in batches])
    np.testing.assert_allclose(probabilities, here, atol=1e-5)
print(f"the same as the framework, accuracy {accuracy(here):.3f}")
# %% mistakes
try:
    run(unseen.astype("float64"))
except Exception as e: print(type(e), e)
try:
    run(np.moveaxis(unseen, 1, 3))
except Exception as e: print(type(e), e)
