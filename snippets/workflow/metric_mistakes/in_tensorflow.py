"""Five wrong scores that raise no error."""

# %% Load
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = (pixels[order] / 16).astype("float32")
labels = (digits[order] == 8).astype("float32")[:, None]  # (1797, 1)
train_images, test_images = images[:1347], images[1347:]
train_labels, test_labels = labels[:1347], labels[1347:]

# %% Train the same model
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
rng = np.random.default_rng(1)
model.set_weights([rng.normal(0, 0.1, (64, 1)), np.zeros(1)])
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.Recall()],
)
training = {"batch_size": 64, "epochs": 20, "shuffle": False, "verbose": 0}
model.fit(train_images, train_labels, **training)
weights = model.get_weights()[0]
train_logits = model.predict(train_images, verbose=0)
logits = model.predict(test_images, verbose=0)  # (450, 1)
probabilities = keras.ops.sigmoid(logits)

# %% Average the batches
precision = keras.metrics.Precision()
by_batch = []
pairs = tf.data.Dataset.from_tensor_slices((test_labels, probabilities))
for batch in pairs.batch(64):
    precision.reset_state()  # or it would be of all batches so far
    by_batch.append(float(precision(*batch)))
print("precision by batch:", np.round(by_batch, 2))
batch_mean = np.mean(by_batch)
precision.reset_state()
of_the_set = float(precision(test_labels, probabilities))
print(f"their mean {batch_mean:.3f}, precision of the set {of_the_set:.3f}")

# %% Forget to reset
precision.reset_state()
precision.update_state(train_labels, keras.ops.sigmoid(train_logits))
precision.update_state(test_labels, probabilities)  # without another reset
not_reset = float(precision.result())
print(f"precision of the test set, after that of training {not_reset:.3f}")

# %% Score the logits
loss, recall_of_logits = model.evaluate(test_images, test_labels, verbose=0)
print(f"recall of the logits          {recall_of_logits:.3f}")
matched = float(keras.metrics.Recall(thresholds=0.0)(test_labels, logits))
print(f"with a threshold of 0         {matched:.3f}")

# %% Score the logits of a small batch
few = (logits > 0) & (logits < 1)  # an 8, and not very sure
recall_of_few = float(keras.metrics.Recall()(test_labels[few], logits[few]))
print(f"recall of logits from 0 to 1  {recall_of_few:.3f}")
recall = keras.metrics.Recall(thresholds=0.0)
few_matched = float(recall(test_labels[few], logits[few]))
print(f"with a threshold of 0         {few_matched:.3f}")

# %% Take the defaults
predicted = np.array(probabilities > 0.5, "int32")
default_f1 = keras.metrics.F1Score()(test_labels, probabilities).numpy()[0]
print(f"F1 of an 8                    {default_f1:.3f}")
accuracy = keras.metrics.Accuracy()(test_labels, predicted)
default_accuracy = float(accuracy)
print(f"accuracy                      {default_accuracy:.3f}")
f1 = keras.metrics.F1Score(threshold=0.5)
f1_matched = f1(test_labels, probabilities).numpy()[0]
accuracy_matched = default_accuracy  # Accuracy compares two answers
print(f"meant                         {f1_matched:.3f} {accuracy_matched:.3f}")
