"""A small transformer writes the summary line of a docstring."""

# %% Read the docstrings
import ast
import importlib.util
import re
from collections import Counter
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from matplotlib.colors import LinearSegmentedColormap
from rouge_score.rouge_scorer import RougeScorer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


pairs = {}  # summary -> its file, and the rest of the docstring
for library in "numpy", "scipy", "sklearn", "pandas", "matplotlib":
    folder = Path(importlib.util.find_spec(library).origin).parent
    for path in sorted(folder.rglob("*.py")):
        file = path.relative_to(folder.parent).as_posix()
        if re.search("/(tests|distutils|externals|_vendor)/", file):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            text = ast.get_docstring(node) or ""
            summary, _, rest = text.partition("\n\n")
            summary = words(summary)
            fits = 3 <= len(summary) <= 12 and len(words(rest)) >= 10
            if fits and not node.name.startswith("_"):
                pairs.setdefault(" ".join(summary), (file, rest))
summaries, (files, rests) = list(pairs), zip(*pairs.values(), strict=True)
sources = [words(rest)[:48] for rest in rests]  # what the model reads
# A file is on one side of the split: its docstrings resemble each other.
split = GroupShuffleSplit(1, test_size=0.1, random_state=0)
train, test = next(split.split(summaries, groups=files))
print(len(train), "pairs to learn from,", len(test), "to be tested on")

# %% Score four baselines
scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
tfidf = TfidfVectorizer(sublinear_tf=True)


def rouge(texts, rows):
    scores = map(scorer.score, [summaries[row] for row in rows], texts)
    return np.array([[f for _, _, f in s.values()] for s in scores])


def nearest(train, test):
    known = tfidf.fit_transform(" ".join(sources[row]) for row in train)
    asked = tfidf.transform(" ".join(sources[row]) for row in test)
    found = (asked @ known.T).toarray().round(9).argmax(axis=1)
    return [summaries[row] for row in train[found]]


def sentences(row):
    parts = re.split(r"(?<=\.)\s+|\n\s*\n", rests[row])
    return [part for part in parts if words(part)]


def central(row):
    vectors = tfidf.transform(parts := sentences(row))
    closeness = vectors @ np.asarray(vectors.sum(axis=0)).T
    return parts[closeness.round(9).argmax()]


def clip(text):
    return " ".join(words(text)[:12])


baselines = {
    "nearest docstring": nearest(train, test),
    "first sentence": [clip(sentences(row)[0]) for row in test],
    "first 12 words": [clip(rests[row]) for row in test],
    "central sentence": [clip(central(row)) for row in test],
}
baseline_scores = {}  # (test pairs, three kinds of ROUGE)
for name, texts in baselines.items():
    baseline_scores[name] = rouge(texts, test)
    print(f"{name:<18}", baseline_scores[name].mean(axis=0).round(3))
baseline_rouge = np.array([*baseline_scores.values()]).mean(axis=1)

# %% Split at random
train_mixed, test_mixed = next(
    ShuffleSplit(1, test_size=0.1, random_state=0).split(summaries)
)
leaky = rouge(nearest(train_mixed, test_mixed), test_mixed).mean(axis=0)
print("nearest docstring, files on both sides:", leaky.round(3))

# %% Turn words into numbers
counted = Counter(" ".join(summaries[row] for row in train).split())
listed = [word for word, _ in counted.most_common(1000)]
others = sorted({word for text in sources for word in text} - {*listed})
names = ["", "<start>", "<end>", "<unknown>", *listed, *others]
numbers = {word: number for number, word in enumerate(names)}
size = 4 + len(listed)  # only these can be written unseen
source = np.zeros((len(sources), 48), int)
target = np.zeros((len(sources), 14), int)
for row, (text, summary) in enumerate(zip(sources, summaries, strict=True)):
    source[row, : len(text)] = [numbers[word] for word in text]
    line = ["<start>", *summary.split(), "<end>"]
    target[row, : len(line)] = [numbers.get(word, 3) for word in line]
print(size, "words to write,", len(others), "more to copy")

# %% Define the model
keras.config.set_floatx("float64")
width = 64


