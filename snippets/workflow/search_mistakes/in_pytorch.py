"""A search on the wrong scale, and a score that was chosen for being high."""

# %% Draw learning rates on two scales
import matplotlib.pyplot as plt
import numpy as np
import optuna
import torch
from optuna.distributions import FloatDistribution
from sklearn.datasets import load_digits
from torch import nn

optuna.logging.set_verbosity(optuna.logging.WARNING)


def draw(log, count):
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler)
    space = {"rate": FloatDistribution(1e-4, 2, log=log)}
    return np.array([study.ask(space).params["rate"] for _ in range(count)])


shares = [np.mean(draw(log, 200) < 0.1) for log in (True, False)]
print(f"below 0.1: {shares[0]:.1%} on a log scale, {shares[1]:.1%} if not")

# %% Load
pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])

# %% Train one model for each rate
rates = draw(True, 16)
criterion = nn.CrossEntropyLoss()
right = []
for rate in rates:
    model = nn.Linear(64, 10)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for batch, truth in zip(images[:512].split(32), labels[:512].split(32)):
        optimizer.zero_grad()
        criterion(model(batch), truth).backward()
        optimizer.step()
    with torch.no_grad():
        answers = model(images[512:]).argmax(1)
    right.append((answers == labels[512:]).numpy())
right = np.array(right)  # (16 models, 1285 images)
accuracies = right.mean(axis=1)
best = accuracies.argmax()
print(f"best rate {rates[best]:.2f}, accuracy {accuracies[best]:.3f}")

# %% Report what you chose by
rng = np.random.default_rng(2)
scores = []
for _ in range(1000):  # some images choose, others are asked as well
    few, others = np.split(rng.permutation(right.shape[1])[:150], [50])
    chosen = right[:, few].mean(axis=1).argmax()
    scores.append([right[chosen, few].mean(), right[chosen, others].mean()])
means = np.mean(scores, axis=0)
print(f"on the 50 that chose {means[0]:.3f}, on 100 others {means[1]:.3f}")

plt.figure(figsize=(6, 3.2))
surplus = np.diff(scores, axis=1)[:, 0]
plt.hist(-surplus, bins=20, color="#e0452c")
plt.title("PyTorch: how much the chosen score flatters")
plt.xlabel("accuracy on the 50 that chose, less on others")
plt.ylabel("choices of 1000")
plt.show()
