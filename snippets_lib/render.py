"""Turns a topic and its record into Markdown. Guarantee: text to text, and nothing a snippet printed becomes markup."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .catalog import slug
from .figures import moves
from .model import FRAMEWORKS, Cell, CellRun, Failure, Figure, Gap, Record, Spread, Topic

DOWNLOADS = "downloads"
"""The folder under docs/ into which `export` writes what pages link to."""

_PLAIN = str.maketrans({"[": "(", "]": ")", "`": "'", "\\": "", "\n": " "})


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

    @property
    def base(self) -> str:
        """From the page's address to the site's root, for links that no builder resolves."""
        return "../" * url_of(self.here).count("/") if self.here else ""


def anchor(topic: Topic, title: str = "") -> str:
    """The anchor of a topic, or of one of its cells."""
    return topic.id.replace("/", "-") + (f"-{slug(title)}" if title else "")


def url_of(path: str) -> str:
    """Where a page of docs/ ends up in the site, from its root.

    ```python
    from snippets_lib.render import url_of

    print([url_of(path) for path in ("workflow/train-by-hand.md", "workflow/index.md", "index.md")])
    #> ['workflow/train-by-hand/', 'workflow/', '']
    ```
    """
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    inner = folder if name == "index" else posixpath.join(folder, name)
    return f"{inner}/" if inner else ""


def fence(code: str, header: str) -> str:
    """A fenced block, with `header` between its braces, that no content can break out of."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark} {{ {header} }}\n{code.rstrip()}\n{mark}"


def pair(
    topic: Topic,
    record: Record | None,
    stale: Failure | None,
    place: Place,
    cells: Sequence[str] = (),
    titled: bool = True,
    spread: Spread | None = None,
    said: str = "",
    fold: str = "",
) -> str:
    """A topic as Markdown.

    Args:
        topic: what to show.
        record: what it printed and how closely it agreed; outputs are left out where there is none.
        stale: why the record does not stand for the source, if it does not.
        place: where it will stand.
        cells: only these; the heading comes with the topic's first cell and the agreement with its last.
            On a page that is not the topic's home they are a quote: no heading, no anchors, a link home.
        titled: false where a heading of the page stands above; the topic's anchor is there all the same.
        spread: what its numbers come to from one seed to the next, where that was measured.
        fold: what the reader opens to see the cells; empty where they lie open.
        said: the heading right above; a topic or a first cell of that title does not say it again.
    """
    shown = [title for title in topic.titles if not cells or title in cells]
    at_home = place.homes is None or not place.here or place.homes.get(topic.id) == place.here
    begins, ends = (at_home and topic.titles[n] == shown[n] for n in (0, -1))
    columns = f'data-columns="{" ".join(topic.snippets)}" data-count="{len(topic.snippets)}"'
    blocks = [f'<div class="tandem-pair" data-topic="{escape(topic.id)}" {columns} markdown>']
    titled = titled and topic.title.casefold() != said.casefold()
    blocks += [_heading(topic, titled), _stale(stale)] if begins else []
    if fold:
        blocks += ['<details class="tandem-fold" markdown>', f"<summary>{escape(fold)}</summary>"]
    blocks.append(_heads(topic, record, place, with_links=begins))
    for title in shown:
        silent = title == shown[0] and title.casefold() == said.casefold()
        blocks.append(_cell(topic, record, title, place, at_home, silent))
    blocks += ["</details>"] if fold else []
    blocks += [_agreement(topic, record, spread)] if ends else []
    if not at_home:
        home = (place.homes or {}).get(topic.id, "")
        blocks.append(f"From [{topic.title}]({place.up}{home}#{anchor(topic)}).\n{{ .tandem-run }}")
    blocks.append("</div>")
    return "\n\n".join(filter(None, blocks)) + "\n"


