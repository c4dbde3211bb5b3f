"""Let NumPy and a tensor work on the same memory, without a copy."""

# %% Load
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from skimage import data

photo = data.camera().astype("float32") / 255  # (512, 512)

# %% Begin at a multiple of 64 bytes
buffer = np.empty(photo.nbytes + 64, dtype="uint8")
begin = -buffer.ctypes.data % 64
aligned = buffer[begin : begin + photo.nbytes]
aligned = aligned.view("float32").reshape(photo.shape)
aligned[:] = photo

# %% Lend an array to the framework
tensor = torch.from_dlpack(aligned)
row_means = [tensor.mean(dim=1).numpy()]
aligned[100:200] = 0  # a write in NumPy, after the tensor was made
row_means.append(tensor.mean(dim=1).numpy())
row_means = np.stack(row_means)
changed = np.flatnonzero(row_means[0] != row_means[1])
print("rows of the tensor that changed:", changed[0], "to", changed[-1])

# %% Lend a tensor to NumPy
tensor = torch.arange(6.0)
view = np.from_dlpack(tensor)
print(view)
same_memory = np.shares_memory(view, np.from_dlpack(tensor))
print("one memory, both times:", same_memory)
copied_by_numpy = not np.shares_memory(view, tensor.numpy())
print("copied by .numpy():", copied_by_numpy)

# %% Write through the view
may_write = view.flags.writeable
try:
    view[0] = 7
except ValueError as error:
    print(error)
print("first element of the tensor:", tensor[0].item())

# %% Lend an array that is read-only
frozen = np.arange(6, dtype="float32")
frozen.flags.writeable = False
try:
    tensor = torch.from_dlpack(frozen)
    tensor[0] = 7
    read_only_lent = True
except BufferError as error:
    print(error)
    read_only_lent = False
print("first element of the array:", frozen[0])

# %% Lend memory that begins anywhere
program = """
import numpy as np
import torch

array = np.ones(7, dtype="float32")[1:]  # begins 4 bytes later
tensor = torch.from_dlpack(array)
print(tensor.sum())
"""
Path("lend.py").write_text(program)
command = [sys.executable, "lend.py"]
child = subprocess.run(command, capture_output=True, text=True)
survived = child.returncode == 0
print("the process survived:", survived)
for complaint in re.findall(r"Check failed: \w+", child.stderr):
    print(complaint)
