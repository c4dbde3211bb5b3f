"""The flow chart: every path ends at an answer with claims, and what does not fit is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from snippets_lib import chooser, claims, model

ROOT = Path(__file__).parents[1]
CHART = """
[[question]]
id = "job"
about = "Job"
asks = "What for?"
[[question.choice]]
says = "To run"
answer = "runtime"
because = "Enough."
claims = ["static"]
[[question.choice]]
says = "To train"
next = "team"

[[question]]
id = "team"
about = "Team"
asks = "Who?"
[[question.choice]]
says = "One"
answer = "pytorch"
because = "So."
claims = ["static"]
[[question.choice]]
says = "Many"
answer = "runtime"
because = "So."
claims = ["static"]

[[answer]]
id = "pytorch"
says = "PyTorch"
then = "Read on:"
page = "index.md"

[[answer]]
id = "runtime"
says = "A runtime"
then = "Read on:"
page = "index.md"
"""


def faults(checkout: Any, text: str) -> list[str]:
    checkout.write(chooser.FILE, text)
    return [str(fault) for fault in chooser.faults(chooser.read(checkout.root), {"static"}, {"index.md"})]


def test_a_sound_chart_has_no_fault(checkout: Any) -> None:
    assert faults(checkout, CHART) == []


def test_a_checkout_without_a_chart_has_an_empty_one(checkout: Any) -> None:
    assert chooser.read(checkout.root) == chooser.Chart()


WRONG = {
    "a circle": ('next = "team"', 'next = "job"', "leads to 'job'"),
    "nowhere": ('next = "team"', 'next = "teams"', "leads to 'teams'"),
    "an unknown answer": ('answer = "pytorch"', 'answer = "caffe"', "leads to 'caffe'"),
    "both ways": ('next = "team"', 'next = "team"\nanswer = "pytorch"', "has both next and answer"),
    "no reason": ('because = "Enough."\n', "", "an answer without a reason"),
    "no claims": ('because = "Enough."\nclaims = ["static"]', 'because = "Enough."', "an answer without a reason"),
    "an unknown claim": ('because = "Enough."\nclaims = ["static"]', 'because = "x"\nclaims = ["none"]', "'none'"),
    "an unknown page": ('page = "index.md"', 'page = "none.md"', "leads to the page 'none.md'"),
    "one choice": ('[[question.choice]]\nsays = "To train"\nnext = "team"\n', "", "job has 1 choices"),
    "a bad id": ('id = "job"', 'id = "The job"', "the id 'The job'"),
    "twice": ('id = "job"', 'id = "team"', "the id 'team'"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "found"), WRONG.values(), ids=WRONG)
def test_a_chart_that_does_not_fit(old: str, new: str, found: str, checkout: Any) -> None:
    assert old in CHART
    told = faults(checkout, CHART.replace(old, new))
    assert told
    assert found in "\n".join(told)
    assert all(line.startswith("docs/data/chooser.toml: ") and "mend: " in line for line in told)


@pytest.mark.parametrize("text", ["[[question", CHART.replace("asks", "wants"), CHART.replace('"Job"', "1")])
def test_an_unreadable_chart_says_where(text: str, checkout: Any) -> None:
    checkout.write(chooser.FILE, text)
    with pytest.raises(model.TandemError) as caught:
        chooser.read(checkout.root)
    assert caught.value.where.startswith("docs/data/chooser.toml:")


def test_the_site_has_a_chart_and_it_is_sound() -> None:
    chart, ledger = chooser.read(ROOT), claims.read(ROOT)
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert len(chart.question) >= 5
    assert not chooser.faults(chart, ledger.claims, pages)
    assert {"pytorch", "tensorflow", "keras", "jax", "runtime"} <= {answer.id for answer in chart.answer}
