"""A recurrent network learns to write like Python's reference."""

# %% Hold topics out
import bz2
import textwrap
from collections import Counter, defaultdict
from pydoc_data.topics import topics

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

texts = {}  # each paragraph of prose, once, with the topics that hold it
for name in sorted(topics):
    for paragraph in topics[name].split("\n\n"):
        text = " ".join(paragraph.split())
        if text[:1].isupper() and text[-1] == ".":
            texts.setdefault(text, set()).add(name)
held_out = set(sorted(topics)[3::8])
train, test = (
    "\n".join(t for t in texts if (min(texts[t]) in held_out) == part)
    for part in (False, True)
)
repeated = [not at <= held_out for at in texts.values() if at & held_out]
alphabet = sorted(set(train + test))
number = {character: index for index, character in enumerate(alphabet)}
print(len(train), "characters to learn from,", len(test), "held out")
print(f"repeated in a topic to learn from: {np.mean(repeated):.2f}")

# %% Score the baselines
bits = {"any character": np.log2(len(alphabet))}
chances = np.full(len(test), 1 / len(alphabet))
for n in range(5):  # Witten-Bell: blend with what shorter contexts say
    seen = defaultdict(Counter)  # context -> the characters after it
    for i in range(n, len(train)):
        seen[train[i - n : i]][train[i]] += 1
    for i in range(n, len(test)):
        after = seen[test[i - n : i]]
        kinds = max(1, len(after))
        chances[i] = after[test[i]] + kinds * chances[i]
        chances[i] /= after.total() + kinds
    bits[f"{n + 1}-gram"] = -np.log2(chances).mean()
sizes = [len(bz2.compress(text.encode())) for text in (train, train + test)]
bits["bz2"] = 8 * (sizes[1] - sizes[0]) / len(test)
print({name: round(float(value), 2) for name, value in bits.items()})

# %% Define the model
keras.config.set_floatx("float64")


class Writer(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(len(alphabet), 64)
        self.gru = layers.GRU(224, return_sequences=True, return_state=True)
        self.head = layers.Dense(len(alphabet))

    def call(self, ids, state=None):
        states, state = self.gru(self.embed(ids), initial_state=state)
        return self.head(states), state


model = Writer()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
table = rng.normal(0, 1, (len(alphabet), 64))
kernels = rng.uniform(-1, 1, (64 + 224, 3, 224)) / 15
head = rng.uniform(-1, 1, (224, len(alphabet))) / 15
# Gates: update, reset, new here, but reset, update, new in PyTorch.
kernels = kernels.reshape(-1, 3 * 224)
start = [table, kernels[:64], kernels[64:], 0, head, 0]
model(np.zeros((1, 1), int))  # builds the weights
for weight, value in zip(model.weights, start, strict=True):
    weight.assign(np.broadcast_to(value, weight.shape))

# %% Cut the text into streams
ids = np.array([number[character] for character in train])
length = (len(ids) - 1) // (24 * 40) * 40  # 24 streams, side by side
inputs, targets = (
    tf.constant(ids[i:][: 24 * length].reshape(24, -1)) for i in (0, 1)
)
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
with tf.GradientTape() as tape:
    first_logits, _ = model(inputs[:, :40])
    loss = criterion(targets[:, :40], first_logits)
first_gradient = tape.gradient(loss, model.head.kernel).numpy()
first_logits = first_logits.numpy()

# %% Train for one epoch
steps = 3 * length // 40
betas = 1 - 2**-3, 1 - 2**-10  # Keras keeps them in 32 bits: exact there
optimizer = keras.optimizers.Adam(0.01, *betas, epsilon=1e-20)
optimizer.build(model.trainable_variables)


@tf.function
def learn(ids, targets, state):
    with tf.GradientTape() as tape:
        logits, state = model(ids, state)
        loss = criterion(targets, logits)
    gradients = tape.gradient(loss, model.trainable_variables)
    # Add up what a character gets in many places, before Adam squares it.
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    optimizer.apply(gradients)
    return loss, state  # goes on, but no gradient goes back


losses = []


def train():
    state = tf.zeros((24, 224), tf.float64)
    for i in range(0, length, 40):
        optimizer.learning_rate = 0.01 * (1 - len(losses) / steps)
        window = inputs[:, i : i + 40], targets[:, i : i + 40]
        loss, state = learn(*window, state)
        losses.append(loss.numpy())


train()
early_losses = np.array(losses)

# %% Write
temperatures = np.array([[0.001], [0.5], [1.0], [1.5]])
written = np.full((4, 1), number["T"])
state = tf.zeros((4, 224), tf.float64)
read = tf.function(model)
for uniform in rng.random(200):
    logits, state = read(tf.constant(written[:, -1:]), state)
    logits = logits[:, 0].numpy() / temperatures
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    sums = chances.cumsum(axis=1)
    drawn = (sums < uniform * sums[:, -1:]).sum(axis=1, keepdims=True)
    written = np.hstack([written, drawn])
for temperature, row in zip(temperatures[:, 0], written, strict=True):
    text = "".join(alphabet[index] for index in row)
    print(textwrap.fill(f"{temperature}: {text}", 72))

# %% Train on and score
train()
train()
test_ids = np.array([number[character] for character in test])


def model_bits(length):
    windows = test_ids[: len(test) // length * length].reshape(-1, length)
    logits, _ = model(windows[:, :-1])
    return float(criterion(windows[:, 1:], logits)) / np.log(2)  # from nats


bits["GRU"] = gru_bits = model_bits(len(test) // 8)
cold_bits = model_bits(20)
print(f"bits per character: {gru_bits:.2f}, in windows of 20: {cold_bits:.2f}")
print(f"in nats: {gru_bits * np.log(2):.2f}, perplexity: {2**gru_bits:.1f}")

# %% Draw the scores
figure, axis = plt.subplots(figsize=(6, 3.2), layout="constrained")
colours = ["0.5"] * 7 + ["#f59300"]
bars = axis.barh(list(bits), list(bits.values()), color=colours)
axis.bar_label(bars, fmt="%.2f", padding=3)
axis.set(title="Topics it never saw", xlabel="bits per character")
axis.set(xlim=(0, 7.5))
axis.invert_yaxis()
plt.show()
