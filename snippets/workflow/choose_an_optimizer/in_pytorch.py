"""The same problem for five optimizers, as they come and matched."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order][:1280] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order][:1280])
batches = list(zip(images.split(64), labels.split(64)))


# %% Train with any optimizer
def train(kind, **options):
    rng = np.random.default_rng(1)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    with torch.no_grad():
        for layer in model[0], model[2]:
            size = layer.in_features, layer.out_features
            layer.weight.copy_(torch.tensor(rng.normal(0, 0.2, size).T))
            layer.bias.zero_()
    optimizer = kind(model.parameters(), **options)
    losses = []
    for inputs, targets in 3 * batches:  # three epochs, 60 steps
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), model[2].weight.detach().numpy().T


# %% Take the defaults
kinds = [SGD, RMSprop, Adam, AdamW]
defaults = [train(kind)[0][-20:].mean() for kind in kinds]
for kind, loss in zip(kinds, defaults):
    print(f"{kind.__name__:<8} loss in the third epoch {loss:.3f}")

# %% Match the settings
matched = {
    "SGD": train(SGD, lr=0.1),
    "momentum": train(SGD, lr=0.1, momentum=0.9),
    "RMSprop": train(RMSprop, lr=0.01, alpha=0.9, eps=1e-7),
    "Adam": train(Adam, lr=0.01, eps=1e-7),
    "AdamW": train(AdamW, lr=0.01, eps=1e-7, weight_decay=0.01),
}
sgd, momentum, rmsprop, adam, adamw = (run[0] for run in matched.values())
plt.figure(figsize=(6, 3.2))
for name, (losses, _) in matched.items():
    print(f"{name:<8} loss in the third epoch {losses[-20:].mean():.3f}")
    plt.plot(losses, label=name)
plt.gca().set(xlabel="step", ylabel="loss on its batch")
plt.title("PyTorch: five optimizers, 60 steps")
plt.legend()
plt.show()

# %% Ask Adam for weight decay
decayed = np.linalg.norm(train(Adam, lr=0.01, weight_decay=0.5)[1])
print(f"length of the last layer's weights: {decayed:.1f}")

# %% Ask for the same weight decay
decoupled = np.linalg.norm(train(AdamW, lr=0.01, weight_decay=0.5)[1])
print(f"length of the last layer's weights: {decoupled:.1f}")

# %% Move the epsilon
raised = train(Adam, lr=0.01, eps=0.1)[0]
lowered = train(Adam, lr=0.01, eps=1e-14)[0]
print(f"loss in the third epoch, raised: {raised[-20:].mean():.3f}")
print(f"loss in the third epoch, lowered: {lowered[-20:].mean():.3f}")

# %% Give Adam the rate of SGD
too_fast = train(Adam, lr=0.5, eps=1e-7)[0].max()
print("the loss rises above 10:", bool(too_fast > 10))
