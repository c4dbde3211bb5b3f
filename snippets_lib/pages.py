"""Reads the directives of docs/**/*.md: where every topic stands. Guarantee: a directive it returns is well-formed.

A directive is a whole line outside code fences: `::pair area/topic`, with options as `cells="Title; Title"`.
Each topic has one *home*: the page with its whole `::pair`, or the page whose `cells=` directives show every cell of it
once. Any other page may quote single cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .catalog import Catalog, read_text, unknown_topic
from .model import AREAS, NOTEBOOKS, TandemError, Topic

OPTIONS: Mapping[str, frozenset[str]] = {
    "pair": frozenset({"cells", "title"}),
    "timing": frozenset(),
    "timings": frozenset({"show"}),
    "catalogue": frozenset(),
}
"""The directives and the options each takes. Those to come: `claims`, `api_map`."""

_DIRECTIVE = re.compile(r'::(?P<name>[a-z_]+)[ \t]+(?P<argument>[^\s"=]+)(?P<options>(?:[ \t]+\w+="[^"]*")*)[ \t]*')
_INDENTED = re.compile(rf"[ \t]+::({'|'.join(OPTIONS)})[ \t]")  # it would be left on the page as it stands
_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_OUTSIDE = {"downloads", "reference"}


@dataclass(frozen=True)
class Directive:
    """One directive: `line` counts from 1 in the text it was found in.

    Attributes:
        name: which one, without the colons.
        argument: a topic, an area, or `all`.
        cells: of `::pair`, the titles to show; empty for the whole topic.
        line: where it stands.
        show: of `::timings`, `summary` for the counts alone; empty for everything.
        titled: of `::pair`, false where the page's own heading stands above it.
    """

    name: str
    argument: str
    cells: tuple[str, ...]
    line: int
    show: str = ""
    titled: bool = True


@dataclass(frozen=True)
class Page:
    """A page of docs/: its path from docs/ with slashes, its text, its directives with lines of the file."""

    path: str
    text: str
    directives: tuple[Directive, ...]


@dataclass(frozen=True)
class Site:
    """The catalog and the pages that show it."""

    catalog: Catalog
    pages: tuple[Page, ...]
    homes: Mapping[str, str]
    mistakes: tuple[TandemError, ...]


def outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are not part of a fenced code block, numbered from 0."""
    closing = ""
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if closing:
            if fence and fence["mark"].startswith(closing) and not fence["info"].strip():
                closing = ""
            continue
        if fence and not (fence["mark"][0] == "`" and "`" in fence["info"]):
            closing = fence["mark"]
            continue
        yield number, line


def parse(line: str, where: str, number: int = 0) -> Directive | None:
    """Read a line that begins with two colons; None for any other line.

    Raises:
        TandemError: where it looks like a directive and is none.
    """
    if _INDENTED.match(line):
        raise TandemError(
            where, f"an indented directive: {line.strip()!r}", "it begins its line", "take the blanks away"
        )
    if not line.startswith("::") or line.startswith(":::"):
        return None
    found = _DIRECTIVE.fullmatch(line.rstrip())
    if not found:
        raise TandemError(where, f"not a directive: {line.strip()!r}", '::name argument option="…"', "edit the line")
    name = found["name"]
    if name not in OPTIONS:
        raise TandemError(
            where, f"unknown directive ::{name}", ", ".join(f"::{known}" for known in OPTIONS), "edit the line"
        )
    options = dict(re.findall(r'(\w+)="([^"]*)"', found["options"]))
    if extra := sorted(set(options) - OPTIONS[name]):
        raise TandemError(
            where, f"::{name} takes no {extra[0]}", ", ".join(OPTIONS[name]) or "no options", "edit the line"
        )
    cells = tuple(filter(None, (title.strip() for title in options.get("cells", "").split(";"))))
    if "cells" in options and not cells:
        raise TandemError(where, "cells names no cell", 'cells="Title; Title"', "edit the line")
    if (show := options.get("show", "")) not in ("", "summary"):
        raise TandemError(where, f"show is {show!r}", 'show="summary"', "edit the line")
    if (title := options.get("title", "yes")) not in ("yes", "no"):
        raise TandemError(
            where, f"title is {title!r}", 'title="no", where a heading of the page stands above', "edit the line"
        )
    return Directive(name, found["argument"], cells, number, show, title == "yes")


