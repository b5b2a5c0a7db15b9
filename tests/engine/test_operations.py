"""Every operation of the registry, driven by its declaration: nothing here is about one of them.

How exact elementwise operations are is the business of `test_accuracy`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff_cli.engine as ad
from autodiff_cli.engine import Operation, Variable, grad, operations, registry
from engine.outside import (
    ELEMENTWISE,
    MP,
    OTHERS,
    Case,
    apply,
    called,
    cases,
    domain,
    evaluate,
    evaluate_outside,
    example,
    example_case,
    ordinary_samples,
    parts,
    reference,
)

every_operation = pytest.mark.parametrize("op", registry.values(), ids=registry)
every_elementwise = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
every_case = pytest.mark.parametrize("case", [c for op in OTHERS for c in cases(op)], ids=str)
few = settings(max_examples=15, deadline=None, derandomize=True, database=None)


# --- declarations --------------------------------------------------------------------------------


@every_operation
def test_a_declaration_is_complete(op: Operation) -> None:
    metadata = op.metadata
    assert metadata.doc == metadata.doc.strip() != ""
    assert "\n" not in metadata.doc
    assert op.__doc__ == metadata.doc
    assert getattr(ad, op.name) is op
    assert op.name in ad.__all__
    for name in (op.name, *metadata.aliases):
        assert operations()[name] is op
        assert name.isidentifier()
    assert len(metadata.domain) in (1, op.arity)
    assert all(low < high for low, high in metadata.domain)
    (low, high), *_ = metadata.domain
    places = (*metadata.kinks, *metadata.jumps)
    assert all(callable(place) or (op.arity == 1 and low < place < high) for place in places)


@every_operation
def test_an_example_shows_its_operation_and_is_right(op: Operation) -> None:
    call, _, value = example(op)
    assert called(call) in (op, None)
    expected = np.array(evaluate(example_value(value)), float)
    tensors, params = parts(call)
    for lift in (lambda x: x, lambda x: Variable(np.array(x, float))):
        y = apply(op, [lift(evaluate(tensor)) for tensor in tensors], params)
        data = np.asarray(y.data if isinstance(y, Variable) else y)
        assert data.shape == expected.shape
        # The value is exact; 1e-15 is the rounding of arguments, constants and result.
        assert data == pytest.approx(expected, rel=1e-15, abs=0.0)


def example_value(text: str) -> Any:
    return example(_Declared(f"{text} = 0")).call  # type: ignore[arg-type]


class _Declared:
    """As much of an operation as `example` reads."""

    def __init__(self, text: str) -> None:
        self.metadata = self
        self.example = text


@every_elementwise
def test_the_value_of_an_example_is_that_of_mpmath(op: Operation) -> None:
    call, source, value = example(op)
    exact = evaluate_outside(call, source)
    stated = MP.mpf(value)
    digits = value.lstrip("-0.").split("e")[0].replace(".", "")
    # Right to half a unit in the last place that is stated, which is beyond those of a float.
    assert stated == exact or len(digits) >= 17
    assert abs(stated - exact) <= abs(exact) * MP.mpf(10) ** (1 - len(digits)) / 2


# --- values on the edge --------------------------------------------------------------------------

EDGES = (0.0, -0.0, 0.5, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324)


def orders(y: Variable, xs: Sequence[Variable], count: int) -> list[Variable]:
    """Return ``y`` and its derivatives with respect to each of ``xs``, and so on."""
    found, latest = [y], [y]
    for _ in range(count):
        latest = [g for v in latest for g in grad(v, xs, create_graph=True)]
        found += latest
    return found


@every_elementwise
def test_floats_and_arrays_agree_where_there_is_no_ordinary_answer(op: Operation) -> None:
    points = list(product(EDGES, repeat=op.arity))
    with np.errstate(all="raise"):
        columns = [Variable(np.array(column)) for column in zip(*points, strict=True)]
        of_arrays = np.array([v.data for v in orders(op(*columns), columns, 2)])
        of_floats = []
        for point in points:
            xs = [Variable(np.array(x)) for x in point]
            of_floats.append([float(v) for v in orders(op(*xs), xs, 2)])
            # As a graph the slope of x**y is y * x**(y-1), which at (0, 0) is not a number.
            for g, h in zip(grad(op(*xs), xs), of_floats[-1][1:], strict=False):
                assert np.isnan(h) or float(g) == h, point
    for point, ours, theirs in zip(points, of_floats, of_arrays.T, strict=True):
        # libm and NumPy may round a last digit differently.
        assert ours == pytest.approx(theirs, rel=1e-14, abs=0.0, nan_ok=True), point


@every_elementwise
def test_plain_values_give_plain_values(op: Operation) -> None:
    at = [0.5 * (max(low, -2.0) + min(high, 3.0)) + 0.25 for low, high in domain(op)]
    wanted = op(*(Variable(np.array(x)) for x in at))
    value = op(*at)
    assert type(value) is float
    assert value == wanted.data
    array = op(*(np.full(2, x) for x in at))
    assert type(array) is np.ndarray
    assert array == pytest.approx(value, rel=1e-15, abs=0.0)


@pytest.mark.parametrize(
    ("op", "kink"), [(op, kink) for op in ELEMENTWISE for kink in op.metadata.kinks]
)
def test_at_a_kink_derivatives_are_between_the_one_sided_ones(op: Operation, kink: Any) -> None:
    # A kink is a number, or a function that is zero there: one of slope 1 in the first argument,
    # or else at the origin.
    point = list(ordinary_samples(op).points[0])
    point[0] = point[0] - kink(*point) if callable(kink) else kink
    if callable(kink) and kink(*point) != 0.0:
        point = [0.0] * op.arity
        assert kink(*point) == 0.0
    for lift in (np.array, lambda value: np.array([value])):
        xs = [Variable(lift(value)) for value in point]
        found = orders(op(*xs), xs, 2)
        assert all(np.isfinite(v.data).all() for v in found)
        for i, g in enumerate(found[1 : op.arity + 1]):
            at = [MP.mpf(value) for value in point]
            along = lambda t, i=i, at=at: reference(op)(*at[:i], t, *at[i + 1 :])  # noqa: E731
            sides = [float(MP.diff(along, at[i], direction=side)) for side in (-1, 1)]
            assert min(sides) <= g.data.item() <= max(sides)


# --- tensors -------------------------------------------------------------------------------------


def variables(arrays: Sequence[np.ndarray]) -> list[Variable]:
    return [Variable(array) for array in arrays]


def weights(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).uniform(-1.0, 1.0, shape))


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    return float(sum(np.sum(np.asarray(x) * np.asarray(y)) for x, y in zip(a, b, strict=True)))


def norm(a: Sequence[Any]) -> float:
    return math.sqrt(inner(a, a))


def slope(function: Callable[[float], Any]) -> Any:
    """Return the derivative at 0 by central differences, good to some 11 digits."""
    h = 2e-4
    return (8 * (function(h) - function(-h)) - (function(2 * h) - function(-2 * h))) / (12 * h)


def moved(xs: Sequence[np.ndarray], vs: Sequence[np.ndarray], t: float) -> list[np.ndarray]:
    return [np.asarray(x + t * v) for x, v in zip(xs, vs, strict=True)]


@every_case
def test_a_value_is_that_of_numpy(case: Case) -> None:
    xs = case.tensors()
    expected = case.forward(xs)
    y = case(variables(xs))
    assert y.shape == expected.shape
    assert np.array_equal(y.data, expected, equal_nan=True)
    assert np.array_equal(np.asarray(case(xs)), expected, equal_nan=True)


@every_case
def test_adjoints_fit_numeric_derivatives(case: Case) -> None:
    xs, vs = case.tensors(), case.tensors(seed=1)
    leaves = variables(xs)
    y = case(leaves)
    gy = weights(y.shape, seed=2)
    gxs = grad(y, leaves, gy=gy)
    assert [gx.shape for gx in gxs] == [x.shape for x in xs]
    if not any(x.size for x in xs):
        return
    jv = slope(lambda t: case.forward(moved(xs, vs, t)))
    tolerance = 1e-8 * norm([gy]) * norm([jv])
    assert inner([gx.data for gx in gxs], vs) == pytest.approx(inner([gy], [jv]), abs=tolerance)
    for i, leaf in enumerate(leaves):
        alone = case([*xs[:i], leaf, *xs[i + 1 :]])
        assert np.array_equal(grad(alone, [leaf], gy=gy)[0].data, gxs[i].data)


@every_case
def test_second_derivatives_fit_numeric_ones(case: Case) -> None:
    xs, vs, us = (case.tensors(seed) for seed in range(3))
    gy, w = (weights(case.forward(xs).shape, seed) for seed in (3, 4))

    def gradient(t: float) -> float:
        leaves = variables(moved(xs, vs, t))
        return inner(us, [g.data for g in grad(case(leaves), leaves, gy=gy + t * w)])

    leaves, gy_leaf = variables(xs), Variable(gy)
    first = grad(case(leaves), leaves, create_graph=True, gy=gy_leaf)
    total = first[0].sum() * 0.0
    for u, g in zip(us, first, strict=True):
        total = total + (u * g).sum()
    second = grad(total, [*leaves, gy_leaf])
    assert [g.shape for g in second] == [x.shape for x in (*xs, gy)]
    if not any(x.size for x in xs):
        return
    scale = norm([g.data for g in second]) * norm([*vs, w])
    found = inner([g.data for g in second], [*vs, w])
    assert found == pytest.approx(slope(gradient), abs=1e-8 * scale)


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_parameters_may_be_given_by_position_or_by_name(op: Operation) -> None:
    case = example_case(op)
    xs = case.tensors()
    if not op.variadic:
        given = [case.params[name] for name in op.statics if name in case.params]
        assert np.array_equal(op(*xs, *given), case(xs))
    with pytest.raises(TypeError):
        apply(op, xs, {"no_such_parameter": 1})


@pytest.mark.parametrize(
    "op", [op for op in registry.values() if op.pairwise], ids=lambda op: op.name
)
def test_a_reduction_of_several_tensors_is_that_of_their_stack(op: Operation) -> None:
    arrays = Case(op, ((2, 3),) * 3, {}).tensors()
    rng = np.random.default_rng(7)
    arrays = [array + rng.uniform(-2.0, 2.0, array.shape) for array in arrays]
    xs, gy = variables(arrays), weights((2, 3), seed=8)
    assert op.pairwise is not None
    y = reduce(op.pairwise, xs)
    assert np.array_equal(y.data, op.forward(np.stack(arrays), axis=0))
    stacked = Variable(np.stack(arrays))
    (expected,) = grad(op(stacked, axis=0), [stacked], gy=gy)
    assert np.array_equal([g.data for g in grad(y, xs, gy=gy)], expected.data)


# --- properties ----------------------------------------------------------------------------------


@st.composite
def calls(draw: st.DrawFn, op: Operation) -> tuple[Case, list[np.ndarray]]:
    if op in ELEMENTWISE:
        shapes = draw(
            hnp.mutually_broadcastable_shapes(
                num_shapes=op.arity, max_dims=2, max_side=3, min_side=0
            )
        )
        case = Case(op, shapes.input_shapes, {})
    else:
        case = draw(st.sampled_from([c for c in cases(op) if math.prod(c.shapes[0]) <= 6]))
    return case, case.tensors(draw(st.integers(0, 10**6)))


def unit_vectors(shape: tuple[int, ...]) -> list[np.ndarray]:
    size = math.prod(shape)
    return list(np.eye(size).reshape(size, *shape))


@every_operation
@few
@given(data=st.data())
def test_adjoints_are_linear_in_that_of_the_output(op: Operation, data: st.DataObject) -> None:
    case, xs = data.draw(calls(op))
    leaves = variables(xs)
    y = case(leaves)
    gy = data.draw(hnp.arrays(float, y.shape, elements=st.floats(-1e3, 1e3, width=32)))
    seeded = grad(y, leaves, gy=gy)
    summed = [np.zeros(x.shape) for x in xs]
    sizes = [np.zeros(x.shape) for x in xs]
    for weight, unit in zip(gy.flat, unit_vectors(y.shape), strict=True):
        for i, g in enumerate(grad(y, leaves, gy=unit)):
            summed[i] += weight * g.data
            sizes[i] += abs(weight * g.data)
    for g, s, size in zip(seeded, summed, sizes, strict=True):
        # What is left is the rounding of a dozen terms, which cancel or not.
        assert g.data == pytest.approx(s, rel=0.0, abs=1e-14 * size.max(initial=0.0))


@pytest.mark.parametrize(
    "op", [op for op in registry.values() if op.arity > 1 or op in OTHERS], ids=lambda op: op.name
)
@few
@given(data=st.data())
def test_mixed_second_derivatives_are_symmetric(op: Operation, data: st.DataObject) -> None:
    case, xs = data.draw(calls(op))
    leaves = variables(xs)
    y = case(leaves)
    first = grad(y, leaves, create_graph=True, gy=weights(y.shape, seed=5))
    rows = [
        np.concatenate([h.data.ravel() for h in grad(g, leaves, gy=unit)])
        for g in first
        for unit in unit_vectors(g.shape)
    ]
    hessian = np.array(rows).reshape(len(rows), len(rows))
    # Either order of differentiation rounds in its own way.
    assert hessian == pytest.approx(hessian.T, rel=1e-12, abs=1e-14 * abs(hessian).max(initial=0.0))
