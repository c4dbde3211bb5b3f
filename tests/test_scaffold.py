"""`tandem new`: what it writes is sound, and what cannot be is refused before anything is written."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from snippets_lib import model, scaffold


def test_a_new_topic_is_sound(checkout: Any) -> None:
    written = scaffold.new(checkout.root, "workflow/my_topic")
    folder = checkout.root / "snippets/workflow/my_topic"
    assert sorted(written) == sorted(folder.iterdir())
    found = checkout.load()
    assert not found.mistakes
    topic = found.topics["workflow/my_topic"]
    assert topic.title == "My topic"
    assert list(topic.snippets) == ["pytorch", "tensorflow"]
    assert topic.titles == ("Load", "Compute the loss", "Compute the gradient")
    assert set(topic.agree) == {"loss", "gradient"}


def test_both_halves_have_the_same_names(checkout: Any) -> None:
    scaffold.new(checkout.root, "workflow/my_topic")
    topic = checkout.load().topics["workflow/my_topic"]
    names = []
    for snippet in topic.snippets.values():
        assert max(map(len, snippet.source.splitlines())) <= 79
        stored = (
            n for n in ast.walk(ast.parse(snippet.source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
        names.append({name.id for name in stored})
    assert names[0] == names[1] - {"tape"}


NAMES = [
    "my_topic",
    "nowhere/my_topic",
    "workflow/",
    "workflow/My_Topic",
    "workflow/../x",
    "workflow/a/b",
    "workflow/1",
]


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_a_name_that_cannot_be_is_refused(name: str, checkout: Any) -> None:
    with pytest.raises(model.TandemError, match="no topic can be called that") as raised:
        scaffold.new(checkout.root, name)
    assert "workflow" in raised.value.allowed
    assert not list((checkout.root / "snippets").iterdir())


def test_a_name_that_is_taken_is_refused(checkout: Any) -> None:
    scaffold.new(checkout.root, "workflow/my_topic")
    path = checkout.write("snippets/workflow/my_topic/in_pytorch.py", "mine")
    with pytest.raises(model.TandemError, match="there is such a topic already"):
        scaffold.new(checkout.root, "workflow/my_topic")
    assert path.read_text("utf-8") == "mine"


def test_an_interruption_leaves_nothing(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_text

    def write(self: Path, *arguments: Any) -> int:
        if self.name == "in_tensorflow.py":
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(Path, "write_text", write)
    with pytest.raises(KeyboardInterrupt):
        scaffold.new(checkout.root, "workflow/my_topic")
    assert not list((checkout.root / "snippets/workflow").iterdir())
    assert not checkout.load().mistakes
