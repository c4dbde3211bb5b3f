"""Count how often the Python inside a compiled function happens."""

# %% Load
import io
import random

import numpy as np
import torch
from sklearn.datasets import load_wine

features = torch.tensor(load_wine().data, dtype=torch.float32)
batches = features[:176].reshape(4, 44, 13)
graphs = []


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


# %% Print, append, count
def prints(batch):
    mean = batch.mean()
    print("a batch", file=paper)
    return batch - mean


def appends(batch):
    kept.append(batch.mean())
    return batch.mean()


def counts(batch):
    global calls
    calls += 1
    return batch.mean()


paper, kept, calls = io.StringIO(), [], 0
for function in prints, appends, counts:
    for batch in batches:
        function(batch)
eager_counts = [paper.getvalue().count("\n"), len(kept), calls]
print("print, append, counter:", *eager_counts)

# %% Compile that
paper, kept, calls = io.StringIO(), [], 0
compiled_graphs = []
for function in prints, appends, counts:
    graphs.clear()
    compiled = torch.compile(function, backend=keep)
    for batch in batches:
        compiled(batch)
    compiled_graphs.append(len(graphs))
compiled_counts = [paper.getvalue().count("\n"), len(kept), calls]
print("print, append, counter:", *compiled_counts)
print("graphs:", *compiled_graphs)
print("kept:", kept[0])


# %% Return it instead
def returns(batch):
    return batch.mean(), batch.amax()


graphs.clear()
compiled = torch.compile(returns, backend=keep)
returned = np.array([compiled(batch) for batch in batches])
returned_graphs = [len(graphs)]
print("means:", returned[:, 0].round(2), "graphs:", len(graphs))


# %% Draw random numbers
def from_python(batch):
    return batch.mean() * 0 + random.random()


def from_numpy(batch):
    return batch.mean() * 0 + rng.random()


def from_pytorch(batch):
    return batch.mean() * 0 + torch.rand(())


def draw(function):
    global rng
    random.seed(0)
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    draws = [float(function(batch)) for batch in batches]
    print(f"{len(set(draws))} different:", np.round(draws, 3))
    return draws


eager_draws = [draw(from_python), draw(from_numpy)]

# %% Compile that, too
compiled = [torch.compile(f, backend=keep) for f in (from_python, from_numpy)]
compiled_draws = [draw(function) for function in compiled]
own_draws = len(set(draw(torch.compile(from_pytorch, backend=keep))))
