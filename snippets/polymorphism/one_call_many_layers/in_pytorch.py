"""One line, `x = layer(x)`, and every layer does its own work."""

# %% Load, and borrow trained weights
import torch
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from torch import nn

images, labels = load_digits(return_X_y=True)  # (1797, 64)
mean, spread = images[:1000].mean(axis=0), images[:1000].std()
trained = MLPClassifier(32, early_stopping=True, random_state=0)
trained.fit((images[:1000] - mean) / spread, labels[:1000])


# %% Write a layer of your own
class Standardise(nn.Module):
    def __init__(self, mean, spread):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).float())
        self.spread = float(spread)

    def forward(self, x):
        return (x - self.mean) / self.spread


# %% Write a callable that inherits nothing
class Temper:
    """Divides the scores, so that the network claims less."""

    def __init__(self, temperature):
        self.temperature = temperature

    def __call__(self, x):
        return x / self.temperature


# %% Put them beside layers of the framework
hidden_layer, output_layer = nn.Linear(64, 32), nn.Linear(32, 10)
for layer, kernel, bias in zip(
    [hidden_layer, output_layer],
    trained.coefs_,  # (inputs, outputs)
    trained.intercepts_,
    strict=True,
):
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.copy_(torch.tensor(bias))

layers = [
    Standardise(mean, spread),
    hidden_layer,
    torch.relu,  # a plain function
    output_layer,
    Temper(2.0),
    nn.Softmax(dim=-1),
]

# %% Call them all the same way
x = torch.tensor(images[1000:]).float()
outputs = []
with torch.no_grad():
    for layer in layers:
        x = layer(x)
        outputs.append(x.numpy())
        print(f"{type(layer).__name__:<28} {tuple(x.shape)}")
hidden, probabilities = outputs[2], outputs[-1]
accuracy = float((probabilities.argmax(axis=1) == labels[1000:]).mean())
print(f"accuracy on digits it never saw: {accuracy:.2f}")

# %% See what the call adds
x = torch.tensor(images[1000:]).float()
fresh = Standardise(mean, spread)
hooks = []
fresh.register_forward_hook(lambda *_: hooks.append("ran"))
fresh.forward(x)
added_by_method = len(hooks)
fresh(x)
added_by_call = len(hooks)
print("forward(x) ran", added_by_method, "hooks")
print("layer(x)   ran", added_by_call)

# %% Hand the list to the framework
accepted = []
for layer in layers:
    try:
        nn.Sequential(layer)
        accepted.append(1)
    except TypeError as error:
        accepted.append(0)
        print("refused:", error)
print("accepted:", accepted)


# %% Adapt what was refused
class Adapter(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


adapted_layers = [
    layer if isinstance(layer, nn.Module) else Adapter(layer)
    for layer in layers
]
model = nn.Sequential(*adapted_layers)
with torch.no_grad():
    adapted = model(x).numpy()
print([type(layer).__name__ for layer in model])


# %% Solve the temperature that learns
class LearntTemper(nn.Module):
    def __init__(self):
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        return x / self.temperature


scores, truth = torch.tensor(outputs[3]), torch.tensor(labels[1000:])
cross_entropy = nn.CrossEntropyLoss()
temper = LearntTemper()
optimizer = torch.optim.SGD(temper.parameters(), lr=0.5)
for _ in range(10):  # on the first half of the digits
    optimizer.zero_grad()
    cross_entropy(temper(scores[:400]), truth[:400]).backward()
    optimizer.step()
learnt = temper.temperature.item()
losses = []
with torch.no_grad():  # on the other half
    for layer in [Temper(2.0), Temper(1.0), temper]:
        losses.append(cross_entropy(layer(scores[400:]), truth[400:]).item())
print("temperature:", round(learnt, 2))
print("losses:", [round(loss, 3) for loss in losses])
