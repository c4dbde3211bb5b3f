"""The Python-Markdown extension that expands Tandem's directives: a thin shell over `render`.

It knows nothing of MkDocs or Zensical, so both build the same pages. A wrong directive stops the build with the page's
name and line; a record that is not current is a warning, which `--strict` turns into an error.
"""

from __future__ import annotations

import functools
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from . import catalog, charts, claims, diagrams, judge, ledger, pages, record, render, results, spread
from .model import AREAS, TandemError

_LOG = logging.getLogger("mkdocs.plugins.tandem")


class DirectiveError(click.ClickException):
    """Stops the build; MkDocs prints the text without a traceback."""


@functools.lru_cache(maxsize=2)
def _read(root: Path, stamp: int) -> tuple[pages.Site, list[results.Shown]]:
    found = catalog.load(root)
    files, mistakes = results.read_all(root)
    if mistakes:
        raise mistakes[0]
    return pages.read_site(found), results.show(files, found.topics, record.pins(root)) if files else []


def read(root: Path) -> tuple[pages.Site, list[results.Shown]]:
    """The site's topics and pages, and the timings, as they are now; read again only when a file changed.

    Raises:
        TandemError: where a machine's timings are damaged.
    """
    watched = [
        path
        for folder in ("snippets", "docs")
        for path in (root / folder).rglob("*")
        if path.suffix in {".md", ".py", ".cpp", ".toml", ".json", ".ipynb"}
    ]
    return _read(root, hash(tuple(sorted((str(path), path.stat().st_mtime_ns) for path in watched))))


def repository(root: Path) -> str:
    """`owner/name` from `$GITHUB_REPOSITORY`, else from a plain repo_url in mkdocs.yml; empty where neither says."""
    if named := os.environ.get("GITHUB_REPOSITORY"):
        return named
    text = (root / "mkdocs.yml").read_text("utf-8")
    found = re.search(
        r"^repo_url:\s*[\"']?https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?[\"']?\s*$", text, re.MULTILINE
    )
    return found[1] if found else ""


class _Written(Preprocessor):
    """Keeps the page as it is written: by its text the page is known, before anything is included in it."""

    lines: Sequence[str] = ()

    def run(self, lines: list[str]) -> list[str]:
        self.lines = tuple(lines)
        return lines


class _Directives(Preprocessor):
    def __init__(self, md: Markdown, root: str, written: _Written) -> None:
        super().__init__(md)
        self._root, self._written = root, written

    def run(self, lines: list[str]) -> list[str]:
        found = _directives(lines)
        if not found:
            return lines
        try:
            site, timed = read(Path(self._root) if self._root else catalog.find_root())
            page, above = pages.page_of(site, "\n".join(self._written.lines))
            told = dict(zip(found, _directives(self._written.lines), strict=False))  # an include moves lines down
            expanded = list(lines)
            for number, line in reversed(found):
                at = above + told.get((number, line), (number, line))[0] + 1
                where = f"docs/{page.path}:{at}" if page else f"line {at}"
                said = pages.heading_above(lines[:number])
                expanded[number : number + 1] = _expand(line, where, site, timed, page, said).split("\n")
        except TandemError as error:
            raise DirectiveError(str(error)) from None
        return expanded


def _directives(lines: Sequence[str]) -> list[tuple[int, str]]:
    return [
        (number, line)
        for number, line in pages.outside_fences(lines)
        if line.lstrip(" \t").startswith("::") and not line.startswith(":::")
    ]


def _expand(
    line: str, where: str, site: pages.Site, timed: Sequence[results.Shown], page: pages.Page | None, said: str
) -> str:
    directive = pages.parse(line, where)
    if directive is None:
        return line
    pages.check(directive, site, where)
    root = site.catalog.root
    place = render.Place(
        up="../" * page.path.count("/") if page else "",
        repository=repository(root),
        homes=site.homes,
        here=page.path if page else "",
    )
    if directive.name == "catalogue":
        found = {t.name: t for t in site.catalog.topics.values() if t.area == directive.argument}
        return render.catalogue([found[name] for name in directive.only or found], place)
    if directive.name == "timings":
        wanted = [item for item in timed if directive.argument in ("all", item.topic.area)]
        return charts.summary(wanted) if directive.show else charts.everything(wanted, place, AREAS)
    if directive.name == "chooser":
        return ledger.chart(site, place)
    if directive.name == "claims":
        return _claims(directive, where, site, timed, place)
    topic = site.catalog.topics[directive.argument]
    if directive.name in ("classes", "dispatch"):
        return diagrams.figure(directive.name, topic, directive.only, directive.of)
    if directive.name == "timing":
        return charts.topic([item for item in timed if item.topic.id == topic.id], topic, place)
    stale = judge.is_current(root, topic)
    if stale:
        _LOG.warning("%s: %s: %s; mend: %s", where, stale.where, stale.message, stale.mend)
    recorded = record.read(topic) if not stale or stale.kind == "stale" else None
    if topic.is_notebook:
        return render.notebooks(topic, recorded, stale, place)
    narrow = spread.is_current(root, topic)
    if narrow:
        _LOG.warning("%s: %s: %s; mend: %s", where, narrow.where, narrow.message, narrow.mend)
    measured = spread.read(topic) if topic.spread and not narrow else None
    return render.pair(topic, recorded, stale, place, directive.cells, directive.titled, measured, said, directive.fold)


def _claims(
    directive: pages.Directive, where: str, site: pages.Site, timed: Sequence[results.Shown], place: render.Place
) -> str:
    """The claims that a directive asks for; each that is not borne out is a warning."""
    if directive.argument == pages.ARTICLE:
        return ledger.article(site, place)
    found = [
        claim
        for claim in site.ledger.claims.values()
        if directive.argument in ("all", claim.area) and (not directive.only or claim.id in directive.only)
    ]
    if directive.show:
        return ledger.summary(found)
    if directive.argument == "all" and not directive.only:
        for fault in claims.faults(site.ledger, site.catalog, timed):
            _LOG.warning("%s: %s", where, fault)
        return ledger.all_claims(site, timed, place)
    return ledger.some_claims(found, site, timed, place)


class TandemExtension(Extension):
    """Expands the directives of `pages`. Option `root`: the checkout, found from the working folder by default."""

    def __init__(self, **options: Any) -> None:
        self.config = {"root": ["", "the checkout"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register, after pymdownx.snippets (32) and before blanks are normalised (30)."""
        written = _Written(md)
        md.preprocessors.register(written, "tandem_written", 33)
        md.preprocessors.register(_Directives(md, self.getConfig("root"), written), "tandem", 31)


def makeExtension(**options: Any) -> TandemExtension:
    """The name that Python-Markdown looks for."""
    return TandemExtension(**options)
