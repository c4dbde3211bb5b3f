"""The built site: links, anchors, hosts, and every topic once at home."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup

from snippets_lib import catalog, compare, pages, render, results
from snippets_lib.model import AREAS

ROOT = Path(__file__).parents[2]
CATALOG = catalog.load(ROOT)
SITE = pages.read_site(CATALOG)
TOPICS = [topic for topic in CATALOG.topics.values() if not topic.is_notebook]


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    return frozenset(tag["id"] for tag in soup(path).find_all(id=True)) | {
        tag["name"] for tag in soup(path).find_all("a", attrs={"name": True})
    }


def html_pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_internal_links_lead_somewhere(site: Path) -> None:
    broken = []
    for page in html_pages(site):
        if page.name == "404.html":  # its links are absolute from the site's address
            continue
        for tag, attribute in (("a", "href"), ("img", "src"), ("script", "src"), ("link", "href"), ("source", "src")):
            for found in soup(page).find_all(tag, attrs={attribute: True}):
                url, fragment = urldefrag(found[attribute])
                parts = urlsplit(url)
                if parts.scheme or parts.netloc:
                    continue
                target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
                target = target / "index.html" if target.is_dir() else target
                if not target.is_file():
                    broken.append(f"{page.relative_to(site)}: {found[attribute]}")
                elif fragment and target.suffix == ".html" and unquote(fragment) not in anchors(target):
                    broken.append(f"{page.relative_to(site)}: no anchor {found[attribute]}")
    assert not broken, "\n".join(broken)


def test_nothing_comes_from_another_host(site: Path) -> None:
    foreign = []
    for page in html_pages(site):
        for tag, attribute in (
            ("img", "src"),
            ("script", "src"),
            ("iframe", "src"),
            ("source", "src"),
            ("link", "href"),
        ):
            for found in soup(page).find_all(tag, attrs={attribute: True}):
                if tag == "link" and set(found.get("rel", [])) & {"canonical", "alternate", "prev", "next"}:
                    continue
                if urlsplit(found[attribute]).netloc:
                    foreign.append(f"{page.relative_to(site)}: {found[attribute]}")
    for sheet in site.rglob("*.css"):
        foreign += [
            f"{sheet.relative_to(site)}: {url}"
            for url in re.findall(r"url\(['\"]?(https?:)?//[^)]*\)", sheet.read_text("utf-8"))
        ]
    assert not foreign, "\n".join(foreign)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_topic_stands_once_on_its_home_page(topic: catalog.Topic, site: Path) -> None:
    where = [page for page in html_pages(site) if render.anchor(topic) in anchors(page)]
    assert len(where) == 1
    shown = Counter(
        cell["data-cell"]
        for pair in soup(where[0]).select(f'[data-topic="{topic.id}"]')
        for cell in pair.select("[data-cell]")
    )
    assert shown == Counter(topic.titles)
    home = site / SITE.homes[topic.id]
    assert where[0] == (home.with_suffix("") / "index.html" if home.stem != "index" else home.with_suffix(".html"))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_topic_offers_its_downloads(topic: catalog.Topic, site: Path) -> None:
    pair = next(
        p
        for page in html_pages(site)
        if render.anchor(topic) in anchors(page)
        for p in soup(page).select(f'[data-topic="{topic.id}"]')
    )
    links = [a["href"] for a in pair.select(".tandem-head a")]
    for key, snippet in topic.snippets.items():
        assert any(link.endswith(f"{topic.id}/{snippet.path.name}") for link in links)
        assert (site / "downloads" / topic.id / snippet.path.name).read_text("utf-8") == snippet.source
        if snippet.framework.language == "python":
            notebook = json.loads((site / "downloads" / topic.id / f"{snippet.path.stem}.ipynb").read_text("utf-8"))
            assert any(cell.get("outputs") for cell in notebook["cells"]), key
            assert any(
                "colab.research.google.com/github/tandem-docs/tandem/blob/gh-pages/downloads/" in link for link in links
            )


@pytest.mark.parametrize("area", AREAS)
def test_each_topic_has_a_card_on_the_page_of_its_area(area: str, site: Path) -> None:
    cards = soup(site / area / "index.html").select(".tandem-catalogue .tandem-card-title")
    assert sorted(card.get_text() for card in cards) == sorted(t.title for t in TOPICS if t.area == area)


def test_pairs_json_keeps_its_contract(site: Path) -> None:
    stored = json.loads((site / "pairs.json").read_text("utf-8"))
    assert {entry["id"] for entry in stored} == {topic.id for topic in TOPICS}
    for entry in stored:
        assert {
            "id",
            "area",
            "title",
            "summary",
            "url",
            "frameworks",
            "agree",
            "differ",
            "versions",
            "recorded_on",
        } <= set(entry)
        url, fragment = urldefrag(entry["url"])
        assert fragment in anchors(site / url / "index.html")
        for half in entry["frameworks"].values():
            assert {"code", "cells", "file", "notebook"} <= set(half)
            assert (site / half["file"]).is_file()
            assert half["notebook"] is None or (site / half["notebook"]).is_file()
            assert all({"title", "code", "output"} <= set(cell) for cell in half["cells"])
        for gap in entry["agree"].values():
            assert gap["gap"] <= gap["allowed"]
        for gap in entry["differ"].values():
            assert gap["gap"] >= gap["at_least"]


def test_notebooks_are_rendered_with_their_outputs(site: Path) -> None:
    for topic in CATALOG.topics.values():
        if topic.is_notebook:
            for snippet in topic.snippets.values():
                place = (topic.folder / snippet.path.stem).relative_to(ROOT / "docs")
                page = soup(site / place / "index.html")
                assert page.select(".jp-OutputArea-output, .jp-RenderedText"), snippet.path
                title = page.find("h1").get_text().replace("¶", "").strip()
                assert not compare.first_difference(topic.title, title[: len(topic.title)], 0)
                assert (site / "downloads" / topic.id / f"{snippet.path.stem}.ipynb").is_file()


def test_the_site_says_nothing_is_out_of_date(site: Path) -> None:
    assert not [str(page.relative_to(site)) for page in html_pages(site) if soup(page).select(".tandem-stale")]


def test_every_timed_topic_shows_bars_or_says_that_there_are_none(site: Path) -> None:
    shown = {
        block["data-timed"]: block
        for page in html_pages(site)
        for block in soup(page).select(".tandem-timing[data-timed]")
    }
    assert set(shown) == {topic.id for topic in TOPICS if topic.time}
    for block in shown.values():
        assert block.select(".tandem-bar svg rect") or "No timings are recorded" in block.text


def test_the_timings_page_shows_what_the_files_hold(site: Path) -> None:
    files, mistakes = results.read_all(ROOT)
    assert files, "no machine's timings are recorded"
    assert not mistakes
    entries = [entry for file in files for entry in file.entries if entry.topic in CATALOG.topics]
    page = soup(site / "performance" / "timings" / "index.html")
    rows = page.select(".tandem-ratio[data-ratio]")
    races = [r for e in entries for r in e.ratios if r.numerator.split("/")[0] != r.denominator.split("/")[0]]
    assert sorted(float(row["data-ratio"]) for row in rows) == sorted(race.ratio for race in races)
    assert len(page.select(".tandem-table tbody tr")) == sum(len(entry.results) for entry in entries)
    assert sum(len(file["entries"]) for file in json.loads((site / "timings.json").read_text("utf-8"))) == len(entries)
    assert len((site / "timings.csv").read_text("utf-8").splitlines()) == 1 + len(page.select(".tandem-table tbody tr"))


def test_footnotes_are_numbered_as_they_are_read(site: Path) -> None:
    for page in html_pages(site):
        numbers = [int(note.get_text()) for note in soup(page).select("a.footnote-ref")]
        read = list(dict.fromkeys(numbers))
        assert read == sorted(read), f"{page.relative_to(site)}: move the definitions below the text into this order"


def test_every_claim_stands_once_and_answers_the_article(site: Path) -> None:
    page = soup(site / "claims" / "index.html")
    shown = page.select(".tandem-claim")
    assert [claim["data-claim"] for claim in shown] == sorted(
        SITE.ledger.claims, key=lambda name: list(AREAS).index(SITE.ledger.claims[name].area)
    )
    for claim in shown:
        assert claim.select(".tandem-rests li"), f"{claim['id']} rests on nothing"
    sentences = page.select(".tandem-article li")
    assert len(sentences) == len(SITE.ledger.article)
    assert all(sentence.select("a .tandem-mark") for sentence in sentences)


def test_claims_json_keeps_its_contract(site: Path) -> None:
    stored = json.loads((site / "claims.json").read_text("utf-8"))
    assert [entry["id"] for entry in stored] == list(SITE.ledger.claims)
    for entry in stored:
        assert {"id", "area", "says", "verdict", "because", "evidence", "sources", "checked_on"} <= set(entry)
        assert entry["evidence"] or entry["sources"] or entry["timings"]
        assert set(entry["evidence"]) <= set(CATALOG.topics)
