"""The recorded timings: docs/data/timings/<machine>.json. Guarantee: every figure follows from raw seconds in the file.

Medians, quartiles, ratios and intervals stand in the file beside the raw seconds, and reading checks that they follow
from them. A file is written whole or not at all, and measuring one topic again leaves the others as they were.

The interval of a ratio is Student's t on the logarithms of the ratios of the rounds, at 99 %. A round is a new process
for each framework and mode, so the differences between processes are in it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from . import record
from .catalog import defining_cell
from .machine import NAME, Machine
from .model import FRAMEWORKS, MODES, Snippet, TandemError, Topic

FOLDER = "docs/data/timings"
PROTOCOL = "1"
"""Raised by hand whenever the same snippets would be measured differently."""

LEAST_ROUNDS = 3
WORKS = {"call": "one call", "train": "one training step"}
RACES: Mapping[tuple[str, str], str] = {
    ("tensorflow/eager", "pytorch/eager"): "line by line",
    ("tensorflow/tf.function", "pytorch/eager"): "as usually run",
    ("tensorflow/xla", "pytorch/torch.compile"): "compiled",
    ("pytorch/torch.compile", "pytorch/eager"): "PyTorch, compiled or not",
    ("tensorflow/tf.function", "tensorflow/eager"): "TensorFlow, graph or not",
    ("tensorflow/xla", "tensorflow/eager"): "TensorFlow, compiled or not",
}
"""The ratios that are stated: (numerator, denominator) as framework/mode -> what the race is called."""

# Student's t, two-sided 99 %, by degrees of freedom; for more of them the last stands, which is wider than needed.
_T99 = (
    *(63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169),
    *(3.106, 3.055, 3.012, 2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845),
)


class Ratio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much longer `numerator` takes than `denominator`, with the ends of its interval at 99 %."""

    numerator: str
    denominator: str
    work: str
    dtype: str
    batch_size: int | None
    ratio: float
    low: float
    high: float

    @property
    def faster(self) -> str:
        """The framework/mode that took less time; empty where the interval holds 1."""
        return self.numerator if self.high < 1 else self.denominator if self.low > 1 else ""


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One framework in one mode at one piece of work.

    Attributes:
        framework: its key.
        mode: one of `MODES`.
        work: `call` or `train`.
        dtype: `float32` or `bfloat16`.
        batch_size: None where the topic has none.
        first: seconds of the first call in each round's process; the first round found no compiler's cache.
        warm: true where every round's warm-up became steady.
        calls: how many calls were timed as one sample.
        seconds: by round, the samples: seconds for one call.
        median: of all samples.
        q1: the quartile below it.
        q3: the quartile above it.
        host_mib: the most memory the process held meanwhile, median of the rounds; None where unknown.
        device_mib: the most memory it held on the device; None on the CPU.
    """

    framework: str
    mode: str
    work: str
    dtype: str
    batch_size: int | None
    first: tuple[float, ...]
    warm: bool
    calls: int
    seconds: tuple[tuple[float, ...], ...]
    median: float
    q1: float
    q3: float
    host_mib: float | None = None
    device_mib: float | None = None

    @property
    def runner(self) -> str:
        """`framework/mode`."""
        return f"{self.framework}/{self.mode}"

    @property
    def case(self) -> tuple[str, str, int | None]:
        """What two results must share to be compared: the work, the dtype, the batch size."""
        return (self.work, self.dtype, self.batch_size)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic on one device of the machine.

    Attributes:
        topic: its id.
        device: `cpu`, `cuda`, `rocm` or `mps`.
        digest: of what was measured; see `digest`.
        measured_on: the date, as YYYY-MM-DD.
        versions: distribution -> version.
        rounds: how many times each process was started anew.
        threads: how many threads each framework was given.
        others: cores that other work kept busy meanwhile, on average.
        stolen: cores that the hypervisor gave to others meanwhile.
        loaded: true where that was more than is allowed.
        results: what was measured.
        ratios: what follows from it.
    """

    topic: str
    device: str
    digest: str
    measured_on: str
    versions: dict[str, str]
    rounds: int
    threads: int
    others: float
    stolen: float
    loaded: bool
    results: tuple[Result, ...]
    ratios: tuple[Ratio, ...]


class File(msgspec.Struct, forbid_unknown_fields=True):
    """A machine's file: `seal` is a fingerprint of the rest."""

    protocol: str
    machine: Machine
    entries: list[Entry]
    seal: str = ""


def rounded(value: float, digits: int = 4) -> float:
    """A measured number with so many significant digits.

    ```python
    from snippets_lib.results import rounded

    print(rounded(0.00123456), rounded(98765.4))
    #> 0.001235 98770.0
    ```
    """
    return float(f"{value:.{digits}g}")


