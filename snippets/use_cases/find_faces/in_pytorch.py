"""Three published networks find the face in a photograph."""

# %% Load the photographs and the weights
from importlib.util import find_spec
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data
from skimage.feature import Cascade
from torch import nn
from torch.nn import functional as F
from torchvision import ops

photographs = {"astronaut": data.astronaut(), "cat": data.chelsea()}
photographs["camera"] = np.dstack([data.camera()] * 3)  # grey to RGB
photographs["coffee"] = data.coffee()
folder = Path(find_spec("mtcnn").origin).parent / "assets" / "weights"


def load(name, heads):
    arrays = joblib.load(folder / name)
    # The heads read the same input: side by side they are one layer.
    kernels, biases = arrays[-2 * heads :: 2], arrays[1 - 2 * heads :: 2]
    last = [np.concatenate(kernels, axis=-1), np.concatenate(biases)]
    return arrays[: -2 * heads] + last


weights = load("pnet.lz4", 2), load("rnet.lz4", 2), load("onet.lz4", 3)


# %% Build the networks
def conv(inputs, outputs, size):
    return nn.Conv2d(inputs, outputs, size), nn.PReLU(outputs)


def pool(size, same=True):  # Keras' "same" adds a border at the end
    return nn.MaxPool2d(size, stride=2, ceil_mode=same)


def dense(inputs, outputs):
    return nn.Flatten(), nn.Linear(inputs, outputs), nn.PReLU(outputs)


pnet = nn.Sequential(
    *(*conv(3, 10, 3), pool(2), *conv(10, 16, 3), *conv(16, 32, 3)),
    nn.Conv2d(32, 4 + 2, 1),  # box and class at every place
)
rnet = nn.Sequential(
    *(*conv(3, 28, 3), pool(3), *conv(28, 48, 3), pool(3, same=False)),
    *(*conv(48, 64, 2), *dense(576, 128), nn.Linear(128, 4 + 2)),
)
onet = nn.Sequential(
    *(*conv(3, 32, 3), pool(3), *conv(32, 64, 3), pool(3, same=False)),
    *(*conv(64, 64, 3), pool(2), *conv(64, 128, 2), *dense(1152, 256)),
    nn.Linear(256, 4 + 10 + 2),  # box, five points, class
)


# %% Copy the weights
def turned(array):
    if array.ndim == 4:  # (height, width, in, out)
        return array.transpose(3, 2, 0, 1)
    if len(array) in (576, 1152):  # after Flatten: 3 x 3 places
        # (width, height, channel, out): columns come before rows
        places = array.reshape(3, 3, -1, array.shape[1])
        return places.transpose(3, 2, 1, 0).reshape(array.shape[::-1])
    return array.flatten() if array.ndim == 3 else array.T


with torch.no_grad():
    for net, arrays in zip((pnet, rnet, onet), weights, strict=True):
        for own, array in zip(net.parameters(), arrays, strict=True):
            own.copy_(torch.tensor(turned(array)))


# %% Propose boxes at every scale
def prepare(photograph):  # (1, 3, height, width), from -1 to 1
    images = torch.tensor(photograph).permute(2, 0, 1)[None].float()
    return (images - 127.5) / 128


def faceness(outputs):
    return outputs[:, -2:].softmax(dim=1)[:, 1]


def best(boxes, scores, threshold, overlap):
    sure = torch.where(scores > threshold)[0]
    return sure[ops.nms(boxes[sure], scores[sure], overlap)]


def look_everywhere(images, scale):
    size = [int(side * scale) for side in images.shape[2:]]
    small = F.interpolate(images, size, mode="bilinear", antialias=True)
    outputs = pnet(small)  # looks at 12 x 12 pixels, in steps of 2
    scores = faceness(outputs)[0]  # (rows, columns)
    rows, columns = torch.where(scores > 0.6)
    corners = torch.stack([columns, rows, columns, rows], dim=1)
    cells = 2 * corners + torch.tensor([0, 0, 12, 12])
    boxes = (cells + 12 * outputs[0, :4, rows, columns].T) / scale
    return boxes, scores[rows, columns]


def propose(images, smallest=40):
    scales = 12 / smallest * 0.709 ** np.arange(20)
    scales = scales[scales * min(images.shape[2:]) >= 12]
    found = [look_everywhere(images, scale) for scale in scales]
    boxes, scores = map(torch.cat, zip(*found, strict=True))
    return boxes[best(boxes, scores, 0.6, overlap=0.7)]


