"""Starts a topic: three files that run, agree, and show where the contributor's own idea goes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .catalog import NAME
from .model import AREAS, TandemError

_TOML = """title = "{title}"
summary = "Least squares on real data: the same loss and the same gradient."
needs = ["scikit-learn"]

[agree]
loss = 1e-5
gradient = 1e-5
"""

_PYTORCH = '''"""{title}."""

# %% Load
import torch
from sklearn.datasets import load_diabetes

table = load_diabetes()
features = table.data.astype("float32")  # (442, 10)
targets = (table.target / 100).astype("float32")  # (442,)

# %% Compute the loss
weights = torch.ones(10, requires_grad=True)
error = torch.from_numpy(features) @ weights - torch.from_numpy(targets)
squared = (error**2).mean()
loss = squared.item()
print(f"loss {{loss:.4f}}")

# %% Compute the gradient
squared.backward()
gradient = weights.grad.numpy()
print("gradient", gradient.round(3))
'''

_TENSORFLOW = '''"""{title}."""

# %% Load
import tensorflow as tf
from sklearn.datasets import load_diabetes

table = load_diabetes()
features = table.data.astype("float32")  # (442, 10)
targets = (table.target / 100).astype("float32")  # (442,)

# %% Compute the loss
weights = tf.Variable(tf.ones(10))
with tf.GradientTape() as tape:
    error = tf.linalg.matvec(features, weights) - targets
    squared = tf.reduce_mean(error**2)
loss = float(squared)
print(f"loss {{loss:.4f}}")

# %% Compute the gradient
gradient = tape.gradient(squared, weights).numpy()
print("gradient", gradient.round(3))
'''


def new(root: Path, name: str) -> list[Path]:
    """Write a new topic's folder; the paths written.

    Args:
        root: the checkout.
        name: `area/topic`.

    Raises:
        TandemError: for a name that cannot be, or one that is taken.
    """
    area, _, topic = name.partition("/")
    if area not in AREAS or not NAME.fullmatch(topic):
        raise TandemError(
            name,
            "no topic can be called that",
            f"one of {', '.join(AREAS)}, a slash, lower-case words_with_underscores",
            "tandem new workflow/my_topic",
        )
    folder = root / "snippets" / area / topic
    if folder.exists():
        raise TandemError(f"snippets/{name}", "there is such a topic already", "a new name", f"edit snippets/{name}/")
    title = topic.replace("_", " ").capitalize()
    texts = {"topic.toml": _TOML, "in_pytorch.py": _PYTORCH, "in_tensorflow.py": _TENSORFLOW}
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        for file, text in texts.items():
            (part / file).write_text(text.format(title=title), "utf-8")
        part.chmod(0o755)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return [folder / file for file in texts]