def notebooks(topic: Topic, record: Record | None, stale: Failure | None, place: Place) -> str:
    """Where the notebooks of one story stand and how closely they agree, as Markdown; arguments as of `pair`."""
    columns = f'data-columns="{" ".join(topic.snippets)}" data-count="{len(topic.snippets)}"'
    blocks = [f'<div class="tandem-pair" data-topic="{escape(topic.id)}" {columns} markdown>']
    blocks += [_heading(topic, titled=False), _stale(stale), _heads(topic, record, place, with_links=True)]
    blocks += [_agreement(topic, record), "</div>"]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _heading(topic: Topic, titled: bool) -> str:
    """Title and summary, one of which has the anchor.

    Nothing around the code may have it: Material names the code that a button copies after its nearest parent with one.
    """
    if not titled:
        return f"{topic.summary}\n{{ #{anchor(topic)} .tandem-summary }}"
    return f"## {topic.title} {{ #{anchor(topic)} .tandem-title }}\n\n{topic.summary}\n{{ .tandem-summary }}"


def _stale(failure: Failure | None) -> str:
    if failure is None:
        return ""
    text = escape(f"{failure.where}: {failure.message}. Mend: {failure.mend}")
    return f'<div class="tandem-stale" role="note">\n<strong>Not current.</strong> {text}\n</div>'


def _heads(topic: Topic, record: Record | None, place: Place, with_links: bool) -> str:
    """The column heads: framework, version, downloads."""
    heads = []
    for key, snippet in topic.snippets.items():
        label = snippet.framework.label
        version = record.versions.get(snippet.framework.version_of, "") if record else ""
        name = f'**{label}** <span class="tandem-version">{escape(version)}</span>\n{{ .tandem-name }}'
        links = f"\n\n{_links(topic, key, place)}\n{{ .tandem-links }}" if with_links else ""
        heads.append(f'<div class="tandem-head tandem-{key}" markdown>\n\n{name}{links}\n\n</div>')
    return '<div class="tandem-heads" markdown>\n\n' + "\n\n".join(heads) + "\n\n</div>"


def _links(topic: Topic, key: str, place: Place) -> str:
    """Where to read a notebook, and where to take a snippet along: the program, the notebook, Colab."""
    snippet = topic.snippets[key]
    label, stem = snippet.framework.label, snippet.path.stem
    folder = f"{DOWNLOADS}/{topic.id}"
    saved = f"{topic.name}_{stem}"
    suffix = snippet.path.suffix
    given = f'{{ download="{saved}{suffix}" title="The {label} program" }}'
    links = [f"[{suffix}]({place.up}{folder}/{stem}{suffix}){given}"]
    if topic.is_notebook:
        read = f"{topic.place}/{stem}.ipynb".removeprefix("docs/")
        links.insert(0, f'[Read it]({place.up}{read}){{ title="The {label} notebook as a page" }}')
    if snippet.framework.language == "python":
        given = f'{{ download="{saved}.ipynb" title="The {label} notebook, with its outputs" }}'
        links.append(f"[.ipynb]({place.up}{folder}/{stem}.ipynb){given}")
        if place.repository:
            url = f"https://colab.research.google.com/github/{place.repository}/blob/{place.branch}/{folder}"
            links.append(f'[Open in Colab]({url}/{stem}.ipynb){{ title="Open the {label} notebook in Colab" }}')
    return " ".join(links)


def _cell(topic: Topic, record: Record | None, title: str, place: Place, at_home: bool, silent: bool) -> str:
    """One cell, a tab for each framework; a silent one has its anchor and no title."""
    head = f"### {title} {{ #{anchor(topic, title)} .tandem-cell-title }}"
    if not at_home:
        head = f"{title}\n{{ .tandem-cell-title }}"
    if silent:
        head = f'<span id="{anchor(topic, title)}"></span>' if at_home else ""
    tabs = []
    for key, snippet in topic.snippets.items():
        cell = next((cell for cell in snippet.cells if cell.title == title), None)
        runs = record.runs[key].cells if record and key in record.runs else ()
        ran = next((run for run in runs if run.title == title), None)
        absent = f"{snippet.framework.label} needs no such cell: {topic.only.get(title, '')}\n{{ .tandem-absent }}"
        body = _half(topic, key, cell, ran, place) if cell else absent
        tabs.append(f'=== "{snippet.framework.label}"\n\n' + _indent(body))
    same = ' data-same="The same in both"' if len(tabs) == 2 and _is_same(topic, record, title) else ""
    blocks = [f'<div class="tandem-cell" data-cell="{escape(title)}"{same} markdown>', head, *tabs, "</div>"]
    return "\n\n".join(filter(None, blocks))


