"""A small U-Net finds the coins of a row that is lit like no other."""

# %% Load and label
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.ndimage import binary_fill_holes
from skimage import data, feature, filters, segmentation
from sklearn.ensemble import RandomForestClassifier
from torch import nn
from torch.nn import functional as F

photo = data.coins()  # (303, 384)
markers = np.where(photo < 30, 1, np.where(photo > 150, 2, 0))
regions = segmentation.watershed(filters.sobel(photo), markers)
coins = binary_fill_holes(regions == 2)
test, train = np.s_[:80], np.s_[88:]  # rows; eight lie between
images = (photo - photo[train].mean()) / photo[train].std()
for part, rows in [("train", train), ("test", test)]:
    grey = np.median(photo[rows][~coins[rows]])
    print(f"{part:<5} {coins[rows].mean():.0%} coins, ground {grey:.0f}")

figure, axis = plt.subplots(figsize=(6, 4.4))
shown = np.stack([photo // 16 * 16] * 3, axis=-1)  # few greys, a small file
shown[segmentation.find_boundaries(coins)] = 224, 69, 44
shown[80:88] = 224, 69, 44
axis.imshow(shown, interpolation="none")
axis.set(title="The labels; above the bar, the test", xticks=[], yticks=[])
plt.show()

# %% Relight
seed = 0
rng = np.random.default_rng(seed)
limits = np.array([0.2, 1.5, 0.5, 0.5])  # gain, level, two slopes


def relight(image, light=1):
    gain, level, down, right = light * rng.uniform(-limits, limits)
    row, column = ((np.arange(n) - n / 2) / 32 for n in image.shape)
    lit = (1 + gain) * image + level
    return lit + down * row[:, None] + right * column


# %% Score the baselines
def score(found):
    """Accuracy, IoU and Dice on the test rows."""
    both, either = found & coins[test], found | coins[test]
    dice = 2 * both.sum() / (found.sum() + coins[test].sum())
    accuracy = (found == coins[test]).mean()
    return np.array([accuracy, both.sum() / either.sum(), dice])


def grow_forest(photos):
    """Pixels from each photo, 24 features a pixel; what it finds."""
    features = [*map(feature.multiscale_basic_features, [*photos, images])]
    pixels = [pixel[train].reshape(-1, 24) for pixel in features[:-1]]
    forest = RandomForestClassifier(50, max_samples=8000, random_state=0)
    truth = np.tile(coins[train].ravel(), len(pixels))
    forest.fit(np.concatenate(pixels), truth)
    answers = forest.predict(features[-1][test].reshape(-1, 24))
    return answers.reshape(coins[test].shape)


local = photo > filters.threshold_local(photo, 151, offset=-5)
baselines = {
    "all ground": np.zeros_like(coins[test]),
    "Otsu, photo": photo[test] > filters.threshold_otsu(photo),
    "Otsu, row": photo[test] > filters.threshold_otsu(photo[test]),
    "local": local[test],
    "forest": grow_forest([images]),
    "forest, relit": grow_forest([relight(images) for _ in range(4)]),
}
baseline_scores = np.array([*map(score, baselines.values())])
print("              accuracy   IoU  Dice")
for name, (accuracy, iou, dice) in zip(baselines, baseline_scores):
    print(f"{name:<13} {accuracy:8.2f} {iou:5.2f} {dice:5.2f}")

# %% Draw crops
pair = np.stack([images, coins])  # (2, 303, 384)


def draw_crops(count, light=1):
    crops = np.empty((count, 2, 64, 64), "float32")
    for crop in crops:
        row, column = rng.integers([88, 0], [240, 321])
        window = pair[:, row : row + 64, column : column + 64]
        window = np.rot90(window, rng.integers(4), axes=(1, 2))
        crop[:] = window[..., :: rng.choice([-1, 1])]
        crop[0] = relight(crop[0], light)
    # the channel in front: (count, 1, 64, 64)
    return torch.from_numpy(crops).split(1, dim=1)


# %% Define the U-Net
widths = 8, 16, 32, 32


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding="same"),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding="same"),
        nn.ReLU(),
    )


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = pairwise([1, *widths])
        self.down = nn.ModuleList(block(*size) for size in sizes)
        self.up = nn.ModuleList()
        for inputs, outputs in pairwise(widths[::-1]):
            self.up.append(nn.ConvTranspose2d(inputs, outputs, 2, stride=2))
            self.up.append(block(2 * outputs, outputs))
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x):
        skips = []
        for down in self.down[:-1]:
            skips.append(down(x))
            x = F.max_pool2d(skips[-1], 2)
        x = self.down[-1](x)
        for rise, join in zip(self.up[::2], self.up[1::2]):
            x = join(torch.cat([skips.pop(), rise(x)], dim=1))
        return self.head(x)


