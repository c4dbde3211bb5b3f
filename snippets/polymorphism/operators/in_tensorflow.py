"""Which of two sides answers to a sign, and in which type?"""

# %% Mix numbers
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

for total in (True + 2, True + 2.5, 2 + 2.5):
    print(total, type(total).__name__)

# %% Mix tensors
image = load_digits().images[1]  # (8, 8), ink from 0 to 16
pixels = tf.constant(image, tf.uint8)
whole = tf.constant(image, tf.int32)
decimal = tf.constant(image / 16, tf.float32)
double = tf.constant(image / 16, tf.float64)

try:
    whole + decimal
except tf.errors.InvalidArgumentError as error:
    print("whole + decimal:", str(error).split(" [")[0])
mixed = tf.cast(whole, tf.float32) + decimal


def bits(name, call):
    try:
        dtype = call().dtype
    except tf.errors.InvalidArgumentError:
        dtype = None
    print(f"{name:<17}{dtype.name if dtype else 'refused'}")
    return dtype.size * 8 if dtype else 0


tensors = [
    bits("pixels + whole", lambda: pixels + whole),
    bits("whole + decimal", lambda: whole + decimal),
    bits("decimal + double", lambda: decimal + double),
]

# %% Mix a tensor and a number
weak = [
    bits("pixels + 1", lambda: pixels + 1),
    bits("decimal + 1", lambda: decimal + 1),
    bits("double + 0.5", lambda: double + 0.5),
]
with_fraction = bits("whole + 0.5", lambda: whole + 0.5)
halved = bits("whole / 2", lambda: whole / 2)

# %% Leave the range of a dtype
print("most ink:", int(tf.reduce_max(pixels)))
brighter = pixels * 16  # from 0 to 256, in 8 bits
print("16 times that:", int(brighter[pixels == 16][0]))


# %% Give a type of your own its signs
class Levels:
    """Ink in whole steps, as a scanner stores it."""

    def __init__(self, numbers, step):
        self.numbers, self.step = numbers, step

    def values(self):
        return tf.cast(self.numbers, tf.float32) * self.step

    def __add__(self, other):
        if isinstance(other, Levels):
            return self.values() + other.values()
        if isinstance(other, int | float | np.ndarray | tf.Tensor):
            other = tf.convert_to_tensor(other, tf.float32)
            return self.values() + other
        return NotImplemented  # the other side may know

    __radd__ = __add__  # a sum has no order

    def __matmul__(self, other):
        return self.values() @ other

    def __rmatmul__(self, other):  # a product has one
        return other @ self.values()

    def __getitem__(self, key):
        return Levels(self.numbers[key], self.step)


# %% Put it on either side
levels = Levels(pixels, 1 / 16)
added = [levels + 1, 1 + levels, decimal + levels, levels + levels]
added = [float(tf.reduce_sum(result)) for result in added]
turned = tf.transpose(decimal)
row = (levels[2] + 0).numpy()
product, reversed_product = levels @ turned, turned @ levels
print("added:", added)
print("product:", round(float(tf.reduce_sum(product)), 3))
print("reversed:", round(float(tf.reduce_sum(reversed_product)), 3))
try:
    levels + "ink"
except TypeError as error:
    print(error)


# %% Ask who answers
class Guest:
    def __add__(self, other):
        return "the guest"

    __radd__ = __gt__ = __add__  # for x < guest Python asks guest > x


class Listed(Guest):
    def __len__(self):
        return 8

    def __getitem__(self, number):
        return [[0.0] * 8 for _ in range(8)][number]


def asked(name, call):
    try:
        answer = call()
        answer = answer if isinstance(answer, str) else "the tensor"
    except (TypeError, ValueError):
        answer = "nobody"
    print(f"{name:<17}{answer}")
    return int(answer == "the guest")


plain_guest = [
    asked("guest + tensor", lambda: Guest() + decimal),
    asked("tensor + guest", lambda: decimal + Guest()),
]
listed_guest = asked("tensor + listed", lambda: decimal + Listed())
compared_guest = asked("tensor < guest", lambda: decimal < Guest())

# %% Put NumPy on the left
wrong = image + levels
print(wrong.dtype, wrong.shape, "of tensors", tuple(wrong[0, 0].shape))


class Polite(Levels):
    __array_ufunc__ = None  # NumPy's signs return NotImplemented


polite = image / 16 + Polite(pixels, 1 / 16)
print(polite.dtype.name, tuple(polite.shape))
try:
    print((image - decimal).dtype.name)
    array_first = 1
except TypeError as error:
    print(error)
    array_first = 0

# %% Chain a comparison
try:
    grey = 4 < pixels < 12
except ValueError as error:
    print(error)
grey = (pixels > 4) & (pixels < 12)  # "and" would ask for one truth
greys = int(tf.math.count_nonzero(grey))
print("grey pixels:", greys)


# %% Solve the inverted digit
class Invertible(Levels):
    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):  # other - self
        return -self.values() + other


invertible = Invertible(pixels, 1 / 16)
inverted = (1 - invertible).numpy()
difference = (invertible - decimal).numpy()
print(inverted[3].round(2))

# %% Leave the framework
mixed, brighter = mixed.numpy(), brighter.numpy()
product, reversed_product = product.numpy(), reversed_product.numpy()
polite = polite.numpy()
