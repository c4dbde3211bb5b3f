"""A new interpreter: import, build a model, predict one digit, end."""

# %% Leave an image for the program
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

image = load_digits().data[:1] / 16  # (1, 64)
folder = tempfile.TemporaryDirectory()
np.save(Path(folder.name, "image.npy"), image.astype("float32"))

# %% Write the program
program = """
import numpy as np
import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in model.parameters():
        start = rng.normal(0, 0.1, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))
image = torch.tensor(np.load("image.npy"))
with torch.inference_mode():
    logits = model(image)
print(*logits[0].tolist())
"""


def first_result():
    return subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder.name,
    )


# %% Read what it printed
ended = first_result()
exit_status = ended.returncode
logits = np.array(ended.stdout.split(), dtype="float32")
print("exit status:", exit_status)
print("logits:", logits[:5].round(3))
folder.cleanup()
