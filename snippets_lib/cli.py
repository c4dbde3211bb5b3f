"""The `tandem` command. Exit status: 0 where all held, 1 where something did not, 2 for a wrong call.

The API map will stand here too, once `api_map` does.
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

from . import catalog, judge, pages, record, spread
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


def _broken(found: catalog.Catalog, ids: list[str] | None) -> tuple[TandemError, ...]:
    """The mistakes in the topics that are asked for, each once."""
    mistakes = {str(m): m for name in ids or [] for m in found.mistakes_of(catalog.plain(name))}
    return tuple(mistakes.values()) if ids else found.mistakes


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
    """Check sources, records, timings, claims and placement without running anything."""
    from . import claims, results

    found = _load()
    site = pages.read_site(found)
    files, damaged = results.read_all(found.root)
    timed = results.show(files, found.topics, record.pins(found.root)) if files else []
    unproven = claims.faults(site.ledger, found, timed)
    mistakes = dict.fromkeys(map(str, (*found.mistakes, *site.mistakes, *damaged, *unproven)))
    asked = [
        is_current(found.root, t) for t in found.topics.values() for is_current in (judge.is_current, spread.is_current)
    ]
    stale = [failure for failure in asked if failure]
    for text in mistakes:
        _err.print(f"[red]{escape(text)}[/red]")
    for failure in stale:
        _print_failure(_err, failure)
    if mistakes or stale:
        raise typer.Exit(1)
    count = f"{len(found.topics)} topics on {len(site.pages)} pages"
    _out.print(f"{count}: all are recorded as they stand, each has one home page.")
    if site.ledger.claims:
        _out.print(f"{len(site.ledger.claims)} claims: each is borne out.")


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
    """Write downloads, notebooks, pairs.json, claims.json, timings and llms.txt into docs/."""
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
    broken = _broken(found, ids)
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


@app.command("spread")
def spread_topics(
    ids: Ids = None,
    seeds: Annotated[int, typer.Option("--seeds", min=5, max=100, help="From how many seeds, counted from 0.")] = 5,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=64, help="Snippets at a time; one for each processor by default.")
    ] = None,
) -> None:
    """Run topics from several seeds, and record how far their numbers spread.

    Without IDS: those whose topic.toml names a spread that is not recorded as it stands.
    """
    found = _load()
    with _wrong_call():
        topics = [topic for topic in found.pick(ids or []) if topic.spread]
    broken = _broken(found, ids)
    _show_mistakes(broken)
    if ids and not topics and not broken:
        with _wrong_call():
            raise TandemError(
                "tandem spread", "no spread is asked for in these topics", 'spread = ["name"]', "tandem list"
            )
    topics = topics if ids else spread.unmeasured(found.root, topics)
    if not topics and not broken:
        _out.print("Every spread is recorded as it stands.")
    failed = sum(_spread(found.root, topic, seeds, jobs) for topic in topics)
    raise typer.Exit(1 if failed or broken else 0)


def _spread(root: Path, topic: Topic, seeds: int, jobs: int | None) -> bool:
    """Run a topic from each seed and record what came of it; true where something failed."""
    from .execute import Work, run_all

    known = record.seconds(topic)
    work: list[Work] = []
    seed_of: dict[int, int] = {}
    for seed in range(seeds):
        changed = spread.with_seed(topic, seed)
        items = [Work(changed, s, known.get(key, topic.seconds)) for key, s in changed.snippets.items()]
        seed_of |= {id(item): seed for item in items}
        work += items
    runs: dict[int, dict[str, Run]] = {seed: {} for seed in range(seeds)}
    for item, ran in run_all(work, jobs):
        runs[seed_of[id(item)]][ran.framework] = ran
    ordered = {seed: {key: halves[key] for key in topic.snippets} for seed, halves in runs.items()}
    result, failures = spread.judge(root, topic, ordered)
    for failure in failures:
        _print_failure(_err, failure)
    if result is None:
        return True
    spread.write(topic, result)
    _out.print(f"[bold]{topic.id}[/] from seeds 0 to {seeds - 1}")
    for name, gaps in result.gaps.items():
        told = "".join(
            f"  {FRAMEWORKS[k].label} {min(v):.4g} to {max(v):.4g}" for k, v in result.values.get(name, {}).items()
        )
        _out.print(f"  {name}: widest gap {max(gaps):.2g} of {topic.agree[name]:g}{told}")
    return False


@app.command("time")
def time_topics(
    ids: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Every timed topic, measured already or not.")] = False,
    device: Annotated[
        str,
        typer.Option("--device", metavar="cpu|cuda|rocm|mps", help="Where; by default on all there is."),
    ] = "",
    rounds: Annotated[
        int, typer.Option("--rounds", min=3, max=50, help="How many times each process starts anew.")
    ] = 5,
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, max=1024, help="For an operation; by default all cores but one."),
    ] = None,
    name: Annotated[str, typer.Option("--machine", help="What to call this machine in docs/data/timings/.")] = "",
    under_load: Annotated[bool, typer.Option("--under-load", help="Measure a busy machine and say so.")] = False,
    cold: Annotated[bool, typer.Option("--cold", help="A new interpreter for each process, not a fork.")] = False,
) -> None:
    """Measure how long topics take, on this machine, and record it in docs/data/timings/.

    Without IDS and --all: what this machine has no current timings of.
    """
    from . import machine, race

    found = _load()
    broken = _broken(found, ids)
    with _wrong_call():
        if ids and everything:
            raise TandemError("tandem time", "both topics and --all", "one of the two", "leave one out")
        here = machine.describe(name)
        kinds = machine.device_kinds(here)
        if device and device not in kinds:
            raise TandemError(
                "tandem time --device", f"no {device} device here", ", ".join(kinds), "leave --device out"
            )
        topics = [topic for topic in found.pick(ids or []) if topic.time]
        if ids and not topics and not broken:
            raise TandemError("tandem time", "nothing to time in these topics", "a topic with [time]", "tandem list")
        chosen = bool(ids) or everything
        measured = (device,) if device else kinds
        wanted = {kind: _untimed(found.root, here.name, kind, topics, chosen) for kind in measured}
        if any(wanted.values()) and not under_load:
            machine.check_idle()
    _show_mistakes(broken)
    failed = 0
    for kind, which in wanted.items():
        settings = race.Settings(kind, rounds, threads or max(1, here.cores - 1), cold)
        failed += _race(found.root, here, which, settings) if which else 0
        if not which and not broken:
            _out.print(f"{kind}: every topic has current timings on {here.name}.")
    raise typer.Exit(1 if failed or broken else 0)


def _untimed(root: Path, name: str, kind: str, topics: list[Topic], chosen: bool) -> list[Topic]:
    """The topics to measure on a device: all where they were chosen, else those without current timings there.

    Raises:
        TandemError: where the machine's file is damaged.
    """
    from . import results

    path, locked = results.path_of(root, name), record.pins(root)
    known = {e.topic: e for e in results.read(path).entries if e.device == kind} if path.is_file() else {}
    return [t for t in topics if chosen or t.id not in known or results.stale(known[t.id], t, locked)]


def _race(root: Path, here: Any, topics: list[Topic], settings: Any) -> int:
    """Measure topics on a device, each recorded as it ends; how many failed."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from . import race, results

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    failed, begun = 0, time.monotonic()
    # Drawn once in two seconds: what draws a bar works while others are measured.
    with Progress(*columns, console=_out, transient=True, refresh_per_second=0.5) as progress:
        bar = progress.add_task("", total=len(topics) * settings.rounds)

        def began(topic: Topic, number: int) -> None:
            progress.update(bar, description=f"{topic.id} on {settings.device}, round {number}")

        with race.Track(settings, began) as track:
            for number, topic in enumerate(topics, 1):
                try:
                    entry = track.run(topic)
                    results.write(root, here, [entry])
                    _print_timing(entry)
                except TandemError as error:
                    failed += 1
                    _err.print(f"[red]{escape(str(error))}[/red]")
                progress.update(bar, completed=number * settings.rounds)
    path = results.path_of(root, here.name).relative_to(root).as_posix()
    took = f"{len(topics) - failed} topics measured on {settings.device} in {time.monotonic() - begun:.0f} s"
    _out.print(f"{took}, {failed} failed: {path}")
    return failed


def _print_timing(entry: Any) -> None:
    """The ratios between the frameworks, with their intervals."""
    from . import results

    load = f"  [yellow]under load: {entry.others + entry.stolen:.2f} cores[/]" if entry.loaded else ""
    _out.print(f"[bold]{entry.topic}[/] on {entry.device}{load}")
    for ratio in entry.ratios:
        case = results.WORKS[ratio.work] + (f", batch {ratio.batch_size}" if ratio.batch_size else "")
        case += "" if ratio.dtype == "float32" else f", {ratio.dtype}"
        told = f"{ratio.ratio:8.3g}  ({ratio.low:.3g} to {ratio.high:.3g})"
        _out.print(f"  {told}  {ratio.numerator} / {ratio.denominator}, {case}")


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


def _seconds(topic: Topic) -> float:
    return sum(record.seconds(topic).values()) or topic.seconds


def _run_topics(
    root: Path, topics: list[Topic], jobs: int | None, cold: bool, update: bool, console: Console
) -> list[dict[str, Any]]:
    """Run the topics with a progress line, judge each as its last snippet ends, and sum up."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .execute import Work, run_all

    work = []
    for topic in topics:
        known = record.seconds(topic)
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
