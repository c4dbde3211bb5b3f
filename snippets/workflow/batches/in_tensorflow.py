"""Image files in class folders become the same batches in the same order."""

# %% Find the files
import shutil
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits

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
def prepare(image):
    return tf.image.convert_image_dtype(image, tf.float32)


def pictures_of(order, labels=labels, prepare=prepare):
    def read(file, label):
        return prepare(tf.io.decode_png(tf.io.read_file(file))), label

    named = tf.data.Dataset.from_tensor_slices((files[order], labels[order]))
    return named.map(read, num_parallel_calls=tf.data.AUTOTUNE)


image, label = next(iter(pictures_of([0])))
print(image.shape, image.dtype, f"up to {tf.reduce_max(image):.3f}")


# %% Shuffle, batch, drop the remainder
def shuffled(epoch):
    return np.random.default_rng([0, epoch]).permutation(len(files))


def batches(order, **options):
    dataset = pictures_of(order, **options).batch(32, drop_remainder=True)
    return dataset.prefetch(tf.data.AUTOTUNE)


seen = list(batches(shuffled(epoch=0)).as_numpy_iterator())
images = np.stack([batch for batch, _ in seen]).squeeze(4)
labels_seen = np.stack([batch for _, batch in seen])
print("batches:", len(images), "of", images[0].shape)
print("first labels:", *labels_seen[0, :8])


# %% Train from them
def train(order_of, **options):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, kernel_initializer="zeros"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    history = []
    for epoch in range(5):
        dataset = batches(order_of(epoch), **options)
        fitted = model.fit(dataset, shuffle=False, verbose=0)
        history += fitted.history["loss"]
    return history


history = train(shuffled)
print("loss:", *np.round(history, 3))

# %% Let the library read the folders
read_folder = keras.utils.image_dataset_from_directory
ready = read_folder("digits", verbose=False)
default_size = tuple(next(iter(ready))[0].shape[1:])
default_batches = len(ready)
print("default size", default_size, "batches", default_batches)
folder = read_folder(
    "digits",
    color_mode="grayscale",
    image_size=(8, 8),
    batch_size=200,
    shuffle=False,
    verbose=False,
)
ready_images, ready_labels = next(folder.as_numpy_iterator())
ready_images = ready_images.squeeze(3) / 255
print("same classes:", folder.class_names == classes)


# %% Feed it wrongly
def unscaled(image):
    return tf.cast(image, tf.float32)


apart = np.random.default_rng(1).permutation(labels)
feeds = {
    "as above": history,
    "labels apart": train(shuffled, labels=apart),
    "not shuffled": train(lambda epoch: range(len(files))),
    "not scaled": train(shuffled, prepare=unscaled),
}
for name, losses in feeds.items():
    plt.plot(range(1, 6), losses, "o-", label=name)
    print(f"{name:<13}", *(f"{loss:.2f}" for loss in losses))
plt.xticks(range(1, 6))
plt.yscale("log")
plt.title("TensorFlow: one model, fed in four ways")
plt.xlabel("epoch")
plt.ylabel("loss on its batches")
plt.legend()
plt.show()
*wrong_losses, unscaled_losses = list(feeds.values())[1:]

# %% Keep what was read
brightness = keras.layers.RandomBrightness(0.5, value_range=(0, 1))


def augment(image, label):
    return brightness(image, training=True), label


def augment_with_state(image, label):
    return tf.image.random_brightness(image, 0.5), label


def count_changed(dataset):
    first, second = (np.stack([image for image, _ in dataset]) for _ in "12")
    return np.any(first != second, axis=(1, 2, 3)).sum()


kept = pictures_of(range(len(files))).cache()
kept_too_late = kept.map(augment).cache()
list(kept), list(kept_too_late)  # a first epoch fills them
shutil.rmtree("digits")  # who reads again, fails
changed = [count_changed(d) for d in (kept, kept_too_late, kept.map(augment))]
print("pictures that change from epoch to epoch:", *changed)
tf.random.set_seed(0)  # keras.utils.set_random_seed does it, too
changed_though_seeded = count_changed(kept.map(augment_with_state))
print("and with a seed:", changed_though_seeded)
