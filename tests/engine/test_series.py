"""Taylor arithmetic: series of every operation, against mpmath and against nested gradients.

How far a coefficient is off is measured in relation to the largest of itself and its neighbours:
where a coefficient is nearly zero, between others that are not, its digits are not determined by
those of the point.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli
import autodiff_cli.engine as ad
from autodiff_cli.derive.homogeneous import Form, Forms
from autodiff_cli.derive.series import SeriesComputation, expanded
from autodiff_cli.derive.taylor import coefficients, derivatives_along, partials
from autodiff_cli.engine import Function, Operation, Variable, as_variable, grad
from autodiff_cli.engine.recurrences import Series
from autodiff_cli.errors import ComputationError, NoSeriesError
from autodiff_cli.language.parser import parse
from autodiff_cli.limits import Limits
from declaring import registry_restored
from engine.outside import ELEMENTWISE, MP, OTHERS, Case, cases, ordinary_samples, reference

BOUND = 1e-13

X = 0.7


def off(found: Sequence[float], right: Sequence[Any]) -> float:
    """Return the largest error, as is said above."""
    errors = []
    for k, (a, b) in enumerate(zip(found, right, strict=True)):
        scale = max(abs(c) for c in right[max(k - 1, 0) : k + 2])
        errors.append(abs(a - b) / scale if scale else abs(a))
    return float(max(errors))


def series(text: str, at: float, order: int) -> list[float]:
    return autodiff_cli.taylor(text, {"x": at}, order=order).tolist()  # type: ignore[no-any-return]


def nested(y: Variable, t: Variable, order: int) -> list[float]:
    """Return Taylor coefficients from gradients of gradients."""
    found = [float(y)]
    for k in range(1, order + 1):
        (y,) = grad(y, [t], create_graph=True)
        found.append(float(y) / math.factorial(k))
    return found


# --- every operation -----------------------------------------------------------------------------


@cache
def random_direction(op: Operation) -> tuple[float, ...]:
    rng = np.random.default_rng(len(op.name))
    return tuple(rng.choice([0.5, 1.0, -0.75, 1.25], op.arity, replace=False).tolist())


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_of_an_elementwise_operation_to_order_8(op: Operation) -> None:
    samples, direction = ordinary_samples(op), random_direction(op)
    for point in samples.points[:4]:
        xs = [as_variable(float(x)) for x in point]
        y = op.apply(*xs, **samples.params)
        found = expanded(y, dict(zip(xs, direction, strict=True)), 8)
        exact = [MP.mpf(float(x)) for x in point]

        def along(t: Any, exact: list[Any] = exact) -> Any:
            moved = (x + t * MP.mpf(dx) for x, dx in zip(exact, direction, strict=True))
            return reference(op)(*moved, **samples.params)

        right = [MP.diff(along, 0, k) / MP.factorial(k) for k in range(9)]
        # What mpmath's differences leave of a derivative that is zero.
        right = [c if abs(c) > MP.mpf(10) ** -30 else MP.mpf(0) for c in right]
        assert off(found, right) <= BOUND, point


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_of_an_elementwise_operation_by_nested_gradients(op: Operation) -> None:
    samples, direction = ordinary_samples(op), random_direction(op)
    # Of a curve, so that each operation meets series that do not end.
    for point in samples.points[:2]:
        t = as_variable(0.0)
        low = [0.05 * dx for dx in direction]
        curve = [x + h * ad.sin(t * (1.0 + t)) for x, h in zip(point, low, strict=True)]
        y = op.apply(*curve, **samples.params) + 0.0 * t
        assert off(expanded(y, {t: 1.0}, 5), nested(y, t, 5)) <= BOUND, point


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.arity > 1], ids=lambda op: op.name)
def test_of_numbers_beside_arrays(op: Operation) -> None:
    samples = ordinary_samples(op)
    first, *others = (np.array(axis[:2]) for axis in samples.axes)
    for i in range(2):
        # One argument is a number that moves, the others are arrays.
        x = as_variable(float(first[i]))
        found = expanded(op.apply(x, *others), {x: 1.0}, 4)
        assert [np.shape(c) for c in found] == [(2,)] * 5
        for j in range(2):
            alone = expanded(op.apply(x, *(float(other[j]) for other in others)), {x: 1.0}, 4)
            assert [c[j] for c in found] == pytest.approx(alone, rel=1e-14)


def every(op: Operation, most: int = 12) -> list[Case]:
    found = [case for case in cases(op) if any(math.prod(shape) for shape in case.shapes)]
    return found[:: max(1, len(found) // most)]


# The cofactors are internal to det, which has a series by another way.
TENSORS = [case for op in OTHERS if op is not ad.cofactors for case in every(op)]


@pytest.mark.parametrize("case", TENSORS, ids=str)
def test_of_an_operation_on_tensors_by_nested_gradients(case: Case) -> None:
    xs, ds = case.tensors(), case.tensors(seed=1)
    leaves = [Variable(x) for x in xs]
    found = expanded(case(leaves), dict(zip(leaves, ds, strict=True)), 4)
    t = as_variable(0.0)
    y = case([x + t * d for x, d in zip(xs, ds, strict=True)])
    assert all(np.shape(c) == y.shape for c in found)
    assert all(np.shape(c) == () or c.dtype == np.float64 for c in found)
    weights = np.random.default_rng(3).uniform(0.5, 1.0, y.shape)
    right = nested(ad.sum(y * weights), t, 4)
    # A sum of which the terms cancel has no digits.
    size = max(float(np.sum(np.abs(c) * weights)) for c in found)
    for c, b in zip(found, right, strict=True):
        assert abs(np.sum(c * weights) - b) <= BOUND * size


def test_of_all_operations_the_series_have_no_rule_of_their_own() -> None:
    # What a new declaration has to say is its derivative, and nothing else.
    def rule(gy: Any, y: Any, x: Any) -> Any:
        return gy * (2.0 * x * y)

    with registry_restored():
        op = ad.Operation("gaussian", lambda x: np.exp(x * x), rule, doc="", example="")
        x = as_variable(np.array([0.3, -0.4]))
        found = expanded(ad.sum(x * op(x)), {x: np.array([1.0, 0.5])}, 6)
    t = as_variable(0.0)
    u, v = 0.3 + t, -0.4 + 0.5 * t
    assert off(found, nested(u * ad.exp(u * u) + v * ad.exp(v * v), t, 6)) <= BOUND


# --- textbook series -----------------------------------------------------------------------------

N = 41


def tangent(k: int) -> Any:
    # DLMF 4.19.3.
    if k % 2 == 0:
        return 0
    n = (k + 1) // 2
    b = abs(MP.bernoulli(2 * n))
    return MP.mpf(4) ** n * (MP.mpf(4) ** n - 1) * b / MP.factorial(2 * n)


def odd(k: int, c: Any) -> Any:
    return c if k % 2 else 0


TEXTBOOK = {
    "exp(x)": lambda k: 1 / MP.factorial(k),
    "sin(x)": lambda k: odd(k, (-1) ** (k // 2) / MP.factorial(k)),
    "cosh(x)": lambda k: odd(k + 1, 1 / MP.factorial(k)),
    "tan(x)": tangent,
    "tanh(x)": lambda k: (-1) ** (k // 2) * tangent(k),
    "1/(1 - x)": lambda k: MP.mpf(1),
    "1/(1 + x)**3": lambda k: (-1) ** k * MP.binomial(k + 2, 2),
    "1/(1 + x**2)": lambda k: odd(k + 1, MP.mpf((-1) ** (k // 2))),
    "log(1 + x)": lambda k: (-1) ** (k + 1) / MP.mpf(k) if k else 0,
    "atan(x)": lambda k: odd(k, (-1) ** (k // 2) / MP.mpf(k)) if k else 0,
    "atanh(x)": lambda k: odd(k, 1 / MP.mpf(k)) if k else 0,
    "asin(x)": lambda k: (
        odd(k, MP.binomial(k - 1, k // 2) / (MP.mpf(4) ** (k // 2) * k)) if k else 0
    ),
    "sqrt(1 + x)": lambda k: MP.binomial(MP.mpf(1) / 2, k),
    "(1 + x)**0.5": lambda k: MP.binomial(MP.mpf(1) / 2, k),
    "(1 + x)**10.5": lambda k: MP.binomial(MP.mpf(21) / 2, k),
    "(1 + x)**-2.25": lambda k: MP.binomial(MP.mpf(-9) / 4, k),
    "cbrt(1 + x)": lambda k: MP.binomial(MP.mpf(0.1) / MP.mpf(0.3), k),
    "(1 + x)**30": lambda k: MP.binomial(30, k),
    "exp(x)/(1 - x)": lambda k: MP.nsum(lambda j: 1 / MP.factorial(j), [0, k]),
    "(1 - sqrt(1 - 4*x))/2": lambda k: MP.binomial(2 * k - 2, k - 1) / k if k else 0,
    "x/(1 - x - x**2)": lambda k: MP.mpf(mpmath.libmp.ifib(k)),
    "erf(x)": lambda k: odd(
        k, 2 / MP.sqrt(MP.pi) * (-1) ** (k // 2) / MP.mpf(max(k, 1)) / MP.factorial(k // 2)
    ),
    "sinc(x)": lambda k: odd(k + 1, (-1) ** (k // 2) / MP.factorial(k + 1)),
    "exp(exp(x) - 1)": lambda k: MP.bell(k) / MP.factorial(k),
}


@pytest.mark.parametrize("text", TEXTBOOK)
def test_of_a_textbook(text: str) -> None:
    right = [TEXTBOOK[text](k) for k in range(N)]
    assert off(series(text, 0.0, N - 1), right) <= BOUND


COMPOSITES = {
    "tanh(x)": "tanh(x)",
    "exp(sin(x))": "exp(sin(x))",
    "x**4 - 2*x**2": "x**4 - 2*x**2",
    "1/(1 + x**2)": "1/(1 + x**2)",
    "sin(x)*exp(-x**2)/(1 + x**2) + log(1 + x**2)*tanh(x)": (
        "sin(x)*exp(-x**2)/(1 + x**2) + log(1 + x**2)*tanh(x)"
    ),
    "(2 + x)**x": "exp(x*log(2 + x))",
    "atan2(x, exp(-x)) + hypot(x, 1)": "atan(x*exp(x)) + sqrt(x**2 + 1)",
    "u = cosh(x/2); u**sin(u)": "cosh(x/2)**sin(cosh(x/2))",
    "sum(softmax([x, x**2, 1])*[1, 2, x])": (
        "(exp(x) + 2*exp(x**2) + x*exp(1))/(exp(x) + exp(x**2) + exp(1))"
    ),
}


def cauchy(source: str, at: float, order: int) -> list[Any]:
    """Return Taylor coefficients by Cauchy's integral over a circle, by the trapezoidal rule."""
    mp = mpmath.MPContext()
    mp.dps = 90
    words = {name: getattr(mp, name) for name in "tanh exp sin log atan sqrt cosh".split()}
    function = eval(f"lambda x: {source}", words)
    # The error is that of a power: the radius over the distance to a singularity, to the points.
    points, radius = 200, mp.mpf(1) / 8
    roots = mp.unitroots(points)
    values = [function(mp.mpf(at) + radius * w) for w in roots]
    sums = (
        mp.fdot(values, [roots[-j * k % points] for j in range(points)]) for k in range(order + 1)
    )
    found = [mp.re(c) / points / radius**k for k, c in enumerate(sums)]
    return [c if abs(c) > mp.mpf(10) ** -35 else mp.mpf(0) for c in found]


