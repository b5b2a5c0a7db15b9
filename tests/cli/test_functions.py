"""`adiff functions`: the catalog of the language."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import pytest

from autodiff_cli.engine import registry
from autodiff_cli.language.names import CONSTANTS, functions
from processes import Run


def names(out: str) -> list[str]:
    found = json.loads(out)
    return [entry["name"] for entry in found["functions"] + found["constants"]]


def test_every_function_and_constant_is_listed_once_with_an_example(adiff: Run) -> None:
    out = adiff("functions", "--json").out
    listed = names(out)
    assert len(listed) == len(set(listed))
    assert {functions()[name] for name in listed if name not in CONSTANTS} == set(
        functions().values()
    )
    found = json.loads(out)
    known = {name for c in found["constants"] for name in (c["name"], *c["aliases"])}
    assert known == set(CONSTANTS)
    entries = found["functions"] + found["constants"]
    assert all(entry["example"] and entry["doc"] for entry in entries)
    pi = next(c for c in found["constants"] if c["name"] == "pi")
    assert (pi["value"], pi["aliases"]) == (math.pi, ["π"])


def test_a_family_is_the_module_of_the_declaration() -> None:
    for operation in registry.values():
        module = __import__(f"autodiff_cli.engine.ops.{operation.family}", fromlist=["*"])
        assert operation in vars(module).values()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["sin"], ["sin"]),
        (["SIN"], ["sin"]),
        (["arctan2"], ["atan2"]),
        (["**"], ["pow"]),
        (["-"], ["sub"]),
        (["π"], ["pi"]),
        (["root"], ["cbrt", "sqrt"]),
        (["square", "root"], ["sqrt"]),
        (["constants"], ["pi", "e", "tau", "inf", "nan"]),
    ],
)
def test_words_find_names_descriptions_and_families(
    adiff: Run, words: list[str], found: list[str]
) -> None:
    assert sorted(names(adiff("functions", "--json", *words).out)) == sorted(found)


def test_a_pipe_gets_a_line_for_each(adiff: Run) -> None:
    assert adiff("functions", "atan2").out == (
        "atan2(y, x)\tangle of the point (x, y), given as atan2(y, x), in radians\tarctan2\t"
        "atan2(1, -1) = 2.35619449019234492885\ttrigonometric\n"
    )


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_a_terminal_shows_lines_that_fit(
    on_terminal: Callable[..., tuple[int, str]], columns: int
) -> None:
    code, seen = on_terminal("functions", COLUMNS=str(columns), NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen)
    assert code == 0
    assert "constants" in plain
    assert "sin(1) = 0.841470984807896506653" in plain
    assert max(map(len, plain.splitlines())) <= columns


def test_no_columns_are_as_if_unset(on_terminal: Callable[..., tuple[int, str]]) -> None:
    argv = ("jacobian", "x*y, x + y", "--at", "x=1,y=2")
    assert on_terminal(*argv, COLUMNS="0") == on_terminal(*argv, COLUMNS="")
    assert "f[1]" in on_terminal(*argv, COLUMNS="0")[1]


def test_several_names_list_each_of_them(adiff: Run) -> None:
    assert names(adiff("functions", "sinh", "COSH", "pi", "--json").out) == ["sinh", "cosh", "pi"]
    assert adiff("functions", "sinh", "nosuch").code == 2
