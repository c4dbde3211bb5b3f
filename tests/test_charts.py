"""Timings as HTML: what is drawn follows from the numbers, and what is not current says so."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from bs4 import BeautifulSoup

from snippets_lib import charts, render, results
from snippets_lib.machine import Device, Machine
from snippets_lib.model import AREAS, FRAMEWORKS, Cell, Snippet, Timed, Topic
from snippets_lib.results import Entry, File, Ratio, Result, Shown

PLACE = render.Place(up="../", homes={"performance/mlp": "performance/models.md"}, here="performance/timings.md")


def topic(**changes: object) -> Topic:
    cell = Cell("Define", 4, "def call(): ...")
    halves = {
        key: Snippet(FRAMEWORKS[key], Path(FRAMEWORKS[key].filename), "Doc.", "", (cell,))
        for key in ("pytorch", "tensorflow")
    }
    made = Topic("performance/mlp", Path("mlp"), "A <small> net", "Summary.", halves, time=Timed("call"))
    return replace(made, **changes)


def result(runner: str, seconds: float, batch_size: int | None = 8, **changes: object) -> Result:
    framework, mode = runner.split("/", 1)
    rounds = tuple((seconds, seconds * 1.01, seconds * (1.02 + 0.001 * n)) for n in range(3))
    made = Result(
        framework,
        mode,
        "call",
        "float32",
        batch_size,
        (1.0, 0.5, 0.5),
        True,
        5,
        rounds,
        *results.summary(rounds),
        512.0,
    )
    return msgspec.structs.replace(made, **changes)


def entry(*found: Result, **changes: object) -> Entry:
    versions = {"torch": "2.0", "tensorflow": "2.1", "python": "3.11.7"}
    made = Entry(
        "performance/mlp", "cpu", "d", "2026-11-22", versions, 3, 1, 0.01, 0.0, False, found, results.ratios(found)
    )
    return msgspec.structs.replace(made, **changes)


def shown(made: Entry, stale: str = "", **changes: object) -> Shown:
    machine = Machine("box-2-cores", "Box <9>", 2, 2, 24, "Linux x86_64", devices=(Device("cuda", "H9", "580", 80),))
    return Shown(File("1", machine, [made]), made, topic(**changes), stale)


FAST, SLOW = result("pytorch/eager", 0.001), result("tensorflow/eager", 0.004)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5, "2.50 s"),
        (0.0123, "12.3 ms"),
        (0.00099951, "1.00 ms"),
        (4.56e-6, "4.56 µs"),
        (123e-9, "123 ns"),
        (61.2, "61.2 s"),
    ],
)
def test_a_duration_has_three_digits_and_a_unit(seconds: float, text: str) -> None:
    assert charts.duration(seconds) == text


@pytest.mark.parametrize(("ratio", "text"), [(1.234, "1.23"), (12.34, "12.3"), (1234.5, "1234"), (0.0123, "0.012")])
def test_a_ratio_has_two_or_three_digits(ratio: float, text: str) -> None:
    assert charts.times(ratio) == text


def test_bars_begin_at_zero_and_end_at_their_median() -> None:
    soup = BeautifulSoup(charts.topic([shown(entry(FAST, SLOW))], topic(), PLACE), "html.parser")
    widths = [float(rect["width"].rstrip("%")) for rect in soup.find_all("rect")]
    assert widths[1] / widths[0] == pytest.approx(SLOW.median / FAST.median, rel=1e-3)
    assert max(widths) < 100
    assert [float(rect["x"]) for rect in soup.find_all("rect")] == [0, 0]
    line = soup.find_all("line")[1]
    assert float(line["x2"].rstrip("%")) / widths[1] == pytest.approx(SLOW.q3 / SLOW.median, rel=1e-3)


def test_each_bar_says_its_numbers_in_words() -> None:
    soup = BeautifulSoup(charts.topic([shown(entry(FAST, SLOW))], topic(), PLACE), "html.parser")
    labels = [svg["aria-label"] for svg in soup.find_all("svg")]
    assert labels[0].startswith("PyTorch: 1.01 ms, middle half ")
    assert all(svg["role"] == "img" for svg in soup.find_all("svg"))
    assert "First call: PyTorch 1.00 s, TensorFlow 1.00 s." in soup.text


def test_a_topic_without_timings_says_so() -> None:
    assert "No timings are recorded for this yet." in charts.topic([], topic(), PLACE)


def test_a_stale_result_is_never_shown_as_current() -> None:
    text = charts.topic([shown(entry(FAST, SLOW), "the code has changed since")], topic(), PLACE)
    assert "<strong>Not current:</strong> the code has changed since." in text
    assert 'data-stale="true"' in text
    everything = charts.everything([shown(entry(FAST, SLOW), "old")], PLACE, AREAS)
    assert "Of 0 comparisons that are fair and current" in everything
    assert "not current" in everything


def test_a_loaded_machine_an_unfair_race_and_an_unsteady_result_are_marked() -> None:
    busy = entry(FAST, msgspec.structs.replace(SLOW, warm=False), loaded=True, others=0.4, stolen=0.1)
    unfair = topic(time=Timed("call", note="One does more."))
    text = charts.topic([shown(busy)], unfair, PLACE)
    assert "0.50 cores were busy with other work" in text
    assert "**No fair race.** One does more." in text
    assert "it had not become steady" in text
    assert "4.04 ms *" in text
    row = charts.everything([shown(busy, time=Timed("call", note="One does more."))], PLACE, AREAS)
    assert "under load, no fair race" in row


def test_the_verdict_claims_no_more_than_the_interval() -> None:
    sure = charts.best([FAST, SLOW])
    assert sure is not None
    assert charts.verdict(sure).startswith("TensorFlow (eager) took 4.00 times as long as PyTorch (eager) (")
    other = charts.best([result("pytorch/eager", 0.004), result("tensorflow/eager", 0.001)])
    assert other is not None
    assert charts.verdict(other).startswith("PyTorch (eager) took 4.00 times as long as TensorFlow (eager) (")
    unsure = Ratio("tensorflow/eager", "pytorch/eager", "call", "float32", None, 1.05, 0.9, 1.2)
    assert charts.verdict(unsure) == "Neither is faster for sure: TensorFlow took 1.05 times as long (0.90 to 1.20)."


def test_best_against_best_takes_the_fastest_mode_of_each() -> None:
    found = [FAST, result("pytorch/torch.compile", 0.0005), SLOW, result("tensorflow/xla", 0.003)]
    ratio = charts.best(found)
    assert ratio is not None
    assert (ratio.numerator, ratio.denominator) == ("tensorflow/xla", "pytorch/torch.compile")
    assert charts.best([FAST]) is None


def test_a_ratio_of_one_stands_in_the_middle_and_a_wild_one_at_the_end() -> None:
    rows = BeautifulSoup(charts.everything([shown(entry(FAST, SLOW))], PLACE, AREAS), "html.parser")
    (row,) = rows.select(".tandem-ratio[data-ratio]")
    assert row.circle["cx"] == "75.00%"  # 4 is halfway from 1 to 16
    assert row.select_one(".tandem-one")["x1"] == "50%"
    assert row["data-faster"] == "pytorch"
    wild = entry(FAST, result("tensorflow/eager", 0.1))
    rows = BeautifulSoup(charts.everything([shown(wild)], PLACE, AREAS), "html.parser")
    assert rows.select_one(".tandem-ratio[data-ratio] circle")["cx"] == "100.00%"


def test_rows_link_to_the_topic_from_where_the_page_ends_up() -> None:
    text = charts.everything([shown(entry(FAST, SLOW))], PLACE, AREAS)
    assert 'href="../../performance/models/#performance-mlp"' in text
    assert "A &lt;small&gt; net" in text
    assert "A <small> net" not in text


def test_without_a_gpu_the_page_says_that_none_was_measured() -> None:
    assert "No GPU timings are recorded yet" in charts.everything([shown(entry(FAST, SLOW))], PLACE, AREAS)
    gpu = charts.everything([shown(entry(FAST, SLOW, device="cuda"))], PLACE, AREAS)
    assert "No GPU timings" not in gpu
    assert "GPU (CUDA)" in gpu
    assert "No timings are recorded yet." in charts.everything([], PLACE, AREAS)


def test_a_gpu_is_named_with_its_driver() -> None:
    item = shown(entry(FAST, SLOW, device="cuda"))
    assert charts.machine_name(item.file, "cuda") == "H9, driver 580, in a machine with Box <9>"
    assert "Box &lt;9&gt;" in charts.topic([item], topic(), PLACE)


def test_the_counts_come_from_the_intervals() -> None:
    found = entry(FAST, SLOW, result("pytorch/eager", 0.004, 16), result("tensorflow/eager", 0.001, 16))
    text = charts.everything([shown(found)], PLACE, AREAS)
    assert "Of 2 comparisons that are fair and current, PyTorch took less time in 1 and TensorFlow in 1; in 0" in text


def test_filters_offer_what_there_is() -> None:
    soup = BeautifulSoup(charts.everything([shown(entry(FAST, SLOW))], PLACE, AREAS), "html.parser")
    assert soup.form.has_attr("hidden")  # until a script can obey
    options = {s["name"]: [o["value"] for o in s.find_all("option")] for s in soup.find_all("select")}
    assert options["area"] == ["", "performance"]
    assert options["batch"] == ["", "8", "none"]
    assert set(options) == {"machine", "device", "race", "area", "work", "batch", "dtype", "order"}


def test_downloads_hold_every_result() -> None:
    item = shown(entry(FAST, SLOW), "old")
    (machine,) = json.loads(charts.as_json([item]))
    assert machine["entries"][0]["results"][1]["seconds"] == [list(samples) for samples in SLOW.seconds]
    assert machine["entries"][0]["stale"] == "old"
    rows = list(csv.DictReader(charts.as_csv([item]).splitlines()))
    assert [float(row["median"]) for row in rows] == [FAST.median, SLOW.median]
    assert {row["samples"] for row in rows} == {"9"}


def test_topics_that_are_gone_are_not_shown() -> None:
    item = shown(entry(FAST, SLOW))
    assert results.show([item.file], {}, {}) == []
    (kept,) = results.show([item.file], {"performance/mlp": topic()}, {"torch": "2.0", "tensorflow": "2.1"})
    assert kept.stale == "the code has changed since"


def test_the_summary_counts_what_is_current() -> None:
    found = entry(FAST, SLOW, result("pytorch/eager", 0.004, 16), result("tensorflow/eager", 0.001, 16))
    assert "| line by line: TensorFlow against PyTorch | 1 | 1 | 0 |" in charts.summary([shown(found)])
    assert charts.summary([shown(found, "old")]) == "No current timings are recorded.\n"


def test_an_unfair_race_is_shown_and_not_counted() -> None:
    unfair = shown(entry(FAST, SLOW), time=Timed("call", note="One does more."))
    text = charts.everything([unfair], PLACE, AREAS)
    assert "Of 0 comparisons that are fair and current" in text
    assert 'data-faster="pytorch"' in text
    assert charts.summary([unfair]) == "No current timings are recorded.\n"
