"""What choosing costs: calls in Python, C++, PyTorch and TensorFlow, from a plain function to a dispatched one.

    python benchmarks/dispatch.py [PROCESSES]

Writes docs/data/dispatch.md, which the page on the cost of a dispatch shows. Run it by hand on an idle machine; it
takes about two minutes. Each group has as many fresh processes as asked for (five, unless said otherwise), with one
thread, and the groups take turns. Inside a process the cases take turns too, in random order, and a sample is as many
calls as fill ten milliseconds. Python's calls are timed by `timeit`, those of C++ by `std::chrono::steady_clock`. The
median of a process is one value; the table shows the median of the processes, their range, and the ratio to the
group's first call, formed round by round.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import timeit
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from snippets_lib import machine

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "data" / "dispatch.md"
ROUNDS, WARM_UP = 20, 3
SAMPLE = 10e-3  # seconds
BUSY = 0.2  # processors that others may use before the report says so

Samples = dict[str, list[float]]  # nanoseconds for each call, by case

# Every body returns a number and does nothing else, so that what differs is the way to it.
PYTHON = """
import random
from abc import ABC, abstractmethod
from functools import singledispatch, singledispatchmethod
from typing import Protocol, runtime_checkable

class Layer:
    def call(self): return 0
    def inherited(self): return 1

class First(Layer):
    def call(self): return 1
    def __call__(self): return 1
class Second(Layer):
    def call(self): return 2
class Third(Layer):
    def call(self): return 3
class Fourth(Layer):
    def call(self): return 4
class Fifth(Layer):
    def call(self): return 5
class Extends(Layer):
    def call(self): return super().call()

class Abstract(ABC):
    @abstractmethod
    def call(self): ...
class Concrete(Abstract):
    def call(self): return 1

@runtime_checkable
class Callee(Protocol):
    def call(self): ...

def function(layer): return 1

def ladder(layer):
    if isinstance(layer, First): return 1
    elif isinstance(layer, Second): return 2
    elif isinstance(layer, Third): return 3
    elif isinstance(layer, Fourth): return 4
    elif isinstance(layer, Fifth): return 5
    raise TypeError(layer)

def matched(layer):
    match layer:
        case First(): return 1
        case Second(): return 2
        case Third(): return 3
        case Fourth(): return 4
        case Fifth(): return 5
    raise TypeError(layer)

@singledispatch
def single(layer): raise TypeError(layer)

class Holder:
    @singledispatchmethod
    def single(self, layer): raise TypeError(layer)

kinds = [First, Second, Third, Fourth, Fifth]
table = {}
for kind in kinds:
    table[kind] = function
    single.register(kind, function)
    Holder.single.register(kind, lambda self, layer: 1)

fifth, concrete, extends, first, holder = Fifth(), Concrete(), Extends(), First(), Holder()
alike = [First() for _ in range(1000)]
mixed = [random.choice(kinds)() for _ in range(1000)]
"""

PYTHON_CASES = {
    "a function": "function(fifth)",
    "an inherited method": "fifth.inherited()",
    "an overridden method": "fifth.call()",
    "… of an abstract base class": "concrete.call()",
    "… that calls `super()`": "extends.call()",
    "… of 1,000 objects, one class": "for one in alike: one.call()",
    "… of 1,000 objects, five classes": "for one in mixed: one.call()",
    "an object with `__call__`": "first()",
    "a `dict` from class to function": "table[type(fifth)](fifth)",
    "five `isinstance`, the last is true": "ladder(fifth)",
    "`match` with five classes, the last": "matched(fifth)",
    "`singledispatch`": "single(fifth)",
    "`singledispatchmethod`": "holder.single(fifth)",
    "`isinstance` of a `Protocol` alone": "isinstance(fifth, Callee)",
    "an empty loop": "pass",
}

PYTORCH = """
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)

def function(x): return x

class Same(nn.Module):
    def forward(self, x): return x

class Passes(torch.Tensor):
    pass

class Unwraps(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **kwargs or {})

