"""Export to ONNX, and hold the file to what the framework computed."""

# %% Train on the digits
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.datasets import load_digits
from torch import nn

digits = load_digits()
shuffled = np.random.default_rng(0).permutation(1797)
images = torch.tensor(digits.images[shuffled] / 16, dtype=torch.float32)
images = images[:, None]  # (1797, 1, 8, 8)
labels = torch.tensor(digits.target[shuffled])
answers = labels[1500:].numpy()
model = nn.Sequential(
    nn.Conv2d(1, 32, 3),
    nn.ReLU(),
    nn.AvgPool2d(2),
    nn.Conv2d(32, 64, 3),
    nn.ReLU(),  # (64, 1, 1)
    nn.Flatten(),
    nn.Linear(64, 10),
)
rng = np.random.default_rng(1)
order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # of the axes, from Keras'
with torch.no_grad():
    for weight in model.parameters():
        axes = order[weight.ndim]
        size = [weight.shape[axes.index(axis)] for axis in range(len(axes))]
        start = rng.normal(0, 0.1, size).transpose(axes)
        weight.copy_(torch.tensor(start))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
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
with torch.inference_mode():
    here = model(images[1500:]).numpy()

# %% Check it, and write into it what one must know
file = onnx.load("digits.onnx")
onnx.checker.check_model(file, full_check=True)
about = {"classes": json.dumps(list(range(10))), "pixels": "0 to 1"}
onnx.helper.set_model_props(file, about)
onnx.save(file, "digits.onnx")
session = onnxruntime.InferenceSession("digits.onnx")
for port in session.get_inputs() + session.get_outputs():
    shape = [n if isinstance(n, int) else "any" for n in port.shape]
    print(port.name, shape, port.type)
print(sorted(session.get_modelmeta().custom_metadata_map.items()))

# %% Run the test set through it
unseen = images[1500:].numpy()


def run(images, session=session):
    outputs = session.run(["probabilities"], {"images": images})
    return outputs[0]


def accuracy(probabilities):
    return np.mean(probabilities.argmax(axis=1) == answers)


for size in 1, 64, 297:
    batches = np.split(unseen, range(size, 297, size))
    probabilities = np.concatenate([run(batch) for batch in batches])
    np.testing.assert_allclose(probabilities, here, atol=1e-5)
print(f"as the framework says, accuracy {accuracy(probabilities):.3f}")

# %% Shrink it to eight bits
prepared = "prepared.onnx"
quant_pre_process("digits.onnx", prepared)
unsigned = quantization.QuantType.QUInt8  # saturates on no processor
quantization.quantize_dynamic(prepared, "small.onnx", weight_type=unsigned)
small = onnxruntime.InferenceSession("small.onnx")
rounded = run(unseen, small)
sizes = [Path(name).stat().st_size for name in ("small.onnx", "digits.onnx")]
share = sizes[0] / sizes[1]
same_class = np.mean(rounded.argmax(axis=1) == here.argmax(axis=1))
print(f"share of the bytes: {share:.1f}, accuracy {accuracy(rounded):.3f}")
print(f"same digit: {same_class:.3f}")

# %% Feed it the wrong way
refused = []
channels_moved = unseen.transpose(0, 2, 3, 1)  # as Keras has them
for wrong in unseen.astype("float64"), channels_moved:
    try:
        run(wrong)
    except InvalidArgument as error:
        refused.append(1)
        print(str(error).split(" : ", 2)[2].splitlines()[0])
unscaled = run(unseen * 16)  # pixels from 0 to 16: nobody complains
print(f"pixels to 16: accuracy {accuracy(unscaled):.3f},", end=" ")
print(f"mean confidence {unscaled.max(axis=1).mean():.2f}")
print(f"       to 1:                 mean confidence {here.max(1).mean():.2f}")
