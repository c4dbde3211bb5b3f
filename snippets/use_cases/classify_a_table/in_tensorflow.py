"""A network finds who will see a doctor often, beside two other models."""

# %% Load
from importlib.resources import files

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder = files("statsmodels.datasets.randhie")
table = pd.read_csv(folder / "src/randhie.csv")  # a year of a person a row
ahead = table.groupby("zper")[["year", "mdvis"]].shift(-1)
follows = ahead["year"] == table["year"] + 1
table = table[follows].copy()
labels = (ahead.loc[follows, "mdvis"] >= 10).to_numpy("float32")
print(f"{len(table)} years, {labels.mean():.3f} before ten visits or more")

# %% Prepare the columns
skewed = "mdvis notmdvis mentvis totadm outpdol drugdol inpdol income num"
table[skewed.split()] = np.log1p(table[skewed.split()])
plain = "xage educdec disea mhi xghindx physlm female"
numeric = skewed.split() + plain.split()
table["educdec"] = table["educdec"].fillna(12)  # four rows
# Good, fair, poor: three columns back into one, with excellent as 0.
table["health"] = table[["hlthg", "hlthf", "hlthp"]] @ [1, 2, 3]
table[["plan", "site"]] -= 1  # from 1 to 19 and from 1 to 6
coded = ["plan", "site", "health"]
values = table[numeric].to_numpy("float32")
codes = table[coded].to_numpy()
# Whoever shares a site, a plan and an income stays on one side.
family = table.groupby(["site", "plan", "income"]).ngroup().to_numpy()
split = GroupKFold(5, shuffle=True, random_state=0)
folds = list(split.split(table, labels, family))

# %% Let two baselines answer
columns = make_column_transformer(
    (StandardScaler(), numeric),
    (OneHotEncoder(handle_unknown="ignore"), coded),
)
linear = make_pipeline(columns, LogisticRegression(C=0.1))
trees = HistGradientBoostingClassifier(
    learning_rate=0.05, max_leaf_nodes=6, early_stopping=False
)
risks = {"rate": np.full(len(labels), labels.mean())}
for name, baseline in {"regression": linear, "boosting": trees}.items():
    answers = cross_val_predict(
        baseline,
        table[numeric + coded],
        labels,
        cv=folds,
        method="predict_proba",
    )
    risks[name] = answers[:, 1]

# %% Define the model
sizes = (19, 3), (6, 2), (4, 2)  # values of a code, numbers for it
inputs = keras.Input((16,)), keras.Input((3,), dtype="int32")
parts = [inputs[0]]
for place, size in enumerate(sizes):
    parts.append(layers.Embedding(*size)(inputs[1][:, place]))
hidden = layers.Concatenate()(parts)
hidden = layers.Dense(32, activation="tanh")(hidden)
hidden = layers.Dense(16, activation="tanh")(hidden)
model = keras.Model(inputs, layers.Dense(1)(hidden))  # (rows, 1)
print(model.count_params(), "weights")

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
shapes = [(19, 3), (6, 2), (4, 2), (23, 32), (32, 16), (16, 1)]


def restart():
    weights = [rng.normal(0, 0.3, shape) for shape in shapes[:3]]
    for shape in shapes[3:]:
        weights.append(rng.normal(0, 0.5 / np.sqrt(shape[0]), shape))
        weights.append(np.zeros(shape[1]))
    model.set_weights(weights)


# %% Train
def train(numbers, codes, labels, epochs, weight=1.0):
    model.compile(
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9),
    )
    history = model.fit(
        (numbers, codes),
        labels,
        batch_size=128,
        epochs=epochs,
        shuffle=False,  # the rows are shuffled already
        class_weight={0: 1.0, 1: weight},
        verbose=0,
    )
    return history.history["loss"][-1]


def ask(numbers, codes):
    logits = model((numbers, codes))
    return tf.sigmoid(logits).numpy()[:, 0].astype(float)