class Block(layers.Layer):
    def __init__(self, heads):
        super().__init__()
        self.attention = layers.MultiHeadAttention(
            heads, width // heads, use_bias=False
        )
        self.attended = layers.LayerNormalization(epsilon=1e-6)
        self.widen = layers.Dense(2 * width, activation="relu")
        self.narrow = layers.Dense(width)
        self.thought = layers.LayerNormalization(epsilon=1e-6)

    def call(self, queries, memory, shown=None, causal=False):
        found, shares = self.attention(
            queries,
            memory,
            attention_mask=shown,
            use_causal_mask=causal,
            return_attention_scores=True,
        )
        states = self.attended(queries + found)
        more = self.narrow(self.widen(states))
        return self.thought(states + more), shares


class Summariser(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(size, width)
        self.places = layers.Embedding(48, width)
        self.read, self.look_back = Block(heads=4), Block(heads=4)
        self.look = Block(heads=1)  # one head points at a word
        self.gate = layers.Dense(1, activation="sigmoid")

    def embed(self, numbers):
        known = ops.where(numbers < size, numbers, 3)
        places = self.places(ops.arange(numbers.shape[1]))
        return self.words(known) + places

    def encode(self, source):
        states = self.embed(source)
        # A True shows a word here; in PyTorch it hides one.
        shown = (source != 0)[:, None]
        return self.read(states, states, shown=shown)[0]

    def decode(self, source, memory, written):
        states = self.embed(written)
        states, _ = self.look_back(states, states, causal=True)
        shown = (source != 0)[:, None]
        states, shares = self.look(states, memory, shown=shown)
        write = self.gate(states)
        scores = ops.matmul(states, ops.transpose(self.words.embeddings))
        listed = ops.softmax(scores)
        # (examples, length, size) and (examples, length, 48)
        return write * listed, (1 - write) * shares[:, 0]

    def call(self, source, written):
        return self.decode(source, self.encode(source), written)


model = Summariser()
model(tf.constant(source[:1]), tf.constant(target[:1]))  # builds it
print(model.count_params(), "weights")

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)


def draw(rows, columns, spread=0.125):
    return rng.normal(0, spread, (rows, columns))


model.words.set_weights([draw(size, width, 0.5)])
model.places.set_weights([draw(48, width, 0.5)])
for block in model.read, model.look_back, model.look:
    shapes = [weight.shape for weight in block.attention.get_weights()]
    block.attention.set_weights(  # (width, heads, size of a head)
        [draw(width, width).reshape(shape) for shape in shapes]
    )
    block.widen.set_weights([draw(width, 2 * width), np.zeros(2 * width)])
    block.narrow.set_weights([draw(2 * width, width), np.zeros(width)])
model.gate.set_weights([draw(width, 1), np.zeros(1)])

# %% Take ten steps
epochs, batch_size = 6, 32
cut = len(train) // batch_size * batch_size
batches = np.stack([rng.permutation(train)[:cut] for _ in range(epochs)])
batches = batches.reshape(-1, batch_size)
learning_rates = np.linspace(0.002, 0, len(batches), endpoint=False)
betas = 0.875, 0.984375  # exact in 32 bits, where Keras puts them
optimizer = keras.optimizers.Adam(
    beta_1=betas[0], beta_2=betas[1], epsilon=1e-7
)
optimizer.build(model.trainable_variables)


def find_loss(source, target):
    following = target[:, 1:]
    listed, copied = model(source, target[:, :-1])
    number = tf.where(following < size, following, 0)
    chance = tf.gather(listed, number, axis=2, batch_dims=2)
    chance = chance * tf.cast(following < size, chance.dtype)
    match = source[:, None] == following[..., None]
    chance += tf.reduce_sum(copied * tf.cast(match, copied.dtype), axis=-1)
    # A word that can be neither written nor copied does not count.
    counts = (following != 0) & (chance > 0)
    logs = tf.math.log(tf.where(counts, chance, 1.0))
    return -tf.reduce_sum(logs) / tf.reduce_sum(tf.cast(counts, logs.dtype))


def find_gradient(source, target):
    with tf.GradientTape() as tape:
        loss = find_loss(source, target)
    gradient = tape.gradient(loss, model.trainable_variables)
    # Add up what each use of a place found, before Adam squares it.
    return loss, [tf.convert_to_tensor(part) for part in gradient]


