"""From a table with holes and words to a matrix that a network takes."""

# %% Look before you drop
import matplotlib.pyplot as plt
import numpy as np
import torch
from palmerpenguins import load_penguins_raw
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from torch import nn

table = load_penguins_raw()  # 344 penguins, 17 columns
table["Species"] = table["Species"].str.split().str[0]
numbers = list(table.columns[[9, 10, 11, 14, 15]])  # sizes and isotopes
words = ["Species", "Island", "Sex"]
print(len(table.dropna()), "rows of", len(table), "have no hole")
lost = table[table[numbers + words].isna().any(axis=1)]
print(len(lost), "have one where the model looks:")
print(lost.groupby("Species").size().to_string(header=False))
plt.figure(figsize=(6, 3.6))
holes = [np.flatnonzero(table[name].isna()) for name in table]
plt.eventplot(holes, linelengths=0.8, colors="#e0452c")
plt.yticks(range(len(holes)), table.columns, fontsize=7)
plt.gca().invert_yaxis()
plt.title("Where a value is missing")
plt.xlabel("row")
plt.show()

# %% Split before you learn
table = table.dropna(subset=["Body Mass (g)"])  # no label, no lesson
table = table.fillna({"Sex": "unknown"})  # a constant learns nothing
order = np.random.default_rng(0).permutation(len(table))
train, test = table.iloc[order[:256]], table.iloc[order[256:]]
train_mass = train[["Body Mass (g)"]].to_numpy("float32") / 1000
test_mass = test[["Body Mass (g)"]].to_numpy("float32") / 1000


# %% Learn from the training rows
one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def fit(rows, encoder=one_hot):
    fill = SimpleImputer(strategy="constant", fill_value=0)  # the mean
    prepare = make_column_transformer(
        (make_pipeline(StandardScaler(), fill), numbers),
        (encoder, words),
        verbose_feature_names_out=False,
    )
    return prepare.fit(rows)


prepare = fit(train)
names = list(prepare.get_feature_names_out())
inputs, test_inputs = prepare.transform(train), prepare.transform(test)
print("a matrix of", inputs.shape)
print(*names[8:11])
by_name = np.argsort(names)
matrix, test_matrix = inputs[:, by_name], test_inputs[:, by_name]


# %% Train
def train_linear(inputs, epochs=20):
    inputs = torch.tensor(inputs, dtype=torch.float32)
    targets = torch.from_numpy(train_mass)
    model = nn.Linear(inputs.shape[1], 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(epochs):
        for batch, target in zip(inputs.split(64), targets.split(64)):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(batch), target).backward()
            optimizer.step()
    return model.requires_grad_(False)


def predict(model, inputs):
    return model(torch.tensor(inputs, dtype=torch.float32)).numpy()


model = train_linear(inputs)
weights = model.weight.numpy()[0, by_name]
test_error = abs(predict(model, test_inputs) - test_mass).mean()
print(f"mean error for new penguins: {test_error:.3f} kg")

# %% Meet a word that training did not have
row = test.iloc[[0]]
typo = row.assign(Island=row["Island"].str.lower())
island = prepare.transform(typo)[0, 8:11]
marked = island.sum()
print(typo["Island"].item(), "becomes", island)
guesses = [predict(model, prepare.transform(rows)) for rows in (row, typo)]
print(f"guess {guesses[0].item():.3f}, with the typo {guesses[1].item():.3f}")
try:
    OneHotEncoder().fit(train[["Island"]]).transform(typo[["Island"]])
except ValueError as refusal:
    print("strict:", type(refusal).__name__)

# %% Number the words
numbered = fit(train, OrdinalEncoder())
coded, test_coded = numbered.transform(train), numbered.transform(test)
print(dict(zip(train["Species"], coded[:, 5].tolist())))
coded_model = train_linear(coded)
coded_error = abs(predict(coded_model, test_coded) - test_mass).mean()
print(f"mean error for new penguins: {coded_error:.3f} kg")

# %% Learn from all rows
moved = fit(table).transform(test) - test_inputs
leak = abs(moved[:, :5]).max(axis=0)
print("the test rows move by", leak.round(3), "of a deviation")

# %% Let a hole through
holes = StandardScaler().fit_transform(train[numbers])
poisoned = np.isnan(holes).sum(axis=0)
print("NaN by column:", poisoned)
broken = np.isnan(train_linear(holes, epochs=1).weight.numpy()).T
print(f"weights that are NaN after an epoch: {broken.mean():.0%}")
