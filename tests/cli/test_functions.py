"""`adiff functions`: the catalog of the language."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable

import pytest

import autodiff_cli
from autodiff_cli.commands.function_details import derivatives
from autodiff_cli.engine import Operation, as_variable, grad, registry
from autodiff_cli.engine.elementwise import Elementwise
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


SMOOTH = [
    operation
    for operation in dict.fromkeys(functions().values())
    if any(operation.vjps) or operation.variadic
]


@pytest.mark.parametrize("operation", SMOOTH, ids=lambda operation: operation.name)
def test_a_single_function_comes_with_its_derivatives(operation: Operation) -> None:
    """They are compared with the engine's numbers, and these with differences elsewhere."""
    found = derivatives(operation)
    if not isinstance(operation, Elementwise):
        # Some have no formula, or only a long one.
        return
    names = operation.arguments
    moving = [n for n, vjp in zip(names, operation.vjps, strict=True) if vjp is not None]
    assert list(found) == moving
    intervals = operation.metadata.domain * len(names)
    at = {
        name: min(max(low, 0.25 + 0.5 * k), high - 0.25) + 0.125
        for k, (name, (low, high)) in enumerate(zip(names, intervals, strict=False))
    }
    inputs = [as_variable(at[name]) for name in names]
    wanted = grad(operation.apply(*inputs), inputs)
    for name, slope in zip(names, wanted, strict=True):
        if name in moving:
            used = {n: x for n, x in at.items() if re.search(rf"\b{n}\b", found[name])}
            assert float(autodiff_cli.evaluate(found[name], used)) == pytest.approx(
                float(slope.data), rel=1e-12
            )


def test_a_single_function_is_shown_whole(on_terminal: Callable[..., tuple[int, str]]) -> None:
    code, seen = on_terminal("functions", "sqrt", COLUMNS="60", NO_COLOR="1")
    assert code == 0
    lines = [" ".join(line.split()) for line in seen.splitlines()]
    assert {"derivative 1/(2*sqrt(x))", "rule power rule", "smooth for x > 0"} <= set(lines)
    assert re.search("[\u2801-\u28ff]", seen), "a plot is drawn in Braille"
    assert max(map(len, seen.splitlines())) <= 60
    code, seen = on_terminal("functions", "atan2", COLUMNS="40", NO_COLOR="1")
    assert "derivative by y x/hypot(x, y)**2" in [" ".join(x.split()) for x in seen.splitlines()]
    assert max(map(len, seen.splitlines())) <= 40


def test_json_of_a_single_function_has_its_derivatives(adiff: Run) -> None:
    (found,) = json.loads(adiff("functions", "log", "--json").out)["functions"]
    assert found["derivatives"] == {"x": "1/x"}
    assert found["domain"] == {"x": "x > 0"}
    (found,) = json.loads(adiff("functions", "abs", "--json").out)["functions"]
    assert found["kinks"] == "x = 0"
    (found,) = json.loads(adiff("functions", "transpose", "--json").out)["functions"]
    assert found["derivatives"] == {"x": "g.T"}
