"""A trained network in eight bits, calibrated on real digits."""

# %% Load
import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from sklearn.datasets import load_digits
from torch import nn
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

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
model.eval()

# %% Write it in 32 bits
one_image = (images[:1],)


def write(model):
    exported = torch.export.export(model, one_image)
    cpu = [XnnpackPartitioner()]
    program = to_edge_transform_and_lower(exported, partitioner=cpu)
    return program.to_executorch().buffer


file_32 = write(model)

# %% Calibrate, and write it in eight
eight_bits = get_symmetric_quantization_config(is_per_channel=True)
quantizer = XNNPACKQuantizer().set_global(eight_bits)
captured = torch.export.export(model, one_image).module()
observed = prepare_pt2e(captured, quantizer)
for image in images[:1500:10].split(1):
    observed(image)
file_8 = write(convert_pt2e(observed))
share = len(file_8) / len(file_32)
print("bytes:", len(file_32), len(file_8), "share:", round(share, 2))


# %% Run both
def load(file):
    method = Runtime.get().load_program(file).load_method("forward")
    return lambda image: method.execute([image])[0]


in_32, in_8 = load(file_32), load(file_8)
image = images[1500:1501]


def predict(image):
    return in_8(image)


digits = images[1500:].split(1)
logits_32 = np.concatenate([in_32(digit) for digit in digits])
logits_8 = np.concatenate([predict(digit) for digit in digits])

# %% Compare them
moved = np.abs(logits_8 - logits_32).max()
print(f"logits moved by up to {moved:.0f} of {np.ptp(logits_32):.0f}")
answers = np.stack([logits_32, logits_8]).argmax(axis=2)  # (2, 297)
correct = (answers == targets[1500:]).sum(axis=1)
same = int((answers[0] == answers[1]).sum())
print("recognised:", *correct, "of", len(answers[0]), "alike:", same)
