"""The area under the ROC curve, and the threshold that it leaves open."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn import metrics as reference
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = (pixels / 16).astype("float32")
labels = (digits == 8).astype("float32")[:, None]  # (1797, 1)
train, validation, test = np.split(order, [897, 1347])

# %% Train until it is sure
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1),
    ]
)
rng = np.random.default_rng(1)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)
training = {"batch_size": 64, "epochs": 40, "shuffle": False, "verbose": 0}
model.fit(images[train], labels[train], **training)
weights = model.layers[1].kernel.numpy()
logits = model.predict(images, verbose=0)
probabilities = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))
truth, scores = labels[test], probabilities[test]
nearly_zero = np.mean(scores < 0.005)
print(f"below 0.005: {nearly_zero:.0%} of the probabilities")

# %% Measure the area
default_area = float(keras.metrics.AUC()(truth, scores))
binned_area = float(keras.metrics.AUC(num_thresholds=200)(truth, scores))
print(f"default {default_area:.3f}  200 thresholds {binned_area:.3f}")

# %% Take the scores as thresholds
levels = np.unique(scores).tolist()
exact_area = float(keras.metrics.AUC(thresholds=levels)(truth, scores))
other = reference.roc_auc_score(truth, scores)
print(f"exact {exact_area:.4f}  scikit-learn {other:.4f}")

# %% Measure the area of precision and recall
precision_recall = keras.metrics.AUC(curve="PR", thresholds=levels)
precision_area = float(precision_recall(truth, scores))
average_precision = reference.average_precision_score(truth, scores)
print(f"area {precision_area:.4f}  scikit-learn {average_precision:.4f}")

# %% Draw the curves
false_rate, hit_rate, _ = reference.roc_curve(truth, scores)
precision, recall, _ = reference.precision_recall_curve(truth, scores)
figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3.2))
left.plot(false_rate, hit_rate, color="#f59300")
left.set(title="TensorFlow: ROC", xlabel="false alarms", ylabel="hits")
right.plot(recall, precision, color="#f59300")
right.set(title="Precision, recall", xlabel="recall", ylabel="precision")
plt.show()


# %% Choose the threshold on the validation set
def best_threshold(part):
    curve = reference.precision_recall_curve
    precision, recall, levels = curve(labels[part], probabilities[part])
    f1 = 2 * precision * recall / (precision + recall).clip(1e-9)
    return levels[f1[:-1].argmax()].item()


threshold = best_threshold(validation)
at_half = reference.f1_score(truth, scores > 0.5)
as_chosen = reference.f1_score(truth, scores >= threshold)
print(f"F1 at 0.5 {at_half:.3f}, at {threshold:.4f} {as_chosen:.3f}")

# %% Choose on the test set, and score the answers
flattered_f1 = reference.f1_score(truth, scores >= best_threshold(test))
print(f"F1 with the threshold chosen on test: {flattered_f1:.3f}")
area_of_answers = float(keras.metrics.AUC()(truth, scores > 0.5))
print(f"area of answers, not of scores: {area_of_answers:.3f}")
