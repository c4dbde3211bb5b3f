"""A small network tells faces from other pictures."""

# %% Load and split
from functools import partial

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from skimage.data import lfw_subset
from skimage.feature import haar_like_feature, hog
from skimage.transform import integral_image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RepeatedStratifiedKFold
from sklearn.svm import LinearSVC

pictures = lfw_subset()  # (200, 25, 25): 100 faces, then 100 others
labels = np.repeat([1, 0], 100)
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
splits = list(folds.split(pictures, labels))
light = pictures.mean(axis=(1, 2), keepdims=True)
scaled = (pictures - light) / pictures.std(axis=(1, 2), keepdims=True)
images = scaled[..., None].astype("float32")
targets = labels[:, None].astype("float32")


# %% Score three baselines
def judge(name, predict):
    hits, scores = np.zeros(200), []
    for train, test in splits:
        right = predict(train, test) == labels[test]
        hits[test] += right / 2  # each picture is tested twice
        scores.append(right.mean())
    draws = np.random.default_rng(1).integers(200, size=(2000, 200))
    low, high = np.percentile(hits[draws].mean(axis=1), [2.5, 97.5])
    judged[name] = hits.mean(), low, high, min(scores), max(scores)
    print(f"{name:<16}", "{:.3f}, {:.3f} to {:.3f}".format(*judged[name]))


def hog_of(picture):
    return hog(picture, 8, pixels_per_cell=(5, 5), cells_per_block=(2, 2))


def haar_of(picture):
    kinds = ["type-2-x", "type-2-y"]
    table = integral_image(picture[::2, ::2])
    return haar_like_feature(table, 0, 0, 13, 13, kinds)


def classic(baseline, features, train, test):
    baseline.fit(features[train], labels[train])
    return baseline.predict(features[test])


judged = {}
for name, baseline, describe in (
    ("pixels, logistic", LogisticRegression(max_iter=1000), np.ravel),
    ("HOG, linear SVM", LinearSVC(C=0.1, random_state=0), hog_of),
    ("Haar, forest", RandomForestClassifier(100, random_state=0), haar_of),
):
    features = np.array([describe(picture) for picture in pictures])
    judge(name, partial(classic, baseline, features))
baselines = np.array([*judged.values()])  # mean, interval, range of ten tests

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((25, 25, 1)),
        layers.Conv2D(8, 3, strides=2, activation="relu"),  # -> 12 x 12
        layers.Conv2D(16, 3, strides=2, activation="relu"),  # -> 5 x 5
        layers.Conv2D(16, 3, activation="relu"),  # -> 3 x 3
        layers.Flatten(),
        layers.Dense(1),
    ]
)

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
sizes = (3, 3, 1, 8), (3, 3, 8, 16), (3, 3, 16, 16), (3, 3, 16, 1)
kernels = [rng.normal(0, np.sqrt(2 / np.prod(s[:3])), s) for s in sizes]


start = []
for kernel, weight in zip(kernels, model.weights[::2], strict=True):
    start += [kernel.reshape(weight.shape), np.zeros(kernel.shape[3])]
model.set_weights(start)


# %% Ask what the pixels do
def gradient_of(rows):
    inputs = tf.Variable(images[rows])
    with tf.GradientTape() as tape:
        logits = model(inputs)
    return tape.gradient(logits, inputs)[..., 0].numpy()


first_logits = model(images).numpy()
first_saliency = gradient_of(slice(100))

# %% Train once for each split
criterion = keras.losses.BinaryCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.02, momentum=0.9)
model.compile(loss=criterion, optimizer=optimizer)
history, margins = [], np.zeros(200)


def network(rows, test):
    model.set_weights(start)
    for variable in optimizer.variables[2:]:
        variable.assign(tf.zeros_like(variable))  # no momentum yet
    for _ in range(20):
        for batch in rng.permutation(rows).reshape(-1, 20):
            loss = model.train_on_batch(images[batch], targets[batch])
            history.append(loss)
    logits = model.predict_on_batch(images[test])[:, 0]
    margins[test] += logits * np.sign(labels[test] - 0.5) / 2
    return logits > 0


judge("network", network)
early_losses = np.array(history[:10])
accuracy = float(judged["network"][0])
verdicts = margins.copy()  # the mean of two, above zero where right
saliency = np.abs(gradient_of(slice(100))).mean(axis=0)

# %% Split without shuffling
blocks = [network(*rows) for rows in KFold(2).split(pictures)]
unshuffled = float((np.concatenate(blocks) == labels).mean())
print(f"without shuffling, one class to learn from: {unshuffled:.2f}")

# %% Draw the scores
figure, axis = plt.subplots(figsize=(6, 2.4), layout="constrained")
for place, (name, (mean, low, high, *range_)) in enumerate(judged.items()):
    colour = "#f59300" if name == "network" else "0.5"
    axis.plot(range_, [place, place], ":", color=colour)
    axis.plot([low, high], [place, place], color=colour, linewidth=3)
    axis.plot(mean, place, "o", color=colour)
axis.set(yticks=range(4), yticklabels=judged, xlabel="accuracy")
axis.set(title="95% interval, and dotted the range of ten splits")
plt.show()

# %% Look at the mistakes and at the gradient
worst = np.argsort(verdicts)[:5]
shown = [*pictures[worst], pictures[:100].mean(axis=0), saliency]
kinds = np.where(labels[worst], "face", "other")
names = [f"{k} {verdicts[i]:.0f}" for k, i in zip(kinds, worst, strict=True)]
figure, axes = plt.subplots(1, 7, figsize=(7, 1.4), layout="constrained")
for axis, picture, name in zip(
    axes, shown, [*names, "mean face", "gradient"], strict=True
):
    axis.imshow(picture, cmap="gray")
    axis.set_title(name, fontsize=9)
    axis.axis("off")
plt.show()
