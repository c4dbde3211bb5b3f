"""A new interpreter imports the framework and ends."""

# %% Start a new interpreter
import subprocess
import sys

import numpy as np

program = """
import torch
print(torch.finfo(torch.float32).max)
"""


def start(program=program):
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True)


# %% Read what it printed
ended = start()
exit_status = ended.returncode
largest = np.float32(ended.stdout)  # of the numbers in float32
print("exit status:", exit_status)
print("largest float32:", largest)

# %% Ask what came along
names = "numpy", "torch.nn", "torch._inductor"
ended = start(
    f"import sys, torch\nprint(*[name in sys.modules for name in {names}])"
)
for name, loaded in zip(names, ended.stdout.split()):
    print(f"{name:<16}", loaded)