layer, hooked = Same(), Same()
hooked.register_forward_hook(lambda *_: None)
x, big, weight = torch.ones(8, 8), torch.ones(1_000_000), torch.ones(8, 8, requires_grad=True)
passes, unwraps = x.as_subclass(Passes), x.as_subclass(Unwraps)
array = np.ones((8, 8), "float32")
add = torch.ops.aten.add.Tensor
"""

PYTORCH_CASES = {
    "a Python function": "function(x)",
    "`layer.forward(x)`": "layer.forward(x)",
    "`layer(x)`": "layer(x)",
    "`layer(x)` with a hook": "hooked(x)",
    "`array + array` in NumPy": "array + array",
    "`x + x`": "x + x",
    "`torch.add(x, x)`": "torch.add(x, x)",
    "`torch.ops.aten.add.Tensor(x, x)`": "add(x, x)",
    "`x + weight`, recorded for a gradient": "x + weight",
    "`x + x`, subclass of `torch.Tensor`": "passes + passes",
    "… with a `__torch_function__`": "unwraps + unwraps",
    "`x + x`, a million numbers": "big + big",
}

TENSORFLOW = """
import keras
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

def function(x): return x

class Same(keras.Layer):
    def call(self, x): return x

class Pixels(tf.experimental.ExtensionType):
    values: tf.Tensor

@tf.experimental.dispatch_for_api(tf.add)
def add_pixels(x: Pixels, y: Pixels, name=None):
    return tf.raw_ops.AddV2(x=x.values, y=y.values)

@tf.function
def compiled(x): return x + x

layer = Same()
x, big = tf.ones((8, 8)), tf.ones((1_000_000,))
variable, pixels = tf.Variable(x), Pixels(x)
array = np.ones((8, 8), "float32")
"""

TENSORFLOW_CASES = {
    "a Python function": "function(x)",
    "`layer.call(x)`": "layer.call(x)",
    "`layer(x)`": "layer(x)",
    "`array + array` in NumPy": "array + array",
    "`x + x`": "x + x",
    "`tf.add(x, x)`": "tf.add(x, x)",
    "`tf.raw_ops.AddV2(x=x, y=x)`": "tf.raw_ops.AddV2(x=x, y=x)",
    "`x + variable`": "x + variable",
    "`tf.add` of an `ExtensionType`": "tf.add(pixels, pixels)",
    "a `tf.function` of `x + x`": "compiled(x)",
    "`x + x`, a million numbers": "big + big",
}

CPP = r"""
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <type_traits>
#include <variant>
#include <vector>

constexpr int objects = 100'000;  // so many that the processor cannot learn their order
using Clock = std::chrono::steady_clock;

// The compiler may not see that the kinds differ by a number alone.
template <int Kind>
inline long work() { asm volatile("# %0" : : "i"(Kind)); return Kind; }

struct Layer {
    virtual ~Layer() = default;
    virtual long call() const = 0;
};
template <int Kind>
struct Child final : Layer {
    long call() const override { return work<Kind>(); }
};
template <int Kind>
struct Value {
    long call() const { return work<Kind>(); }
};
using Any = std::variant<Value<0>, Value<1>, Value<2>, Value<3>>;

[[gnu::noinline]] long function(long value) { asm volatile(""); return value; }
template <typename Number>
[[gnu::noinline]] Number any_type(Number value) { asm volatile(""); return value; }

template <typename Call>
double nanoseconds(long repeats, Call call) {
    const auto begun = Clock::now();
    long total = 0;
    for (long turn = 0; turn < repeats; ++turn) {
        for (int at = 0; at < objects; ++at) {
            total += call(at);
            asm volatile("" : "+r"(total) : : "memory");  // one after the other, and nothing left out
        }
    }
    const std::chrono::duration<double, std::nano> taken = Clock::now() - begun;
    return taken.count() / (double(repeats) * objects);
}

std::unique_ptr<Layer> child(int kind) {
    switch (kind) {
        case 0: return std::make_unique<Child<0>>();
        case 1: return std::make_unique<Child<1>>();
        case 2: return std::make_unique<Child<2>>();
        default: return std::make_unique<Child<3>>();
    }
}
Any value(int kind) {
    switch (kind) {
        case 0: return Value<0>{};
        case 1: return Value<1>{};
        case 2: return Value<2>{};
        default: return Value<3>{};
    }
}

