"""Measures a topic from one seed to the next. Guarantee: what is recorded held for every seed, in every name compared.

A program whose topic.toml names a `spread` has one line `seed = 0`. It is run again with other numbers in that line,
both halves with each, and what they leave behind is compared as `tandem run` compares it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from . import compare, record
from .catalog import SEED
from .execute import shown_path
from .model import Failure, Gap, Run, Spread, TandemError, Topic


def with_seed(topic: Topic, seed: int) -> Topic:
    """The same topic, begun from another seed; its lines stay where they are."""
    line = f"seed = {seed}"
    snippets = {
        key: replace(
            snippet,
            source=SEED.sub(line, snippet.source),
            cells=tuple(replace(cell, source=SEED.sub(line, cell.source)) for cell in snippet.cells),
        )
        for key, snippet in topic.snippets.items()
    }
    return replace(topic, snippets=snippets)


def judge(
    root: Path, topic: Topic, runs: Mapping[int, Mapping[str, Run]], today: datetime.date | None = None
) -> tuple[Spread | None, list[Failure]]:
    """What the runs from each seed come to, and what does not hold; None where something does not.

    Args:
        root: the checkout, for constraints.txt.
        topic: the topic.
        runs: seed -> framework key -> run.
        today: the date the measurement bears.
    """
    failures = [run.failure for halves in runs.values() for run in halves.values() if run.failure]
    if failures:
        return None, failures
    gaps = {
        seed: {gap.name: gap for gap in compare.gaps(topic, halves) if gap.kind == "agree"}
        for seed, halves in runs.items()
    }
    failures = [_too_far(topic, name, gaps) for name in topic.agree if not all(g[name].holds for g in gaps.values())]
    failures += [failure for name in topic.spread if (failure := _no_number(topic, name, runs))]
    if failures:
        return None, failures
    values = {
        name: {key: tuple(_number(halves[key], name) for halves in runs.values()) for key in topic.snippets}
        for name in topic.spread
    }
    found = Spread(
        record.numbers_digest(topic, record.pins(root)),
        (today or datetime.datetime.now(datetime.UTC).date()).isoformat(),
        tuple(runs),
        values,
        {name: tuple(measured[name].measured for measured in gaps.values()) for name in topic.agree},
    )
    return found, []


def _number(run: Run, name: str) -> float:
    return float(run.values[name].reshape(()))


def _no_number(topic: Topic, name: str, runs: Mapping[int, Mapping[str, Run]]) -> Failure | None:
    """The failure of a name that is asked for but holds more, or less, than one number."""
    for halves in runs.values():
        for key, run in halves.items():
            value = run.values[name]
            if value.size != 1 or value.dtype.kind == "U":
                where = shown_path(topic, topic.snippets[key])
                found = f"{name} has shape {value.shape} of {value.dtype}"
                return Failure("spread", where, "", found, "one number", f"name another in {topic.settings}")
    return None


def _too_far(topic: Topic, name: str, gaps: Mapping[int, Mapping[str, Gap]]) -> Failure:
    measured = ", ".join(f"{found[name].note or format(found[name].measured, '.2g')}" for found in gaps.values())
    return Failure(
        "spread",
        f"{topic.settings}:1",
        "",
        f"{name} from seeds {', '.join(map(str, gaps))}: gaps {measured}",
        f"gap at most {topic.agree[name]:g} from every seed",
        "mend the half that is wrong, or allow what was measured",
    )


def path_of(topic: Topic) -> Path:
    """Where a topic's spread is recorded."""
    return topic.folder / "recorded" / record.SPREAD


def shown(topic: Topic) -> str:
    """The same from the root of the checkout."""
    return f"{topic.place}/recorded/{record.SPREAD}"


def read(topic: Topic) -> Spread | None:
    """What was measured last; None where nothing was.

    Raises:
        TandemError: where it is damaged, or was edited by hand.
    """
    mend = f"tandem spread {topic.id}"
    try:
        stored: dict[str, Any] = json.loads(path_of(topic).read_text("utf-8"))
        seal = stored.pop("seal", "")
        if seal != record.seal(stored):
            raise ValueError("it was edited by hand")
        return msgspec.convert(stored, Spread)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise TandemError(shown(topic), f"no spread: {error}", "what tandem wrote", mend) from None


def write(topic: Topic, found: Spread) -> None:
    """Write what was measured."""
    stored = msgspec.to_builtins(found)
    path_of(topic).parent.mkdir(exist_ok=True)
    text = json.dumps({**stored, "seal": record.seal(json.loads(json.dumps(stored)))}, indent=1)
    record.replace({path_of(topic): text + "\n"})


def is_current(root: Path, topic: Topic) -> Failure | None:
    """Whether the spread stands for what is in the folder now, and lies within what is allowed now."""
    if not topic.spread:
        return None
    mend = f"tandem spread {topic.id}"
    try:
        found = read(topic)
        now = record.numbers_digest(topic, record.pins(root))
    except TandemError as error:
        return Failure("broken", error.where, "", error.found, error.allowed, error.mend)
    if found is None:
        return Failure("missing", shown(topic), "", "no spread", "what five seeds come to", mend)
    if found.digest != now or set(found.gaps) != set(topic.agree) or set(found.values) != set(topic.spread):
        changed = f"changed since its spread was measured on {found.recorded_on}"
        return Failure("stale", shown(topic), "", changed, "the spread of what stands here now", mend)
    return _narrower(topic, found)


def _narrower(topic: Topic, found: Spread) -> Failure | None:
    """The failure where topic.toml allows less than the seeds showed."""
    for name, gaps in found.gaps.items():
        if max(gaps) > topic.agree[name]:
            told = f"{name} may be {topic.agree[name]:g} apart; from seeds 0 to {len(gaps) - 1} it was {max(gaps):.2g}"
            return Failure("spread", f"{topic.settings}:1", "", told, "at least what was measured", "allow it")
    return None


def unmeasured(root: Path, topics: Sequence[Topic]) -> list[Topic]:
    """The topics whose spread is asked for and not current."""
    return [topic for topic in topics if is_current(root, topic)]
