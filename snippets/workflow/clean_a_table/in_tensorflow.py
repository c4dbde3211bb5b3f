"""From a table with holes and words to a matrix that a network takes."""

# %% Look before you drop
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from palmerpenguins import load_penguins_raw

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
plt.eventplot(holes, linelengths=0.8, colors="#f59300")
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
def fit(rows, output_mode="one_hot"):
    measured = keras.Input((5,))
    written = keras.Input((3,), dtype="string")
    mean, variance = rows[numbers].mean(), rows[numbers].var(ddof=0)
    normalize = layers.Normalization(mean=mean, variance=variance)
    columns = [keras.ops.nan_to_num(normalize(measured))]  # 0: the mean
    names = numbers.copy()
    for index, word in enumerate(words):
        lookup = layers.StringLookup(output_mode=output_mode)
        lookup.adapt(rows[word].to_numpy())
        columns.append(lookup(written[:, index : index + 1]))
        names += [f"{word}_{value}" for value in lookup.get_vocabulary()]
    return keras.Model([measured, written], keras.ops.hstack(columns)), names


def raw(rows):
    return tf.constant(rows[numbers], tf.float32), tf.constant(rows[words])


prepare, names = fit(train)
inputs, test_inputs = prepare(raw(train)), prepare(raw(test))
print("a matrix of", inputs.shape)
print(*names[9:13])
by_name = [at for at in np.argsort(names) if "[UNK]" not in names[at]]
matrix, test_matrix = (
    inputs.numpy()[:, by_name],
    test_inputs.numpy()[:, by_name],
)


# %% Train
def train_linear(inputs, epochs=20):
    model = keras.Sequential([layers.Dense(1, kernel_initializer="zeros")])
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(optimizer, loss="mse")
    options = {"batch_size": 64, "shuffle": False, "verbose": 0}
    model.fit(inputs, train_mass, epochs=epochs, **options)
    return model


model = train_linear(inputs)
weights = model.layers[0].kernel.numpy()[by_name, 0]
whole = keras.Sequential([prepare, model])  # takes words and holes
test_error = abs(whole(raw(test)).numpy() - test_mass).mean()
print(f"mean error for new penguins: {test_error:.3f} kg")

# %% Meet a word that training did not have
row = test.iloc[[0]]
typo = row.assign(Island=row["Island"].str.lower())
island = prepare(raw(typo)).numpy()[0, 9:13]
marked = island.sum()
print(typo["Island"].item(), "becomes", island)
guesses = [whole(raw(rows)).numpy() for rows in (row, typo)]
print(f"guess {guesses[0].item():.3f}, with the typo {guesses[1].item():.3f}")
try:
    strict = layers.StringLookup(num_oov_indices=0)
    strict.adapt(train["Island"].to_numpy())
    strict(typo["Island"].to_numpy())
except tf.errors.InvalidArgumentError as refusal:
    print("strict:", type(refusal).__name__)

# %% Number the words
numbered, _ = fit(train, output_mode="int")
coded, test_coded = numbered(raw(train)), numbered(raw(test))
print(dict(zip(train["Species"], coded.numpy()[:, 5].tolist())))
coded_model = train_linear(coded)
coded_error = abs(coded_model(test_coded).numpy() - test_mass).mean()
print(f"mean error for new penguins: {coded_error:.3f} kg")

# %% Learn from all rows
moved = fit(table)[0](raw(test)) - test_inputs
leak = abs(moved.numpy()[:, :5]).max(axis=0)
print("the test rows move by", leak.round(3), "of a deviation")

# %% Let a hole through
normalize = layers.Normalization()
normalize.adapt(train[numbers].to_numpy())
holes = normalize(train[numbers].to_numpy())
poisoned = np.isnan(holes).sum(axis=0)
print("NaN by column:", poisoned)
broken = np.isnan(train_linear(holes, epochs=1).layers[0].kernel)
print(f"weights that are NaN after an epoch: {broken.mean():.0%}")
