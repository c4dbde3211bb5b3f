"""What the tests of the library share: a checkout of their own to write topics into, and a quick way to run them."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from snippets_lib import catalog, cli, execute, model

ROOT = Path(__file__).parents[1]
FRAMEWORKS = {"torch", "tensorflow", "keras"}
LOCKED = {"torch": "2.14.1", "tensorflow": "2.21.0", "numpy": np.__version__}


def make_program(*cells: str) -> str:
    """A Python program in cells called `Cell 1`, `Cell 2`; the first cell's code begins on line 4."""
    marked = [f"# %% Cell {number}\n{dedent(cell).strip()}\n" for number, cell in enumerate(cells, 1)]
    return '"""A program."""\n\n' + "\n".join(marked)


@dataclass(frozen=True)
class Checkout:
    """A folder that Tandem takes for its checkout."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file, its folders too."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def topic(self, name: str, settings: str = "", **programs: str) -> Path:
        """Write a topic; programs by framework, such as `pytorch=`; title and summary are there unless given."""
        for field in ("summary", "title"):
            if f"{field} =" not in settings:
                settings = f'{field} = "The {field}."\n{settings}'
        for key, program in programs.items():
            self.write(f"snippets/{name}/{model.FRAMEWORKS[key].filename}", program)
        return self.write(f"snippets/{name}/topic.toml", settings).parent

    def story(self, name: str, settings: str = "", **scripts: str) -> Path:
        """Write a story told in several notebooks; scripts by framework, title and summary as in `topic`."""
        return self.topic(f"../docs/notebooks/{name}", settings, **scripts).resolve()

    def load(self) -> catalog.Catalog:
        """What is in the checkout now."""
        return catalog.load(self.root)

    def mistake(self) -> str:
        """The only mistake in the checkout, as people see it."""
        (mistake,) = self.load().mistakes
        return str(mistake)

    def tandem(self, *arguments: str) -> Result:
        """Run the command here."""
        return CliRunner().invoke(cli.app, arguments, env={"TANDEM_ROOT": str(self.root)}, catch_exceptions=False)

    def recorded(self, name: str) -> dict[str, bytes]:
        """A topic's record, byte by byte."""
        folder = self.root / "snippets" / name / "recorded"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def make_checkout(root: Path) -> Checkout:
    """An empty checkout with this project's configuration."""
    for folder in ("snippets", "docs"):
        (root / folder).mkdir(parents=True)
    for name in ("mkdocs.yml", "constraints.txt"):
        shutil.copy(ROOT / name, root / name)
    return Checkout(root)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """An empty checkout, which is also the working folder."""
    made = make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("TANDEM_ROOT", raising=False)
    return made


class Quick:
    """Stands for `execute.run_all`: runs snippets here, one by one, and notes how it was called."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.asked: list[tuple[int | None, bool]] = []
        self.versions = dict(LOCKED)

    def __call__(
        self,
        work: Sequence[execute.Work],
        slots: int | None = None,
        cold: bool = False,
        began: Callable[[execute.Work], None] = lambda item: None,
    ) -> Iterator[tuple[execute.Work, model.Run]]:
        self.asked.append((slots, cold))
        for item in work:
            began(item)
            self.ran.append(f"{item.topic.id} {item.snippet.framework.key}")
            yield item, self.run(item)

    def run(self, item: execute.Work) -> model.Run:
        cells: list[model.CellRun] = []
        found: dict[str, Any] = {}
        failure = None
        for cell in item.snippet.cells:
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(cell.source, found)
            except Exception as error:
                where = f"{execute.shown_path(item.topic, item.snippet)}:{cell.line}"
                failure = model.Failure("raised", where, cell.title, str(error), "no exception", "mend the snippet")
                break
            cells.append(model.CellRun(cell.title, execute.clean(printed.getvalue()), (), 0.1))
        values = {} if failure else {name: np.asarray(found[name]) for name in item.topic.names}
        key = item.snippet.framework.key
        return model.Run(key, tuple(cells), values, 0.2, 10.0, self.versions, failure)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Quick:
    stand_in = Quick()
    monkeypatch.setattr(execute, "run_all", stand_in)
    return stand_in


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """See `make_program`."""
    return make_program


@pytest.fixture(scope="session", autouse=True)
def _no_framework_in_this_process() -> Iterator[None]:
    """No test may import a framework here: never both in one process."""
    yield
    assert not FRAMEWORKS & set(sys.modules)
