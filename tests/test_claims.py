"""The claims: each mistake has a place and a cure, each flipped evidence is a fault, the site's own claims stand."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snippets_lib import catalog, claims, judge, model, record, results

ROOT = Path(__file__).parents[1]
CATALOG = catalog.load(ROOT)
LEDGER = claims.read(ROOT)
FILES = results.read_all(ROOT)[0]
TIMED = results.show(FILES, CATALOG.topics, record.pins(ROOT))
HALF = '"""A half."""\n\n# %% Train\nloss = gain = train(data)\n'
ARTICLE = "## Graphs\n\nOne is static. One is not.\n\n* Speed: One is faster.\n"
CLAIM = """
[[claim]]
id = "static"
area = "workflow"
says = "One is static."
verdict = "wrong"
because = "It `is` not."
article = [1, 2, 3]
sources = ["paper"]
checked_on = 2026-11-22
[[claim.evidence]]
topic = "workflow/one"
agree = ["loss"]
differ = ["gain"]
prints = { pytorch = "it ran" }

[source.paper]
title = "A paper"
url = "https://example.org/paper"
checked_on = 2026-11-21
"""


@pytest.fixture
def claimed(checkout: Any) -> Any:
    """A checkout with a recorded pair, an article of three sentences and a claim that answers them."""
    checkout.topic("workflow/one", "[agree]\nloss = 1e-3\n\n[differ]\ngain = 0.5\n", pytorch=HALF, tensorflow=HALF)
    topic = checkout.load().topics["workflow/one"]
    runs = {
        key: model.Run(
            key, (model.CellRun("Train", "it ran\n", (), 0.1),), {"loss": np.array(1.0), "gain": np.array(float(n))},
            0.1, 9.0, {"numpy": "2.4.6"},
        )
        for n, key in enumerate(topic.snippets)
    }  # fmt: skip
    judge.update(checkout.root, judge.judge(checkout.root, topic, runs))
    checkout.write(claims.ARTICLE, ARTICLE)
    checkout.write(claims.FILE, CLAIM)
    return checkout


def faults(checkout: Any) -> list[str]:
    return [str(fault) for fault in claims.faults(claims.read(checkout.root), checkout.load(), ())]


def test_a_claim_that_is_borne_out_has_no_fault(claimed: Any) -> None:
    assert faults(claimed) == []
    (claim,) = claims.read(claimed.root).claims.values()
    assert claim.where == "docs/data/claims.toml:2"
    assert claim.topics == ("workflow/one",)
    assert claim.sources[0].checked_on == datetime.date(2026, 11, 21)


def test_a_checkout_without_claims_has_none(checkout: Any) -> None:
    ledger = claims.read(checkout.root)
    assert not ledger.claims
    assert not claims.faults(ledger, checkout.load(), ())


FLIPPED = {
    "agreed, differs now": ('agree = ["loss"]', 'agree = ["gain"]', "does not say that 'gain' agrees"),
    "differed, agrees now": ('differ = ["gain"]', 'differ = ["loss"]', "does not say that 'loss' differs"),
    "prints something else": ("it ran", "it walked", "in PyTorch does not print 'it walked'"),
    "no such half": ("pytorch = ", "cpp = ", "has no half 'cpp'"),
    "no such topic": ('topic = "workflow/one"', 'topic = "workflow/won"', "workflow/won"),
    "no assertion": (
        'agree = ["loss"]\ndiffer = ["gain"]\nprints = { pytorch = "it ran" }',
        "",
        "named without what it asserts",
    ),
    "no evidence": (CLAIM[CLAIM.index("[[claim.ev") : CLAIM.index("[source")], "", ""),
}


@pytest.mark.parametrize(("old", "new", "found"), FLIPPED.values(), ids=FLIPPED)
def test_flipped_evidence_is_a_fault(old: str, new: str, found: str, claimed: Any) -> None:
    claimed.write(claims.FILE, CLAIM.replace(old, new))
    told = faults(claimed)
    if found:
        assert len(told) == 1
        assert found in told[0]
        assert told[0].startswith("docs/data/claims.toml:2: static: ")
        assert "mend: " in told[0]
    else:
        assert told == []  # the source alone bears it out


def test_a_topic_that_changed_bears_nothing_out(claimed: Any) -> None:
    claimed.write("snippets/workflow/one/in_pytorch.py", HALF + "more = 1\n")
    (told,) = faults(claimed)
    assert "workflow/one is not recorded as it stands" in told
    assert "tandem run workflow/one --update" in told


def test_a_recorded_gap_that_does_not_hold_is_a_fault(claimed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = record.read(claimed.load().topics["workflow/one"])
    gaps = tuple(replace(gap, measured=1 - gap.measured) for gap in kept.gaps)
    monkeypatch.setattr(record, "read", lambda topic: replace(kept, gaps=gaps))
    told = faults(claimed)
    assert [line.splitlines()[0].partition("one: ")[2] for line in told] == [
        "'loss' does not agree any more",
        "'gain' does not differ any more",
    ]


WRONG = {
    "verdict": ('verdict = "wrong"', 'verdict = "false"', "verdict is 'false'", "holds, depends, outdated, wrong"),
    "area": ('area = "workflow"', 'area = "works"', "area is 'works'", "frameworks, tradeoffs"),
    "id": ('id = "static"', 'id = "Static graph"', "id is 'Static graph'", "lower-case"),
    "because": ('because = "It `is` not."', 'because = " "', "because is ' '", "a sentence"),
    "sentence": ("article = [1, 2, 3]", "article = [1, 2, 3, 4]", "article has 4", "1 to 3"),
    "unanswered": ("article = [1, 2, 3]", "article = [1, 3]", "unanswered: One is not.", "each sentence"),
    "address": ("https://example.org/paper", "example.org", "the address 'example.org'", "https://"),
    "speed": ("One is static.", "One is faster.", "is about speed and names no timings", "timings"),
}


@pytest.mark.parametrize(("old", "new", "found", "allowed"), WRONG.values(), ids=WRONG)
def test_a_wrong_claim_is_a_fault(old: str, new: str, found: str, allowed: str, claimed: Any) -> None:
    claimed.write(claims.FILE, CLAIM.replace(old, new))
    (told,) = faults(claimed)
    assert found in told
    assert allowed in told.split("allowed: ")[1]


UNREADABLE = {
    "not TOML": (CLAIM.replace('"workflow"', ""), "docs/data/claims.toml:4", ""),
    "a field is missing": (CLAIM.replace('verdict = "wrong"\n', ""), "docs/data/claims.toml:2", "verdict"),
    "an unknown field": (CLAIM.replace("verdict", "judgement"), "docs/data/claims.toml:2", "judgement"),
    "an unknown source": (CLAIM.replace('["paper"]', '["book"]'), "docs/data/claims.toml:2", "no source 'book'"),
    "a source nobody cites": (CLAIM.replace('["paper"]', "[]"), "docs/data/claims.toml:17", "no claim cites"),
    "twice": (CLAIM + CLAIM[: CLAIM.index("[source")], "docs/data/claims.toml:22", "a second claim 'static'"),
    "not a date": (CLAIM.replace("2026-11-22", '"today"'), "docs/data/claims.toml:2", "date"),
}


@pytest.mark.parametrize(("text", "where", "found"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_says_where(text: str, where: str, found: str, claimed: Any) -> None:
    claimed.write(claims.FILE, text)
    with pytest.raises(model.TandemError) as caught:
        claims.read(claimed.root)
    assert str(caught.value).startswith(f"{where}: ")
    assert found in str(caught.value)


def test_the_check_reports_claims(claimed: Any) -> None:
    claimed.write("docs/index.md", "::pair workflow/one\n\n::claims all\n")
    done = claimed.tandem("check")
    assert done.exit_code == 0, done.output
    assert "1 claims: each is borne out." in done.output
    claimed.write(claims.FILE, CLAIM.replace('agree = ["loss"]', 'agree = ["gain"]'))
    done = claimed.tandem("check")
    assert done.exit_code == 1
    assert "does not say that 'gain' agrees" in done.output


def test_all_claims_stand_on_one_page(claimed: Any) -> None:
    claimed.write("docs/index.md", "::pair workflow/one\n")
    assert "all claims stand on 0 pages" in claimed.tandem("check").output
    claimed.write("docs/index.md", "::pair workflow/one\n\n::claims all\n")
    claimed.write("docs/more.md", "::claims all\n")
    assert "all claims stand on 2 pages" in claimed.tandem("check").output


# What recorded timings bear out ------------------------------------------------------------------------------------


def with_timings(wanted: claims.Timings) -> list[str]:
    """The faults of a claim that rests on the site's own timings."""
    claim = claims.Claim("speed", "performance", "It is.", "holds", "So.", datetime.date(2026, 1, 1), timings=wanted)
    return [fault.found for fault in claims.faults(claims.Ledger({"speed": claim}, ()), CATALOG, TIMED)]