# %% Define the loss
def criterion(logits, masks):
    found = torch.sigmoid(logits)
    dice = 2 * (found * masks).sum() / (found.sum() + masks.sum())
    loss = F.binary_cross_entropy_with_logits(logits, masks)
    return loss + 1 - dice


# %% Start from the same weights
def build():
    model, start = UNet(), np.random.default_rng(seed)
    for layer in model.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            # (height, width, in, out), and turned for transposed ones
            size = layer.weight.permute(2, 3, 1, 0).shape
            kernel = start.normal(0, np.sqrt(2 / np.prod(size[:3])), size)
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
                layer.bias.zero_()
    adam = torch.optim.Adam(model.parameters(), lr=0.005, eps=1e-9)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=310)
    return model, adam, decay


model, *optimizer = build()
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% Compare the first step
crops, masks = draw_crops(4)
logits = model(crops)
criterion(logits, masks).backward()
first_logits = logits.detach().permute(0, 2, 3, 1).numpy()
first_gradient = model.down[0][0].weight.grad.permute(2, 3, 1, 0).numpy()
print("first logits:", first_logits[0, 32, :3, 0].round(3))


# %% Take ten steps
def take_steps(model, adam, decay, count, light=1):
    total = 0.0
    images, masks = draw_crops(4 * count, light)
    for crops, truth in zip(images.split(4), masks.split(4)):
        adam.zero_grad()
        loss = criterion(model(crops), truth)
        loss.backward()
        adam.step()
        decay.step()
        total += loss.item()
    return total / count


early_loss = take_steps(model, *optimizer, 10)
early_weights = model.head.weight[0, :, 0, 0].detach().numpy().copy()
early_rate = optimizer[1].get_last_lr()[0]  # after ten steps
print(f"loss over ten batches: {early_loss:.3f}")

# %% Train
losses = [take_steps(model, *optimizer, 50) for _ in range(6)]
print(f"loss, first and last fifty: {losses[0]:.1f}, {losses[-1]:.1f}")

# %% Test
row = torch.tensor(images[None, None, test]).float()


def segment(model):
    with torch.no_grad():
        return (model(row) > 0)[0, 0].numpy()


found = segment(model)
accuracy, iou, dice = score(found)
print(f"U-Net         {accuracy:8.2f} {iou:5.2f} {dice:5.2f}")

# %% Look at the errors
figure, axes = plt.subplots(5, 1, figsize=(6, 7))
answers = baselines | {"U-Net": found}
for axis, (name, seen) in zip(axes, [*answers.items()][2:]):
    shown = np.stack([photo[test] // 16 * 16] * 3, axis=-1)
    shown[seen & ~coins[test]] = 224, 69, 44
    shown[coins[test] & ~seen] = 63, 127, 208
    axis.imshow(shown, interpolation="none")
    axis.set(xticks=[], yticks=[])
    axis.set_title(f"{name}: wrongly coin red, missed blue")
plt.show()

# %% Forget to relight
model, *optimizer = build()
for _ in range(2):
    dark_loss = take_steps(model, *optimizer, 50, light=0)
dark_iou = score(segment(model))[1]
print(f"loss {dark_loss:.1f}, IoU {dark_iou:.2f}")

# %% Apply the sigmoid twice
perfect = torch.sigmoid(200 * (masks - 0.5))  # zeros and ones
twice = F.binary_cross_entropy_with_logits(perfect, masks).item()
print(f"a perfect answer costs {twice:.2f}")
