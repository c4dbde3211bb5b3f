"""One container and one function for every type, and none is lost."""

# %% Write one container for every type
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from mypy import api
from sklearn.datasets import load_digits

Item = TypeVar("Item")


class Batches(Generic[Item]):
    def __init__(self, items: Sequence[Item], size: int) -> None:
        self.items, self.size = items, size

    def __iter__(self) -> Iterator[Sequence[Item]]:
        for start in range(0, len(self.items), self.size):
            yield self.items[start : start + self.size]


# %% Write one function for every type
def best(items: Iterable[Item], key: Callable[[Item], float]) -> Item:
    return max(items, key=key)


# %% Bound the type
@dataclass
class Digit:
    label: int
    ink: int


@dataclass
class Written(Digit):
    writer: int


Kind = TypeVar("Kind", bound=Digit)


def darker(one: Kind, other: Kind) -> Kind:
    return one if one.ink > other.ink else other


# %% Call them with three types
def show(name, numbers):
    print(name, "=", ", ".join(f"{number:g}" for number in numbers))


def ink(digit: Digit) -> int:
    return digit.ink


images, labels = load_digits(return_X_y=True)  # (1797, 64)
sums = images[:10].sum(axis=1).astype(int).tolist()
means = [total / 64 for total in sums]
digits = [Digit(label, total) for label, total in enumerate(sums)]
first = Written(7, sums[7], writer=1)
second = Written(8, sums[8], writer=2)

most_ink = [max(batch) for batch in Batches(sums, 4)]
per_pixel = [max(batch) for batch in Batches(means, 4)]
darkest = [best(batch, key=ink).label for batch in Batches(digits, 4)]
by_writer = darker(first, second).writer
show("most_ink", most_ink)
show("per_pixel", per_pixel)
show("darkest", darkest)
show("by_writer", [by_writer])

# %% Ask which types come out
declared = """
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
class Batches(Generic[Item]):
    def __init__(self, items: Sequence[Item], size: int) -> None: pass
    def __iter__(self) -> Iterator[Sequence[Item]]: return iter([])

def best(items: Iterable[Item], key: Callable[[Item], float]) -> Item:
    return max(items, key=key)

class Digit:
    label: int
    ink: int
class Written(Digit):
    writer: int

Kind = TypeVar("Kind", bound=Digit)
def darker(one: Kind, other: Kind) -> Kind: return one

def ink(digit: Digit) -> int: return digit.ink
def writer(digit: Written) -> int: return digit.writer
digits: list[Digit] = []
written: list[Written] = []
"""
cache = TemporaryDirectory()  # so that mypy reads its own types once
options = f"--config-file= --no-error-summary --cache-dir={cache.name} -c"


def check(source):
    told, _, _ = api.run([*options.split(), declared + source])
    lines = re.findall(r"(?:error|note): (.*?)(?:  \[.*)?\n", told)
    return [line.replace("__main__.", "") for line in lines]


source = """
reveal_type(Batches([294, 313], 4))
reveal_type([batch for batch in Batches(digits, 4)])
reveal_type(best(digits, ink))
reveal_type(darker(written[0], written[1]))
reveal_type(darker(written[0], digits[0]))
"""
print(*check(source), sep="\n")

# %% Get a type wrong
source = """
best(digits, ink).lable
best(digits, len)
darker(294, 313)
Batches[int](["294"], 4)
"""
print(*check(source), sep="\n")

# %% Say Any instead
source = """
def chosen(items: Iterable[Any], key: Callable[[Any], float]) -> Any:
    return max(items, key=key)

chosen(digits, ink).lable
"""
print(*check(source) or ["no complaint"], sep="\n")


# %% Pass a list of a subclass
def add(digits: list[Digit]) -> None:
    digits.append(Digit(0, sums[0]))


told = check("""
def add(digits: list[Digit]) -> None: pass
add(written)
""")
print(*told, sep="\n")

page = [first, second]
add(page)
try:
    print([digit.writer for digit in page])
except AttributeError as error:
    print("and when it runs:", error)

# %% Ask what fits in place of what
whole_digits = """
def add(digits: list[Digit]) -> None: pass
def read(digits: Sequence[Digit]) -> None: pass
"""
as_list = int(not check(whole_digits + "add(written)"))
as_sequence = int(not check(whole_digits + "read(written)"))
as_key = [int(not check("best(written, ink)"))]
as_key.append(int(not check("best(digits, writer)")))
show("as_list", [as_list])
show("as_sequence", [as_sequence])
show("as_key", as_key)

# %% Ask while it runs
of_int, of_float = Batches[int](sums, 4), Batches[float](means, 4)
one_class = type(of_int) is type(of_float)
wholes: list[int] = []
wholes.append(means[2])
stored = wholes[0]
show("one_class", [one_class])
show("stored", [stored])

# %% Ask an object for its parameter
try:
    isinstance(wholes, list[int])
except TypeError as error:
    print(error)

# %% Solve the dtype that the checker sees
tensors = """
class Single: pass
class Double: pass

Dtype = TypeVar("Dtype", Single, Double)
class Tensor(Generic[Dtype]):
    def __init__(self, values: list[float], dtype: type[Dtype]) -> None: pass
    def __add__(self, other: "Tensor[Dtype]") -> "Tensor[Dtype]": return self

single = Tensor([294.0], Single)
double = Tensor([313.0], Double)
"""
print(*check(tensors + "reveal_type(single + single)"))
print(*check(tensors + "single + double"))
