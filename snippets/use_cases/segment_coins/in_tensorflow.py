"""A small U-Net finds the coins of a row that is lit like no other."""

# %% Load and label
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.ndimage import binary_fill_holes
from skimage import data, feature, filters, segmentation
from sklearn.ensemble import RandomForestClassifier

photo = data.coins()  # (303, 384)
markers = np.where(photo < 30, 1, np.where(photo > 150, 2, 0))
regions = segmentation.watershed(filters.sobel(photo), markers)
coins = binary_fill_holes(regions == 2)
test, train = np.s_[:80], np.s_[88:]  # rows; eight lie between
images = (photo - photo[train].mean()) / photo[train].std()
for part, rows in [("train", train), ("test", test)]:
    grey = np.median(photo[rows][~coins[rows]])
    print(f"{part:<5} {coins[rows].mean():.0%} coins, ground {grey:.0f}")

figure, axis = plt.subplots(figsize=(6, 4.4))
shown = np.stack([photo // 16 * 16] * 3, axis=-1)  # few greys, a small file
shown[segmentation.find_boundaries(coins)] = 245, 147, 0
shown[80:88] = 245, 147, 0
axis.imshow(shown, interpolation="none")
axis.set(title="The labels; above the bar, the test", xticks=[], yticks=[])
plt.show()

# %% Relight
seed = 0
rng = np.random.default_rng(seed)
limits = np.array([0.2, 1.5, 0.5, 0.5])  # gain, level, two slopes


def relight(image, light=1):
    gain, level, down, right = light * rng.uniform(-limits, limits)
    row, column = ((np.arange(n) - n / 2) / 32 for n in image.shape)
    lit = (1 + gain) * image + level
    return lit + down * row[:, None] + right * column


# %% Score the baselines
def score(found):
    """Accuracy, IoU and Dice on the test rows."""
    both, either = found & coins[test], found | coins[test]
    dice = 2 * both.sum() / (found.sum() + coins[test].sum())
    accuracy = (found == coins[test]).mean()
    return np.array([accuracy, both.sum() / either.sum(), dice])


def grow_forest(photos):
    """Pixels from each photo, 24 features a pixel; what it finds."""
    features = [*map(feature.multiscale_basic_features, [*photos, images])]
    pixels = [pixel[train].reshape(-1, 24) for pixel in features[:-1]]
    forest = RandomForestClassifier(50, max_samples=8000, random_state=0)
    truth = np.tile(coins[train].ravel(), len(pixels))
    forest.fit(np.concatenate(pixels), truth)
    answers = forest.predict(features[-1][test].reshape(-1, 24))
    return answers.reshape(coins[test].shape)


local = photo > filters.threshold_local(photo, 151, offset=-5)
baselines = {
    "all ground": np.zeros_like(coins[test]),
    "Otsu, photo": photo[test] > filters.threshold_otsu(photo),
    "Otsu, row": photo[test] > filters.threshold_otsu(photo[test]),
    "local": local[test],
    "forest": grow_forest([images]),
    "forest, relit": grow_forest([relight(images) for _ in range(4)]),
}
baseline_scores = np.array([*map(score, baselines.values())])
print("              accuracy   IoU  Dice")
for name, (accuracy, iou, dice) in zip(baselines, baseline_scores):
    print(f"{name:<13} {accuracy:8.2f} {iou:5.2f} {dice:5.2f}")

# %% Draw crops
pair = np.stack([images, coins])  # (2, 303, 384)


def draw_crops(count, light=1):
    crops = np.empty((count, 2, 64, 64), "float32")
    for crop in crops:
        row, column = rng.integers([88, 0], [240, 321])
        window = pair[:, row : row + 64, column : column + 64]
        window = np.rot90(window, rng.integers(4), axes=(1, 2))
        crop[:] = window[..., :: rng.choice([-1, 1])]
        crop[0] = relight(crop[0], light)
    # the channel at the end: (count, 64, 64, 1)
    return crops[:, 0, ..., None], crops[:, 1, ..., None]


# %% Define the U-Net
widths = 8, 16, 32, 32


def block(x, width):
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    return x


def unet():
    skips, inputs = [], keras.Input((None, None, 1))
    x = block(inputs, widths[0])
    for width in widths[1:]:
        skips.append(x)
        x = block(layers.MaxPooling2D(2)(x), width)
    for width in widths[-2::-1]:
        x = layers.Conv2DTranspose(width, 2, strides=2)(x)
        x = block(layers.Concatenate()([skips.pop(), x]), width)
    return keras.Model(inputs, layers.Conv2D(1, 1)(x))


# %% Define the loss
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
overlap = keras.losses.Dice()


def criterion(masks, logits):
    loss = cross_entropy(masks, logits)
    return loss + overlap(masks, keras.ops.sigmoid(logits))


# %% Start from the same weights
def build():
    model, start = unet(), np.random.default_rng(seed)
    for layer in model.layers:
        if layer.weights:
            # (height, width, in, out), and turned for transposed ones
            size = layer.kernel.shape
            kernel = start.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
            layer.set_weights([kernel, np.zeros(layer.bias.shape)])
    decay = keras.optimizers.schedules.CosineDecay(0.005, decay_steps=310)
    adam = keras.optimizers.Adam(decay, epsilon=1e-9)
    model.compile(loss=criterion, optimizer=adam)
    return model


model = build()
print(model.count_params(), "weights")

# %% Compare the first step
crops, masks = draw_crops(4)
with tf.GradientTape() as tape:
    logits = model(crops)
    loss = criterion(masks, logits)
first_logits = logits.numpy()
kernel = model.trainable_variables[0]
first_gradient = tape.gradient(loss, kernel.value).numpy()
print("first logits:", first_logits[0, 32, :3, 0].round(3))


# %% Take ten steps
def take_steps(model, count, light=1):
    images, masks = draw_crops(4 * count, light)
    history = model.fit(images, masks, batch_size=4, shuffle=False, verbose=0)
    return history.history["loss"][0]


early_loss = take_steps(model, 10)
early_weights = model.layers[-1].kernel.numpy()[0, 0, :, 0]
early_rate = float(model.optimizer.learning_rate)  # after ten steps
print(f"loss over ten batches: {early_loss:.3f}")

# %% Train
losses = [take_steps(model, 50) for _ in range(6)]
print(f"loss, first and last fifty: {losses[0]:.1f}, {losses[-1]:.1f}")

# %% Test
row = tf.constant(images[None, test, :, None], "float32")


def segment(model):
    return (model(row).numpy() > 0)[0, :, :, 0]


found = segment(model)
accuracy, iou, dice = score(found)
print(f"U-Net         {accuracy:8.2f} {iou:5.2f} {dice:5.2f}")

# %% Look at the errors
figure, axes = plt.subplots(5, 1, figsize=(6, 7))
answers = baselines | {"U-Net": found}
for axis, (name, seen) in zip(axes, [*answers.items()][2:]):
    shown = np.stack([photo[test] // 16 * 16] * 3, axis=-1)
    shown[seen & ~coins[test]] = 245, 147, 0
    shown[coins[test] & ~seen] = 63, 127, 208
    axis.imshow(shown, interpolation="none")
    axis.set(xticks=[], yticks=[])
    axis.set_title(f"{name}: wrongly coin orange, missed blue")
plt.show()

# %% Forget to relight
model = build()
for _ in range(2):
    dark_loss = take_steps(model, 50, light=0)
dark_iou = score(segment(model))[1]
print(f"loss {dark_loss:.1f}, IoU {dark_iou:.2f}")

# %% Apply the sigmoid twice
perfect = tf.sigmoid(200 * (masks - 0.5))  # zeros and ones
twice = float(cross_entropy(masks, perfect))
print(f"a perfect answer costs {twice:.2f}")
