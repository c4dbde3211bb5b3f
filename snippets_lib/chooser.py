"""The flow chart of docs/data/chooser.toml. Guarantee: every path ends at an answer, and each step names its claims.

A question has choices; a choice leads down to a later question or out to an answer. So the chart has no circle, and it
can be read from top to bottom without a script.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .catalog import read_text
from .model import TandemError

FILE = "docs/data/chooser.toml"

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Choice:
    """A way out of a question.

    Attributes:
        says: what the reader says.
        because: why it leads where it leads.
        claims: ids of the claims that it rests on.
        next: the question it leads to, or empty.
        answer: the answer it leads to, or empty.
    """

    says: str
    because: str = ""
    claims: tuple[str, ...] = ()
    next: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Question:
    """A box of the chart: what it asks, what it is about in a word or two, the ways out."""

    id: str
    about: str
    asks: str
    choice: tuple[Choice, ...]


@dataclass(frozen=True)
class Answer:
    """Where a path ends.

    Attributes:
        id: lower-case words with hyphens.
        says: the answer in a few words.
        then: what to do with it, in a sentence.
        page: the page to read next, its path from docs/.
        framework: whose colour it bears; empty for none.
    """

    id: str
    says: str
    then: str
    page: str
    framework: str = ""


@dataclass(frozen=True)
class Chart:
    """The questions from top to bottom, and the answers."""

    question: tuple[Question, ...] = ()
    answer: tuple[Answer, ...] = ()


def read(root: Path) -> Chart:
    """Read the chart; a checkout without one has an empty chart.

    Raises:
        TandemError: where the file cannot be read or a field is missing, unknown or of another kind.
    """
    path = root / FILE
    text = read_text(path, FILE) if path.is_file() else ""
    try:
        return msgspec.toml.decode(text, type=Chart)
    except msgspec.MsgspecError as error:
        line = re.search(r"line (\d+)", str(error))
        kinds = (Question, Choice, Answer)
        fields = "; ".join(f"{kind.__name__.lower()}: {', '.join(kind.__annotations__)}" for kind in kinds)
        raise TandemError(f"{FILE}:{line[1] if line else 1}", str(error), fields, "edit the file") from None


def faults(chart: Chart, claims: Collection[str], pages: Collection[str]) -> list[TandemError]:
    """Everything that is wrong with a chart.

    Args:
        chart: the chart.
        claims: the ids there are.
        pages: the paths from docs/ there are.
    """
    return [TandemError(FILE, *told) for told in _faults(chart, claims, pages)]


def _faults(chart: Chart, claims: Collection[str], pages: Collection[str]) -> Iterator[tuple[str, str, str]]:
    questions = [question.id for question in chart.question]
    answers = [answer.id for answer in chart.answer]
    for name in (*questions, *answers):
        if not _ID.fullmatch(name) or (questions + answers).count(name) > 1:
            yield f"the id {name!r}", "lower-case words with hyphens, each once", "rename it"
    reached = set(questions[:1])
    for number, question in enumerate(chart.question):
        if len(question.choice) < 2:
            yield f"{question.id} has {len(question.choice)} choices", "at least two", "add one"
        for choice in question.choice:
            at = f"{question.id}, {choice.says!r}"
            reached |= {choice.next, choice.answer}
            if bool(choice.next) == bool(choice.answer):
                yield f"{at} has both next and answer, or none", "one of them", "edit the choice"
            if choice.next and choice.next not in questions[number + 1 :]:
                yield f"{at} leads to {choice.next!r}", ", ".join(questions[number + 1 :]), "edit next"
            if choice.answer and choice.answer not in answers:
                yield f"{at} leads to {choice.answer!r}", ", ".join(answers), "edit answer"
            if choice.answer and not (choice.because and choice.claims):
                yield f"{at} gives an answer without a reason", "because, and claims", "add them"
            for claim in choice.claims:
                if claim not in claims:
                    yield f"{at} rests on {claim!r}", ", ".join(sorted(claims)), "edit claims"
    for name in (*questions, *answers):
        if name not in reached:
            yield f"nothing leads to {name!r}", "a choice that does", "delete it, or add a choice"
    for answer in chart.answer:
        if answer.page not in pages:
            yield f"{answer.id} leads to the page {answer.page!r}", ", ".join(sorted(pages)), "edit page"
