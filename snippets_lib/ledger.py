"""The claims and the chart as HTML. Guarantee: what a claim rests on stands beside it, from records and timings.

A claim is one block with a verdict, a reason, its evidence as recorded, and its sources. Everything can be read without
a script; claims.js adds filters, and chooser.js asks one question at a time.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from . import claims, pages, record, render
from .chooser import Choice, Question
from .claims import Claim, Evidence
from .model import AREAS, FRAMEWORKS
from .render import Place
from .results import Shown


def anchor(claim: Claim) -> str:
    """The anchor of a claim."""
    return f"claim-{claim.id}"


def _prose(text: str) -> str:
    """Plain text as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def _mark(verdict: str) -> str:
    label = claims.VERDICTS.get(verdict, verdict)
    return f'<span class="tandem-mark" data-verdict="{escape(verdict)}">{escape(label)}</span>'


def _link(site: pages.Site, place: Place, claim: Claim) -> str:
    """Where a claim stands among all of them."""
    here = f"{place.base}{render.url_of(site.claims_page)}" if site.claims_page != place.here else ""
    return f"{here}#{anchor(claim)}"


def all_claims(site: pages.Site, timed: Sequence[Shown], place: Place) -> str:
    """Every claim, by area, with filters."""
    found = list(site.ledger.claims.values())
    if not found:
        return "There are no claims yet.\n"
    blocks = [summary(found), _filters(found)]
    for area, heading in AREAS.items():
        if own := [claim for claim in found if claim.area == area]:
            listed = "".join(_claim(claim, site, timed, place, at_home=True) for claim in own)
            blocks.append(f"## {heading} {{ #claims-{area} }}")
            blocks.append(f'<div class="tandem-claims" data-tandem-claims>\n{listed}</div>')
    return "\n\n".join(blocks) + "\n"


def some_claims(found: Iterable[Claim], site: pages.Site, timed: Sequence[Shown], place: Place) -> str:
    """Some claims, on the page that they belong to."""
    listed = "".join(_claim(claim, site, timed, place, at_home=False) for claim in found)
    return f'<div class="tandem-claims">\n{listed}</div>\n'


def summary(found: Sequence[Claim]) -> str:
    """How many claims have which verdict."""
    counts = {verdict: sum(claim.verdict == verdict for claim in found) for verdict in claims.VERDICTS}
    told = "".join(f"<li>{_mark(verdict)} <b>{number}</b></li>" for verdict, number in counts.items() if number)
    return f'<ul class="tandem-verdicts" aria-label="{len(found)} claims by verdict">{told}</ul>\n'


def _filters(found: Sequence[Claim]) -> str:
    """The choices, which a script shows and obeys."""
    areas = [area for area in AREAS if any(claim.area == area for claim in found)]
    verdicts = [verdict for verdict in claims.VERDICTS if any(claim.verdict == verdict for claim in found)]
    selects = "".join(
        f'<label>{title}<select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options)
        + "</select></label>"
        for name, title, options in (
            ("verdict", "Verdict", [(verdict, claims.VERDICTS[verdict]) for verdict in verdicts]),
            ("area", "Area", [(area, AREAS[area]) for area in areas]),
        )
    )
    words = '<label>Words<input name="words" type="search" autocomplete="off"></label>'
    told = '<output class="tandem-count" aria-live="polite"></output>'
    return f'<form class="tandem-filters" data-claims hidden>{selects}{words}{told}</form>'


def _claim(claim: Claim, site: pages.Site, timed: Sequence[Shown], place: Place, at_home: bool) -> str:
    named = f' id="{anchor(claim)}"' if at_home else ""
    link = f'<a class="tandem-claim-link" href="{_link(site, place, claim)}" title="Link to this claim">#</a>'
    rests = [*_evidence(claim, site, place), *_timings(claim, timed, place), *_sources(claim)]
    checked = f'<p class="tandem-run">Checked on {claim.checked_on.isoformat()}.</p>'
    return (
        f'<article class="tandem-claim"{named} data-claim="{escape(claim.id)}" data-verdict="{escape(claim.verdict)}" '
        f'data-area="{escape(claim.area)}">\n'
        f'<p class="tandem-claim-says">{_mark(claim.verdict)} <q>{_prose(claim.says)}</q> {link}</p>\n'
        f'<p class="tandem-claim-because">{_prose(claim.because)}</p>\n'
        f'<ul class="tandem-rests">{"".join(f"<li>{line}</li>" for line in rests)}</ul>\n{checked}\n</article>\n'
    )


def _evidence(claim: Claim, site: pages.Site, place: Place) -> Iterator[str]:
    for evidence in claim.evidence:
        topic = site.catalog.topics.get(evidence.topic)
        if topic is None:
            continue
        home = site.homes.get(topic.id, "")
        link = f"{place.base}{render.url_of(home)}#{render.anchor(topic)}"
        told = "; ".join(_asserted(evidence, site))
        yield f'<b>Runs</b> <a href="{link}">{escape(topic.title)}</a>: {told}'


