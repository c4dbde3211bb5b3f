"""Count which arguments make a compiled function capture another graph."""

# %% Load
import re

import numpy as np
import torch
from sklearn.datasets import load_wine

features = torch.tensor(load_wine().data, dtype=torch.float32)  # (178, 13)


# %% Count the graphs
def scale(features, by, squared=False):
    if squared:
        features = features * features
    return features * by


graphs = []


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


def count_graphs(function, kinds):
    counts, sums = [], []
    for name, call in kinds.items():
        torch.compiler.reset()
        graphs.clear()
        compiled = torch.compile(function, backend=keep)
        so_far = []
        for i in range(4):
            sums.append(float(call(compiled, i).sum()))
            so_far.append(len(graphs))
        counts.append(so_far)
        print(f"{name:<20}", so_far)
    return counts, sums


# %% Pass other tensors
dtypes = [torch.float32, torch.float64, torch.int32, torch.int64]
kinds = {
    "other values": lambda scale, i: scale(features + i, 2),
    "other types": lambda scale, i: scale(features.to(dtypes[i]), 2),
    "other ranks": lambda scale, i: scale(features[:, :1, *[None] * i], 2),
}
tensor_graphs, tensor_sums = count_graphs(scale, kinds)

# %% Pass other Python numbers
kinds = {
    "an int": lambda scale, i: scale(features, 2 + i),
    "a float": lambda scale, i: scale(features, 2.5 + i),
}
number_graphs, number_sums = count_graphs(scale, kinds)

# %% Pass them so that they are data
kinds = {
    "a tensor": lambda scale, i: scale(features, torch.tensor(2 + i)),
    "a NumPy number": lambda scale, i: scale(features, np.float32(2 + i)),
    "True or False": lambda scale, i: scale(features, 2, i % 2 == 1),
    "keywords or not": lambda scale, i: (
        scale(features, 2) if i % 2 else scale(by=2, features=features)
    ),
}
safe_graphs, safe_sums = count_graphs(scale, kinds)

# %% Ask why, and forbid it
others = [(features, 3), (features[:100], 2), (features.double(), 2)]
compiled = torch.compile(scale, backend=keep)
compiled(features, 2)
refused = []
for other in others:
    try:
        with torch.compiler.set_stance("fail_on_recompile"):
            compiled(*other)
        refused.append(0)
    except RuntimeError as error:
        refused.append(1)
        print(re.search(r"/0: (.*?)(  |\n|$)", str(error))[1])
refused_number, *refused_tensors = refused
