"""Every topic and every notebook executes, agrees, and does what its record says.

What takes long runs in an interpreter of its own, for there the start of one weighs little; the others start warm.
tests/site/test_code_on_pages.py starts a part of those anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from snippets_lib import catalog, record

ROOT = Path(__file__).parents[1]
CATALOG = catalog.load(ROOT)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The outcome of `tandem run`, by topic."""
    long = [topic.id for topic in CATALOG.topics.values() if record.takes_long(topic)]
    short = [name for name in CATALOG.topics if name not in long]
    found = {}
    for ids in ([*short], [*long, "--cold"]):
        report = tmp_path_factory.mktemp("run") / "report.json"
        command = [sys.executable, "-m", "snippets_lib.cli", "run", *ids, "--json", str(report)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert report.is_file(), done.stdout + done.stderr
        print(done.stdout)
        found |= {topic["id"]: topic for topic in json.loads(report.read_text("utf-8"))["topics"]}
    return found


def test_catalog_is_sound() -> None:
    assert not CATALOG.mistakes, "\n".join(map(str, CATALOG.mistakes))


@pytest.mark.parametrize("topic", CATALOG.topics)
def test_topic_holds(topic: str, outcomes: dict) -> None:
    failures = outcomes[topic]["failures"]
    told = [f"{f['where']} {f['cell']}: {f['message']} (expected {f['expected']}; mend: {f['mend']})" for f in failures]
    assert outcomes[topic]["holds"], "\n".join(told)


@pytest.mark.parametrize("topic", [t for t in CATALOG.topics.values() if not t.unpaired], ids=lambda t: t.id)
def test_pair_was_compared(topic: catalog.Topic, outcomes: dict) -> None:
    outcome = outcomes[topic.id]
    assert set(outcome["agree"]) == set(topic.agree)
    assert set(outcome["differ"]) == set(topic.differ)
    assert len(outcome["runs"]) >= 2


def test_records_are_current_and_every_topic_has_a_page() -> None:
    command = [sys.executable, "-m", "snippets_lib.cli", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_this_process_imports_no_framework() -> None:
    assert not {"torch", "tensorflow", "keras"} & set(sys.modules)
