"""Holds runs against each other and against the record. Guarantee: whatever does not hold has a place and a cure."""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import compare, figures, record
from .execute import shown_path
from .model import FRAMEWORKS, CellRun, Failure, Gap, Record, RecordedRun, Run, Snippet, TandemError, Topic


@dataclass(frozen=True)
class Verdict:
    """What became of a topic: it holds where there are no failures.

    Attributes:
        topic: which.
        runs: by framework key.
        gaps: what was compared.
        failures: everything that does not hold, worst first.
        fresh: the record these runs would make; None where a run or a comparison failed.
    """

    topic: Topic
    runs: Mapping[str, Run]
    gaps: tuple[Gap, ...]
    failures: tuple[Failure, ...]
    fresh: Record | None

    @property
    def holds(self) -> bool:
        """True where nothing failed."""
        return not self.failures


def judge(root: Path, topic: Topic, runs: Mapping[str, Run], today: datetime.date | None = None) -> Verdict:
    """Compare the runs of a topic's snippets with each other and with the record.

    Args:
        root: the checkout, for constraints.txt.
        topic: the topic.
        runs: one for each of its snippets.
        today: the date a new record would bear.
    """
    failures = [run.failure for run in runs.values() if run.failure]
    gaps = compare.gaps(topic, runs) if not failures else ()
    failures += [_of_gap(topic, gap, runs) for gap in gaps if not gap.holds]
    if failures:
        return Verdict(topic, runs, gaps, tuple(failures), None)
    locked = record.pins(root)
    fresh = Record(
        record.digest(topic, locked),
        record.parts(topic),
        (today or datetime.datetime.now(datetime.UTC).date()).isoformat(),
        {name: version for run in runs.values() for name, version in run.versions.items()},
        {key: RecordedRun(runs[key].cells, runs[key].seconds, runs[key].megabytes) for key in topic.snippets},
        gaps,
    )
    return Verdict(topic, runs, gaps, tuple(against_record(topic, fresh)), fresh)


def _of_gap(topic: Topic, gap: Gap, runs: Mapping[str, Run]) -> Failure:
    """A broken bound, placed on the line that last gave the value its name."""
    places = []
    for snippet in topic.snippets.values():
        line = _line_of(snippet, gap.name)
        cell = next((c.title for c in reversed(snippet.cells) if c.line <= line), "")
        places.append((f"{shown_path(topic, snippet)}:{line}", cell))
    word = "at most" if gap.kind == "agree" else "at least"
    values = "; ".join(f"{FRAMEWORKS[key].label} {_short(run.values.get(gap.name))}" for key, run in runs.items())
    found = gap.note or f"gap {gap.measured:.3g}"
    verb = "disagrees" if gap.kind == "agree" else "no longer differs"
    return Failure(
        gap.kind,
        places[-1][0],
        places[-1][1],
        f"{gap.name} {verb} (other half: {places[0][0]}): {found}; {values}",
        f"gap {word} {gap.allowed:g}",
        "mend the half that changed" if gap.kind == "agree" else "the page's lesson may be out of date: rewrite it",
    )


def _line_of(snippet: Snippet, name: str) -> int:
    """The last line on which a program binds `name`; in C++, mentions it."""
    if snippet.framework.language != "python":
        lines = enumerate(snippet.source.split("\n"), 1)
        return max((number for number, line in lines if re.search(rf"\b{name}\b", line)), default=1)
    bound = (
        node.lineno
        for node in ast.walk(ast.parse(snippet.source))
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
    )
    return max(bound, default=1)


def _short(value: object) -> str:
    import numpy as np

    array = np.asarray(value)
    if array.size <= 3:
        return str(np.array2string(array, precision=6)).replace("\n", " ")
    return f"{array.shape} beginning {np.array2string(array.ravel()[:3], precision=6)}"


