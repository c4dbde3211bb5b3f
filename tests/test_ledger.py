"""Claims and the chart as HTML: what a claim rests on stands beside it, and nothing in it becomes markup."""

from __future__ import annotations

import datetime
from pathlib import Path

from bs4 import BeautifulSoup

from snippets_lib import catalog, chooser, claims, ledger, pages, record, results
from snippets_lib.render import Place, number

ROOT = Path(__file__).parents[1]
SITE = pages.read_site(catalog.load(ROOT))
TIMED = results.show(results.read_all(ROOT)[0], SITE.catalog.topics, record.pins(ROOT))
DAY = datetime.date(2026, 11, 22)
SOURCE = claims.Source("A <b>paper</b>", "https://example.org/?a=1&b=2", DAY, "it is so")
CLAIM = claims.Claim(
    "static-graph", "tradeoffs", "It is <static>, says `tf`.", "outdated", "It `was` & is not.", DAY, (1,),
    (claims.Evidence("workflow/train_by_hand", ("losses",), ("kept_state",), {"pytorch": "loss before any step"}),),
    claims.Timings("neither"), (SOURCE,),
)  # fmt: skip
CHART = chooser.Chart(
    (
        chooser.Question("job", "Job", "What for?", (chooser.Choice("Run", "So.", ("static-graph",), "", "pytorch"),
                                                     chooser.Choice("Train", next="team"))),
        chooser.Question("team", "Team", "Who?", (chooser.Choice("I", "So.", ("static-graph",), "", "pytorch"),)),
    ),
    (chooser.Answer("pytorch", "PyTorch", "Read:", "workflow/train-by-hand.md", "pytorch"),),
)  # fmt: skip
ARTICLE = claims.sentences("## A <heading>\n\n* Graphs: One & one. Two.\n")
LEDGER = claims.Ledger({CLAIM.id: CLAIM}, ARTICLE)
ARTICLE = claims.sentences("## A <heading>\n\n* Graphs: One & one. Two.\n")
LEDGER = claims.Ledger({CLAIM.id: CLAIM}, ARTICLE)
MADE = pages.Site(SITE.catalog, SITE.pages, SITE.homes, (), LEDGER, CHART, "claims.md")
AT_HOME, AWAY = Place(here="claims.md"), Place(up="../", here="tradeoffs/index.md")


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_a_claim_shows_what_it_rests_on() -> None:
    (shown,) = soup(ledger.all_claims(MADE, TIMED, AT_HOME)).select(".tandem-claim")
    assert shown["id"] == "claim-static-graph"
    assert shown["data-verdict"] == "outdated"
    assert shown.select_one("q").text == "It is <static>, says tf."
    assert shown.select_one(".tandem-claim-because").text == "It was & is not."
    runs, measured, source = shown.select(".tandem-rests li")
    assert runs.a["href"] == "../workflow/train-by-hand/#workflow-train_by_hand"
    kept = {gap.name: gap for gap in record.read(SITE.catalog.topics["workflow/train_by_hand"]).gaps}
    assert f"losses agrees, gap {number(kept['losses'].measured)} ≤ {number(kept['losses'].allowed)}" in runs.text
    assert f"kept_state differs, gap {number(kept['kept_state'].measured)} ≥" in runs.text
    assert "PyTorch prints loss before any step" in runs.text
    pytorch, tensorflow, neither = claims.counted(CLAIM.timings, TIMED)
    assert f"PyTorch took less time in {pytorch} comparisons, TensorFlow in {tensorflow}, neither" in measured.text
    assert f"for sure in {neither}" in measured.text
    assert source.a["href"] == SOURCE.url
    assert source.a.text == SOURCE.title
    assert "read 2026-11-22" in source.text
    assert "Checked on 2026-11-22." in shown.text


def test_a_quoted_claim_links_to_the_page_of_all() -> None:
    html = soup(ledger.some_claims([CLAIM], MADE, TIMED, AWAY))
    assert html.select_one(".tandem-claim-link")["href"] == "../claims/#claim-static-graph"
    assert not html.find_all(id=True)  # its anchor stands once, on that page


def test_verdicts_are_counted() -> None:
    told = soup(ledger.summary([CLAIM, CLAIM]))
    assert [item.text for item in told.select("li")] == ["Outdated 2"]


def test_filters_offer_what_there_is() -> None:
    form = soup(ledger.all_claims(MADE, TIMED, AT_HOME)).select_one("form[data-claims]")
    assert form.has_attr("hidden")  # a script shows it
    assert [o["value"] for o in form.select("select[name=verdict] option")] == ["", "outdated"]
    assert [o["value"] for o in form.select("select[name=area] option")] == ["", "tradeoffs"]


def test_each_sentence_links_to_its_answer() -> None:
    html = soup(ledger.article(MADE, AWAY))
    first, second = html.select("li")
    assert first.text == "Graphs. One & one. Outdated"
    assert first.a["href"] == "../claims/#claim-static-graph"
    assert second.text.strip() == "Two."
    assert html.h3.text == "A <heading>"


def test_the_chart_can_be_read_from_top_to_bottom() -> None:
    html = soup(ledger.chart(MADE, AWAY))
    first, second = html.select(".tandem-question")
    run, train = first.select(".tandem-way")
    assert (first["id"], second["id"]) == ("choose-job", "choose-team")
    assert run["data-answer"] == "pytorch"
    assert "tandem-pytorch" in run.select_one(".tandem-answer")["class"]
    assert run.select_one(".tandem-rests a")["href"] == "../claims/#claim-static-graph"
    (page,) = [a for a in run.select("a") if "workflow" in a["href"]]
    assert (page["href"], page.text) == ("../workflow/train-by-hand/", "Train by hand")
    assert train.select_one(".tandem-next")["href"] == "#choose-team"
    assert train.select_one(".tandem-next").text == "question 2"
    assert not html.select("[hidden]")


def test_nothing_becomes_markup() -> None:
    for html in (ledger.all_claims(MADE, TIMED, AT_HOME), ledger.chart(MADE, AWAY), ledger.article(MADE, AWAY)):
        assert "<static>" not in html
        assert "<b>paper" not in html
        assert "<heading>" not in html


def test_no_claims_is_said() -> None:
    assert "no claims yet" in ledger.all_claims(pages.Site(SITE.catalog, (), {}, ()), (), AT_HOME)
