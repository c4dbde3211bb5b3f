"""Accuracy, precision, recall and F1 of a rare class, beside scikit-learn."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn import metrics as reference
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = (pixels[order] / 16).astype("float32")
labels = (digits[order] == 8).astype("float32")[:, None]  # (1797, 1)
train_images, test_images = images[:1347], images[1347:]
train_labels, test_labels = labels[:1347], labels[1347:]
print(len(test_labels), "test images,", int(test_labels.sum()), "eights")

# %% Train the same model
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
rng = np.random.default_rng(1)
model.set_weights([rng.normal(0, 0.1, (64, 1)), np.zeros(1)])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)
model.fit(
    train_images,
    train_labels,
    batch_size=64,
    epochs=20,
    shuffle=False,
    verbose=0,
)
weights = model.get_weights()[0]
logits = model.predict(test_images, verbose=0)  # (450, 1)
probabilities = keras.ops.sigmoid(logits)

# %% Score batch by batch
metrics = [
    keras.metrics.BinaryAccuracy(),
    keras.metrics.Precision(),
    keras.metrics.Recall(),
    keras.metrics.F1Score(average="micro", threshold=0.5),
]
pairs = tf.data.Dataset.from_tensor_slices((test_labels, probabilities))
batches = list(pairs.batch(64))
for metric in metrics:
    for batch in batches:
        metric.update_state(*batch)
scores = np.array([float(metric.result()) for metric in metrics])
predicted = np.array(probabilities > 0.5, "int32")
names = "accuracy", "precision", "recall", "f1"
for name, score in zip(names, scores):
    other = getattr(reference, f"{name}_score")(test_labels, predicted)
    print(f"{name:<10} {score:.3f}  scikit-learn {other:.3f}")

# %% Count the four cases
matrix = tf.math.confusion_matrix(test_labels[:, 0], predicted[:, 0]).numpy()
print(matrix)  # rows are the truth, columns what was predicted
figure, axis = plt.subplots(figsize=(4, 3.2))
shown = reference.ConfusionMatrixDisplay(matrix, display_labels=["no", "8"])
shown.plot(ax=axis, cmap="Oranges", colorbar=False)
axis.set_title("TensorFlow: is it an 8?")
plt.show()

# %% Guess the majority
never = []
for metric in metrics:
    metric.reset_state()
    metric.update_state(test_labels, np.zeros_like(logits))
    never.append(float(metric.result()))
never = np.array(never)
print("never an 8:", dict(zip(names, never.round(3).tolist())))

# %% Average over the classes
averages = []
both_labels = np.hstack([1 - test_labels, test_labels])  # (450, 2)
both = np.hstack([1 - probabilities, probabilities])
for average in "micro", "macro", "weighted":
    f1 = keras.metrics.F1Score(average=average)
    f1.update_state(both_labels, both)
    averages.append(float(f1.result()))
    other = reference.f1_score(test_labels, predicted, average=average)
    print(f"F1 {average:<8} {averages[-1]:.3f}  scikit-learn {other:.3f}")
