"""Sentences become padded batches, and the padding must not count."""

# %% Take some text
import string
from bisect import bisect_right
from collections import Counter
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

paragraphs = "\n\n".join(topics[name] for name in sorted(topics)).split("\n\n")
flat = (" ".join(paragraph.split()) for paragraph in paragraphs)
texts = [text for text in flat if text[:1].isupper() and text[-1] == "."]
order = np.random.default_rng(0).permutation(len(texts))
train, test = [[texts[i] for i in part] for part in (order[:800], order[800:])]
print(len(train), "texts to learn from, the first:", train[0][:32])


# %% Number the words
def split(text):
    no_punctuation = str.maketrans("", "", string.punctuation)
    return text.lower().translate(no_punctuation).split()


def vocabulary_of(texts):
    counts = Counter(word for text in texts for word in split(text))
    by_count = sorted(counts, key=lambda w: (counts[w], w), reverse=True)
    return ["", "[UNK]", *by_count[:998]]  # 0 pads, 1 is unknown


def encode(text):
    return torch.tensor([number.get(word, 1) for word in split(text)])


vocabulary = vocabulary_of(train)
number = {word: index for index, word in enumerate(vocabulary)}
print("first:", *vocabulary[2:8], "last:", *vocabulary[-3:])
print(train[0][:32], "->", encode(train[0][:32]).tolist())


# %% Pad a batch
def collate(texts):
    return pad_sequence([encode(text) for text in texts], batch_first=True)


batches = list(DataLoader(train, batch_size=32, collate_fn=collate))
ids = batches[0].numpy()
lengths = (ids != 0).sum(axis=1)
print("first batch:", ids.shape, "lengths:", *lengths[:8])

# %% Put like lengths together
boundaries = [15, 25, 40, 60]


def buckets(texts):
    waiting = [[] for _ in range(len(boundaries) + 1)]
    for index, text in enumerate(texts):
        bucket = waiting[bisect_right(boundaries, len(split(text)))]
        bucket.append(index)
        if len(bucket) == 32:
            yield bucket[:]
            bucket.clear()
    yield from filter(None, waiting)


bucketed = list(
    DataLoader(train, batch_sampler=list(buckets(train)), collate_fn=collate)
)
bucket_ids = bucketed[0].numpy()


def padding_of(batches):
    cells = sum(batch.numpy().size for batch in batches)
    return 1 - sum((batch.numpy() != 0).sum() for batch in batches) / cells


padding = [padding_of(batches), padding_of(bucketed)]
figure, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
figure.suptitle("PyTorch: words and padding in the first batch")
kinds = zip(axes, ("in order", "by length"), (batches[0], bucketed[0]))
for axis, kind, batch in kinds:
    axis.imshow(batch != 0, aspect="auto", cmap="Greys", vmin=-0.5, vmax=2)
    axis.set_title(kind)
    axis.set_xlabel("place in the text")
axes[0].set_ylabel("text in the batch")
plt.show()
print(f"padding: {padding[0]:.3f}, in buckets: {padding[1]:.3f}")

# %% Average the words
rng = np.random.default_rng(1)
table = rng.normal(0, 1, (1000, 8)).astype("float32")
bag = nn.EmbeddingBag.from_pretrained(torch.tensor(table), padding_idx=0)
embed = nn.Embedding.from_pretrained(torch.tensor(table), padding_idx=0)
means = bag(batches[0]).numpy()  # the mean over what is not padding
diluted = embed(batches[0]).mean(dim=1).numpy()
print("mean:", means[0, :3].round(3), "with padding:", diluted[0, :3].round(3))

# %% Read with an LSTM
lstm = nn.LSTM(8, 16, batch_first=True)
kernels = rng.normal(0, 0.3, (24, 64)).astype("float32")
with torch.no_grad():
    lstm.weight_ih_l0.copy_(torch.tensor(kernels[:8].T))
    lstm.weight_hh_l0.copy_(torch.tensor(kernels[8:].T))
    lstm.bias_ih_l0.zero_()
    lstm.bias_hh_l0.zero_()


@torch.no_grad()
def read(batch, mask=True):
    words = embed(batch)
    if mask:
        lengths = (batch != 0).sum(dim=1)
        words = pack_padded_sequence(
            words, lengths, batch_first=True, enforce_sorted=False
        )
    return lstm(words)[1][0][0].numpy()  # the last state


states, unmasked_states = read(batches[0]), read(batches[0], mask=False)
alone = encode(train[0])[None]
company = [
    abs(batched[0] - read(alone, mask)[0]).max() > 1e-3
    for batched, mask in ((states, True), (unmasked_states, False))
]
print("read otherwise in company:", company[0], "without a mask:", company[1])

# %% Get it wrong
first, second = encode(train[0]), encode(train[1])
padded = pad_sequence([first, second], batch_first=True).numpy()
padded_by_default = padded
print("padded by default:", padded_by_default[0, :3])
cut = [text.numpy()[:5] for text in (first, second)]
print("cut to five:", *(vocabulary[index] for index in cut[0]))
fresh = nn.Embedding(1000, 8, padding_idx=0)
padding_row_is_zero = not fresh.weight[0].any().item()
print("the row of the padding is zero:", padding_row_is_zero)
unknown = []
for known in vocabulary, vocabulary_of(texts):
    number = {word: index for index, word in enumerate(known)}
    unknown.append(np.mean((torch.cat([*map(encode, test)]) == 1).numpy()))
print(f"unknown: {unknown[0]:.3f}, if tests were seen: {unknown[1]:.3f}")
