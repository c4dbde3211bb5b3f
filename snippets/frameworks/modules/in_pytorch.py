"""A network as a class: its children, its weights, its two modes."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = torch.tensor(load_digits().data / 16, dtype=torch.float32)


# %% Write the class
class Net(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.hidden = nn.ModuleList(
            [nn.Linear(64, units), nn.Linear(units, units)]
        )
        self.dropout = nn.Dropout(0.5)
        self.scores = nn.LazyLinear(10)  # how many inputs, it will see

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.scores(self.dropout(x))


# %% Build it by calling it
def count(module):
    made = [w for w in module.parameters() if not nn.parameter.is_lazy(w)]
    return sum(weight.numel() for weight in made)


net = Net(32)
early_count = count(net)
net(images[:1])
late_count = count(net)
print("weights before the first call:", early_count, "- after:", late_count)


# %% Forget a list
class Forgetful(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(64, 32)]  # a list of Python's


forgetful_count = count(Forgetful())
print("weights found in a plain list:", forgetful_count)

# %% Name the weights, and fill them in order
rng = np.random.default_rng(0)
sizes = []
with torch.no_grad():
    for name, weight in net.named_parameters():
        start = rng.normal(0, 0.1, weight.shape[::-1])  # (inputs, outputs)
        weight.copy_(torch.tensor(start.T))
        sizes.append(weight.numel())
        print(f"{name:<15}", tuple(weight.shape))


# %% Train, then predict
def varies():
    with torch.no_grad():
        return not torch.equal(net(images), net(images))


default_varies = varies()  # a new module is in training mode
net.train()
told = [varies()]
net.eval()
told.append(varies())
print("two calls differ:", default_varies, "when told:", told)

# %% Look inside
seen = []
hook = net.hidden[0].register_forward_hook(
    lambda layer, inputs, output: seen.append(output)
)
logits = net(images).detach().numpy()
hook.remove()
inside = torch.relu(seen[0]).detach().numpy()
print("inside:", inside.shape, "logits:", logits[0, :3].round(3))

# %% Make another like it
# Its arguments are yours to remember; the file holds weights alone.
another = Net(units=32).eval()
another.load_state_dict(net.state_dict())  # gives the lazy layer a shape
another_logits = another(images).detach().numpy()
print("the same:", np.allclose(another_logits, logits))
