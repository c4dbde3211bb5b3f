"""Change what a compiled function reads from outside, and call it again."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_wine

features = torch.tensor(load_wine().data, dtype=torch.float32)  # (178, 13)


# %% Read a number, an object and a tensor
class Settings:
    factor = 1.0


factor, settings, weight = 1.0, Settings(), torch.tensor(1.0)
readers = {
    "a global number": lambda settings: (features * factor).mean(),
    "an object": lambda settings: (features * settings.factor).mean(),
    "a tensor": lambda settings: (features * weight).mean(),
}


def change_and_call(function):
    global factor
    means = []
    for new in 1.0, 2.0, 3.0, 4.0:
        factor = settings.factor = new
        weight.fill_(new)
        means.append(float(function(settings)))
    return means


# %% Change them between eager calls
eager = []
for name, reader in readers.items():
    eager.append(change_and_call(reader))
    print(f"{name:<15}", np.round(eager[-1], 2))

# %% Change them between compiled calls
graphs = []


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


compiled, graph_counts = [], []
for name, reader in readers.items():
    graphs.clear()
    compiled.append(change_and_call(torch.compile(reader, backend=keep)))
    graph_counts.append(len(graphs))
    print(f"{name:<15}", np.round(compiled[-1], 2), "graphs:", len(graphs))
from_python, from_tensor = compiled[:2], compiled[2]