int main(int, char** arguments) {
    const int rounds = std::atoi(arguments[1]);
    const double sample = std::atof(arguments[2]) * 1e9;
    std::mt19937 draw(std::atoi(arguments[3]));
    std::vector<long> numbers(objects, 1);
    std::vector<std::unique_ptr<Layer>> alike, mixed;
    std::vector<Any> alike_values, mixed_values;
    std::vector<long (*)(long)> pointers;
    std::vector<std::function<long(long)>> wrapped;
    for (int at = 0; at < objects; ++at) {
        const int kind = draw() % 4;
        alike.push_back(child(0));
        mixed.push_back(child(kind));
        alike_values.push_back(value(0));
        mixed_values.push_back(value(kind));
        pointers.push_back(function);
        wrapped.push_back(function);
    }
    const auto visit = [](const Any& any) {
        return std::visit([](const auto& value) { return value.call(); }, any);
    };
    struct Case { const char* name; std::function<double(long)> run; long repeats = 1; };
    std::vector<Case> cases{
        {"a function", [&](long n) { return nanoseconds(n, [&](int at) { return function(numbers[at]); }); }},
        {"a function, inlined", [&](long n) { return nanoseconds(n, [&](int at) { return numbers[at]; }); }},
        {"a function template", [&](long n) { return nanoseconds(n, [&](int at) { return any_type(numbers[at]); }); }},
        {"a pointer to a function",
         [&](long n) { return nanoseconds(n, [&](int at) { return pointers[at](numbers[at]); }); }},
        {"`std::function`", [&](long n) { return nanoseconds(n, [&](int at) { return wrapped[at](numbers[at]); }); }},
        {"`virtual`, 100,000 objects of one class",
         [&](long n) { return nanoseconds(n, [&](int at) { return alike[at]->call(); }); }},
        {"`virtual`, 100,000 objects of four classes",
         [&](long n) { return nanoseconds(n, [&](int at) { return mixed[at]->call(); }); }},
        {"`std::visit`, 100,000 variants of one type",
         [&](long n) { return nanoseconds(n, [&](int at) { return visit(alike_values[at]); }); }},
        {"`std::visit`, 100,000 variants of four types",
         [&](long n) { return nanoseconds(n, [&](int at) { return visit(mixed_values[at]); }); }},
    };
    for (Case& one : cases) {
        while (one.run(one.repeats) * one.repeats * objects < sample) one.repeats *= 2;
    }
    std::vector<std::size_t> order(cases.size());
    for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
    for (int round = 0; round < rounds; ++round) {
        std::shuffle(order.begin(), order.end(), draw);
        for (const std::size_t at : order) std::printf("%zu %.4f\n", at, cases[at].run(cases[at].repeats));
    }
    for (const Case& one : cases) std::printf("= %s\n", one.name);
}
"""

CASES = {
    "Python": (PYTHON, PYTHON_CASES),
    "PyTorch": (PYTORCH, PYTORCH_CASES),
    "TensorFlow": (TENSORFLOW, TENSORFLOW_CASES),
}
GROUPS = ("Python", "C++", "PyTorch", "TensorFlow")
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def measure(group: str) -> Samples:
    """Every round of a group's cases, in this process; run in a fresh one."""
    setup, cases = CASES[group]
    names: dict[str, Any] = {"__name__": "cases"}
    exec(compile(setup, group, "exec", dont_inherit=True), names)
    timers = {name: timeit.Timer(statement, globals=names) for name, statement in cases.items()}
    numbers = dict.fromkeys(cases, 1)
    for name, timer in timers.items():
        timer.timeit(1)  # the first call of all may trace or load
        while timer.timeit(numbers[name]) < SAMPLE:
            numbers[name] *= 2
    found: Samples = {name: [] for name in cases}
    for turn in range(WARM_UP + ROUNDS):
        for name in random.sample(list(cases), len(cases)):
            seconds = timers[name].timeit(numbers[name])
            calls = numbers[name] * (1000 if cases[name].startswith("for ") else 1)
            if turn >= WARM_UP:
                found[name].append(seconds / calls * 1e9)
    return found


