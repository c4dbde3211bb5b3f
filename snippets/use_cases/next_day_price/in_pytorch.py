"""An LSTM forecasts tomorrow's S&P 500, beside today's value."""

# %% Load and split by time
import matplotlib.pyplot as plt
import numpy as np
import torch
from arch.data import sp500
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.metrics import r2_score
from torch import nn

prices = sp500.load()["Close"]  # daily, 1999 to 2018
# Returns, not prices: most later prices lie above all earlier ones.
returns = np.log(prices).diff().dropna()
past = returns[:"2014"]
scaled = ((returns - past.mean()) / past.std()).to_numpy()

stretches = sliding_window_view(scaled, 21).astype("float32")
windows = stretches[:, :-1, None]  # (examples, 20 days, 1 feature)
targets = stretches[:, -1:]  # (examples, 1): the day after
cut = len(past) - 20  # the first target after 2014
print(f"{cut} days to learn from, {len(targets) - cut} to be tested on")


# %% Define the model
class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, windows):
        states, _ = self.lstm(windows)  # (examples, 20, 16)
        return self.head(states[:, -1])  # after the last day


model = Forecaster()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
kernel, recurrent, head = (
    torch.tensor(rng.uniform(-0.25, 0.25, size))
    for size in [(1, 64), (16, 64), (16, 1)]
)
# PyTorch adds two biases, Keras one: this one stays at zero.
model.lstm.bias_hh_l0.requires_grad_(False)
with torch.no_grad():
    # 64 = 4 gates of 16, in the same order in both.
    model.lstm.weight_ih_l0.copy_(kernel.T)
    model.lstm.weight_hh_l0.copy_(recurrent.T)
    model.lstm.bias_ih_l0.zero_()
    model.lstm.bias_hh_l0.zero_()
    model.head.weight.copy_(head.T)
    model.head.bias.zero_()

# %% Compare one batch
criterion = nn.MSELoss()
train_windows = torch.from_numpy(windows[:cut])
train_targets = torch.from_numpy(targets[:cut])
output = model(train_windows[:32])
criterion(output, train_targets[:32]).backward()
first_predicted = output.detach().numpy()
first_gradient = model.lstm.weight_hh_l0.grad.numpy().T.copy()
print("first forecasts:", first_predicted[:3, 0].round(3))

# %% Train on the past
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
losses = []
for _ in range(10):
    total = 0.0
    for batch in torch.from_numpy(rng.permutation(cut)).split(32):
        optimizer.zero_grad()
        loss = criterion(
            model(train_windows[batch]), train_targets[batch]
        )
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    losses.append(total / cut)
print("first and last epoch's loss:", np.round(losses, 3)[[0, -1]])

# %% Forecast the future
with torch.no_grad():
    predicted = model(torch.from_numpy(windows[cut:])).numpy()[:, 0]
truth = prices.to_numpy()[-len(predicted) :]
last_value = prices.to_numpy()[-len(predicted) - 1 : -1]
forecast = last_value * np.exp(predicted * past.std() + past.mean())

# %% Compare with the last value
misses = np.abs([last_value - truth, forecast - truth])  # (2, days)
errors = misses.mean(axis=1)
fits = r2_score(truth, last_value), r2_score(truth, forecast)
print(f"last value off by {errors[0]:.2f} a day, R2 {fits[0]:.3f}")
print(f"LSTM       off by {errors[1]:.2f} a day, R2 {fits[1]:.3f}")
return_fit = r2_score(targets[cut:, 0], predicted)
print(f"R2 of the LSTM on the day's return: {return_fit:.3f}")

gains = misses[0] - misses[1]
gain = gains.mean()
margin = 2 * gains.std(ddof=1) / np.sqrt(len(gains))
print(f"gained {gain:.2f} a day, give or take {margin:.2f}:")
verdict = "beats" if gain > margin else "does not beat"
print(f"the LSTM {verdict} the last value")

# %% Draw forecasts and errors
figure, (lines, bars) = plt.subplots(
    1, 2, figsize=(7, 3.2), width_ratios=[3, 1], layout="constrained"
)
lines.plot(truth[:40], ".", color="0.5", label="truth")
lines.plot(last_value[:40], "--", color="0.5", label="last value")
lines.plot(forecast[:40], color="#e0452c", label="LSTM")
lines.set(xlabel="trading days of 2015", ylabel="S&P 500, points")
lines.set_title("Forecasts for one day ahead")
lines.legend()
bars.set(title="Mean miss", ylabel="points", xlim=(-0.6, 1.6))
spread = 2 * misses.std(axis=1, ddof=1) / np.sqrt(len(truth))
bars.errorbar("last value", errors[0], spread[0], fmt="o", color="0.5")
bars.errorbar("LSTM", errors[1], spread[1], fmt="o", color="#e0452c")
plt.show()