def against_record(topic: Topic, fresh: Record) -> list[Failure]:
    """In what a new run differs from what is recorded."""
    update = f"tandem run {topic.id} --update"
    try:
        old = record.read(topic)
    except TandemError as error:
        return [Failure("broken", error.where, "", error.found, error.allowed, error.mend)]
    if old is None:
        return [Failure("missing", record.shown(topic), "", "no record", "a record of this run", update)]
    failures = []
    releases = {kept.versions.get("python") for kept in (old, fresh)}
    comparable = not topic.allow_release or len(releases) == 1
    for key, run in fresh.runs.items() if comparable else ():
        path = shown_path(topic, topic.snippets[key])
        before = {cell.title: cell for cell in old.runs[key].cells} if key in old.runs else {}
        lines = {cell.title: cell.line for cell in topic.snippets[key].cells}
        for cell in run.cells:
            failures += _of_cell(topic, f"{path}:{lines[cell.title]}", before.get(cell.title), cell, update)
    if old.digest != fresh.digest:
        failures.append(_stale(topic, old))
    if drift := _version_drift(old, fresh):
        failures.append(Failure("versions", "constraints.txt", "", drift, "the recorded versions", "make install"))
    return failures


def _stale(topic: Topic, old: Record) -> Failure:
    changed = record.changes(topic, old)
    found = f"changed since it was recorded on {old.recorded_on}: {', '.join(changed)}"
    mend = f"tandem run {topic.id} --update"
    return Failure("stale", _where(topic, changed[0]), "", found, "a record of what stands here now", mend)


def _version_drift(old: Record, fresh: Record) -> str:
    moved = [
        f"{name} {fresh.versions[name]} where {version} was recorded"
        for name, version in old.versions.items()
        if name not in ("python", "g++") and fresh.versions.get(name, version) != version
    ]
    return ", ".join(moved)


def _where(topic: Topic, part: str) -> str:
    """`file:line` for a part's name as `record.parts` gives it."""
    name, _, title = part.partition(": ")
    for snippet in topic.snippets.values():
        if snippet.path.name == name:
            line = next((cell.line for cell in snippet.cells if cell.title == title), 1)
            return f"{shown_path(topic, snippet)}:{line}"
    return f"{topic.settings}:1" if name == "topic.toml" else record.shown(topic)


def _of_cell(topic: Topic, where: str, old: CellRun | None, new: CellRun, update: str) -> list[Failure]:
    mend = f"mend the snippet, or {update}"
    if old is None:
        return [Failure("stale", where, new.title, "a cell that is not recorded", "the recorded cells", update)]
    if parted := compare.first_difference(old.text, new.text, topic.print_tolerance):
        line, recorded, printed = parted
        found, expected = f"prints, in line {line}: {printed}", f"as recorded: {recorded}"
        return [Failure("print", where, new.title, found, expected, mend)]
    if len(old.figures) != len(new.figures):
        found, expected = f"draws {len(new.figures)} figures", f"{len(old.figures)}, as recorded"
        return [Failure("figure", where, new.title, found, expected, mend)]
    for before, after in zip(old.figures, new.figures, strict=True):
        if not figures.same(before, after):
            found, expected = f"draws another figure: {after.alt}", f"the recorded one: {before.alt}"
            return [Failure("figure", where, new.title, found, expected, mend)]
    return []


def is_current(root: Path, topic: Topic) -> Failure | None:
    """Whether the record stands for what is in the folder now, told without running anything."""
    update = f"tandem run {topic.id} --update"
    try:
        old = record.read(topic)
        now = record.digest(topic, record.pins(root))
    except TandemError as error:
        return Failure("broken", error.where, "", error.found, error.allowed, error.mend)
    if old is None:
        return Failure("missing", record.shown(topic), "", "no record", "a record of this run", update)
    return _stale(topic, old) if old.digest != now else None


def update(root: Path, verdict: Verdict) -> list[str]:
    """Write the record of a topic whose snippets ran and agreed; what changed in it, a line each.

    Raises:
        TandemError: where a package is not of the locked version, for such a record would never be current.
    """
    if verdict.fresh is None:
        raise ValueError("a topic that failed cannot be recorded")
    locked, topic = record.pins(root), verdict.topic
    for name, version in verdict.fresh.versions.items():
        pinned = locked.get(name.lower().replace("_", "-"), version)
        if pinned != version:
            raise TandemError("constraints.txt", f"{name} {version} is installed", f"{name} {pinned}", "make install")
    told = [f"{f.where} {f.cell}: {f.message} ({f.expected})" for f in against_record(topic, verdict.fresh)]
    if told:
        record.write(topic, verdict.fresh)
    return told