def test_each_framework_wins_its_share() -> None:
    assert with_timings(claims.Timings("neither")) == []
    for key in ("pytorch", "tensorflow"):
        (told,) = with_timings(claims.Timings(key))
        assert "PyTorch took less time in" in told


def test_a_verdict_follows_from_the_named_races() -> None:
    won: dict[str, set[str]] = {}
    for item in TIMED:
        for ratio in item.entry.ratios if item.counts else ():
            if ratio.numerator.split("/")[0] != ratio.denominator.split("/")[0]:
                won.setdefault(item.topic.id, set()).add(ratio.faster.split("/")[0])
    topic, (winner,) = next((name, who) for name, who in won.items() if len(who) == 1 and "" not in who)
    assert with_timings(claims.Timings(winner, (topic,))) == []
    assert with_timings(claims.Timings("neither", (topic,)))


def test_timings_must_be_there() -> None:
    assert "no_such has no fair and current timings" in with_timings(claims.Timings("pytorch", ("no_such",)))[0]
    assert with_timings(claims.Timings("neither", races=("uphill",)))[0] == "speed: no race 'uphill'"
    assert with_timings(claims.Timings("caffe")) == ["speed: timings.faster is 'caffe'"]


def test_a_stale_timing_bears_nothing_out() -> None:
    claim = replace(next(claim for claim in LEDGER.claims.values() if claim.timings), article=(), evidence=())
    stale = [replace(item, stale="the code has changed since") for item in TIMED]
    (told,) = claims.faults(claims.Ledger({claim.id: claim}, ()), CATALOG, stale)
    assert "no fair and current timings bear it out" in str(told)


