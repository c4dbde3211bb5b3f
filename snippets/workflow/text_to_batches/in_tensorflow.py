"""Sentences become padded batches, and the padding must not count."""

# %% Take some text
from pydoc_data.topics import topics

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

paragraphs = "\n\n".join(topics[name] for name in sorted(topics)).split("\n\n")
flat = (" ".join(paragraph.split()) for paragraph in paragraphs)
texts = [text for text in flat if text[:1].isupper() and text[-1] == "."]
order = np.random.default_rng(0).permutation(len(texts))
train, test = [[texts[i] for i in part] for part in (order[:800], order[800:])]
print(len(train), "texts to learn from, the first:", train[0][:32])


# %% Number the words
def encoder_of(texts):
    layer = keras.layers.TextVectorization(max_tokens=1000)
    layer.adapt(texts)
    return layer


encode = encoder_of(train)
vocabulary = encode.get_vocabulary()  # 0 pads, 1 is unknown
print("first:", *vocabulary[2:8], "last:", *vocabulary[-3:])
print(train[0][:32], "->", encode(train[0][:32]).numpy().tolist())

# %% Pad a batch
encoded = tf.data.Dataset.from_tensor_slices(train).map(encode)
batches = list(encoded.padded_batch(32))
ids = batches[0].numpy()
lengths = (ids != 0).sum(axis=1)
print("first batch:", ids.shape, "lengths:", *lengths[:8])

# %% Put like lengths together
boundaries = [15, 25, 40, 60]
bucketed = list(
    encoded.bucket_by_sequence_length(
        element_length_func=tf.size,
        bucket_boundaries=boundaries,
        bucket_batch_sizes=[32] * (len(boundaries) + 1),
    )
)
bucket_ids = bucketed[0].numpy()


def padding_of(batches):
    cells = sum(batch.numpy().size for batch in batches)
    return 1 - sum((batch.numpy() != 0).sum() for batch in batches) / cells


padding = [padding_of(batches), padding_of(bucketed)]
figure, axes = plt.subplots(1, 2, figsize=(6, 3.2), sharey=True)
figure.suptitle("TensorFlow: words and padding in the first batch")
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


def embedding(mask_zero):
    layer = keras.layers.Embedding(1000, 8, mask_zero=mask_zero)
    layer.build()
    layer.set_weights([table])
    return layer


embed, embed_unmasked = embedding(mask_zero=True), embedding(mask_zero=False)
average = keras.layers.GlobalAveragePooling1D()
means = average(embed(batches[0])).numpy()  # the mask travels with it
diluted = average(embed_unmasked(batches[0])).numpy()
print("mean:", means[0, :3].round(3), "with padding:", diluted[0, :3].round(3))

# %% Read with an LSTM
lstm = keras.layers.LSTM(16)
kernels = rng.normal(0, 0.3, (24, 64)).astype("float32")
lstm.build((None, None, 8))
lstm.set_weights([kernels[:8], kernels[8:], np.zeros(64)])


def read(batch, mask=True):
    words = embed(batch) if mask else embed_unmasked(batch)
    return lstm(words).numpy()  # the last state


states, unmasked_states = read(batches[0]), read(batches[0], mask=False)
alone = encode([train[0]])
company = [
    abs(batched[0] - read(alone, mask)[0]).max() > 1e-3
    for batched, mask in ((states, True), (unmasked_states, False))
]
print("read otherwise in company:", company[0], "without a mask:", company[1])

# %% Get it wrong
two = [encode(text).numpy() for text in train[:2]]
padded = keras.utils.pad_sequences(two, padding="post")
padded_by_default = keras.utils.pad_sequences(two)
print("padded by default:", padded_by_default[0, :3])
cut = keras.utils.pad_sequences(two, maxlen=5)
print("cut to five:", *(vocabulary[index] for index in cut[0]))
fresh = keras.layers.Embedding(1000, 8, mask_zero=True)
padding_row_is_zero = not np.any(fresh(batches[0]).numpy()[ids == 0])
print("the row of the padding is zero:", padding_row_is_zero)
unknown = []
for encoder in encode, encoder_of(texts):
    found = encoder(test).numpy()
    unknown.append((found == 1).sum() / (found != 0).sum())
print(f"unknown: {unknown[0]:.3f}, if tests were seen: {unknown[1]:.3f}")
