"""A recurrent network learns to write like Python's reference."""

# %% Hold topics out
import bz2
import textwrap
from collections import Counter, defaultdict
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

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
torch.set_default_dtype(torch.float64)


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(alphabet), 64)
        self.gru = nn.GRU(64, 224, batch_first=True)
        self.head = nn.Linear(224, len(alphabet))

    def forward(self, ids, state=None):
        states, state = self.gru(self.embed(ids), state)
        return self.head(states), state


model = Writer()

# %% Start from the same weights
seed = 0
rng = np.random.default_rng(seed)
table = rng.normal(0, 1, (len(alphabet), 64))
kernels = rng.uniform(-1, 1, (64 + 224, 3, 224)) / 15
head = rng.uniform(-1, 1, (224, len(alphabet))) / 15
# Gates: update, reset, new in Keras, but reset, update, new here.
kernels = kernels[:, [1, 0, 2]].reshape(-1, 3 * 224)
start = [table, kernels[:64].T, kernels[64:].T, 0, 0, head.T, 0]
with torch.no_grad():
    for weight, value in zip(model.parameters(), start, strict=True):
        weight.copy_(torch.tensor(value))

# %% Cut the text into streams
ids = torch.tensor([number[character] for character in train])
length = (len(ids) - 1) // (24 * 40) * 40  # 24 streams, side by side
inputs, targets = (ids[i:][: 24 * length].view(24, -1) for i in (0, 1))
criterion = nn.CrossEntropyLoss()
first_logits, _ = model(inputs[:, :40])
criterion(first_logits.flatten(0, 1), targets[:, :40].flatten()).backward()
first_logits = first_logits.detach().numpy()
first_gradient = model.head.weight.grad.T.numpy().copy()

# %% Train for one epoch
steps = 3 * length // 40
betas = 1 - 2**-3, 1 - 2**-10  # Keras keeps them in 32 bits: exact there
optimizer = torch.optim.Adam(model.parameters(), 0.01, betas, eps=1e-20)
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda step: 1 - step / steps
)
losses = []


def train():
    state = None
    for window in torch.arange(length).split(40):
        optimizer.zero_grad()
        logits, state = model(inputs[:, window], state)
        loss = criterion(logits.flatten(0, 1), targets[:, window].flatten())
        loss.backward()
        optimizer.step()
        schedule.step()
        state = state.detach()  # goes on, but no gradient goes back
        losses.append(loss.item())


train()
early_losses = np.array(losses)

# %% Write
temperatures = np.array([[0.001], [0.5], [1.0], [1.5]])
written = np.full((4, 1), number["T"])
state = None
with torch.no_grad():
    for uniform in rng.random(200):
        logits, state = model(torch.tensor(written[:, -1:]), state)
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
test_ids = torch.tensor([number[character] for character in test])


def model_bits(length):
    windows = test_ids[: len(test) // length * length].view(-1, length)
    with torch.no_grad():
        logits, _ = model(windows[:, :-1])
        loss = criterion(logits.flatten(0, 1), windows[:, 1:].flatten())
    return loss.item() / np.log(2)  # a loss comes in nats


bits["GRU"] = gru_bits = model_bits(len(test) // 8)
cold_bits = model_bits(20)
print(f"bits per character: {gru_bits:.2f}, in windows of 20: {cold_bits:.2f}")
print(f"in nats: {gru_bits * np.log(2):.2f}, perplexity: {2**gru_bits:.1f}")

# %% Draw the scores
figure, axis = plt.subplots(figsize=(6, 3.2), layout="constrained")
colours = ["0.5"] * 7 + ["#e0452c"]
bars = axis.barh(list(bits), list(bits.values()), color=colours)
axis.bar_label(bars, fmt="%.2f", padding=3)
axis.set(title="Topics it never saw", xlabel="bits per character")
axis.set(xlim=(0, 7.5))
axis.invert_yaxis()
plt.show()
