"""Enclosures hold every value, and are not much larger than they have to be."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.commands import grad, proven
from autodiff_cli.commands.enclosed import enclosed_problem
from autodiff_cli.engine import Operation, registry, value_of
from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.graph.ball_functions import as_ball
from autodiff_cli.graph.enclosures import ball_text, enclosures
from autodiff_cli.language.ranges import split_intervals
from autodiff_cli.problem import load
from engine.outside import ELEMENTWISE, ordinary_samples

many = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def ends(text: str) -> tuple[Fraction, Fraction]:
    """Return the numbers between which a text says that another one lies."""
    middle, _, radius = text.partition(" ± ")
    return Fraction(middle) - Fraction(radius or 0), Fraction(middle) + Fraction(radius or 0)


def asked(text: str, *at: str) -> Any:
    plain, sides = split_intervals(at)
    return enclosed_problem(load(text, "EXPR", plain, exactly=True), sides)


def enclosure(text: str, *at: str, order: int = 0) -> tuple[Fraction, Fraction]:
    problem = asked(text, *at)
    found = proven.of_orders(problem, ["x"], order, {"x": np.array(0.0)})
    return ends(str(found.values["x"]))


@many
@given(st.fractions(max_denominator=10**9), st.fractions(0, 10, max_denominator=10**6))
def test_a_text_holds_all_of_a_ball(middle: Fraction, radius: Fraction) -> None:
    m, r = (fmpq(x.numerator, x.denominator) for x in (middle, radius))
    ball = arb(m, arb(r))
    low, high = ends(ball_text(ball))
    for text, x in ((low, ball.lower()), (high, ball.upper())):
        edge = Fraction(*map(int, (lambda q: (q.p, q.q))(_rational(x))))
        assert text <= edge if x is ball.lower() else True
    assert low <= middle - radius
    assert high >= middle + radius
    assert high - low <= (2 * radius + Fraction(abs(middle), 10**15)) * Fraction(102, 100)


def _rational(x: Any) -> Any:
    mantissa, exponent = x.man_exp()
    return fmpq(mantissa) * fmpq(2) ** int(exponent)


# The range of each function over an interval by calculus.
RANGES = [
    ("x**2", "x=2±0.1", 0, 3.61, 4.41),
    ("x**2", "x=[1.9..2.1]", 1, 3.8, 4.2),
    ("x*(1 - x)", "x=[0..1]", 0, 0, 0.25),
    ("x - x", "x=0±1", 0, 0, 0),
    ("sin(x)", "x=[0..pi]", 0, 0, 1),
    ("sin(x)", "x=[0..pi]", 1, -1, 1),
    ("x/(1 + x**2)", "x=[-2..2]", 0, -0.5, 0.5),
    ("abs(x)", "x=[-1..2]", 0, 0, 2),
    ("abs(x)", "x=[-1..2]", 1, -1, 1),
    ("max(x, 1)", "x=[0..2]", 1, 0, 1),
    ("floor(x)", "x=[0.5..2.5]", 0, 0, 2),
    ("where(x > 1, x, -x)", "x=[0..2]", 0, -1, 2),
    ("x**4", "x=2+/-0.1", 3, 45.6, 50.4),
    ("exp(x) if x == 1 else 2 + 0*x", "x=[0..2]", 0, 2, float(mpmath.e)),
]


@pytest.mark.parametrize(("text", "at", "order", "low", "high"), RANGES)
def test_ranges(text: str, at: str, order: int, low: float, high: float) -> None:
    found = enclosure(text, at, order=order)
    slack = Fraction(max(high - low, 1e-12))
    assert Fraction(low) - slack / 20 <= found[0] <= Fraction(low) + slack * Fraction("1e-12")
    assert Fraction(high) - slack * Fraction("1e-12") <= found[1] <= Fraction(high) + slack / 20


ONE = [op for op in ELEMENTWISE if op.arity in (1, 2) and "n" not in op.statics]


@pytest.mark.parametrize("op", ONE, ids=lambda op: op.name)
def test_every_operation_is_within_its_enclosure(op: Operation) -> None:
    if op.metadata.internal or op.statics:
        return
    names = ["x", "y"][: op.arity]
    center = [Fraction(float(x)) for x in ordinary_samples(op).points[0]]
    text = f"{op.name}({', '.join(names)})"
    if op.metadata.symbol:
        text = f" {op.metadata.symbol} ".join(names if op.arity == 2 else ["", *names])
    given = [f"{n}={c}" for n, c in zip(names, center, strict=True)]
    problem = load(text, "EXPR", given, exactly=True)
    assert problem.known is not None
    radius = Fraction(1, 50)
    sides = {
        problem.env[n]: tuple(
            fmpq((c + s * radius).numerator, (c + s * radius).denominator) for s in (-1, 1)
        )
        for n, c in zip(names, center, strict=True)
    }
    (found,) = enclosures([problem.y], problem.known, sides)  # type: ignore[arg-type]
    ball = as_ball(found.item())
    rng = np.random.default_rng(0)
    for _ in range(20):
        point = [float(c) + float(radius) * rng.uniform(-1, 1) for c in center]
        value = float(value_of(op(*point)))
        low, high = float(ball.lower()), float(ball.upper())
        slack = 1e-12 * (1 + abs(value))
        assert low - slack <= value <= high + slack


def test_hessians_and_several_intervals() -> None:
    problem = asked("x**2*y", "x=1±0.1, y=3±0.5")
    found = proven.of_hessian(problem, dict(problem.env), np.zeros((2, 2))).values["hessian"]
    wanted = [[(5, 7), (1.8, 2.2)], [(1.8, 2.2), (0, 0)]]
    for i, j in np.ndindex(2, 2):
        low, high = ends(found[i, j])
        assert low <= Fraction(wanted[i][j][0]) <= low + Fraction("0.02")
        assert high >= Fraction(wanted[i][j][1]) >= high - Fraction("0.02")


def test_at_points_there_are_many_digits() -> None:
    low, high = enclosure("exp(x)", "x=1")
    with mpmath.workdps(60):
        e = Fraction(str(mpmath.nstr(mpmath.e, 55)))
    assert low < e < high
    assert high - low < Fraction("1e-35")
    rows = grad.run(asked("x**2/3", "x=0.5"), [], 1).rows  # type: ignore[union-attr]
    assert re.fullmatch(r"0\.33333333333333333\d+ ± \d\.\d+e-\d+", str(rows["x"]))


def test_where_there_is_no_bound_and_no_interval() -> None:
    assert (
        str(proven.of_graphs(p := asked("1/x", "x=0±1"), {"y": p.y}, {}).values["y"]) == "no bound"
    )
    with pytest.raises(UsageError, match="interval of `x` is empty"):
        asked("x", "x=[2..1]")
    with pytest.raises(UsageError, match="no enclosures"):
        enclosed_problem(load("x", "EXPR", ["x=1"]), {})
    with pytest.raises(AdiffError):
        asked("x", "x=[1..]")


def test_registry_has_decisions_of_both_kinds() -> None:
    # `_decided` tells comparisons from steps by their arguments.
    steps = [op for op in registry.values() if not any(op.vjps) and op in ELEMENTWISE]
    for op in steps:
        xs = [np.linspace(-2, 2, 9)] * op.arity
        if op.arity == 1:
            continue
        assert set(np.unique(value_of(op(*xs)))) <= {0.0, 1.0}
