"""Directives on pages: read with their lines, refused with page and line, and each topic at home on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snippets_lib import model, pages

ALONE = 'unpaired = "it stands alone"\n'


@pytest.fixture
def topics(checkout: Any, program: Callable[..., str]) -> Any:
    """A checkout with two topics, one of two cells and one of one."""
    checkout.topic("workflow/one", ALONE, python=program("x = 1", "y = 2"))
    checkout.topic("migrate/two", ALONE, python=program("x = 1"))
    return checkout


def site(checkout: Any, **texts: str) -> pages.Site:
    """The site with these pages."""
    for name, text in texts.items():
        checkout.write(f"docs/{name.replace('__', '/')}.md", text)
    return pages.read_site(checkout.load())


def mistakes(found: pages.Site) -> list[str]:
    return [str(mistake).splitlines()[0] for mistake in found.mistakes]


HOMES = {"index": "# Home\n\n::pair workflow/one\n", "migrate__two": "::pair migrate/two\n"}


def test_a_directive_is_read() -> None:
    assert pages.parse("::pair workflow/one", "p:1", 7) == pages.Directive("pair", "workflow/one", (), 7)
    found = pages.parse('::pair  workflow/one   cells="Load the data; Train" \t', "p:1")
    assert found == pages.Directive("pair", "workflow/one", ("Load the data", "Train"), 0)
    assert pages.parse("::catalogue workflow", "p:1") == pages.Directive("catalogue", "workflow", (), 0)


@pytest.mark.parametrize(
    "line", ["", "text", "a ::pair b", "::: snippets_lib.model", ":pair", "    std::cout << x;", "  :: y"]
)
def test_other_lines_are_left_alone(line: str) -> None:
    assert pages.parse(line, "p:1") is None


WRONG = {
    "unknown": ("::piar workflow/one", "unknown directive ::piar", "::claims, ::chooser, ::catalogue"),
    "not there yet": ("::api_map workflow", "unknown directive ::api_map", "::pair, ::timing, ::timings"),
    "not timed": ("::timing workflow/one", "workflow/one is not timed", "a topic with a table [time]"),
    "timings of nowhere": ("::timings elsewhere", "no area 'elsewhere'", "all, frameworks"),
    "no argument": ("::pair", "not a directive: '::pair'", "::name argument"),
    "no name": (":: workflow/one", "not a directive", "::name argument"),
    "two arguments": ("::pair workflow/one workflow/two", "not a directive", "::name argument"),
    "no quotes": ("::pair workflow/one cells=Load", "not a directive", "::name argument"),
    "unknown option": ('::pair workflow/one cell="Load"', "::pair takes no cell", "cells"),
    "option of another": ('::catalogue workflow cells="Load"', "::catalogue takes no cells", "only"),
    "option of none": ('::notebooks notebooks/told only="a"', "::notebooks takes no only", "no options"),
    "a pair for notebooks": ("::notebooks workflow/one", "no topic 'workflow/one'", "workflow/one"),
    "no such card": ('::catalogue workflow only="one; two"', "no topic 'workflow/two'", "workflow/one"),
    "no claims": ('::claims all only=""', "only names nothing", 'only="id; id"'),
    "claims of nowhere": ("::claims elsewhere", "no area 'elsewhere'", "all, article, frameworks"),
    "no such claim": ('::claims all only="none"', "no claim 'none' in all", ""),
    "no chart": ("::chooser job", "the chart does not begin with 'job'", "no chart"),
    "no cells": ('::pair workflow/one cells=" ; "', "cells names nothing", 'cells="Title; Title"'),
    "a choice that is none": ('::timings all show="bars"', "show is 'bars'", 'show="summary"'),
    "half a title": ('::pair workflow/one title="some"', "title is 'some'", 'title="no"'),
    "indented": ("  ::pair workflow/one", "an indented directive: '::pair workflow/one'", "it begins its line"),
    "in a list": ("\t::catalogue workflow", "an indented directive", "it begins its line"),
}


@pytest.mark.parametrize(("line", "found", "allowed"), WRONG.values(), ids=WRONG)
def test_a_directive_that_is_malformed(line: str, found: str, allowed: str, topics: Any) -> None:
    read = site(topics, **{**HOMES, "wrong": f"---\ntitle: x\n---\n# Page\n\n{line}\n"})
    (mistake,) = read.mistakes
    assert mistake.where == "docs/wrong.md:6"
    assert mistake.found.startswith(found)
    assert allowed in mistake.allowed
    assert mistake.mend
    assert read.homes == {"workflow/one": "index.md", "migrate/two": "migrate/two.md"}


NOT_THERE = {
    "a topic": ("::pair workflow/once", "no topic 'workflow/once'", "workflow/one"),
    "a path": ("::pair ../../x", "no topic '../../x'", "workflow/one, migrate/two"),
    "an absolute path": ("::pair /etc/passwd", "no topic '/etc/passwd'", "workflow/one"),
    "an area for a topic": ("::pair workflow", "no topic 'workflow'", "workflow/one"),
    "a cell": ('::pair workflow/one cells="Cell 1; Cell 9"', "workflow/one has no cell 'Cell 9'", "Cell 1; Cell 2"),
    "an area": ("::catalogue elsewhere", "no area 'elsewhere'", "frameworks, tradeoffs"),
    "a topic for an area": ("::catalogue workflow/one", "no area 'workflow/one'", "frameworks, tradeoffs"),
}


@pytest.mark.parametrize(("line", "found", "allowed"), NOT_THERE.values(), ids=NOT_THERE)
def test_a_directive_for_what_is_not_there(line: str, found: str, allowed: str, topics: Any) -> None:
    read = site(topics, **{**HOMES, "wrong": f"# Page\n{line}\n"})
    (mistake,) = read.mistakes
    assert mistake.where == "docs/wrong.md:2"
    assert mistake.found == found
    assert mistake.allowed.startswith(allowed)


def test_a_story_is_at_home_where_its_notebooks_are_shown(topics: Any) -> None:
    told = "# %% [markdown]\n# # Told\n#\n# A.\n\n# %%\nloss = train()\n"
    topics.story("told", "[agree]\nloss = 1e-6\n", pytorch=told, tensorflow=told)
    assert mistakes(site(topics, **HOMES)) == ["docs/notebooks/told: notebooks/told is on no page"]
    read = site(topics, **HOMES, workflow__story="::notebooks notebooks/told\n")
    assert not read.mistakes
    assert read.homes["notebooks/told"] == "workflow/story.md"
    read = site(topics, **HOMES, wrong="::pair notebooks/told\n")
    assert mistakes(read) == ["docs/wrong.md:1: no topic 'notebooks/told'"]


def test_a_notebook_is_no_pair(topics: Any) -> None:
    topics.write("docs/notebooks/by_hand.py", "# %% [markdown]\n# # By hand\n#\n# A.\n\n# %%\nprint(1)\n")
    read = site(topics, **HOMES, wrong="::pair notebooks/by_hand\n")
    assert mistakes(read) == ["docs/wrong.md:1: no topic 'notebooks/by_hand'"]
    assert read.homes["notebooks/by_hand"] == "notebooks/by_hand.ipynb"


def test_every_mistake_of_a_page_is_told(topics: Any) -> None:
    read = site(topics, **HOMES, wrong="::piar x\n\n::pair workflow/none\n\n::pair\n")
    assert mistakes(read) == [
        "docs/wrong.md:1: unknown directive ::piar",
        "docs/wrong.md:3: no topic 'workflow/none'",
        "docs/wrong.md:5: not a directive: '::pair'",
    ]


def test_a_broken_topic_is_told_where_it_is_broken(topics: Any, program: Callable[..., str]) -> None:
    topics.topic("workflow/broken", "[agree", python=program("x = 1"))
    topics.topic("workflow/bro", "seconds = true", python=program("x = 1"))
    read = site(topics, **HOMES, broken="::pair workflow/broken\n")
    (mistake,) = mistakes(read)
    assert mistake.startswith("snippets/workflow/broken/topic.toml:3: not TOML")


def test_a_page_that_is_not_utf_8(topics: Any) -> None:
    topics.write("docs/wrong.md", b"# Page\n\xff\n")
    (mistake,) = mistakes(site(topics, **HOMES))
    assert mistake.startswith("docs/wrong.md:2: not UTF-8")


def test_directives_in_code_are_left_alone(topics: Any) -> None:
    text = """
