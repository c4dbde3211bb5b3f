"""How much arithmetic an operation does for each byte that it moves."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

pixels = data.retina().astype("float32") / 255  # (1411, 1411, 3)
distances = np.subtract.outer(np.arange(1411), np.arange(1411))
weights = np.exp(-(distances**2) / 8)
weights /= weights.sum(axis=1, keepdims=True)

# %% Define three operations
photo = torch.tensor(pixels)
green = torch.tensor(pixels[:, :, 1])  # (1411, 1411)
kernel = torch.tensor(weights, dtype=torch.float32)


def photograph():
    return (photo,)


def contrast(photo):  # four operations on each number
    return photo * photo * (3 - 2 * photo)


def product(kernel, photo):
    return kernel @ photo


work = {
    "contrast": (contrast, photograph()),
    "matrix @ matrix": (product, (kernel, green)),
    "matrix @ column": (product, (kernel, green[:, 700:701])),
}
results = [call(*inputs).numpy() for call, inputs in work.values()]
contrasted, blurred, column = results

# %% Count the arithmetic
aten = torch.ops.aten
one_each = dict.fromkeys(  # what the counter does not know
    [aten.mul, aten.rsub], lambda *shapes, out_shape: out_shape.numel()
)


def count_flops(call, inputs, formulas=one_each):
    with FlopCounterMode(display=False, custom_mapping=formulas) as counter:
        call(*inputs)
    return counter.get_total_flops()


flops = [count_flops(*item) for item in work.values()]
for name, number in zip(work, flops):
    print(f"{name}: {number:,} operations")
as_it_comes = count_flops(*work["contrast"], formulas=None)
print(f"contrast, as the counter comes: {as_it_comes:,}")


# %% Count the bytes
def count_bytes(call, inputs):
    module = nn.Module()
    module.forward = call
    moved = 0
    for node in torch.export.export(module, inputs).graph.nodes:
        if node.op == "call_function":
            tensors = [node, *node.all_input_nodes]
            moved += sum(tensor.meta["val"].nbytes for tensor in tensors)
    return moved, sum(t.nbytes for t in [*inputs, call(*inputs)])


moved = np.array([count_bytes(*item) for item in work.values()])
intensity = np.array(flops)[:, None] / moved
print("operations a byte: line by line, fused")
for name, numbers in zip(work, intensity):
    print(f"{name}: {numbers[0]:.2f}, {numbers[1]:.2f}")

# %% Draw the roofline
# An imagined machine: 1000 billion operations, 100 billion bytes a second.
across = np.logspace(-1.5, 3, 200)
plt.figure(figsize=(6, 3.2))
plt.loglog(across, np.minimum(1000, 100 * across), color="grey")
for name, both, marker in zip(work, intensity, "osx"):
    plt.plot(both, np.minimum(1000, 100 * both), f"{marker}-", label=name)
plt.gca().set(xlabel="operations a byte", ylabel="at most, billion a second")
plt.title("PyTorch: three operations under a roof")
plt.legend()
plt.show()
