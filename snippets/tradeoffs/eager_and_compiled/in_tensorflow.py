"""One training step, run eagerly, as a graph and as machine code."""

# %% Load
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

pixels, targets = load_digits(return_X_y=True)
images = tf.constant(pixels / 16, dtype=tf.float32)  # (1797, 64)
labels = tf.constant(targets)

# %% Define the model
rng = np.random.default_rng(0)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10),
    ]
)
for layer in model.layers:
    size = layer.kernel.shape
    kernel = rng.normal(0, np.sqrt(2 / size[0]), size)
    layer.set_weights([kernel, np.zeros(layer.units)])

# %% Run it eagerly
criterion = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def step(images, labels):
    # With the tape inside, forward and backward are one graph.
    with tf.GradientTape() as tape:
        loss = criterion(labels, model(images, training=True))
    return loss, tape.gradient(loss, model.layers[0].kernel)


def run(step):
    loss, gradient = step(images, labels)
    return float(loss), gradient.numpy()


results = [run(step)]
print("loss:", round(results[-1][0], 4))

# %% Capture a graph
graph = tf.function(step)
results.append(run(graph))
print("loss:", round(results[-1][0], 4))
nodes = graph.get_concrete_function(images, labels).graph.get_operations()
print("operations, forward and backward:", len(nodes))

# %% Generate machine code
machine = tf.function(step, jit_compile=True)  # XLA writes it
results.append(run(machine))
print("loss:", round(results[-1][0], 4))
built = machine.experimental_get_compiler_ir(images, labels)
programs = built(stage="optimized_hlo").count("ENTRY")
print("programs:", programs)

losses = [loss for loss, gradient in results]
gradients = np.stack([gradient for loss, gradient in results])

# %% Feed seven lengths
lengths = range(50, 400, 50)
warnings = []
# Collects the warnings here instead of sending them to stderr.
tf.get_logger().addFilter(lambda w: warnings.append(w.getMessage()))


def count_graphs(**options):
    graphs = []

    def counted(images, labels):
        graphs.append(images.shape)  # Python runs only while tracing
        return step(images, labels)

    compiled = tf.function(counted, **options)
    results, so_far = [], []
    for length in lengths:
        loss, _ = compiled(images[:length], labels[:length])
        results.append(float(loss))
        so_far.append(len(graphs))
    return results, so_far


length_losses, default_graphs = count_graphs()
print("graphs so far:", default_graphs)
said = warnings[0].split("> ")[1].split(". ")[0]
print(f"{len(warnings)} warnings: … {said}")

# %% Ask for what you want
shapes = [
    tf.TensorSpec([None, 64], tf.float32),
    tf.TensorSpec([None], tf.int64),
]
policies = {
    "one for each length": {},  # the default
    "general from the second on": {"reduce_retracing": True},
    "one for all lengths": {"input_signature": shapes},
}
plt.figure(figsize=(6, 3.2))
graph_counts = []
for name, options in policies.items():
    graph_counts.append(count_graphs(**options)[1])
    plt.plot(lengths, graph_counts[-1], "o-", label=name)
    print(f"{name:<27}", graph_counts[-1])
plt.gca().set(xlabel="images in the batch", ylabel="graphs so far")
plt.title("TensorFlow: graphs for seven lengths")
plt.legend()
plt.show()
