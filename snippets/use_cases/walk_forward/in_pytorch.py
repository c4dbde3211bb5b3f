"""Two networks walk forward through ten years of the S&P 500."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from arch.data import sp500
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.model_selection import KFold, TimeSeriesSplit, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from torch import nn

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
    stretches = torch.tensor(stretches.swapaxes(1, 2)).float()
    return stretches[:, :-1], stretches[:, -1], mean, spread


# %% Define the models
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 16, batch_first=True)
        self.head = nn.Linear(16, 2)  # tomorrow's return and its size
        # PyTorch adds two biases, Keras one: this one stays at zero.
        nn.init.zeros_(self.lstm.bias_hh_l0).requires_grad_(False)

    def forward(self, windows):
        states, _ = self.lstm(windows)  # (examples, 20, 16)
        return self.head(states[:, -1])  # after the last day


dense = nn.Linear(40, 16), nn.ReLU(), nn.Linear(16, 2)
models = {"feed-forward": nn.Sequential(nn.Flatten(), *dense)}
models["LSTM"] = Recurrent()

# %% Start and train
seed = 0
criterion = nn.MSELoss()


def start(model, rng):
    trained = [each for each in model.parameters() if each.requires_grad]
    with torch.no_grad():
        for weight in trained:
            limit = 0.2 if weight.ndim == 2 else 0  # biases are zero
            # Keras keeps (in, out), PyTorch (out, in).
            drawn = rng.uniform(-limit, limit, weight.numpy().T.shape)
            weight.copy_(torch.from_numpy(drawn.T))
    return trained, torch.optim.SGD(trained, lr=0.01, momentum=0.9)


def train(model, optimizer, windows, targets, rng):
    total = 0.0
    for batch in torch.from_numpy(rng.permutation(len(windows))).split(64):
        optimizer.zero_grad()
        loss = criterion(model(windows[batch]), targets[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(windows)


# %% Compare one batch and one epoch
first_predicted, first_gradient, early_loss = [], [], []
windows, targets, *_ = scale_and_cut(known=2494)  # 1999 to 2008
windows, targets = windows[:2494], targets[:2494]
for model in models.values():
    rng = np.random.default_rng(seed)
    trained, optimizer = start(model, rng)
    predicted = model(windows[:64])
    criterion(predicted, targets[:64]).backward()
    first_predicted.append(predicted.detach().numpy())
    for weight in trained:
        first_gradient.extend(weight.grad.numpy().T.ravel())
    early_loss.append(train(model, optimizer, windows, targets, rng))
print("loss over the first epoch:", np.round(early_loss, 3))

# %% Walk forward
forecasts = []
for model in models.values():
    rng = np.random.default_rng(seed)
    _, optimizer = start(model, rng)
    walked = []
    for year in range(2009, 2019):
        known = np.sum(years[20:] < year)
        windows, targets, mean, spread = scale_and_cut(known)
        for _ in range(8 if year == 2009 else 1):
            train(model, optimizer, windows[:known], targets[:known], rng)
        with torch.no_grad():
            predicted = model(windows[years[20:] == year]).numpy()
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
    top.plot(size_ratio[name], style, color="#e0452c", label=f"{name}, size")
top.set(title="Squared error, the baseline's is 1", ylim=(0, 1.5))
top.legend(ncols=2)
yearly = is_right.groupby(dates.year).mean()
interval = 2 * np.sqrt(yearly["LSTM"] * (1 - yearly["LSTM"]) / 252)
low.errorbar(yearly.index, yearly["LSTM"], interval, fmt="o", color="#e0452c")
low.plot(yearly["always up"], "_", color="0.5", markersize=14)
low.set(title="Share of days right: LSTM (dot), always up (line)")
plt.show()
