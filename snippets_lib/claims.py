"""The claims and their evidence: docs/data/claims.toml. Guarantee: a claim that loads is borne out by what is recorded.

A claim is a sentence that people say about the frameworks, with a verdict. Its evidence are values that topics compare,
words that they print, and recorded timings: where one of them flips, the claim is a fault and the build stops. What no
snippet can show has sources, each with the date on which it was looked at.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from . import judge, record, results
from .catalog import Catalog, read_text, unknown_topic
from .model import AREAS, FRAMEWORKS, Record, TandemError, Topic
from .results import Shown

FILE = "docs/data/claims.toml"
ARTICLE = "docs/data/source-article.md"
VERDICTS: Mapping[str, str] = {
    "holds": "Holds",
    "depends": "Depends",
    "outdated": "Outdated",
    "wrong": "Wrong",
}
"""What can be said of a claim -> how readers see it."""

WINNERS = (*FRAMEWORKS, "neither")
LEAST_SHARE = 0.1
"""Neither framework is the faster one in general where each takes less time in at least this share of the races."""

_SPEED = re.compile(r"\b(fast|faster|slow|slower|speed)\b", re.IGNORECASE)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LABEL = re.compile(r"(?P<label>[A-Z]\w+(?: \w+){0,4}):\s+")  # what a point is about


@dataclass(frozen=True)
class Source:
    """Where a fact about the world stands.

    Attributes:
        title: what it is called, and whose it is.
        url: where it was read.
        checked_on: when.
        says: what it says that matters, quoted in few words; empty where the title does.
    """

    title: str
    url: str
    checked_on: datetime.date
    says: str = ""


@dataclass(frozen=True)
class Evidence:
    """What a topic asserts.

    Attributes:
        topic: its id.
        agree: names that the topic wants to agree.
        differ: names that it wants to differ.
        prints: framework -> words that its half prints.
    """

    topic: str
    agree: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    prints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Timings:
    """What recorded timings must say.

    Attributes:
        faster: the framework that took less time in every race, or `neither` where each did in at least `LEAST_SHARE`.
        topics: those of these topics; empty for all fair ones.
        races: as `results.RACES` calls them; empty for all between the frameworks.
    """

    faster: str
    topics: tuple[str, ...] = ()
    races: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What is said, what holds, and what bears it out.

    Attributes:
        id: lower-case words with hyphens; the anchor.
        area: one of `AREAS`.
        says: the claim.
        verdict: one of `VERDICTS`.
        because: why, in a few sentences.
        checked_on: when all of it was looked at last.
        article: numbers of the sentences of `ARTICLE` that it answers.
        evidence: what topics assert.
        timings: what recorded timings say, or None.
        sources: where facts about the world stand.
        line: where it stands in `FILE`.
    """

    id: str
    area: str
    says: str
    verdict: str
    because: str
    checked_on: datetime.date
    article: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    timings: Timings | None = None
    sources: tuple[Source, ...] = ()
    line: int = 0

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{FILE}:{self.line}"

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that bear it out, each once."""
        timed = self.timings.topics if self.timings else ()
        return tuple(dict.fromkeys((*(e.topic for e in self.evidence), *timed)))


@dataclass(frozen=True)
class Sentence:
    """A sentence of the article: its number from 1, the heading and the label it stands under."""

    number: int
    heading: str
    label: str
    text: str


@dataclass(frozen=True)
class Ledger:
    """Every claim by id, in the order of the file, and the article's sentences."""

    claims: Mapping[str, Claim]
    article: tuple[Sentence, ...]

    def answering(self, sentence: Sentence) -> list[Claim]:
        """The claims that answer a sentence."""
        return [claim for claim in self.claims.values() if sentence.number in claim.article]


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    url: str
    checked_on: datetime.date
    says: str = ""


