"""Bounds over boxes hold, and what differs is told apart."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
from flint import arb, fmpq

from autodiff_cli.commands.claims import By, derivative_entries, judge_of
from autodiff_cli.derive.sampling import points, simplest
from autodiff_cli.graph.claims import Bounded, Box, Verdict, apart
from autodiff_cli.problem import load

MP = mpmath.MPContext()
MP.dps = 50

CONVERGENT = ["exp(x)", "sin(3*x)", "1/(3 + x)", "sqrt(x + 2)", "atan(x)", "x**5 - x", "gamma(x+3)"]


def over(text: str, claim: str, **sides: tuple[int, int]) -> Bounded:
    """Return the bound of a claim about the value of an expression."""
    problem = load(text, "EXPR", [f"{name}=0.3" for name in sides], exactly=True)
    judge = judge_of(problem, derivative_entries(problem, By([], 0)), claim, None, 60)
    assert judge.claim is not None
    box = Box({name: (fmpq(low), fmpq(high)) for name, (low, high) in sides.items()})
    return judge.claim.over(box, 20.0)


@pytest.mark.parametrize("text", CONVERGENT)
def test_a_bound_is_no_less_than_the_difference(text: str) -> None:
    found = over(f"1e-17*({text})", "0*x", x=(-1, 1))
    words = {name: getattr(MP, name) for name in ("exp", "sin", "sqrt", "atan", "gamma")}
    f = eval(f"lambda x: {text}", words)
    largest = max(abs(f(MP.mpf(k) / 50)) for k in range(-50, 51))
    assert found.complete
    assert not found.left
    assert largest * MP.mpf("1e-17") <= found.bound <= 1e-15


@pytest.mark.parametrize(
    ("text", "claim", "sides"),
    [
        ("sin(2*x)", "2*sin(x)*cos(x)", {"x": (-3, 3)}),
        ("cosh(x)**2 - sinh(x)**2", "1 + 0*x", {"x": (-2, 2)}),
        ("sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)", {"x": (-2, 2), "y": (0, 1)}),
        ("exp(x + y + z)", "exp(x)*exp(y)*exp(z)", {"x": (0, 1), "y": (0, 1), "z": (0, 1)}),
        ("atan(x) + atan(1/x)", "pi/2 + 0*x", {"x": (1, 4)}),
    ],
)
def test_identities_are_proven(text: str, claim: str, sides: dict[str, tuple[int, int]]) -> None:
    found = over(text, claim, **sides)
    assert found.complete
    assert not found.left
    assert found.bound < {1: 1e-14, 2: 1e-11, 3: 1e-8}[len(sides)]


def test_an_identity_of_polynomials_holds_exactly() -> None:
    assert over("(x - 1)*(x + 1)", "x**2 - 1", x=(-5, 5)).bound == 0.0


def test_what_does_not_hold_in_a_part_is_left() -> None:
    # sqrt(x²) is abs(x), but x only on the right.
    found = over("sqrt(x**2)", "x", x=(-1, 1))
    assert not found.complete or found.left
    found = over("abs(x)/x", "sign(x)", x=(-1, 1))
    assert all(
        side[0] <= fmpq(1, 10**4) and side[1] >= -fmpq(1, 10**4)
        for box in found.left
        for side in box.sides.values()
    )
    assert found.complete


def test_verdicts() -> None:
    third = fmpq(1, 3)
    assert apart(third, third) == Verdict.SAME
    assert apart(third, fmpq(1, 4)) == Verdict.APART
    assert apart(arb(third), third) == Verdict.UNKNOWN or apart(arb(third), third) == Verdict.SAME
    assert apart(arb(1, "1e-3"), arb(1, "1e-3")) == Verdict.UNKNOWN
    assert apart(arb(1, "1e-3"), arb(2, "1e-3")) == Verdict.APART
    assert apart(arb("nan"), arb(1)) == Verdict.NOWHERE


# --- points --------------------------------------------------------------------------------------


def test_points_are_in_the_box_and_always_the_same() -> None:
    sides = {"x": (Fraction(-2), Fraction(2)), "y": (Fraction(1, 3), Fraction(1))}
    found = list(points(sides, 50))
    assert found == list(points(sides, 50))
    assert len({tuple(p.values()) for p in found}) > 50
    assert all(low <= p[n] <= high for p in found for n, (low, high) in sides.items())


@pytest.mark.parametrize(
    ("fails", "want"),
    [
        (lambda x, y: True, (1, 1)),
        (lambda x, y: x > 1, (2, 1)),
        (lambda x, y: x != y, (1, 0)),
        (lambda x, y: x > Fraction("1.2") and y < Fraction("-0.7"), (2, -1)),
        (lambda x, y: Fraction("0.3") < x < Fraction("0.5"), (Fraction("0.4"), None)),
    ],
)
def test_a_counterexample_is_shrunk(fails: Callable[..., bool], want: Any) -> None:
    sides = {"x": (Fraction(-2), Fraction(2)), "y": (Fraction(-1), Fraction(1))}
    rng = Random(3)
    while True:
        begin = {
            n: high * Fraction(rng.randrange(-997, 998), 997) for n, (_, high) in sides.items()
        }
        if fails(**begin):
            break
    found = simplest(begin, sides, lambda some: next((p for p in some if fails(**p)), None))
    assert fails(**found)
    assert found["x"] == want[0]
    assert want[1] is None or found["y"] == want[1]