@pytest.mark.parametrize("text", COMPOSITES)
@pytest.mark.parametrize("at", [0.0, X, 2.0])
def test_of_order_50(text: str, at: float) -> None:
    # A power of varying exponent is small where the terms that make it are not.
    bound = 100 * BOUND if text in ("(2 + x)**x", "u = cosh(x/2); u**sin(u)") else BOUND
    assert off(series(text, at, 50), cauchy(COMPOSITES[text], at, 50)) <= bound


# --- powers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(7))
def test_a_whole_power_goes_through_zero(n: int) -> None:
    assert series(f"x**{n}", 0.0, 8) == [float(k == n) for k in range(9)]
    assert series(f"x**{n}", -1.0, 8) == [
        (-1.0) ** (n - k) * math.comb(n, k) if k <= n else 0.0 for k in range(9)
    ]
    assert series(f"sin(x)**{n}*0 + (x - x**2)**{n}", 0.0, 2 * n)[: n + 1] == [
        float(k == n) for k in range(n + 1)
    ]


def test_a_tiny_base_keeps_its_digits() -> None:
    # The recurrence of powers would divide 0 by 0.
    assert series("x**5", 1e-100, 6)[5] == 1.0
    assert series("x**2.5", 1e-200, 3) == pytest.approx(
        [0.0, 2.5e-300, 1.875e-100, 0.3125e100], rel=1e-14
    )


