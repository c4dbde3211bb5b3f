"""A GRU forecasts seven days of Seattle's highest temperature at once."""

# %% Load and split by time
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
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
model = keras.Sequential(
    [
        keras.Input((14, 6)),
        layers.GRU(8),  # its state after today
        layers.Dense(7),  # seven days at once
    ]
)

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
sizes = (6, 24), (8, 24), (8, 7)
kernel, recurrent, head = (rng.uniform(-0.3, 0.3, size) for size in sizes)
biases = np.zeros((2, 24)), np.zeros(7)  # of gates, of the head
model.set_weights([kernel, recurrent, biases[0], head, biases[1]])

# %% Compare one batch and ten steps
criterion = keras.losses.MeanSquaredError()
train_windows, train_targets = windows[past], targets[past]
with tf.GradientTape() as tape:
    loss = criterion(train_targets[:32], model(train_windows[:32]))
first_loss = float(loss)
gradients = tape.gradient(loss, model.trainable_variables)
first_gradient = gradients[1].numpy()  # of the recurrent kernel

model.compile(
    loss=criterion,
    optimizer=keras.optimizers.SGD(learning_rate=0.03, momentum=0.9),
)


def train(rows):
    history = model.fit(
        train_windows[rows],
        train_targets[rows],
        batch_size=32,
        shuffle=False,
        verbose=0,
    )
    return history.history["loss"][0]


early_loss = train(rng.permutation(past.sum())[:320])
early_weights = model.get_weights()[3]
print("loss over ten batches:", round(early_loss, 3))

# %% Train
losses = [train(rng.permutation(past.sum())) for _ in range(20)]
print("first and last epoch's loss:", np.round(losses, 3)[[0, -1]])
predicted = model.predict(windows[future], verbose=0)

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
    leads, by_lead, average(misses["GRU"])[1], color="#f59300", label="GRU"
)
left.set(title="Mean miss, degrees", xlabel="days ahead", ylim=(0.5, 4))
left.legend(loc="lower right")
right.plot(leads, truth[180], ".", color="0.5", label="truth")
right.plot(leads, climate[180], "-.", color="0.5", label="climatology")
right.plot(leads, forecast[180], color="#f59300", label="GRU")
right.set(title="From 30 June 2015", xlabel="days ahead", ylim=(16, 36))
right.legend(loc="lower left")
plt.show()
