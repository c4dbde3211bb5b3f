"""One training step, run eagerly, as a graph and as machine code."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(targets)

# %% Define the model
rng = np.random.default_rng(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
with torch.no_grad():
    for layer in model[0], model[2]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()

# %% Run it eagerly
criterion = nn.CrossEntropyLoss()


def forward(images, labels):
    return criterion(model(images), labels)


def run(forward):
    model.zero_grad()
    loss = forward(images, labels)
    # Where the forward pass is compiled, its backward pass is too.
    loss.backward()
    return loss.item(), model[0].weight.grad.T.numpy()


results = [run(forward)]
print("loss:", round(results[-1][0], 4))

# %% Capture a graph
graphs = []


def keep(graph, example_inputs):
    graphs.append(graph)
    return graph.forward  # run what was captured, kernel by kernel


results.append(run(torch.compile(forward, backend=keep)))
print("loss:", round(results[-1][0], 4))
nodes = [node for node in graphs[0].graph.nodes if callable(node.target)]
print("operations, forward only:", len(nodes))

# %% Generate machine code
results.append(run(torch.compile(forward)))  # Inductor writes C++ here
print("loss:", round(results[-1][0], 4))
_, built = torch.compiler.save_cache_artifacts()
programs = len(built.inductor_artifacts)
print("programs:", programs)

losses = [loss for loss, gradient in results]
gradients = np.stack([gradient for loss, gradient in results])

# %% Feed seven lengths
lengths = range(50, 400, 50)


def count_graphs(**options):
    torch.compiler.reset()
    graphs.clear()
    compiled = torch.compile(forward, backend=keep, **options)
    results, so_far = [], []
    for length in lengths:
        loss = compiled(images[:length], labels[:length])
        results.append(loss.item())
        so_far.append(len(graphs))
    return results, so_far


length_losses, default_graphs = count_graphs()
print("graphs so far:", default_graphs)

# %% Ask for what you want
policies = {
    "one for each length": {"dynamic": False},
    "general from the second on": {},  # the default
    "one for all lengths": {"dynamic": True},
}
plt.figure(figsize=(6, 3.2))
graph_counts = []
for name, options in policies.items():
    graph_counts.append(count_graphs(**options)[1])
    plt.plot(lengths, graph_counts[-1], "o-", label=name)
    print(f"{name:<27}", graph_counts[-1])
plt.gca().set(xlabel="images in the batch", ylabel="graphs so far")
plt.title("PyTorch: graphs for seven lengths")
plt.legend()
plt.show()
