"""The learning rate of every step, and the losses that it gives."""

# %% Load
import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim import lr_scheduler

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])
train_images, val_images = images[:1280], images[1280:]
train_labels, val_labels = labels[:1280], labels[1280:]
batches = list(zip(train_images.split(64), train_labels.split(64)))
print("steps in an epoch:", len(batches))


# %% Write the schedules
def step_decay(optimizer):
    return lr_scheduler.MultiStepLR(optimizer, [20, 40], gamma=0.1)


def exponential(optimizer):
    return lr_scheduler.ExponentialLR(optimizer, gamma=0.96)


def cosine(optimizer):
    warm_up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=10)
    decay = lr_scheduler.CosineAnnealingLR(optimizer, 50, eta_min=0.02)
    return lr_scheduler.SequentialLR(optimizer, [warm_up, decay], [10])


schedules = [step_decay, exponential, cosine]


# %% Train with each
def start(learning_rate, momentum=0.0):
    model = nn.Linear(64, 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model, torch.optim.SGD(model.parameters(), learning_rate, momentum)


def train_step(model, optimizer, images, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(schedule, momentum=0.0):
    model, optimizer = start(0.8, momentum)
    scheduler = schedule(optimizer)
    rates, losses = [], []
    for batch in 3 * batches:  # three epochs
        rates.append(optimizer.param_groups[0]["lr"])
        losses.append(train_step(model, optimizer, *batch))
        scheduler.step()  # after every step of the optimizer
    return rates, losses


rates, losses = zip(*[train(schedule) for schedule in schedules])
plt.figure(figsize=(6, 3.2))
for name, rate in zip(["steps", "exponential", "cosine"], rates):
    print(f"{name:<12}", np.round(rate[::10], 3))
    plt.plot(rate, label=name)
plt.gca().set(xlabel="step", ylabel="learning rate")
plt.title("PyTorch: three schedules")
plt.legend()
plt.show()

# %% Add momentum
with_momentum = train(step_decay, momentum=0.9)[1]
print("losses after the rate falls:", np.round(with_momentum[20:24], 3))


# %% Give the same milestones
same_milestones = rates[0]
print("steps 19, 20, 21:", np.round(same_milestones[19:22], 3))


# %% Count in epochs
def in_epochs(optimizer):
    return lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)


end_too_early = train(in_epochs)[0][:8]
print("first steps:", np.round(end_too_early, 3))

# %% Step the scheduler first
model, optimizer = start(0.8)
scheduler = exponential(optimizer)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scheduler.step()
print("warns:", "skipping the first value" in str(caught[0].message))
print("rate of the first step:", scheduler.get_last_lr())


# %% Wait for a plateau
def plateau(**options):
    model, optimizer = start(4.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    rates, val_losses = [], []
    for _ in range(12):
        for batch in batches:
            train_step(model, optimizer, *batch)
        with torch.no_grad():
            logits = model(val_images)
        val_loss = nn.functional.cross_entropy(logits, val_labels)
        rates.append(optimizer.param_groups[0]["lr"])
        val_losses.append(val_loss.item())
        scheduler.step(val_loss)
    return rates, val_losses


options = {"factor": 0.5, "threshold": 0.02}
matched = {"patience": 1, "threshold_mode": "abs"}
plateau_rates, val_losses = plateau(**options, **matched)
print("rates:", plateau_rates)

# %% Be as patient
same_patience = plateau(patience=2, threshold_mode="abs", **options)[0]
print("rates:", same_patience)

# %% Leave the threshold relative
relative = plateau(patience=1, **options)[0]
print("rates:", relative)
