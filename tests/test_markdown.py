"""Directives through Python-Markdown with the extensions of mkdocs.yml: the HTML that readers get."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import markdown as python_markdown
import pytest
import yaml
from bs4 import BeautifulSoup

from snippets_lib import judge, markdown, model, record

pytestmark = pytest.mark.timeout(60)

NASTY = """</code><script>alert(1)</script>
</div></div></div>
```
~~~
``````` { .python }
# %% Cell 2
--8<-- "mkdocs.yml"
::pair nobody/home
::: snippets_lib.model
{ .x onclick="alert(1)" }
=== "Tab"

    [link](javascript:alert(1)) ![x](http://elsewhere/x.png) <https://elsewhere>
| a | b |
|---|---|
&lt;b&gt; &amp; *stars* __bold__ [^1] $x$ \\(y\\) \\* klzzwxh:0

[^1]: a note
*[HTML]: abbreviation
# heading
<!-- comment -->
<div markdown>
wzxhzdk:0
  Größe 😀\ttab
the end
"""
ALT = '</div>](x) `a <script>alert(1)</script> \\ & "q" *b*'


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml; `!ENV` stands for nothing."""


_Loader.add_constructor("!ENV", lambda loader, node: "")


@pytest.fixture
def convert(checkout: Any) -> Callable[[str], BeautifulSoup]:
    """Markdown to HTML as both site generators do it."""
    settings = yaml.load((checkout.root / "mkdocs.yml").read_text("utf-8"), _Loader)["markdown_extensions"]
    entries = [next(iter(entry.items())) if isinstance(entry, dict) else (entry, {}) for entry in settings]
    configs = {name: options or {} for name, options in entries}
    configs["snippets_lib.markdown"] = {"root": str(checkout.root)}

    def convert(text: str) -> BeautifulSoup:
        return BeautifulSoup(
            python_markdown.markdown(text, extensions=list(configs), extension_configs=configs), "html.parser"
        )

    return convert


@pytest.fixture
def nasty(checkout: Any) -> Any:
    """A topic that prints and draws whatever could become markup, with its record and its page."""
    source = f"\"\"\"A program.\"\"\"\n\n# %% Cell 1\nprint({NASTY!r})\n\n# %% Cell 2\ntext = r'''{NASTY}'''\n"
    source = source.replace("# %% Cell 2\n-", "# %% -\n-").replace("\n# %% -\n", "\n#  %% -\n")
    checkout.topic("workflow/nasty", 'unpaired = "it stands alone"\n', python=source)
    topic = checkout.load().topics["workflow/nasty"]
    cells = tuple(
        model.CellRun(cell.title, NASTY, (model.Figure(ALT, '<svg viewBox="0 0 1 1"></svg>'),), 0.1)
        for cell in topic.snippets["python"].cells
    )
    run = model.Run("python", cells, {}, 0.2, 9.0, {"python": "3.11.7", "numpy": "2.4.6"})
    judge.update(checkout.root, judge.judge(checkout.root, topic, {"python": run}))
    checkout.write("docs/workflow/nasty.md", "# Page\n\n::pair workflow/nasty\n\nAfter.\n")
    return checkout


def test_what_a_snippet_prints_is_text(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert("# Page\n\n::pair workflow/nasty\n\nAfter.\n")
    outputs = page.select(".tandem-output code")
    assert [output.get_text() for output in outputs] == [NASTY.expandtabs(4)] * 2
    sources = page.select(".tandem-code code")
    assert len(sources) == 2
    assert "the end" in sources[1].get_text()
    assert "</script>" in sources[1].get_text()
    assert not page.select("script, code b, code em, [onclick]")
    assert not [
        link for link in page.select("a[href], img[src]") if "elsewhere" in str(link) or "javascript" in str(link)
    ]
    assert page.find_all(["p"])[-1].get_text() == "After."
    assert page.select(".tandem-pair") == page.find_all("div", class_="tandem-pair", recursive=False)


def test_what_a_snippet_draws_is_text(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert("# Page\n\n::pair workflow/nasty\n\nAfter.\n")
    images = page.select("img")
    assert len(images) == 4
    for image in images:
        assert image["alt"] == '</div>)(x) \'a <script>alert(1)</script>  & "q" *b*'
        assert image["loading"] == "lazy"
        assert re.fullmatch(
            r"\.\./downloads/workflow/nasty/in_python-cell-[12]-1\.(light|dark)\.svg#only-\1", str(image["src"])
        )


def test_the_structure_of_a_pair(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert("# Page\n\n::pair workflow/nasty\n\nAfter.\n")
    (pair,) = page.select("div.tandem-pair")
    assert pair["data-topic"] == "workflow/nasty"
    assert [cell["data-cell"] for cell in pair.select(".tandem-cell")] == ["Cell 1", "Cell 2"]
    assert [label.get_text() for label in pair.select(".tabbed-labels label")] == ["Python", "Python"]
    assert [heading.get("id") for heading in pair.select("h2, h3")] == [
        "workflow-nasty", "workflow-nasty-cell-1", "workflow-nasty-cell-2",
    ]  # fmt: skip
    links = [link["href"] for link in pair.select(".tandem-head a")]
    assert links[:2] == [f"../downloads/workflow/nasty/in_python.{end}" for end in ("py", "ipynb")]
    assert not page.select(".tandem-stale")
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_what_a_heading_says_is_not_said_twice(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    def headings(text: str) -> list[str]:
        page = convert(text)
        assert page.select_one("#workflow-nasty-cell-1") is not None
        assert page.select_one("#workflow-nasty") is not None
        assert len(page.select(".tandem-output")) == 2
        return [heading.get_text().rstrip("¶") for heading in page.select("h1, h2, h3")]

    titled = "::pair workflow/nasty\n"
    untitled = '::pair workflow/nasty title="no"\n'
    assert headings(f"# Page\n\n{titled}") == ["Page", "The title.", "Cell 1", "Cell 2"]
    assert headings(f"# The title.\n\nAbout it.\n\n{titled}") == ["The title.", "Cell 1", "Cell 2"]
    assert headings(f"# Page\n\n## Cell 1\n\nAbout it.\n\n{untitled}") == ["Page", "Cell 1", "Cell 2"]
    assert headings(f"# Page\n\n## Cell 2\n\n{untitled}") == ["Page", "Cell 2", "Cell 1", "Cell 2"]
    assert headings(f"# Page\n\n## Cell 1\n\n::catalogue workflow\n\n{untitled}")[2:] == ["Cell 1", "Cell 2"]


def test_a_page_that_includes_a_file_is_still_itself(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    nasty.write("docs/data/told.txt", "One.\n\nTwo.\n\nThree.\n")
    text = '# Page\n\n--8<-- "docs/data/told.txt"\n\n::pair workflow/nasty\n\nAfter.\n'
    nasty.write("docs/workflow/nasty.md", text)
    links = [link["href"] for link in convert(text).select(".tandem-pair a") if "downloads" in link["href"]]
    assert links
    assert all(link.startswith("../downloads/") for link in links)
    broken = text.replace("::pair workflow/nasty", "::pair workflow/nasty title=no")
    nasty.write("docs/workflow/nasty.md", broken)
    with pytest.raises(markdown.DirectiveError, match=r"docs/workflow/nasty\.md:5"):
        convert(broken)


def test_cells_behind_a_line_that_opens(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert('# Page\n\n::pair workflow/nasty fold="A <b>solution</b>"\n\nAfter.\n')
    (fold,) = page.select(".tandem-pair > details.tandem-fold")
    assert fold.summary.get_text() == "A <b>solution</b>"
    assert not fold.has_attr("open")
    assert len(fold.select(".tandem-cell")) == len(fold.select(".tandem-output")) == 2
    assert len(page.select("#workflow-nasty-cell-1")) == 1
    assert page.find_all(["p"])[-1].get_text() == "After."


def test_diagrams_stand_on_the_page(checkout: Any, program: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    source = program("class Layer:\n    def call(self): ...", "class Own(Layer):\n    def call(self): return '<b>'\n")
    checkout.topic("polymorphism/one", 'unpaired = "alone"\n', python=source)
    checkout.write("docs/polymorphism/one.md", "# Page\n\n::pair polymorphism/one\n")
    page = convert(
        '::classes polymorphism/one\n\n::classes polymorphism/one only="Layer"\n\n'
        '::dispatch polymorphism/one of="call"\n'
    )
    drawn = page.select("figure.tandem-classes svg[role=img]")
    assert len(drawn) == 3
    assert [len(svg.select("rect")) for svg in drawn] == [2, 1, 4]
    assert drawn[2].title.get_text() == "Who answers a call of call"
    for line, told in {
        '::classes polymorphism/one only="Other"': "has no class 'Other'",
        '::dispatch polymorphism/one of="run"': "dispatches no 'run'",
        "::dispatch polymorphism/one": "names no function",
    }.items():
        with pytest.raises(markdown.DirectiveError, match=told):
            convert(line + "\n")


def test_directives_in_code_stay_as_they_are(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert("```text\n::pair workflow/nasty\n::piar\n```\n\n`::pair` and ::pair\n")
    assert "::pair workflow/nasty" in page.get_text()
    assert not page.select(".tandem-pair")


def test_a_page_without_directives_reads_nothing(
    checkout: Any, convert: Callable[[str], BeautifulSoup], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "read", None)
    assert convert("# Page\n\nText.\n").get_text(strip=True).startswith("Page")


WRONG = {
    "::piar workflow/nasty": "unknown directive ::piar",
    "::pair workflow/none": "no topic 'workflow/none'",
    "::pair ../../etc/passwd": "no topic '../../etc/passwd'",
    '::pair workflow/nasty cells="Cell 3"': "workflow/nasty has no cell 'Cell 3'",
    "::catalogue nowhere": "no area 'nowhere'",
    "  ::pair workflow/nasty": "an indented directive",
}


@pytest.mark.parametrize(("line", "found"), WRONG.items(), ids=list(WRONG))
def test_a_wrong_directive_stops_the_build(
    line: str, found: str, nasty: Any, convert: Callable[[str], BeautifulSoup]
) -> None:
    nasty.write("docs/wrong.md", f"---\ntitle: x\n---\n\n# Page\n\n{line}\n")
    with pytest.raises(markdown.DirectiveError) as raised:
        convert(f"# Page\n\n{line}\n")
    assert raised.value.message.startswith(f"docs/wrong.md:7: {found}")
    assert raised.value.exit_code == 1
    with pytest.raises(markdown.DirectiveError) as raised:
        convert(f"# A page that nobody wrote\n\n{line}\n")
    assert raised.value.message.startswith(f"line 3: {found}")


@pytest.fixture
def warnings_of_tandem() -> Iterator[list[str]]:
    """What MkDocs counts under --strict."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda entry: told.append(entry.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    yield told
    logger.removeHandler(handler)


def test_a_current_record_is_no_warning(
    nasty: Any, convert: Callable[[str], BeautifulSoup], warnings_of_tandem: list[str]
) -> None:
    convert("::pair workflow/nasty\n")
    assert not warnings_of_tandem


def test_a_stale_record_is_shown_with_a_warning(
    nasty: Any, convert: Callable[[str], BeautifulSoup], warnings_of_tandem: list[str]
) -> None:
    path = nasty.root / "snippets/workflow/nasty/in_python.py"
    path.write_text(path.read_text("utf-8").replace("print(", "print(1); print("), "utf-8")
    page = convert("::pair workflow/nasty\n")
    (warning,) = warnings_of_tandem
    assert warning.startswith("line 1: snippets/workflow/nasty/in_python.py:4: changed since it was recorded on")
    assert warning.endswith("mend: tandem run workflow/nasty --update")
    assert "Not current." in page.select_one(".tandem-stale").get_text()
    assert page.select(".tandem-output")


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_a_record_that_cannot_be_read_shows_no_outputs(
    damage: str, nasty: Any, convert: Callable[[str], BeautifulSoup], warnings_of_tandem: list[str]
) -> None:
    path = nasty.root / "snippets/workflow/nasty/recorded/record.json"
    path.unlink() if damage == "missing" else path.write_text("{", "utf-8")
    page = convert("::pair workflow/nasty\n")
    (warning,) = warnings_of_tandem
    assert "snippets/workflow/nasty/recorded/record.json" in warning
    assert page.select(".tandem-stale")
    assert page.select(".tandem-code")
    assert not page.select(".tandem-output")


def test_a_new_record_is_seen_without_a_restart(
    nasty: Any, convert: Callable[[str], BeautifulSoup], warnings_of_tandem: list[str]
) -> None:
    assert "the end" in convert("::pair workflow/nasty\n").select_one(".tandem-output").get_text()
    topic = nasty.load().topics["workflow/nasty"]
    kept = record.read(topic)
    cells = tuple(replace(cell, text="something else\n") for cell in kept.runs["python"].cells)
    record.write(topic, replace(kept, runs={"python": replace(kept.runs["python"], cells=cells)}))
    assert "something else" in convert("::pair workflow/nasty\n").select_one(".tandem-output").get_text()
    nasty.topic("workflow/other", 'unpaired = "so"\n', python='"""A program."""\n\n# %% Only\nx = 1\n')
    assert convert("::pair workflow/other\n").select(".tandem-pair")


def test_cards(nasty: Any, convert: Callable[[str], BeautifulSoup]) -> None:
    page = convert("# Workflow\n\n::catalogue workflow\n")
    (card,) = page.select(".tandem-catalogue li")
    assert card.select_one("a")["href"] == "workflow/nasty.md#workflow-nasty"
    assert "The summary." in card.get_text()


def test_the_repository(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    for line, expected in {
        "repo_url: https://github.com/a-b/c.d": "a-b/c.d",
        "repo_url: 'https://github.com/a/b.git'": "a/b",
        'repo_url: "https://github.com/a/b/"': "a/b",
        "repo_url: https://gitlab.com/a/b": "",
        "repo_url: !ENV [X, '']": "",
        "": "",
    }.items():
        checkout.write("mkdocs.yml", f"site_name: x\n{line}\n")
        assert markdown.repository(checkout.root) == expected
    monkeypatch.setenv("GITHUB_REPOSITORY", "x/y")
    assert markdown.repository(checkout.root) == "x/y"
