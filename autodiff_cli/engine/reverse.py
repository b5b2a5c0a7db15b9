"""Compute gradients of a Variable by reverse mode."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np

from autodiff_cli.engine.config import using_config
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.reverse_sweep import Adjoints, sweep
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.values import as_value, without_warnings
from autodiff_cli.engine.variable import Operand, Variable, as_variable, leaf

__all__ = ["backward", "expect_variable", "grad", "listed"]

# Threads may share leaves.  The lock is reentrant because a signal handler may acquire it again.
_lock = threading.RLock()


def backward(y: Variable, retain_grad: bool = False, create_graph: bool = False) -> None:
    """Add the gradient of this Variable to ``.grad`` of every leaf it depends on.

    The seed is ``self.grad`` if it is set, else ones.  The gradient of a leaf is the seed.

    Parameters
    ----------
    retain_grad
        Store the adjoints of intermediate Variables in their ``.grad``.
    create_graph
        Record a graph of the gradients, so that they can be differentiated again.  It leads
        back from ``.grad`` to the leaf: clear that, or use `grad`, which makes no such cycle.

    Raises
    ------
    ValueError
        If ``self.grad`` is set and has a shape other than that of ``self``.
    TypeError
        If a seed is passed in the place of one of the switches.
    """
    for switch in (retain_grad, create_graph):
        if not isinstance(switch, bool | int | np.bool_):
            raise TypeError(
                "backward() takes no seed: set it, as in `y.grad = seed`, or use"
                " `grad(y, x, gy=seed)`"
            )
    seed = _seed(y, y.grad, create_graph)
    kept: Adjoints | None = {} if retain_grad else None
    leaves = sweep(y, seed, create_graph, kept)
    finalize = Finalizer(seed)
    with _lock:
        y._grad = None
        for x, gx in leaves.items():
            gx = finalize(gx, x)
            x._grad = gx if x._grad is None else _sum(x._grad, gx, create_graph)
        for x, gx in (kept or {}).items():
            x._grad = finalize(gx, x)


Variable.backward = backward  # type: ignore[assignment, method-assign]


def _seed(y: Variable, given: Any, graph: bool) -> Any:
    """Return the seed of the sweep: the given one, or 1.0, which stands for an array of ones."""
    if given is None:
        return 1.0
    if type(given) is not MaskedCotangent:
        given = as_variable(given)
    if given.shape != y.shape:
        raise ValueError(f"the seed has shape {given.shape}, the output {y.shape}")
    return given if graph or type(given) is MaskedCotangent else as_value(given._value)


@without_warnings
def _sum(gx: Variable, other: Variable, graph: bool) -> Variable:
    """Return the sum of two gradients, recorded in the graph if ``graph`` is true."""
    if not graph:
        # Computed on values, so that a signal handler running meanwhile sees unchanged switches.
        values = (as_value(gx._value), as_value(other._value))
        return leaf(registry["add"].compute(*values))
    with using_config("enable_backprop", True):
        return gx + other


class Finalizer:
    """Convert adjoints to gradients: Variables of the primal's dtype that share no array.

    Adjoints that are graphs are not copied, because several graphs may share their nodes.
    """

    def __init__(self, seed: Any) -> None:
        self.given = {id(seed)}

    def __call__(self, gx: Any, x: Variable) -> Variable:
        # A fast path for scalars, which may be numerous.
        if type(gx) is float and type(as_value(x._value)) is float:
            return leaf(gx)
        if type(gx) is Variable and type(gx._value) is type(x._value) is float:
            return gx
        gx = instantiate(gx)
        wanted = x.dtype
        if isinstance(gx, Variable):
            same = gx.dtype == wanted or wanted.kind != "f"
            return gx if same else gx.astype(wanted)
        if type(gx) is not np.ndarray:
            gx = np.full(x.shape, gx)
        if gx.dtype is not wanted and wanted.kind == "f":
            gx = gx.astype(wanted)
        elif gx.base is not None or id(gx) in self.given:
            gx = gx.copy()
        self.given.add(id(gx))
        return leaf(as_value(gx))


def listed(xs: Variable | Sequence[Variable]) -> list[Variable]:
    """Return the Variables to differentiate by as a list, given several or a single one.

    Raises
    ------
    TypeError
        If one of them is not a Variable.
    """
    found = list(xs) if isinstance(xs, Iterable) and not isinstance(xs, Variable) else [xs]
    for x in found:
        if not isinstance(x, Variable):
            raise TypeError(f"derivatives are by Variables, not by {type(x).__name__}")
    return found


def expect_variable(y: Any, what: str = "a derivative") -> None:
    """Check that ``y`` can be differentiated.

    Raises
    ------
    TypeError
        If ``y`` is not a Variable.
    """
    if isinstance(y, Variable):
        return
    if callable(y):
        advice = "call it on Variables and give what it returns"
    else:
        advice = "compute it with operations of `autodiff_cli.engine`, not of `math`"
    kind = type(y).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    raise TypeError(f"{what} is of a Variable, not of {article} {kind}: {advice}")


@overload
def grad(
    y: Variable, xs: Variable, create_graph: bool = ..., gy: Operand | MaskedCotangent | None = ...
) -> Variable: ...
@overload
def grad(
    y: Variable,
    xs: Sequence[Variable],
    create_graph: bool = ...,
    gy: Operand | MaskedCotangent | None = ...,
) -> list[Variable]: ...
def grad(
    y: Variable,
    xs: Variable | Sequence[Variable],
    create_graph: bool = False,
    gy: Operand | MaskedCotangent | None = None,
) -> Variable | list[Variable]:
    """Return the gradient of ``y`` with respect to each of ``xs``, without changing any ``.grad``.

    Parameters
    ----------
    y
        The output, of any shape; the gradient is that of its elements summed with weights ``gy``.
    xs
        Any Variables, leaves or not; or a single one.
    create_graph
        Record a graph of the gradients, so that they can be differentiated again.
    gy
        The seed, of the shape of ``y``; ones if not given.

    Returns
    -------
    list of Variable, or Variable
        One gradient for each of ``xs``, of its shape; zeros if ``y`` does not depend on it.  A
        Variable if ``xs`` is a single one.

    Raises
    ------
    ValueError
        If the seed does not have the shape of ``y``.
    TypeError
        If ``y`` or one of ``xs`` is not a Variable.
    """
    expect_variable(y)
    if not isinstance(create_graph, bool | int | np.bool_):
        raise TypeError("grad() takes a seed by its name only, as in `grad(y, x, gy=seed)`")
    by = listed(xs)
    seed = _seed(y, gy, create_graph)
    # The sweep returns the adjoints of leaves in any case.
    kept: Adjoints | None = {} if any(x.generation for x in by) else None
    adjoints = sweep(y, seed, create_graph, kept)
    if kept is not None:
        adjoints = kept | adjoints
    finalize = Finalizer(seed)
    found = [finalize(adjoints[x] if x in adjoints else np.zeros(x.shape), x) for x in by]
    return found[0] if isinstance(xs, Variable) else found
