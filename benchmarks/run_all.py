"""How long all snippets take: `tandem run --all` beside one process for each, on the same files.

Usage: python benchmarks/run_all.py [ROUNDS]

The ways take turns within each round, so that a machine that drifts drifts for all. Prints Markdown: wall seconds of
every round, the median, and the ratio to `tandem run --all` round by round.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from snippets_lib import catalog
from snippets_lib.workers import ENVIRONMENT

ROOT = Path(__file__).parents[1]
TANDEM = [sys.executable, "-m", "snippets_lib.cli", "run"]


def tandem(*options: str) -> None:
    """One `tandem run`, which must hold."""
    subprocess.run([*TANDEM, *options], cwd=ROOT, check=True, capture_output=True)


def one_process(path: Path) -> None:
    """One snippet as a reader runs it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_text(path.read_text("utf-8"), "utf-8")
        subprocess.run(
            [sys.executable, copy.name], cwd=folder, env=os.environ | ENVIRONMENT, check=True, capture_output=True
        )


def processes(at_a_time: int) -> None:
    """A process for each snippet, so many at a time."""
    topics = catalog.load(ROOT).topics.values()
    paths = [s.path for topic in topics for s in topic.snippets.values() if s.framework.language == "python"]
    with ThreadPoolExecutor(at_a_time) as pool:
        list(pool.map(one_process, paths))


WAYS: dict[str, Callable[[], None]] = {
    "`tandem run --all`, two at a time": lambda: tandem("--all", "--jobs", "2"),
    "`tandem run --all --cold`, two at a time": lambda: tandem("--all", "--cold", "--jobs", "2"),
    "a process each, two at a time": lambda: processes(2),
    "`tandem run`, nothing changed": tandem,
}


def main() -> None:
    """Time every way in every round and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            begun = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - begun)
    first = seconds[next(iter(WAYS))]
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {rounds} round(s)\n")
    print("| way | median s | all rounds | ratio to the first |\n|---|---:|---|---|")
    for name, taken in seconds.items():
        ratios = ", ".join(f"{a / b:.2f}" for a, b in zip(taken, first, strict=True))
        print(f"| {name} | {median(taken):.1f} | {', '.join(f'{t:.1f}' for t in taken)} | {ratios} |")


if __name__ == "__main__":
    main()
