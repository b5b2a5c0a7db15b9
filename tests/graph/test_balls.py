"""Every operation over balls against mpmath, driven by its declaration."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_series, ctx, fmpq

from autodiff_cli.engine import Operation, as_variable, grad, registry
from autodiff_cli.engine.constants import exact_constants
from autodiff_cli.graph import balls
from autodiff_cli.graph.ball_arithmetic import constant_part, exact
from engine.outside import (
    ELEMENTWISE,
    MP,
    OTHERS,
    Case,
    Samples,
    cases,
    domain,
    evaluate,
    example,
    extreme_samples,
    nearest_kink,
    ordinary,
    ordinary_samples,
    parts,
    reference,
)

BITS = 200
"""50 digits and a reserve."""

every_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
every_case = pytest.mark.parametrize("case", [c for op in OTHERS for c in cases(op)], ids=str)


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    before = ctx.prec, ctx.cap
    ctx.prec = BITS
    yield
    ctx.prec, ctx.cap = before


def ball(x: Any) -> Any:
    return arb(x) if isinstance(x, fmpq | int) else x


def holds(x: Any, value: Any) -> bool:
    """Return whether a ball holds a number of mpmath, which has a few more digits."""
    with ctx.workprec(500), MP.workdps(120):
        wanted = arb(MP.nstr(value, 110))
        slack = abs(wanted) * arb("1e-97")
        return bool((ball(x) + arb(0, slack.abs_upper())).contains(wanted.mid()))


def outside(op: Operation, point: tuple[float, ...], params: dict[str, Any]) -> Any:
    with MP.workdps(330):
        return reference(op)(*map(MP.mpf, point), **params)


@pytest.mark.parametrize("op", registry.values(), ids=registry)
def test_every_operation_has_a_meaning_for_balls(op: Operation) -> None:
    assert callable(balls.ball_function(op))


@every_elementwise
@pytest.mark.parametrize("samples", [ordinary_samples, extreme_samples])
def test_balls_agree_with_mpmath_to_fifty_digits(op: Operation, samples: Any) -> None:
    found: Samples = samples(op)
    for point in found.points:
        y = ball(balls.call(op, [exact(x) for x in point], found.params))
        want = outside(op, point, found.params)
        assert holds(y, want), (point, y, want)
        # What is 1e-60 beside a 1 on the way may have lost that many digits.
        assert y.rad() < arb("1e-50") * max(1, abs(y)) or y.is_exact()


@every_elementwise
def test_true_values_lie_within_balls_at_random_points(op: Operation) -> None:
    rng = np.random.default_rng(zlib.crc32(op.name.encode()) + 1)
    params = parts(example(op).call)[1]
    function = partial(reference(op), **params)
    ctx.prec = 60
    count = 10_000 // len(ELEMENTWISE) + 1
    axes = [rng.uniform(*ordinary(*interval), count) for interval in domain(op)]
    with MP.workdps(100):
        for point in zip(*axes, strict=True):
            want = function(*map(MP.mpf, point))
            assert holds(balls.call(op, [exact(x) for x in point], params), want), point


@every_elementwise
def test_series_of_balls_hold_the_derivatives(op: Operation) -> None:
    ctx.cap = 5
    samples = ordinary_samples(op)
    for point in samples.points[:4]:
        for i in range(op.arity):
            args = [exact(x) for x in point]
            args[i] = arb_series([arb(args[i]), 1])
            y = balls.call(op, args, samples.params)
            coefficients = (
                [y[k] for k in range(5)] if isinstance(y, arb_series) else [y, 0, 0, 0, 0]
            )
            function = partial(reference(op), **samples.params)
            with MP.workdps(100):
                for k, c in enumerate(coefficients):
                    orders = [0] * op.arity
                    orders[i] = k
                    want = MP.diff(function, tuple(map(MP.mpf, point)), tuple(orders))
                    close = ball(c) - arb(MP.nstr(want / MP.factorial(k), 60))
                    assert abs(close) < arb("1e-25") * max(1, abs(ball(c))), (point, k)


@every_case
def test_tensors_of_balls_agree_with_floats(case: Case) -> None:
    tensors = case.tensors()
    y = balls.call(case.op, [balls.held(x) for x in tensors], case.params)
    want = case.forward(tensors)
    found = np.frompyfunc(float, 1, 1)(np.frompyfunc(ball, 1, 1)(np.asarray(y, object)))
    assert np.shape(found) == want.shape
    np.testing.assert_allclose(np.asarray(found, float), want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_examples_of_tensors_are_exact(op: Operation) -> None:
    call, _, value = example(op)
    tensors, params = parts(call)
    arrays = [np.array(evaluate(tensor), float) for tensor in tensors]
    y = balls.call(op, [balls.held(x) for x in arrays], params)
    if value.startswith("[") or len(value) < 17:
        want = np.array(evaluate(example(_text(value)).call), float)
        assert np.all(np.asarray(y, object) == np.asarray(balls.held(want), object))
    else:
        assert abs(ball(y) - arb(value)) < arb("1e-16")


def _text(value: str) -> Any:
    class Declared:
        metadata = type("Metadata", (), {"example": f"{value} = 0"})

    return Declared()


@every_elementwise
def test_rules_hold_no_rounded_constants(op: Operation) -> None:
    """The derivative over balls is that of mpmath to 30 digits, which no float64 constant has."""
    samples = ordinary_samples(op)
    for point in samples.points[:3]:
        if nearest_kink(op, point) < 0.03:
            continue
        xs = [as_variable(x) for x in point]
        y = op(*xs, **samples.params)
        for i, g in enumerate(grad(y, xs, create_graph=True)):
            orders = [0] * op.arity
            orders[i] = 1
            with MP.workdps(80):
                function = partial(reference(op), **samples.params)
                want = MP.diff(function, tuple(map(MP.mpf, point)), tuple(orders))
                known = {x: partial(exact, v) for x, v in zip(xs, point, strict=True)}
                close = ball(balls.Balls(known)[g]) - arb(MP.nstr(want, 60))
            assert abs(close) < arb("1e-30"), (point, close)


def test_declared_constants_are_what_they_are_called() -> None:
    for value, text in exact_constants().items():
        assert float(balls.numbers(value)) == pytest.approx(value, rel=1e-15)
        assert arb(value) != balls.numbers(value), text


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("div(1, 0)", "inf"), ("div(-1, 0)", "-inf"), ("div(0, 0)", "nan"), ("log(0)", "-inf"),
        ("pow(0, 0)", "1"), ("pow(0, -1)", "inf"), ("pow(0, 1/2)", "0"), ("pow(-8, 3)", "-512"),
        ("pow(4/9, 1/2)", "2/3"), ("sqrt(2/9) * sqrt(2)", None), ("exp(0)", "1"), ("cos(0)", "1"),
        ("equal(1/10 + 2/10, 3/10)", "1"), ("floor(7/2)", "3"), ("round(5/2)", "2"),
        ("round(7/2)", "4"), ("mod(-7, 3)", "2"), ("direction(0, 0)", "0"), ("cbrt(-27)", "-3"),
        ("atan2(0, -1)", None), ("sign(0)", "0"), ("max(2, 3)", "3"), ("log(-1)", "nan"),
    ],
)  # fmt: skip
def test_edges(text: str, want: str | None) -> None:
    functions = balls._functions()
    exactly = re.sub(r"\b\d+", lambda m: f"q({m[0]})", text)
    y = eval(exactly, functions | {"q": fmpq})
    if want is None:
        assert y.is_finite()
    elif want == "nan":
        assert y.is_nan()
    elif "inf" in want:
        assert y == arb(want)
    else:
        p, _, q = want.partition("/")
        assert y == fmpq(int(p), int(q or 1))


def test_a_literal_that_may_have_been_rounded_is_not_known() -> None:
    assert balls.numbers(1 / 3).is_nan()
    assert balls.numbers(0.375) == fmpq(3, 8)
    assert balls.numbers(12345678901234567.0) == fmpq(12345678901234568)


def test_what_cannot_be_decided_is_no_number() -> None:
    functions = balls._functions()
    near = arb(2).sqrt() ** 2
    for name, other in product(("less", "equal", "greater_equal"), (fmpq(2), arb(2).sqrt() ** 2)):
        assert functions[name](near, other).is_nan()
    assert constant_part(functions["max"](near, fmpq(2))).overlaps(arb(2))


def test_a_branch_that_is_not_taken_is_not_computed() -> None:
    x = as_variable(-1.0)
    y = registry["where"](x > 0.0, registry["log"](x), x * 3.0)
    (g,) = grad(y, [x], create_graph=True)
    found = balls.Balls({})
    assert found[y] == fmpq(-3)
    assert found[g] == fmpq(3)


def test_literals_that_are_held_are_the_float64_they_are() -> None:
    y = as_variable(3.0) * 0.1
    assert balls.Balls({}, literals_are_held=True)[y] == 3 * fmpq(*(0.1).as_integer_ratio())
    assert balls.Balls({})[y].is_nan()
