"""Start-up: a command loads what its answer needs, and nothing that is slow beside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """\
import sys
from autodiff_cli.cli import main
main({arguments!r})
print(*sys.modules, file=sys.stderr)
"""

# Modules that take long to load, and that no answer needs: converters of options, versions of
# packages, masked arrays, other formats than text.
NEVER = {"pydantic", "pydantic_core", "importlib.metadata", "numpy.ma", "rich", "lark", "scipy"}
ARRAYS = {"numpy"}
PROOF = {"flint"}
FORMULAS = {"autodiff_cli.emit.text.formula", "autodiff_cli.symbolic.rewrite"}
PICTURES = {"graphviz", "autodiff_cli.emit.picture.dot"}

GRAD = ("grad", "x**4 - 2*x**2")


BEFORE_AN_ANSWER = NEVER | ARRAYS | PROOF | FORMULAS | PICTURES

CASES = {
    ("--help",): BEFORE_AN_ANSWER,
    ("grad", "--help"): BEFORE_AN_ANSWER,
    ("--version",): BEFORE_AN_ANSWER,
    ("grda", "x"): BEFORE_AN_ANSWER,
    ("grad", "x", "--nonsense"): BEFORE_AN_ANSWER,
    (*GRAD, "--at", "x=2"): NEVER | PICTURES,
    (*GRAD, "--at", "x=2", "--float64"): NEVER | PROOF | PICTURES,
    GRAD: NEVER | PICTURES,
    ("eval", "2 + 3*sin(1)"): NEVER | FORMULAS | PICTURES,
}


@pytest.mark.parametrize("arguments", CASES, ids=" ".join)
def test_what_a_command_does_not_load(arguments: tuple[str, ...]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(arguments=[*arguments])],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "80", "PATH": ""},
    )
    loaded = set(run.stderr.splitlines()[-1].split())
    assert "autodiff_cli.cli.application" in loaded
    assert not loaded & CASES[arguments]


def test_a_wrong_choice_is_still_explained() -> None:
    code = PROGRAM.format(arguments=["grad", "x", "--color", "nope"])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "`--color` takes `auto`, `always` or `never`, not `nope`" in run.stderr


@pytest.mark.parametrize("before", [["--"], []], ids=["after two dashes", "at once"])
def test_a_command_has_its_options_wherever_it_stands(before: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "autodiff_cli", *before, "grad", "x^2", "--at", "x=2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "4\n"
