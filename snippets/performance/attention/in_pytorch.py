"""Attention: every character looks at every other."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer

text = load_breast_cancer().DESCR[: 8 * 256]
symbols, ids = np.unique(list(text), return_inverse=True)
ids = ids.reshape(8, 256)
# What each symbol asks for, answers to and says, in eight heads.
rng = np.random.default_rng(0)
tables = rng.normal(0, 1, (3, len(symbols), 8, 64)).astype("float32")


# %% Attend
def batch(batch_size):
    embedded = torch.tensor(tables[:, ids[:batch_size]])
    # (batch, heads, time, size): here the heads come before the time.
    return tuple(embedded.transpose(2, 3))


def attend(queries, keys, values):
    attention = torch.nn.functional.scaled_dot_product_attention
    return attention(queries, keys, values)


# %% Look at the result
outputs = attend(*batch(8)).transpose(1, 2).numpy()
print(f"{len(symbols)} symbols, {ids.shape} characters")
print(outputs.shape)
print("first character, first head:", outputs[0, 0, 0, :4].round(3))
