"""The `tandem` command. Exit status: 0 where all held, 1 where something did not, 2 for a wrong call.

`tandem time` and the API map will stand here too, once `timing` and `api_map` do.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from . import catalog, judge, pages, record
from .model import FRAMEWORKS, Failure, Gap, Run, TandemError, Topic

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run, compare and record Tandem's snippets.",
)
_out = Console(soft_wrap=True, highlight=False, emoji=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)

Ids = Annotated[list[str] | None, typer.Argument(help="Topics as area/topic, or whole areas.")]


@contextlib.contextmanager
def _wrong_call() -> Iterator[None]:
    """A mistake in what was asked for ends with status 2."""
    try:
        yield
    except TandemError as error:
        _err.print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(2) from None


def _load() -> catalog.Catalog:
    with _wrong_call():
        return catalog.load(catalog.find_root())


def _show_mistakes(found: tuple[TandemError, ...]) -> None:
    for mistake in found:
        _err.print(f"[red]{escape(str(mistake))}[/red]")


@app.command("list")
def list_topics(as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """List the topics."""
    found = _load()
    if as_json:
        rows = [
            {
                "id": t.id,
                "area": t.area,
                "title": t.title,
                "summary": t.summary,
                "frameworks": list(t.snippets),
                "needs": list(t.needs),
                "agree": dict(t.agree),
                "differ": dict(t.differ),
            }
            for t in found.topics.values()
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        longest = max(map(len, found.topics), default=0)
        table = Table(Column("topic", no_wrap=True, min_width=longest), "title", "in", box=None, header_style="bold")
        for topic in found.topics.values():
            table.add_row(topic.id, escape(topic.title), ", ".join(s.framework.label for s in topic.snippets.values()))
        _out.print(table)
    _show_mistakes(found.mistakes)
    raise typer.Exit(1 if found.mistakes else 0)


@app.command()
def check() -> None:
    """Check sources, records and placement without running anything."""
    found = _load()
    site = pages.read_site(found)
    mistakes = dict.fromkeys(map(str, (*found.mistakes, *site.mistakes)))
    stale = [failure for topic in found.topics.values() if (failure := judge.is_current(found.root, topic))]
    for text in mistakes:
        _err.print(f"[red]{escape(text)}[/red]")
    for failure in stale:
        _print_failure(_err, failure)
    if mistakes or stale:
        raise typer.Exit(1)
    count = f"{len(found.topics)} topics on {len(site.pages)} pages"
    _out.print(f"{count}: all are recorded as they stand, each has one home page.")


@app.command()
def new(name: Annotated[str, typer.Argument(help="area/topic")]) -> None:
    """Start a topic that runs."""
    from . import scaffold

    with _wrong_call():
        root = catalog.find_root()
        for path in scaffold.new(root, name):
            _out.print(f"wrote {path.relative_to(root)}")
    _out.print(f"Now: edit them; tandem run {name} --update; put the line ::pair {name} on a page; tandem check")


@app.command()
def export() -> None:
    """Write downloads, notebooks, pairs.json and llms.txt into docs/."""
    from . import export as exporter

    found = _load()
    site = pages.read_site(found)
    try:
        written = exporter.export(site)
    except TandemError as error:
        _show_mistakes((error,))
        raise typer.Exit(1) from None
    _show_mistakes(found.mistakes)
    _out.print(f"{len(written)} files for {len(found.topics)} topics are in docs/.")
    raise typer.Exit(1 if found.mistakes else 0)


@app.command()
def run(
    ids: Ids = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what is not recorded as it stands (the default without IDS).")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every topic.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=64, help="Snippets at a time; one for each processor by default.")
    ] = None,
    shard: Annotated[str | None, typer.Option("--shard", metavar="i/n", help="Only the i-th of n parts.")] = None,
    cold: Annotated[bool, typer.Option("--cold", help="A new interpreter for each snippet.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Record what ran and agreed.")] = False,
    json_file: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the outcome for a program; - for standard output."),
    ] = None,
) -> None:
    """Run snippets, compare them, hold them against the record."""
    found = _load()
    with _wrong_call():
        _check_call(ids, changed, everything, json_file)
        topics = found.pick(ids or [])
        known = len(topics)
        if changed or not (ids or everything):
            topics = [topic for topic in topics if judge.is_current(found.root, topic)]
        pending = len(topics)
        topics = _sharded(topics, shard)
    mistakes = {str(m): m for name in ids or [] for m in found.mistakes_of(catalog.plain(name))}
    broken = tuple(mistakes.values()) if ids else found.mistakes
    _show_mistakes(broken)
    console = _err if json_file == "-" else _out
    if not topics and not broken:
        same = f"Nothing changed: {known} topics are recorded as they stand."
        console.print("Nothing in this part." if pending else same)
    outcomes = _run_topics(found.root, topics, jobs, cold, update, console) if topics else []
    ok = not broken and all(outcome["holds"] for outcome in outcomes)
    if json_file:
        report = {"ok": ok, "topics": outcomes, "mistakes": [str(mistake) for mistake in broken]}
        text = json.dumps(report, indent=1, allow_nan=False) + "\n"
        sys.stdout.write(text) if json_file == "-" else Path(json_file).write_text(text, "utf-8")
    raise typer.Exit(0 if ok else 1)


def _check_call(ids: list[str] | None, changed: bool, everything: bool, json_file: str | None) -> None:
    """Raise for options that contradict each other, and for a report that could not be written in the end."""
    if changed and everything:
        raise TandemError("tandem run", "both --changed and --all", "one of the two", "leave one out")
    if ids and everything:
        raise TandemError("tandem run", "both topics and --all", "one of the two", "leave one out")
    if json_file and json_file != "-" and not Path(json_file).absolute().parent.is_dir():
        raise TandemError("tandem run --json", f"no folder for {json_file}", "a file in a folder that exists", "mkdir")


def _sharded(topics: list[Topic], shard: str | None) -> list[Topic]:
    if shard is None:
        return topics
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise TandemError("tandem run --shard", f"{shard!r}", "i/n with 1 <= i <= n", "--shard 1/4")
    return sorted(topics, key=lambda topic: (-_seconds(topic), topic.id))[int(part) - 1 :: int(parts)]


def _recorded(topic: Topic) -> dict[str, float]:
    """Framework -> seconds when the topic was last recorded."""
    try:
        kept = record.read(topic)
    except TandemError:
        return {}
    return {key: run.seconds for key, run in kept.runs.items()} if kept else {}


def _seconds(topic: Topic) -> float:
    return sum(_recorded(topic).values()) or topic.seconds


def _run_topics(
    root: Path, topics: list[Topic], jobs: int | None, cold: bool, update: bool, console: Console
) -> list[dict[str, Any]]:
    """Run the topics with a progress line, judge each as its last snippet ends, and sum up."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .execute import Work, run_all

    work = []
    for topic in topics:
        known = _recorded(topic)
        work += [Work(topic, snippet, known.get(key, topic.seconds)) for key, snippet in topic.snippets.items()]
    begun = time.monotonic()
    runs: dict[str, dict[str, Run]] = {}
    outcomes = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("snippets", total=len(work))

        def began(item: Work) -> None:
            progress.update(bar, description=f"{item.topic.id} {item.snippet.framework.label}")

        for item, ran in run_all(work, jobs, cold, began):
            progress.advance(bar)
            mine = runs.setdefault(item.topic.id, {})
            mine[ran.framework] = ran
            if len(mine) == len(item.topic.snippets):
                outcome = _judge(root, item.topic, {key: mine[key] for key in item.topic.snippets}, update)
                outcomes.append(outcome)
                _print_topic(console, outcome)
    order = [topic.id for topic in topics]
    outcomes.sort(key=lambda outcome: order.index(outcome["id"]))
    _print_closing(console, outcomes, time.monotonic() - begun)
    return outcomes


