"""Print inside a training step, stop inside it, read its traceback."""

# %% Load
import io
import linecache
import logging
import pdb
import re
import sys
import traceback

import numpy as np
import torch
from sklearn.datasets import load_wine
from torch import nn

raw, targets = load_wine(return_X_y=True)
scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)
features = torch.tensor(scaled, dtype=torch.float32)  # (178, 13)
labels = torch.tensor(targets)


# %% Write the model
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(13, 8)
        self.scores = nn.Linear(8, 3)
        rng = np.random.default_rng(0)
        with torch.no_grad():
            for weight in self.parameters():
                start = rng.normal(0, 0.3, weight.shape[::-1])
                weight.copy_(torch.tensor(start.T))

    def forward(self, features):
        hidden = torch.relu(self.hidden(features))  # (178, 8)
        print("hidden mean", hidden.mean().detach(), file=log)
        breakpoint()
        return self.scores(hidden)


def train(net, steps, compiled=False):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    if compiled:
        net.compile(backend="eager")  # captures graphs, writes no C++
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(features), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% Print in eager steps
sys.breakpointhook = lambda: None  # as PYTHONBREAKPOINT=0 does
log = io.StringIO()
eager_losses = train(Net(), steps=3)
eager_prints = log.getvalue().count("\n")
print(log.getvalue(), end="")

# %% Print in compiled steps
log = io.StringIO()
compiled_losses = train(Net(), steps=3, compiled=True)
compiled_prints = log.getvalue().count("\n")
print(log.getvalue(), end="")


# %% Print from the graph
class Printing(Net):
    def forward(self, features):
        hidden = torch.relu(self.hidden(features))
        torch._higher_order_ops.print("hidden mean {}", hidden.mean())
        return self.scores(hidden)


net = Printing()
net.compile(backend="eager", fullgraph=True)  # one graph, or an error
graph_losses = train(net, steps=3)


# %% Stop
class Scripted(pdb.Pdb):
    def precmd(self, line):  # shows what you would type
        print(line)
        return super().precmd(line)

    def print_stack_entry(self, stop, prefix=None):
        frame, number = stop  # without the number: edits move it
        line = linecache.getline(frame.f_code.co_filename, number)
        print(f"> {frame.f_code.co_name}()\n-> {line.strip()}")


def scripted():
    debugger = Scripted(stdin=io.StringIO(typed), stdout=sys.stdout)
    debugger.set_trace(sys._getframe(1))


sys.breakpointhook = scripted  # leave it out, and type yourself
typed = """p hidden.shape, hidden.mean()
!caught.append(hidden.detach().numpy())
continue
"""
caught = []
train(Net(), steps=1)
hidden_caught = np.concatenate(caught)


# %% Read the traceback
class Broken(Net):
    def forward(self, features):
        hidden = torch.relu(self.hidden(features))
        return self.scores(hidden) + features  # (178, 3) + (178, 13)


# torch.compile logs its own stack as well; the traceback will do.
logging.getLogger("torch._subclasses").setLevel(logging.CRITICAL)
code = Broken.forward.__code__
frame = rf'"{re.escape(code.co_filename)}", line (\d+), in .*\n(.*)'
named = {}
for compiled in False, True:
    try:
        train(Broken(), steps=1, compiled=compiled)
    except Exception as error:
        line, text = re.findall(frame, traceback.format_exc())[-1]
        print(type(error).__name__, "in:", text.strip())
        named[type(error).__name__] = int(line) - code.co_firstlineno
named_lines = list(named.values())  # two kinds of error, one line
