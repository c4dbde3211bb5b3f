"""Task by task: which loss, on which scores, and with which targets."""

# %% Load
import warnings

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from torch import nn


def predict(features, targets):  # by least squares: neither framework's
    features = np.column_stack([np.ones(len(features)), features])
    return features @ np.linalg.lstsq(features[::2], targets[::2])[0]


features, progress = load_diabetes(return_X_y=True)
progress = progress / 100
predicted = torch.tensor(predict(features, progress), dtype=torch.float32)
progress = torch.tensor(progress, dtype=torch.float32)  # (442,)
features, benign = load_breast_cancer(return_X_y=True)
logit = torch.tensor(8 * predict(features, benign) - 4, dtype=torch.float32)
benign = torch.tensor(benign, dtype=torch.float32)  # (569,)
pixels, digits = load_digits(return_X_y=True)
one_hot = np.eye(10)[digits]
logits = torch.tensor(8 * predict(pixels, one_hot), dtype=torch.float32)
digits, one_hot = torch.tensor(digits), torch.tensor(one_hot)  # (1797, 10)

# %% Predict a number
square = nn.MSELoss()(predicted, progress)
absolute = nn.L1Loss()(predicted, progress)
huber = nn.HuberLoss(delta=1.0)(predicted, progress)
regression = torch.stack([square, absolute, huber]).numpy()
print("square, absolute, Huber:", regression.round(4))

# %% Tell two classes apart
binary = nn.BCEWithLogitsLoss()(logit, benign).item()
print(f"benign or not: {binary:.4f}")

# %% Tell ten classes apart
sparse = nn.CrossEntropyLoss()(logits, digits)
dense = nn.CrossEntropyLoss()(logits, one_hot.float())
smooth = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, digits)
many = torch.stack([sparse, dense, smooth]).numpy()
print("integers, one-hot, smoothed:", many.round(4))

# %% Answer ten questions at once
multilabel = nn.BCEWithLogitsLoss()(logits - 4, one_hot.float()).item()
print(f"is it a 0, is it a 1, and so on: {multilabel:.4f}")

# %% Weigh a rare class
weights = torch.ones(10)
weights[8] = 5.0
by_default = nn.CrossEntropyLoss(weight=weights)(logits, digits).item()
by_weights = by_default
losses = nn.CrossEntropyLoss(reduction="none")(logits, digits)
by_batch = (losses * weights[digits]).mean().item()
print(f"divided by the weights: {by_weights:.4f}, the batch: {by_batch:.4f}")
print(f"by default: {by_default:.4f}")

# %% Apply softmax first
squashed = nn.CrossEntropyLoss()(logits.softmax(dim=1), digits).item()
print(f"instead of {many[0]:.4f}: {squashed:.4f}")

# %% Add a dimension
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    broadcast = nn.MSELoss()(predicted[:, None], progress).item()
print(f"instead of {square:.4f}: {broadcast:.4f}, warnings: {len(caught)}")

# %% Be sure and wrong
one = torch.ones(1)
certain = nn.BCELoss()(torch.zeros(1), one).item()
with_logits = nn.BCEWithLogitsLoss()(torch.full([1], -200.0), one).item()
print(f"from probabilities {certain:.2f}, from logits {with_logits:.2f}")
