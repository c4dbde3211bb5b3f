"""Chosen by the object, by the type in the source, or lost in a copy?"""

# %% Count the ink of six digits
from functools import cache
from typing import Protocol, TypeVar, runtime_checkable

from sklearn.datasets import load_digits

images = load_digits().images.astype(int)  # (1797, 8, 8)
rows_of_ink = images.sum(axis=2).tolist()
# a 0, a 1 and a 2 in each
known, unread = rows_of_ink[:3], rows_of_ink[10:13]


# %% Override a virtual function
class Reader:
    def distance(self, one, other):
        return abs(sum(one) - sum(other))

    def read(self, rows):  # by its own distance
        distances = [self.distance(rows, other) for other in known]
        return distances.index(min(distances))


class ByRow(Reader):
    def distance(self, one, other):
        return sum(abs(a - b) for a, b in zip(one, other, strict=True))


# %% Put a reader into a list
# A list holds references: the object stays what it is.
def listed(reader: ByRow) -> list[Reader]:
    return [reader]


# %% Write one body for every class
Kind = TypeVar("Kind")
calls = 0  # one for all


def count(reader: Kind) -> int:  # one function, whatever Kind is
    global calls
    calls += 1
    return calls


# %% Say what the body needs
@runtime_checkable
class Reads(Protocol):
    def read(self, rows: list[int]) -> int: ...


class Always:  # inherits nothing
    def read(self, rows):
        return 1


class Silent: ...


class Hasty:
    def read(self):  # looks at no digit
        return 1


# %% Close the set of classes
def guesses(reader: ByRow | Always) -> int:
    match reader:  # a class without its case falls through, as None
        case ByRow():
            return 0
        case Always():
            return 1


# %% Override a default argument
class Votes:
    def cast(self, votes=1):
        return votes


class Loud(Votes):
    def cast(self, votes=3):
        return 10 * votes


# %% Call them all
def show(name, numbers):
    print(name, "=", ", ".join(str(number) for number in numbers))


def read_all(reader: Reads):
    return [reader.read(rows) for rows in unread]


plain, rowwise = Reader(), ByRow()
loud: Loud = Loud()
votes: Votes = loud

distances = [
    rowwise.distance(rows, other) for rows in unread for other in known
]
by_ink = read_all(plain)
by_row = read_all(rowwise)
in_a_list = read_all(listed(rowwise)[0])
first_call = count(plain)
counted = [count(rowwise), count(rowwise)]
no_base = read_all(Always())
accepted = [
    int(isinstance(one, Reads)) for one in (rowwise, Always(), Silent())
]
hasty = int(isinstance(Hasty(), Reads))
by_case = [guesses(rowwise), guesses(Always())]
own_votes = [Votes().cast(), loud.cast(), votes.cast(2)]
default_votes = votes.cast()

show("distances", distances)
show("by_ink", by_ink)
show("by_row", by_row)
show("in_a_list", in_a_list)
show("first_call", [first_call])
show("counted", counted)
show("no_base", no_base)
show("accepted", accepted)
show("hasty", [hasty])
show("by_case", by_case)
show("own_votes", own_votes)
show("default_votes", [default_votes])


# %% Solve the counter per kind
@cache  # as a compiler keeps what it has compiled
def count_for(kind):
    calls = 0

    def count(reader):
        nonlocal calls
        calls += 1
        return calls

    return count


last = {}
for one in (plain, rowwise, rowwise):
    last[type(one)] = count_for(type(one))(one)
per_kind = [last[Reader], last[ByRow]]
show("per_kind", per_kind)
