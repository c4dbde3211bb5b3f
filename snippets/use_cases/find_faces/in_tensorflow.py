"""Three published networks find the face in a photograph."""

# %% Load the photographs and the weights
from importlib.util import find_spec
from pathlib import Path

import joblib
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from skimage import data
from skimage.feature import Cascade

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
def conv(outputs, size):
    slopes = layers.PReLU(shared_axes=[1, 2])  # one for each channel
    return layers.Conv2D(outputs, size), slopes


def pool(size, padding="same"):
    return layers.MaxPooling2D(size, strides=2, padding=padding)


def dense(outputs):  # the weights want columns before rows
    turn = layers.Permute((2, 1, 3)), layers.Flatten()
    return *turn, layers.Dense(outputs), layers.PReLU()


pnet = keras.Sequential(
    [keras.Input((None, None, 3))]
    + [*conv(10, 3), pool(2), *conv(16, 3), *conv(32, 3)]
    + [layers.Conv2D(4 + 2, 1)]  # box and class at every place
)
rnet = keras.Sequential(
    [keras.Input((24, 24, 3))]
    + [*conv(28, 3), pool(3), *conv(48, 3), pool(3, "valid")]
    + [*conv(64, 2), *dense(128), layers.Dense(4 + 2)]
)
onet = keras.Sequential(
    [keras.Input((48, 48, 3))]
    + [*conv(32, 3), pool(3), *conv(64, 3), pool(3, "valid")]
    + [*conv(64, 3), pool(2), *conv(128, 2), *dense(256)]
    + [layers.Dense(4 + 10 + 2)]  # box, five points, class
)

# %% Copy the weights
for net, arrays in zip((pnet, rnet, onet), weights, strict=True):
    net.set_weights(arrays)


# %% Propose boxes at every scale
def prepare(photograph):  # (1, height, width, 3), from -1 to 1
    images = tf.constant(photograph[None], tf.float32)
    return (images - 127.5) / 128


def faceness(outputs):
    return tf.nn.softmax(outputs[..., -2:])[..., 1]


def best(boxes, scores, threshold, overlap):
    sure = tf.where(scores > threshold)[:, 0]
    boxes, scores = tf.gather(boxes, sure), tf.gather(scores, sure)
    keep = tf.image.non_max_suppression(boxes, scores, len(sure), overlap)
    return tf.gather(sure, keep)


def look_everywhere(images, scale):
    size = [int(side * scale) for side in images.shape[1:3]]
    small = tf.image.resize(images, size, antialias=True)
    outputs = pnet(small)  # looks at 12 x 12 pixels, in steps of 2
    scores = faceness(outputs)[0]  # (rows, columns)
    places = tf.where(scores > 0.6)
    corners = tf.cast(tf.reverse(places, axis=[1]), tf.float32)
    cells = 2 * tf.tile(corners, [1, 2]) + [0, 0, 12, 12]
    boxes = (cells + 12 * tf.gather_nd(outputs[0], places)[:, :4]) / scale
    return boxes, tf.gather_nd(scores, places)


def propose(images, smallest=40):
    scales = 12 / smallest * 0.709 ** np.arange(20)
    scales = scales[scales * min(images.shape[1:3]) >= 12]
    found = [look_everywhere(images, scale) for scale in scales]
    boxes, scores = (tf.concat(part, 0) for part in zip(*found, strict=True))
    return tf.gather(boxes, best(boxes, scores, 0.6, overlap=0.7))


# %% Refine them twice
def cut(images, boxes, size):
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = tf.reduce_max(boxes[:, 2:] - boxes[:, :2], 1, keepdims=True) / 2
    squares = tf.concat([centres - half, centres + half], axis=1)
    height, width = images.shape[1:3]
    limits = tf.constant([width - 1, height - 1] * 2, tf.float32)
    squares = tf.clip_by_value(squares, 0, limits)
    sides = squares[:, 2:] - squares[:, :2]
    # crop_and_resize looks from corner to corner, roi_align half a step in
    inside = squares + tf.concat([sides, -sides], axis=1) / size / 2
    inside = tf.gather(inside / limits, [1, 0, 3, 2], axis=1)  # y first
    first = tf.zeros(len(boxes), tf.int32)  # all from the one photograph
    crops = tf.image.crop_and_resize(images, inside, first, [size, size])
    return squares, sides, crops


def find(photograph):
    images = prepare(photograph)
    boxes = propose(images)
    counts = [len(boxes)]
    for net, size, threshold in (rnet, 24, 0.7), (onet, 48, 0.8):
        squares, sides, crops = cut(images, boxes, size)
        # A convolution of no crops at all is an error here.
        outputs = net(crops) if len(crops) else tf.zeros((0, 16))
        boxes = squares + outputs[:, :4] * tf.tile(sides, [1, 2])
        keep = best(boxes, faceness(outputs), threshold, overlap=0.5)
        boxes = tf.gather(boxes, keep)
        counts.append(len(boxes))
    # O-Net's five x, then five y -> (boxes, 5, 2)
    points = tf.stack([outputs[:, 4:9], outputs[:, 9:14]], axis=2)
    points = tf.gather(points * sides[:, None] + squares[:, None, :2], keep)
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
proposals = propose(images)
rnet_scores = faceness(rnet(cut(images, proposals, 24)[2])).numpy()
crops = cut(images, tf.constant(boxes), 48)[2]
with tf.GradientTape() as tape:
    tape.watch(crops)
    outputs = onet(crops)
    margins = outputs[:, -1] - outputs[:, -2]  # of the logits
gradient = tape.gradient(margins, crops).numpy()  # (1, 48, 48, 3)
proposals = proposals.numpy()

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
    axis.plot([x, right, right, x, x], [y, y, bottom, bottom, y], "#f59300")
    axis.plot(*found[name][2][0].T, ".", color="#f59300")
    axis.set(title=name, xticks=[], yticks=[])
    axis.axis((left, left + size, top + size, top))
plt.show()

# %% Make the usual mistakes
swapped = list(onet.trainable_variables)
kernel = tf.reshape(swapped[12], (3, 3, 128, 256))
swapped[12] = tf.reshape(tf.transpose(kernel, (1, 0, 2, 3)), (1152, 256))
sideways, _ = onet.stateless_call(swapped, [], crops)
outcomes = {
    "as trained": onet(crops),
    "pixels from 0 to 1": onet((crops + 1) / 2),
    "pixels from 0 to 255": onet(crops * 128 + 127.5),
    "blue for red": onet(tf.reverse(crops, axis=[3])),
    "rows for columns": sideways,
}
mistakes = []
for name, outputs in outcomes.items():
    moved = (outputs - outcomes["as trained"])[0, 4:-2]
    moved = tf.norm(tf.reshape(moved, (2, 5)), axis=0)
    mistakes += [(faceness(outputs)[0], tf.reduce_max(moved))]
    print(f"{name:<20} score {mistakes[-1][0]:.4f}", end=", ")
    print(f"point off by {mistakes[-1][1]:.1%} of the box")
