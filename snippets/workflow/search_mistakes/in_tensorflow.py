"""A search on the wrong scale, and a score that was chosen for being high."""

# %% Draw learning rates on two scales
import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna
from optuna.distributions import FloatDistribution
from sklearn.datasets import load_digits

optuna.logging.set_verbosity(optuna.logging.WARNING)


def draw(log, count):
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(sampler=sampler)
    space = {"rate": FloatDistribution(1e-4, 2, log=log)}
    return np.array([study.ask(space).params["rate"] for _ in range(count)])


shares = [np.mean(draw(log, 200) < 0.1) for log in (True, False)]
print(f"below 0.1: {shares[0]:.1%} on a log scale, {shares[1]:.1%} if not")

# %% Load
pixels, digits = load_digits(return_X_y=True)  # (1797, 64)
order = np.random.default_rng(0).permutation(len(pixels))
images = (pixels[order] / 16).astype("float32")
labels = digits[order]

# %% Train one model for each rate
rates = draw(True, 16)
dense = keras.layers.Dense(10, kernel_initializer="zeros")
model = keras.Sequential([keras.Input((64,)), dense])
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.SGD(), loss=criterion)
start = model.get_weights()
training = {"batch_size": 32, "shuffle": False, "verbose": 0}
right = []
for rate in rates:
    model.set_weights(start)
    model.optimizer.learning_rate = rate  # plain SGD has no other state
    model.fit(images[:512], labels[:512], **training)
    answers = model.predict_on_batch(images[512:]).argmax(axis=1)
    right.append(answers == labels[512:])
right = np.array(right)  # (16 models, 1285 images)
accuracies = right.mean(axis=1)
best = accuracies.argmax()
print(f"best rate {rates[best]:.2f}, accuracy {accuracies[best]:.3f}")

# %% Report what you chose by
rng = np.random.default_rng(2)
scores = []
for _ in range(1000):  # some images choose, others are asked as well
    few, others = np.split(rng.permutation(right.shape[1])[:150], [50])
    chosen = right[:, few].mean(axis=1).argmax()
    scores.append([right[chosen, few].mean(), right[chosen, others].mean()])
means = np.mean(scores, axis=0)
print(f"on the 50 that chose {means[0]:.3f}, on 100 others {means[1]:.3f}")

plt.figure(figsize=(6, 3.2))
surplus = np.diff(scores, axis=1)[:, 0]
plt.hist(-surplus, bins=20, color="#f59300")
plt.title("TensorFlow: how much the chosen score flatters")
plt.xlabel("accuracy on the 50 that chose, less on others")
plt.ylabel("choices of 1000")
plt.show()
