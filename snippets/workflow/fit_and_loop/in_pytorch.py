"""Train for six epochs with validation, by a loop and by fit."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])
train_set = TensorDataset(images[:1290], labels[:1290])
val_set = TensorDataset(images[1290:], labels[1290:])
train_batches = DataLoader(train_set, batch_size=256)
val_batches = DataLoader(val_set, batch_size=256)
batch_sizes = [len(labels) for images, labels in train_batches]
print("the last batch is short:", batch_sizes)

# %% Start from the same weights
criterion = nn.CrossEntropyLoss()


def start():
    rng = np.random.default_rng(1)
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    with torch.no_grad():
        for layer in model[0], model[2]:
            size = layer.in_features, layer.out_features
            layer.weight.copy_(torch.tensor(rng.normal(0, 0.2, size).T))
            layer.bias.zero_()
    return model, torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)


# %% Write the loop
@torch.inference_mode()
def evaluate(model, batches):
    model.eval()
    loss, hits = 0.0, 0
    for images, labels in batches:
        logits = model(images)
        loss += criterion(logits, labels).item() * len(labels)
        hits += (logits.argmax(dim=1) == labels).sum().item()
    count = len(batches.dataset)
    return loss / count, hits / count


def fit(model, optimizer, epochs):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    batch_losses = []
    for _ in range(epochs):
        model.train()  # evaluate has switched it off
        losses = []
        for images, labels in train_batches:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        epoch_loss = np.average(losses, weights=batch_sizes)
        scores = epoch_loss, *evaluate(model, val_batches)
        for name, score in zip(history, scores):
            history[name].append(score)
        batch_losses.append(losses)
    return history, batch_losses


# %% Train
model, optimizer = start()
history, batch_losses = fit(model, optimizer, epochs=6)
loss, val_loss, val_accuracy = history.values()
print("loss:    ", np.round(loss, 3))
print("val_loss:", np.round(val_loss, 3))
print("accuracy:", np.round(val_accuracy, 3))
plt.figure(figsize=(6, 3.2))
plt.plot(range(1, 7), loss, "o-", color="#e0452c", label="training")
plt.plot(range(1, 7), val_loss, "s:", color="#e0452c", label="validation")
plt.gca().set(xlabel="epoch", ylabel="loss")
plt.title("PyTorch: six epochs by hand")
plt.legend()
plt.show()

# %% Evaluate on what it has learnt
evaluated, _ = evaluate(model, train_batches)
print(f"last epoch: {loss[-1]:.3f}, its weights: {evaluated:.3f}")

# %% Average the batches
mean_of_means = [np.mean(losses) for losses in batch_losses]
print("averaged by batch:", np.round(mean_of_means, 3))

# %% Evaluate in training mode
dropping = nn.Sequential(*model[:2], nn.Dropout(0.5), model[2])
with torch.no_grad():
    dropping.eval()
    inferred = dropping(images).numpy()
    dropping.train()
    changes = not torch.equal(dropping(images), dropping(images))
print("two answers for the same images:", changes)

# %% Forget zero_grad
model, optimizer = start()
optimizer.zero_grad = lambda: None  # as if the line were not there
forgetful = fit(model, optimizer, epochs=6)[0]["loss"]
print("loss:", np.round(forgetful, 3))

# %% Keep the losses as tensors
losses = [criterion(model(x), y) for x, y in val_batches]
keeps_the_graph = sum(losses).requires_grad
print("their sum keeps every graph alive:", keeps_the_graph)

# %% Ask for nothing
batches = [labels for images, labels in DataLoader(train_set)]
default_steps = len(batches)
keeps_order = torch.equal(torch.cat(batches), labels[:1290])
print("steps in an epoch:", default_steps, "in order:", keeps_order)
