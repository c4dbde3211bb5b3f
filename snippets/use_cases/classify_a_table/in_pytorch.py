"""A network finds who will see a doctor often, beside two other models."""

# %% Load
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

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
class Risk(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = (19, 3), (6, 2), (4, 2)  # values of a code, numbers for it
        self.tables = nn.ModuleList(nn.Embedding(*size) for size in sizes)
        self.body = nn.Sequential(
            nn.Linear(16 + 7, 32),
            nn.Tanh(),
            nn.Linear(32, 16),
            nn.Tanh(),
            nn.Linear(16, 1),
        )

    def forward(self, numbers, codes):
        pairs = zip(self.tables, codes.T, strict=True)
        parts = [numbers] + [table(code) for table, code in pairs]
        return self.body(torch.cat(parts, dim=1))  # (rows, 1)


model = Risk()
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
shapes = [(19, 3), (6, 2), (4, 2), (23, 32), (32, 16), (16, 1)]


def restart():
    tables = [rng.normal(0, 0.3, shape) for shape in shapes[:3]]
    kernels = [
        rng.normal(0, 0.5 / np.sqrt(shape[0]), shape) for shape in shapes[3:]
    ]
    with torch.no_grad():
        for embedding, numbers in zip(model.tables, tables, strict=True):
            embedding.weight.copy_(torch.tensor(numbers))
        for layer, kernel in zip(model.body[::2], kernels, strict=True):
            layer.weight.copy_(torch.tensor(kernel.T))  # (out, in)
            layer.bias.zero_()


# %% Train
def train(numbers, codes, labels, epochs, weight=1.0):
    numbers, codes = torch.tensor(numbers), torch.tensor(codes)
    targets = torch.tensor(labels)[:, None]  # (rows, 1), as the logits
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(weight))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    for _ in range(epochs):
        total = 0.0
        for batch in torch.arange(len(targets)).split(128):
            optimizer.zero_grad()
            logits = model(numbers[batch], codes[batch])
            loss = criterion(logits, targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
    return total / len(targets)  # of the last epoch


@torch.no_grad()
def ask(numbers, codes):
    logits = model(torch.tensor(numbers), torch.tensor(codes))
    return torch.sigmoid(logits)[:, 0].double().numpy()


# %% Compare the first steps
restart()
rows = rng.permutation(folds[0][0])[:1280]
numbers = StandardScaler().fit_transform(values[rows])
logits = model(torch.tensor(numbers[:128]), torch.tensor(codes[rows[:128]]))
first_logits = logits.detach().numpy()
targets = torch.tensor(labels[rows[:128], None])
nn.functional.binary_cross_entropy_with_logits(logits, targets).backward()
first_gradient = model.body[0].weight.grad.T.numpy().copy()
early_loss = train(numbers, codes[rows], labels[rows], epochs=1)
early_weights = model.body[0].weight.detach().T.numpy().copy()
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
    color = "0.5" if name == "boosting" else "#e0452c"
    plt.plot(*np.transpose(points), style, color=color, label=name)
plt.title("Ten visits or more, by tenths of the risk")
plt.xlabel("mean risk")
plt.ylabel("share that came true")
plt.legend()
plt.show()
