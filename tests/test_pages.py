"""Every Python fence on the pages, in README and in the library's docstrings runs, and prints what stands under it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_examples import CodeExample, EvalExample, find_examples

ROOT = Path(__file__).parents[1]
PLACES = [
    path
    for pattern in ("docs/**/*.md", "*.md", "benchmarks/*.md", "snippets_lib/*.py")
    for path in sorted(ROOT.glob(pattern))
    if "downloads" not in path.parts
]
EXAMPLES = list(find_examples(*map(str, PLACES)))
EXAMPLES = [example for example in EXAMPLES if example.prefix_tags() & {"python", "py"}]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_fence(example: CodeExample, eval_example: EvalExample, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not re.search(r"^\s*(import|from) (torch|tensorflow|keras)", example.source, re.MULTILINE), (
        "a fence may import no framework: make it a topic under snippets/"
    )
    monkeypatch.chdir(ROOT)
    try:
        eval_example.run_print_check(example)
    except (AssertionError, pytest.fail.Exception):
        raise
    except BaseException as error:  # on Python 3.11 pytest-examples turns this into an INTERNALERROR
        pytest.fail(f"{example}: {type(error).__name__}: {error}")


def test_there_are_examples() -> None:
    assert EXAMPLES