# The site's own ----------------------------------------------------------------------------------------------------


def test_every_claim_stands() -> None:
    found = claims.faults(LEDGER, CATALOG, TIMED)
    assert not found, "\n".join(map(str, found))


def test_the_article_is_answered_whole() -> None:
    assert len(LEDGER.article) == 60
    assert all(LEDGER.answering(sentence) for sentence in LEDGER.article)


def flips() -> Iterator[tuple[str, claims.Claim, str, str]]:
    """Every value and every word that a claim rests on."""
    for claim in LEDGER.claims.values():
        for evidence in claim.evidence:
            for kind in ("agree", "differ"):
                yield from (
                    (f"{claim.id}-{evidence.topic}-{name}", claim, kind, name) for name in getattr(evidence, kind)
                )
            yield from ((f"{claim.id}-{evidence.topic}-prints", claim, "prints", key) for key in evidence.prints)


@pytest.mark.parametrize(("claim", "kind", "name"), [pytest.param(*flip, id=name) for name, *flip in flips()])
def test_each_evidence_can_flip_its_claim(
    claim: claims.Claim, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turn one value of one topic round, or take its words away: the claim is a fault."""
    read = record.read

    def turned(topic: model.Topic) -> model.Record | None:
        kept = read(topic)
        wanted = [e for e in claim.evidence if e.topic == topic.id and name in getattr(e, kind)]
        if kept is None or not wanted:
            return kept
        if kind == "prints":
            runs = {**kept.runs, name: replace(kept.runs[name], cells=())}
            return replace(kept, runs=runs)
        far = float("inf") if kind == "agree" else -1.0
        return replace(kept, gaps=tuple(replace(g, measured=far) if g.name == name else g for g in kept.gaps))

    monkeypatch.setattr(claims.record, "read", turned)
    monkeypatch.setattr(claims.judge, "is_current", lambda root, topic: None)
    assert claims.faults(claims.Ledger({claim.id: replace(claim, article=())}, ()), CATALOG, TIMED)


def test_pages_say_what_the_ledger_counts() -> None:
    """The verdicts at the top of docs/claims.md and docs/tradeoffs/index.md."""
    found = [claim.verdict for claim in LEDGER.claims.values()]
    assert 3 * found.count("holds") < len(found)
    found = [claim.verdict for claim in LEDGER.claims.values() if claim.area == "tradeoffs"]
    assert 2 * (found.count("outdated") + found.count("wrong")) > len(found)
