"""A small network tells faces from other pictures."""

# %% Load and split
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage.data import lfw_subset
from skimage.feature import haar_like_feature, hog
from skimage.transform import integral_image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, RepeatedStratifiedKFold
from sklearn.svm import LinearSVC
from torch import nn

pictures = lfw_subset()  # (200, 25, 25): 100 faces, then 100 others
labels = np.repeat([1, 0], 100)
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
splits = list(folds.split(pictures, labels))
light = pictures.mean(axis=(1, 2), keepdims=True)
scaled = (pictures - light) / pictures.std(axis=(1, 2), keepdims=True)
images = torch.tensor(scaled).float()[:, None]
targets = torch.tensor(labels).float()[:, None]


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
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, stride=2),  # 25 x 25 -> 12 x 12
    nn.ReLU(),
    nn.Conv2d(8, 16, 3, stride=2),  # -> 5 x 5
    nn.ReLU(),
    nn.Conv2d(16, 16, 3),  # -> 3 x 3
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(144, 1),
)

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
sizes = (3, 3, 1, 8), (3, 3, 8, 16), (3, 3, 16, 16), (3, 3, 16, 1)
kernels = [rng.normal(0, np.sqrt(2 / np.prod(s[:3])), s) for s in sizes]


with torch.no_grad():  # (height, width, in, out) -> (out, in, height, width)
    for layer, kernel in zip(model[:6:2], kernels[:3], strict=True):
        layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
        layer.bias.zero_()
    head = torch.tensor(kernels[3]).permute(3, 2, 0, 1)
    model[7].weight.copy_(head.reshape(1, 144))
    model[7].bias.zero_()
start = {name: value.clone() for name, value in model.state_dict().items()}


# %% Ask what the pixels do
def gradient_of(rows):
    inputs = images[rows].requires_grad_()
    model(inputs).sum().backward()
    return inputs.grad[:, 0].numpy()


first_logits = model(images).detach().numpy()
first_saliency = gradient_of(slice(100))

# %% Train once for each split
criterion = nn.BCEWithLogitsLoss()
history, margins = [], np.zeros(200)


def network(rows, test):
    model.load_state_dict(start)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for _ in range(20):
        for batch in rng.permutation(rows).reshape(-1, 20):
            optimizer.zero_grad()
            loss = criterion(model(images[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            history.append(loss.item())
    with torch.no_grad():
        logits = model(images[test])[:, 0].numpy()
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
    colour = "#e0452c" if name == "network" else "0.5"
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
