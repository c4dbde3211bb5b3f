"""One network as a row, as a composition and as a class."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
images = torch.tensor(pixels / 16, dtype=torch.float32)
labels = torch.tensor(digits)

# %% As a row
row = nn.Sequential(
    nn.Linear(64, 32),
    nn.ReLU(),
    nn.Linear(32, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)


# %% Composed
def block(inputs, outputs):
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU())


composed = nn.Sequential(block(64, 32), block(32, 32), nn.Linear(32, 10))


# %% As a class
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(64, 32)
        self.body = nn.Linear(32, 32)
        self.head = nn.Linear(32, 10)

    def forward(self, images):
        states = torch.relu(self.stem(images))
        return self.head(torch.relu(self.body(states)))


# %% Count before any data
def count(model):
    return sum(weight.numel() for weight in model.parameters())


models = [row, composed, Net()]
early_counts = [count(model) for model in models]
print("weights of row, composed, class:", early_counts)

# %% Give all of them the same weights
rng = np.random.default_rng(0)
sizes = (64, 32), (32,), (32, 32), (32,), (32, 10), (10,)
weights = [rng.normal(0, 0.2, size) for size in sizes]


@torch.no_grad()
def fill(model):
    for weight, start in zip(model.parameters(), weights, strict=True):
        weight.copy_(torch.tensor(start.T))


for model in models:
    fill(model)
counts = [count(model) for model in models]
print("and now:", counts)

# %% Ask all of them
criterion = nn.CrossEntropyLoss()


def ask(model):
    logits = model(images)
    loss = criterion(logits, labels)
    (gradient,) = torch.autograd.grad(loss, next(model.parameters()))
    return logits.detach().numpy(), gradient.T.numpy()


logits, gradients = map(np.stack, zip(*map(ask, models)))
for name, scores in zip(("row", "composed", "class"), logits):
    print(f"{name:<8} reads the first digit as", scores[0, :3].round(3))


# %% Add a path around the body
class Residual(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, states):
        return states + self.body(states)


class NetWithSkip(Net):
    def forward(self, images):
        states = torch.relu(self.stem(images))
        return self.head(states + torch.relu(self.body(states)))


first, second, last = composed
skips = [nn.Sequential(first, Residual(second), last), NetWithSkip()]
fill(skips[1])  # the other one has the layers of `composed`
skip_logits, skip_gradients = map(np.stack, zip(*map(ask, skips)))
for name, scores in zip(("composed", "class"), skip_logits):
    print(f"{name:<8} reads the first digit as", scores[0, :3].round(3))

# %% Look inside
probes = [
    create_feature_extractor(skips[0], {"1.add": "states"}),
    create_feature_extractor(skips[1], {"add": "states"}),
]
inside = np.stack(
    [probe(images)["states"].detach().numpy() for probe in probes]
)
print("the sum, from both:", inside.shape)
