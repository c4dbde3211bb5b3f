"""The same program on one machine and on two, each with half of the data."""

# %% Write what each machine runs
import os
import socket
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
from torch.utils.data import DistributedSampler

Path("worker.py").write_text("""
import numpy as np
import torch
import torch.distributed as dist
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

dist.init_process_group("gloo")  # reads the environment and connects
rank, machines = dist.get_rank(), dist.get_world_size()
pixels, targets = load_digits(return_X_y=True)
images = torch.tensor(pixels[:1792] / 16, dtype=torch.float32)
dataset = TensorDataset(images, torch.tensor(targets[:1792]))
sampler = DistributedSampler(dataset, shuffle=False)  # this one's share
loader = DataLoader(dataset, batch_size=64 // machines, sampler=sampler)
rng = np.random.default_rng(0)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
with torch.no_grad():
    for layer in model[0], model[2]:
        kernel = rng.normal(0, 0.2, layer.weight.T.shape)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()
parallel = DistributedDataParallel(model)
optimizer = torch.optim.SGD(parallel.parameters(), lr=0.5)
seen = []
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(parallel(images), labels).backward()
    optimizer.step()
    seen.extend(labels)
weights = model[0].weight.detach().T
np.savez(f"{rank}of{machines}", seen=seen, weights=weights)
dist.destroy_process_group()
""")


# %% Start the machines
def run(machines):
    with socket.create_server(("localhost", 0)) as server:
        port = str(server.getsockname()[1])  # a free one
    workers, command = [], [sys.executable, "worker.py"]
    for rank in range(machines):
        place = {"MASTER_ADDR": "localhost", "MASTER_PORT": port}
        place |= {"WORLD_SIZE": str(machines), "RANK": str(rank)}
        variables = os.environ | place
        workers.append(Popen(command, env=variables, stderr=PIPE))
    for worker in workers:
        errors = worker.communicate(timeout=100)[1]
        assert worker.returncode == 0, errors.decode()
    return [np.load(f"{rank}of{machines}.npz") for rank in range(machines)]


# %% Train on one, then on two
alone, first, second = *run(1), *run(2)
weights = np.stack([m["weights"] for m in (alone, first, second)])
apart = np.ptp(weights, axis=0).max()
print("three times the same weights:", apart < 1e-6)
seen = np.stack([first["seen"], second["seen"]], axis=1)  # (896, 2)
print("every image once:", np.array_equal(seen.ravel(), alone["seen"]))

# %% Divide what cannot be halved
samplers = [DistributedSampler(range(1797), 2, rank) for rank in (0, 1)]
counts = [len(sampler) for sampler in samplers]
print("of 1797 images:", counts)
