"""Does every comparison bite? Changes one literal at a time in one half of a pair and wants the run to fail.

Usage: python tests/bite.py [IDS] [--limit N]        (make bite; N mutants of each half, from all over it)

A number grows by half (a whole one by one), a truth value flips, a keyword argument goes back to its default. What
only shapes print-outs and figures is left alone. A mutant dies where the half no longer runs or a bound of
[agree] or [differ] breaks; transcripts do not count, because `--update` would rewrite them. Survivors are listed with
file and line; some are equivalent programs, and a person decides. Too slow for `make test`: it runs each half some
twenty times.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from snippets_lib import catalog, compare, execute, model, record

ROOT = Path(__file__).parents[1]
_COSMETIC = frozenset(
    [
        "print",
        "round",
        "show",
        "plot",
        "bar",
        "barh",
        "hist",
        "imshow",
        "scatter",
        "text",
        "annotate",
        "legend",
        "colorbar",
        "subplots",
        "figure",
        "savefig",
        "axhline",
        "axvline",
        "fill_between",
        "errorbar",
        "format",
        "set",
        "get_logger",
    ]
)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_cosmetic(call: ast.Call) -> bool:
    name = _name(call)
    owner = ast.unparse(call.func).split(".")[0]
    return (
        name in _COSMETIC
        or name.startswith(("set_", "tick"))
        or owner in {"plt", "axes", "axis", "ax", "figure", "traceback", "warnings"}
    )


def _sites(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The places to change, with what to put there."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and _is_cosmetic(node)):
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield node, repr(not node.value)
        elif isinstance(node.value, int):
            yield node, repr(node.value + 1)
        elif isinstance(node.value, float):
            yield node, repr(node.value * 1.5 if node.value else 0.5)
        return
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg:
                yield keyword, ""
    for child in ast.iter_child_nodes(node):
        yield from _sites(child)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, description and text of every mutant of a program."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    raw = source.encode()
    for node, new in _sites(ast.parse(source)):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        tail = raw[end:]
        if not new:
            tail = tail.lstrip().removeprefix(b",") if tail.lstrip().startswith(b",") else tail
        text = (raw[:begin] + new.encode() + tail).decode()
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        yield node.lineno, f"{raw[begin:end].decode()} -> {new or 'default'}", text


def _mutated(topic: model.Topic, key: str, text: str) -> model.Topic | None:
    """The topic with one half changed; None where its cells no longer stand where they stood."""
    snippet = topic.snippets[key]
    try:
        if topic.is_notebook:
            cells = catalog._notebook_cells(text, snippet.path.name)
        else:
            cells, _ = catalog._split(text, snippet.framework, snippet.path.name)
    except model.TandemError:
        return None
    changed = replace(snippet, source=text, cells=cells)
    return replace(topic, id=topic.id, snippets={**topic.snippets, key: changed})


def _spaced(found: list, limit: int | None) -> list:
    """So many of them, from all over the program."""
    if limit is None or limit >= len(found):
        return found
    return [found[int((n + 0.5) * len(found) / limit)] for n in range(limit)]


def survivors(topics: list[model.Topic], limit: int | None) -> Iterator[str]:
    """Run every mutant; yield those that nothing noticed."""
    clean = [execute.Work(topic, s) for topic in topics for s in topic.snippets.values()]
    good = {(w.topic.id, run.framework): run for w, run in execute.run_all(clean)}
    work, labels = [], {}
    for topic in topics:
        seconds = {
            key: run.seconds for key, run in (record.read(topic) or model.Record("", {}, "", {}, {}, ())).runs.items()
        }
        for key, snippet in topic.snippets.items():
            if snippet.framework.language != "python":
                continue
            for line, told, text in _spaced(list(mutants(snippet.source)), limit):
                if changed := _mutated(topic, key, text):
                    item = execute.Work(changed, changed.snippets[key], seconds.get(key, 10.0))
                    labels[id(item)] = f"{execute.shown_path(topic, snippet)}:{line}  {told}"
                    work.append(item)
    print(f"{len(work)} mutants of {len(clean)} snippets", flush=True)
    for done, (item, run) in enumerate(execute.run_all(work), 1):
        halves = {key: good[item.topic.id, key] for key in item.topic.snippets} | {run.framework: run}
        if run.failure is None and all(gap.holds for gap in compare.gaps(item.topic, halves)):
            yield labels[id(item)]
        if done % 25 == 0:
            print(f"… {done} of {len(work)}", flush=True)


def main() -> int:
    """Print the survivors; status 1 where there are any."""
    arguments = sys.argv[1:]
    limit = int(arguments.pop(arguments.index("--limit") + 1)) if "--limit" in arguments else None
    ids = [argument for argument in arguments if argument != "--limit"]
    topics = [topic for topic in catalog.load(ROOT).pick(ids) if not topic.unpaired]
    count = 0
    for survivor in survivors(topics, limit):
        count += 1
        print(f"survived  {survivor}", flush=True)
    print(f"{count} survived")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
