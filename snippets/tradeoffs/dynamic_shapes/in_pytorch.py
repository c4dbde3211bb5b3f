"""Export one program for any batch size, any height and any width."""

# %% Load
import tempfile
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_sample_image
from torch import nn

photo = (load_sample_image("china.jpg") / 255).astype("float32")


def crops(batch_size, height, width, channels=3):
    each = [photo[i:, i:][:height, :width] for i in range(batch_size)]
    images = np.stack(each)[..., :channels]
    return torch.tensor(images.transpose(0, 3, 1, 2))


# %% Define the model
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)
        self.second = nn.Conv2d(8, 4, 3)

    def forward(self, images):
        return self.second(self.first(images).relu()).mean((2, 3))


model = Net().eval()
rng = np.random.default_rng(0)
with torch.no_grad():
    for layer in model.first, model.second:
        size = 3, 3, layer.in_channels, layer.out_channels
        kernel = rng.normal(0, 0.2, size).transpose(3, 2, 0, 1)
        layer.weight.copy_(torch.tensor(kernel))
        layer.bias.zero_()

# %% Export it, for one shape and for many
Dim = torch.export.Dim
ranges = {
    0: Dim("batch_size", max=8),
    2: Dim("height", min=8, max=256),
    3: Dim("width", min=8, max=256),
}
example = (crops(4, 32, 48),)


def export(**options):
    program = torch.export.export(model, example, **options)
    with tempfile.TemporaryDirectory() as folder:
        torch.export.save(program, Path(folder, "model.pt2"))
        return torch.export.load(Path(folder, "model.pt2")).module()


one_shape = export()
many_shapes = export(dynamic_shapes=[ranges])


# %% Feed sizes that it has not seen
def feed(program, sizes):
    outputs, refused = [], []
    for size in sizes:
        try:
            outputs.append(program(crops(*size)).detach().numpy())
            refused.append(0)
        except AssertionError as error:
            refused.append(1)
            print(*size, "refused:", error)
    return outputs, refused


sizes = [(4, 32, 48), (1, 20, 20), (3, 17, 40), (8, 64, 31), (8, 256, 9)]
outputs, refused = feed(many_shapes, sizes)
print("refused:", sum(refused), "of", len(sizes))
outputs = np.concatenate(outputs)  # all of them are compared
print("outputs:", outputs[-1].round(3))

# %% Leave the range
_, one_shape_refused = feed(one_shape, sizes[:2])
_, wrong_channels = feed(many_shapes, [(4, 32, 48, 1)])
others = [(9, 32, 48), (4, 257, 32), (4, 32, 257), (4, 7, 32)]
_, beyond = feed(many_shapes, others)
print("beyond the range, refused:", beyond)
too_many, too_high, too_wide, too_low = beyond
