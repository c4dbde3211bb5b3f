"""Write a curve, a histogram and an image for TensorBoard; read them."""

# %% Load
import io
import sys
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from tensorboard.backend.event_processing import event_accumulator
from torch import nn

# TensorBoard loads TensorFlow where it finds it; with this it does not.
sys.modules["tensorboard.compat.notf"] = ModuleType("notf")
from torch.utils.tensorboard import SummaryWriter  # noqa: E402

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(digits)

# %% Train, and write
model = nn.Linear(64, 10)
for weight in model.parameters():
    nn.init.zeros_(weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
losses = []
with SummaryWriter("logs") as writer:
    for step in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        writer.add_scalar("loss", losses[-1], step)
    writer.add_histogram("weights", model.weight, step)
    mean_of_zeros = images[labels == 0].mean(dim=0).reshape(1, 8, 8)
    writer.add_image("mean of the zeros", mean_of_zeros, step)
print("last loss:", round(losses[-1], 4))

# %% Read the file
keep_all = {"scalars": 0, "tensors": 0}  # else a sample of ten tensors
events = event_accumulator.EventAccumulator("logs", keep_all).Reload()
found = {kind: tags for kind, tags in events.Tags().items() if tags}
for kind, tags in found.items():
    print(f"{kind}:", tags)
scalars_among_scalars = "loss" in found.get("scalars", [])
scalars = events.Scalars("loss")
steps_read = [event.step for event in scalars]
losses_read = [event.value for event in scalars]
print("as written:", np.allclose(losses_read, losses))
histogram = events.Histograms("weights")[0].histogram_value
histogram_mass = histogram.num
print("weights in the histogram:", int(histogram_mass))
png = events.Images("mean of the zeros")[0].encoded_image_string
pixels_read = plt.imread(io.BytesIO(png))[..., :1]
print("image:", pixels_read.shape)

# %% Draw what was read
figure, (left, right) = plt.subplots(ncols=2, figsize=(7, 3))
left.plot(steps_read, losses_read)
left.set(xlabel="step", ylabel="loss", title="PyTorch: the curve")
right.imshow(pixels_read, cmap="gray")
right.set(xticks=[], yticks=[], title="the image")
plt.show()
