"""What a seed repeats, what it does not, and why one seed is an anecdote."""

# %% Draw from three generators
import os
import random
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(digits)


def build(units):
    model = nn.Sequential(nn.Linear(64, units), nn.ReLU())
    model.append(nn.Linear(units, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

    def train_step(images, labels):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return model, train_step


def train(model, train_step, epochs=5):
    for layer in model[0], model[2]:
        nn.init.xavier_uniform_(layer.weight)  # the framework draws
        nn.init.zeros_(layer.bias)
    rows = random.sample(range(1797), 1000)  # Python draws
    losses = []
    for _ in range(epochs):
        order = np.random.permutation(rows)  # NumPy draws
        for chosen in torch.tensor(order).split(50):
            losses.append(train_step(images[chosen], labels[chosen]))
    test = np.setdiff1d(range(1797), rows)
    with torch.no_grad():
        predicted = model(images[test]).argmax(dim=1).numpy()
    accuracy = np.mean(predicted == digits[test])
    return np.reshape(losses, (epochs, -1)).mean(axis=1), accuracy


# %% Leave out one seed of three
seeds = {
    "Python": random.seed,
    "NumPy": np.random.seed,
    "PyTorch": torch.manual_seed,
}
network = build(64)
repeats = []
for left_out in "none", *seeds:
    runs = []
    for _ in range(2):
        for name in seeds.keys() - {left_out}:
            seeds[name](7)
        runs.append(train(*network, epochs=1)[0])
    repeats.append(np.array_equal(*runs))
    print(f"left out: {left_out:<10} the run repeats: {repeats[-1]}")
*repeats, repeats_without_its_seed = repeats

# %% Train with ten seeds
accuracies, curves = [], []
for units in 64, 72:
    network = build(units)
    for seed in range(10):
        for name in seeds:
            seeds[name](seed)
        curve, accuracy = train(*network)
        curves.append(curve)
        accuracies.append(accuracy)
accuracies = np.reshape(accuracies, (2, 10))
mean_curve = np.mean(curves, axis=0)  # over twenty runs
means = accuracies.mean(axis=1)
spreads = accuracies.std(axis=1, ddof=1)
for units, mean, spread in zip((64, 72), means, spreads):
    print(f"{units} units: accuracy {mean:.3f}, spread {spread:.3f}")

# %% Look at one seed at a time
gains = accuracies[1] - accuracies[0]
standard_error = gains.std(ddof=1) / np.sqrt(10)
print(f"72 units gain {gains.min():+.3f} to {gains.max():+.3f}")
print(f"on average {gains.mean():+.3f} +- {standard_error:.3f}")
figure, axis = plt.subplots(figsize=(6, 3.2))
axis.plot(["64 units", "72 units"], accuracies, "o-", color="#e0452c")
axis.margins(x=0.3)
axis.set(title="PyTorch: ten seeds, each a line", ylabel="test accuracy")
axis.set_xlabel("size of the hidden layer")
plt.show()

# %% Add in another order
values = torch.log1p(images).flatten()
orders = [np.random.default_rng(n).permutation(115_008) for n in range(10)]
sums = [values[order].sum().item() for order in orders]
spread_of_sums = np.ptp(sums) / np.mean(sums)
print("one sum in ten orders:", spread_of_sums == 0)
print("the same to five digits:", spread_of_sums < 1e-5)

# %% Number words in another process
program = "print(list({'zero', 'one', 'two', 'three'}))"
for hash_seed in "1", "2":  # unset, each process draws its own
    child = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
    )
    print(child.stdout.strip())

# %% Ask for determinism
torch.use_deterministic_algorithms(True)
try:
    torch.zeros(10).put_(labels, images[:, 20])  # who writes last?
    refused = False
except RuntimeError as error:
    refused = True
    print(str(error).split(",")[0])
print("memory nobody wrote to:", torch.empty(2).numpy())
torch.use_deterministic_algorithms(False)
