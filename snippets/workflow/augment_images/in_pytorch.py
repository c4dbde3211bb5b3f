"""Random flips, turns and shifts, compared by how their draws spread."""

# %% Take a digit and a cat
import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage.data import chelsea
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from torch import nn
from torchvision.transforms import v2

pixels, labels = load_digits(return_X_y=True)
pixels = (pixels / 16).astype("float32").reshape(-1, 8, 8)
one = np.pad(pixels[1].repeat(3, 0).repeat(3, 1), 4)  # (32, 32)
digit = torch.tensor(one)[None]  # (channels, height, width)
photo = chelsea()[20:276:4, 90:346:4].astype("float32") / 255
cat = torch.tensor(photo).permute(2, 0, 1)  # (3, 64, 64)
torch.manual_seed(0)
BILINEAR = v2.InterpolationMode.BILINEAR

# %% Turn by a known angle
flip = v2.RandomHorizontalFlip(p=1)
turn = v2.RandomRotation((30, 30), interpolation=BILINEAR)
default_turn = v2.RandomRotation((30, 30))  # nearest, and black outside
flipped, turned, by_default = (
    transform(cat).permute(1, 2, 0).numpy()
    for transform in (flip, turn, default_turn)
)
inside = turned[12:52, 12:52]  # what never touched the edge
corner, default_corner = turned[0, 0], by_default[0, 0]
print("corner:", corner.round(2), "by default:", default_corner.round(2))


# %% Draw a thousand
def draw(transform):  # one call a picture
    return torch.stack([transform(digit) for _ in range(1000)])[:, 0].numpy()


def moments(pictures):  # where the ink lies, and how it leans
    y, x = np.mgrid[:32, :32] - 15.5
    ink = pictures / pictures.sum((1, 2), keepdims=True)
    right, down = (ink * x).sum((1, 2)), (ink * y).sum((1, 2))
    dx, dy = x - right[:, None, None], y - down[:, None, None]
    across = (ink * dx * dy).sum((1, 2))
    lean = np.arctan2(2 * across, (ink * (dx**2 - dy**2)).sum((1, 2)))
    return right, np.degrees(lean / 2)


right, lean = moments(one[None])
flips = draw(v2.RandomHorizontalFlip())
flipped_share = np.mean((flips == one[:, ::-1]).all((1, 2)))
turns = draw(v2.RandomRotation(36, interpolation=BILINEAR))
angles = (lean - moments(turns)[1] + 90) % 180 - 90
shifts = moments(draw(v2.RandomAffine(0, translate=(0.125, 0))))[0] - right
# As ranks, 0 to 1: then the gap of two samples is their KS distance.
angle_ranks = np.sort(angles) / 72 + 0.5
shift_ranks = np.sort(shifts) / 8 + 0.5
reach = [abs(angles).max() / 36, abs(shifts).max() / 4]
whole_pixels = np.mean(abs(shifts - shifts.round()) < 0.01)
print("flipped:", flipped_share)
print("angles:", np.quantile(angles, [0, 0.25, 0.5, 0.75, 1]).round(1))
print("shifts by whole pixels:", whole_pixels)
print("furthest, of the range:", np.round(reach, 2))
uniform = np.linspace(0, 1, 1000)
distances = [abs(r - uniform).max() for r in (angle_ranks, shift_ranks)]
print("distance from uniform:", np.round(distances, 3))
plt.plot(np.sort(angles), uniform, color="#e0452c", label="1,000 draws")
plt.plot([-36, 36], [0, 1], "--", color="gray", label="uniform")
plt.title("PyTorch: how far RandomRotation(36) turned")
plt.xlabel("degrees, counter-clockwise")
plt.ylabel("share of draws below")
plt.legend()
plt.show()

# %% Look at six
augment = v2.Compose(
    [
        v2.RandomHorizontalFlip(),
        v2.RandomRotation(36, interpolation=BILINEAR),
        v2.ColorJitter(brightness=0.2),
    ]
)
figure, axes = plt.subplots(1, 6, figsize=(6, 1.4))
figure.suptitle("PyTorch: one cat, six draws")
for axis in axes:
    axis.imshow(augment(cat).permute(1, 2, 0))
    axis.axis("off")
plt.show()


# %% Get it wrong
def kinds(pictures):
    return len(np.unique(pictures.reshape(len(pictures), -1), axis=0))


hundred = digit.repeat(100, 1, 1, 1)  # (batch, channels, height, width)
turn = v2.RandomRotation(36, interpolation=BILINEAR)
different_at_once = kinds(turn(hundred).numpy())
different = kinds(torch.stack([turn(image) for image in hundred]).numpy())
print("pictures in a batch of 100:", different_at_once, "mended:", different)
half_turned = np.mean((flips == one[::-1, ::-1]).all((1, 2)))
print("turned by half by a default flip:", half_turned)
tenth = moments(draw(v2.RandomRotation(0.1, interpolation=BILINEAR)))[1]
furthest = abs(tenth - lean).max()
print(f"RandomRotation(0.1) turns up to {furthest:.1f} degrees")
brightness = draw(v2.ColorJitter(brightness=0.2))  # times 0.8 to 1.2
black, white = brightness[:, 0, 0].max(), brightness.max()
print(f"black becomes up to {black:.1f}, white up to {white:.0f}")
model = nn.Sequential(v2.RandomHorizontalFlip()).eval()
flipped_when_called = np.mean((draw(model) != one).any((1, 2)))
flipped_by_predict = flipped_when_called  # there is no other way
print("flipped after eval():", flipped_when_called)

# %% Turn a six
reader = KNeighborsClassifier(1).fit(
    pixels[:1000].reshape(-1, 64), labels[:1000]
)
sixes = pixels[1000:][labels[1000:] == 6]
turned_sixes = torch.rot90(torch.tensor(sixes), 2, dims=(1, 2)).numpy()
read_as = np.bincount(
    reader.predict(turned_sixes.reshape(-1, 64)), minlength=10
)
print(len(sixes), "sixes, turned by half, are read as nine:", read_as[9])