class _Claim(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    area: str
    says: str
    verdict: str
    because: str
    checked_on: datetime.date
    article: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    timings: Timings | None = None
    sources: tuple[str, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    claim: tuple[_Claim, ...] = ()
    source: dict[str, _Source] = {}


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of an article in Markdown, in order.

    ```python
    from snippets_lib.claims import sentences

    print([(found.number, found.label, found.text) for found in sentences("* Graphs: One is static. One is not.")])
    #> [(1, 'Graphs', 'One is static.'), (2, 'Graphs', 'One is not.')]
    ```
    """
    found: list[Sentence] = []
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:].strip()
        elif line.strip(" -"):
            body = line.removeprefix("* ").strip()
            label = _LABEL.match(body)
            body = body[label.end() :] if label else body
            for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", body):
                found.append(Sentence(len(found) + 1, heading, label["label"] if label else "", sentence))
    return tuple(found)


def read(root: Path) -> Ledger:
    """Read the claims and the article; a checkout without claims has an empty ledger.

    Raises:
        TandemError: where the file cannot be read or a field is missing, unknown or of another kind.
    """
    path, article = root / FILE, root / ARTICLE
    text = read_text(path, FILE) if path.is_file() else ""
    try:
        stored = msgspec.toml.decode(text, type=_File)
    except msgspec.ValidationError as error:
        raise _misshapen(text, str(error)) from None
    except msgspec.DecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        raise TandemError(f"{FILE}:{place[1] if place else 1}", str(error), "TOML", "edit the line") from None
    known = {name: Source(s.title, s.url, s.checked_on, s.says) for name, s in stored.source.items()}
    lines = _lines(text, "[[claim]]")
    found: dict[str, Claim] = {}
    used: set[str] = set()
    for line, kept in zip(lines, stored.claim, strict=True):
        claim = _claim(kept, known, line)
        if claim.id in found:
            raise TandemError(claim.where, f"a second claim {claim.id!r}", "each id once", "rename one")
        found[claim.id] = claim
        used |= set(kept.sources)
    for name in known:
        if name not in used:
            line = _lines(text, f"[source.{name}]")[0]
            raise TandemError(f"{FILE}:{line}", f"no claim cites the source {name!r}", "", "cite it, or delete it")
    return Ledger(found, sentences(read_text(article, ARTICLE)) if article.is_file() else ())


def _lines(text: str, line: str) -> list[int]:
    return [number for number, found in enumerate(text.splitlines(), 1) if found.strip() == line]


def _misshapen(text: str, message: str) -> TandemError:
    """What msgspec found, on the line of the table that it found it in."""
    table = re.search(r"\$\.(?P<kind>claim|source)\[(?P<key>\d+|\.\.\.)\]", message)
    places = _lines(text, "[[claim]]")
    line = places[int(table["key"])] if table and table["key"].isdigit() else 1
    fields = ", ".join(_Claim.__struct_fields__)
    return TandemError(f"{FILE}:{line}", message.split(" - at ")[0], f"a claim has {fields}", "edit the claim")


def _claim(kept: _Claim, known: Mapping[str, Source], line: int) -> Claim:
    """A claim whose sources are looked up.

    Raises:
        TandemError: for a source that is not there.
    """
    for name in kept.sources:
        if name not in known:
            mend = f"add a table [source.{name}]"
            raise TandemError(f"{FILE}:{line}", f"{kept.id}: no source {name!r}", ", ".join(sorted(known)), mend)
    plain: dict[str, Any] = {name: getattr(kept, name) for name in kept.__struct_fields__}
    return Claim(**plain | {"sources": tuple(known[name] for name in kept.sources), "line": line})


def faults(ledger: Ledger, catalog: Catalog, timed: Sequence[Shown]) -> list[TandemError]:
    """Everything that is wrong with the claims, and every claim that is not borne out (any more).

    Args:
        ledger: the claims.
        catalog: the topics they rest on.
        timed: the recorded timings they rest on.
    """
    found = [fault for claim in ledger.claims.values() for fault in _faults(claim, ledger, catalog, timed)]
    for sentence in ledger.article if ledger.claims else ():
        if not ledger.answering(sentence):
            mend = f"write article = [{sentence.number}] in the claim that answers it"
            found.append(TandemError(ARTICLE, f"unanswered: {sentence.text}", "each sentence in a claim", mend))
    return found


def _faults(claim: Claim, ledger: Ledger, catalog: Catalog, timed: Sequence[Shown]) -> Iterator[TandemError]:
    for name, value, allowed in (
        ("id", claim.id, "lower-case letters and digits with hyphens" if not _ID.fullmatch(claim.id) else ""),
        ("area", claim.area, ", ".join(AREAS) if claim.area not in AREAS else ""),
        ("verdict", claim.verdict, ", ".join(VERDICTS) if claim.verdict not in VERDICTS else ""),
        ("says", claim.says, "a sentence" if not claim.says.strip() else ""),
        ("because", claim.because, "a sentence" if not claim.because.strip() else ""),
    ):
        if allowed:
            yield TandemError(claim.where, f"{claim.id}: {name} is {value!r}", allowed, "edit the claim")
    for number in claim.article:
        if not 1 <= number <= len(ledger.article):
            allowed = f"1 to {len(ledger.article)}, the sentences of {ARTICLE}"
            yield TandemError(claim.where, f"{claim.id}: article has {number}", allowed, "edit the claim")
    if not (claim.evidence or claim.timings or claim.sources):
        yield TandemError(claim.where, f"{claim.id} has neither evidence nor sources", "one of them", "add it")
    for source in claim.sources:
        if not re.fullmatch(r"https://\S+", source.url):
            yield TandemError(claim.where, f"{claim.id}: the address {source.url!r}", "https://…", "edit the source")
    if _SPEED.search(claim.says) and claim.timings is None:
        mend = "add a table timings to the claim"
        yield TandemError(claim.where, f"{claim.id} is about speed and names no timings", "timings", mend)
    for evidence in claim.evidence:
        yield from (_flipped(claim, *told) for told in _unproven(evidence, claim, catalog))
    if claim.timings:
        yield from (_flipped(claim, *told) for told in _untimed(claim.timings, timed))


def _flipped(claim: Claim, found: str, allowed: str, mend: str = "") -> TandemError:
    mend = mend or f"look at it, and change the verdict of {claim.id} or the topic"
    return TandemError(claim.where, f"{claim.id}: {found}", allowed, mend)


def _unproven(evidence: Evidence, claim: Claim, catalog: Catalog) -> Iterator[tuple[str, ...]]:
    """What of a topic does not bear the claim out: what was found, what is allowed, how to mend it."""
    topic = catalog.topics.get(evidence.topic)
    if topic is None:
        missing = unknown_topic(evidence.topic, catalog.topics, claim.where)
        yield missing.found, missing.allowed, "edit the claim"
        return
    if not (evidence.agree or evidence.differ or evidence.prints):
        yield f"{topic.id} is named without what it asserts", "agree, differ or prints", "edit the claim"
    if failure := judge.is_current(catalog.root, topic):
        yield f"{topic.id} is not recorded as it stands: {failure.message}", "a current record", failure.mend
        return
    kept = record.read(topic)
    assert kept is not None
    yield from _unproven_values(evidence, topic, kept)
    for key, words in evidence.prints.items():
        if key not in topic.snippets:
            yield f"{topic.id} has no half {key!r}", ", ".join(topic.snippets), "edit the claim"
        elif words not in "\n".join(cell.text for cell in kept.runs[key].cells):
            yield f"{topic.id} in {FRAMEWORKS[key].label} does not print {words!r}", "what its record holds"


def _unproven_values(evidence: Evidence, topic: Topic, kept: Record) -> Iterator[tuple[str, ...]]:
    gaps = {gap.name: gap for gap in kept.gaps}
    for kind, names, wanted in (
        ("agree", evidence.agree, topic.agree),
        ("differ", evidence.differ, topic.differ),
    ):
        for name in names:
            if name not in wanted:
                allowed = ", ".join(wanted) or f"nothing: the topic has no [{kind}]"
                yield f"{topic.id} does not say that {name!r} {kind}s", allowed
            elif name not in gaps or not gaps[name].holds:
                yield f"{topic.id}: {name!r} does not {kind} any more", f"a gap that holds in [{kind}]"


def counted(wanted: Timings, timed: Sequence[Shown]) -> tuple[int, int, int]:
    """How many of the races PyTorch took less time in, how many TensorFlow, and how many are not sure."""
    return results.count(
        ratio
        for item in timed
        if item.counts and (not wanted.topics or item.topic.id in wanted.topics)
        for ratio in item.entry.ratios
        if ratio.numerator.split("/")[0] != ratio.denominator.split("/")[0]
        and (not wanted.races or results.RACES[ratio.numerator, ratio.denominator] in wanted.races)
    )


def _untimed(wanted: Timings, timed: Sequence[Shown]) -> Iterator[tuple[str, ...]]:
    """What of the recorded timings does not bear the claim out."""
    if wanted.faster not in WINNERS:
        yield f"timings.faster is {wanted.faster!r}", ", ".join(WINNERS), "edit the claim"
        return
    for race in wanted.races:
        if race not in results.RACES.values():
            yield f"no race {race!r}", ", ".join(results.RACES.values()), "edit the claim"
    there = {item.topic.id for item in timed if item.counts}
    for name in wanted.topics:
        if name not in there:
            yield f"{name} has no fair and current timings", ", ".join(sorted(there)), f"tandem time {name}"
    pytorch, tensorflow, neither = counted(wanted, timed)
    races = pytorch + tensorflow + neither
    told = f"of {races} races PyTorch took less time in {pytorch}, TensorFlow in {tensorflow}"
    if not races:
        yield "no fair and current timings bear it out", "at least one race", "tandem time --all"
    elif wanted.faster == "neither":
        if min(pytorch, tensorflow) < LEAST_SHARE * races:
            yield told, f"each in at least {LEAST_SHARE:.0%}"
    elif {"pytorch": pytorch, "tensorflow": tensorflow}.get(wanted.faster, 0) != races:
        yield told, f"{FRAMEWORKS[wanted.faster].label} in all of them"


def as_json(ledger: Ledger) -> list[dict[str, Any]]:
    """The claims as claims.json holds them."""
    return [
        {
            "id": claim.id,
            "area": claim.area,
            "says": claim.says,
            "verdict": claim.verdict,
            "because": claim.because,
            "evidence": list(claim.topics),
            "asserts": [msgspec.to_builtins(evidence) for evidence in claim.evidence],
            "timings": msgspec.to_builtins(claim.timings),
            "sources": [source.url for source in claim.sources],
            "sources_checked_on": [source.checked_on.isoformat() for source in claim.sources],
            "article": [ledger.article[number - 1].text for number in claim.article],
            "checked_on": claim.checked_on.isoformat(),
        }
        for claim in ledger.claims.values()
    ]
