"""The same mkdocs.yml builds under Zensical, with every pair rendered."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from snippets_lib import catalog, pages

ROOT = Path(__file__).parents[2]
SITE = pages.read_site(catalog.load(ROOT))


@pytest.fixture(scope="module")
def built(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build in a copy of the checkout, because Zensical takes no absolute site_dir; `site` made the downloads."""
    copy = tmp_path_factory.mktemp("zensical")
    for name in ("docs", "overrides", "snippets", "snippets_lib"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "constraints.txt"):
        shutil.copy(ROOT / name, copy)
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--clean"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "site"


@pytest.mark.parametrize("topic", [t for t in SITE.catalog.topics.values() if not t.is_notebook], ids=lambda t: t.id)
def test_pair_is_rendered(topic: catalog.Topic, built: Path) -> None:
    home = built / SITE.homes[topic.id]
    page = home.with_suffix("") / "index.html" if home.stem != "index" else home.with_suffix(".html")
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    shown = [cell["data-cell"] for cell in soup.select(f'[data-topic="{topic.id}"] .tandem-cell')]
    assert shown == list(topic.titles)
    codes = [block.get_text().strip() for block in soup.select(f'[data-topic="{topic.id}"] .tandem-code code')]
    assert sorted(codes) == sorted(cell.source.strip() for s in topic.snippets.values() for cell in s.cells)
