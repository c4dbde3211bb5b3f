"""One name, many compiled bodies: the types of a call choose one."""

# %% Write one function for whole numbers and fractions
import re

import torch
from sklearn.datasets import load_digits

images = torch.tensor(load_digits().images)  # (1797, 8, 8), 0 to 16


def halve(images, times=1):
    for _ in range(times):
        if images.is_floating_point():
            images = images / 2
        else:
            images = images // 2
    return images


# %% Compile it, and keep each body
bodies = []


def keep(graph, example_inputs):
    calls = [node for node in graph.graph.nodes if "call" in node.op]
    bodies.append([node.target.__name__ for node in calls])
    return graph.forward  # capture only: no C++ compiler to wait for


compiled = torch.compile(halve, backend=keep)

# %% Call it with several types
calls = {
    "int32": [images.to(torch.int32)],
    "float32": [images.to(torch.float32)],
    "float64": [images.to(torch.float64)],
    "float32 again": [images.to(torch.float32) + 1],
    "float32, three times": [images.to(torch.float32), 3],
}
sums, counts = [], []
for name, arguments in calls.items():
    before = len(bodies)
    sums.append(float(compiled(*arguments).numpy().sum()))
    counts.append(len(bodies))
    body = bodies[-1] if len(bodies) > before else ["an earlier body"]
    print(f"{name:<21}", *body)

# %% List the bodies
with torch.compiler.set_stance("fail_on_recompile"):
    try:
        compiled(images.to(torch.float16))
    except RuntimeError as error:
        print(*sorted(re.findall(r"\b0/\d: .*", str(error))), sep="\n")


# %% Pass objects with a method
class Halve:
    def call(self, images):
        return images / 2


class Invert:
    def call(self, images):
        return 16 - images


def process(images, step):
    return step.call(images)


bodies.clear()
compiled = torch.compile(process, backend=keep)
object_counts, means = [], []
for step in Halve(), Invert(), Halve():
    means.append(float(compiled(images, step).numpy().mean()))
    object_counts.append(len(bodies))
    print(f"{type(step).__name__:<6} bodies: {len(bodies)}")
two_classes = object_counts[:2]


# %% Override the method after the first call
def show(name):
    seen, expected = compiled(images, step), process(images, step)
    print(f"{name:<10} {seen.numpy().mean():.1f}, eagerly", end=" ")
    print(f"{expected.numpy().mean():.1f}")
    return float(seen.numpy().mean())


at_first = show("at first")
step.call = lambda images: images + 100  # this object's alone
on_object = show("on object")
del step.call
Halve.call = Invert.call  # for all objects of the class
in_class = show("in class")

# %% Ask for one body for all sizes
kinds = {
    "a body per size": {"dynamic": False},
    "a general one from the second size": {},
    "a general one at once": {"dynamic": True},
}
size_counts = []
for name, options in kinds.items():
    torch.compiler.reset()
    bodies.clear()
    compiled = torch.compile(lambda x: halve(x), backend=keep, **options)
    for size in 100, 200, 300, 400:
        compiled(images[:size])
    size_counts.append(len(bodies))
    print(f"{name:<35} {len(bodies)}")

# %% Solve two bodies for six calls
torch.compiler.reset()
bodies.clear()
two_bodies = torch.compile(halve, backend=keep, dynamic=True)
for size in 100, 200, 300:
    for dtype in torch.int32, torch.float32:
        two_bodies(images[:size].to(dtype))
solved = len(bodies)
print("bodies:", solved)