def _asserted(evidence: Evidence, site: pages.Site) -> Iterator[str]:
    """What a topic says, with what was measured when it was recorded."""
    topic = site.catalog.topics[evidence.topic]
    kept = record.read(topic)
    gaps = {gap.name: gap.measured for gap in kept.gaps} if kept else {}
    for kind, names, bounds, sign in (
        ("agrees", evidence.agree, topic.agree, "≤"),
        ("differs", evidence.differ, topic.differ, "≥"),
    ):
        for name in names:
            measured = render.number(gaps[name]) if name in gaps else "?"
            bound = render.number(bounds[name]) if name in bounds else "?"
            yield f"<code>{escape(name)}</code> {kind}, gap {measured} {sign} {bound}"
    for key, words in evidence.prints.items():
        yield f"{FRAMEWORKS[key].label} prints <code>{escape(words)}</code>"


def _timings(claim: Claim, timed: Sequence[Shown], place: Place) -> Iterator[str]:
    if claim.timings is None:
        return
    pytorch, tensorflow, neither = claims.counted(claim.timings, timed)
    fair = {item.topic.id for item in timed if item.counts}
    which = len(fair & set(claim.timings.topics)) if claim.timings.topics else len(fair)
    link = f'<a href="{place.base}performance/timings/">recorded timings</a>'
    races = f" ({', '.join(claim.timings.races)})" if claim.timings.races else ""
    yield (
        f"<b>Measured</b> {link} of {which} topics{races}: PyTorch took less time in {pytorch} comparisons, "
        f"TensorFlow in {tensorflow}, neither for sure in {neither}"
    )


def _sources(claim: Claim) -> Iterator[str]:
    for source in claim.sources:
        says = f": “{escape(source.says, quote=False)}”" if source.says else ""
        when = source.checked_on.isoformat()
        title = escape(source.title, quote=False)
        yield f'<b>Source</b> <a href="{escape(source.url)}">{title}</a>{says} <small>read {when}</small>'


def article(site: pages.Site, place: Place) -> str:
    """The article's sentences, each with the claims that answer it."""
    blocks, heading, label = ['<div class="tandem-article">'], "", ""
    opened = False
    for sentence in site.ledger.article:
        if sentence.heading != heading:
            heading, label = sentence.heading, ""
            blocks.append("</ol>" if opened else "")
            blocks.append(f"<h3>{escape(heading)}</h3>\n<ol>")
            opened = True
        lead = f"<b>{escape(sentence.label)}.</b> " if sentence.label != label and sentence.label else ""
        label = sentence.label
        found = site.ledger.answering(sentence)
        marks = " ".join(f'<a href="{_link(site, place, claim)}">{_mark(claim.verdict)}</a>' for claim in found)
        blocks.append(f'<li value="{sentence.number}">{lead}{escape(sentence.text, quote=False)} {marks}</li>')
    return "\n".join([*filter(None, blocks), "</ol>" if opened else "", "</div>"]) + "\n"


def chart(site: pages.Site, place: Place) -> str:
    """The questions from top to bottom, each with its ways out."""
    questions = site.chart.question
    numbers = {question.id: number for number, question in enumerate(questions, 1)}
    blocks = "\n".join(_question(question, numbers, site, place) for question in questions)
    return f'<div class="tandem-chooser" data-tandem-chooser>\n<ol>\n{blocks}\n</ol>\n</div>\n'


def _question(question: Question, numbers: Mapping[str, int], site: pages.Site, place: Place) -> str:
    ways = "".join(_way(choice, numbers, site, place) for choice in question.choice)
    return (
        f'<li class="tandem-question" id="choose-{question.id}" data-question="{question.id}">'
        f'<p class="tandem-asks"><small>{numbers[question.id]}. {escape(question.about)}</small> '
        f"{_prose(question.asks)}</p>\n<ul>{ways}</ul></li>"
    )


def _way(choice: Choice, numbers: Mapping[str, int], site: pages.Site, place: Place) -> str:
    because = f'<p class="tandem-because">{_prose(choice.because)}</p>' if choice.because else ""
    marks = "".join(
        f'<li><a href="{_link(site, place, claim)}">{_mark(claim.verdict)} {_prose(claim.says)}</a></li>'
        for claim in (site.ledger.claims[name] for name in choice.claims)
    )
    rests = f'<ul class="tandem-rests">{marks}</ul>' if marks else ""
    if choice.next:
        number = numbers[choice.next]
        out = f'<a class="tandem-next" href="#choose-{choice.next}">question {number}</a>'
        body = f'<div class="tandem-out">{out}{because}{rests}</div>'
    else:
        answer = next(answer for answer in site.chart.answer if answer.id == choice.answer)
        page = f"{place.base}{render.url_of(answer.page)}"
        name = posixpath.splitext(answer.page)[0]
        colour = f" tandem-{answer.framework}" if answer.framework else ""
        then = f'<p>{_prose(answer.then)} <a href="{page}">{_page_title(site, answer.page, name)}</a></p>'
        said = f'<p class="tandem-answer{colour}">{_prose(answer.says)}</p>'
        body = f'<div class="tandem-out">{said}{because}{then}{rests}</div>'
    leads = f'data-next="{choice.next}"' if choice.next else f'data-answer="{choice.answer}"'
    return f'<li class="tandem-way" {leads}><p class="tandem-says">{_prose(choice.says)}</p>{body}</li>'


def _page_title(site: pages.Site, path: str, name: str) -> str:
    """The heading of a page."""
    text = next((page.text for page in site.pages if page.path == path), "")
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return escape(found[1] if found else name)
