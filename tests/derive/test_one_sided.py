"""One-sided derivatives of what has kinks, jumps and poles, against mpmath on either side.

The functions are generated: every operation that declares where it has a kink or jumps, alone and
inside others; mpmath runs the same program close to the point, at 50 digits of the answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

import mpmath
import pytest

from autodiff_cli.derive.one_sided import Behaviour, Side
from autodiff_cli.derive.point import Point
from autodiff_cli.engine import kinks
from autodiff_cli.graph.ball_arithmetic import as_ball
from autodiff_cli.graph.balls import precision
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import Problem, load
from engine.outside import ELEMENTWISE, MP, reference

HIGHEST = 4
STEP = MP.mpf(10) ** -90
DIGITS = 600
"""Of the reference arithmetic, in which differences of order 4 of so small steps have 50 digits."""

NEAR = MP.mpf(10) ** -25
LARGE = MP.mpf(10) ** 8


def problem(text: str, at: str = "x=0") -> Problem:
    return load(text, "EXPR", [at], exactly=True)


def behaviour(text: str, order: int, at: str = "x=0", name: str = "x") -> Behaviour:
    posed = problem(text, at)
    found = Point(posed.y, posed.known).behaviours(posed.env[name], (), order)
    return found[()]  # type: ignore[no-any-return]


def _function(op: Any) -> Any:
    if op.name == "cbrt":
        # That of mpmath is complex for a negative number.
        return lambda x: MP.sign(x) * MP.cbrt(abs(x))
    return reference(op)


def run(text: str, x: Any) -> Any:
    """Return what a program gives in the words of mpmath."""
    program = parse(text)
    results: list[Any] = [None] * len(program.calls)
    leaves = [MP.mpf(str(leaf)) if leaf is not None else None for leaf in program.leaves]

    def value(slot: int) -> Any:
        return results[slot] if slot >= 0 else leaves[~slot]

    for slot, _ in program.names.values():
        leaves[~slot] = x
    for k, (operation, slots, *_) in enumerate(program.calls):
        chosen = operation.pairwise if operation.pairwise and len(slots) > 1 else operation
        results[k] = _function(chosen)(*map(value, slots))
    return value(program.result)


def outside(text: str, at: Any, way: int, order: int) -> Any:
    """Return a one-sided derivative as a difference quotient; the limit for order 0."""
    with MP.workdps(DIGITS):
        steps = range(1, order + 2)
        values = [run(text, at + way * STEP * k) for k in steps]
        if any(isinstance(v, MP.mpc) and v.imag != 0 for v in values):
            return None
        signs = ((-1) ** (order - k) * MP.binomial(order, k) for k in range(order + 1))
        total = sum(s * v for s, v in zip(signs, values, strict=True))
        return MP.re(total / (way * STEP) ** order)


def number(x: Any) -> Any:
    with precision(400):
        ball = as_ball(x)
        if not ball.is_finite():
            return MP.inf if ball > 0 else -MP.inf
        return MP.mpf(ball.mid().str(60, radius=False))


def check(text: str, at: str = "0", highest: int = HIGHEST) -> int:
    """Check every derivative that is given on either side; return how many were finite."""
    found = behaviour(text, highest, f"x={at}")
    count = 0
    for way, side in ((-1, found.left), (1, found.right)):
        assert side.exists == (outside(text, MP.mpf(at), way, 0) is not None), (text, way)
        for order, x in enumerate(side.derivatives):
            wanted, given = outside(text, MP.mpf(at), way, order), number(x)
            if MP.isinf(given):
                assert abs(wanted) > LARGE, (text, way, order, wanted)
                assert (wanted > 0) == (given > 0), (text, way, order, wanted)
            else:
                assert abs(given - wanted) <= NEAR * (1 + abs(wanted)), (text, way, order, wanted)
                count += 1
        if side.exists and not side.reason:
            last = number(side.derivatives[-1])
            assert len(side.derivatives) == highest + 1 or MP.isinf(last)
    return count


# --- what operations declare ---------------------------------------------------------------------

ARGUMENTS = {
    1: [()],
    2: [("0",), ("2*x",), ("-1",), ("x**2",), ("1",)],
    3: [("0", "1"), ("-x", "x")],
}
POINTS = ("0", "0.5", "1")


def _declared() -> Iterator[tuple[str, str]]:
    """Yield a call of every operation that declares kinks or jumps, with a point on one."""
    for op in ELEMENTWISE:
        if op.metadata.internal or not (op.metadata.kinks or op.metadata.jumps):
            continue
        found = [
            (text, at)
            for rest in ARGUMENTS[op.arity]
            for at in POINTS
            for text in [_spelled(op, ("x", *rest))]
            if kinks(problem(text, f"x={at}").y)
        ]
        assert found, f"no point is on a kink of {op.name}"
        yield from found


def _spelled(op: Any, arguments: tuple[str, ...]) -> str:
    if op.metadata.symbol:
        return f"({arguments[0]} {op.metadata.symbol} {arguments[1]})"
    return f"{op.name}({', '.join(arguments)})"


DECLARED = tuple(_declared())


def test_every_declared_place_is_looked_at() -> None:
    assert len(DECLARED) > 40


@pytest.mark.parametrize(("text", "at"), DECLARED)
def test_an_operation_at_its_own_place(text: str, at: str) -> None:
    assert check(text, at)


# --- compositions --------------------------------------------------------------------------------

OUTER = (
    "({})**2", "({})**3", "exp({})", "sin({})", "cos({})", "1/(2 + {})", "x*({})", "x**2*({})",
    "({}) + x", "({}) - 3*x**2", "atan({})", "tanh({})", "sqrt(4 + {})", "abs({})", "relu({})",
    "max({}, x)", "min({}, 2*x)", "sign({})*x**2", "where(x > 0, {}, x)", "where(x == 0, 0, {})",
    "({}) if x <= 0 else x**2", "clip({}, -1, 1)", "log(3 + {})", "abs({})**1.5", "cbrt({})",
    "hypot({}, x)", "floor({} + x)", "erf({})", "({})/(1 + x)",
)  # fmt: skip


@cache
def compositions() -> tuple[tuple[str, str], ...]:
    """Return seeded compositions of two and of three operations, at a point of the innermost."""
    chance = random.Random(14)
    found = []
    for depth, count in ((1, 110), (2, 110)):
        for _ in range(count):
            text, at = chance.choice(DECLARED)
            for _ in range(depth):
                text = chance.choice(OUTER).format(text)
            found.append((text, at))
    return tuple(found)


@pytest.mark.parametrize("part", range(10))
def test_compositions(part: int) -> None:
    finite = sum(check(text, at) for text, at in compositions()[part::10])
    assert finite > 100


# --- what is known in closed form ----------------------------------------------------------------

# Text, point, order, the kind, and the derivative if there is one.
KNOWN: list[tuple[str, str, int, str, Any]] = [
    ("abs(x)**2", "0", 2, "smooth", 2),
    ("abs(x)*abs(x)", "0", 2, "smooth", 2),
    ("sqrt(x**4)", "0", 2, "smooth", 2),
    ("sqrt(x**2)", "0", 1, "kink", None),
    ("abs(x**3)", "0", 2, "smooth", 0),
    ("abs(x**3)", "0", 3, "order", None),
    ("max(x, x)", "0", 1, "smooth", 1),
    ("relu(x) - relu(-x)", "0", 1, "smooth", 1),
    ("sign(x)*x**2", "0", 1, "smooth", 0),
    ("(x**2)**(3/4)", "0", 1, "smooth", 0),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 0.5)", "0", 2, "smooth", 1),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 0.5)", "1", 2, "order", None),
    ("where(x != 0, sin(x)/x, 1)", "0", 4, "smooth", "0.2"),
    ("sin(x)/x", "0", 1, "removable", None),
    ("5 if x == 0 else x", "0", 1, "displaced", None),
    ("exp(-1/x) if x > 0 else 0", "0", 4, "smooth", 0),
    ("exp(-1/x**2) if x != 0 else 0", "0", 3, "smooth", 0),
    ("1/(1 + exp(1/x))", "0", 1, "jump", None),
    ("atan(1/x)", "0", 1, "jump", None),
    ("tanh(1/x)", "0", 1, "jump", None),
    ("x**x", "0", 1, "vertical", "-inf"),
    ("where(x == 0, 0, x*log(x))", "0", 1, "vertical", "-inf"),
    ("where(x == 0, 0, x**2*log(x))", "0", 1, "smooth", 0),
    ("where(x == 0, 0, x/log(x))", "0", 1, "smooth", 0),
    ("where(x == 0, 0, x**2*sin(1/x))", "0", 1, "smooth", 0),
    ("where(x == 0, 0, x**2*sin(1/x))", "0", 2, "unknown", None),
    ("where(x == 0, 0, x*sin(1/x))", "0", 1, "unknown", None),
    ("sqrt(x)", "0", 1, "vertical", "inf"),
    ("cbrt(x)", "0", 1, "vertical", "inf"),
    ("cbrt(x**5)", "0", 1, "smooth", 0),
    ("abs(x)**1.5", "0", 2, "order", "inf"),
    ("1/x", "0", 1, "pole", None),
    ("gamma(x)", "-2", 1, "pole", None),
    ("log(x)", "0", 1, "pole", None),
    ("tan(x)", "pi/2", 1, "pole", None),
    ("acos(cos(x))", "pi", 1, "kink", None),
    ("acos(cos(x))", "2*pi", 1, "kink", None),
    ("abs(sin(x))**2", "pi", 2, "smooth", 2),
    ("abs(x**2 - 2)", "sqrt(2)", 1, "kink", None),
    ("(x - floor(x))**0", "1", 1, "smooth", 0),
    ("sqrt(x)**2", "0", 1, "smooth", 1),
    ("cos(acos(x))", "1", 1, "smooth", 1),
    ("1/(1/x)", "0", 1, "smooth", 1),
    ("softplus(x) - softplus(-x)", "0", 1, "smooth", 1),
]


@pytest.mark.parametrize(("text", "at", "order", "kind", "wanted"), KNOWN)
def test_what_is_known(text: str, at: str, order: int, kind: str, wanted: Any) -> None:
    found = behaviour(text, order, f"x={at}")
    assert found.kind == kind
    if wanted is None:
        assert found.answer is None
    else:
        assert found.answer is not None
        assert mpmath.almosteq(number(found.answer), MP.mpf(wanted), 1e-14, 1e-14)


@pytest.mark.parametrize(
    ("text", "order"),
    [("1/x", 1), ("1/sin(x)**2", 2), ("1/(1 - cos(x))**2", 4), ("gamma(x)**3", 3)],
)
def test_the_order_of_a_pole(text: str, order: int) -> None:
    found = behaviour(text, 1)
    assert found.left.pole == found.right.pole == order


def both(text: str, at: str) -> tuple[Any, Any]:
    """Return a mixed derivative by x first, and by y first."""
    posed = problem(text, at)
    point, x, y = Point(posed.y, posed.known), (posed.env["x"], (), 1), (posed.env["y"], (), 1)
    found = point.mixed([x, y]).limit, point.mixed([y, x]).limit
    return tuple(None if n is None else float(n) for n in map(_plain, found))  # type: ignore[return-value]


def _plain(x: Any) -> Any:
    return None if x is None else number(x)


@pytest.mark.parametrize(
    ("text", "at", "by_x", "by_y"),
    [
        # Peano's example, in every book on analysis.
        ("where(hypot(x, y) == 0, 0, x*y*(x**2 - y**2)/(x**2 + y**2))", "x=0,y=0", -1, 1),
        ("hypot(x, y)**2", "x=0,y=0", 0, 0),
        ("cos(hypot(x, y))", "x=0,y=0", 0, 0),
        ("abs(x*y)", "x=0,y=0", None, None),
        ("abs(x)*y", "x=0,y=2", None, None),
        ("max(x*y, 0) - max(-x*y, 0)", "x=0,y=0", 1, 1),
    ],
)
def test_mixed_derivatives(text: str, at: str, by_x: Any, by_y: Any) -> None:
    assert both(text, at) == (by_x, by_y)


# Text, in turn by which variables, and the derivative; by hand from limits of difference quotients.
IN_TURN = [
    ("x*y*z*sign(x)**2", "xyz", 1),
    ("max(x*y*z, 0) - max(-x*y*z, 0)", "xyz", 1),
    ("abs(x*y*z)", "xyz", None),
    ("abs(x)**2*y*z", "xxyz", 2),
    ("x*abs(x)*y", "xyx", None),
    ("hypot(x, y)**2*z", "xxz", 2),
    # The second derivative by x is 3 abs(y) beside the point.
    ("hypot(x, y)**3", "xxy", None),
    ("hypot(x, y)**3", "yxx", 0),
    ("where(x == 0, 0, x**2*sin(1/x))*y + 0*z", "xy", 0),
    ("sqrt(x)**2*y*z", "xyz", 1),
]


@pytest.mark.parametrize(("text", "by", "wanted"), IN_TURN)
def test_mixed_derivatives_by_several_variables(text: str, by: str, wanted: Any) -> None:
    posed = problem(text, ", ".join(f"{name}=0" for name in parse(text).names))
    turns = [(posed.env[x], (), len(list(times))) for x, times in groupby(by)]
    found = Point(posed.y, posed.known).mixed(turns)
    assert (found.limit is None) == (wanted is None)
    assert not found.reason
    if wanted is not None:
        assert number(found.limit) == wanted


def test_a_side_without_real_values() -> None:
    assert behaviour("sqrt(x)", 1).left == Side(exists=False)