def test_poles_and_branch_points_follow_ieee() -> None:
    inf = math.inf
    assert series("x**1.5", 0.0, 3) == [0.0, 0.0, inf, -inf]
    assert series("sqrt(x)", 0.0, 2) == [0.0, inf, -inf]
    assert series("1/x", 0.0, 2) == [inf, -inf, inf]
    assert series("x**-2", 0.0, 2) == [inf, -inf, inf]
    assert np.isnan(series("log(x)", -1.0, 0)[0])
    assert series("exp(1000*x)", 1.0, 2) == [inf] * 3


# --- choices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "where(x >= 1, x**3, sqrt(x - 1))",
        "abs(x)*x + floor(x)*x + sign(x)",
        "max(x, x**2) + min(x, 3) + relu(x)",
        "clip(x, 0, 1)*x + x % 2",
        "max([x, x**2, 1])*exp(x)",
        "norm([x, 2*x - 2, x**2])",
        "hypot(x - 1, x**2 - 1)*x",
    ],
)
@pytest.mark.parametrize("at", [1.0, 1.5, -0.5])
def test_choices_are_made_at_the_point(text: str, at: float) -> None:
    for order in range(1, 5):
        by_series, by_graph = (
            float(autodiff_cli.grad(text, {"x": at}, order=order, method=method)["x"])
            for method in ("taylor", "graph")
        )
        assert by_series == pytest.approx(by_graph, rel=1e-13, abs=1e-13, nan_ok=True)


