"""One study of Optuna proposes the same trials to both frameworks."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import optuna
import torch
from optuna.distributions import FloatDistribution
from optuna.samplers import RandomSampler, TPESampler
from sklearn.datasets import load_digits
from torch import nn

optuna.logging.set_verbosity(optuna.logging.WARNING)
pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = torch.tensor(pixels / 16, dtype=torch.float32)
labels = torch.tensor(digits)
order = np.random.default_rng(0).permutation(len(labels))
train, validation, test = np.split(order, [512, 962])


# %% Build
def build(units):
    model = nn.Sequential(
        nn.Linear(64, units), nn.ReLU(), nn.Linear(units, 10)
    )
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for layer in model[::2]:
            size = layer.in_features, layer.out_features
            kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
            layer.weight.copy_(torch.tensor(kernel.T))
            layer.bias.zero_()
    return model


# %% Train as the trial proposes
criterion = nn.CrossEntropyLoss()


def objective(trial, highest=2.0):
    learning_rate = trial.suggest_float("rate", 1e-4, highest, log=True)
    batch_size = trial.suggest_int("batch_size", 8, 128, log=True)
    model = build(trial.suggest_categorical("units", [8, 32, 128]))
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    for epoch in range(5):
        for batch in np.split(train, range(batch_size, 512, batch_size)):
            optimizer.zero_grad()
            criterion(model(images[batch]), labels[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            logits = model(images)
        loss = criterion(logits[validation], labels[validation]).item()
        trial.report(loss, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    right = (logits.argmax(1) == labels).numpy()
    trial.set_user_attr("right", right[test].tolist())
    return loss


# %% Search
pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
sampler = TPESampler(seed=0, n_startup_trials=8)
study = optuna.create_study(sampler=sampler, pruner=pruner)
study.optimize(objective, n_trials=16)
proposed = np.array([list(trial.params.values()) for trial in study.trials])
losses = np.array([trial.value for trial in study.trials])
pruned = [trial.state.name == "PRUNED" for trial in study.trials]
print("pruned", sum(pruned), "of", len(pruned), "- best is", losses.argmin())
print({name: round(x, 2) for name, x in study.best_params.items()})
print(f"loss on validation {study.best_value:.3f}")
