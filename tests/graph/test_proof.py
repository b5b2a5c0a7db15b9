"""Proven numbers are the float64, or the decimal, nearest to the truth."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autodiff_cli.commands import proven
from autodiff_cli.graph.balls import precision
from autodiff_cli.graph.exact import decimal
from autodiff_cli.graph.rounding import nearest_decimal, nearest_float
from autodiff_cli.problem import Problem, load

MP = mpmath.MPContext()
MP.dps = 60

many = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def asked(text: str, *at: str, digits: int | None = None) -> Problem:
    return load(text, "EXPR", at, exactly=True, digits=digits)


def value(text: str, *at: str, digits: int | None = None) -> proven.Answers:
    problem = asked(text, *at, digits=digits)
    return proven.of_graphs(problem, {"y": problem.y}, {"y": problem.y.data})


def derivative(text: str, *at: str, order: int = 1, digits: int | None = None) -> proven.Answers:
    problem = asked(text, *at, digits=digits)
    names = problem.names([])
    found = problem.derivatives(names, order, method="auto")
    return proven.of_orders(problem, names, order, {n: d.data for n, d in found.items()})


def only(answers: proven.Answers) -> Any:
    (array,) = answers.values.values()
    return np.asarray(array)[()]


# --- rounding --------------------------------------------------------------------------------


@many
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-60, 60))
def test_rationals_round_as_fractions_do(x: float, shift: int) -> None:
    exact = Fraction(x) * Fraction(2) ** shift + Fraction(1, 3) * Fraction(2) ** -1080
    try:
        want = float(exact)
    except OverflowError:
        want = math.inf if exact > 0 else -math.inf
    q = fmpq(exact.numerator, exact.denominator)
    assert nearest_float(q) == want
    with precision(2400):
        found = nearest_float(arb(q))
        assert found == want or (found is None and arb(q).rad() > 0)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("0", 0.0), ("1e-400", 0.0), ("4.9e-324", 5e-324), ("2.4e-324", 0.0), ("2.5e-324", 5e-324),
        ("1.7976931348623158e308", 1.7976931348623157e308), ("1.8e308", math.inf),
        ("-1e999", -math.inf), ("1e99999", math.inf), ("1e-99999", 0.0),
        # Halfway between two float64: to the even one.
        ("9007199254740993", 9007199254740992.0), ("9007199254740995", 9007199254740996.0),
        ("1_000.5", 1000.5), (".5", 0.5), ("5.", 5.0), ("1E3", 1000.0),
    ],
)  # fmt: skip
def test_decimals_are_what_they_say(text: str, want: float) -> None:
    with precision(128):
        assert nearest_float(decimal(text)) == want


@many
@given(
    st.fractions(max_denominator=10**6),
    st.integers(1, 40),
)
@example(Fraction(1, 400), 1)
def test_decimals_round_as_the_decimal_module_does(x: Fraction, digits: int) -> None:
    from decimal import Context, Decimal

    want = Context(prec=digits).divide(Decimal(x.numerator), Decimal(x.denominator))
    text = nearest_decimal(fmpq(x.numerator, x.denominator), digits)
    assert text is not None
    assert Decimal(text) == want
    # A ball does not tell which side of a tie it is on.
    unit = Fraction(10) ** (want.adjusted() - digits + 1)
    if want != x and x and 2 * abs(x - Fraction(want)) != unit:
        with precision(400):
            assert Decimal(nearest_decimal(arb(fmpq(x.numerator, x.denominator)), digits)) == want


def test_a_ball_that_holds_two_numbers_has_no_nearest() -> None:
    with precision(128):
        assert nearest_float(arb(1, "1e-10")) is None
        assert nearest_float(arb(0, "1e-200")) is None
        assert nearest_float(arb(0, "1e-400")) == 0.0
        assert nearest_decimal(arb(1, "1e-10"), 12) is None
        assert nearest_decimal(arb("0.99999999999"), 3) == "1.00"


# --- answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "want"),
    [
        ("0.1 + 0.2", [], 0.3), ("sin(pi/6)", [], 0.5), ("sin(pi)", [], 0.0),
        ("1/3*3 - 1", [], 0.0), ("1/(1+exp(800))", [], 0.0), ("exp(800)/exp(799)", [], math.e),
        ("0.1*3 == 0.3", [], 1.0), ("floor(0.1*30)", [], 3.0), ("(0.1 + 0.2 - 0.3)*1e300", [], 0.0),
        ("x - 0.3", ["x=0.1+0.2"], 0.0), ("cos(x)", ["x=pi/3"], 0.5), ("1/0", [], math.inf),
        ("abs(-0.1)**0.5", [], float(MP.sqrt(MP.mpf("0.1")))), ("-(-0.1) - 0.1", [], 0.0),
        ("[0.1, 0.2] @ [3, -1.5]", [], 0.0), ("sum(x)", ["x=[0.1, 0.2, -0.3]"], 0.0),
        ("det([[0.1, 0.2], [0.3, 0.6]])", [], 0.0), ("f(a) = a/3; f(1) + f(2) - 1", [], 0.0),
        ("2**0.5*2**0.5 - 2", [], 0.0), ("1e-400*1e300*1e100", [], 1.0),
        ("12345678901234567890123 - 12345678901234567890122", [], 1.0),
        ("where(x > 0.3, 1, 2)", ["x=0.1+0.2"], 2.0), ("x**(1/3)", ["x=8"], 2.0),
    ],
)  # fmt: skip
def test_values_are_those_of_mathematics(text: str, at: list[str], want: float) -> None:
    found = value(text, *at)
    assert found.proven
    assert only(found) == want


@pytest.mark.parametrize(
    ("text", "at", "order", "want"),
    [
        ("(1-cos(x))/x**2", "x=1e-8", 1, "-8.333333333333333277777777777777777926587e-10"),
        ("log(1+exp(x))", "x=40", 2, "4.248354255291588959232207025950354801666e-18"),
        ("lgamma(x)", "x=-16.5", 5, "-0.0000716319466936911459261749926996152353046"),
        ("log(erfc(x))", "x=30", 1, "-60.03329639875622840567553726317112910318"),
        ("abs(x - 0.3)", "x=0.1+0.2", 1, "0"),
        ("x**0.1", "x=0.1", 1, None),
        ("exp2(x)*log2(x)*log10(x)", "x=0.3", 2, None),
        ("gelu(x) + erf(x)", "x=0.7", 3, None),
        ("tanh(x)", "x=0.5", 10, None),
        ("1/max(x, x)", "x=-0.1", 3, "-60000"),
        ("norm([x**3, 0])", "x=0.1", 3, "6"),
        ("exp(logsumexp(log([x**3, x**3])))", "x=0.1", 3, "12"),
        ("max([x**3, 0])", "x=0.1", 3, "6"),
        ("sum(softmax([x, 2*x]))*x**3", "x=0.1", 3, "6"),
        ("mean([x, x**3])", "x=0.1", 3, "3"),
        ("prod([x, x, x])", "x=0.1", 3, "6"),
        # Of 1/(3 - x²), of -1 - x⁴, and of (2 - x)/(2x - 1).
        ("inv([[x,1],[3,x]])[0,1]", "x=0", 4, "24/27"),
        ("det([[0,x,1],[x*x,1,0],[1,0,x]])", "x=0.5", 4, "-24"),
        ("solve([[x,1],[1,2]], [1,x])[0]", "x=0", 3, "-72"),
    ],
)
def test_derivatives_are_those_of_mathematics(
    text: str, at: str, order: int, want: str | None
) -> None:
    found = derivative(text, at, order=order, digits=30)
    assert found.proven
    if want is None:
        words = {n: getattr(MP, n) for n in dir(MP) if not n.startswith("_")} | {
            "gelu": lambda x: x * MP.erfc(-x / MP.sqrt(2)) / 2,
            "exp2": lambda x: MP.mpf(2) ** x,
            "log2": lambda x: MP.log(x, 2),
        }
        name, _, point = at.partition("=")
        exactly = text.replace("0.1", "mpf('0.1')")
        with MP.workdps(300):
            number = MP.diff(eval(f"lambda {name}: {exactly}", words), MP.mpf(point), order)
            want = MP.nstr(number, 40)
    assert MP.almosteq(
        MP.mpf(only(found)),
        MP.mpf(Fraction(want).numerator) / Fraction(want).denominator,
        rel_eps=MP.mpf("1e-29"),
    )


@pytest.mark.parametrize(
    ("text", "order"),
    [
        # At a point where the choice cannot be made; where there is no derivative.
        ("0*x + 1/max(x, exp(log(x)))", 3), ("x + where(exp(log(x)) > 0.1, x**4, x**5)", 4),
        ("acos(10*x) + x**4", 3), ("asin(10*x)", 4), ("acosh(10*x)", 3), ("atanh(10*x) + x", 3),
        ("sqrt(x - 0.1) + x**3", 3), ("log(x - 0.1)", 3), ("atan2(x - 0.1, 0*x)", 3),
        ("cbrt(x - 0.1)", 3), ("norm([x - 0.1, 0])", 3), ("1/(x - 0.1)", 3),
    ],
)  # fmt: skip
def test_what_is_not_known_has_no_proven_derivative(text: str, order: int) -> None:
    assert not derivative(text, "x=0.1", order=order).proven


def test_a_choice_that_cannot_be_made_is_not_proven() -> None:
    found = value("where(x*x == 2, 1, 3)", "x=sqrt(2)")
    assert not found.proven
    assert derivative("where(exp(log(x)) > 0.1, x, x**2)", "x=0.1").proven is False


def test_branches_that_are_not_taken_leave_no_trace() -> None:
    found = derivative("where(x >= 0, x, sqrt(-x))", "x=0.1")
    assert found.proven
    assert only(found) == 1.0


def test_digits_far_beyond_float64() -> None:
    with MP.workdps(1100):
        want = MP.nstr(MP.e, 1000)
    assert only(value("exp(1)", digits=1000)) == want
    assert only(value("exp(1e6)", digits=12)) == "3.03321539680e+434294"


def test_hessians_and_jacobians_are_proven() -> None:
    problem = asked("exp(x*y)/3 + z@z", "x=0.1", "y=pi", "z=[0.1,0.2]")
    xs = dict(problem.env)
    found = proven.of_hessian(problem, xs, np.zeros((4, 4)))
    assert found.proven
    x, y = MP.mpf("0.1"), MP.pi
    e = MP.exp(x * y) / 3
    want = [
        [y * y * e, (1 + x * y) * e, 0, 0],
        [(1 + x * y) * e, x * x * e, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 0, 2],
    ]
    assert found.values["hessian"].tolist() == [[float(v) for v in row] for row in want]
    problem = asked("x*y, x/3", "x=0.1", "y=0.2")
    found = proven.of_jacobian(problem, dict(problem.env), np.zeros((2, 2)))
    assert found.values["jacobian"].tolist() == [[0.2, 0.1], [1 / 3, 0.0]]
    assert found.proven


# --- random expressions ----------------------------------------------------------------------

UNARY = ["sin", "cos", "exp", "tanh", "atan", "sqrt", "log", "erf", "cosh", "asinh"]


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["x", "0.1", "3", "pi", "2.5e-3", "x", "1/3"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(UNARY), inner).map(lambda t: f"{t[0]}({t[1]})"),
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(
                lambda t: f"({t[0]}){t[1]}({t[2]})"
            ),
            inner.map(lambda e: f"({e})**2"),
        ),
        max_leaves=6,
    )


def outside(text: str, x: str, order: int) -> Any:
    """Return a derivative by mpmath at 400 digits; None where there is none."""
    words = {name: getattr(MP, name) for name in (*UNARY, "pi", "mpf")}
    exactly = re.sub(r"(?<![\w.*])(\d[\d.]*(?:e-?\d+)?)", r"mpf('\1')", text)
    with MP.workdps(400):
        try:
            function = eval(f"lambda x: mpf(1)*({exactly})", words)
            point = MP.mpf(x)
            found = MP.diff(function, point, order, h=MP.mpf("1e-60")) if order else function(point)
        except (ZeroDivisionError, ValueError, TypeError):
            return None
        return found if isinstance(found, MP.mpf) and MP.isfinite(found) else None


@many
@given(expressions(), st.sampled_from(["0.1", "0.7", "1e-8", "-2.3"]), st.integers(0, 2))
def test_random_expressions_are_correctly_rounded(text: str, x: str, order: int) -> None:
    want = outside(text, x, order)
    text += " + 0*x"
    found = derivative(text, f"x={x}", order=order) if order else value(text, f"x={x}")
    if want is not None and found.proven:
        with MP.workdps(400):
            noise = MP.mpf("1e-50") * max(1, abs(want))
            nearest = {float(want - noise), float(want), float(want + noise)}
        assert float(only(found)) in nearest or abs(want) < noise
    elif want is not None and abs(want) > 1e-40:
        raise AssertionError(f"{text} at {x} is {MP.nstr(want, 20)}, and was not proven")
