"""One epoch through an input pipeline: crop, scale, normalise, batch."""

# %% Load
import numpy as np
import torch
from skimage import data
from torch.utils.data import DataLoader, Dataset

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
class Tiles(Dataset):
    def __len__(self):
        return len(tiles)

    def __getitem__(self, index):
        # A pipeline stays on the CPU, where the files are.
        tile = torch.from_numpy(tiles[index, 4:60, 4:60])
        image = (tile.float() / 255 - scale[0]) / scale[1]
        return image.permute(2, 0, 1), labels[index]  # channels first


scale = torch.from_numpy(np.stack([mean, deviation]))
pipeline = DataLoader(Tiles(), batch_size=32)


def epoch():
    for batch in pipeline:  # a training step would stand here
        last = batch
    return last


# %% Look at what comes out
last_batch, last_labels = epoch()
last_batch = last_batch.permute(0, 2, 3, 1).numpy()
last_labels = last_labels.numpy()
print("the last batch:", last_batch.shape)
image_means = torch.cat([images.mean((1, 2, 3)) for images, _ in pipeline])
image_means = image_means.numpy()
print("images:", len(image_means), "in batches:", len(pipeline))
print("mean of the first images:", image_means[:3].round(3))
