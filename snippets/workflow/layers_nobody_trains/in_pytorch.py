"""Four ways to write a layer that does not learn as it should."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = torch.tensor(pixels / 16, dtype=torch.float32)
labels = torch.tensor(digits)


# %% Train it
def start():
    layers = nn.Linear(64, 32), nn.Linear(32, 32), nn.Linear(32, 10)
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for layer in layers:
            size = layer.in_features, layer.out_features
            layer.weight.copy_(torch.tensor(rng.normal(0, 0.2, size).T))
            layer.bias.zero_()
    return layers


def train(model):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


stem, body, head = start()
row = nn.Sequential(stem, nn.ReLU(), body, nn.ReLU(), head)
losses = train(row)
print(f"after twenty steps, a loss of {losses[-1]:.3f}")


# %% Keep layers in a plain list
class Listed(nn.Module):
    def __init__(self, stem, body, head):
        super().__init__()
        self.hidden = [stem, body]  # not in an nn.ModuleList
        self.head = head

    def forward(self, images):
        for layer in self.hidden:
            images = torch.relu(layer(images))
        return self.head(images)


listed_losses = train(Listed(*start()))
print(f"with a plain list, of {listed_losses[-1]:.3f}")

plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 21), losses, "o-", color="#e0452c")
plt.plot(range(1, 21), listed_losses, "x--", color="#e0452c")
plt.text(16, losses[-1], "all layers found", ha="right")
plt.text(20, listed_losses[-1] + 0.15, "two in a plain list", ha="right")
plt.title("PyTorch: does the optimizer find the layers?")
plt.xticks(range(5, 21, 5))
plt.xlabel("step")
plt.ylabel("loss before it")
plt.show()


# %% Make a layer in each call
class Anew(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        stem = nn.Linear(64, 32)  # with random weights, another each time
        return self.head(torch.relu(stem(images)))


anew = Anew()
varies = not torch.equal(anew(images), anew(images))
found = sum(weight.numel() for weight in anew.parameters())
print("two calls differ:", varies, "- weights found:", found)
trained = [np.isfinite(train(anew)[-1])]
print("trains without an error:", *trained)

# %% Put one layer into the row twice
stem, body, head = start()
pair = [body, nn.ReLU()] * 2
twice = nn.Sequential(stem, nn.ReLU(), *pair, head)
twice_count = sum(weight.numel() for weight in twice.parameters())
twice_losses = train(twice)
print("four layers, and weights of three:", twice_count)


# %% Forget super
class Orphan(nn.Module):
    def __init__(self):
        self.head = nn.Linear(64, 10)


orphans = []
try:
    orphans.append(Orphan())
    orphans[0](images)
except Exception as error:
    print(type(error).__name__)
made = len(orphans)
print("networks made before the error:", made)
