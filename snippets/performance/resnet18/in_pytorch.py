"""ResNet-18 on crops of photographs: predict, and one training step."""

# %% Load
import numpy as np
import torch
from skimage import data
from torch import nn
from torchvision.models import resnet18

photos = data.astronaut(), data.chelsea(), data.coffee(), data.rocket()
places = [(100, 160), (100, 224), (164, 160), (164, 224)]
crops = [
    photo[top : top + 64, left : left + 64]
    for top, left in places
    for photo in photos  # which of them it is, is what to learn
]
all_images = (np.stack(crops) / 255).astype("float32")  # (16, 64, 64, 3)
all_images = all_images.transpose(0, 3, 1, 2)  # the channels in front
all_labels = np.tile(np.arange(4), 4)

# %% Define the model
model = resnet18(weights=None, num_classes=4)

# %% Start from the same weights
rng = np.random.default_rng(1)
with torch.no_grad():
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            size = *layer.kernel_size, layer.in_channels, layer.out_channels
            kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
            # (height, width, in, out) -> (out, in, height, width)
            layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
    kernel = rng.normal(0, np.sqrt(1 / 512), (512, 4))
    model.fc.weight.copy_(torch.tensor(kernel.T))
    model.fc.bias.zero_()
parameters = sum(weight.numel() for weight in model.parameters())
print(parameters, "parameters are trained")


# %% Write what is timed
def batch(batch_size):
    images = torch.tensor(all_images[:batch_size])
    return images, torch.tensor(all_labels[:batch_size])


@torch.inference_mode()
def predict(images, labels=None):
    if model.training:  # asked first: to switch is to visit every layer
        model.eval()
    return model(images)


criterion = nn.CrossEntropyLoss()
# A small step: timing takes many of them on the same batch.
optimizer = torch.optim.SGD(model.parameters(), lr=0.0001, momentum=0.9)


def train_step(images, labels):
    if not model.training:
        model.train()
    optimizer.zero_grad()
    loss = criterion(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


# %% Run it
logits = predict(*batch(16)).numpy()  # (16, 4)
print("logits of the first crop:", logits[0, :3].round(3))
losses = [train_step(*batch(16)).item() for _ in range(3)]
print("losses:", np.round(losses, 3))
stem = model.conv1.weight.detach().permute(2, 3, 1, 0).numpy()
running_mean = model.bn1.running_mean.numpy()  # of the first layer
running_variance = model.layer4[1].bn2.running_var.numpy()  # of the last
