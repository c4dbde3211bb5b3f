"""Reads the directives of docs/**/*.md: where every topic stands. Guarantee: a directive it returns is well-formed.

A directive is a whole line outside code fences: `::pair area/topic`, with options as `cells="Title; Title"`.
Each topic has one *home*: the page with its whole `::pair`, or the page whose `cells=` directives show every cell of it
once. Any other page may quote single cells. A story told in two notebooks is at home where `::notebooks` leads to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from . import chooser, claims, diagrams, record
from .catalog import Catalog, read_text, unknown_topic
from .model import AREAS, TandemError, Topic

OPTIONS: Mapping[str, frozenset[str]] = {
    "pair": frozenset({"cells", "fold", "title"}),
    "timing": frozenset(),
    "timings": frozenset({"show"}),
    "claims": frozenset({"only", "show"}),
    "chooser": frozenset(),
    "catalogue": frozenset({"only"}),
    "notebooks": frozenset(),
    "classes": frozenset({"only"}),
    "dispatch": frozenset({"of"}),
}
"""The directives and the options each takes. One is to come: `api_map`."""

ARTICLE = "article"
"""The argument of `::claims` for the article's sentences, each with its answer."""

_NO_CLAIMS, _NO_CHART = claims.Ledger({}, ()), chooser.Chart()
_DIRECTIVE = re.compile(r'::(?P<name>[a-z_]+)[ \t]+(?P<argument>[^\s"=]+)(?P<options>(?:[ \t]+\w+="[^"]*")*)[ \t]*')
DIAGRAMS = ("::classes ", "::dispatch ")  # they say nothing of their own, so a heading above them is still the heading
_INDENTED = re.compile(rf"[ \t]+::({'|'.join(OPTIONS)})[ \t]")  # it would be left on the page as it stands
_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})(?P<info>.*)")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_OUTSIDE = {"downloads", "reference", "data"}


@dataclass(frozen=True)
class Directive:
    """One directive: `line` counts from 1 in the text it was found in.

    Attributes:
        name: which one, without the colons.
        argument: a topic, an area, a question, `all` or `article`; of `::notebooks`, a story.
        cells: of `::pair`, the titles to show; empty for the whole topic.
        line: where it stands.
        show: of `::timings` and `::claims`, `summary` for the counts alone; empty for everything.
        titled: of `::pair`, false where the page's own heading stands above it.
        only: of `::claims` the ids, of `::catalogue` the topics' names, of `::classes` the classes to show; empty for
            all of them.
        fold: of `::pair`, what the reader opens to see the cells, such as `Solution`; empty where they lie open.
        of: of `::dispatch`, the function or method whose calls are drawn.
    """

    name: str
    argument: str
    cells: tuple[str, ...]
    line: int
    show: str = ""
    titled: bool = True
    only: tuple[str, ...] = ()
    fold: str = ""
    of: str = ""


@dataclass(frozen=True)
class Page:
    """A page of docs/: its path from docs/ with slashes, its text, its directives with lines of the file."""

    path: str
    text: str
    directives: tuple[Directive, ...]


@dataclass(frozen=True)
class Site:
    """The catalog and the pages that show it.

    Attributes:
        catalog: the topics.
        pages: the pages.
        homes: topic id -> the path of its home page.
        mistakes: what is wrong with the pages, the claims or the chart.
        ledger: the claims.
        chart: the questions that lead to an answer.
        claims_page: the path of the page with all claims; empty where there is none.
    """

    catalog: Catalog
    pages: tuple[Page, ...]
    homes: Mapping[str, str]
    mistakes: tuple[TandemError, ...]
    ledger: claims.Ledger = _NO_CLAIMS
    chart: chooser.Chart = _NO_CHART
    claims_page: str = ""


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