def measure_cpp(program: Path, seed: int) -> Samples:
    """Every round of the C++ program, in a process of its own."""
    command = [str(program), str(WARM_UP + ROUNDS), str(SAMPLE), str(seed)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    names = [line.removeprefix("= ") for line in lines if line.startswith("= ")]
    found: Samples = {name: [] for name in names}
    for line in lines[WARM_UP * len(names) : -len(names)]:
        at, nanoseconds = line.split()
        found[names[int(at)]].append(float(nanoseconds))
    return found


def in_a_process(group: str) -> Samples:
    """A group measured by a fresh interpreter."""
    command = [sys.executable, __file__, "--measure", group]
    run = subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, check=False, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {run.returncode}:\n{run.stderr}")
    found: Samples = json.loads(run.stdout.splitlines()[-1])
    return found


def build(folder: Path) -> Path:
    """Compile the C++ program."""
    source, program = folder / "dispatch.cpp", folder / "dispatch"
    source.write_text(CPP, "utf-8")
    subprocess.run(["g++", "-std=c++20", "-O2", "-o", str(program), str(source)], check=True)
    return program


def figures(number: float) -> str:
    """A number with two or three figures."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def table(runs: list[Samples]) -> str:
    """Median, range of the processes and ratio of each case of a group."""
    first = next(iter(runs[0]))
    lines = ["| a call of | median | range | ratio |", "|---|---:|---:|---:|"]
    for name in runs[0]:
        medians = [median(run[name]) for run in runs]
        ratios = [median(a / b for a, b in zip(run[name], run[first], strict=True)) for run in runs]
        factor, unit = (1000, "µs") if median(medians) >= 1000 else (1, "ns")
        low, middle, high = (figures(value / factor) for value in (min(medians), median(medians), max(medians)))
        lines.append(f"| {name} | {middle}\u00a0{unit} | {low}–{high} | {figures(median(ratios))} |")
    return "\n".join(lines)


def compiler() -> str:
    """The version of g++."""
    told = subprocess.run(["g++", "-dumpfullversion"], check=True, capture_output=True, text=True)
    return told.stdout.strip()


def report(found: dict[str, list[Samples]], busy: float) -> str:
    """The page's part in Markdown."""
    versions = {
        "Python": platform.python_version(),
        "C++": f"g++ {compiler()}, `-O2`",
        "PyTorch": version("torch"),
        "TensorFlow": f"{version('tensorflow')}, Keras {version('keras')}",
    }
    processes = len(found["Python"])
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    told = (
        f"Measured on {today}: {machine.describe().processor}, {os.cpu_count()} processors, one thread each; fresh"
        f" processes of each kind: {processes}, rounds in each: {ROUNDS}.\nThe range is that of the processes' medians,"
        " in the same unit, and the ratio is to the first line of the table."
    )
    if busy > BUSY:
        told += f"\nThe machine was not idle: other work kept {busy:.1f} processors busy."
    parts = ["<!-- Written by benchmarks/dispatch.py. -->", told]
    for group in GROUPS:
        parts += [f"**{group}** {versions[group]}", table(found[group])]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Let the processes take turns, and write the report."""
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
        return
    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found: dict[str, list[Samples]] = {group: [] for group in GROUPS}
    load = machine.Load()
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder))
        for turn in range(processes):
            for group in random.sample(GROUPS, len(GROUPS)):
                found[group].append(measure_cpp(program, turn) if group == "C++" else in_a_process(group))
    others, stolen = load.look()
    part = REPORT.with_suffix(".part")
    part.write_text(report(found, others + stolen), "utf-8")
    part.replace(REPORT)
    print(f"wrote {REPORT.relative_to(ROOT)}; {others + stolen:.2f} processors busy with other work")


if __name__ == "__main__":
    main()
