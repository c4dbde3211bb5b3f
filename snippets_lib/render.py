"""Turns a topic and its record into Markdown. Guarantee: pure text to text, and nothing a snippet printed becomes markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .model import FRAMEWORKS, Cell, CellRun, Failure, Gap, Record, Topic

DOWNLOADS = "downloads"
"""The folder under docs/ into which `export` writes what pages link to."""


@dataclass(frozen=True)
class Place:
    """Where Markdown will stand.

    Attributes:
        up: from the page to docs/, such as `../`.
        repository: `owner/name` on GitHub, empty where unknown.
        branch: the branch that holds the built site, for Colab.
        homes: topic id -> the path of its home page from docs/.
        here: the page's own path from docs/, empty where unknown.
    """

    up: str = ""
    repository: str = ""
    branch: str = "gh-pages"
    homes: Mapping[str, str] | None = None
    here: str = ""


def slug(text: str) -> str:
    """A title as an anchor.

    >>> slug("Train, 20 steps!")
    'train-20-steps'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "cell"


def anchor(topic: Topic, title: str = "") -> str:
    """The anchor of a topic, or of one of its cells."""
    return topic.id.replace("/", "-") + (f"-{slug(title)}" if title else "")


def fence(code: str, *classes: str) -> str:
    """A fenced block that no content can break out of."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark} {{ {' '.join('.' + name for name in classes)} }}\n{code.rstrip()}\n{mark}"


def pair(
    topic: Topic,
    record: Record | None,
    stale: Failure | None,
    place: Place,
    cells: Sequence[str] = (),
) -> str:
    """A topic as Markdown.

    Args:
        topic: what to show.
        record: what it printed and how closely it agreed; outputs are left out where there is none.
        stale: why the record does not stand for the source, if it does not.
        place: where it will stand.
        cells: only these; the heading comes with the topic's first cell and the agreement with its last.
    """
    shown = [title for title in topic.titles if not cells or title in cells]
    at_home = place.homes is None or not place.here or place.homes.get(topic.id) == place.here
    blocks = [f'<div class="tandem-pair tandem-columns-{len(topic.snippets)}" data-topic="{escape(topic.id)}" markdown>']
    if at_home and shown[0] == topic.titles[0]:
        blocks += [_heading(topic), _stale(stale), _heads(topic, record, place)]
    elif not at_home:
        home = (place.homes or {}).get(topic.id, "")
        blocks.append(f"From [{topic.title}]({place.up}{home}#{anchor(topic)}):\n{{ .tandem-quote }}")
    blocks += [_cell(topic, record, title, place, with_id=at_home) for title in shown]
    if at_home and shown[-1] == topic.titles[-1]:
        blocks.append(_agreement(topic, record))
    blocks.append("</div>")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _heading(topic: Topic) -> str:
    return f"## {topic.title} {{ #{anchor(topic)} .tandem-title }}\n\n{topic.summary}\n{{ .tandem-summary }}"


def _stale(failure: Failure | None) -> str:
    if failure is None:
        return ""
    text = f"{failure.message}. {failure.mend}"
    return f'<p class="tandem-stale">Not current: {escape(text)}</p>'


def _heads(topic: Topic, record: Record | None, place: Place) -> str:
    """The column heads: framework, version, downloads."""
    heads = []
    for key, snippet in topic.snippets.items():
        framework = snippet.framework
        main = framework.packages[0] if key in ("pytorch", "tensorflow") else {"python": "python", "cpp": "g++"}[key]
        version = f' <span class="tandem-version">{escape(record.versions[main])}</span>' if record and main in record.versions else ""
        folder = f"{place.up}{DOWNLOADS}/{topic.id}"
        links = [f"[{snippet.path.suffix}]({folder}/{snippet.path.name}){{ .tandem-download download=\"{topic.name}_{snippet.path.name}\" title=\"The whole program\" }}"]
        if framework.language == "python":
            links.append(f"[.ipynb]({folder}/{snippet.path.stem}.ipynb){{ .tandem-download download=\"{topic.name}_{snippet.path.stem}.ipynb\" title=\"As a notebook with its outputs\" }}")
            if place.repository:
                url = f"https://colab.research.google.com/github/{place.repository}/blob/{place.branch}/{DOWNLOADS}/{topic.id}/{snippet.path.stem}.ipynb"
                links.append(f"[Open in Colab]({url}){{ .tandem-colab }}")
        heads.append(f'<div class="tandem-head tandem-{key}" markdown>\n\n**{framework.label}**{version} {" ".join(links)}\n\n</div>')
    return '<div class="tandem-heads" markdown>\n\n' + "\n\n".join(heads) + "\n\n</div>"


def _cell(topic: Topic, record: Record | None, title: str, place: Place, with_id: bool) -> str:
    """One cell, a tab for each framework."""
    mark = f" #{anchor(topic, title)}" if with_id else ""
    head = f'<p class="tandem-cell-title"{f""" id="{mark[2:]}\"""" if mark else ""}>{escape(title)}</p>'
    tabs = []
    for key, snippet in topic.snippets.items():
        cell = next((cell for cell in snippet.cells if cell.title == title), None)
        ran = None
        if record and key in record.runs:
            ran = next((run for run in record.runs[key].cells if run.title == title), None)
        body = _half(topic, key, cell, ran, place) if cell else f"*{topic.only[title]}*\n{{ .tandem-only }}"
        tabs.append(f'=== "{snippet.framework.label}"\n\n' + _indent(body))
    return f'<div class="tandem-cell" data-cell="{escape(title)}" markdown>\n\n{head}\n\n' + "\n\n".join(tabs) + "\n\n</div>"


