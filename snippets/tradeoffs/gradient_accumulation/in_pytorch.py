"""Four small batches for one step: what one batch of all of them does."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels[:1280] / 16, dtype=torch.float32)
labels = torch.tensor(targets[:1280])

# %% Define the model
rng = np.random.default_rng(0)
kernels = [rng.normal(0, 0.2, size) for size in [(64, 32), (32, 10)]]
criterion = nn.CrossEntropyLoss()


def train(count, batch_size, steps=1, share=1.0):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    with torch.no_grad():
        for layer, kernel in zip((model[0], model[2]), kernels):
            layer.weight.copy_(torch.tensor(kernel.T))
            layer.bias.zero_()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    parts = images[:count].split(batch_size), labels[:count].split(batch_size)
    for number, (batch, targets) in enumerate(zip(*parts), 1):
        loss = criterion(model(batch), targets) * share
        loss.backward()  # adds to the gradients that are there
        if number % steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return model[0].weight.detach().T.numpy()  # (64, 32)


# %% Train on large batches
large = train(1280, batch_size=128)

# %% Train on a quarter at a time
small = train(1280, batch_size=32, steps=4, share=1 / 4)
apart = np.abs(small - large).max()
print("the same weights:", apart < 1e-6)

# %% Take the recipe of the other framework
right = train(128, batch_size=32, steps=4, share=1 / 4) - kernels[0]
wrong = train(128, batch_size=32, steps=4) - kernels[0]
factor = np.linalg.norm(wrong) / np.linalg.norm(right)
print("the first step times", factor.round(3))
off_by = max(factor, 1 / factor)