def test_a_branch_that_was_not_taken_is_not_computed() -> None:
    assert series("where(x > 0, x**2, det([[x, x**2], [x, x**2]]))", 3.0, 2) == [9.0, 6.0, 1.0]


# --- directions ----------------------------------------------------------------------------------


def test_along_a_direction() -> None:
    text, at = "exp(x*y)*sin(x + y**2)", {"x": 0.3, "y": 0.8}
    found = autodiff_cli.taylor(text, at, order=7, direction={"x": 1, "y": -2})
    t = as_variable(0.0)
    x, y = 0.3 + t, 0.8 - 2.0 * t
    right = nested(ad.exp(x * y) * ad.sin(x + y * y), t, 7)
    assert off(found.tolist(), right) <= BOUND


def test_along_a_line_through_arrays() -> None:
    at = {"A": [[1.0, 2.0], [3.0, 4.0]], "b": [0.5, -1.0]}
    direction = {"A": [[0.0, 1.0], [-1.0, 0.5]], "b": [1.0, 1.0]}
    found = autodiff_cli.taylor("inv(A) @ sin(b)", at, order=4, direction=direction)
    assert found.shape == (5, 2)
    t = as_variable(0.0)
    a = np.array(at["A"]) + t * np.array(direction["A"])
    b = np.array(at["b"]) + t * np.array(direction["b"])
    for i in range(2):
        y = (ad.inv(a) @ ad.sin(b))[i]
        assert off(found[:, i].tolist(), nested(y, t, 4)) <= BOUND


