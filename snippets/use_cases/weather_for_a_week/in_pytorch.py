"""A GRU forecasts seven days of Seattle's highest temperature at once."""

# %% Load and split by time
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from torch import nn
from vega_datasets import local_data

weather = local_data.seattle_weather().set_index("date")  # 2012 to 2015
highest = weather["temp_max"].to_numpy()  # degrees Celsius
known = int((weather.index < "2015").sum())  # days to learn from
phase = 2 * np.pi * weather.index.day_of_year.to_numpy() / 365.25
waves = np.stack([f(n * phase) for n in (1, 2) for f in (np.sin, np.cos)], 1)
# What the time of the year explains, fitted to the past alone.
normal = LinearRegression().fit(waves[:known], highest[:known]).predict(waves)
spread = (highest - normal)[:known].std()
others = weather[["temp_min", "precipitation", "wind"]].to_numpy()
others = (others - others[:known].mean(axis=0)) / others[:known].std(axis=0)
anomaly = (highest - normal) / spread
days = np.column_stack([anomaly, others, waves[:, :2]]).astype("float32")

leads = np.arange(1, 8)
today = np.arange(13, len(days) - 7)[:, None]
ahead = today + leads  # (examples, 7): the week to come
windows = days[today + np.arange(-13, 1)]  # (examples, 14 days, 6)
targets = days[ahead, 0]  # (examples, 7)
past, future = ahead[:, -1] < known, ahead[:, 0] >= known
print(past.sum(), "weeks to learn from,", future.sum(), "to be tested on")

# %% Score the baselines
truth, climate = highest[ahead[future]], normal[ahead[future]]
kept = np.corrcoef(anomaly[: known - 1], anomaly[1:known])[0, 1]
flat = windows.reshape(len(windows), -1)
ridge = Ridge(100).fit(flat[past], targets[past])
forecasts = {
    "persistence": np.repeat(highest[today[future]], 7, axis=1),
    "climatology": climate,
    "damped": climate + spread * anomaly[today[future]] * kept**leads,
    "ridge": climate + spread * ridge.predict(flat[future]),
}
misses = {name: np.abs(each - truth) for name, each in forecasts.items()}
for name, miss in misses.items():
    print(f"{name:<12}", miss.mean(axis=0).round(2), miss.mean().round(2))


# %% Define the model
class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Linear(8, 7)  # seven days at once

    def forward(self, windows):
        states, _ = self.gru(windows)  # (examples, 14, 8)
        return self.head(states[:, -1])  # after today


model = Forecaster()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
sizes = (6, 24), (8, 24), (8, 7)
kernel, recurrent, head = (rng.uniform(-0.3, 0.3, size) for size in sizes)


def swap_gates(kernel):  # Keras: update, reset, new; here reset is first
    update, reset, new = np.split(kernel, 3, axis=1)
    return np.concatenate([reset, update, new], axis=1)


with torch.no_grad():
    for weight in model.parameters():
        weight.zero_()
    model.gru.weight_ih_l0.copy_(torch.tensor(swap_gates(kernel).T))
    model.gru.weight_hh_l0.copy_(torch.tensor(swap_gates(recurrent).T))
    model.head.weight.copy_(torch.tensor(head.T))

# %% Compare one batch and ten steps
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
train_windows = torch.from_numpy(windows[past])
train_targets = torch.from_numpy(targets[past])
loss = criterion(model(train_windows[:32]), train_targets[:32])
loss.backward()
first_loss = loss.item()
first_gradient = swap_gates(model.gru.weight_hh_l0.grad.numpy().T)


def train(rows):
    total = 0.0
    for batch in torch.from_numpy(rows).split(32):
        optimizer.zero_grad()
        loss = criterion(model(train_windows[batch]), train_targets[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(rows)


early_loss = train(rng.permutation(past.sum())[:320])
early_weights = model.head.weight.detach().numpy().T.copy()
print("loss over ten batches:", round(early_loss, 3))

# %% Train
losses = [train(rng.permutation(past.sum())) for _ in range(20)]
print("first and last epoch's loss:", np.round(losses, 3)[[0, -1]])
with torch.no_grad():
    predicted = model(torch.from_numpy(windows[future])).numpy()

# %% Forecast the last year
forecast = climate + spread * predicted
misses["GRU"] = np.abs(forecast - truth)
by_lead = misses["GRU"].mean(axis=0)
error = float(by_lead.mean())
print(f"{'GRU':<12}", by_lead.round(2), round(error, 2))


# Neighbouring days share their weather, fortnights do so less.
def average(miss):
    blocks = [block.mean(axis=0) for block in np.array_split(miss, 25)]
    margin = 2 * np.std(blocks, axis=0, ddof=1) / np.sqrt(len(blocks))
    return miss.mean(), margin


gains = {}
for name in "persistence", "climatology", "damped", "ridge":
    gain = (misses[name] - misses["GRU"]).mean(axis=1)
    gains[name] = average(gain)
    print(name, "less GRU: {:.2f} +- {:.2f}".format(*gains[name]))
gain, margin = np.transpose(list(gains.values()))

# %% Make two mistakes
day_of_year = weather.index.day_of_year
daily_errors = []
for seen in known, len(days):
    means = weather["temp_max"][:seen].groupby(day_of_year[:seen]).mean()
    missed = means[day_of_year].to_numpy()[ahead[future]] - truth
    daily_errors.append(np.abs(missed).mean())
print("mean of the day, past and all years:", np.round(daily_errors, 2))
mixed = np.random.default_rng(0).permutation(future)
nearest_errors = []
for train_rows, test_rows in (past, future), (~mixed, mixed):
    nearest = KNeighborsRegressor(5).fit(flat[train_rows], targets[train_rows])
    missed = nearest.predict(flat[test_rows]) - targets[test_rows]
    nearest_errors.append(spread * np.abs(missed).mean())
print("neighbours, by time and at random:", np.round(nearest_errors, 2))

# %% Draw error and example
figure, (left, right) = plt.subplots(
    1, 2, figsize=(7, 3.2), layout="constrained"
)
for style, name in zip((":", "-.", "--"), misses, strict=False):
    left.plot(leads, misses[name].mean(axis=0), style, color="0.5", label=name)
left.errorbar(
    leads, by_lead, average(misses["GRU"])[1], color="#e0452c", label="GRU"
)
left.set(title="Mean miss, degrees", xlabel="days ahead", ylim=(0.5, 4))
left.legend(loc="lower right")
right.plot(leads, truth[180], ".", color="0.5", label="truth")
right.plot(leads, climate[180], "-.", color="0.5", label="climatology")
right.plot(leads, forecast[180], color="#e0452c", label="GRU")
right.set(title="From 30 June 2015", xlabel="days ahead", ylim=(16, 36))
right.legend(loc="lower left")
plt.show()
