"""One runtime and one kind of file, filled from either framework."""

# %% Load
import sys

import litert_torch
import numpy as np
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.compiled_model import CompiledModel
from sklearn.datasets import load_digits
from torch import nn

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
labels = torch.tensor(targets)

# %% Train a small network
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
order = {4: (2, 3, 1, 0), 2: (1, 0)}  # as Keras has the axes
for weight in model.parameters():
    nn.init.zeros_(weight)  # the biases stay so
    if weight.ndim > 1:
        kernel = weight.detach().permute(order[weight.ndim])
        deviation = np.sqrt(2 / np.prod(kernel.shape[:-1]))
        kernel.copy_(torch.tensor(rng.normal(0, deviation, kernel.shape)))
optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for _ in range(20):
    for batch in torch.arange(1500).split(100):
        optimizer.zero_grad()
        criterion(model(images[batch]), labels[batch]).backward()
        optimizer.step()
with torch.inference_mode():
    logits_model = model.eval()(images[1500:]).numpy()

# %% Write the file
litert_torch.config.show_progress = False
# As a camera has them: the channels of a pixel beside each other.
channels_last = litert_torch.to_channel_last_io(model, args=[0]).eval()
photographs = images.permute(0, 2, 3, 1)  # (1797, 8, 8, 1)
file = litert_torch.convert(channels_last, (photographs[:1],)).model_content()
file_bytes = len(file)
print("bytes of the file:", file_bytes)
tensorflow_loaded = "tensorflow" in sys.modules
print("TensorFlow is loaded:", tensorflow_loaded)

# %% Look into the file
content = schema.ModelT.InitFromPackedBuf(file, 0)
graph = content.subgraphs[0]
names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
codes = [content.operatorCodes[step.opcodeIndex] for step in graph.operators]
operators = [names[code.builtinCode] for code in codes]
print(*operators)
input_shape = graph.tensors[graph.inputs[0]].shape
print("takes", input_shape)

# %% Run it in LiteRT
runtime = CompiledModel.from_buffer(file)
inputs = runtime.create_input_buffers(0)
outputs = runtime.create_output_buffers(0)
logits = np.empty_like(logits_model)
for row, image in enumerate(photographs[1500:].numpy()):
    inputs[0].write(image[None])  # (1, 8, 8, 1)
    runtime.run_by_index(0, inputs, outputs)
    logits[row] = outputs[0].read(10, np.float32)
apart = np.abs(logits - logits_model).max()
print("same as the model's:", apart < 1e-4)
print("first logits:", logits[0, :5].round(2))
