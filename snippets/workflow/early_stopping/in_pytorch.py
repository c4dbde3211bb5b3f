"""Stop when the validation loss no longer falls, and keep the best."""

# %% Load
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

features, tumours = load_breast_cancer(return_X_y=True)  # (569, 30)
order = np.random.default_rng(0).permutation(len(features))
features = features[order] - features[order[:200]].mean(axis=0)
features /= features[:200].std(axis=0)  # both from the training rows
inputs = torch.tensor(features, dtype=torch.float32)
labels = torch.tensor(tumours[order])
train_set = inputs[:200], labels[:200]
val_set = inputs[200:350], labels[200:350]
test_set = inputs[350:], labels[350:]
print("train", 200, "validate", len(val_set[0]), "test", len(test_set[0]))

# %% Start from the same weights
criterion = nn.CrossEntropyLoss()


def start():
    rng = np.random.default_rng(1)
    model = nn.Sequential(nn.Linear(30, 32), nn.ReLU(), nn.Linear(32, 2))
    with torch.no_grad():
        for layer in model[0], model[2]:
            size = layer.in_features, layer.out_features
            kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
            layer.weight.copy_(torch.tensor(kernel.T))
            layer.bias.zero_()
    return model, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


# %% Write the loop that stops
def train_epoch(model, optimizer):
    model.train()
    losses = []
    for inputs, labels in zip(*[part.split(50) for part in train_set]):
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.mean(losses)  # of batches of one size


@torch.inference_mode()
def evaluate(model, data):
    model.eval()
    return criterion(model(data[0]), data[1]).item()


def fit(val_set, patience, restore_best_weights=True):
    model, optimizer = start()
    losses, val_losses, best_loss, wait = [], [], np.inf, 0
    for _ in range(30):
        losses.append(train_epoch(model, optimizer))
        val_losses.append(evaluate(model, val_set))
        if val_losses[-1] < best_loss:
            best_loss, wait = val_losses[-1], 0
            best = deepcopy(model.state_dict())
        else:
            wait += 1
            if wait >= patience:
                break
    if restore_best_weights:
        model.load_state_dict(best)
    return model, losses, val_losses


# %% Stop early
model, losses, val_losses = fit(val_set, patience=8)
stopped, best = len(val_losses), int(np.argmin(val_losses)) + 1
print(f"stopped after epoch {stopped}, went back to epoch {best}")
restored = evaluate(model, test_set)
print(f"test loss of the best weights: {restored:.3f}")

# %% See the best epoch and the last
epochs = range(1, stopped + 1)
plt.figure(figsize=(6, 3.2))
plt.plot(epochs, losses, "--", color="#e0452c", label="training")
plt.plot(epochs, val_losses, color="#e0452c", label="validation")
plt.plot(best, min(val_losses), "o", color="#e0452c", label="best")
plt.gca().set(xlabel="epoch", ylabel="loss")
plt.title("PyTorch: the best epoch, and the last")
plt.legend()
plt.show()

# %% Keep the last weights
model, _, _ = fit(val_set, patience=8, restore_best_weights=False)
last = evaluate(model, test_set)
print(f"test loss of the last weights: {last:.3f}")

# %% Keep the best without a copy
model, optimizer = start()
for _ in range(best):
    train_epoch(model, optimizer)
kept = model.state_dict()  # names for the weights that go on learning
for _ in range(8):
    train_epoch(model, optimizer)
model.load_state_dict(kept)
uncopied = evaluate(model, test_set)
print(f"test loss of what was kept: {uncopied:.3f}")

# %% Be less patient
stops = [len(fit(val_set, patience)[2]) for patience in (0, 1)]
print("with patience 0 and 1 it stops after epoch:", stops)

# %% Stop on the test set
_, _, test_losses = fit(test_set, patience=8)
peeked = min(test_losses)
print(f"reported: {peeked:.4f}, honest: {restored:.4f}")