def _judge(root: Path, topic: Topic, runs: dict[str, Run], update: bool) -> dict[str, Any]:
    """The verdict on a topic as JSON; with `update` it is recorded first, so that only the runs can fail it."""
    told: list[str] = []
    gaps: tuple[Gap, ...] = ()
    try:
        verdict = judge.judge(root, topic, runs)
        failures, gaps = list(verdict.failures), verdict.gaps
        if update and verdict.fresh:
            told = judge.update(root, verdict)
            failures = []
    except TandemError as error:
        failures = [Failure("versions", error.where, "", error.found, error.allowed, error.mend)]
    except OSError as error:
        failures = [Failure("broken", record.shown(topic), "", str(error), "a folder to write to", "make room for it")]
    return _outcome(topic, runs, gaps, failures, told)


def _outcome(
    topic: Topic, runs: dict[str, Run], gaps: tuple[Gap, ...], failures: list[Failure], told: list[str]
) -> dict[str, Any]:
    """What became of a topic, as JSON."""
    return {
        "id": topic.id,
        "title": topic.title,
        "holds": not failures,
        "updated": told,
        "failures": [asdict(failure) for failure in failures],
        "agree": {
            g.name: {"gap": _finite(g.measured), "allowed": g.allowed, "holds": g.holds, "note": g.note}
            for g in gaps
            if g.kind == "agree"
        },
        "differ": {
            g.name: {"gap": _finite(g.measured), "at_least": g.allowed, "holds": g.holds, "note": g.note}
            for g in gaps
            if g.kind == "differ"
        },
        "runs": {key: _ran(run) for key, run in runs.items()},
    }


