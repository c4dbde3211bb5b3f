"""Export a trained model with its preprocessing: bytes in, probabilities."""

# %% Train on the pictures
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

digits = load_digits()
pictures = (digits.images * 15).astype("uint8")  # (1797, 8, 8), 0 to 240
labels = torch.tensor(digits.target)
mean, scale = pictures[:1500].mean(), pictures[:1500].std()
images = (torch.tensor(pictures).flatten(1) - mean) / scale
body = nn.Sequential(nn.Linear(64, 32), nn.ReLU())
scores = nn.Linear(32, 10)
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in [*body.parameters(), *scores.parameters()]:
        start = rng.normal(0, 0.1, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))
learner = nn.Sequential(body, scores)  # its dropout stands below
optimizer = torch.optim.SGD(learner.parameters(), lr=0.1, momentum=0.9)
for _ in range(60):
    optimizer.zero_grad()
    logits = learner(images[:1500].float())
    nn.functional.cross_entropy(logits, labels[:1500]).backward()
    optimizer.step()


# %% Put the preprocessing in
class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))

    def forward(self, pictures):  # bytes, (batch, 8, 8)
        return self.body((pictures.flatten(1) - self.mean) / self.scale)


embedder = Embedder()
reader = nn.Sequential(embedder, nn.Dropout(0.3), scores, nn.Softmax(dim=1))

# %% Export both, with what one must know
unseen = torch.tensor(pictures[1500:])
any_length = ({0: torch.export.Dim.DYNAMIC},)


def export(model, **options):
    return torch.export.export(
        model, (unseen[:8],), dynamic_shapes=any_length, **options
    )


reader.eval()
note = json.dumps({"classes": list("0123456789"), "version": "1"})
for name, model in {"predict": reader, "embed": embedder}.items():
    program = export(model)
    torch.export.save(program, f"{name}.pt2", extra_files={"note": note})

# %% Use it in a new process
program = """
import json
import numpy as np
import torch

note = {"note": ""}
predict = torch.export.load("predict.pt2", extra_files=note).module()
embed = torch.export.load("embed.pt2").module()
pictures = torch.from_numpy(np.load("unseen.npy"))
with torch.inference_mode():
    batches = pictures.split(64)
    probabilities = torch.cat([predict(batch) for batch in batches])
    embedded = embed(pictures)
np.savez("answers.npz", probabilities=probabilities, embedded=embedded)
note = json.loads(note["note"])
first = probabilities[0].argmax()
print("version", note["version"], "reads a", note["classes"][first])
"""
Path("use.py").write_text(program)
np.save("unseen.npy", unseen.numpy())
command = [sys.executable, "use.py"]
child = subprocess.run(command, check=True, capture_output=True, text=True)
print(child.stdout.strip())
answers = np.load("answers.npz")
probabilities, embedded = answers["probabilities"], answers["embedded"]


def accuracy(probabilities):
    return np.mean(probabilities.argmax(axis=1) == digits.target[1500:])


with torch.inference_mode():
    here = reader(unseen).numpy()
print("as before:", np.allclose(here, probabilities, atol=1e-5))
print(f"accuracy: {accuracy(probabilities):.3f}")

# %% Leave the preprocessing out
bare = nn.Sequential(body, scores, nn.Softmax(dim=1))
raw = unseen.flatten(1).float()  # and what the client makes of it
bare = torch.export.export(bare, (raw[:8],), dynamic_shapes=any_length)
guesses = {"right": (raw - mean) / scale, "none": raw, "/ 255": raw / 255}
guesses["inverted"] = (240 - raw - mean) / scale
unprepared = []
for client, images in guesses.items():
    unprepared.append(bare.module()(images).detach().numpy())
    sure = np.median(unprepared[-1].max(axis=1))
    print(f"{client}: accuracy {accuracy(unprepared[-1]):.3f},", end=" ")
    print(f"median confidence {sure:.2f}")

# %% Export it in training mode
torch.manual_seed(0)
reader.train()
served = export(reader).module()
first, second = (served(unseen).detach().numpy() for _ in range(2))
moved = np.mean(np.abs(first - second).max(axis=1) > 0.01)
print(f"another answer on the second call: {moved:.0%} of the pictures")
