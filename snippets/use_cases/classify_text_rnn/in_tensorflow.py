"""A bidirectional GRU tells which library a description belongs to."""

# %% Read the docstrings
import re
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

libraries = ["matplotlib", "numpy", "pandas", "scipy", "sklearn"]
names = {*libraries, *"mpl plt pyplot np pd sp scikit learn".split()}
skip = "(tests|externals|_vendor|distutils|f2py|_lib)/"
# Public definitions, read as text: importing would run the libraries.
docstring = r'(?:def|class) [A-Za-z](?:[^"]|"\w*")*?:\n +r?"""(.+?)"""'
found = {}
for label, library in enumerate(libraries):
    root = Path(find_spec(library).submodule_search_locations[0])
    for path in sorted(root.rglob("*.py"), key=Path.as_posix):
        file = library + "/" + path.relative_to(root).as_posix()
        source = "" if re.search(skip, file) else path.read_text("utf-8")
        for text in re.findall(docstring, source, re.DOTALL):
            prose = re.split(r"\n.+\n *---", text)[0].lower()
            words = re.findall("[a-z]+", prose)
            words = [word for word in words if word not in names][:24]
            if len(words) > 5:  # what begins the same counts once
                found.setdefault(str(words[:8]), (words, label, file))
descriptions, labels, files = zip(*found.values(), strict=True)
texts, labels = np.array([*map(" ".join, descriptions)]), np.array(labels)
by_file = GroupShuffleSplit(1, test_size=0.2, random_state=0)
train_rows, test_rows = next(by_file.split(texts, groups=files))
print(len(train_rows), "texts to learn from,", len(test_rows), "to test on")


# %% Score the baselines
def score(name, predicted):
    accuracy = float((predicted == labels[test_rows]).mean())
    macro_f1 = f1_score(labels[test_rows], predicted, average="macro")
    print(f"{name:<18} accuracy {accuracy:.3f}, macro F1 {macro_f1:.3f}")
    return accuracy, macro_f1


baseline_scores = []
logistic = LogisticRegression(C=10, solver="newton-cg")
for baseline in DummyClassifier(), logistic, ComplementNB():
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pipeline = make_pipeline(tfidf, baseline)
    pipeline.fit(texts[train_rows], labels[train_rows])
    predicted = pipeline.predict(texts[test_rows])
    baseline_scores.append(score(type(baseline).__name__, predicted))

# %% Turn words into numbers
numbers = CountVectorizer(min_df=2).fit(texts[train_rows]).vocabulary_
tokens = np.zeros((len(texts), 24), "int64")  # 0 pads, 1 is unknown
for row, words in zip(tokens, descriptions, strict=True):
    row[: len(words)] = [numbers.get(word, -1) + 2 for word in words]
print(len(numbers), "words known,", (tokens == 0).mean().round(2), "padding")


# %% Define the model
def build(masked=True):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int64"),  # (batch, time)
            layers.Embedding(len(numbers) + 2, 64, mask_zero=masked),
            layers.Bidirectional(layers.GRU(32)),  # (batch, 64)
            layers.Dense(5),
        ]
    )


model = build()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
vectors = rng.normal(0, 0.1, (len(numbers) + 2, 64))
vectors[0] = 0
kernel = rng.uniform(-0.2, 0.2, (64, 5))
# Each direction: inner and recurrent kernel, and two rows of biases.
gru = [rng.uniform(-0.2, 0.2, (n, 96)) for n in (64, 32, 2) * 2]
model.set_weights([vectors, *gru, kernel, np.zeros(5)])

# %% Compare the first batch
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
batch = train_rows[:128]
with tf.GradientTape() as tape:
    logits = model(tokens[batch])
    loss = criterion(labels[batch], logits)
first_logits = logits.numpy()
recurrent = model.trainable_variables[2]
first_gradient = tape.gradient(loss, recurrent).numpy()
print("first logits:", first_logits[0].round(3))

# %% Take a step with a repeated word
embedding = layers.Embedding(9, 1, embeddings_initializer="zeros")
optimizer = keras.optimizers.Adam(0.1)
with tf.GradientTape() as tape:
    total = tf.reduce_sum(embedding(tf.constant([1, 2, 2, 2, 2])))
weights = embedding.trainable_variables
optimizer.apply(tape.gradient(total, weights), weights)
moved = embedding.get_weights()[0][:, 0]
print("seen once:", moved[1].round(3), "seen four times:", moved[2].round(3))


# %% Train
class DenseAdam(keras.optimizers.Adam):  # a repeated word is one word
    def apply(self, grads, trainable_variables=None):
        grads = [tf.convert_to_tensor(gradient) for gradient in grads]
        super().apply(grads, trainable_variables)


# Epsilon sits at another place in PyTorch: here it is too small to show.
model.compile(loss=criterion, optimizer=DenseAdam(0.006, epsilon=1e-12))


def train(rows):
    noisy = tokens[rows]
    noisy[(rng.random(noisy.shape) < 0.3) & (noisy > 0)] = 1  # word dropout
    history = model.fit(
        noisy, labels[rows], batch_size=128, shuffle=False, verbose=0
    )
    return history.history["loss"][0]


early_loss = train(rng.permutation(train_rows)[:1280])  # ten steps
early_kernel = model.get_weights()[-2]
print(f"loss over ten batches: {early_loss:.3f}")
losses = [train(rng.permutation(train_rows)) for _ in range(4)]
print("loss, epoch by epoch:", np.round(losses, 2))

# %% Test
predicted = model(tokens[test_rows]).numpy().argmax(axis=1)
accuracy, macro_f1 = score("GRU", predicted)

# %% Forget the mask
wide = np.pad(tokens[test_rows], [(0, 0), (0, 24)])  # nothing but zeros
changed = []
for masked in True, False:
    reader = build(masked)
    reader.set_weights(model.get_weights())
    again = reader(wide).numpy().argmax(axis=1)
    changed.append(float((again != predicted).mean()))
print("answers changed by padding, masked and not:", np.round(changed, 2))
