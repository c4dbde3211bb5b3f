"""The area under the ROC curve, and the threshold that it leaves open."""

# %% Load
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn import metrics as reference
from sklearn.datasets import load_digits
from torch import nn
from torchmetrics.classification import (
    BinaryAUROC,
    BinaryAveragePrecision,
    BinaryPrecisionRecallCurve,
    BinaryROC,
)

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = torch.tensor(pixels / 16, dtype=torch.float32)
labels = torch.tensor(digits == 8, dtype=torch.float32)
train, validation, test = np.split(order, [897, 1347])

# %% Train until it is sure
model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 1))
rng = np.random.default_rng(1)
with torch.no_grad():
    for layer in model[::2]:
        size = layer.in_features, layer.out_features
        kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
        layer.weight.copy_(torch.tensor(kernel.T))
        layer.bias.zero_()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
for _ in range(40):
    for batch, truth in zip(images[train].split(64), labels[train].split(64)):
        optimizer.zero_grad()
        criterion(model(batch).squeeze(1), truth).backward()
        optimizer.step()
weights = model[2].weight.detach().T.numpy()
with torch.no_grad():
    probabilities = model(images).squeeze(1).sigmoid()
truth, scores = labels[test].int(), probabilities[test]
nearly_zero = (scores < 0.005).float().mean().item()
print(f"below 0.005: {nearly_zero:.0%} of the probabilities")

# %% Measure the area
default_area = BinaryAUROC()(scores, truth).item()
binned_area = BinaryAUROC(thresholds=200)(scores, truth).item()
print(f"default {default_area:.3f}  200 thresholds {binned_area:.3f}")

# %% Take the scores as thresholds
exact_area = BinaryAUROC(thresholds=None)(scores, truth).item()
other = reference.roc_auc_score(truth, scores)
print(f"exact {exact_area:.4f}  scikit-learn {other:.4f}")

# %% Measure the area of precision and recall
precision_area = BinaryAveragePrecision()(scores, truth).item()
average_precision = reference.average_precision_score(truth, scores)
print(f"area {precision_area:.4f}  scikit-learn {average_precision:.4f}")

# %% Draw the curves
false_rate, hit_rate, _ = BinaryROC()(scores, truth)
precision, recall, _ = BinaryPrecisionRecallCurve()(scores, truth)
figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3.2))
left.plot(false_rate, hit_rate, color="#e0452c")
left.set(title="PyTorch: ROC", xlabel="false alarms", ylabel="hits")
right.plot(recall, precision, color="#e0452c")
right.set(title="Precision, recall", xlabel="recall", ylabel="precision")
plt.show()


# %% Choose the threshold on the validation set
def best_threshold(part):
    curve = BinaryPrecisionRecallCurve()
    precision, recall, levels = curve(probabilities[part], labels[part].int())
    f1 = 2 * precision * recall / (precision + recall).clip(1e-9)
    return levels[f1[:-1].argmax()].item()


threshold = best_threshold(validation)
at_half = reference.f1_score(truth, scores > 0.5)
as_chosen = reference.f1_score(truth, scores >= threshold)
print(f"F1 at 0.5 {at_half:.3f}, at {threshold:.4f} {as_chosen:.3f}")

# %% Choose on the test set, and score the answers
flattered_f1 = reference.f1_score(truth, scores >= best_threshold(test))
print(f"F1 with the threshold chosen on test: {flattered_f1:.3f}")
area_of_answers = BinaryAUROC()((scores > 0.5).float(), truth).item()
print(f"area of answers, not of scores: {area_of_answers:.3f}")
