"""Random flips, turns and shifts, compared by how their draws spread."""

# %% Take a digit and a cat
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from skimage.data import chelsea
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

pixels, labels = load_digits(return_X_y=True)
pixels = (pixels / 16).astype("float32").reshape(-1, 8, 8)
one = np.pad(pixels[1].repeat(3, 0).repeat(3, 1), 4)  # (32, 32)
digit = tf.constant(one)[..., None]  # (height, width, channels)
photo = chelsea()[20:276:4, 90:346:4].astype("float32") / 255
cat = tf.constant(photo)  # (64, 64, 3)
keras.utils.set_random_seed(0)

# %% Turn by a known angle
angle = 30 / 360, 30 / 360
turn = keras.layers.RandomRotation(angle, fill_mode="constant")
default_turn = keras.layers.RandomRotation(angle)  # bilinear, reflected
flipped = tf.image.flip_left_right(cat).numpy()
turned, by_default = (
    layer(cat, training=True).numpy() for layer in (turn, default_turn)
)
inside = turned[12:52, 12:52]  # what never touched the edge
corner, default_corner = turned[0, 0], by_default[0, 0]
print("corner:", corner.round(2), "by default:", default_corner.round(2))


# %% Draw a thousand
def draw(layer):  # one call in all
    thousand = tf.repeat(digit[None], 1000, axis=0)
    return layer(thousand, training=True)[..., 0].numpy()


def moments(pictures):  # where the ink lies, and how it leans
    y, x = np.mgrid[:32, :32] - 15.5
    ink = pictures / pictures.sum((1, 2), keepdims=True)
    right, down = (ink * x).sum((1, 2)), (ink * y).sum((1, 2))
    dx, dy = x - right[:, None, None], y - down[:, None, None]
    across = (ink * dx * dy).sum((1, 2))
    lean = np.arctan2(2 * across, (ink * (dx**2 - dy**2)).sum((1, 2)))
    return right, np.degrees(lean / 2)


right, lean = moments(one[None])
flips = draw(keras.layers.RandomFlip("horizontal"))
flipped_share = np.mean((flips == one[:, ::-1]).all((1, 2)))
turns = draw(keras.layers.RandomRotation(0.1, fill_mode="constant"))
angles = (lean - moments(turns)[1] + 90) % 180 - 90
shift = keras.layers.RandomTranslation(0, 0.125, fill_mode="constant")
shifts = moments(draw(shift))[0] - right
# As ranks, 0 to 1: then the gap of two samples is their KS distance.
angle_ranks = np.sort(angles) / 72 + 0.5
shift_ranks = np.sort(shifts) / 8 + 0.5
reach = [abs(angles).max() / 36, abs(shifts).max() / 4]
whole_pixels = np.mean(abs(shifts - shifts.round()) < 0.01)
print("flipped:", flipped_share)
print("angles:", np.quantile(angles, [0, 0.25, 0.5, 0.75, 1]).round(1))
print("shifts by whole pixels:", whole_pixels)
print("furthest, of the range:", np.round(reach, 2))
uniform = np.linspace(0, 1, 1000)
distances = [abs(r - uniform).max() for r in (angle_ranks, shift_ranks)]
print("distance from uniform:", np.round(distances, 3))
plt.plot(np.sort(angles), uniform, color="#f59300", label="1,000 draws")
plt.plot([-36, 36], [0, 1], "--", color="gray", label="uniform")
plt.title("TensorFlow: how far RandomRotation(0.1) turned")
plt.xlabel("degrees, counter-clockwise")
plt.ylabel("share of draws below")
plt.legend()
plt.show()

# %% Look at six
augment = keras.Sequential(
    [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(0.1),
        keras.layers.RandomBrightness(0.2, value_range=(0, 1)),
    ]
)
figure, axes = plt.subplots(1, 6, figsize=(6, 1.4))
figure.suptitle("TensorFlow: one cat, six draws")
six = augment(tf.repeat(cat[None], 6, axis=0), training=True)
for axis, image in zip(axes, six.numpy()):
    axis.imshow(image)
    axis.axis("off")
plt.show()


# %% Get it wrong
def kinds(pictures):
    return len(np.unique(pictures.reshape(len(pictures), -1), axis=0))


hundred = tf.repeat(digit[None], 100, axis=0)
turn = keras.layers.RandomRotation(0.1, fill_mode="constant")
different_at_once = different = kinds(turn(hundred, training=True).numpy())
print("pictures in a batch of 100:", different_at_once)
flips = draw(keras.layers.RandomFlip())
half_turned = np.mean((flips == one[::-1, ::-1]).all((1, 2)))
print(f"turned by half by a default flip: {half_turned:.3f}")
furthest = abs(angles).max()
print(f"RandomRotation(0.1) turns up to {furthest:.1f} degrees")
try:
    keras.layers.RandomRotation(36)
except ValueError as error:
    print("RandomRotation(36):", str(error).split(". ")[0])
brightness = keras.layers.RandomBrightness(0.2, value_range=(0, 1))
black = draw(brightness)[:, 0, 0].max()  # plus -0.2 to 0.2
white = draw(keras.layers.RandomBrightness(0.2)).max()  # of 0 to 255
print(f"black becomes up to {black:.1f}, white up to {white:.0f}")
model = keras.Sequential([keras.layers.RandomFlip("horizontal")])
thousand = tf.repeat(digit[None], 1000, axis=0)
flipped_when_called, flipped_by_predict = (
    np.mean((np.squeeze(result) != one).any((1, 2)))
    for result in (model(thousand), model.predict(thousand, verbose=0))
)
print("flipped when called:", flipped_when_called)
print("flipped by predict:", flipped_by_predict)

# %% Turn a six
reader = KNeighborsClassifier(1).fit(
    pixels[:1000].reshape(-1, 64), labels[:1000]
)
sixes = pixels[1000:][labels[1000:] == 6]
turned_sixes = tf.image.rot90(sixes[..., None], k=2).numpy()
read_as = np.bincount(
    reader.predict(turned_sixes.reshape(-1, 64)), minlength=10
)
print(len(sixes), "sixes, turned by half, are read as nine:", read_as[9])