def check(directive: Directive, catalog: Catalog, where: str) -> None:
    """Raise where a directive names an area, a topic or a cell that is not there."""
    if directive.name == "catalogue":
        if directive.argument not in AREAS:
            raise TandemError(where, f"no area {directive.argument!r}", ", ".join(AREAS), "edit the line")
        return
    if directive.name == "timings":
        if directive.argument not in ("all", *AREAS):
            raise TandemError(where, f"no area {directive.argument!r}", ", ".join(("all", *AREAS)), "edit the line")
        return
    topic = catalog.topics.get(directive.argument)
    if topic is None or topic.is_notebook:
        broken = catalog.mistakes_of(directive.argument)
        raise broken[0] if broken else unknown_topic(directive.argument, catalog.topics, where)
    if directive.name == "timing" and topic.time is None:
        mend = f"add [time] to snippets/{topic.id}/topic.toml, or take the line out"
        raise TandemError(where, f"{topic.id} is not timed", "a topic with a table [time]", mend)
    for title in directive.cells:
        if title not in topic.titles:
            raise TandemError(where, f"{topic.id} has no cell {title!r}", "; ".join(topic.titles), "edit the line")


def directives(text: str, where: str, catalog: Catalog) -> tuple[tuple[Directive, ...], list[TandemError]]:
    """Every directive of a page's text that is well-formed, and what is wrong with it or with the others."""
    found, mistakes = [], []
    for number, line in outside_fences(text.split("\n")):
        place = f"{where}:{number + 1}"
        try:
            if directive := parse(line, place, number + 1):
                found.append(directive)
                check(directive, catalog, place)
        except TandemError as mistake:
            mistakes.append(mistake)
    return tuple(found), mistakes


def read_site(catalog: Catalog) -> Site:
    """Read every page under docs/ and find each topic's home."""
    docs = catalog.root / "docs"
    pages: list[Page] = []
    mistakes: list[TandemError] = []
    for path in sorted(docs.rglob("*.md")):
        shown = path.relative_to(docs)
        if shown.parts[0] in _OUTSIDE:
            continue
        try:
            text = read_text(path, f"docs/{shown.as_posix()}")
        except TandemError as mistake:
            mistakes.append(mistake)
            continue
        found, wrong = directives(text, f"docs/{shown.as_posix()}", catalog)
        mistakes += wrong
        pages.append(Page(shown.as_posix(), text, found))
    homes = {}
    for topic in catalog.topics.values():
        try:
            homes[topic.id] = _home(topic, pages)
            _check_shown(topic, pages)
        except TandemError as mistake:
            mistakes.append(mistake)
    return Site(catalog, tuple(pages), homes, tuple(mistakes))


def _home(topic: Topic, pages: Sequence[Page]) -> str:
    """The page on which the topic lives."""
    if topic.is_notebook:
        return f"{NOTEBOOKS}/{topic.name}.ipynb"
    homes, last = [], ""
    for page in pages:
        shows = [d for d in page.directives if d.name == "pair" and d.argument == topic.id]
        shown = [title for d in shows for title in (d.cells or topic.titles)]
        if shows:
            last = f"docs/{page.path}:{shows[-1].line}"
        if sorted(shown) == sorted(topic.titles):
            homes.append(page.path)
        elif set(shown) >= set(topic.titles):
            twice = next(title for title in shown if shown.count(title) > 1)
            raise TandemError(
                last, f"{topic.id} shows its cell {twice!r} twice", "each cell once on its home page", "edit the page"
            )
    if len(homes) != 1:
        found = "is on no page" if not homes else f"is at home on {len(homes)} pages: {', '.join(homes)}"
        raise TandemError(
            last or f"snippets/{topic.id}",
            f"{topic.id} {found}",
            "one home page",
            f"put the line ::pair {topic.id} on one page under docs/",
        )
    return homes[0]


def _check_shown(topic: Topic, pages: Sequence[Page]) -> None:
    """Raise where a topic is timed and no page shows the timings."""
    if topic.time and not any(d.name == "timing" and d.argument == topic.id for p in pages for d in p.directives):
        raise TandemError(
            f"snippets/{topic.id}/topic.toml",
            f"{topic.id} is timed, but no page shows it",
            "its timings on a page",
            f"put the line ::timing {topic.id} below its pair",
        )


def page_of(site: Site, body: str) -> tuple[Page | None, int]:
    """The page whose text is `body` (what a site generator hands on, front matter gone) and the lines above it."""
    wanted = body.strip()
    for page in site.pages:
        rest = _FRONT.sub("", page.text)
        if rest.strip() == wanted:
            start = page.text.index(wanted.splitlines()[0], len(page.text) - len(rest)) if wanted else 0
            lead = len(body) - len(body.lstrip("\n"))
            return page, page.text[:start].count("\n") - lead
    return None, 0