def summary(rounds: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Median, lower and upper quartile of all samples."""
    samples = sorted(sample for samples in rounds for sample in samples)
    if len(samples) < 2:
        return samples[0], samples[0], samples[0]
    q1, median, q3 = statistics.quantiles(samples, n=4, method="inclusive")
    return rounded(median), rounded(q1), rounded(q3)


def interval(
    numerator: Sequence[Sequence[float]], denominator: Sequence[Sequence[float]]
) -> tuple[float, float, float]:
    """The ratio of two runners and the ends of its interval at 99 %.

    Each round gives one ratio, that of the medians of its samples; the ratio is their geometric mean, and the interval
    is Student's t on their logarithms.

    Args:
        numerator: by round, seconds for one call.
        denominator: the same, of the same rounds.

    Raises:
        ValueError: for fewer than two rounds, or for rounds that do not correspond.

    ```python
    from snippets_lib.results import interval

    print(interval([[2.0], [2.2], [2.1]], [[1.0], [1.0], [1.0]]))
    #> (2.098, 1.597, 2.757)
    ```
    """
    pairs = zip(numerator, denominator, strict=True)
    logs = [math.log(statistics.median(a) / statistics.median(b)) for a, b in pairs]
    mean, error = statistics.fmean(logs), statistics.stdev(logs) / math.sqrt(len(logs))
    half = _T99[min(len(logs) - 1, len(_T99)) - 1] * error
    return rounded(math.exp(mean)), rounded(math.exp(mean - half)), rounded(math.exp(mean + half))


def ratios(results: Sequence[Result]) -> tuple[Ratio, ...]:
    """Every ratio of `RACES` that the results allow."""
    by = {(r.runner, r.case): r for r in results}
    found = []
    for case in dict.fromkeys(r.case for r in results):
        for above, below in RACES:
            a, b = by.get((above, case)), by.get((below, case))
            if a and b:
                found.append(Ratio(above, below, *case, *interval(a.seconds, b.seconds)))
    return tuple(found)


def timed_cells(topic: Topic, snippet: Snippet) -> int:
    """How many cells, from the top, are run before the callables can be timed."""
    assert topic.time is not None
    return 1 + max(defining_cell(snippet, name) or 0 for name in topic.time.names)


def digest(topic: Topic) -> str:
    """A fingerprint of what is measured: the cells up to the callables, [time], the protocol."""
    assert topic.time is not None
    cells = [
        f"{snippet.path.name}\0{cell.source}"
        for snippet in topic.snippets.values()
        for cell in snippet.cells[: timed_cells(topic, snippet)]
    ]
    table = topic.time
    names = [table.call, table.train, table.inputs, table.arguments]
    rules = [*names, table.batch_sizes, table.modes, table.bfloat16]
    return hashlib.sha256("\0".join([PROTOCOL, json.dumps(rules), *cells]).encode()).hexdigest()[:16]


def packages(topic: Topic) -> list[str]:
    """The distributions whose versions decide how long a topic takes."""
    return sorted({p for s in topic.snippets.values() for p in s.framework.packages})


def stale(entry: Entry, topic: Topic, locked: Mapping[str, str]) -> str:
    """Why an entry is not current any more; empty where it is."""
    if topic.time is None:
        return "the topic is not timed any more"
    if entry.digest != digest(topic):
        return "the code has changed since"
    for name in packages(topic):
        now, then = locked.get(name), entry.versions.get(name)
        if now != then:
            return f"measured with {name} {then}; today it is {now}"
    return ""


def path_of(root: Path, name: str) -> Path:
    """The file of a machine."""
    return root / FOLDER / f"{name}.json"


def read(path: Path) -> File:
    """A machine's file.

    Raises:
        TandemError: where it is not what `tandem time` writes; it says what is wrong with it.
    """
    where = f"{FOLDER}/{path.name}"
    mend = "restore it from git, or measure again: tandem time --all"
    try:
        text = path.read_bytes()
        stored = msgspec.json.decode(text, type=File)
    except OSError as error:
        raise TandemError(where, str(error), "a file that can be read", mend) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TandemError(where, str(error), "what tandem time writes", mend) from None
    for found, allowed in _faults(stored, path):
        raise TandemError(where, found, allowed, mend)
    if stored.seal != _seal(text):
        raise TandemError(where, "it was edited by hand", "what tandem time wrote", mend)
    return stored


def _faults(stored: File, path: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with a file that has the right fields: what was found, what is allowed."""
    if not NAME.fullmatch(path.stem):
        yield f"the name {path.name!r}", "lower-case letters, digits and hyphens, and .json"
    if stored.machine.name != path.stem:
        yield f"machine.name is {stored.machine.name!r}", f"the name of the file, {path.stem!r}"
    seen = set()
    for number, entry in enumerate(stored.entries, 1):
        at = f"entry {number}, {entry.topic} on {entry.device}"
        if (entry.topic, entry.device) in seen:
            yield f"{at}: it stands there twice", "each topic once for each device"
        seen.add((entry.topic, entry.device))
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", entry.measured_on):
            yield f"{at}: measured_on is {entry.measured_on!r}", "a date as 2026-11-22"
        if entry.rounds < LEAST_ROUNDS:
            yield f"{at}: {entry.rounds} rounds", f"at least {LEAST_ROUNDS}"
        for result in entry.results:
            for found, allowed in _result_faults(result, entry.rounds):
                yield f"{at}, {result.runner}: {found}", allowed
        if entry.ratios != ratios(entry.results):
            yield f"{at}: ratios that do not follow from its seconds", "those that do"


def _result_faults(result: Result, rounds: int) -> Iterator[tuple[str, str]]:
    if result.framework not in FRAMEWORKS:
        yield f"framework {result.framework!r}", ", ".join(FRAMEWORKS)
    if result.mode not in MODES:
        yield f"mode {result.mode!r}", ", ".join(MODES)
    if result.work not in WORKS:
        yield f"work {result.work!r}", ", ".join(WORKS)
    if len(result.seconds) != rounds or not all(result.seconds) or len(result.first) != rounds:
        yield f"{len(result.seconds)} rounds of samples", f"samples of {rounds} rounds"
    elif not all(1e-12 < sample < 1e6 for samples in result.seconds for sample in samples):
        yield "a sample that is no time", "seconds above 0, fewer than a million"
    elif (result.median, result.q1, result.q3) != summary(result.seconds):
        yield f"median {result.median}", f"the median of its seconds, {summary(result.seconds)[0]}"


def _seal(text: bytes) -> str:
    """A fingerprint of all that stands in a file beside the fingerprint itself."""
    stored = json.loads(text)
    stored.pop("seal", None)
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:16]


