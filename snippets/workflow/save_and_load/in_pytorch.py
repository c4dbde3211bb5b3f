"""Save a trained model, load it in a new process, go on training."""

# %% Train something worth saving
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)  # (1797, 64)
labels = torch.tensor(digits)


def build():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    return model, torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9
    )


def train(model, optimizer, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        logits = model(images[:1500])
        loss = nn.functional.cross_entropy(logits, labels[:1500])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


model, optimizer = build()
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in model.parameters():
        start = rng.normal(0, 0.1, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))
losses = train(model, optimizer, steps=20)
unseen = images[1500:]
with torch.no_grad():
    logits_before = model(unseen).numpy()
print("loss:", round(losses[-1], 4))

# %% Save
torch.save(model.state_dict(), "weights.pt")  # to predict
checkpoint = {
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
}
torch.save(checkpoint, "checkpoint.pt")  # to go on training
print("in the file:", *torch.load("weights.pt"))

# %% Load it in a new process
program = """
import numpy as np
import torch
from torch import nn

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
model.load_state_dict(torch.load("weights.pt"))
model.eval()
with torch.no_grad():
    logits = model(torch.from_numpy(np.load("unseen.npy")))
np.save("logits.npy", logits.numpy())
"""
Path("predict.py").write_text(program)
np.save("unseen.npy", unseen.numpy())
command = [sys.executable, "predict.py"]
subprocess.run(command, check=True, capture_output=True)
logits_after = np.load("logits.npy")
print("same logits:", np.allclose(logits_before, logits_after))

# %% Go on training
restored, restored_optimizer = build()
checkpoint = torch.load("checkpoint.pt")
restored.load_state_dict(checkpoint["model"])
restored_optimizer.load_state_dict(checkpoint["optimizer"])
next_losses = [
    train(model, optimizer, steps=3),
    train(restored, restored_optimizer, steps=3),
]
print("never stopped:", np.round(next_losses[0], 4))
print("restored:     ", np.round(next_losses[1], 4))


# %% Refuse a file that runs code
class Surprise:
    def __reduce__(self):
        return print, ("This line was printed by the file.",)


torch.save({"weights": Surprise()}, "surprise.pt")
refused = []
for weights_only in True, False:  # True is the default
    try:
        torch.load("surprise.pt", weights_only=weights_only)
        refused.append(False)
    except pickle.UnpicklingError as error:
        refused.append(True)
        print("refused:", str(error).split(". ")[0])