def _ran(run: Run) -> dict[str, Any]:
    """What a snippet did, as JSON."""
    return {
        "seconds": run.seconds,
        "megabytes": run.megabytes,
        "versions": dict(run.versions),
        "cells": [
            {
                "title": cell.title,
                "output": cell.text,
                "figures": [f.alt for f in cell.figures],
                "seconds": cell.seconds,
            }
            for cell in run.cells
        ],
    }


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None


def _print_failure(console: Console, failure: Failure) -> None:
    cell = f'  cell "{failure.cell}"' if failure.cell else ""
    console.print(f"[bold red]{escape(failure.where)}[/]{escape(cell)}  ({failure.kind})")
    console.print(f"    found     {escape(failure.message)}")
    if failure.expected:
        console.print(f"    expected  {escape(failure.expected)}")
    if failure.mend:
        console.print(f"    mend      {escape(failure.mend)}")


def _print_topic(console: Console, outcome: dict[str, Any]) -> None:
    for failure in outcome["failures"]:
        _print_failure(console, Failure(**failure))
    if outcome["updated"]:
        console.print(f"[green]recorded[/] {outcome['id']}")
        for line in outcome["updated"]:
            console.print(f"    {escape(line)}")


def _print_closing(console: Console, outcomes: list[dict[str, Any]], seconds: float) -> None:
    longest = max(len(outcome["id"]) for outcome in outcomes)
    topic = Column("topic", no_wrap=True, min_width=longest)
    right = [Column(name, justify="right", no_wrap=True) for name in ("seconds", "MiB")]
    table = Table(
        topic,
        *right,
        "worst gap / allowed",
        Column("", no_wrap=True),
        box=None,
        header_style="bold",
        padding=(0, 1, 0, 0),
    )
    for outcome in outcomes:
        runs = outcome["runs"].values()
        name, worst = max(outcome["agree"].items(), key=lambda item: _share(item[1]), default=("", None))
        measured = "∞" if worst is None or worst["gap"] is None else f"{worst['gap']:.1e}"
        told = f"{name} {measured} / {worst['allowed']:g}" if worst else "–"
        table.add_row(
            outcome["id"],
            f"{sum(run['seconds'] for run in runs):.1f}",
            f"{max(run['megabytes'] for run in runs):.0f}",
            told,
            "[green]holds[/]" if outcome["holds"] else f"[red]{outcome['failures'][0]['kind']}[/]",
        )
    console.print(table)
    failed = sum(not outcome["holds"] for outcome in outcomes)
    labels = sorted({FRAMEWORKS[key].label for outcome in outcomes for key in outcome["runs"]})
    what = f"{len(outcomes)} topics ({', '.join(labels)}) in {seconds:.1f} s"
    console.print(f"{what}: {len(outcomes) - failed} hold, {failed} do not.")


def _share(gap: dict[str, Any]) -> float:
    if gap["gap"] is None:
        return float("inf")
    return float(gap["gap"]) / gap["allowed"] if gap["allowed"] else (float("inf") if gap["gap"] else 0.0)


if __name__ == "__main__":
    app()
