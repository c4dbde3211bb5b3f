"""A network counts visits to a doctor, beside two models for counts."""

# %% Load
from importlib.resources import files

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import (
    mean_absolute_error,
    mean_poisson_deviance,
    root_mean_squared_error,
)
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

table = pd.read_csv(
    files("statsmodels.datasets.randhie") / "src/randhie.csv"
)  # a year of a person a row
labels = table["mdvis"].to_numpy("float32")  # visits in that year
columns = "xage female income num educdec disea physlm mhi xghindx hlthg"
columns += " hlthf hlthp logc idp year"
table["income"] = np.log1p(table["income"])
table["educdec"] = table["educdec"].fillna(12)  # four rows
sites = pd.get_dummies(table["site"])  # six columns of yes and no
values = table[columns.split()].join(sites).to_numpy("float32")
print(f"visits: mean {labels.mean():.2f}, variance {labels.var():.1f},")
print(f"none in {(labels == 0).mean():.2f} of {len(labels)} years")

# Whoever shares a site, a plan and an income stays on one side.
family = table.groupby(["site", "plan", "income"]).ngroup().to_numpy()
split = GroupKFold(5, shuffle=True, random_state=0)
folds = list(split.split(values, labels, family))


# %% Let the baselines answer
def boost(leaves, rounds):
    return HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.05,
        max_leaf_nodes=leaves,
        max_iter=rounds,
        early_stopping=False,
    )


linear = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-3))
answers = {"mean": np.full(len(labels), labels.mean(dtype=float))}
for name, baseline in [("regression", linear), ("boosting", boost(6, 100))]:
    answers[name] = cross_val_predict(baseline, values, labels, cv=folds)


# %% Compare the two losses
ten = tf.constant(labels[:10])
rates = tf.range(1.0, 11.0)


def poisson(labels, logs):
    return tf.nn.log_poisson_loss(labels, logs)


poisson_loss = float(tf.reduce_mean(poisson(ten, tf.math.log(rates))))
print(f"of the logarithm, which is written here: {poisson_loss:.4f}")
of_rates = float(keras.losses.Poisson()(ten, rates))
print(f"of the rate: {of_rates:.4f}")

# %% Define the model
model = keras.Sequential(
    [
        keras.Input((21,)),
        layers.Dense(32, activation="tanh"),
        layers.Dense(1),
    ]
)
print(model.count_params(), "weights")

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)


def restart(first_answer):
    kernels = [rng.normal(0, 0.1, shape) for shape in [(21, 32), (32, 1)]]
    biases = np.zeros(32), np.full(1, first_answer)
    model.set_weights([kernels[0], biases[0], kernels[1], biases[1]])


# %% Train
def train(numbers, labels, epochs, loss=poisson):
    model.compile(
        loss=loss,
        optimizer=keras.optimizers.SGD(learning_rate=0.005, momentum=0.9),
    )
    history = model.fit(
        numbers,
        labels,
        batch_size=256,
        epochs=epochs,
        shuffle=False,  # the rows are shuffled already
        verbose=0,
    )
    return history.history["loss"][-1]


def ask(numbers):
    return model(numbers).numpy()[:, 0].astype(float)


# %% Compare the first steps
rows = rng.permutation(folds[0][0])[:2560]
numbers = StandardScaler().fit_transform(values[rows])
restart(np.log(labels.mean()))
with tf.GradientTape() as tape:
    logs = model(numbers[:256])  # logarithms of the rates
    loss = tf.reduce_mean(poisson(labels[rows[:256], None], logs))
first_logs = logs.numpy()
first_gradient = tape.gradient(loss, model.weights[0]).numpy()
early_loss = train(numbers, labels[rows], epochs=1)
early_weights = model.get_weights()[0]
print(f"loss over ten batches: {early_loss:.3f}")

# %% Cross-validate
network = np.zeros(len(labels))
squared = np.zeros(len(labels))
losses = []
for seen, unseen in folds:
    rows = rng.permutation(seen)
    scaler = StandardScaler().fit(values[rows])  # on these rows alone
    numbers = scaler.transform(values)
    restart(np.log(labels[rows].mean()))
    losses.append(train(numbers[rows], labels[rows], epochs=5))
    network[unseen] = np.exp(ask(numbers[unseen]))
    restart(labels[rows].mean())
    train(numbers[rows], labels[rows], 5, "mean_squared_error")
    squared[unseen] = ask(numbers[unseen])
answers["network"] = network
print("loss on the training rows:", np.round(losses, 3))

# %% Compare the models
print("            deviance    MAE   RMSE")
for name, answer in answers.items():
    deviance = mean_poisson_deviance(labels, answer)
    mae = mean_absolute_error(labels, answer)
    rmse = root_mean_squared_error(labels, answer)
    print(f"{name:<12}{deviance:8.3f}{mae:7.3f}{rmse:7.3f}")
worse = {}
for name, answer in answers.items():
    # A Poisson deviance, without what the labels alone decide.
    worse[name] = 2 * (network - answer)
    worse[name] -= 2 * labels * np.log(network / answer)
by_family = pd.DataFrame(worse).groupby(family).sum()  # independent
gaps = (by_family.sum() / len(labels)).to_numpy()
margins = 2 * by_family.std().to_numpy() * np.sqrt(len(by_family))
margins /= len(labels)
for name, gap, margin in zip(answers, gaps[:3], margins, strict=False):
    print(f"network minus {name}: {gap:.2f}, margin {margin:.2f}")

# %% Draw what was promised and what came
plt.figure(figsize=(6, 3.2))
plt.axline((2, 2), slope=1, color="0.5", linewidth=1)
for name, color in [("boosting", "0.5"), ("network", "#f59300")]:
    answer = answers[name]
    tenths = np.array_split(answer.argsort(), 10)
    points = [(answer[rows].mean(), labels[rows].mean()) for rows in tenths]
    plt.plot(*np.transpose(points), "o-", color=color, label=name)
plt.title("Visits a year, by tenths of the answer")
plt.xlabel("expected, mean")
plt.ylabel("observed, mean")
plt.legend()
plt.show()

# %% Look at what is left
left = labels - network
shares = [labels[labels > 10].sum() / labels.sum(), (network > 10).mean()]
dispersion = float((left**2 / network).mean())
print(f"years with more than ten visits hold {shares[0]:.2f} of all visits")
print(f"answers above ten: {shares[1]:.3f}, highest {network.max():.0f}")
print(f"squared miss over the answer: {dispersion:.1f}, Poisson says 1")

# %% Split rows instead of families
random = KFold(5, shuffle=True, random_state=0)
scores = []
for cv in folds, list(random.split(values)):
    seen, unseen = cv[0]
    trees = boost(63, 200).fit(values[seen], labels[seen])
    answer = trees.predict(values[unseen])
    scores.append(mean_poisson_deviance(labels[unseen], answer))
print(f"large trees, by family {scores[0]:.1f}, by row {scores[1]:.1f}")

# %% Square the misses
negative = int((squared < 0).sum())
squared_scores = [
    mean_absolute_error(labels, squared),
    root_mean_squared_error(labels, squared),
]
print(f"years with fewer than no visits: {negative}")
print("MAE and RMSE:", np.round(squared_scores, 2))

# %% Forget an axis
flat = tf.constant(labels[:256])  # (256,)
rates = tf.constant(network[:256, None], tf.float32)  # (256, 1)
by_rate = keras.losses.Poisson()
right = float(by_rate(flat[:, None], rates))
forgotten = float(by_rate(flat, rates))
print(f"loss of two columns {right:.3f}, with a row {forgotten:.3f}")
