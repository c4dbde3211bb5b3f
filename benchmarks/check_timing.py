"""Holds Tandem's stopwatch against torch.utils.benchmark, pyperf and timeit. Run by hand on an idle machine.

The ways take turns in each round, in this process, on the same callables; a line for each callable and way has the
median and the quartiles of all its samples. Exit status 1 where ours lies outside of what the others find.

    python benchmarks/check_timing.py [rounds]
"""

from __future__ import annotations

import contextlib
import functools
import io
import platform
import random
import statistics
import sys
import time
import timeit
from collections.abc import Callable

import pyperf
import torch
from torch.utils import benchmark

from snippets_lib import engines, machine, timing

Call = Callable[[], object]
Way = Callable[[Call], list[float]]

SLACK = 0.05  # of the others' medians: between them lie as many percent, which is the order of the ways in a round
OVERHEAD = 3  # how many times timeit's seconds an empty call may take by our stopwatch; see `main`


def spin(seconds: float) -> None:
    """Work for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def count_up() -> int:
    """Python and nothing else."""
    total = 0
    for number in range(2000):
        total += number * number
    return total


def empty() -> None:
    """Nothing."""


def ours(call: Call) -> list[float]:
    """By `timing.Stopwatch` as a worker has it: warm-up, then a pass."""
    engine = engines.PyTorch()
    watch = timing.Stopwatch(engine.synchronize, lambda value: value)
    warm = watch.warm_up(call, watch.first(call))
    return [sample for _ in range(3) for sample in watch.samples(call, warm.calls)]


def by_torch(call: Call) -> list[float]:
    """By PyTorch's own timer, for a third of a second."""
    timer = benchmark.Timer("call()", globals={"call": call}, num_threads=1)
    return list(timer.blocked_autorange(min_run_time=0.3).times)


def by_pyperf(call: Call) -> list[float]:
    """By pyperf's worker, which runs in this process here so that all meet the same: a warm-up and 15 values."""
    loops = timeit.Timer(call).autorange()[0]
    pyperf.Runner._created.clear()  # it wants to be the only one of its process
    runner = pyperf.Runner(warmups=1)
    with contextlib.redirect_stdout(io.StringIO()):
        runner.parse_args(["--worker", f"--loops={max(1, loops // 20)}", "--warmups=1", "--values=15", "--quiet"])
        return list(runner.bench_func("call", call).get_values())


def by_timeit(call: Call) -> list[float]:
    """By the standard library: 15 repetitions of as many calls as take a hundredth of a second or more."""
    timer = timeit.Timer(call)
    number = max(1, timer.autorange()[0] // 20)
    return [seconds / number for seconds in timer.repeat(15, number)]


WAYS: dict[str, Way] = {
    "Stopwatch": ours,
    "torch.utils.benchmark": by_torch,
    "pyperf": by_pyperf,
    "timeit": by_timeit,
}


def calls() -> dict[str, tuple[Call, float | None]]:
    """What is measured, with its seconds where they are known."""
    left, right = torch.rand(256, 256), torch.rand(256, 256)
    return {
        "matrix product 256x256": (functools.partial(torch.mm, left, right), None),
        "a loop in Python": (count_up, None),
        "spin 2 ms": (functools.partial(spin, 2e-3), 2e-3),
        "sleep 5 ms": (functools.partial(time.sleep, 5e-3), 5e-3),
        "an empty function": (empty, None),
    }


def show(seconds: float) -> str:
    """A duration in the unit that suits it."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.4g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def verdict(name: str, known: float | None, found: dict[str, list[float]]) -> str:
    """What is wrong with ours; empty where nothing is."""
    middle = {way: statistics.median(samples) for way, samples in found.items()}
    own = middle.pop("Stopwatch")
    if name == "an empty function":  # a loop in Python calls it, which timeit compiles into its own
        limit = OVERHEAD * middle["timeit"]
        return f"more than {show(limit)}" if own > limit else ""
    if known is not None and not known <= own <= known * 1.1:
        return f"not within {show(known)} and {show(known * 1.1)}"
    quartiles = [statistics.quantiles(found[way], n=4) for way in middle]
    low = min(min(q[0] for q in quartiles), min(middle.values()) * (1 - SLACK))
    high = max(max(q[2] for q in quartiles), max(middle.values()) * (1 + SLACK))
    return "" if low <= own <= high else f"not within {show(low)} and {show(high)}"


def main() -> int:
    """Let the ways take turns and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    engines.PyTorch().settle("cpu", 1, False)
    found: dict[str, dict[str, list[float]]] = {name: {way: [] for way in WAYS} for name in calls()}
    load = machine.Load()
    for _ in range(rounds):
        for name, (call, _) in calls().items():
            for way in random.sample(list(WAYS), len(WAYS)):
                found[name][way] += WAYS[way](call)
    others, stolen = load.look()
    print(
        f"{machine.describe().processor}, Python {platform.python_version()}, torch {torch.__version__}, pyperf"
        f" {pyperf.__version__}, {rounds} rounds, {others + stolen:.2f} cores busy with other work\n"
    )
    print("| callable | way | median | quartiles | to the stopwatch | samples |\n|---|---|---:|---|---:|---:|")
    wrong = []
    for name, (_, known) in calls().items():
        own = statistics.median(found[name]["Stopwatch"])
        for way, samples in found[name].items():
            low, middle, high = statistics.quantiles(samples, n=4)
            told = f"{show(middle)} | {show(low)} to {show(high)} | {middle / own:.3f} | {len(samples)}"
            print(f"| {name} | {way} | {told} |")
        if why := verdict(name, known, found[name]):
            wrong.append(f"{name}: {show(own)} by the stopwatch is {why}")
    own, timed = (statistics.median(found["an empty function"][way]) for way in ("Stopwatch", "timeit"))
    print(f"\nAn empty call costs {own * 1e9:.1f} ns by the stopwatch, {timed * 1e9:.1f} ns by timeit.")
    print("\n".join(wrong) or "Nothing is out of bounds.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
