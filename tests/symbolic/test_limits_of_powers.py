"""Powers of zeros, choices and infinities: formulas say what is so, and nan where nothing is."""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff_cli

MP = mpmath.MPContext()
MP.dps = 50

INF, NAN = math.inf, math.nan


def evaluated(formula: str, x: float) -> float:
    at = {"x": x} if re.search(r"\bx\b", formula) else {}
    return float(autodiff_cli.evaluate(formula, at))


def same(got: float, want: float) -> bool:
    if math.isfinite(want):
        return math.isclose(got, want, rel_tol=1e-9, abs_tol=1e-9)
    return str(got) == str(want)


@pytest.mark.parametrize(
    "text",
    [
        "1/(x - x)",
        "x + 1/(x - x)",
        "x/(x - x)",
        "(x - x)/(x - x)",
        "log(x - x)",
        "sin(1/(x - x))",
        "1/(x - x)**2",
        "1/tanh(x - x)",
        "1/det([[x, x], [x, x]])",
        "1/(sin(x)**2 + cos(x)**2 - 1)",
        "(x - x)**inf",
        "0**(x - x)",
        "inf**(x - x)",
    ],
)
def test_what_has_no_derivative_has_none_as_a_formula(text: str) -> None:
    value = float(autodiff_cli.evaluate(text, {"x": 0.5}))
    assert same(evaluated(autodiff_cli.formula(text, "x", 0), 0.5), value)
    for order in (1, 2, 3):
        assert math.isnan(evaluated(autodiff_cli.formula(text, "x", order), 0.5)), order


@pytest.mark.parametrize(
    ("text", "wrt", "want"),
    [
        ("1/(x - x) + y**2", "y", "2*y"),
        ("where(x > 0, x**2, 1/(x - x))", "x", "where(x > 0, 2*x, nan)"),
        ("x + 1/(sqrt(2) - sqrt(2))", "x", "1"),
        ("sqrt(x - x)", "x", "0"),
        ("exp(x - x) + (x - x)**2", "x", "0"),
        ("x*(x - x) + 0*x", "x", "0"),
    ],
)
def test_a_zero_that_is_left_of_variables_harms_nothing_else(
    text: str, wrt: str, want: str
) -> None:
    assert autodiff_cli.formula(text, wrt, 1) == want


# Each with what it and its derivatives are, in closed form: limits of powers are constant on either
# side of 1, and infinitely steep there.
INFINITE: list[tuple[str, float, list[float]]] = [
    ("x**inf", 2.0, [INF, INF, INF]),
    ("x**inf", -1.5, [INF, INF, INF]),
    ("(2*x)**inf", -1.5, [INF, INF, INF]),
    ("sqrt(2*x)**inf", -1.5, [NAN, NAN, NAN]),
    ("sqrt(x)**inf", -1.5, [NAN, NAN, NAN]),
    ("x**inf*x**3", -1.5, [-INF]),
    ("(x*x - 1/2)**inf", 2.0, [INF, INF]),
    ("max(x, 1)**inf", 0.5, [1.0, 0.0, 0.0, 0.0]),
    ("max(x, 1)**inf", 2.0, [INF, INF, INF, INF]),
    ("min(x, 0)**inf", 0.5, [0.0, 0.0, 0.0]),
    ("inf**x", -1.5, [0.0, 0.0, 0.0]),
    ("0**x", 0.5, [0.0, 0.0, 0.0]),
    ("0**x", -1.5, [INF]),
    ("0**(x**2)", -1.5, [0.0, 0.0, 0.0]),
]


@pytest.mark.parametrize(("text", "x", "want"), INFINITE)
def test_infinite_exponents_and_zero_bases(text: str, x: float, want: list[float]) -> None:
    for order, value in enumerate(want):
        found = autodiff_cli.formula(text, "x", order)
        assert same(evaluated(found, x), value), (order, found)


# --- choices --------------------------------------------------------------------------------------

PLACES = range(-5, 6)
WEIGHTS = MP.matrix([[MP.mpf(k) ** n for n in range(len(PLACES))] for k in PLACES]) ** -1


def derivatives(function: Any, x: Any) -> list[Any]:
    """Return derivatives of the polynomial through points around x."""
    step = MP.mpf("1e-4")
    coefficients = WEIGHTS * MP.matrix([function(x + k * step) for k in PLACES])
    return [coefficients[n] * MP.factorial(n) / step**n for n in range(4)]


# A power of a choice at a bound, and what it is above that and below.
CHOICES: list[tuple[str, Any, Any]] = [
    (
        "where(x > {}, 0, sin(x)**2)**(x + 4)",
        lambda x: MP.zero,
        lambda x: (MP.sin(x) ** 2) ** (x + 4),
    ),
    (
        "where(x > {}, x - x, sin(x)**2)**(x**2 + 1)",
        lambda x: MP.zero,
        lambda x: (MP.sin(x) ** 2) ** (x * x + 1),
    ),
    ("where(x > {}, 1, x**2)**x", lambda x: MP.one, lambda x: (x * x) ** x),
    ("min(max(x - {}, 0), 1/4)**(x + 4)", lambda x: MP.mpf(1) / 4 ** (x + 4), lambda x: MP.zero),
    (
        "3*x*where(x > {}, 2, x**2)**x*exp(x)",
        lambda x: 3 * x * 2**x * MP.exp(x),
        lambda x: 3 * x * (x * x) ** x * MP.exp(x),
    ),
]


@given(
    st.sampled_from(CHOICES),
    st.sampled_from(["-1.25", "0.375", "1.5"]),
    st.sampled_from(["-0.625", "0.7312"]),
)
@settings(max_examples=30, deadline=None)
def test_a_branch_that_is_not_taken_leaves_no_trace(
    case: tuple[str, Any, Any], bound: str, aside: str
) -> None:
    form, above, below = case
    x = MP.mpf(bound) + MP.mpf(aside)
    side = below if aside.startswith("-") else above
    text = form.replace("{}", f"({bound})")
    for order, want in enumerate(derivatives(side, x)):
        found = autodiff_cli.formula(text, "x", order)
        assert math.isclose(evaluated(found, float(x)), float(want), rel_tol=1e-8, abs_tol=1e-8), (
            text,
            order,
            found,
        )
