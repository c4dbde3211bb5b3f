"""Two devices share the weights as well: each holds half of them."""

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

# %% Train with whole weights
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for batch, targets in zip(images, labels):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(batch), targets).backward()
    optimizer.step()
whole = model[0].weight.detach().T.numpy()  # (64, 32)
needed = sum(weight.nbytes for weight in model.parameters())

# %% Train with halves
Path("train.py").write_text("""
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

dist.init_process_group("gloo")  # "nccl" on GPUs
rank, world_size = dist.get_rank(), dist.get_world_size()
mesh = init_device_mesh("cpu", (world_size,))
images, labels, weights = torch.load("start.pt")
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
model.load_state_dict(weights)
for module in model[0], model[2], model:
    fully_shard(module, mesh=mesh)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for batch, targets in zip(images, labels):
    mine = slice(rank, None, world_size)
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(batch[mine]), targets[mine]).backward()
    optimizer.step()
held = sum(weight.to_local().nbytes for weight in model.parameters())
torch.save([held, model[0].weight.to_local().T], f"{rank}.pt")
dist.destroy_process_group()
""")
launch = "torch.distributed.run --standalone --nproc-per-node 2 train.py"
subprocess.run(  # in a terminal: torchrun --standalone …
    [sys.executable, "-m", *launch.split()],
    capture_output=True,
    check=True,
    timeout=100,
)

# %% Look at what each holds
results = [torch.load(f"{rank}.pt") for rank in (0, 1)]
held = [needed, *[result[0] for result in results]]
print("bytes needed and held:", held)
parts = [result[1].numpy(force=True) for result in results]
print("parts of the first kernel:", parts[0].shape, parts[1].shape)
sharded = np.concatenate(parts, axis=1)
apart = np.abs(sharded - whole).max()
print("the same weights:", apart < 1e-6)
