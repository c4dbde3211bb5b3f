"""One study of Optuna proposes the same trials to both frameworks."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import optuna
import torch
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


def objective(trial):
    learning_rate = trial.suggest_float("rate", 1e-4, 2, log=True)
    model = build(trial.suggest_categorical("units", [8, 32, 128]))
    batch_size = trial.suggest_int("batch_size", 16, 128, log=True)
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
    right = (logits.argmax(1) == labels)[test].float()
    trial.set_user_attr("test accuracy", right.mean().item())
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

# %% Compare with chance and with the defaults
chance = optuna.create_study(sampler=RandomSampler(seed=1), pruner=pruner)
chance.add_trials(study.trials[:8])  # they were drawn at random, too
chance.optimize(objective, n_trials=8)
chance_loss = chance.best_value
print(f"loss of random search {chance_loss:.3f}")
default_rate = torch.optim.SGD(build(32).parameters()).defaults["lr"]
usual = {"rate": default_rate, "units": 32, "batch_size": 32}
default_loss = objective(optuna.trial.FixedTrial(usual))
print(f"loss with the rate {default_rate} {default_loss:.3f}")

# %% Draw
rates, done = proposed[:, 0], ~np.array(pruned)
plt.figure(figsize=(6, 3.2))
plt.scatter(rates[done], losses[done], color="#e0452c", label="finished")
plt.scatter(rates[pruned], losses[pruned], color="gray", label="pruned")
plt.xscale("log")
plt.xlabel("learning rate")
plt.ylabel("loss on validation")
plt.title("PyTorch: 16 trials")
plt.legend()
plt.show()

# %% Report on the test set, once
test_accuracy = study.best_trial.user_attrs["test accuracy"]
print(f"accuracy on test {test_accuracy:.3f}")
