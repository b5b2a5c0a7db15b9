"""What holds for every operation of the registry, whatever it computes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Operation, Variable, grad, registry
from engine.outside import ELEMENTWISE, Case, cases, example, parts

every_operation = pytest.mark.parametrize("op", registry.values(), ids=registry)


def calls(op: Operation) -> Iterator[tuple[Case, list[np.ndarray]]]:
    """Yield calls of an operation on tensors of many shapes."""
    if op not in ELEMENTWISE:
        yield from ((case, case.tensors()) for case in cases(op))
        return
    params = parts(example(op).call)[1]
    for shapes in (
        [()] * op.arity,
        [(2, 3)] * op.arity,
        [(3,), (2, 1), ()][: op.arity],
        [(), (3,), (2, 1)][: op.arity],
        [(0,)] * op.arity,
    ):
        case = Case(op, tuple(shapes), params)
        yield case, case.tensors()


@every_operation
def test_the_default_seed_is_ones(op: Operation) -> None:
    for case, arrays in calls(op):
        xs = [Variable(x) for x in arrays]
        y = case(xs)
        for create_graph in (False, True):
            found = grad(y, xs, create_graph)
            expected = grad(y, xs, create_graph, np.ones(y.shape))
            for g, e, x in zip(found, expected, xs, strict=True):
                assert g.shape == e.shape == x.shape, case
                assert np.array_equal(g.data, e.data), case


@every_operation
def test_values_and_gradients_stay_in_single_precision(op: Operation) -> None:
    for case, arrays in calls(op):
        xs = [Variable(x.astype(np.float32)) for x in arrays]
        y = case(xs)
        # A type that was asked for is what comes out.
        assert y.dtype == case.params.get("dtype", np.float32), case
        for first in (grad(y, xs), grad(y, xs, create_graph=True)):
            assert {g.dtype for g in first} == {np.dtype(np.float32)}, case
            assert {g.dtype for g in grad(first[0], xs)} == {np.dtype(np.float32)}, case


@every_operation
def test_gradients_share_no_memory(op: Operation) -> None:
    for case, arrays in calls(op):
        xs = [Variable(x) for x in arrays]
        y = case(xs)
        gy = np.ones(y.shape)
        owned = [g.data for g in grad(y, xs, gy=gy)]
        others = [*arrays, y.data, gy]
        for i, array in enumerate(owned):
            assert array.flags.writeable, case
            assert not any(np.shares_memory(array, o) for o in (*others, *owned[:i])), case


@every_operation
@pytest.mark.parametrize("create_graph", [False, True], ids=["values", "graph"])
def test_nothing_in_a_branch_that_was_not_taken_counts(op: Operation, create_graph: bool) -> None:
    for case, arrays in calls(op):
        us = [Variable(x) for x in arrays]
        # The same numbers, by a way of slope 0 * inf.
        xs = [u + 0.0 * ad.sqrt(u - u) for u in us]
        y = ad.where(0.0, case(xs), 1.0)
        for g in grad(y, us, create_graph):
            assert np.array_equal(g.data, np.zeros(g.shape)), case


@every_operation
def test_arguments_are_not_changed(op: Operation) -> None:
    for case, arrays in calls(op):
        before = [x.copy() for x in arrays]
        xs = [Variable(x) for x in arrays]
        y = case(xs)
        value = y.data.copy()
        gy = np.full(y.shape, 0.5)
        grad(grad(y, xs, create_graph=True, gy=gy)[0], xs)
        assert np.array_equal(y.data, value, equal_nan=True), case
        assert (gy == 0.5).all(), case
        for x, b in zip(arrays, before, strict=True):
            assert np.array_equal(x, b), case
