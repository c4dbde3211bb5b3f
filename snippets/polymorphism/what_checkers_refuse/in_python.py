"""What a compiler, a type checker and Python itself say to one mistake."""

# %% Ask a compiler, a checker and Python itself
import os
import re
import subprocess
from tempfile import TemporaryDirectory

from mypy import api

GXX = "g++ -std=c++20 -fsyntax-only -fdiagnostics-plain-output -x c++ -"
MYPY = "--config-file= --no-error-summary --no-color-output --cache-dir="
cache = TemporaryDirectory()  # so that mypy reads its own types once
answers = {}


def compiler(source):
    english = {**os.environ, "LC_ALL": "C"}
    told = subprocess.run(
        GXX.split(), input=source, env=english, capture_output=True, text=True
    )
    return re.findall(r"error: (.*)", told.stderr)


def checker(source):
    told, failed, _ = api.run([*f"{MYPY}{cache.name} -c".split(), source])
    return re.findall(r"(?:error|note): (.*)", told + failed)


def running(source):
    names = {}
    try:
        exec(source, names)
    except Exception as error:  # how it goes on depends on Python's release
        return f"{type(error).__name__}: {str(error).split(' with')[0]}"
    return f"returns {names['result']:.3g}"


def ask(mistake, cpp, python):
    by_compiler, by_checker = compiler(cpp), checker(python)
    answers[mistake] = bool(by_compiler), bool(by_checker), running(python)
    print("g++:   ", by_compiler[0] if by_compiler else "nothing")
    print("mypy:  ", by_checker[0] if by_checker else "nothing")
    print("Python:", answers[mistake][2])


# %% Pass what no function takes
cpp = """
struct Digit {};
int half(int number);
double half(double number);

auto result = half(Digit());
"""
overloaded = """
from typing import overload

@overload
def half(number: int) -> int: ...
@overload
def half(number: float) -> float: ...
def half(number):
    return number // 2 if isinstance(number, int) else number / 2

class Digit: ...
"""
ask("no function takes it", cpp, overloaded + "result = half(Digit())")

# %% Pass what two functions take
cpp = """
int half(int number);
double half(double number);

auto result = half(7L);  // a long is no nearer to int than to double
"""
python = """
from collections.abc import Sequence
from typing import overload

@overload
def ink(rows: list[int]) -> int: ...
@overload
def ink(rows: Sequence[int]) -> str: ...
def ink(rows):
    return sum(rows) if isinstance(rows, list) else str(sum(rows))

rows: Sequence[int] = [28, 58, 39]
result = ink(rows)  # a str, says the declared type; an int, the object
"""
ask("two functions take it", cpp, python)

# %% Misspell an override
cpp = """
struct Reader { virtual int read() const { return 0; } };
struct Careful : Reader { int raed() const override { return 1; } };
"""
python = """
from typing_extensions import override  # in typing from Python 3.12

class Reader:
    def read(self) -> int: return 0

class Careful(Reader):
    @override
    def raed(self) -> int: return 1

result = Careful().read()
"""
ask("nothing is overridden", cpp, python)

# %% Create what is unfinished
cpp = """
struct Reader { virtual int read() const = 0; };

Reader reader;
"""
python = """
from abc import ABC, abstractmethod

class Reader(ABC):
    @abstractmethod
    def read(self) -> int: ...

result = Reader().read()
"""
ask("a method is missing", cpp, python)

# %% Pass a class without the method
cpp = """
template <typename Kind>
concept Reads = requires(Kind kind) { kind.read(); };

int twice(Reads auto reader) { return 2 * reader.read(); }

struct Silent {};
int result = twice(Silent());
"""
python = """
from typing import Protocol

class Reads(Protocol):
    def read(self) -> int: ...

def twice(reader: Reads) -> int: return 2 * reader.read()

class Silent: ...
result = twice(Silent())
"""
ask("a condition is not met", cpp, python)

# %% Swap two arguments
cpp = """
double mean(double ink, double pixels) { return ink / pixels; }
double result = mean(64, 294);
"""
python = """
def mean(ink: float, pixels: float) -> float: return ink / pixels
result = mean(64, 294)
"""
ask("arguments are swapped", cpp, python)

# %% See who refused what
for mistake, (by_compiler, by_checker, by_python) in answers.items():
    who = ["g++"] * by_compiler + ["mypy"] * by_checker
    who += ["Python"] * (not by_python.startswith("returns"))
    print(f"{mistake:<23}", ", ".join(who) or "nobody")

# %% Ask what each overload returns
python = """
from typing import Any

def calls(either: int | float, anything: Any) -> None:
    reveal_type(half(7))
    reveal_type(half(7.0))
    reveal_type(half(True))
    reveal_type(half(either))
    reveal_type(half(anything))
"""
print(*checker(overloaded + python), sep="\n")

# %% Solve the swapped arguments
cpp = """
struct Ink { double value; };
struct Pixels { double value; };
double mean(Ink ink, Pixels pixels) { return ink.value / pixels.value; }

Ink ink{294};
Pixels pixels{64};
double result = mean(pixels, ink);
"""
python = """
from typing import NewType

Ink = NewType("Ink", float)
Pixels = NewType("Pixels", float)
def mean(ink: Ink, pixels: Pixels) -> float: return ink / pixels

result = mean(Pixels(64), Ink(294))
"""
ask("kinds are swapped", cpp, python)