def _as_text(stored: File) -> str:
    """A file as it is written: a result on a line, so that a pull request can be read."""
    stored.seal = ""
    stored.seal = _seal(msgspec.json.encode(stored))
    plain: dict[str, Any] = msgspec.to_builtins(stored)
    lines = [json.dumps({k: v for k, v in plain.items() if k != "entries"}, ensure_ascii=False)[:-1] + ', "entries": [']
    for number, entry in enumerate(plain["entries"]):
        rows = {name: entry.pop(name) for name in ("results", "ratios")}
        lines.append(("," if number else "") + json.dumps(entry, ensure_ascii=False)[:-1])
        for name, listed in rows.items():
            body = ",\n".join("   " + json.dumps(row) for row in listed)
            lines.append(f'  , "{name}": [\n{body}\n  ]')
        lines.append(" }")
    return "\n".join([*lines, "]}"]) + "\n"


def write(root: Path, machine: Machine, entries: Sequence[Entry]) -> Path:
    """Put entries into the machine's file in place of older ones of the same topics and devices; the path.

    Raises:
        TandemError: where the file that is there is damaged.
    """
    path = path_of(root, machine.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {(e.topic, e.device): e for e in read(path).entries} if path.is_file() else {}
    kept |= {(e.topic, e.device): e for e in entries}
    stored = File(PROTOCOL, machine, [kept[key] for key in sorted(kept)])
    record.replace({path: _as_text(stored)})
    return path


def read_all(root: Path) -> tuple[list[File], list[TandemError]]:
    """Every machine's file, and what is wrong with the others."""
    files, mistakes = [], []
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            files.append(read(path))
        except TandemError as mistake:
            mistakes.append(mistake)
    return files, mistakes


@dataclass(frozen=True)
class Shown:
    """An entry with what is said about it.

    Attributes:
        file: where it stands.
        entry: the entry.
        topic: the topic it measured.
        stale: why it is not current; empty where it is.
    """

    file: File
    entry: Entry
    topic: Topic
    stale: str

    @property
    def counts(self) -> bool:
        """True where it may be counted for one framework or the other: it is current, and a fair race."""
        return not self.stale and not (self.topic.time and self.topic.time.note)


def show(files: Sequence[File], topics: Mapping[str, Topic], locked: Mapping[str, str]) -> list[Shown]:
    """Every entry of a topic that is still there, machine by machine."""
    return [
        Shown(file, entry, topics[entry.topic], stale(entry, topics[entry.topic], locked))
        for file in files
        for entry in file.entries
        if entry.topic in topics
    ]


def count(rows: Iterable[Ratio]) -> tuple[int, int, int]:
    """How many ratios say that PyTorch was faster, that TensorFlow was, and neither."""
    faster = [ratio.faster.split("/")[0] for ratio in rows]
    return faster.count("pytorch"), faster.count("tensorflow"), faster.count("")
