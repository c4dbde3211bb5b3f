"""Callbacks and data sets are classes of yours that the training calls."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset

pixels, labels = load_digits(return_X_y=True)
unread, truth = (pixels[1280:] / 16).astype("float32"), labels[1280:]
pixels, labels = pixels[:1280], labels[:1280]


# %% Write a data set that is asked by index
class Digits(Dataset):
    """Scales a digit when it is asked for."""

    def __init__(self):
        self.asked = []

    def __len__(self):  # digits
        return len(pixels)

    def __getitem__(self, index):
        self.asked.append(index)
        image = (pixels[index] / 16).astype("float32")
        return image, labels[index]


digits = Digits()
batches = DataLoader(digits, batch_size=64)
images, _ = next(iter(batches))
print("a batch:", tuple(images.shape))
asked = len(digits.asked)
print("asked for:", *digits.asked[:3], "...", digits.asked[-1])


# %% Write a data set that is only gone through
class Stream(IterableDataset):
    def __iter__(self):
        for image, label in zip(pixels, labels):
            yield (image / 16).astype("float32"), label


streamed = DataLoader(Stream(), batch_size=64)
pairs = zip(batches, streamed, strict=True)
same = all(torch.equal(one[0], other[0]) for one, other in pairs)
print("the same batches:", same)


# %% Write a callback
class Callback:
    """Does nothing; the loop calls all of it."""

    def on_train_begin(self): ...
    def on_epoch_begin(self, epoch): ...
    def on_epoch_end(self, epoch, logs): ...
    def on_train_end(self): ...


class Diary(Callback):
    def __init__(self):
        self.events = []

    def on_train_begin(self):
        self.events.append("train begins")

    def on_epoch_end(self, epoch, logs):
        self.events.append(f"epoch {epoch} ends")

    def on_train_end(self):
        self.events.append("train ends")


class StopBelow(Callback):
    def __init__(self, loss):
        self.loss = loss

    def on_epoch_end(self, epoch, logs):
        if logs["loss"] < self.loss:
            self.training.stop = True


# %% Let the training call them
class Training:
    def __init__(self):
        self.model = nn.Linear(64, 10)
        nn.init.zeros_(self.model.weight)
        nn.init.zeros_(self.model.bias)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.5)
        self.stop = False

    def step(self, images, labels):
        loss = nn.functional.cross_entropy(self.model(images), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, batches, epochs, callbacks):
        for callback in callbacks:
            callback.training = self
            callback.on_train_begin()
        losses = []
        for epoch in range(epochs):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            losses.append(np.mean([self.step(*batch) for batch in batches]))
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"loss": losses[-1]})
            if self.stop:
                break
        for callback in callbacks:
            callback.on_train_end()
        return losses


def train(batches, *callbacks, epochs=5):
    return Training().fit(batches, epochs, callbacks)


diary = Diary()
losses = train(batches, diary, StopBelow(0.5))
events = len(diary.events)
print(*diary.events, sep="\n")
print("losses:", np.round(losses, 4))
streamed_losses = train(streamed, StopBelow(0.5))
print("streamed:", np.round(streamed_losses, 4))


# %% Misspell a moment
class Misspelt(Callback):
    def on_epoch_finish(self, epoch, logs):
        raise RuntimeError("nobody calls this")


print("epochs:", len(train(batches, Misspelt(), epochs=2)))


# %% Count in the wrong unit
class Miscounted(Digits):
    def __len__(self):
        return len(batches)  # not digits


miscounted = Miscounted()
print(np.round(train(DataLoader(miscounted, batch_size=64), epochs=1), 4))
print("asked up to number", max(miscounted.asked))


# %% Offer what inherits nothing
class Outsider:
    def __len__(self):
        return len(digits)

    def __getitem__(self, index):
        return digits[index]


outsider_losses = train(DataLoader(Outsider(), batch_size=64))
accepted = np.allclose(outsider_losses[:4], losses)
print("accepted:", accepted)

# %% Shuffle what cannot be shuffled
try:
    DataLoader(Stream(), batch_size=64, shuffle=True)
except ValueError as error:
    print(str(error).split(", but")[0])


# %% Solve the best weights
class KeepBest(Callback):
    def on_train_begin(self):
        self.scores = []

    def on_epoch_end(self, epoch, logs):
        self.scores.append(accuracy(self.training.model))
        if self.scores[-1] == max(self.scores):
            weights = self.training.model.state_dict()
            self.best = {name: w.clone() for name, w in weights.items()}

    def on_train_end(self):
        self.training.model.load_state_dict(self.best)
        self.kept = accuracy(self.training.model)


@torch.no_grad()
def accuracy(model):
    guesses = model(torch.tensor(unread)).numpy().argmax(axis=1)
    return np.mean(guesses == truth)


keep_best = KeepBest()
train(batches, keep_best, epochs=8)
scores, kept = keep_best.scores, keep_best.kept
print(f"last epoch: {scores[-1]:.3f}, kept: {kept:.3f}")
