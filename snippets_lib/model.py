"""The nouns: what a topic, a snippet, a run and a record are, and nothing else.

Every class here is frozen and free of behaviour beyond names derived from its own fields,
so that any module may pass any of them on without fear of a change behind its back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AREAS: Mapping[str, str] = {
    "frameworks": "Frameworks",
    "tradeoffs": "Tradeoffs",
    "performance": "Performance",
    "use_cases": "Use cases",
    "workflow": "Workflow",
    "polymorphism": "Polymorphism",
    "migrate": "Migrate",
}
"""The areas in the order readers meet them: folder name -> heading."""

MODES = ("eager", "torch.compile", "tf.function", "xla")
"""The ways to run a callable that are timed; `eager` is common to both frameworks."""

NOTEBOOKS = "notebooks"
"""The area of the narrative notebooks, which live in docs/notebooks/ and are no part of `AREAS`."""


class TandemError(Exception):
    """A mistake that a contributor can mend; its text says where, what and how.

    Args:
        where: the file, with the line where there is one.
        found: what stands there.
        allowed: what may stand there.
        mend: the command or the edit that mends it.
    """

    def __init__(self, where: str, found: str, allowed: str = "", mend: str = "") -> None:
        self.where, self.found, self.allowed, self.mend = where, found, allowed, mend
        parts = [f"{where}: {found}"]
        parts += [f"  allowed: {allowed}"] if allowed else []
        parts += [f"  mend: {mend}"] if mend else []
        super().__init__("\n".join(parts))


@dataclass(frozen=True)
class Framework:
    """One column of the site. The instances in `FRAMEWORKS` are the only place that tells them apart.

    Attributes:
        key: the short name used in files and JSON, such as `pytorch`.
        label: the name readers see.
        filename: what its snippet is called in a topic's folder.
        language: the language of the snippet, as Pygments and Jupyter name it.
        marker: how a cell begins, such as `# %%`.
        server: the warm server that runs it (C++ is compiled and started by the plain Python one).
        preload: modules the warm server imports, the first of which must be there.
        packages: distributions whose versions decide what the snippet prints.
        version_of: whose version stands beside the name on a page.
    """

    key: str
    label: str
    filename: str
    language: str
    marker: str
    server: str
    preload: tuple[str, ...]
    packages: tuple[str, ...]
    version_of: str


_COMMON = ("numpy", "matplotlib.pyplot", "sklearn.datasets")

FRAMEWORKS: Mapping[str, Framework] = {
    framework.key: framework
    for framework in (
        Framework(
            key="pytorch",
            label="PyTorch",
            filename="in_pytorch.py",
            language="python",
            marker="# %%",
            server="pytorch",
            preload=("torch", "torchvision", *_COMMON),
            packages=("torch", "torchvision", "numpy"),
            version_of="torch",
        ),
        Framework(
            key="tensorflow",
            label="TensorFlow",
            filename="in_tensorflow.py",
            language="python",
            marker="# %%",
            server="tensorflow",
            preload=("tensorflow", "keras", *_COMMON),
            packages=("tensorflow", "keras", "numpy"),
            version_of="tensorflow",
        ),
        Framework(
            key="python",
            label="Python",
            filename="in_python.py",
            language="python",
            marker="# %%",
            server="python",
            preload=_COMMON,
            packages=("numpy",),
            version_of="python",
        ),
        Framework(
            key="cpp",
            label="C++",
            filename="in_cpp.cpp",
            language="cpp",
            marker="// %%",
            server="python",
            preload=_COMMON,
            packages=(),
            version_of="g++",
        ),
    )
}


@dataclass(frozen=True)
class Cell:
    """A titled part of a snippet.

    Attributes:
        title: what stands behind the marker.
        line: the line of the file on which `source` begins, counted from 1.
        source: the code, without the marker and without blank lines around it.
    """

    title: str
    line: int
    source: str


@dataclass(frozen=True)
class Snippet:
    """One program in one framework: `source` is the whole file, `cells` its parts in order."""

    framework: Framework
    path: Path
    doc: str
    source: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Timed:
    """What `tandem time` measures of a topic: names that both halves define at the top level of a cell.

    Attributes:
        call: a function to call again and again: one operation, or inference.
        train: a training step, measured apart; empty where there is none.
        inputs: a function that gives the arguments of both as a tuple; empty where there is none.
        arguments: variables to pass where there is no such function.
        batch_sizes: what `inputs` is called with, one after the other; empty where it takes no argument.
        modes: the modes to measure, of all those that a framework has.
        bfloat16: how the same is done in bfloat16 on a GPU: `autocast`, `cast`, or empty where it is not.
        note: why the two are no fair race; empty where they are one.
    """

    call: str
    train: str = ""
    inputs: str = ""
    arguments: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    modes: tuple[str, ...] = MODES
    bfloat16: str = ""
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All the names."""
        return tuple(filter(None, (self.call, self.train, self.inputs, *self.arguments)))


