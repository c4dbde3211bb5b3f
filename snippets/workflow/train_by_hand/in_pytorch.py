"""A training loop written by hand: forward, backward, update."""

# %% Prepare the data
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.metrics import precision_recall_fscore_support
from torch import nn

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels[order] / 16, dtype=torch.float32)
labels = torch.tensor(digits[order])
train_images, test_images = images[:1280], images[1280:]
train_labels, test_labels = labels[:1280], labels[1280:]
print("train", len(train_images), "test", len(test_images))

# %% Define the model
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

# %% Start from the same weights
rng = np.random.default_rng(1)
with torch.no_grad():
    for layer in model[0], model[2]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()

# %% Write one step
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)


def train_step(images, labels):
    optimizer.zero_grad()  # or this step would add to the last one
    loss = criterion(model(images), labels)
    loss.backward()  # leaves a gradient in every weight
    optimizer.step()  # changes the weights, remembers the velocity
    return loss.item()


# %% Take the first step
batches = list(
    zip(train_images.split(64), train_labels.split(64), strict=True)
)
losses = [train_step(*batches[0])]
first_gradient = model[2].weight.grad.T.numpy().copy()
print(f"loss before any step: {losses[0]:.4f}")
print(f"largest gradient: {abs(first_gradient).max():.4f}")

# %% Take nineteen more
losses += [train_step(*batch) for batch in batches[1:]]
print(f"loss before step {len(losses)}: {losses[-1]:.4f}")
weights = model[2].weight.detach().T.numpy()
state = optimizer.state[model[2].weight]["momentum_buffer"]
kept_state = state.T.numpy()
velocity = kept_state

plt.figure(figsize=(6, 3.2))
plt.plot(range(1, len(losses) + 1), losses, "o-", color="#e0452c")
plt.title("PyTorch: twenty steps by hand")
plt.xticks(range(5, 21, 5))
plt.xlabel("step")
plt.ylabel("loss on its batch")
plt.show()

# %% Evaluate
model.eval()
with torch.no_grad():
    test_logits = model(test_images).numpy()
predicted = test_logits.argmax(axis=1)
report = precision_recall_fscore_support(
    test_labels, predicted, average="macro"
)
accuracy = np.mean(predicted == test_labels.numpy())
scores = [accuracy, *report[:3]]
names = "accuracy", "precision", "recall", "F1"
for name, score in zip(names, scores):
    print(f"{name:<9} {score:.3f}")

# %% Infer
figure, axes = plt.subplots(1, 8, figsize=(6, 1.4))
figure.suptitle("Unseen digits, and what the model reads")
for axis, image, digit in zip(axes, test_images.numpy(), predicted):
    axis.imshow(image.reshape(8, 8), cmap="gray_r")
    axis.set_title(digit)
    axis.axis("off")
plt.show()
