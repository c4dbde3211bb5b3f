"""Kill a training, resume it, and end at the weights of one never killed."""

# %% Write the program
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch

program = """
import os
import signal
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, digits = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float32)
labels = torch.tensor(digits)

def build():
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for weight in model.parameters():
            start = rng.normal(0, 0.1, weight.shape[::-1])
            weight.copy_(torch.tensor(start.T))
    # epsilon: too small to matter, as the frameworks add it elsewhere
    return model, torch.optim.Adam(model.parameters(), lr=0.03, eps=1e-12)

def train(path, die_at=0, forget=False, seed=0):
    model, optimizer = build()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
    step, losses = 0, []
    if os.path.exists(path):
        checkpoint = torch.load(path)
        step = checkpoint["step"]
        model.load_state_dict(checkpoint["model"])
        if not forget:
            optimizer.load_state_dict(checkpoint["optimizer"])
            schedule.load_state_dict(checkpoint["schedule"])
    while step < 45:
        epoch, batch = divmod(step, 15)
        order = np.random.default_rng([seed, epoch]).permutation(1500)
        chosen = order[batch * 100 : batch * 100 + 100]
        optimizer.zero_grad()
        logits = model(images[chosen])
        loss = nn.functional.cross_entropy(logits, labels[chosen])
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        step += 1
        if step % 10 == 0:
            parts = dict(model=model, optimizer=optimizer, schedule=schedule)
            states = {name: part.state_dict() for name, part in parts.items()}
            torch.save(states | {"step": step}, path + ".new")
            os.replace(path + ".new", path)  # all of it, or none
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
    return losses, model[2].weight.detach().numpy().T

if __name__ == "__main__":
    train("killed", die_at=25)
"""
Path("train.py").write_text(program)

# %% Train without interruption
train = runpy.run_path("train.py")["train"]
losses, weights = train("whole")
print(f"{len(losses)} steps, the last loss {losses[-1]:.3f}")

# %% Train in a process that dies
child = subprocess.run([sys.executable, "train.py"], capture_output=True)
saved_step = torch.load("killed")["step"]
print(f"killed by signal {-child.returncode}, saved step {saved_step}")


# %% Resume
def resume(name, **mistakes):
    shutil.copy("killed", name)
    return train(name, **mistakes)


resumed_losses, resumed_weights = resume("resumed")
print(f"{len(resumed_losses)} steps, the last loss {resumed_losses[-1]:.3f}")
same_losses = resumed_losses == losses[saved_step:]
same_weights = np.array_equal(resumed_weights, weights)
print("same losses:", same_losses, "- same weights:", same_weights)

# %% Forget the optimizer
forgetful_losses, forgetful_weights = resume("forgetful", forget=True)
away = abs(forgetful_weights - weights).max()
print(f"second loss {forgetful_losses[1]:.2f}, not {resumed_losses[1]:.2f}")
print(f"weights up to {away:.2f} away in the end")
plt.figure(figsize=(6, 3.2))
late = range(saved_step + 1, 46)
plt.plot(late, forgetful_losses, "o:", color="gray", label="no optimizer")
plt.plot(range(1, 46), losses, color="#e0452c", label="never killed")
plt.plot(late, resumed_losses, ".", color="#e0452c", label="resumed")
plt.gca().set(xlabel="step", ylabel="loss on its batch", yscale="log")
plt.title("PyTorch: killed at step 25, resumed after step 20")
plt.legend()
plt.show()

# %% Forget the shuffle
other_losses, other_weights = resume("other", seed=1)
away = abs(other_weights - weights).max()
before, after = [
    np.random.default_rng([seed, 1]).permutation(1500) for seed in (0, 1)
]
missed = 1500 - len(np.union1d(before[:500], after[500:]))
print(f"weights up to {away:.2f} away in the end")
print(missed, "of 1500 images missed in the broken epoch")
