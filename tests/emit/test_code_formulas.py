"""Formulas people really use, exported with gradient and Hessian, against the engine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest

from autodiff_cli.commands.export import Export
from autodiff_cli.engine import grad
from autodiff_cli.graph.straight_line import StraightLine
from autodiff_cli.language.binding import bind, natural_order
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import load
from emit.exported import Numbers, c_functions, check, needs_compiler, python_function
from formulas import FORMULAS, Formula

every_formula = pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)


def exported(formula: Formula) -> StraightLine:
    problem = load(formula.text, "EXPR", [], may_trace=True)
    return Export(problem, problem.names([]), 2, mixed=True).code


def engine(formula: Formula, number: Callable[[float], Any]) -> Numbers:
    """Return value, gradient and Hessian by the engine, without a graph of the last derivative."""
    program = parse(formula.text)
    env = bind(program, {name: number(formula.at[name]) for name in natural_order(formula.at)})
    y = program.run(env)
    xs = list(env.values())
    gradient = grad(y, xs, create_graph=True)
    second = {}
    for i, j in combinations_with_replacement(range(len(xs)), 2):
        second[i, j] = second[j, i] = grad(gradient[i], [xs[j]])[0].data
    hessian = [second[i, j] for i in range(len(xs)) for j in range(len(xs))]
    return [y.data, *(gx.data for gx in gradient), *hessian]


def place(formula: Formula) -> list[float]:
    return [formula.at[name] for name in natural_order(formula.at)]


@every_formula
def test_python_computes_what_the_engine_does(formula: Formula) -> None:
    function = python_function(exported(formula))
    # NumPy's exp and Python's may differ in the last bit: like is compared with like.
    arrays = [np.array([value]) for value in place(formula)]
    check(function(*arrays), engine(formula, lambda value: np.array([value])))


@every_formula
def test_python_takes_numbers_too(formula: Formula) -> None:
    got = python_function(exported(formula))(*place(formula))
    assert {value.shape for value in got} == {()}
    # The last bit of an exp, when something near to it has been taken off.
    check(got, engine(formula, float), rtol=1e-14)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[..., Numbers]]:
    codes = {f"formula{k}": exported(formula) for k, formula in enumerate(FORMULAS)}
    return c_functions(codes, tmp_path_factory.mktemp("c"))


@needs_compiler
@every_formula
def test_c_computes_what_the_engine_does(
    formula: Formula, compiled: dict[str, Callable[..., Numbers]]
) -> None:
    function = compiled[f"formula{FORMULAS.index(formula)}"]
    check(function(*place(formula)), engine(formula, float))
