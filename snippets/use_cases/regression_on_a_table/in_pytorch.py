"""A network counts visits to a doctor, beside two models for counts."""

# %% Load
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import (
    mean_absolute_error,
    mean_poisson_deviance,
    root_mean_squared_error,
)
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

table = pd.read_csv(
    files("statsmodels.datasets.randhie") / "src/randhie.csv"
)  # a year of a person a row
labels = table["mdvis"].to_numpy("float32")  # visits in that year
columns = "xage female income num educdec disea physlm mhi xghindx hlthg"
columns += " hlthf hlthp logc idp year"
table["income"] = np.log1p(table["income"])
table["educdec"] = table["educdec"].fillna(12)  # four rows
sites = pd.get_dummies(table["site"])  # six columns of yes and no
values = table[columns.split()].join(sites).to_numpy("float32")
print(f"visits: mean {labels.mean():.2f}, variance {labels.var():.1f},")
print(f"none in {(labels == 0).mean():.2f} of {len(labels)} years")

# Whoever shares a site, a plan and an income stays on one side.
family = table.groupby(["site", "plan", "income"]).ngroup().to_numpy()
split = GroupKFold(5, shuffle=True, random_state=0)
folds = list(split.split(values, labels, family))


# %% Let the baselines answer
def boost(leaves, rounds):
    return HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.05,
        max_leaf_nodes=leaves,
        max_iter=rounds,
        early_stopping=False,
    )


linear = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-3))
answers = {"mean": np.full(len(labels), labels.mean(dtype=float))}
for name, baseline in [("regression", linear), ("boosting", boost(6, 100))]:
    answers[name] = cross_val_predict(baseline, values, labels, cv=folds)


# %% Compare the two losses
ten = torch.tensor(labels[:10])
rates = torch.arange(1.0, 11.0)
poisson = nn.PoissonNLLLoss()
poisson_loss = poisson(rates.log(), ten).item()
print(f"of the logarithm, which is the default: {poisson_loss:.4f}")
of_rates = nn.PoissonNLLLoss(log_input=False)(rates, ten).item()
print(f"of the rate: {of_rates:.4f}")

# %% Define the model
model = nn.Sequential(nn.Linear(21, 32), nn.Tanh(), nn.Linear(32, 1))
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)


def restart(first_answer):
    kernels = [rng.normal(0, 0.1, shape) for shape in [(21, 32), (32, 1)]]
    with torch.no_grad():
        for layer, kernel in zip(model[::2], kernels, strict=True):
            layer.weight.copy_(torch.tensor(kernel.T))  # (out, in)
            layer.bias.zero_()
        model[2].bias.fill_(first_answer)


# %% Train
def train(numbers, labels, epochs, criterion=poisson):
    numbers = torch.tensor(numbers)
    targets = torch.tensor(labels)[:, None]  # (rows, 1), as the answers
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
    for _ in range(epochs):
        total = 0.0
        for batch in torch.arange(len(targets)).split(256):
            optimizer.zero_grad()
            loss = criterion(model(numbers[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
    return total / len(targets)  # of the last epoch


@torch.no_grad()
def ask(numbers):
    return model(torch.tensor(numbers))[:, 0].double().numpy()


# %% Compare the first steps
rows = rng.permutation(folds[0][0])[:2560]
numbers = StandardScaler().fit_transform(values[rows])
restart(np.log(labels.mean()))
logs = model(torch.tensor(numbers[:256]))  # logarithms of the rates
first_logs = logs.detach().numpy()
poisson(logs, torch.tensor(labels[rows[:256], None])).backward()
first_gradient = model[0].weight.grad.T.numpy().copy()
early_loss = train(numbers, labels[rows], epochs=1)
early_weights = model[0].weight.detach().T.numpy().copy()
print(f"loss over ten batches: {early_loss:.3f}")

# %% Cross-validate
network = np.zeros(len(labels))
squared = np.zeros(len(labels))
losses = []
for seen, unseen in folds:
    rows = rng.permutation(seen)
    scaler = StandardScaler().fit(values[rows])  # on these rows alone
    numbers = scaler.transform(values)
    restart(np.log(labels[rows].mean()))
    losses.append(train(numbers[rows], labels[rows], epochs=5))
    network[unseen] = np.exp(ask(numbers[unseen]))
    restart(labels[rows].mean())
    train(numbers[rows], labels[rows], 5, nn.MSELoss())
    squared[unseen] = ask(numbers[unseen])
answers["network"] = network
print("loss on the training rows:", np.round(losses, 3))

# %% Compare the models
print("            deviance    MAE   RMSE")
for name, answer in answers.items():
    deviance = mean_poisson_deviance(labels, answer)
    mae = mean_absolute_error(labels, answer)
    rmse = root_mean_squared_error(labels, answer)
    print(f"{name:<12}{deviance:8.3f}{mae:7.3f}{rmse:7.3f}")
worse = {}
for name, answer in answers.items():
    # A Poisson deviance, without what the labels alone decide.
    worse[name] = 2 * (network - answer)
    worse[name] -= 2 * labels * np.log(network / answer)
by_family = pd.DataFrame(worse).groupby(family).sum()  # independent
gaps = (by_family.sum() / len(labels)).to_numpy()
margins = 2 * by_family.std().to_numpy() * np.sqrt(len(by_family))
margins /= len(labels)
for name, gap, margin in zip(answers, gaps[:3], margins, strict=False):
    print(f"network minus {name}: {gap:.2f}, margin {margin:.2f}")

# %% Draw what was promised and what came
plt.figure(figsize=(6, 3.2))
plt.axline((2, 2), slope=1, color="0.5", linewidth=1)
for name, color in [("boosting", "0.5"), ("network", "#e0452c")]:
    answer = answers[name]
    tenths = np.array_split(answer.argsort(), 10)
    points = [(answer[rows].mean(), labels[rows].mean()) for rows in tenths]
    plt.plot(*np.transpose(points), "o-", color=color, label=name)
plt.title("Visits a year, by tenths of the answer")
plt.xlabel("expected, mean")
plt.ylabel("observed, mean")
plt.legend()
plt.show()

# %% Look at what is left
left = labels - network
shares = [labels[labels > 10].sum() / labels.sum(), (network > 10).mean()]
dispersion = float((left**2 / network).mean())
print(f"years with more than ten visits hold {shares[0]:.2f} of all visits")
print(f"answers above ten: {shares[1]:.3f}, highest {network.max():.0f}")
print(f"squared miss over the answer: {dispersion:.1f}, Poisson says 1")

# %% Split rows instead of families
random = KFold(5, shuffle=True, random_state=0)
scores = []
for cv in folds, list(random.split(values)):
    seen, unseen = cv[0]
    trees = boost(63, 200).fit(values[seen], labels[seen])
    answer = trees.predict(values[unseen])
    scores.append(mean_poisson_deviance(labels[unseen], answer))
print(f"large trees, by family {scores[0]:.1f}, by row {scores[1]:.1f}")

# %% Square the misses
negative = int((squared < 0).sum())
squared_scores = [
    mean_absolute_error(labels, squared),
    root_mean_squared_error(labels, squared),
]
print(f"years with fewer than no visits: {negative}")
print("MAE and RMSE:", np.round(squared_scores, 2))

# %% Forget an axis
flat = torch.tensor(labels[:256])  # (256,)
rates = torch.tensor(network[:256, None])  # (256, 1)
by_rate = nn.PoissonNLLLoss(log_input=False)
right = by_rate(rates, flat[:, None]).item()
forgotten = by_rate(rates, flat).item()
print(f"loss of two columns {right:.3f}, with a row {forgotten:.3f}")
