"""What `docs/architecture.md` says is so."""

from __future__ import annotations

import doctest
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli import __main__
from autodiff_cli.cli import app, main
from autodiff_cli.commands.export import EMITTERS
from declaring import registry_restored

TEXT = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = "autodiff_cli."


def calls(*argv: str) -> list[str]:
    """Return the functions of the package that a command calls, in order."""
    found = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(PACKAGE):
            found.append(f"{module.removeprefix(PACKAGE)}.{frame.f_code.co_qualname}")

    before = sys.argv
    sys.argv = ["adiff", *argv]
    sys.setprofile(profile)
    try:
        __main__.main()
    except SystemExit as end:
        assert not end.code  # noqa: PT017 - the command line ends so
    finally:
        sys.setprofile(None)
        sys.argv = before
    return found


def test_the_walk_is_what_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    section = TEXT.split("## From text to answer")[1].split("\n## ")[0]
    walk = re.findall(r"^\d+\. `([\w.]+)`", section, re.MULTILINE)
    assert len(walk) == 15
    made = iter(calls("grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "2"))
    assert capsys.readouterr().out == "44\n"
    for name in walk:
        assert name in made, f"{name} is not called, or earlier"


@pytest.fixture
def undone() -> Iterator[None]:
    """Take back what the examples declare."""
    emitters, commands = dict(EMITTERS), list(app.registered_commands)
    with registry_restored():
        yield
    EMITTERS.clear()
    EMITTERS.update(emitters)
    app.registered_commands[:] = commands


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("what", ["an operation", "a writer", "a command"])
def test_it_is_added_as_the_page_shows(what: str) -> None:
    section = TEXT.split(f"## How to add {what}")[1].split("\n## ")[0]
    code = "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    names = {"np": np, "autodiff_cli": autodiff_cli, "main": main}
    example = doctest.DocTestParser().get_doctest(code, names, what, None, None)
    assert len(example.examples) >= 5
    assert doctest.DocTestRunner().run(example).failed == 0
