"""Sixteen lines from old tutorials: gone, warned about, or still fine."""

# %% Collect old lines and new ones
import logging
import warnings
from collections import Counter
from importlib import import_module

import torch
import torchvision
from torch import nn

# Importing torchao 0.18 logs a notice about its own code.
logging.getLogger("torch.utils._pytree").setLevel(logging.ERROR)
quantization = import_module("torchao.quantization")

x = torch.tensor([[1.0, 2.0], [2.0, 5.0]])
layer = nn.Sequential(nn.Linear(2, 2))
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
names = {
    "torch": torch,
    "nn": nn,
    "schedules": torch.optim.lr_scheduler,
    "models": torchvision.models,
    **vars(quantization),
    "x": x,
    "layer": layer,
    "weights": list(layer.parameters()),
    "optimizer": optimizer,
}

old_to_new = {
    "torch.autograd.Variable(x)": "torch.ones(2, requires_grad=True)",
    "torch.autograd.Variable(x, volatile=True)": "torch.no_grad()",
    "x.mean().data[0]": "x.mean().item()",
    "torch.rfft(x, 1)": "torch.fft.rfft(x)",
    "torch.symeig(x)": "torch.linalg.eigh(x)",
    "torch.jit.script(layer)": "torch.compile(layer)",
    "torch.jit.trace(layer, x)": "torch.export.export(layer, (x,))",
    "torch.ao.quantization.quantize_dynamic(layer)": (
        "quantize_(layer, Int8WeightOnlyConfig())"
    ),
    "torch.cuda.amp.autocast()": "torch.amp.autocast('cpu')",
    "torch.set_default_tensor_type('torch.FloatTensor')": (
        "torch.set_default_dtype(torch.float32)"
    ),
    "nn.init.xavier_uniform(x)": "nn.init.xavier_uniform_(x)",
    "nn.utils.clip_grad_norm(weights, 1)": (
        "nn.utils.clip_grad_norm_(weights, 1)"
    ),
    "nn.utils.weight_norm(nn.Linear(2, 2))": (
        "nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))"
    ),
    "nn.MSELoss(size_average=False)": "nn.MSELoss(reduction='sum')",
    "schedules.StepLR(optimizer, 1, verbose=True)": (
        "schedules.StepLR(optimizer, 1).get_last_lr()"
    ),
    "models.squeezenet1_1(pretrained=False)": (
        "models.squeezenet1_1(weights=None)"
    ),
}


# %% Run the old lines
def outcome(line):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            eval(line, names)
        except Exception:  # AttributeError, TypeError, RuntimeError
            return "gone"
    return "warns" if caught else "works"


before = [outcome(old) for old in old_to_new]
for old, found in zip(old_to_new, before):
    print(found, old)

# %% Run the new lines
after = [outcome(new) for new in old_to_new.values()]
replaced = [found == "works" for found in after]
tally = [Counter(before)[found] for found in ("gone", "warns", "works")]
print("gone, warns, works:", *tally)
