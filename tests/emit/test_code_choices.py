"""Exported choices: nothing comes out of a branch that was not taken, at any order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from autodiff_cli.commands.export import Export
from autodiff_cli.engine import grad
from autodiff_cli.language.binding import bind
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import load
from emit.exported import Numbers, c_functions, check, needs_compiler, python_function

CHOICES = [
    "where(x >= 0, x**2*y, sqrt(-x)/y)",
    "x*y*log(x) if x > 0 else 0*y",
    "where(x > 0, where(y > 0, log(x*y), sqrt(-y)), y/x)",
    "max(x, y)*min(x, y**2)",
    "abs(x)**3*abs(y)",
    "relu(x*y)*x",
    "clip(x, -1, y)**2*y",
    "(x < y) + (y < 1) + (x == y) + (x != 1)*y - (x >= y) - (x <= 0) + (y > x)",
    "x*y if x > 0 and y > 0 or not x else -x",
    "sign(x)*floor(y) + ceil(x*y) - round(x/2) + x*y",
    "x % y + y % 3 + hypot(x, y)",
    "where(x == 0, y, sin(x)/x)",
    "sinc(x)*atan2(x, y)",
    "(x if x < y else y/x)**2",
]
POINTS = list(product([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0], repeat=2))

every_choice = pytest.mark.parametrize("text", CHOICES)


def exported(text: str) -> Export:
    problem = load(text, "EXPR", [], may_trace=True)
    return Export(problem, ["x", "y"], 2, mixed=True)


def engine(text: str, at: tuple[float, float], wrap: Callable[[float], object] = float) -> Numbers:
    program = parse(text)
    env = bind(program, {"x": wrap(at[0]), "y": wrap(at[1])})
    y, xs = program.run(env), [env["x"], env["y"]]
    gradient = grad(y, xs, create_graph=True)
    second = {}
    for i, j in combinations_with_replacement(range(2), 2):
        second[i, j] = second[j, i] = grad(gradient[i], [xs[j]], create_graph=True)[0].data
    hessian = [second[i, j] for i in range(2) for j in range(2)]
    return [y.data, *(gx.data for gx in gradient), *hessian]


def in_order(export: Export, at: tuple[float, float]) -> tuple[float, ...]:
    """Return a point in the order in which the expression names its variables."""
    named = dict(zip("xy", at, strict=True))
    return tuple(named[argument.name] for argument in export.code.arguments)


@every_choice
def test_python(text: str) -> None:
    export = exported(text)
    function = python_function(export.code)
    for at in POINTS:
        got = function(*(np.array([number]) for number in in_order(export, at)))
        check(got, engine(text, at, lambda number: np.array([number])))


@every_choice
def test_python_on_all_points_at_once(text: str) -> None:
    export = exported(text)
    function = python_function(export.code)
    points = np.array([in_order(export, at) for at in POINTS]).T
    together = function(*points)
    assert all(value.shape == (len(POINTS),) for value in together)
    for k, at in enumerate(POINTS):
        check([value[k] for value in together], function(*in_order(export, at)), rtol=1e-14)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[..., Numbers]]:
    codes = {f"choice{k}": exported(text).code for k, text in enumerate(CHOICES)}
    return c_functions(codes, tmp_path_factory.mktemp("c"))


@needs_compiler
@every_choice
def test_c(text: str, compiled: dict[str, Callable[..., Numbers]]) -> None:
    export = exported(text)
    function = compiled[f"choice{CHOICES.index(text)}"]
    for at in POINTS:
        check(function(*in_order(export, at)), engine(text, at))


def test_a_nan_does_not_come_out_of_the_other_branch() -> None:
    export = exported("where(x >= 0, x*y, sqrt(-x)**3 + log(x)*y)")
    got = python_function(export.code)(0.0, 2.0)
    assert [float(value) for value in got] == [0, 2, 0, 0, 1, 1, 0]