# %% Compare the first steps
restart()
rows = rng.permutation(folds[0][0])[:1280]
numbers = StandardScaler().fit_transform(values[rows])
with tf.GradientTape() as tape:
    logits = model((numbers[:128], codes[rows[:128]]))
    targets = labels[rows[:128], None]
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(targets, logits)
first_logits = logits.numpy()
first_gradient = tape.gradient(loss, model.weights[3]).numpy()
early_loss = train(numbers, codes[rows], labels[rows], epochs=1)
early_weights = model.get_weights()[3]
print(f"loss over ten batches: {early_loss:.3f}")

# %% Cross-validate
risks["network"] = np.zeros(len(labels))
losses = []
for seen, unseen in folds:
    restart()
    rows = rng.permutation(seen)
    scaler = StandardScaler().fit(values[rows])  # on these rows alone
    numbers = scaler.transform(values)
    losses.append(train(numbers[rows], codes[rows], labels[rows], epochs=10))
    risks["network"][unseen] = ask(numbers[unseen], codes[unseen])
print("loss on the training rows:", np.round(losses, 3))

# %% Compare the models
print("            accuracy   AUC  log loss  Brier")
surprises = {}
for name, risk in risks.items():
    accuracy = float(((risk > 0.5) == labels).mean())
    auc = roc_auc_score(labels, risk)
    loss, brier = log_loss(labels, risk), brier_score_loss(labels, risk)
    print(f"{name:<12}{accuracy:8.3f}{auc:6.3f}{loss:10.4f}{brier:7.4f}")
    surprises[name] = -np.log(np.where(labels == 1, risk, 1 - risk))
extra = -pd.DataFrame(surprises).sub(surprises["network"], axis=0)
by_family = extra.groupby(family).sum()  # families are independent
gaps = (by_family.sum() / len(labels)).to_numpy()
margins = 2 * by_family.std().to_numpy() * np.sqrt(len(by_family))
margins /= len(labels)
for name, gap, margin in zip(risks, gaps[:3], margins, strict=False):
    verdict = "a gain" if gap < -margin else "no gain"
    print(f"network over {name}: {verdict}, margin {margin:.3f}")

# %% Set the threshold
tenth = np.quantile(risk, 0.9)
shares = [labels[risk > limit].sum() / labels.sum() for limit in (0.5, tenth)]
print("found above 0.5 and in the highest tenth:", np.round(shares, 2))

# %% Shuffle one column at a time
truth, names = labels[unseen], np.array(numeric + coded)
before = log_loss(truth, ask(numbers[unseen], codes[unseen]))
increases = np.zeros(len(names))
for place in range(len(names)):
    changed = numbers[unseen], codes[unseen]  # copies
    column = changed[place >= 16][:, place % 16]
    column[:] = rng.permutation(column)
    increases[place] = log_loss(truth, ask(*changed)) - before
top = increases.argsort()[:-4:-1]
print("log loss rises most for", names[top], increases[top].round(2))

# %% Weight the rare class
restart()
train(numbers[rows], codes[rows], labels[rows], epochs=10, weight=17.0)
weighted = ask(numbers[unseen], codes[unseen])
means = [truth.mean(), risk[unseen].mean(), weighted.mean()]
aucs = [roc_auc_score(truth, answer) for answer in (risk[unseen], weighted)]
print("share, mean risk, mean weighted risk:", np.round(means, 2))
print("AUC plain and weighted:", np.round(aucs, 2))

# %% Draw what the risks are worth
plt.figure(figsize=(6, 3.2))
plt.axline((0, 0), slope=1, color="0.5", linewidth=1)
for name, style, said, came in [
    ("boosting", "o-", risks["boosting"], labels),
    ("network", "o-", risk, labels),
    ("network, weighted", "x:", weighted, truth),
]:
    tenths = np.array_split(said.argsort(), 10)
    points = [(said[rows].mean(), came[rows].mean()) for rows in tenths]
    color = "0.5" if name == "boosting" else "#f59300"
    plt.plot(*np.transpose(points), style, color=color, label=name)
plt.title("Ten visits or more, by tenths of the risk")
plt.xlabel("mean risk")
plt.ylabel("share that came true")
plt.legend()
plt.show()
