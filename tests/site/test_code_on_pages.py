"""The code that stands on the built pages is the program that ran, and prints in a clean interpreter what they show.

tests/test_snippets.py runs every program; a second run of them all, each in an interpreter of its own, would take ten
minutes. So one in four of the short ones is copied from its page and run; the lot is drawn again when a record changes.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from snippets_lib import catalog, compare, execute, model, record

ROOT = Path(__file__).parents[2]
CATALOG = catalog.load(ROOT)
HALVES = [(topic, key) for topic in CATALOG.topics.values() if not topic.is_notebook for key in topic.snippets]
COPIED = [
    (topic, key)
    for topic, key in HALVES
    if not record.takes_long(topic) and (found := record.read(topic)) and int(found.digest, 16) % 4 == 0
]


@cache
def pages_of(site: Path) -> dict[Path, str]:
    """The pages of the site that show code, as text."""
    texts = {page: page.read_text("utf-8") for page in sorted(site.rglob("*.html"))}
    return {page: text for page, text in texts.items() if "tandem-cell" in text}


@cache
def soup_of(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def read_page(site: Path, topic: model.Topic, key: str) -> tuple[str, str]:
    """The code and the print-outs of one framework, as a reader would copy them from the page that shows the topic."""
    label = model.FRAMEWORKS[key].label
    code, printed = [], []
    for text in pages_of(site).values():
        if not re.search(rf'id="?{topic.id.replace("/", "-")}[" >]', text):
            continue
        for cell in soup_of(text).select(f'[data-topic="{topic.id}"] .tandem-cell'):
            labels = [found.get_text(strip=True) for found in cell.select(".tabbed-labels > label")]
            half = cell.select(".tabbed-content > .tabbed-block")[labels.index(label)]
            code += [block.find("code").get_text().rstrip() for block in half.select(".tandem-code")]
            printed += [block.find("code").get_text() for block in half.select(".tandem-output")]
    return "\n\n".join(code) + "\n", "".join(printed)


def run(folder: Path, code: str, key: str) -> subprocess.CompletedProcess[str]:
    """Run the code as a file of its own, outside this project, with nothing of ours in the environment."""
    framework = model.FRAMEWORKS[key]
    path = folder / framework.filename
    path.write_text(code, "utf-8")
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT"}
    }
    environment = kept | {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-P", path.name]
    if key == "cpp":
        subprocess.run([*execute.GXX, path.name, "-o", "program"], cwd=folder, check=True, capture_output=True)
        command = ["./program"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def runs(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Future]:
    """Every half that is copied and run, two at a time."""
    started = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for topic, key in COPIED:
            code, printed = read_page(site, topic, key)
            folder = tmp_path_factory.mktemp("code")
            started[topic.id, key] = (pool.submit(run, folder, code, key), printed, folder)
        for future, _, _ in started.values():
            future.exception()
    return started


@pytest.mark.parametrize(("topic", "key"), HALVES, ids=lambda value: getattr(value, "id", value))
def test_a_page_shows_the_program_and_what_it_printed(topic: model.Topic, key: str, site: Path) -> None:
    code, printed = read_page(site, topic, key)
    assert code.rstrip() == "\n\n".join(cell.source for cell in topic.snippets[key].cells)
    said = "".join(cell.text for cell in record.read(topic).runs[key].cells if cell.text.strip())
    assert printed.split() == said.split()


@pytest.mark.parametrize(("topic", "key"), COPIED, ids=lambda value: getattr(value, "id", value))
def test_code_prints_what_the_page_shows(topic: model.Topic, key: str, runs: dict) -> None:
    future, shown, folder = runs[topic.id, key]
    done = future.result()
    assert done.returncode == 0, done.stderr[-3000:]
    printed = execute.clean(done.stdout, str(folder))
    if topic.allow_release and record.read(topic).versions["python"] != platform.python_version():
        return  # its halves were compared here all the same, in tests/test_snippets.py
    parted = compare.first_difference(shown, printed, topic.print_tolerance)
    assert parted is None, f"line {parted[0]}: the page shows {parted[1]!r}, the code prints {parted[2]!r}"
