"""Two processes train on the halves of a batch what one trains on it."""

# %% Load
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels[:640] / 16, dtype=torch.float32).split(64)
labels = torch.tensor(targets[:640]).split(64)  # ten batches of 64

# %% Define the model
rng = np.random.default_rng(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
with torch.no_grad():
    for layer in model[0], model[2]:
        kernel = rng.normal(0, 0.2, layer.weight.T.shape)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()
torch.save([images, labels, model.state_dict()], "start.pt")

# %% Train alone
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
gradients = []
for batch, targets in zip(images, labels):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(batch), targets).backward()
    gradients.append(model[0].weight.grad.T.clone())
    optimizer.step()
gradient = gradients[0].numpy()  # (64, 32)
weights = model[0].weight.detach().T.numpy()

# %% Write the training in two
Path("train.py").write_text("""
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

dist.init_process_group("gloo")  # "nccl" on GPUs
rank, world_size = dist.get_rank(), dist.get_world_size()
images, labels, weights = torch.load("start.pt")
criterion = nn.CrossEntropyLoss(reduction="none")


def train(scaled):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    model.load_state_dict(weights)
    parallel = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(parallel.parameters(), lr=0.5)
    gradients = []
    for batch, targets in zip(images, labels):
        mine = slice(rank, None, world_size)  # every other image
        losses = criterion(parallel(batch[mine]), targets[mine])
        optimizer.zero_grad()
        scaled(losses).backward()  # averages over the processes
        gradients.append(model[0].weight.grad.T.clone())
        optimizer.step()
    return gradients[0], model[0].weight.detach().T


mean = train(lambda losses: losses.mean())
share = train(lambda losses: losses.sum() / 64)
torch.save([mean, share], f"rank{rank}.pt")
dist.destroy_process_group()
""")

# %% Train in two
launch = "torch.distributed.run --standalone --nproc-per-node 2 train.py"
subprocess.run(  # in a terminal: torchrun --standalone …
    [sys.executable, "-m", *launch.split()],
    capture_output=True,
    check=True,
    timeout=100,
)
(mean, share), (other, _) = [torch.load(f"rank{rank}.pt") for rank in (0, 1)]
both_gradient = mean[0].numpy()
both_weights = np.stack([mean[1], other[1]])  # (2, 64, 32)
apart = np.ptp([weights, *both_weights], axis=0).max()
print("three times the same weights:", apart < 1e-6)

# %% Take the recipe of the other framework
factor = np.linalg.norm(share[0]) / np.linalg.norm(gradient)
print("gradients times", factor.round(3))
off_by = max(factor, 1 / factor)
