"""Two networks walk forward through ten years of the S&P 500."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from arch.data import sp500
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.neighbors import KNeighborsRegressor

prices = sp500.load()["Close"]  # daily, 1999 to 2018
returns = 100 * np.log(prices).diff().dropna()  # percent a day
sizes = returns.abs()
days = np.stack([returns, sizes], axis=1)  # (5030, 2)
years = returns.index.year
dates = returns.index[years >= 2009]  # ten years to be tested on


def scale_and_cut(known):  # so many windows have a target that is past
    past = days[: known + 20]
    mean, spread = past.mean(axis=0), past.std(axis=0)
    stretches = sliding_window_view((days - mean) / spread, 21, axis=0)
    stretches = stretches.swapaxes(1, 2).astype("float32")
    return stretches[:, :-1], stretches[:, -1], mean, spread


# %% Define the models
dense = layers.Dense(16, activation="relu"), layers.Dense(2)
models = {"feed-forward": keras.Sequential([layers.Flatten(), *dense])}
models["LSTM"] = keras.Sequential([layers.LSTM(16), layers.Dense(2)])

# %% Start and train
seed = 0
criterion = keras.losses.MeanSquaredError()


def start(model, rng):
    model.build((None, 20, 2))  # 20 days, each a return and its size
    trained = model.trainable_variables
    for weight in trained:
        limit = 0.2 if weight.ndim == 2 else 0  # biases are zero
        weight.assign(rng.uniform(-limit, limit, weight.shape))
    model.compile(
        loss=criterion,
        optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9),
    )
    return trained


def train(model, windows, targets, rng):
    rows = rng.permutation(len(windows))
    history = model.fit(
        windows[rows], targets[rows], batch_size=64, shuffle=False, verbose=0
    )
    return history.history["loss"][0]


# %% Compare one batch and one epoch
first_predicted, first_gradient, early_loss = [], [], []
windows, targets, *_ = scale_and_cut(known=2494)  # 1999 to 2008
windows, targets = windows[:2494], targets[:2494]
for model in models.values():
    rng = np.random.default_rng(seed)
    trained = start(model, rng)
    with tf.GradientTape() as tape:
        predicted = model(windows[:64])
        loss = criterion(targets[:64], predicted)
    first_predicted.append(predicted.numpy())
    for gradient in tape.gradient(loss, trained):
        first_gradient.extend(gradient.numpy().ravel())
    early_loss.append(train(model, windows, targets, rng))
print("loss over the first epoch:", np.round(early_loss, 3))

# %% Walk forward
forecasts = []
for model in models.values():
    rng = np.random.default_rng(seed)
    start(model, rng)
    walked = []
    for year in range(2009, 2019):
        known = np.sum(years[20:] < year)
        windows, targets, mean, spread = scale_and_cut(known)
        for _ in range(8 if year == 2009 else 1):
            train(model, windows[:known], targets[:known], rng)
        predicted = model.predict(windows[years[20:] == year], verbose=0)
        walked.append(predicted * spread + mean)
    forecasts.append(np.concatenate(walked))
forecasts = np.stack(forecasts)  # (2 models, 2516 days, 2)


# %% Compare the returns
def compare(forecast, truth, baseline):
    errors = forecast.sub(truth, axis=0) ** 2
    saved = errors.rsub(errors[baseline], axis=0) / errors[baseline].mean()
    # Days resemble their neighbours, months do so far less.
    margin = 2 * saved.groupby(dates.to_period("M")).mean().sem()
    table = pd.DataFrame({"saved": saved.mean(), "margin": margin})
    print(table.round(3))
    yearly = errors.groupby(dates.year).mean()
    return table.to_numpy(), yearly.div(yearly[baseline], axis=0)


average = 100 * np.log(prices.rolling(5).mean() / prices).shift(1)
moves = pd.DataFrame({"last value": 0.0, "moving average": average[dates]})
moves[list(models)] = forecasts[:, :, 0].T
saved, ratio = compare(moves, returns[dates], "last value")

# %% Compare the directions
says_up = (moves > 0).rename(columns={"last value": "always up"})
says_up["always up"] = True
is_right = says_up.eq(returns[dates] > 0, axis=0)
accuracy = is_right.mean().to_numpy()
margin = 2 * np.sqrt(accuracy * (1 - accuracy) / len(dates))
table = pd.DataFrame({"right": accuracy, "margin": margin})
print(table.set_index(is_right.columns).round(3))
lstm_accuracy = accuracy[-1]

# %% Compare the sizes
guesses = pd.DataFrame({"past mean": sizes.expanding().mean()})
guesses["moving average"] = sizes.ewm(alpha=0.06).mean()
guesses = guesses.shift(1).loc[dates]  # known the day before
guesses[list(models)] = forecasts[:, :, 1].T
size_saved, size_ratio = compare(guesses, sizes[dates], "past mean")
lstm_size_saved = size_saved[-1, 0]

# %% Make two mistakes
today = prices.shift(1)  # seen from the day that is forecast
leaky = (prices.rolling(3).mean() > today).eq(prices > today)
leaky_accuracy = leaky[dates].mean()
print(f"an average that includes the target: {leaky_accuracy:.1%} right")
stretches = sliding_window_view(prices, 21)
windows, targets = stretches[:, :-1], stretches[:, -1]
nearest, fits = KNeighborsRegressor(1), []
for split in KFold(5, shuffle=True, random_state=0), TimeSeriesSplit(5):
    fits.append(cross_val_score(nearest, windows, targets, cv=split))
print("R2 at random", np.round(fits[0], 3), "by time", np.round(fits[1], 1))

# %% Draw year by year
figure, (top, low) = plt.subplots(2, 1, figsize=(6, 5.6), sharex=True)
for style, name in zip(["--", "-"], models, strict=True):
    top.plot(ratio[name], style, color="0.5", label=f"{name}, return")
    top.plot(size_ratio[name], style, color="#f59300", label=f"{name}, size")
top.set(title="Squared error, the baseline's is 1", ylim=(0, 1.5))
top.legend(ncols=2)
yearly = is_right.groupby(dates.year).mean()
interval = 2 * np.sqrt(yearly["LSTM"] * (1 - yearly["LSTM"]) / 252)
low.errorbar(yearly.index, yearly["LSTM"], interval, fmt="o", color="#f59300")
low.plot(yearly["always up"], "_", color="0.5", markersize=14)
low.set(title="Share of days right: LSTM (dot), always up (line)")
plt.show()
