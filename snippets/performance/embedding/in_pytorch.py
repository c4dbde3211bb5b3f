"""An embedding: a row of a table for every word of a text."""

# %% Load
import re

import numpy as np
import torch

manual = [str(getattr(np, name).__doc__) for name in sorted(np.__all__)]
words = re.findall("[a-z]+", " ".join(manual).lower())[:60_000]
vocabulary, ids = np.unique(words, return_inverse=True)
passages = ids[: 64 * 128].reshape(64, 128)
rng = np.random.default_rng(0)
rows = rng.normal(0, 1, (len(vocabulary), 256)).astype("float32")


# %% Look the words up
def batch(batch_size):
    return torch.tensor(passages[:batch_size]), torch.tensor(rows)


def embed(ids, table):
    return torch.nn.functional.embedding(ids, table)


# %% Look at the result
embedded = embed(*batch(64)).numpy()  # (64, 128, 256)
print(f"{len(words)} words, {len(vocabulary)} of them different")
print("the text begins:", " ".join(words[:5]))
print("its first word:", embedded[0, 0, :4].round(3))