@dataclass(frozen=True)
class Topic:
    """A folder of snippets that do the same, and what must hold between them.

    Attributes:
        id: `area/name`.
        folder: where it lives; for a notebook, the folder of its script.
        title: the heading readers see.
        summary: one sentence under the heading.
        snippets: by framework key, in the order of `FRAMEWORKS`.
        needs: distributions its snippets import beside NumPy and the framework's family.
        seconds: the time limit for each snippet.
        megabytes: the memory limit for each snippet, in MiB of memory not shared with the server.
        agree: name -> the largest allowed gap.
        differ: name -> the smallest gap the lesson needs.
        unpaired: why nothing is compared; empty where something is.
        only: cell title -> why only one framework has it.
        print_tolerance: how far a printed floating-point number may move, relative to its size.
        allow_stderr: why the snippets may write to standard error; empty where they may not.
        allow_release: why the print-outs change with Python's release; empty where they may not.
        spread: the numbers out of `agree` that are measured again from other seeds.
        time: what `tandem time` measures; None where there is nothing to time.
    """

    id: str
    folder: Path
    title: str
    summary: str
    snippets: Mapping[str, Snippet]
    needs: tuple[str, ...] = ()
    seconds: float = 60.0
    megabytes: int = 4096
    agree: Mapping[str, float] = field(default_factory=dict)
    differ: Mapping[str, float] = field(default_factory=dict)
    unpaired: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    print_tolerance: float = 1e-3
    allow_stderr: str = ""
    allow_release: str = ""
    spread: tuple[str, ...] = ()
    time: Timed | None = None

    @property
    def area(self) -> str:
        """The part of the id before the slash."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The part of the id behind the slash."""
        return self.id.partition("/")[2]

    @property
    def is_notebook(self) -> bool:
        """True for narrative notebooks in docs/notebooks/: a script alone, or a folder with one for each framework."""
        return self.area == NOTEBOOKS

    @property
    def place(self) -> str:
        """The folder that holds its programs, from the root of the checkout."""
        if not self.is_notebook:
            return f"snippets/{self.id}"
        return f"docs/{self.id}" if self.folder.name == self.name else f"docs/{NOTEBOOKS}"

    @property
    def settings(self) -> str:
        """The file that says what it needs and compares, from the root of the checkout."""
        if self.place == f"docs/{NOTEBOOKS}":
            return f"{self.place}/{self.name}.py"
        return f"{self.place}/topic.toml"

    @property
    def titles(self) -> tuple[str, ...]:
        """Every cell title once, in the order in which a page shows them."""
        merged: list[str] = []
        for snippet in self.snippets.values():
            at = 0
            for cell in snippet.cells:
                if cell.title in merged:
                    at = merged.index(cell.title) + 1
                else:
                    merged.insert(at, cell.title)
                    at += 1
        return tuple(merged)

    @property
    def names(self) -> tuple[str, ...]:
        """The values its snippets must leave behind."""
        return (*self.agree, *self.differ)


@dataclass(frozen=True)
class Figure:
    """A drawing a cell left open: `svg` has the two stand-in colours of `figures`, `alt` says what it shows."""

    alt: str
    svg: str


@dataclass(frozen=True)
class CellRun:
    """What one cell did: the text it printed, the figures it drew, the seconds it took."""

    title: str
    text: str
    figures: tuple[Figure, ...]
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Why a run, a comparison or a record does not hold.

    Attributes:
        kind: one word for programs: `raised`, `time`, `memory`, `output`, `crash`, `exit`, `left`, `stderr`,
            `values`, `compile`, `agree`, `differ`, `constant`, `print`, `figure`, `stale`, `missing`, `broken`,
            `versions`.
        where: `file:line` in the contributor's own file.
        cell: the title of the cell, empty where the whole file is meant.
        message: what was found.
        expected: what was expected, empty where there is no such thing.
        mend: the command or the edit that mends it.
    """

    kind: str
    where: str
    cell: str
    message: str
    expected: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Run:
    """What one snippet did.

    Attributes:
        framework: the key of its framework.
        cells: one for each cell that ended, in order.
        values: name -> NumPy array, for the names the topic compares.
        seconds: wall time of all cells.
        megabytes: peak memory in MiB that the process tree had to itself (unique set size).
        versions: distribution -> version it ran with.
        failure: why it did not end well, or None.
    """

    framework: str
    cells: tuple[CellRun, ...]
    values: Mapping[str, Any]
    seconds: float
    megabytes: float
    versions: Mapping[str, str]
    failure: Failure | None = None


@dataclass(frozen=True)
class Gap:
    """How far two snippets' values lie apart.

    Attributes:
        name: the value's name.
        kind: `agree` or `differ`.
        measured: `max|a-b| / max(1, max|a|, max|b|)`; infinite where the two cannot be compared.
        allowed: the largest allowed gap for `agree`, the smallest for `differ`.
        note: why the two could not be compared, empty where they could.
    """

    name: str
    kind: str
    measured: float
    allowed: float
    note: str = ""

    @property
    def holds(self) -> bool:
        """True where the gap is on the right side of its bound."""
        if self.note:
            return False
        return self.measured <= self.allowed if self.kind == "agree" else self.measured >= self.allowed


@dataclass(frozen=True)
class RecordedRun:
    """The part of a run that is committed: everything but the values."""

    cells: tuple[CellRun, ...]
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Record:
    """What a topic did when it was last recorded.

    Attributes:
        digest: of everything that decides the outcome; see `record.digest`.
        parts: the digest of each cell and of topic.toml, to say what changed.
        recorded_on: the date, as YYYY-MM-DD.
        versions: distribution -> version.
        runs: by framework key.
        gaps: what was compared, as measured then.
    """

    digest: str
    parts: Mapping[str, str]
    recorded_on: str
    versions: Mapping[str, str]
    runs: Mapping[str, RecordedRun]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Spread:
    """What a topic's numbers come to from one seed to the next, both halves from equal seeds.

    Attributes:
        digest: of everything that decides them; see `spread.digest`.
        recorded_on: the date, as YYYY-MM-DD.
        seeds: the seeds.
        values: name -> framework key -> the number from each seed.
        gaps: name -> the gap between the halves from each seed, for every name that must agree.
    """

    digest: str
    recorded_on: str
    seeds: tuple[int, ...]
    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    gaps: Mapping[str, tuple[float, ...]]
