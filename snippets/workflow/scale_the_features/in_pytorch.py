"""Scaling learnt from the training rows, and carried by the model."""

# %% Split, then look
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

features, labels = load_breast_cancer(return_X_y=True)  # (569, 30)
order = np.random.default_rng(0).permutation(len(labels))
features = torch.tensor(features[order], dtype=torch.float32)
labels = torch.tensor(labels[order], dtype=torch.float32)
train, test = features[:400], features[400:]
train_labels, test_labels = labels[:400], labels[400:]
means = train.mean(dim=0)
print(f"means from {means.min():.4f} to {means.max():.0f}")


# %% Learn the scale from the training rows
class Scale(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))

    def adapt(self, inputs):
        std = inputs.std(dim=0, correction=0)  # divides by n
        self.mean.copy_(inputs.mean(dim=0))
        self.std.copy_(torch.where(std > 0, std, 1))

    def forward(self, inputs):
        return (inputs - self.mean) / self.std


def adapted(rows):
    scale = Scale(rows.shape[1])
    scale.adapt(rows)
    return scale


scale = adapted(train)
scaled = scale(test).numpy()
print(f"scaled test rows: {scaled.mean():.2f} and {scaled.std():.2f}")


# %% Train with it and without
def build(first):
    layers = first, nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1)
    model = nn.Sequential(*layers)
    rng = np.random.default_rng(1)
    for layer in model[1], model[3]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight = nn.Parameter(torch.tensor(kernel.T).float())
        nn.init.zeros_(layer.bias)
    return model


def fit(model, epochs=12):
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(epochs):
        losses.append(0)
        for batch, label in zip(train.split(50), train_labels.split(50)):
            optimizer.zero_grad()
            loss = criterion(model(batch)[:, 0], label)
            loss.backward()
            optimizer.step()
            losses[-1] += loss.item() / 8
    return losses


def score(model, inputs, labels=test_labels):
    return np.mean((model(inputs)[:, 0] > 0).numpy() == np.asarray(labels))


model, raw_model = build(scale), build(nn.Identity())
losses, raw_losses = fit(model), fit(raw_model)
scores = [score(model, test), score(raw_model, test)]
print(f"accuracy {scores[0]:.3f}, without scaling {scores[1]:.3f}")
plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 13), losses, "o-", color="#e0452c", label="scaled")
plt.plot(range(1, 13), raw_losses, "s--", color="#8a8f98", label="raw")
plt.yscale("log")
plt.title("PyTorch: the same network on the same rows")
plt.xticks(range(2, 13, 2))
plt.xlabel("epoch")
plt.ylabel("training loss")
plt.legend()
plt.show()

# %% Save it with the weights
torch.save(model.state_dict(), "model.pt")
loaded = build(Scale(30))
loaded.load_state_dict(torch.load("model.pt"))
logits = loaded(test).detach().numpy()
print(f"loaded, from raw rows: {score(loaded, test):.3f}")
print("saved:", *list(loaded.state_dict())[:2])

# %% Scale never, twice, or by the wrong rows
network = model[1:]  # all but the scaling
sick, few = test[test_labels == 0], test_labels[:20]
one_by_one = torch.cat([adapted(row)(row) for row in test[:20].split(1)])
wrong = {
    "never": score(network, test),
    "twice": score(model, scale(test)),
    "sick rows, by training rows": score(model, sick, 0),
    "sick rows, by themselves": score(network, adapted(sick)(sick), 0),
    "row by row, by themselves": score(network, one_by_one, few),
    "by all rows": score(network, adapted(features)(test)),
}
for name, value in wrong.items():
    print(f"{value:.3f}  {name}")
wrong_scores = list(wrong.values())

# %% Meet a feature that never changed
constant = torch.ones(400, 1)
moved = adapted(constant)(torch.tensor([[1.0], [2.0]])).numpy()
print(f"at its value {moved[0, 0]:.0f}, one away {moved[1, 0]:.0f}")

# %% Divide by n or by n - 1
rows = train[:8]
spread = rows.std(dim=0, correction=0).numpy()
default_spread = rows.std(dim=0).numpy()
print(f"of 8 rows: {default_spread[0] / spread[0]:.3f} times as wide")
