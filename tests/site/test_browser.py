"""A headless Chromium reads the site: layout, tabs, copy, search, colours, and no word to another host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from snippets_lib import catalog, export, pages

ROOT = Path(__file__).parents[2]
CATALOG = catalog.load(ROOT)
TOPIC = CATALOG.topics["workflow/train_by_hand"]
URL = export.url_of(pages.read_site(CATALOG).homes[TOPIC.id])
OTHER = export.url_of(pages.read_site(CATALOG).homes["migrate/batchnorm_momentum"])
TIMINGS = "performance/timings/"
MODELS = "performance/models/"
CLAIMS = "claims/"
CHOOSE = "choose/"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

if CHROMIUM is None:
    if os.environ.get("CI"):
        pytest.fail("no Chromium on a machine that calls itself CI; .ci/run installs it", pytrace=False)
    pytest.skip(
        "these tests drive a browser and found none: apt-get install chromium, or set CHROMIUM to one",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """The machine's own Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def reader(browser: object, address: str, width: int, scheme: str = "light") -> Iterator[object]:
    """A page in a window of that width; at the end, nothing may have gone to another host or failed."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    troubles: list[str] = []
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:", "blob:")) else troubles.append(request.url),
    )
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "response",
        lambda response: troubles.append(f"{response.status} {response.url}") if response.status >= 400 else None,
    )
    yield page
    context.close()
    assert not troubles, "\n".join(troubles)


def overflow(page: object) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1600])
@pytest.mark.parametrize("path", ["", URL, TIMINGS, MODELS, CLAIMS, CHOOSE])
def test_page_fits_its_window(browser: object, address: str, path: str, width: int, scheme: str) -> None:
    with reader(browser, address, width, scheme) as page:
        page.goto(f"{address}/{path}")
        assert overflow(page) <= 0
        assert page.locator("h1").first.is_visible()


def code(page: object, framework: str, cell: str) -> object:
    """The code of a cell in one framework."""
    return page.locator(f'[data-topic="{TOPIC.id}"] [data-cell="{cell}"] .tandem-code.tandem-{framework}').first


def test_wide_window_shows_the_frameworks_side_by_side(browser: object, address: str) -> None:
    with reader(browser, address, 1600) as page:
        page.goto(f"{address}/{URL}")
        for cell in TOPIC.titles:
            left, right = (code(page, key, cell).bounding_box() for key in ("pytorch", "tensorflow"))
            assert abs(left["y"] - right["y"]) < 1, cell
            assert left["x"] + left["width"] <= right["x"], cell


@pytest.mark.parametrize("width", [390, 1600])
def test_what_is_the_same_in_both_is_shown_once(browser: object, address: str, width: int) -> None:
    with reader(browser, address, width) as page:
        page.goto(f"{address}/use_cases/summarise/")
        apart = page.locator("[data-cell='Define the model'] .tabbed-labels").first
        assert apart.is_visible() == (width == 390)
        if width == 390:
            apart.locator("label", has_text="TensorFlow").click()
        cell = page.locator("[data-cell='Score four baselines'][data-same]")
        once, again = (cell.locator(f".tandem-code.tandem-{key}") for key in ("pytorch", "tensorflow"))
        assert once.is_visible()
        assert not again.is_visible()
        assert once.bounding_box()["width"] > 0.95 * cell.bounding_box()["width"]
        assert "The same in both" in cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert not cell.locator(".tabbed-labels").is_visible()


def test_narrow_window_has_tabs_that_remember(browser: object, address: str) -> None:
    first, last = TOPIC.titles[0], TOPIC.titles[-1]
    with reader(browser, address, 390) as page:
        page.goto(f"{address}/{URL}")
        assert code(page, "pytorch", first).is_visible()
        assert not code(page, "tensorflow", first).is_visible()
        page.locator(f'[data-cell="{first}"] .tabbed-labels label', has_text="TensorFlow").first.click()
        for cell in (first, last):
            code(page, "tensorflow", cell).wait_for(state="visible")
        page.goto(f"{address}/{OTHER}")
        page.locator(".tandem-code.tandem-tensorflow").first.wait_for(state="visible")
        assert not page.locator(".tandem-code.tandem-pytorch").first.is_visible()


@pytest.mark.parametrize("width", [390, 1600])
def test_copy_copies_the_cell(browser: object, address: str, width: int) -> None:
    cell = TOPIC.snippets["pytorch"].cells[1]
    with reader(browser, address, width) as page:
        page.goto(f"{address}/{URL}")
        block = code(page, "pytorch", cell.title)
        block.scroll_into_view_if_needed()
        block.hover()
        block.locator("button").first.click()
        page.wait_for_timeout(300)
        assert page.evaluate("navigator.clipboard.readText()").strip() == cell.source


@pytest.mark.parametrize("width", [390, 1600])
def test_search_finds_a_topic(browser: object, address: str, width: int) -> None:
    with reader(browser, address, width) as page:
        page.goto(f"{address}/")
        if width < 960:
            page.locator('label.md-header__button[for="__search"]').click()
        page.locator(".md-search__input").click()
        page.keyboard.type("gates LSTM")
        result = page.locator(".md-search-result__link").first
        result.wait_for(state="visible", timeout=15000)
        result.click()
        page.wait_for_url("**/migrate/lstm-gates/**")


def test_dark_colours_can_be_chosen_and_stay(browser: object, address: str) -> None:
    with reader(browser, address, 1600) as page:
        page.goto(f"{address}/")
        page.locator('label[title="Switch to dark colours"]').click()
        page.goto(f"{address}/{URL}")
        assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_figures_follow_the_colours(browser: object, address: str) -> None:
    for scheme, shown, hidden in (("light", "light", "dark"), ("dark", "dark", "light")):
        with reader(browser, address, 1600, scheme) as page:
            page.goto(f"{address}/{URL}")
            page.locator(f'img.tandem-figure[src$="#only-{shown}"]').first.wait_for(state="visible")
            assert not page.locator(f'img.tandem-figure[src$="#only-{hidden}"]').first.is_visible()


def test_timings_can_be_filtered_and_ordered(browser: object, address: str) -> None:
    with reader(browser, address, 1280) as page:
        page.goto(f"{address}/{TIMINGS}")
        rows = page.locator(".tandem-ratio[data-ratio]")
        everything = rows.count()
        assert page.locator(".tandem-ratio[data-ratio]:visible").count() == everything
        page.select_option("select[name=race]", "compiled")
        page.select_option("select[name=work]", "train")
        shown = page.locator(".tandem-ratio[data-ratio]:visible")
        assert 0 < shown.count() < everything
        assert set(shown.evaluate_all("rows => rows.map(row => row.dataset.work)")) == {"train"}
        assert page.locator(".tandem-race:visible").count() == 1
        assert f"{shown.count()} of {everything} comparisons" in page.locator(".tandem-count").inner_text()
        page.select_option("select[name=order]", "ratio")
        ratios = shown.evaluate_all("rows => rows.map(row => Number(row.dataset.ratio))")
        assert ratios == sorted(ratios)
        page.reload()  # the choice is in the address
        assert page.locator("select[name=race]").input_value() == "compiled"
        assert shown.count() < everything


def test_timings_read_without_a_script(browser: object, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{TIMINGS}")
    rows = page.locator(".tandem-ratio[data-ratio]")
    assert rows.count() > 0
    assert rows.first.is_visible()
    assert rows.last.is_visible()
    assert not page.locator(".tandem-filters").is_visible()
    context.close()


def test_claims_are_filtered_and_linked(browser: object, address: str) -> None:
    with reader(browser, address, 1280) as page:
        page.goto(f"{address}/{CLAIMS}")
        every = page.locator(".tandem-claim")
        total = every.count()
        page.select_option("select[name=verdict]", "outdated")
        page.select_option("select[name=area]", "tradeoffs")
        kept = page.locator('.tandem-claim[data-verdict="outdated"][data-area="tradeoffs"]').count()
        assert 0 < kept < total
        assert page.locator(".tandem-claim:visible").count() == kept
        assert page.locator("output.tandem-count").inner_text() == f"{kept} of {total} claims shown."
        assert not page.locator("#claims-workflow").is_visible()
        shared = page.url
        page.fill("input[name=words]", "graph static")
        assert 0 < page.locator(".tandem-claim:visible").count() < kept
        page.goto("about:blank")
        page.goto(shared)  # the choice is in the address
        assert page.locator(".tandem-claim:visible").count() == kept
        page.goto(f"{address}/{CLAIMS}#claim-save-and-load")
        assert page.locator("#claim-save-and-load").is_visible()


def test_the_chooser_asks_one_question_after_the_other(browser: object, address: str) -> None:
    with reader(browser, address, 1280) as page:
        page.goto(f"{address}/{CHOOSE}")
        assert page.locator(".tandem-question:visible").count() == 1
        assert page.locator(".tandem-out:visible").count() == 0
        page.get_by_role("button", name="Train or adapt one").click()
        page.get_by_role("button", name="Yes, in PyTorch").click()
        assert page.locator(".tandem-question:visible").count() == 2
        assert page.locator(".tandem-answer:visible").inner_text() == "PyTorch"
        shared = page.url
        page.goto("about:blank")
        page.goto(shared)
        assert page.locator(".tandem-answer:visible").inner_text() == "PyTorch"
        page.get_by_role("button", name="No, or I am free to choose").click()
        assert page.locator(".tandem-answer:visible").count() == 0
        page.get_by_role("button", name="Show the whole chart").click()
        assert page.locator(".tandem-question:visible").count() == page.locator(".tandem-question").count()
        page.get_by_role("button", name="Ask me one question at a time").click()
        page.get_by_role("button", name="Start again").click()
        assert page.locator(".tandem-question:visible").count() == 1


def test_claims_and_chart_can_be_read_without_a_script(browser: object, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{CLAIMS}")
    assert page.locator(".tandem-claim:visible").count() == page.locator(".tandem-claim").count()
    assert not page.locator("form[data-claims]").is_visible()
    page.goto(f"{address}/{CHOOSE}")
    assert page.locator(".tandem-way:visible").count() == page.locator(".tandem-way").count()
    assert page.locator(".tandem-answer:visible").count() > 5
    page.locator(".tandem-next").first.click()
    assert page.url.endswith("#choose-code")
    context.close()


MOVING = "use_cases/track-digits/"


def test_an_animation_plays_and_can_be_stopped(browser: object, address: str) -> None:
    with reader(browser, address, 1600) as page:
        page.goto(f"{address}/{MOVING}")
        figure = page.locator("p:has(> .tandem-moving)").first
        figure.scroll_into_view_if_needed()
        shown = figure.locator("img").locator("visible=true")
        early = shown.screenshot()
        page.wait_for_timeout(1000)
        assert shown.screenshot() != early
        figure.get_by_role("button", name="Stop the animation").click()
        page.wait_for_timeout(500)
        stopped = shown.screenshot()
        page.wait_for_timeout(1000)
        assert shown.screenshot() == stopped
        figure.get_by_role("button", name="Play the animation").click()
        assert ".still" not in shown.get_attribute("src")


def test_who_wants_no_motion_sees_none_unasked(browser: object, address: str) -> None:
    with reader(browser, address, 1600) as page:
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{address}/{MOVING}")
        figure = page.locator("p:has(> .tandem-moving)").first
        figure.scroll_into_view_if_needed()
        shown = figure.locator("img").locator("visible=true")
        page.wait_for_timeout(500)
        early = shown.screenshot()
        page.wait_for_timeout(1000)
        assert shown.screenshot() == early
        figure.get_by_role("button", name="Play the animation").click()
        page.wait_for_timeout(1000)
        assert shown.screenshot() != early
