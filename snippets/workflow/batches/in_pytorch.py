"""Image files in class folders become the same batches in the same order."""

# %% Find the files
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

words = "zero one two three four five six seven eight nine".split()
pictures, digits = load_digits(return_X_y=True)
for number in range(200):  # the way pictures reach you: digits/two/002.png
    folder = Path("digits", words[digits[number]])
    folder.mkdir(parents=True, exist_ok=True)
    picture = 15 * pictures[number].reshape(8, 8).astype("uint8")
    Image.fromarray(picture).save(folder / f"{number:03}.png")

paths = sorted(Path("digits").glob("*/*.png"))
classes = sorted({path.parent.name for path in paths})
files = np.array([str(path) for path in paths])
labels = np.array([classes.index(path.parent.name) for path in paths])
print(len(files), "files; label 0 is", classes[0])

# %% Read one
prepare = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])


class Pictures(Dataset):
    def __init__(self, labels=labels, prepare=prepare):
        self.labels, self.prepare = labels, prepare

    def __len__(self):
        return len(files)

    def __getitem__(self, index):
        with Image.open(files[index]) as picture:
            return self.prepare(picture), self.labels[index]


image, label = Pictures()[0]
print(tuple(image.shape), image.dtype, f"up to {image.max():.3f}")


# %% Shuffle, batch, drop the remainder
def shuffled(epoch):
    return np.random.default_rng([0, epoch]).permutation(len(files))


def batches(order, dataset):
    return DataLoader(dataset, batch_size=32, sampler=order, drop_last=True)


seen = list(batches(shuffled(epoch=0), Pictures()))
images = np.stack([batch.numpy() for batch, _ in seen]).squeeze(2)
labels_seen = np.stack([batch.numpy() for _, batch in seen])
print("batches:", len(images), "of", images[0].shape)
print("first labels:", *labels_seen[0, :8])


# %% Train from them
def train(order_of, dataset):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[1].bias)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = []
    for epoch in range(5):
        losses = []
        for images, labels in batches(order_of(epoch), dataset):
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history.append(np.mean(losses))
    return history


history = train(shuffled, Pictures())
print("loss:", *np.round(history, 3))

# %% Let the library read the folders
image, label = ImageFolder("digits")[0]  # a PIL image and a number
default_size = np.array(image).shape
default_batches = len(DataLoader(ImageFolder("digits")))
print("default size", default_size, "batches", default_batches)
gray = v2.Compose([v2.Grayscale(), prepare])
folder = ImageFolder("digits", transform=gray)
ready_images, ready_labels = next(iter(DataLoader(folder, batch_size=200)))
ready_images = ready_images.numpy().squeeze(1)
ready_labels = ready_labels.numpy()
print("same classes:", folder.classes == classes)

# %% Feed it wrongly
unscaled = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32)])
apart = np.random.default_rng(1).permutation(labels)
feeds = {
    "as above": history,
    "labels apart": train(shuffled, Pictures(apart)),
    "not shuffled": train(lambda epoch: range(len(files)), Pictures()),
    "not scaled": train(shuffled, Pictures(prepare=unscaled)),
}
for name, losses in feeds.items():
    plt.plot(range(1, 6), losses, "o-", label=name)
    print(f"{name:<13}", *(f"{loss:.2f}" for loss in losses))
plt.xticks(range(1, 6))
plt.yscale("log")
plt.title("PyTorch: one model, fed in four ways")
plt.xlabel("epoch")
plt.ylabel("loss on its batches")
plt.legend()
plt.show()
*wrong_losses, unscaled_losses = list(feeds.values())[1:]

# %% Keep what was read
augment = v2.ColorJitter(brightness=0.5)


class Augmented(Dataset):
    def __len__(self):
        return len(kept)

    def __getitem__(self, index):
        image, label = kept[index]
        return augment(image), label


def count_changed(dataset):
    loader = DataLoader(dataset)  # a batch is one picture
    first, second = (np.stack([image for image, _ in loader]) for _ in "12")
    return np.any(first != second, axis=(1, 2, 3, 4)).sum()


kept = [Pictures()[index] for index in range(len(files))]
kept_too_late = [Augmented()[index] for index in range(len(files))]
shutil.rmtree("digits")  # who reads again, fails
changed = [count_changed(d) for d in (kept, kept_too_late, Augmented())]
print("pictures that change from epoch to epoch:", *changed)
torch.manual_seed(0)
changed_though_seeded = count_changed(Augmented())
print("and with a seed:", changed_though_seeded)