def heading_above(lines: Sequence[str]) -> str:
    """The last heading of the lines, without its marks; empty where a directive other than a diagram comes after it.

    ```python
    from snippets_lib.pages import heading_above

    print(heading_above(["## Train ##", "", "It learns.", "::classes workflow/train"]))
    #> Train
    ```
    """
    for _, line in reversed(list(outside_fences(lines))):
        if line.startswith("::") and not line.startswith(DIAGRAMS):
            return ""
        if found := re.fullmatch(r"#{1,6}\s+(?P<text>.*?)(?:\s+#+)?(?:\s*\{[^}]*\})?\s*", line):
            return found["text"]
    return ""


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
    lists = {}
    for option, example in (("cells", "Title; Title"), ("only", "id; id")):
        lists[option] = tuple(filter(None, (entry.strip() for entry in options.get(option, "").split(";"))))
        if option in options and not lists[option]:
            raise TandemError(where, f"{option} names nothing", f'{option}="{example}"', "edit the line")
    if (show := options.get("show", "")) not in ("", "summary"):
        raise TandemError(where, f"show is {show!r}", 'show="summary"', "edit the line")
    if (title := options.get("title", "yes")) not in ("yes", "no"):
        raise TandemError(
            where, f"title is {title!r}", 'title="no", where a heading of the page stands above', "edit the line"
        )
    if name == "dispatch" and not options.get("of"):
        raise TandemError(where, "::dispatch names no function", 'of="name"', "edit the line")
    return Directive(
        name,
        found["argument"],
        lists["cells"],
        number,
        show,
        title == "yes",
        lists["only"],
        options.get("fold", ""),
        options.get("of", ""),
    )


def check(directive: Directive, site: Site, where: str) -> None:
    """Raise where a directive names an area, a topic, a cell, a claim or a question that is not there."""
    catalog = site.catalog
    if directive.name == "chooser":
        first = site.chart.question[0].id if site.chart.question else ""
        if directive.argument != first:
            mend = f"edit the line, or {chooser.FILE}"
            raise TandemError(where, f"the chart does not begin with {directive.argument!r}", first or "no chart", mend)
        return
    beside = {"timings": ("all",), "claims": ("all", ARTICLE), "catalogue": ()}.get(directive.name)
    if beside is not None:
        if directive.argument not in (*beside, *AREAS):
            raise TandemError(where, f"no area {directive.argument!r}", ", ".join((*beside, *AREAS)), "edit the line")
        for wanted in directive.only if directive.name == "catalogue" else ():
            if f"{directive.argument}/{wanted}" not in catalog.topics:
                raise unknown_topic(f"{directive.argument}/{wanted}", catalog.topics, where)
        for wanted in directive.only if directive.name == "claims" else ():
            claim = site.ledger.claims.get(wanted)
            if claim is None or directive.argument not in ("all", claim.area):
                known = [c.id for c in site.ledger.claims.values() if directive.argument in ("all", c.area)]
                raise TandemError(where, f"no claim {wanted!r} in {directive.argument}", ", ".join(known), "edit only")
        return
    topic = catalog.topics.get(directive.argument)
    if topic is None or topic.is_notebook != (directive.name == "notebooks"):
        broken = catalog.mistakes_of(directive.argument)
        raise broken[0] if broken else unknown_topic(directive.argument, catalog.topics, where)
    if directive.name == "timing" and topic.time is None:
        mend = f"add [time] to snippets/{topic.id}/topic.toml, or take the line out"
        raise TandemError(where, f"{topic.id} is not timed", "a topic with a table [time]", mend)
    for title in directive.cells:
        if title not in topic.titles:
            raise TandemError(where, f"{topic.id} has no cell {title!r}", "; ".join(topic.titles), "edit the line")
    if directive.name in ("classes", "dispatch"):
        diagrams.check(directive.name, topic, directive.only, directive.of, where)


def directives(text: str, where: str, site: Site) -> tuple[tuple[Directive, ...], list[TandemError]]:
    """Every directive of a page's text that is well-formed, and what is wrong with it or with the others."""
    found, mistakes = [], []
    for number, line in outside_fences(text.split("\n")):
        place = f"{where}:{number + 1}"
        try:
            if directive := parse(line, place, number + 1):
                found.append(directive)
                check(directive, site, place)
        except TandemError as mistake:
            mistakes.append(mistake)
    return tuple(found), mistakes


