"""What `docs/architecture.md` says is so."""

from __future__ import annotations

import doctest
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli import __main__
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


def test_operations_are_added_as_it_shows() -> None:
    section = TEXT.split("## How to add an operation")[1].split("\n## ")[0]
    code = "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    names = {"np": np, "autodiff_cli": autodiff_cli}
    example = doctest.DocTestParser().get_doctest(code, names, "operations", None, None)
    assert len(example.examples) >= 5
    with registry_restored():
        assert doctest.DocTestRunner().run(example).failed == 0
