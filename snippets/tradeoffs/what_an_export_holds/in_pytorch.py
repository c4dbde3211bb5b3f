"""The operators in a file: what a small device must know how to compute."""

# %% Load
import numpy as np
import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import (
    XnnpackPartitioner,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from sklearn.datasets import load_digits
from torch import nn

pixels, _ = load_digits(return_X_y=True)
images = torch.tensor(pixels[:100] / 16, dtype=torch.float32)  # (100, 64)

# %% Define the network
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).eval()
rng = np.random.default_rng(0)
with torch.no_grad():
    for weight in model.parameters():
        start = rng.normal(0, 0.2, weight.shape[::-1])
        weight.copy_(torch.tensor(start.T))
    logits_model = model(images).numpy()


# %% Write the file
def write(backends):
    exported = torch.export.export(model, (images[:1],))
    program = to_edge_transform_and_lower(exported, partitioner=backends)
    return program.to_executorch()


program = write([])

# %% List the operators
plan = program.executorch_program.execution_plan[0]
operators = sorted(f"{op.name}.{op.overload}" for op in plan.operators)
print(*operators, sep="\n")
kernels = len(operators)

# %% Choose faster kernels
# When you export: what XNNPACK takes over leaves the list of operators.
faster = write([XnnpackPartitioner()])
plan = faster.executorch_program.execution_plan[0]
print("taken over by:", *[delegate.id for delegate in plan.delegates])
kernels_left = len(plan.operators)
print("operators left in the file:", kernels_left)


# %% Run it with both
def run(program):
    method = Runtime.get().load_program(program.buffer).load_method("forward")
    return np.concatenate([method.execute([x])[0] for x in images.split(1)])


logits_plain, logits_faster = run(program), run(faster)
apart = np.abs(np.stack([logits_plain, logits_faster]) - logits_model).max()
print("same as the model's:", apart < 1e-5)
