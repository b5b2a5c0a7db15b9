"""Every operation of the registry as NumPy and as C spell it, against the engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from autodiff_cli.emit.source import c as c_source
from autodiff_cli.engine import Operation, Variable, as_variable, grad, registry
from autodiff_cli.errors import ComputationError
from autodiff_cli.graph.straight_line import StraightLine, linearize
from emit.exported import Numbers, c_functions, check, needs_compiler, python_function
from engine.outside import (
    ELEMENTWISE,
    OTHERS,
    Case,
    apply,
    cases,
    example,
    extreme_samples,
    ordinary_samples,
    parts,
)

# C99 has none of these.
NOT_IN_C = {op.name for op in ELEMENTWISE if "special." in op.metadata.numpy or op.metadata.leading}
NOT_IN_C |= {"trigamma"}
IN_C = [op for op in ELEMENTWISE if op.name not in NOT_IN_C]

# CPython has gamma functions of its own; neither these nor C's are exact to the last bits.
ROUGH = ("gamma", "lgamma")

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e308]


def points(op: Operation) -> list[tuple[float, ...]]:
    found = [*ordinary_samples(op).points, *extreme_samples(op).points]
    special = SPECIAL if op.arity < 3 else SPECIAL[:4]
    return [*found, *itertools.product(special, repeat=op.arity)]


@cache
def exported(op: Operation, order: int = 1) -> StraightLine:
    """Return an operation, and its first derivatives as far as C can have them, as code."""
    params = parts(example(op).call)[1]
    xs = [as_variable(np.nan, f"x{i}") for i in range(op.arity)]
    y = op(*xs, **params)
    groups: list[Any] = [("value", {"f": y}, 0)]
    if order:
        gradient = grad(y, xs, create_graph=True)
        groups.append(("gradient", {f"by {i}": gx for i, gx in enumerate(gradient)}, 1))
    return linearize(groups, {str(x.name): x for x in xs}, op.name)


def engine(op: Operation, at: tuple[Any, ...], order: int = 1) -> Numbers:
    """Return the value, and the gradient as the engine computes it when it makes a graph of it."""
    xs = [as_variable(x) for x in at]
    y = op(*xs, **parts(example(op).call)[1])
    return [y.data, *(gx.data for gx in grad(y, xs, create_graph=True))] if order else [y.data]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_numpy_spells_every_elementwise_operation(op: Operation) -> None:
    code = exported(op)
    assert code.elementwise
    arrays = tuple(np.array(numbers) for numbers in zip(*points(op), strict=True))
    check(python_function(code)(*arrays), engine(op, arrays))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[..., Numbers]]:
    codes = {f"op_{op.name}": exported(op, order(op)) for op in IN_C}
    return c_functions(codes, tmp_path_factory.mktemp("c"))


def order(op: Operation) -> int:
    """Return how many derivatives there are of what C can compute."""
    return 0 if op.name in ROUGH else 1


@needs_compiler
@pytest.mark.parametrize("op", IN_C, ids=lambda op: op.name)
def test_c_spells_every_elementwise_operation(
    op: Operation, compiled: dict[str, Callable[..., Numbers]]
) -> None:
    for at in points(op):
        got, want = compiled[f"op_{op.name}"](*at), engine(op, at, order(op))
        if op.name in ROUGH:
            np.testing.assert_allclose(got, want, rtol=5e-14, atol=5e-15)
        else:
            check(got, want)


@pytest.mark.parametrize("name", sorted(NOT_IN_C))
def test_what_c_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(ComputationError, match=f"`{name}` has no function in C"):
        c_source.to_c(exported(registry[name], order=0))


def sampled(op: Operation) -> list[Case]:
    """Return the example of an operation and some calls on other shapes."""
    every = [case for case in cases(op) if not isinstance(case.params.get("index"), list)]
    return [every[0], *every[1 :: max(1, len(every) // 12)]]


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: op.name)
def test_numpy_spells_every_operation_on_tensors(op: Operation) -> None:
    for case in sampled(op):
        if op.name == "astype":
            continue
        tensors = case.tensors()
        xs = {f"x{i}": as_variable(tensor) for i, tensor in enumerate(tensors)}
        y = apply(op, list(xs.values()), case.params)
        assert isinstance(y, Variable)
        weights = np.arange(1.0, y.size + 1.0).reshape(y.shape)
        gradient = grad(y, list(xs.values()), create_graph=True, gy=as_variable(weights))
        outputs = {f"df/d{name}": gx for name, gx in zip(xs, gradient, strict=True)}
        code = linearize([("value", {"f": y}, 0), ("gradient", outputs, 1)], xs, str(case))
        want = [y.data, *(gx.data for gx in gradient)]
        got = python_function(code)(*tensors)
        assert [value.shape for value in got] == [value.shape for value in want], case
        check(got, want)