```text
::pair nobody/home
```

~~~~ { .text }
```
::piar
~~~
::piar
~~~~

````
```
::piar
```
````

    ```
    ::pair a/b
    ```

::pair workflow/one
"""
    read = site(topics, index=text, migrate__two="::pair migrate/two\n")
    assert not read.mistakes
    (page,) = (page for page in read.pages if page.path == "index.md")
    assert [directive.line for directive in page.directives] == [23]


def test_a_home_may_be_made_of_cells(topics: Any) -> None:
    text = '# Page\n::pair workflow/one cells="Cell 1"\nand\n::pair workflow/one cells="Cell 2"\n'
    read = site(topics, index='::pair workflow/one cells="Cell 1"\n', home=text, migrate__two="::pair migrate/two\n")
    assert not read.mistakes
    assert read.homes == {"workflow/one": "home.md", "migrate/two": "migrate/two.md"}


def test_a_page_shows_cells_in_the_order_in_which_they_ran(topics: Any) -> None:
    text = '# Page\n::pair workflow/one cells="Cell 2"\nand\n::pair workflow/one cells="Cell 1"\n'
    read = site(topics, home=text, migrate__two="::pair migrate/two\n")
    assert mistakes(read) == ["docs/home.md:4: workflow/one shows 'Cell 2' where 'Cell 1' comes"]


HOMELESS = {
    "no page": ({}, "snippets/workflow/one: workflow/one is on no page"),
    "a quote only": (
        {"page": 'x\n::pair workflow/one cells="Cell 1"\n'},
        "docs/page.md:2: workflow/one is on no page",
    ),
    "two pages": (
        {"a": "::pair workflow/one\n", "b": "\n::pair workflow/one\n"},
        "docs/b.md:2: workflow/one is at home on 2 pages: a.md, b.md",
    ),
    "twice on a page": (
        {"a": "::pair workflow/one\n\n::pair workflow/one\n"},
        "docs/a.md:3: workflow/one shows its cell 'Cell 1' twice",
    ),
    "a cell twice": (
        {"a": '::pair workflow/one\n\n::pair workflow/one cells="Cell 2"\n'},
        "docs/a.md:3: workflow/one shows its cell 'Cell 2' twice",
    ),
}


@pytest.mark.parametrize(("texts", "mistake"), HOMELESS.values(), ids=HOMELESS)
def test_a_topic_without_one_home(texts: dict[str, str], mistake: str, topics: Any) -> None:
    read = site(topics, migrate__two="::pair migrate/two\n", **texts)
    assert mistakes(read) == [mistake]
    assert list(read.homes) == ["migrate/two"]


def test_what_is_written_into_docs_is_no_page(topics: Any) -> None:
    read = site(topics, **HOMES, downloads__x="::piar\n", reference__index="::piar\n")
    assert not read.mistakes
    assert [page.path for page in read.pages] == ["index.md", "migrate/two.md"]


BODY = "\n# Page\n\n::pair workflow/one\n"


@pytest.mark.parametrize(
    ("text", "body", "above"),
    [
        (BODY, BODY, 0),
        (BODY, BODY.strip(), 1),
        (f"---\ntitle: x\n---\n{BODY}", BODY, 3),
        (f"---\ntitle: x\nhide: [toc]\n---\n{BODY}", BODY.strip(), 5),
        (BODY, BODY.strip() + "\n\n\n", 1),
    ],
)
def test_a_page_is_known_by_its_text(text: str, body: str, above: int, topics: Any) -> None:
    read = site(topics, index=text, other="# Other\n", migrate__two="::pair migrate/two\n")
    page, found = pages.page_of(read, body)
    assert page is not None
    assert (page.path, found) == ("index.md", above)
    lines = body.split("\n")
    assert page.directives[0].line == found + lines.index("::pair workflow/one") + 1
    assert pages.page_of(read, "# Nobody's page") == (None, 0)


def test_check_passes_what_is_there(topics: Any) -> None:
    found = site(topics, **HOMES)
    for line in ("::pair workflow/one", '::pair workflow/one cells="Cell 2"', "::catalogue migrate"):
        directive = pages.parse(line, "p:1")
        assert directive is not None
        pages.check(directive, found, "p:1")
    with pytest.raises(model.TandemError):
        pages.check(pages.Directive("pair", "workflow/none", (), 1), found, "p:1")


def test_a_timed_topic_shows_its_timings(checkout: Any, program: Callable[..., str]) -> None:
    timed = f'{ALONE}[time]\ncall = "step"\n'
    checkout.topic("workflow/one", timed, python=program("def step(): ..."))
    (mistake,) = site(checkout, index="::pair workflow/one\n").mistakes
    assert mistake.found == "workflow/one is timed, but no page shows it"
    assert "::timing workflow/one" in mistake.mend
    assert not site(checkout, index="::pair workflow/one\n\n::timing workflow/one\n\n::timings all\n").mistakes
