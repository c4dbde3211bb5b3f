"""Callbacks and data sets are classes of yours that the training calls."""

# %% Load
import warnings

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
unread, truth = (pixels[1280:] / 16).astype("float32"), labels[1280:]
pixels, labels = pixels[:1280], labels[:1280]


# %% Write a data set that is asked by index
class Digits(keras.utils.PyDataset):
    """Scales a batch when it is asked for."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def __len__(self):  # batches
        return len(pixels) // 64

    def __getitem__(self, index):
        self.asked.append(index)
        batch = slice(64 * index, 64 * (index + 1))
        images = (pixels[batch] / 16).astype("float32")
        return images, labels[batch]


batches = digits = Digits()
images, _ = batches[0]
print("a batch:", images.shape)
asked = len(digits.asked)
print("asked for:", *digits.asked)


# %% Write a data set that is only gone through
def stream():
    for image, label in zip(pixels, labels):
        yield (image / 16).astype("float32"), label


kinds = (
    tf.TensorSpec([64], tf.float32),
    tf.TensorSpec([], tf.int64),
)
streamed = tf.data.Dataset.from_generator(stream, output_signature=kinds)
streamed = streamed.batch(64)
streamed = streamed.apply(tf.data.experimental.assert_cardinality(20))
pairs = zip(batches, streamed, strict=True)
same = all(np.array_equal(one[0], other[0]) for one, other in pairs)
print("the same batches:", same)


# %% Write a callback
class Diary(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.events = []

    def on_train_begin(self, logs=None):
        self.events.append("train begins")

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(f"epoch {epoch} ends")

    def on_train_end(self, logs=None):
        self.events.append("train ends")


class StopBelow(keras.callbacks.Callback):
    def __init__(self, loss):
        super().__init__()
        self.loss = loss

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.loss:
            self.model.stop_training = True


# %% Let the training call them
def train(batches, *callbacks, epochs=5, shuffle=False):
    dense = keras.layers.Dense(10, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((64,)), dense])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss)
    history = model.fit(
        batches,
        epochs=epochs,
        callbacks=list(callbacks),
        shuffle=shuffle,
        verbose=0,
    )
    return history.history["loss"]


diary = Diary()
losses = train(batches, diary, StopBelow(0.5))
events = len(diary.events)
print(*diary.events, sep="\n")
print("losses:", np.round(losses, 4))
streamed_losses = train(streamed, StopBelow(0.5))
print("streamed:", np.round(streamed_losses, 4))


# %% Misspell a moment
class Misspelt(keras.callbacks.Callback):
    def on_epoch_finish(self, epoch, logs=None):
        raise RuntimeError("nobody calls this")


print("epochs:", len(train(batches, Misspelt(), epochs=2)))


# %% Count in the wrong unit
class Miscounted(Digits):
    def __len__(self):
        return len(pixels)  # not batches


miscounted = Miscounted()
print(np.round(train(miscounted, epochs=1), 4))
print("asked up to number", max(miscounted.asked))


# %% Offer what inherits nothing
class Outsider:
    def __len__(self):
        return len(digits)

    def __getitem__(self, index):
        return digits[index]


try:
    accepted = np.allclose(train(Outsider(), epochs=4), losses)
except ValueError as error:
    accepted = False
    print(str(error).split(": x=")[0])
print("accepted:", accepted)

# %% Shuffle what cannot be shuffled
with warnings.catch_warnings(record=True) as notices:
    shuffled = train(streamed, epochs=4, shuffle=True)
said = [str(notice.message) for notice in notices]
print(next(text for text in said if "shuffle" in text).split(" since")[0])
print("the same losses:", np.array_equal(shuffled, streamed_losses))


# %% Solve the best weights
class KeepBest(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.scores = []

    def on_epoch_end(self, epoch, logs=None):
        self.scores.append(accuracy(self.model))
        if self.scores[-1] == max(self.scores):
            self.best = self.model.get_weights()

    def on_train_end(self, logs=None):
        self.model.set_weights(self.best)
        self.kept = accuracy(self.model)


def accuracy(model):
    guesses = model(unread).numpy().argmax(axis=1)
    return np.mean(guesses == truth)


keep_best = KeepBest()
train(batches, keep_best, epochs=8)
scores, kept = keep_best.scores, keep_best.kept
print(f"last epoch: {scores[-1]:.3f}, kept: {kept:.3f}")
