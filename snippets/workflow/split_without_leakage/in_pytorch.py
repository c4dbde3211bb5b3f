"""The same network looks better or worse than it is, by how you split."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from plotly.data import gapminder
from sklearn.model_selection import GroupShuffleSplit, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from torch import nn
from torch.utils.data import random_split

table = gapminder()  # 142 countries, every five years from 1952 to 2007
continent = table["continent"].to_numpy()
sizes = np.log(table[["gdpPercap", "pop"]])
marks = continent[:, None] == np.unique(continent)  # a list that is known
features = np.hstack([table[["year"]], sizes, marks])  # (1704, 8)
life = table["lifeExp"].to_numpy()
country = table["country"].to_numpy()

# %% Split in three ways
rows = np.arange(len(table))
by_group = GroupShuffleSplit(n_splits=1, test_size=0.25, random_state=1)
late = table["year"].to_numpy() > 1995
splits = {
    "at random": train_test_split(rows, test_size=0.25, random_state=0),
    "by country": next(by_group.split(rows, groups=country)),
    "by time": (rows[~late], rows[late]),
}
for name, (train, test) in splits.items():
    known = np.isin(country[test], country[train]).mean()
    print(f"{name:<10} {len(test)} test rows, {known:.0%} of known countries")


# %% Ask the nearest neighbour
def scaled(train, *others):
    mean, std = features[train].mean(axis=0), features[train].std(axis=0)
    return [(features[part] - mean) / std for part in (train, *others)]


neighbour_errors = []
for name, (train, test) in splits.items():
    inputs, test_inputs = scaled(train, test)
    nearest = KNeighborsRegressor(1).fit(inputs, life[train])
    at = nearest.kneighbors(test_inputs, return_distance=False)[:, 0]
    own = np.mean(country[train[at]] == country[test])
    neighbour_errors.append(abs(life[train[at]] - life[test]).mean())
    print(f"{name:<10} {neighbour_errors[-1]:.2f} years, {own:.0%} its own")


# %% Define the same network
def start():
    rng = np.random.default_rng(1)
    shapes = (8, 64), (64, 64), (64, 1)
    kernels = [rng.normal(0, size[0] ** -0.5, size) for size in shapes]
    inner = nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh()
    model = nn.Sequential(*inner, nn.Linear(64, 1))
    for layer, kernel in zip(model[::2], kernels):
        layer.weight = nn.Parameter(torch.tensor(kernel.T).float())
        nn.init.zeros_(layer.bias)
    return model


def fit(model, inputs, targets, epochs):
    inputs = torch.tensor(inputs, dtype=torch.float32)
    targets = torch.tensor(targets, dtype=torch.float32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs):
        for batch, target in zip(inputs.split(128), targets.split(128)):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(batch)[:, 0], target).backward()
            optimizer.step()


@torch.no_grad()
def predict(model, inputs):
    return model(torch.tensor(inputs, dtype=torch.float32)).numpy()[:, 0]


# %% Train it three times
network_errors = []
for name, (train, test) in splits.items():
    train = np.random.default_rng(2).permutation(train)
    inputs, test_inputs = scaled(train, test)
    mean, std = life[train].mean(), life[train].std()
    model = start()
    fit(model, inputs, (life[train] - mean) / std, epochs=30)
    guesses = mean + std * predict(model, test_inputs)
    network_errors.append(abs(guesses - life[test]).mean())
    print(f"{name:<10} {network_errors[-1]:.2f} years")
places = np.arange(3)
plt.figure(figsize=(6, 3.2))
plt.bar(places - 0.2, neighbour_errors, 0.38, color="#8a8f98", label="nearest")
plt.bar(places + 0.2, network_errors, 0.38, color="#e0452c", label="network")
plt.xticks(places, splits)
plt.title("PyTorch: one model, three answers")
plt.xlabel("split")
plt.ylabel("mean error in years")
plt.legend()
plt.show()

# %% Validate on other countries too
train, test = splits["by country"]
at, at_validation = next(by_group.split(train, groups=country[train]))
train, validation = train[at], train[at_validation]  # places, not rows
parts = [set(country[part]) for part in (train, validation, test)]
print("countries:", *map(len, parts), "of", len(set.union(*parts)))


# %% Split with the framework
def leaked(**options):
    torch.manual_seed(0)
    _, test = random_split(rows, [0.75, 0.25], **options)
    if options:
        options["generator"].manual_seed(7)  # the next script does the same
    train, _ = random_split(rows, [0.75, 0.25], **options)
    return np.isin(test, train).mean()


generator = torch.Generator().manual_seed(7)
leaks = [leaked(), leaked(generator=generator)]
print("test rows trained on later:", *[f"{leak:.0%}" for leak in leaks])

# %% Keep the last rows back
order = np.argsort(continent, kind="stable")[::-1]  # Oceania to Africa
first, last = order[:1278], order[1278:]
first = np.random.default_rng(3).permutation(first)
print("held back:", *np.unique(continent[last], return_counts=True))
inputs, last_inputs = scaled(first, last)
mean, std = life[first].mean(), life[first].std()
model = start()
fit(model, inputs, (life[first] - mean) / std, epochs=5)
gaps = predict(model, last_inputs) - (life[last] - mean) / std
validation_loss = np.mean(gaps**2)
print(f"validation loss: {validation_loss:.3f}")
