"""Formulas people really use: value, every partial and every second partial against mpmath."""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import pytest

import autodiff_cli
from autodiff_cli.engine import Variable, grad
from autodiff_cli.language.binding import bind
from autodiff_cli.language.parser import parse
from formulas import FORMULAS, Formula

TOLERANCE = 1e-13

NAMESPACE: dict[str, Any] = {
    name: getattr(mpmath, name)
    for name in (
        "sqrt exp log log10 log1p expm1 sin cos tan asin acos atan atan2"
        " sinh cosh tanh asinh acosh atanh erf erfc pi e"
    ).split()
} | {
    "abs": abs,
    "log2": lambda x: mpmath.log(x, 2),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}


@pytest.fixture(autouse=True)
def fifty_digits() -> Any:
    with mpmath.workdps(50):
        yield


def exact(formula: Formula, orders: dict[str, int]) -> mpmath.mpf:
    """Return a derivative by mpmath, which reads the text by Python's parser, not by ours."""
    code = compile(formula.text, formula.name, "eval")

    def function(*point: mpmath.mpf) -> mpmath.mpf:
        return eval(code, NAMESPACE, dict(zip(formula.at, point, strict=True)))

    point = tuple(mpmath.mpf(value) for value in formula.at.values())
    if not orders:
        return function(*point)
    return mpmath.diff(function, point, tuple(orders.get(name, 0) for name in formula.at))


def check(formula: Formula, got: float, orders: dict[str, int]) -> None:
    want = exact(formula, orders)
    # The size a derivative has by its units: what a zero is compared with.
    size = abs(exact(formula, {}))
    for name, order in orders.items():
        size /= abs(mpmath.mpf(formula.at[name])) ** order
    if abs(want) < mpmath.mpf(10) ** -20 * size:
        assert abs(got) <= TOLERANCE * size, orders
    else:
        assert abs(got - want) <= TOLERANCE * abs(want), (orders, got, mpmath.nstr(want, 20))


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
class TestFormula:
    def test_value(self, formula: Formula) -> None:
        got = float(autodiff_cli.evaluate(formula.text, formula.at))
        check(formula, got, {})
        if formula.value is not None:
            assert got == pytest.approx(float(formula.value), rel=TOLERANCE)

    def test_partial_derivatives(self, formula: Formula) -> None:
        got = autodiff_cli.grad(formula.text, formula.at)
        assert list(got) == list(formula.at)
        assert set(got) == set(formula.at)
        for name, value in got.items():
            check(formula, float(value), {name: 1})

    def test_second_partial_derivatives(self, formula: Formula) -> None:
        pure = autodiff_cli.grad(formula.text, formula.at, order=2)
        for name, value in pure.items():
            check(formula, float(value), {name: 2})
        program = parse(formula.text)
        env = bind(program, formula.at)
        y = program.run(env)
        assert isinstance(y, Variable)
        rows = dict(zip(env, grad(y, list(env.values()), create_graph=True), strict=True))
        for a, b in itertools.permutations(env, 2):
            (mixed,) = grad(rows[a], [env[b]])
            check(formula, float(mixed), {a: 1, b: 1})


def test_there_are_enough_of_them() -> None:
    assert len(FORMULAS) >= 40
    assert len({formula.name for formula in FORMULAS}) == len(FORMULAS)
    assert all(len(formula.at) >= 2 and formula.source for formula in FORMULAS)