def _is_same(topic: Topic, record: Record | None, title: str) -> bool:
    """Whether both halves have the same code in this cell and print the same; what they draw has their colours."""
    code = [cell.source for half in topic.snippets.values() for cell in half.cells if cell.title == title]
    ran = [run for half in (record.runs.values() if record else ()) for run in half.cells if run.title == title]
    plain = not any(run.figures for run in ran)
    return code == code[:1] * len(topic.snippets) and len({run.text for run in ran}) < 2 and plain


def _half(topic: Topic, key: str, cell: Cell, ran: CellRun | None, place: Place) -> str:
    """A cell in one framework: code, what it printed, what it drew."""
    language = topic.snippets[key].framework.language
    blocks = [fence(cell.source, f".{language} .tandem-code .tandem-{key}")]
    if ran and ran.text.strip():
        blocks.append(fence(ran.text, f".text .tandem-output .tandem-{key} .no-copy"))
    for number, figure in enumerate(ran.figures if ran else (), 1):
        name = figure_name(topic, key, cell.title, number)
        blocks.append(_figure(figure, f"{place.up}{DOWNLOADS}/{topic.id}/{name}"))
    return "\n\n".join(blocks)


def _figure(figure: Figure, base: str) -> str:
    """A figure in both themes; the style sheet shows one."""
    alt = escape(figure.alt.translate(_PLAIN))
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', figure.svg)
    size = f" width={round(float(box[1]) / 0.72)} height={round(float(box[2]) / 0.72)}" if box else ""
    moving = " .tandem-moving" if moves(figure) else ""
    given = f"{{ .tandem-figure{moving} loading=lazy{size} }}"
    return "\n".join(f"![{alt}]({base}.{theme}.svg#only-{theme}){given}" for theme in ("light", "dark"))


def figure_name(topic: Topic, key: str, title: str, number: int) -> str:
    """What the file of a figure is called, without theme and suffix."""
    return f"in_{key}-{slug(title)}-{number}"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))


def _agreement(topic: Topic, record: Record | None, spread: Spread | None = None) -> str:
    """What was compared, when and with what."""
    if record is None:
        return ""
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    took = "; ".join(
        f"{FRAMEWORKS[key].label} {run.seconds:.1f} s, {run.megabytes:.0f} MiB" for key, run in record.runs.items()
    )
    verdict = f"Nothing is compared: {topic.unpaired}." if topic.unpaired else "Compared, number by number"
    made = f"Recorded on {record.recorded_on} with {versions}."
    holds = str(all(gap.holds for gap in record.gaps)).lower()
    blocks = [
        f'<div class="tandem-agreement" data-holds="{holds}" markdown>',
        f"{verdict}\n{{ .tandem-verdict }}",
        _table(topic, record.gaps) if record.gaps else "",
        _seeds(topic, spread) if spread else "",
        f"{made}\nThe run took {took}, on one thread; it is no benchmark.\n{{ .tandem-run }}",
        "</div>",
    ]
    return "\n\n".join(filter(None, blocks))


