"""Branch and loop on the value of a tensor, eagerly and in a graph."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_diabetes

raw, targets = load_diabetes(return_X_y=True)
features = torch.tensor(raw / raw.std(axis=0), dtype=torch.float32)
targets = torch.tensor(targets / targets.std(), dtype=torch.float32)  # (442,)


# %% Branch on a value
def loss_of(weights):
    errors = features @ weights - targets
    size = errors.abs().mean()
    if size > 2:  # far away: the error itself, as Huber does
        loss = 4 * size - 4
    else:
        loss = (errors**2).mean()
    return loss


def run(loss_of):
    for start in 0.0, 0.4, 3.0:  # near, farther, far away
        weights = torch.full([10], start, requires_grad=True)
        loss = loss_of(weights)
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, weights)
        gradients.append(gradient.numpy())
    print("losses:", np.round(losses[-3:], 4))


losses, gradients = [], []
run(loss_of)

# %% Compile it as it stands
graphs = []


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # capture only: no C++ compiler to wait for


run(torch.compile(loss_of, backend=keep))
plain_graphs = [len(graphs)]
print("graphs:", len(graphs))

# %% Forbid it
torch.compiler.reset()  # or the graphs from above are found again
refused = [0]
try:
    run(torch.compile(loss_of, backend=keep, fullgraph=True))
except torch._dynamo.exc.Unsupported as error:
    refused[0] += 1
    print(str(error).splitlines()[0])


# %% Put both branches into the graph
def both_in_one(weights):
    errors = features @ weights - targets
    size = errors.abs().mean()
    return torch.cond(
        size > 2,
        lambda errors: 4 * errors.abs().mean() - 4,
        lambda errors: (errors**2).mean(),
        (errors,),
    )


graphs.clear()
run(torch.compile(both_in_one, backend=keep, fullgraph=True))
captured_graphs = [len(graphs)]
print("graphs:", len(graphs))


# %% Loop on a value
slope = -2 * features.T @ targets / 442


def too_long(step):
    moved = features @ (-step * slope) - targets
    return (moved**2).mean() > (targets**2).mean()


def halve(step):
    while too_long(step):
        step = step / 2
    return step


def halve_in_one(step):
    (step,) = torch.while_loop(too_long, lambda step: (step / 2,), (step,))
    return step


steps = [float(halve(torch.tensor(4.0)))]
for function, graph_counts in [
    (halve, plain_graphs),
    (halve_in_one, captured_graphs),
]:
    graphs.clear()
    compiled = torch.compile(function, backend=keep)
    steps.append(float(compiled(torch.tensor(4.0))))
    graph_counts.append(len(graphs))
    print("step:", steps[-1], "graphs:", len(graphs))
