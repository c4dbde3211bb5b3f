"""Count how often Python runs in 26 steps of training, compiled or not."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_diabetes
from torch import nn

raw, targets = load_diabetes(return_X_y=True)
features = torch.tensor(raw / raw.std(axis=0), dtype=torch.float32)
targets = torch.tensor(targets[:, None] / targets.std()).float()  # (442, 1)
runs, losses, graphs = {}, [], []


# %% Count inside a layer and inside the optimizer
class Counted(nn.Module):
    def forward(self, features):
        if not torch.compiler.is_compiling():  # the graph leaves this out
            runs["layer"] += 1
        return features


class CountedSGD(torch.optim.SGD):
    def step(self):
        runs["optimizer"] += 1
        return super().step()


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


# %% Train
def train(compiled=False):
    model = nn.Sequential(
        nn.Linear(10, 16), Counted(), nn.ReLU(), nn.Linear(16, 1)
    )
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for weight in model.parameters():
            start = rng.normal(0, 0.3, weight.shape[::-1])
            weight.copy_(torch.tensor(start.T))
    if compiled:
        model.compile(backend=keep)
    optimizer = CountedSGD(model.parameters(), lr=0.01)
    runs.update(layer=0, optimizer=0)
    graphs.clear()
    history = []
    for _ in range(2):
        history.append(0.0)
        for batch in torch.arange(442).split(34):  # 13 of them
            optimizer.zero_grad()
            outputs = model(features[batch])
            loss = nn.functional.mse_loss(outputs, targets[batch])
            loss.backward()
            optimizer.step()
            history[-1] += loss.item() / 13
    losses.append(history)
    print("losses:", np.round(history, 4), runs, "graphs:", len(graphs))


# %% Ask for nothing
train()
runs_by_default, graphs_by_default = list(runs.values()), len(graphs)

# %% Ask for eager
train()  # the same: nothing is compiled unasked
eager_runs = list(runs.values())

# %% Ask for compiled
train(compiled=True)
graphs_on_request, updates_on_request = len(graphs), runs["optimizer"]
