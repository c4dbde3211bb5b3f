"""Writes what the built site links to, from sources and records alone: programs, notebooks, figures, indexes.

Everything lands in docs/ under names that git ignores; a file that is no longer wanted goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import charts, claims, figures, judge, pages, record, render, results, spread
from .model import AREAS, Record, Topic
from .render import url_of

_PREINSTALLED = {"scikit-learn", "matplotlib", "scikit-image", "pandas"}  # on Colab, beside both frameworks


def export(site: pages.Site) -> list[Path]:
    """Write every download and index under docs/; the paths written.

    Raises:
        TandemError: where a record or a machine's timings are damaged.
    """
    docs = site.catalog.root / "docs"
    wanted: dict[Path, str] = {}
    pairs = []
    for topic in site.catalog.topics.values():
        kept = record.read(topic)
        wanted |= {docs / render.DOWNLOADS / topic.id / name: text for name, text in downloads(topic, kept).items()}
        if not topic.is_notebook:
            pairs.append(entry(topic, kept, site.homes.get(topic.id, "")))
    wanted[docs / "pairs.json"] = json.dumps(pairs, indent=1, ensure_ascii=False) + "\n"
    wanted[docs / "claims.json"] = json.dumps(claims.as_json(site.ledger), indent=1, ensure_ascii=False) + "\n"
    wanted[docs / "llms.txt"] = llms(site)
    files, mistakes = results.read_all(site.catalog.root)
    if mistakes:
        raise mistakes[0]
    timed = results.show(files, site.catalog.topics, record.pins(site.catalog.root))
    wanted[docs / "timings.json"] = charts.as_json(timed)
    wanted[docs / "timings.csv"] = charts.as_csv(timed)
    for path, text in wanted.items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(path.name + ".part")
            part.write_text(text, "utf-8")
            part.replace(path)
    for old in (docs / render.DOWNLOADS).rglob("*"):
        if old.is_file() and old not in wanted:
            old.unlink()
    return list(wanted)


def downloads(topic: Topic, kept: Record | None) -> Mapping[str, str]:
    """File name -> text of everything a reader can take along: programs, notebooks, figures in two themes.

    The figures of a narrative notebook stand in it alone.
    """
    files = {}
    missing = [package for package in topic.needs if package not in _PREINSTALLED]
    install = f"%pip install --quiet {' '.join(missing)}" if missing else ""
    for key, snippet in topic.snippets.items():
        files[snippet.path.name] = snippet.source
        if snippet.framework.language == "python":
            light = _light(kept) if kept else None
            files[f"{snippet.path.stem}.ipynb"] = record.to_notebook(topic, key, light, install=install)
        for cell in kept.runs[key].cells if kept and key in kept.runs and not topic.is_notebook else ():
            for number, figure in enumerate(cell.figures, 1):
                for theme in figures.THEMES:
                    name = f"{render.figure_name(topic, key, cell.title, number)}.{theme}.svg"
                    files[name] = figures.themed(figure.svg, theme)
                    if figures.moves(figure):
                        files[name.replace(".svg", ".still.svg")] = figures.still(files[name])
    return files


def _light(kept: Record) -> Record:
    """The record with its figures in the colours of the light theme, as a notebook shows them."""
    from dataclasses import replace

    def dyed(figure: Any) -> Any:
        return replace(figure, svg=figures.themed(figure.svg, "light"))

    runs = {
        key: replace(run, cells=tuple(replace(cell, figures=tuple(map(dyed, cell.figures))) for cell in run.cells))
        for key, run in kept.runs.items()
    }
    return replace(kept, runs=runs)


def entry(topic: Topic, kept: Record | None, home: str) -> dict[str, Any]:
    """What pairs.json says of a topic."""
    gaps = kept.gaps if kept else ()
    return {
        "id": topic.id,
        "area": topic.area,
        "title": topic.title,
        "summary": topic.summary,
        "url": f"{url_of(home)}#{render.anchor(topic)}" if home else None,
        "frameworks": {key: _half(topic, key, kept) for key in topic.snippets},
        "agree": {
            g.name: {"gap": g.measured, "allowed": topic.agree.get(g.name, g.allowed)}
            for g in gaps
            if g.kind == "agree"
        },
        "differ": {
            g.name: {"gap": g.measured, "at_least": topic.differ.get(g.name, g.allowed)}
            for g in gaps
            if g.kind == "differ"
        },
        "spread": _spread(topic),
        "versions": dict(kept.versions) if kept else {},
        "recorded_on": kept.recorded_on if kept else None,
        "current": judge.is_current(topic.folder.parents[2], topic) is None,
    }


def _spread(topic: Topic) -> dict[str, Any]:
    """What pairs.json says of the numbers that were measured from several seeds, by name."""
    found = spread.read(topic) if topic.spread else None
    if found is None:
        return {}
    return {
        name: {"seeds": list(found.seeds), **{key: list(values) for key, values in halves.items()}}
        for name, halves in found.values.items()
    }


def _half(topic: Topic, key: str, kept: Record | None) -> dict[str, Any]:
    """What pairs.json says of one snippet."""
    snippet = topic.snippets[key]
    said = {cell.title: cell.text for cell in kept.runs[key].cells} if kept and key in kept.runs else {}
    base = f"{render.DOWNLOADS}/{topic.id}/{snippet.path.stem}"
    return {
        "code": snippet.source,
        "cells": [{"title": c.title, "code": c.source, "output": said.get(c.title, "")} for c in snippet.cells],
        "file": f"{base}{snippet.path.suffix}",
        "notebook": f"{base}.ipynb" if snippet.framework.language == "python" else None,
    }


def llms(site: pages.Site) -> str:
    """The site's contents for language models, in the llms.txt layout: a heading, a summary, links by section."""
    lines = [
        "# Tandem",
        "",
        "> TensorFlow or PyTorch, and how do I do this in each?",
        "> Every code block was executed and every pair compared number by number.",
        "",
        "The whole catalogue with code, outputs and measured agreement: [pairs.json](pairs.json)",
        "What is claimed about the frameworks, the verdicts and their evidence: [claims.json](claims.json)",
        "What was timed, on which machine, every raw value: [timings.json](timings.json)",
    ]
    for area, heading in AREAS.items():
        topics = [t for t in site.catalog.topics.values() if t.area == area and t.id in site.homes]
        if topics:
            lines += ["", f"## {heading}", ""]
            lines += [f"- [{t.title}]({url_of(site.homes[t.id])}#{render.anchor(t)}): {t.summary}" for t in topics]
    return "\n".join(lines) + "\n"
