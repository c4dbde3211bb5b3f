"""One function runs on any device, and on one that has no numbers."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = torch.tensor(load_digits().images, dtype=torch.float32)


# %% Write a function that names no device
def height(images):  # (images, 8, 8): the row in which the ink balances
    rows = torch.arange(8, dtype=images.dtype, device=images.device)
    return images.sum(dim=2) @ rows / images.sum(dim=(1, 2))


# %% Run it on every device there is
devices = [torch.device("cpu")]
if torch.accelerator.is_available():
    devices.append(torch.accelerator.current_accelerator())


def height_on(device):
    return height(images.to(device)).cpu().numpy()


heights, *others = [height_on(device) for device in devices]
print("a zero, a one, a two:", heights[:3].round(3))
same_everywhere = all(np.allclose(heights, other) for other in others)
print("the same on every device:", same_everywhere)

# %% Look its kernels up
for name in "div.Tensor", "flatten.using_ints":
    keys = ["CPU", "Meta"]  # both devices that are on every machine
    bodies = {str(torch.library.get_kernel("aten::" + name, k)) for k in keys}
    print(f"{name:<18} bodies for two devices: {len(bodies)}")
try:
    torch.library.get_kernel("aten::div.Tensor", "XLA")
except RuntimeError as error:
    print("RuntimeError:", error)

# %% Run it where there are no numbers
without_numbers = images.to("meta")
result = height(without_numbers)
shape = tuple(result.shape)
print(shape, result.dtype)


# %% Ask for a number there
def is_refused(function, *arguments):
    try:
        print("gives", tuple(function(*arguments).shape))
        return 0
    except (NotImplementedError, RuntimeError) as error:
        print(type(error).__name__ + ":", str(error).split(". ")[0])
        return 1


def first_number(images):
    return images.flatten()[0].item()


number_refused = is_refused(first_number, without_numbers)


# %% Ask for a shape that the numbers decide
def shades(images):
    return torch.unique(images)


print("shades here:", len(shades(images)))
size_refused = is_refused(shades, without_numbers)


# %% Name a device inside
def stubborn_height(images):
    rows = torch.arange(8, dtype=images.dtype, device="cpu")
    return images.sum(dim=2) @ rows / images.sum(dim=(1, 2))


stubborn_height(images)
named_refused = is_refused(stubborn_height, without_numbers)


# %% Hide a tensor in a layer
class Height(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = torch.arange(8.0)

    def forward(self, images):
        return images.sum(dim=2) @ self.rows / images.sum(dim=(1, 2))


layer = Height()
layer_heights = layer(images).numpy()  # here, all is well
hidden_refused = is_refused(layer.to("meta"), without_numbers)


# %% Solve the hidden tensor
class MovableHeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.Buffer(torch.arange(8.0), persistent=False)

    def forward(self, images):
        return images.sum(dim=2) @ self.rows / images.sum(dim=(1, 2))


layer = MovableHeight()
moved_heights = layer(images).numpy()
print("here:", moved_heights[:3].round(3))
print("there:", tuple(layer.to("meta")(without_numbers).shape))