@tf.function
def take_step(source, target):
    loss, gradient = find_gradient(source, target)
    optimizer.apply(gradient, model.trainable_variables)
    return loss


def fit(steps):
    losses = []
    for step in steps:
        optimizer.learning_rate.assign(learning_rates[step])
        rows = batches[step]
        loss = take_step(tf.constant(source[rows]), tf.constant(target[rows]))
        losses.append(float(loss))
    return losses


loss, gradient = find_gradient(source[batches[0]], target[batches[0]])
first_loss, first_gradient = float(loss), gradient[0].numpy()  # of words
early_losses = fit(range(10))
early_weights = model.look.attention.get_weights()[0][:, 0].copy()
print("loss of ten batches:", np.round(early_losses, 3))

# %% Train
losses = early_losses + fit(range(10, len(batches)))
losses = np.reshape(losses, (epochs, -1)).mean(axis=1)
print("loss, epoch by epoch:", losses.round(3))
test_loss = float(
    find_loss(tf.constant(source[test]), tf.constant(target[test]))
)
print(f"loss on the test pairs: {test_loss:.3f}")

# %% Write summaries


def next_chances(text, memory, written):
    listed, copied = model.decode(text, memory, tf.constant(written))
    return listed.numpy(), copied.numpy()


def write(rows, repeat):
    everyone = np.arange(len(rows))
    written = np.zeros((len(rows), 14), int)
    written[:, 0] = 1  # <start>
    text = tf.constant(source[rows])
    memory = model.encode(text)
    for place in range(13):
        listed, copied = next_chances(text, memory, written)
        chances = np.zeros((len(rows), len(names)))
        chances[:, :size] = listed[:, place]
        np.add.at(chances, (everyone[:, None], source[rows]), copied[:, place])
        chances[:, [0, 1, 3]] = 0
        last = written[:, place]
        if not repeat:  # no word twice in a row, no two words again
            chances[everyone, last] = 0
            who, when = np.nonzero(written[:, :place] == last[:, None])
            chances[who, written[who, when + 1]] = 0
        best = chances.argmax(axis=1)
        written[:, place + 1] = np.where(last == 2, 2, best)
    lines = [[names[word] for word in line[1:]] for line in written]
    texts = [" ".join(line).split(" <end>")[0] for line in lines]
    return texts, written, copied


loops, _, _ = write(test, repeat=True)
texts, written, copied = write(test, repeat=False)
loop_rouge = rouge(loops, test).mean(axis=0)
scores = rouge(texts, test)
rouge_1, rouge_2, rouge_l = scores.mean(axis=0)
print("greedy            ", loop_rouge.round(3))
print("without repetition", scores.mean(axis=0).round(3))
gain, margin = [], []  # the margin is two standard errors
for name, others in baseline_scores.items():
    gains = scores[:, 2] - others[:, 2]
    gain.append(gains.mean())
    margin.append(2 * gains.std() / np.sqrt(len(test)))
    print(f"ROUGE-L over {name}: {gain[-1]:+.3f} +- {margin[-1]:.3f}")

# %% Read what it wrote
ranked = np.argsort(scores[:, 2].round(9), kind="stable")[::-1]
for share in 0, 0.1, 0.25, 0.5, 0.75:
    place = ranked[int(share * len(test))]
    print(f"ROUGE-L {scores[place, 2]:.2f}")
    print("  says  ", summaries[test[place]])
    print("  wrote ", texts[place])
    print("  first ", baselines["first sentence"][place])

# %% Draw where it looked
place = ranked[0]
text = sources[test[place]][:24]
line = texts[place].split()
looked = copied[place, : len(line)]
looked = looked / looked.sum(axis=1, keepdims=True)
looked = looked[:, : len(text)].T  # (words read, words written)
shades = LinearSegmentedColormap.from_list("", ["#f5930000", "#f59300"])
figure, axis = plt.subplots(figsize=(4.6, 5.4), layout="constrained")
axis.imshow(looked, cmap=shades, vmin=0, vmax=1, aspect="auto")
axis.set_xticks(range(len(line)), line, rotation=45, ha="right")
axis.set_yticks(range(len(text)), text)
axis.set(title="Where it looked", xlabel="wrote", ylabel="read")
plt.show()