def read_site(catalog: Catalog) -> Site:
    """Read every page under docs/, the claims and the chart, and find each topic's home."""
    docs = catalog.root / "docs"
    pages: list[Page] = []
    mistakes: list[TandemError] = []
    ledger, chart = _NO_CLAIMS, _NO_CHART
    try:
        ledger, chart = claims.read(catalog.root), chooser.read(catalog.root)
    except TandemError as mistake:
        mistakes.append(mistake)
    site = Site(catalog, (), {}, (), ledger, chart)
    for path in sorted(docs.rglob("*.md")):
        shown = path.relative_to(docs)
        if shown.parts[0] in _OUTSIDE:
            continue
        try:
            text = read_text(path, f"docs/{shown.as_posix()}")
        except TandemError as mistake:
            mistakes.append(mistake)
            continue
        found, wrong = directives(text, f"docs/{shown.as_posix()}", site)
        mistakes += wrong
        pages.append(Page(shown.as_posix(), text, found))
    mistakes += chooser.faults(chart, ledger.claims, [page.path for page in pages])
    homes, claims_page = {}, ""
    for topic in catalog.topics.values():
        try:
            homes[topic.id] = _home(topic, pages)
            _check_shown(topic, pages)
        except TandemError as mistake:
            mistakes.append(mistake)
    try:
        claims_page = _claims_page(ledger, pages)
    except TandemError as mistake:
        mistakes.append(mistake)
    return replace(site, pages=tuple(pages), homes=homes, mistakes=tuple(mistakes), claims_page=claims_page)


def _claims_page(ledger: claims.Ledger, pages: Sequence[Page]) -> str:
    """The page with `::claims all`."""
    found = [
        page.path
        for page in pages
        for d in page.directives
        if (d.name, d.argument, d.show, d.only) == ("claims", "all", "", ())
    ]
    if len(found) > 1 or (ledger.claims and not found):
        told = f"all claims stand on {len(found)} pages"
        raise TandemError(claims.FILE, told, "one page", "put the line ::claims all on one page under docs/")
    return found[0] if found else ""


def _home(topic: Topic, pages: Sequence[Page]) -> str:
    """The page on which the topic lives."""
    if topic.is_notebook and len(topic.snippets) == 1:
        return record.shown(topic).removeprefix("docs/")
    name = "notebooks" if topic.is_notebook else "pair"
    homes, last = [], ""
    for page in pages:
        shows = [d for d in page.directives if d.name == name and d.argument == topic.id]
        shown = [title for d in shows for title in topic.titles if not d.cells or title in d.cells]
        if shows:
            last = f"docs/{page.path}:{shows[-1].line}"
        if sorted(shown) == sorted(topic.titles):
            homes.append(page.path)
            _check_order(topic, shown, last)
        elif set(shown) >= set(topic.titles):
            twice = next(title for title in shown if shown.count(title) > 1)
            raise TandemError(
                last, f"{topic.id} shows its cell {twice!r} twice", "each cell once on its home page", "edit the page"
            )
    if len(homes) != 1:
        found = "is on no page" if not homes else f"is at home on {len(homes)} pages: {', '.join(homes)}"
        raise TandemError(
            last or topic.place,
            f"{topic.id} {found}",
            "one home page",
            f"put the line ::{name} {topic.id} on one page under docs/",
        )
    return homes[0]


def _check_order(topic: Topic, shown: Sequence[str], where: str) -> None:
    """Raise where a page shows a program's cells in another order than they ran in."""
    for found, expected in zip(shown, topic.titles, strict=True):
        if found != expected:
            told = f"{topic.id} shows {found!r} where {expected!r} comes"
            mend = "move the sections of the page, or the cells of both programs"
            raise TandemError(where, told, "the order in which the cells ran, for readers copy them in turn", mend)


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
