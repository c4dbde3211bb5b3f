"""The first call builds, the later ones run: when a clock may start."""

# %% Load
from time import perf_counter

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = torch.tensor(load_digits().data / 16, dtype=torch.float32)

# %% Define the model
rng = np.random.default_rng(0)
model = nn.Sequential(nn.Linear(64, 512), nn.ReLU(), nn.Linear(512, 10))
with torch.no_grad():
    for layer in model[0], model[2]:
        size = layer.in_features, layer.out_features
        layer.weight.copy_(torch.tensor(rng.normal(0, 0.05, size).T))
        layer.bias.zero_()


def batch(batch_size):
    return (images[:batch_size],)


@torch.inference_mode()
def predict(images):
    return model(images)


# %% Count what is built
builds = []


def count(graph, example_inputs):
    builds.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


compiled = torch.compile(predict, backend=count)
sizes = [64, 64, 5, 5, 64, 7, 64]
counts, logits = [], []
for size in sizes:
    logits.append(compiled(*batch(size)).numpy())
    counts.append(len(builds))
print("batch sizes: ", sizes)
print("built so far:", counts)
logits = np.concatenate(logits)  # all of them are compared

# %% Pass a Python number
builds.clear()
brighten = torch.compile(lambda images, by: images * by, backend=count)
bright = [brighten(images, by).numpy() for by in (2, 3, 4)]
print("built for three numbers:", len(builds))

# %% Clock the first call and the tenth
torch.compiler.reset()


def clock():
    begun = perf_counter()
    compiled(*batch(64))
    return perf_counter() - begun


seconds = [clock() for _ in range(10)]
print("the first took longer than the tenth:", seconds[0] > seconds[9])


# %% Say when it is steady
def steady_after(clock):
    before = np.inf
    for calls in range(10, 2000, 10):
        after = np.median([clock() for _ in range(10)])
        if 0.75 < after / before < 1.25:
            return calls
        before = after


made_up = iter([900.0] * 12 + [5.0] * 28)  # seconds to test the rule on
calls = steady_after(lambda: next(made_up))
print("made-up seconds are steady after", calls, "calls")
print("measured ones are at some point:", steady_after(clock) is not None)