# %% Refine them twice
def cut(images, boxes, size):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True) / 2
    squares = torch.cat([centres - half, centres + half], dim=1)
    height, width = images.shape[2:]
    squares = ops.clip_boxes_to_image(squares, (height - 1, width - 1))
    sides = squares[:, 2:] - squares[:, :2]
    crops = ops.roi_align(images, [squares], size, sampling_ratio=1)
    return squares, sides, crops


@torch.no_grad()
def find(photograph):
    images = prepare(photograph)
    boxes = propose(images)
    counts = [len(boxes)]
    for net, size, threshold in (rnet, 24, 0.7), (onet, 48, 0.8):
        squares, sides, crops = cut(images, boxes, size)
        outputs = net(crops)
        boxes = squares + outputs[:, :4] * sides.repeat(1, 2)
        keep = best(boxes, faceness(outputs), threshold, overlap=0.5)
        boxes = boxes[keep]
        counts.append(len(boxes))
    # O-Net's five x, then five y -> (boxes, 5, 2)
    points = outputs[:, 4:-2].reshape(-1, 2, 5).mT * sides[:, None]
    points = (points + squares[:, None, :2])[keep]
    return counts, boxes.numpy(), points.numpy()


# %% Search four photographs, beside a classical cascade
cascade = Cascade(data.lbp_frontal_face_cascade_filename())
found, old = {}, {}
for name, photograph in photographs.items():
    found[name] = counts, boxes, _ = find(photograph)
    boxes_found = cascade.detect_multi_scale(
        photograph, 1.2, 1, min_size=(40, 40), max_size=(300, 300)
    )
    old[name] = [(box["c"], box["r"], box["width"]) for box in boxes_found]
    print(f"{name:<9} {counts}, classical {len(old[name])}")
counts = [found[name][0] for name in found]
_, boxes, points = found["astronaut"]
print("left, top, right, bottom:", boxes[0].round().astype(int))

# %% Compare scores and a gradient
images = prepare(photographs["astronaut"])
with torch.no_grad():
    proposals = propose(images)
    rnet_scores = faceness(rnet(cut(images, proposals, 24)[2]))
crops = cut(images, torch.tensor(boxes), 48)[2].requires_grad_()
outputs = onet(crops)
(outputs[:, -1] - outputs[:, -2]).sum().backward()  # of the logits
gradient = crops.grad.permute(0, 2, 3, 1).numpy()  # (1, 48, 48, 3)
proposals, rnet_scores = proposals.numpy(), rnet_scores.numpy()

# %% Draw what was found
figure, axes = plt.subplots(
    1, 3, figsize=(7, 2.7), dpi=72, layout="constrained"
)
views = ("astronaut", 0, 0, 512), ("astronaut", 130, 50, 170)
views += (("camera", 140, 80, 170),)
for axis, (name, left, top, size) in zip(axes, views, strict=True):
    axis.imshow(photographs[name])
    for x, y, side in old[name]:
        square = plt.Rectangle((x, y), side, side, fill=False, ls=":")
        axis.add_patch(square).set_edgecolor("w")
    (x, y, right, bottom), *_ = found[name][1]
    axis.plot([x, right, right, x, x], [y, y, bottom, bottom, y], "#e0452c")
    axis.plot(*found[name][2][0].T, ".", color="#e0452c")
    axis.set(title=name, xticks=[], yticks=[])
    axis.axis((left, left + size, top + size, top))
plt.show()

# %% Make the usual mistakes
kernel = onet[12].weight.unflatten(1, (128, 3, 3)).mT.flatten(1)
sideways = torch.func.functional_call(onet, {"12.weight": kernel}, crops)
outcomes = {
    "as trained": onet(crops),
    "pixels from 0 to 1": onet((crops + 1) / 2),
    "pixels from 0 to 255": onet(crops * 128 + 127.5),
    "blue for red": onet(crops.flip(1)),
    "rows for columns": sideways,
}
mistakes = []
for name, outputs in outcomes.items():
    moved = (outputs - outcomes["as trained"])[0, 4:-2].reshape(2, 5)
    mistakes += [(faceness(outputs).item(), moved.norm(dim=0).max().item())]
    print(f"{name:<20} score {mistakes[-1][0]:.4f}", end=", ")
    print(f"point off by {mistakes[-1][1]:.1%} of the box")