def _table(topic: Topic, gaps: Sequence[Gap]) -> str:
    scale = '<span class="tandem-scale"><span>1e-9</span><span>1</span></span>'
    rows = [f"| value | {scale} | gap | allowed | |", "|---|---|--:|--:|---|"]
    for gap in gaps:
        bound = (topic.agree if gap.kind == "agree" else topic.differ).get(gap.name, gap.allowed)
        sign, verb = ("≤", "agrees") if gap.kind == "agree" else ("≥", "differs")
        style = f"--measured:{_share(gap.measured)};--allowed:{_share(bound)}"
        gauge = f'<span class="tandem-gauge" data-kind="{gap.kind}" style="{style}"></span>'
        word, told = ("holds", verb) if gap.holds else ("fails", "does not hold")
        told = f'<span class="tandem-{word}">{told}</span>'
        rows.append(f"| `{gap.name}` | {gauge} | {number(gap.measured)} | {sign} {number(bound)} | {told} |")
    return "\n".join(rows)


def _seeds(topic: Topic, spread: Spread) -> str:
    """What the numbers come to from one seed to the next: a sentence, then a row for each."""
    heads = [*(FRAMEWORKS[key].label for key in topic.snippets), "widest gap", "allowed"]
    rows = [f"| value | | {' | '.join(heads)} |", f"|---|---|{'--:|' * len(heads)}"]
    for name, numbers in spread.values.items():
        gap, bound = number(max(spread.gaps[name])), f"≤ {number(topic.agree.get(name, math.inf))}"
        row = [*(_range(numbers[key]) for key in topic.snippets), gap, bound]
        cells = [f'<span class="tandem-label">{head}</span> {text}' for head, text in zip(heads, row, strict=True)]
        rows.append(f"| `{name}` | {_strip(numbers)} | {' | '.join(cells)} |")
    seeds = f"seeds {spread.seeds[0]} to {spread.seeds[-1]}"
    told = f"Both halves again from {seeds}, measured on {spread.recorded_on}: the mean, lowest and highest of each, "
    told += "and the widest gap between two halves from one seed. What else is compared held from every seed, too."
    return f"{told}\n{{ .tandem-seeds }}\n\n" + "\n".join(rows)


def _strip(numbers: Mapping[str, Sequence[float]]) -> str:
    """A mark for each seed between the lowest and the highest: the rings of one half around the dots of the other."""
    every = [value for values in numbers.values() for value in values]
    low, wide = min(every), max(every) - min(every)
    marks = [
        f'<i class="tandem-{key}" style="--at:{100 * (value - low) / wide if wide else 50:.1f}%"></i>'
        for key, values in numbers.items()
        for value in values
    ]
    return f'<span class="tandem-strip" aria-hidden="true">{"".join(marks)}</span>'


def _range(numbers: Sequence[float]) -> str:
    """Mean, lowest and highest, with as many decimals as tell them apart."""
    low, high, mean = min(numbers), max(numbers), sum(numbers) / len(numbers)
    apart = high - low or abs(mean) / 100 or 1.0
    decimals = max(0, min(8, 1 - math.floor(math.log10(apart))))
    return f"{mean:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


def _share(gap: float) -> str:
    """Where a gap stands on a logarithmic scale from 1e-9 to 1."""
    share = (math.log10(gap) + 9) / 9 if gap > 0 else 0.0
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"


def number(value: float) -> str:
    """A gap as readers see it: two digits.

    ```python
    from snippets_lib.render import number

    print(number(0.00000012), number(0.25), number(0))
    #> 1.2e-7 0.25 0
    ```
    """
    if value == 0 or 0.001 <= value < 1000:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def catalogue(topics: Sequence[Topic], place: Place) -> str:
    """Cards of an area's topics."""
    cards = []
    for topic in topics:
        home = (place.homes or {}).get(topic.id)
        title = f"[{topic.title}]({place.up}{home}#{anchor(topic)})" if home else f"[{topic.title}](#)"
        badges = " ".join(
            f'<span class="tandem-badge tandem-{key}">{s.framework.label}</span>' for key, s in topic.snippets.items()
        )
        cards.append(f"-   {title}{{ .tandem-card-title }}\n\n    {topic.summary}\n\n    {badges}")
    return '<div class="grid cards tandem-catalogue" markdown>\n\n' + "\n\n".join(cards) + "\n\n</div>\n"
