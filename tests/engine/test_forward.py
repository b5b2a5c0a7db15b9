"""Forward mode and calls that are made once: derivatives of any order in one graph."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import (
    Derivatives,
    Function,
    Operation,
    Variable,
    as_variable,
    derivative,
    grad,
    sharing,
)
from autodiff_cli.engine.variable import reachable
from engine.outside import ELEMENTWISE, MP, OTHERS, Case, cases, ordinary_samples, reference

BOUND = 1e-13

# --- every operation, from its declaration -------------------------------------------------------


def bent(point: Any, t: Any, sin: Callable[[Any], Any]) -> list[Any]:
    """Return arguments that move along a curve through a point, each at a speed of its own."""
    return [x + (k + 1) * 0.0625 * sin(t * (1 + t)) for k, x in enumerate(point)]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_of_an_elementwise_operation_to_order_4(op: Operation) -> None:
    samples = ordinary_samples(op)
    function = reference(op)
    for point in samples.points[:2]:
        t = as_variable(0.0)
        y = as_variable(op.apply(*bent(point, t, ad.sin), **samples.params))
        exact = [MP.mpf(x) for x in point]

        def along(s: Any, exact: Any = exact) -> Any:
            return function(*bent(exact, s, MP.sin), **samples.params)

        right = [MP.diff(along, 0, k) for k in range(1, 5)]
        size = max(abs(d) for d in right)
        for k, d in enumerate(right, 1):
            assert abs(derivative(y, [t] * k).data - d) <= BOUND * size, (point, k)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_the_graph_of_an_elementwise_operation_grows_polynomially(op: Operation) -> None:
    t = as_variable(0.0)
    samples = ordinary_samples(op)
    y = op.apply(*bent(samples.points[0], t, ad.sin), **samples.params)
    derivatives, counts = Derivatives(), []
    for _ in range(16):
        y = derivatives.of(as_variable(y), t)
        counts.append(derivatives.calls.count)
    # With the fourth power of the order at most; nested sweeps at least double with each.
    assert counts[15] <= 2**4 * counts[7]


def some(op: Operation, most: int = 6) -> list[Case]:
    found = [case for case in cases(op) if any(math.prod(shape) for shape in case.shapes)]
    return found[:: max(1, len(found) // most)]


@pytest.mark.parametrize("case", [c for op in OTHERS for c in some(op)], ids=str)
def test_of_an_operation_on_tensors_by_nested_gradients(case: Case) -> None:
    xs, ds = case.tensors(), case.tensors(seed=1)
    t = as_variable(0.0)
    y = case([x + ad.sin(t) * d for x, d in zip(xs, ds, strict=True)])
    weights = np.random.default_rng(3).uniform(0.5, 1.0, y.shape)
    summed = ad.sum(y * weights)
    derivatives, nested = Derivatives(), summed
    for _ in range(3):
        (nested,) = grad(nested, [t], create_graph=True)
        y, summed = derivatives.of(y, t), derivatives.of(summed, t)
        assert y.shape == weights.shape
        # A sum of which the terms cancel has no digits.
        size = max(1.0, float(np.sum(np.abs(y.data) * weights)))
        assert abs(float(summed) - float(nested)) <= BOUND * size
        assert abs(np.sum(y.data * weights) - float(nested)) <= BOUND * size


# --- against the literature ----------------------------------------------------------------------

POINT = 0.7

COMPOSITE = "log(1+exp(sin(x**2)))*tanh(x)/(1+x**2)"


def composite(x: Any, words: Any) -> Any:
    return words.log(1 + words.exp(words.sin(x**2))) * words.tanh(x) / (1 + x**2)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, words: words.tanh(x),
        lambda x, words: words.exp(words.sin(x)),
        lambda x, words: x**4 - 2 * x**2,
        lambda x, words: 1 / (1 + x**2),
        composite,
    ],
    ids=["tanh", "exp_sin", "polynomial", "lorentz", "composite"],
)
def test_of_order_12_to_twelve_digits(function: Callable[[Any, Any], Any]) -> None:
    with mpmath.workdps(60):
        exact = mpmath.taylor(lambda x: function(x, mpmath), mpmath.mpf(POINT), 12)
        right = [c * mpmath.factorial(k) for k, c in enumerate(exact)]
        x = as_variable(POINT)
        y, derivatives = function(x, ad), Derivatives()
        for wanted in right[1:]:
            y = derivatives.of(y, x)
            # Below that is what mpmath's differences leave of 0.
            tiny = abs(wanted) < mpmath.mpf(10) ** -30
            assert abs(y.data - wanted) <= (0 if tiny else 1e-12 * abs(wanted)) + tiny * 1e-30


def test_the_numbers_of_the_mission() -> None:
    x = as_variable(2.0)
    y = x**4 - 2 * x**2
    assert [float(derivative(y, [x] * n)) for n in range(7)] == [8, 24, 44, 48, 24, 0, 0]


def test_a_polynomial_ends() -> None:
    x = as_variable(POINT)
    assert reachable([derivative(x**4 - 2 * x**2, [x] * 4)]) == []


def test_a_derivative_is_a_graph_that_can_be_swept() -> None:
    x = as_variable(POINT)
    third = derivative(ad.sin(x * x), [x] * 3)
    (fourth,) = grad(third, [x])
    with mpmath.workdps(40):
        right = mpmath.diff(lambda s: mpmath.sin(s * s), mpmath.mpf(POINT), 4)
    assert abs(fourth.data - right) <= BOUND * abs(right)


def test_mixed_derivatives_do_not_depend_on_the_order_of_the_variables() -> None:
    x, z = as_variable(0.3), as_variable(-1.2)
    y = ad.exp(x * z) / (1 + z**2)
    ways = [derivative(y, by) for by in ([x, x, z], [x, z, x], [z, x, x])]
    with mpmath.workdps(40):
        right = mpmath.diff(
            lambda a, b: mpmath.exp(a * b) / (1 + b**2), (mpmath.mpf(0.3), mpmath.mpf(-1.2)), (2, 1)
        )
    for way in ways:
        assert abs(way.data - right) <= BOUND * abs(right)


def test_what_does_not_depend_on_it_has_the_derivative_zero_in_its_shape() -> None:
    x, a = as_variable(1.0), Variable(np.ones((2, 3)))
    found = derivative(a * 2.0, [x])
    assert found.shape == (2, 3)
    assert not found.data.any()
    assert float(derivative(as_variable(3.0), [x, x])) == 0.0


def test_it_is_by_scalars() -> None:
    a = Variable(np.ones(3))
    with pytest.raises(ValueError, match=r"by a scalar, not by a Variable of shape \(3,\)"):
        derivative(ad.sum(a * a), [a])


# --- branches ------------------------------------------------------------------------------------


def test_a_branch_that_was_not_taken_leaves_no_trace() -> None:
    x = as_variable(1.0)
    y = ad.where(x >= 0, x**3, ad.sqrt(-x))
    assert [float(derivative(y, [x] * n)) for n in (1, 2, 3, 4)] == [3, 6, 6, 0]


def test_elements_that_are_not_the_greatest_leave_no_trace() -> None:
    x = as_variable(0.0)
    # The others have an infinite slope here.
    y = ad.max(ad.stack([x * x + 2.0, ad.sqrt(x), ad.cbrt(x)]))
    assert [float(derivative(y, [x] * n)) for n in (1, 2, 3)] == [0, 2, 0]


@pytest.mark.parametrize(("at", "right"), [(-2.0, (-1, 0)), (0.0, (0, 0)), (2.0, (1, 0))])
def test_kinks_are_as_in_reverse_mode(at: float, right: tuple[int, int]) -> None:
    x = as_variable(at)
    y = ad.abs(x)
    assert tuple(float(derivative(y, [x] * n)) for n in (1, 2)) == right


def test_both_branches_of_a_choice_are_one_choice() -> None:
    x = as_variable(1.0)
    slope = derivative(ad.where(x > 0, ad.sin(x), ad.cos(x)), [x])
    assert [v.operation.name for v in reachable([slope])].count("where") == 1  # type: ignore[union-attr]


# --- functions of one's own ----------------------------------------------------------------------


class Polar(Function):
    def forward(self, r: Any, t: Any) -> Any:
        return r * np.cos(t), r * np.sin(t)

    def backward(self, gx: Any, gy: Any) -> Any:
        r, t = self.inputs
        c, s = ad.cos(t), ad.sin(t)
        return gx * c + gy * s, r * (gy * c - gx * s)


@pytest.mark.parametrize("output", [0, 1])
def test_through_a_function_of_ones_own_with_two_outputs(output: int) -> None:
    r, t = as_variable(1.5), as_variable(0.4)
    y = Polar()(r * r, t * r)[output]
    with mpmath.workdps(40):
        word = (mpmath.cos, mpmath.sin)[output]
        at = (mpmath.mpf(1.5), mpmath.mpf(0.4))
        right = mpmath.diff(lambda a, b: a * a * word(b * a), at, (2, 1))
    assert abs(derivative(y, [r, t, r]).data - right) <= BOUND * abs(right)


# --- calls that are made once --------------------------------------------------------------------


def test_equal_calls_are_one_variable() -> None:
    x, z = as_variable(0.5), as_variable(0.5)
    with sharing():
        assert ad.sin(x) is ad.sin(x)
        assert x * z is x * z is z * x
        assert ad.stack([x, z, x]) is ad.stack([x, z, x])
        assert ad.sum(ad.stack([x, z]), axis=0) is ad.sum(ad.stack([x, z]), axis=0)
    assert ad.sin(x) is not ad.sin(x)


def test_calls_that_differ_are_not() -> None:
    x, z = as_variable(0.5), as_variable(0.5)
    a = Variable(np.arange(4.0).reshape(2, 2))
    with sharing():
        assert ad.sin(x) is not ad.sin(z)
        assert x - z is not z - x
        assert x**2.0 is not x**3.0
        assert ad.sum(a, axis=0) is not ad.sum(a, axis=1)
        assert ad.sum(a, axis=0) is not ad.sum(a, axis=0, keepdims=True)
        assert a[0] is not a[1]
        assert a[0, :] is not a[:, 0]
        assert a * np.ones(2) is not a * np.ones((2, 1))
        # Zeros of either sign are equal, but what is divided by them is not.
        assert float(1.0 / (x * 0.0)) == math.inf
        assert float(1.0 / (x * -0.0)) == -math.inf


@pytest.mark.parametrize("call", [lambda x: x + 0, lambda x: 0 + x, lambda x: x - 0])
def test_what_adds_nothing_is_left_out(call: Callable[[Variable], Variable]) -> None:
    for x in (as_variable(0.5), Variable(np.ones(3))):
        with sharing() as calls:
            assert call(x) is x
        assert calls.count == 0
        assert call(x) is not x


@pytest.mark.parametrize(
    "call", [lambda x: x * 1, lambda x: 1 * x, lambda x: x / 1, lambda x: x**1]
)
def test_what_multiplies_by_one_is_left_out(call: Callable[[Variable], Variable]) -> None:
    for x in (as_variable(0.5), Variable(np.ones(3))):
        with sharing():
            assert call(x) is x


def test_what_only_looks_as_if_it_did_nothing_is_made() -> None:
    x = as_variable(0.5)
    with sharing():
        assert (0 - x) is not x
        assert (1 / x) is not x
        # It gives the number a shape.
        assert (x + np.zeros(3)).shape == (3,)
        assert (x * np.ones((1, 2))).shape == (1, 2)


def test_a_function_and_its_derivative_share_what_both_need() -> None:
    x = as_variable(POINT)
    y = ad.exp(ad.tanh(x))
    slope = derivative(y, [x])
    names = [v.operation.name for v in reachable([slope])]  # type: ignore[union-attr]
    assert sorted(names) == ["exp", "mul", "sech_squared", "tanh"]
    assert y in reachable([slope])


def test_without_recording_nothing_is_shared_and_afterwards_it_is_again() -> None:
    x = as_variable(0.5)
    with sharing() as calls:
        with ad.no_grad():
            assert ad.sin(x).creator is None
        assert calls.count == 0
        with ad.using_config("enable_backprop", True):
            assert ad.sin(x) is ad.sin(x)
        assert ad.Config.enable_backprop is True
        assert calls.count == 1


def test_it_ends_with_the_block_however_that_ends() -> None:
    x = as_variable(0.5)
    with pytest.raises(KeyError), sharing():
        raise KeyError
    assert ad.sin(x) is not ad.sin(x)
    assert ad.Config.enable_backprop is True


def test_a_block_may_go_on_with_the_calls_of_another() -> None:
    x = as_variable(0.5)
    with sharing() as calls:
        y = ad.sin(x)
    with sharing(calls):
        assert ad.sin(x) is y
    with sharing():
        assert ad.sin(x) is not y


def test_reverse_mode_shares_too() -> None:
    x = as_variable(0.5)
    y = ad.exp(ad.sin(x))
    with sharing():
        (a,), (b,) = (grad(y, [x], create_graph=True) for _ in range(2))
    assert a is b


def test_nothing_is_left_for_the_garbage_collector() -> None:
    def run() -> weakref.ref[Variable]:
        x = as_variable(POINT)
        found = derivative(composite(x, ad), [x] * 6)
        return weakref.ref(found)

    run()
    gc.collect()
    gc.disable()
    try:
        assert run()() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_long_chain_needs_no_recursion() -> None:
    x = as_variable(0.5)
    y = x
    for _ in range(20_000):
        y = y * 0.5 + x
    assert float(derivative(y, [x])) == pytest.approx(2.0, rel=1e-15)
    assert float(derivative(y, [x, x])) == 0.0


# --- zeros that stay zero ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (lambda x: ad.sqrt(ad.relu(x)), -1.0),
        (lambda x: ad.sqrt(ad.where(x > 1, x, 0.0)) * x, 0.5),
        (lambda x: ad.acos(ad.minimum(x, 1.0)) * x**2, 2.0),
        (lambda x: ad.maximum(x, 0.0) ** 1.5, -1.0),
        (lambda x: ad.log(ad.clip(x, 0.0, 1.0)), -1.0),
        (lambda x: 1.0 / ad.maximum(x, 0.0), -1.0),
        (lambda x: x / ad.maximum(x, 0.0) - x / ad.maximum(x, 0.0), 2.0),
        (lambda x: ad.sqrt(ad.max(ad.stack([x, as_variable(0.0)]))), -1.0),
        (lambda x: ad.sqrt(ad.sum(ad.where(ad.stack([x, x]) > 1, ad.stack([x, x]), 0.0))), 0.5),
        (lambda x: ad.sqrt(ad.norm(ad.stack([x, as_variable(0.0)]))), 0.0),
        (lambda x: ad.acos(ad.norm(ad.stack([ad.maximum(x, 0.0), as_variable(1.0)]))), -1.0),
        (lambda x: ad.acos(ad.det(ad.stack([ad.stack([ad.maximum(x, 1.0)])]))), 0.5),
        (lambda x: ad.cbrt(ad.concatenate([ad.stack([x]) * 0.0, [0.0]])[1]) + x**3 / 6, 0.0),
    ],
)
def test_a_choice_against_it_is_not_undone_by_an_infinite_slope(
    function: Callable[[Variable], Variable], at: float
) -> None:
    x = as_variable(at)
    (nested,) = grad(function(x), [x])
    assert float(nested) == 0.0
    if at:
        assert [float(derivative(function(x), [x] * n)) for n in (1, 2, 3)] == [0, 0, 0]
    assert float(ad.jvp(function(x), [x], [1.0])) == 0.0


def test_one_side_of_a_quotient_may_be_out_of_it() -> None:
    x = as_variable(-1.0)
    # Of x**2/1 at every x below 1.
    y = x**2 / ad.maximum(x, 1.0)
    assert [float(derivative(y, [x] * n)) for n in (1, 2, 3)] == [-2, 2, 0]


# --- dtypes, and what belongs to whom ------------------------------------------------------------


def test_derivatives_are_of_the_type_of_the_variable() -> None:
    x = Variable(np.array(1.5, np.float32))
    for y in (2 * x, x / 2, x * x, x**3, ad.sin(x)):
        for order in (1, 2, 3):
            assert derivative(y, [x] * order).dtype == np.float32
    n = Variable(np.array(3))
    assert derivative(as_variable(2.0) * n * n, [n]).dtype == np.float64


def test_what_changes_the_type_is_made() -> None:
    n = Variable(np.array([1, 2, 3]))
    with sharing():
        assert (n * 1.0).dtype == np.float64
        assert (n + 0.0).dtype == np.float64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([0, 1], (0, 1)),
        ([[0, 1], [1, 0]], ([0, 1], [1, 0])),
        ([0], (0,)),
        (1, True),
        ([True, False, True], [1, 0, 1]),
        (slice(1, None), slice(None, 1)),
        (np.array([0, 1]), np.array([0.0, 1.0]).astype(int).reshape(2, 1)),
    ],
)
def test_indices_that_are_equal_but_not_the_same(one: Any, other: Any) -> None:
    a = Variable(np.arange(9.0).reshape(3, 3))
    with sharing():
        for index in (one, other):
            np.testing.assert_array_equal(a[index].data, a.data[index])


def test_bounds_of_a_slice_may_be_arrays() -> None:
    a = Variable(np.arange(3.0))
    with sharing():
        np.testing.assert_array_equal(a[np.array(1) :].data, [1.0, 2.0])


def test_setting_the_switch_for_good_does_not_end_sharing() -> None:
    x = as_variable(0.5)
    with sharing():
        ad.Config.enable_backprop = True
        assert ad.sin(x) is ad.sin(x)
    assert ad.sin(x) is not ad.sin(x)


# --- products with a vector ----------------------------------------------------------------------


class Square(Function):
    def forward(self, x: Any) -> Any:
        return x**2

    def backward(self, gy: Any) -> Any:
        return 2.0 * self.inputs[0] * gy


class Step(Function):
    def forward(self, x: Any) -> Any:
        return np.sign(x)

    def backward(self, gy: Any) -> Any:
        return 0.0 * self.inputs[0]


class Wrong(Function):
    def forward(self, x: Any) -> Any:
        return x**2

    def backward(self, gy: Any) -> Any:
        return as_variable(1.0)


@pytest.mark.parametrize("create_graph", [False, True])
def test_jvp_through_functions_of_ones_own(create_graph: bool) -> None:
    x = as_variable(3.0)
    found = ad.jvp(Square()(x), [x], [1.0], create_graph)
    assert float(found) == 6.0
    assert bool(reachable([found])) is create_graph
    # Its rule says 0, whatever the adjoint is.
    assert float(ad.jvp(Step()(x) * x * x, [x], [1.0], create_graph)) == 6.0
    r, t = as_variable(2.0), as_variable(0.0)
    assert float(ad.jvp(Polar()(r, t)[1], [r, t], [1.0, 1.0], create_graph)) == 2.0
    a = Variable(np.ones(3))
    with pytest.raises(ValueError, match=r"Wrong.backward returned an adjoint of shape \(\)"):
        ad.jvp(Wrong()(a), [a], [np.ones(3)], create_graph)


def test_jvp_without_a_graph_leaves_none() -> None:
    x = Variable(np.array([1.0, 3.0, 2.0]))
    for y in (ad.sin(x), ad.max(x), ad.prod(x), ad.softmax(x), ad.sum(x)):
        assert reachable([ad.jvp(y, [x], [np.ones(3)])]) == []