def test_one_element_is_as_good_as_a_number() -> None:
    assert autodiff_cli.grad("[x**4]", {"x": 2}, order=3)["x"] == 48.0
    assert autodiff_cli.grad("sum(x**4)", {"x": [2]}, order=3)["x"].tolist() == [48.0]
    x = as_variable(2.0)
    y = ad.stack([x**4])
    assert derivatives_along(y, {x: 1.0}, 5) == [16.0, 32.0, 48.0, 48.0, 24.0, 0.0]
    assert partials(y, [x], 2) == {(): 16.0, (0,): 32.0, (0, 0): 48.0}


def test_what_does_not_move_is_constant() -> None:
    assert autodiff_cli.taylor("x**2 + y", {"x": 1, "y": 5}, "x", 3).tolist() == [6, 2, 1, 0]
    assert autodiff_cli.taylor("x*0 + y", {"x": 1, "y": 5}, "x", 1).tolist() == [5, 0]
    x, y = as_variable(1.0), as_variable(2.0)
    assert expanded(y * 3.0, {x: 1.0}, 2) == [6.0, 0.0, 0.0]
    assert expanded(x, {x: 2.5}, 2) == [1.0, 2.5, 0.0]
    assert expanded(x * y, {x: 1.0}, 0) == [2.0]


# --- all partial derivatives ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point", "order"),
    [
        ("exp(x*y)*sin(x + y**2)", (0.5, 0.7), 6),
        ("atan2(y, x)/(1 + x*x + y)", (0.5, 0.7), 5),
        ("x**y", (1.5, 0.7), 5),
        ("x*y*z + exp(x - z)/y", (0.3, 1.2, -0.4), 4),
        ("sqrt(x*y + z**2)", (0.3, 1.2, -0.4), 4),
    ],
)
def test_all_partial_derivatives(text: str, point: tuple[float, ...], order: int) -> None:
    names = "xyz"[: len(point)]
    words = {name: getattr(MP, name) for name in "exp sin sqrt atan2".split()}
    function = eval(f"lambda {', '.join(names)}: {text}", words)
    xs = [as_variable(value, name) for name, value in zip(names, point, strict=True)]
    program = parse(text)
    y = program.run(dict(zip(names, xs, strict=True)))
    found = partials(y, xs, order)
    assert len(found) == math.comb(len(point) + order, order)
    exact = tuple(map(MP.mpf, point))
    for by, value in found.items():
        orders = tuple(by.count(i) for i in range(len(point)))
        right = MP.diff(function, exact, orders) if by else function(*exact)
        assert abs(value - right) <= BOUND * max(abs(right), MP.mpf(10) ** -20), by


def test_partial_derivatives_that_are_zero_are_there() -> None:
    x, y = as_variable(2.0), as_variable(3.0)
    found = partials(x * x + ad.relu(-y), [x, y], 3)
    assert found == {
        (): 4.0, (0,): 4.0, (1,): 0.0, (0, 0): 2.0, (0, 1): 0.0, (1, 1): 0.0,
        (0, 0, 0): 0.0, (0, 0, 1): 0.0, (0, 1, 1): 0.0, (1, 1, 1): 0.0,
    }  # fmt: skip
    assert partials(x * y, [], 2) == {(): 6.0}


def test_forms_multiply_as_polynomials_do() -> None:
    forms = Forms(3)
    a, b, c = (forms.variable(i) for i in range(3))
    square: Form = (a + 2.0 * b - c) * (a + 2.0 * b - c)
    assert square.partials() == {
        (0, 0): 2.0, (0, 1): 4.0, (0, 2): -2.0, (1, 1): 8.0, (1, 2): -4.0, (2, 2): 2.0,
    }  # fmt: skip
    assert (a * 0.0, 0.0 + a, a - 0.0) == (0.0, a, a)
    assert ((0.0 - a) / 2.0).partials() == {(0,): -0.5, (1,): 0.0, (2,): 0.0}


# --- sizes ---------------------------------------------------------------------------------------


def test_a_coefficient_may_be_too_small_for_a_float_and_the_derivative_not() -> None:
    x = as_variable(0.0)
    assert derivatives_along(ad.sin(x), {x: 1.0}, 301)[-1] == pytest.approx(1.0, rel=1e-13)
    found = derivatives_along(ad.exp(x), {x: 1.0}, 1000)
    assert found == pytest.approx([1.0] * 1001, rel=1e-12)
    assert derivatives_along(1.0 / (1.0 - x), {x: 1.0}, 200)[170:172] == [
        pytest.approx(math.factorial(170), rel=1e-13),
        math.inf,
    ]


