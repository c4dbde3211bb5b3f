"""A new interpreter imports the framework and ends."""

# %% Start a new interpreter
import subprocess
import sys

import numpy as np

program = """
import tensorflow as tf
print(tf.float32.max)
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
names = "numpy", "keras", "tensorflow.lite"
ended = start(
    "import sys, tensorflow\n"
    f"print(*[name in sys.modules for name in {names}])"
)
for name, loaded in zip(names, ended.stdout.split()):
    print(f"{name:<16}", loaded)
