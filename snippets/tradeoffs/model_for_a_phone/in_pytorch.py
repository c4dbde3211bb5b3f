"""A trained network as one file, run by the runtime that a phone has."""

# %% Load
import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
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
weight_bytes = 4 * sum(weight.numel() for weight in model.parameters())

# %% Write the file
one_image = (images[:1],)
program = to_edge_transform_and_lower(
    torch.export.export(model, one_image),
    partitioner=[XnnpackPartitioner()],  # for CPUs of phones
)
file = program.to_executorch().buffer
file_bytes = len(file)
print("bytes of weights:", weight_bytes)
print("bytes of the file:", file_bytes)

# %% Run the file
runtime = Runtime.get().load_program(file).load_method("forward")
image = images[1500:1501]


def predict(image):
    return runtime.execute([image])[0]


# %% Compare it with the model
logits = np.concatenate([predict(image[None]) for image in images[1500:]])
apart = np.abs(logits - logits_model).max()
print("same as the model's:", apart < 1e-4)
print("first logits:", logits[0, :5].round(2))
correct = int((logits.argmax(axis=1) == targets[1500:]).sum())
print("digits recognised:", correct, "of", len(logits))
