"""One epoch through an input pipeline: crop, scale, normalise, batch."""

# %% Load
import numpy as np
import tensorflow as tf
from skimage import data

names = "astronaut", "coffee", "rocket", "hubble_deep_field", "retina"
photos = [getattr(data, name)() for name in names]


def cut(photo):
    rows, columns = photo.shape[0] // 64, photo.shape[1] // 64
    grid = photo[: rows * 64, : columns * 64]
    grid = grid.reshape(rows, 64, columns, 64, 3).swapaxes(1, 2)
    return grid.reshape(-1, 64, 64, 3)


cuts = [cut(photo) for photo in photos]
tiles = np.concatenate(cuts)  # (857, 64, 64, 3), bytes
labels = np.repeat(range(len(cuts)), [len(tiles) for tiles in cuts])
mean = tiles.mean((0, 1, 2), dtype="float32") / 255
deviation = tiles.std((0, 1, 2), dtype="float32") / 255


# %% Build the pipeline
def prepare(tile, label):
    tile = tf.cast(tile[4:60, 4:60], tf.float32)
    image = (tile / 255 - mean) / deviation
    return image, label  # channels last


# Traced once: from here on, no Python runs for each image.
dataset = tf.data.Dataset.from_tensor_slices((tiles, labels))
pipeline = dataset.map(prepare).batch(32)


def epoch():
    for batch in pipeline:  # a training step would stand here
        last = batch
    return last


# %% Look at what comes out
last_batch, last_labels = epoch()
last_batch = last_batch.numpy()
last_labels = last_labels.numpy()
print("the last batch:", last_batch.shape)
means = [tf.reduce_mean(images, (1, 2, 3)) for images, _ in pipeline]
image_means = tf.concat(means, axis=0).numpy()
print("images:", len(image_means), "in batches:", len(pipeline))
print("mean of the first images:", image_means[:3].round(3))