def _half(topic: Topic, key: str, cell: Cell, ran: CellRun | None, place: Place) -> str:
    """A cell in one framework: code, what it printed, what it drew."""
    blocks = [fence(cell.source, FRAMEWORKS[key].language, "tandem-code", f"tandem-{key}")]
    if ran and ran.text.strip():
        blocks.append(fence(ran.text, "text", "tandem-output", f"tandem-{key}", "no-copy"))
    for number, figure in enumerate(ran.figures if ran else (), 1):
        base = f"{place.up}{DOWNLOADS}/{topic.id}/{figure_name(topic, key, cell.title, number)}"
        alt = figure.alt.replace("[", "(").replace("]", ")").replace("\n", " ")
        blocks.append(
            " ".join(f"![{alt}]({base}.{theme}.svg#only-{theme}){{ .tandem-figure loading=lazy }}" for theme in ("light", "dark"))
        )
    return "\n\n".join(blocks)


def figure_name(topic: Topic, key: str, title: str, number: int) -> str:
    """What the file of a figure is called, without theme and suffix."""
    return f"in_{key}-{slug(title)}-{number}"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def _agreement(topic: Topic, record: Record | None) -> str:
    """What was compared, when and with what."""
    if record is None:
        return ""
    rows = [_row(gap, topic) for gap in record.gaps]
    table = ["| compared | | measured gap | allowed |", "|---|---|---:|---:|", *rows] if rows else []
    why = f"Nothing is compared: {topic.unpaired}." if topic.unpaired else ""
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    took = "; ".join(
        f"{FRAMEWORKS[key].label} {run.seconds:.1f} s and {run.megabytes:.0f} MiB" for key, run in record.runs.items()
    )
    made = f"Recorded on {record.recorded_on} with {versions}. The run took {took}, on one thread; it is no benchmark."
    blocks = ["\n".join(table), why, f"{made}\n{{ .tandem-made }}"]
    return '<div class="tandem-agreement" markdown>\n\n' + "\n\n".join(filter(None, blocks)) + "\n\n</div>"


def _row(gap: Gap, topic: Topic) -> str:
    bounds = topic.agree if gap.kind == "agree" else topic.differ
    allowed = bounds.get(gap.name, gap.allowed)
    verb, word = ("agrees", "at most") if gap.kind == "agree" else ("differs", "at least")
    return f"| `{gap.name}` | {verb} | {number(gap.measured)} | {word} {number(allowed)} |"


def number(value: float) -> str:
    """A gap as readers see it: two digits.

    >>> number(0.00000012), number(0.25), number(0)
    ('1.2e-07', '0.25', '0')
    """
    return "0" if value == 0 else f"{value:.2g}"


def catalogue(topics: Sequence[Topic], place: Place) -> str:
    """Cards of an area's topics."""
    cards = []
    for topic in topics:
        home = (place.homes or {}).get(topic.id)
        title = f"[{topic.title}]({place.up}{home}#{anchor(topic)})" if home else topic.title
        badges = " ".join(f'<span class="tandem-badge tandem-{key}">{s.framework.label}</span>' for key, s in topic.snippets.items())
        cards.append(f"-   **{title}**\n\n    {topic.summary}\n\n    {badges}")
    return '<div class="grid cards tandem-catalogue" markdown>\n\n' + "\n\n".join(cards) + "\n\n</div>\n"