def made(text: str, order: int) -> list[Series]:
    x = as_variable(X, "x")
    expansion = SeriesComputation(order, Limits())
    with np.errstate(all="ignore"):
        expansion.run(parse(text).run({"x": x}), {x: 1.0})
    return [s for s in expansion.known.values() if s.next]


def test_there_are_as_many_series_for_any_order() -> None:
    text = "exp(sin(x)) + tan(x)*atan(sin(x)) + cos(x)"
    few, many = made(text, 6), made(text, 60)
    assert len(few) == len(many) < 30
    # sin and cos of the same series are so once, whoever asks.
    assert sum(s.op is ad.sin for s in many) == sum(s.op is ad.cos for s in many) == 1
    assert max(len(s.coefficients) for s in many) == 61


def test_where_the_rules_never_close_they_are_asked_for_less_and_less() -> None:
    found = made("lgamma(x**2)", 20)
    towers = [s.needed for s in found if s.op is ad.polygamma]
    assert sorted(towers) == list(range(1, 17 + 1))


def test_a_long_chain_needs_no_recursion() -> None:
    x = as_variable(0.5)
    y = x
    for _ in range(20_000):
        y = y * 0.5 + x
    assert expanded(y, {x: 1.0}, 2) == pytest.approx([1.0, 2.0, 0.0])


def test_nothing_is_left_for_the_garbage_collector() -> None:
    x = as_variable(X)
    y = ad.exp(ad.sin(x)) * ad.tan(x) / (1.0 + x * x) + ad.lgamma(x) ** 2.5
    expanded(y, {x: 1.0}, 10)
    gc.collect()
    gc.disable()
    try:
        expanded(y, {x: 1.0}, 10)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_too_many_coefficients_are_refused() -> None:
    x = as_variable(X)
    with pytest.raises(ComputationError, match="the series get too long"):
        expanded(ad.exp(x), {x: 1.0}, 1000, Limits(elements=1000))
    xs = [as_variable(float(i)) for i in range(30)]
    with pytest.raises(ComputationError, match="so many partial derivatives"):
        partials(ad.sum(ad.stack(xs)), xs, 30)


def test_an_operation_without_a_series_says_so() -> None:
    class Cube(Function):
        def forward(self, x: np.ndarray) -> np.ndarray:
            return x**3

        def backward(self, gy: Variable) -> Variable:
            (x,) = self.inputs
            return 3.0 * x * x * gy

    x = as_variable(2.0)
    with pytest.raises(NoSeriesError, match="`Cube` has no Taylor series"):
        coefficients(Cube()(x), {x: 1.0}, 3)
    # Too large for an expansion in minors.
    singular = ad.broadcast_to(ad.exp(x), (13, 13))
    y = ad.det(singular) * x
    with pytest.raises(NoSeriesError, match="`det` has no Taylor series") as caught:
        coefficients(y, {x: 1.0}, 3)
    assert caught.value.call is y.inputs[0]
    # By graphs there is an answer.
    text = "x*det(ones*exp(x))"
    found = autodiff_cli.grad(text, {"x": 2, "ones": np.ones((13, 13))}, wrt="x", order=2)
    assert found["x"] == pytest.approx(0.0, abs=1e-13)


def test_a_determinant_along_a_curve() -> None:
    t = as_variable(X)
    y = ad.det(ad.stack([ad.stack([t, ad.exp(t)]), ad.stack([ad.sin(t), t * t])]))
    assert off(expanded(y, {t: 1.0}, 6), nested(t**3 - ad.exp(t) * ad.sin(t), t, 6)) <= BOUND


def test_without_recording_there_is_a_series_too() -> None:
    x = as_variable(X)
    y = ad.sin(x)
    with ad.no_grad():
        assert expanded(y, {x: 1.0}, 1) == [math.sin(X), math.cos(X)]
