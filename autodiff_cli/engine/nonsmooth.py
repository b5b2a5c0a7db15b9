"""Find the kinks and jumps at which a graph was evaluated, and one-sided derivatives there.

The engine returns a derivative everywhere: at a kink by convention 0 or the mean of both sides.
This module reports where such a convention was used, and computes the derivative on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff_cli.engine.metadata import ZeroSet
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.reverse import expect_variable
from autodiff_cli.engine.reverse_sweep import Adjoints, sweep
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.values import Value, normalize_result, without_warnings
from autodiff_cli.engine.variable import Variable, reachable

__all__ = ["Kink", "influences", "kinks", "one_sided"]


@dataclass(frozen=True)
class Kink:
    """A call that was evaluated where its operation has no derivative.

    Attributes
    ----------
    call
        The output of the call.
    operation
        The name of the operation.
    jump
        Whether the operation is discontinuous there; if not, it has a kink.
    elements
        The elements of the call at which it happens: an array of booleans of its shape.
    """

    call: Variable
    operation: str
    jump: bool
    elements: Any = field(default=None, compare=False)


def kinks(y: Variable) -> list[Kink]:
    """Return the kinks and jumps in the graph of ``y``, earliest first.

    Kinks and jumps in elements that were not selected are left out.

    Raises
    ------
    TypeError
        If ``y`` is not a Variable.
    """
    expect_variable(y, "a kink")
    reached = []
    for v in reversed(reachable([y])):
        if isinstance(v._op, Operation):
            metadata = v._op.metadata
            for jump, places in ((False, metadata.kinks), (True, metadata.jumps)):
                if places and np.any(here := _where_zero(places, v)):
                    reached.append((Kink(v, v._op.name, jump, here), here))
    adjoints = _adjoints(y) if reached else {}
    return [kink for kink, here in reached if np.any(here & _counting(kink.call, adjoints))]


def influences(call: Variable, elements: Any, x: Variable) -> Any:
    """Return the elements of a leaf that some elements of a call depend on, as booleans.

    Parameters
    ----------
    elements
        An array of booleans of the shape of the call.
    """
    found = np.zeros(x.shape, bool)
    for u in call.inputs:
        if not isinstance(u, Variable):
            continue
        mask = np.asarray(elements, float) if u.shape == call.shape else np.ones(u.shape)
        gx = None if u is x else _adjoints(u, mask).get(x)
        if u is x:
            found |= mask != 0.0
        elif type(gx) is MaskedCotangent:
            found |= gx.support(x.shape) != 0.0
        elif gx is not None:
            return np.ones(x.shape, bool)
    return found


def _adjoints(y: Variable, mask: Any = None) -> Adjoints:
    """Return the adjoints of all Variables that ``y`` depends on, with structural zeros."""
    ones = np.ones(y.shape) if mask is None else mask
    found: Adjoints = {}
    sweep(y, MaskedCotangent(registry["where"], ones, ones), False, found)
    return found


def _counting(v: Variable, adjoints: Adjoints) -> Any:
    """Return the active elements of a Variable: all of them if it has no adjoint."""
    gy = adjoints.get(v)
    return np.not_equal(gy.support(v.shape), 0.0) if type(gy) is MaskedCotangent else True


def one_sided(y: Variable, x: Variable, direction: float) -> Value | None:
    """Return the one-sided derivative of ``y`` at the point at which it was evaluated.

    It is computed by forward mode, in which a kink has the slope of the side that the tangent
    points to.

    Parameters
    ----------
    x
        A scalar.
    direction
        1.0 for the derivative from the right, -1.0 for the one from the left.

    Returns
    -------
    float or ndarray, or None
        Of the shape of ``y``; None if the derivative does not exist, as at a jump.
    """
    tangents: dict[Variable, Any] = {x: direction}
    for v in reversed(reachable([y])):
        ts = [tangents.get(u) if isinstance(u, Variable) else None for u in v.inputs]
        if all(t is None for t in ts):
            continue
        if not isinstance(v._op, Operation):
            return None
        if np.any(_where_zero(v._op.metadata.jumps, v)):
            return None
        if (t := _push(v._op, v, ts)) is not None:
            tangents[v] = np.broadcast_to(t, v.shape)
    slope = tangents.get(y, 0.0)
    # Adding 0 turns -0 into 0.
    return normalize_result(np.multiply(slope, direction) + 0.0)


@without_warnings
def _where_zero(places: Sequence[ZeroSet], v: Variable) -> Any:
    """Return for each element whether a call was evaluated at one of some places."""
    values, params = [value_of(x) for x in v.inputs], v.params
    reached = np.zeros(v.shape, bool)
    for place in places:
        reached |= np.equal(place(*values, **params) if callable(place) else values[0] - place, 0.0)
    return reached


@without_warnings
def _push(op: Operation, v: Variable, tangents: list[Any]) -> Any:
    """Return the tangent of a call, given those of its inputs, of which some may be None."""
    values, params, metadata = [value_of(x) for x in v.inputs], v.params, op.metadata
    slope = value_of(instantiate(op.jvp(tangents, value_of(v), values, params)))
    if metadata.directional is None or slope is None:
        return slope
    filled = [
        np.zeros(np.shape(x)) if t is None else t for x, t in zip(values, tangents, strict=True)
    ]
    return np.where(
        _where_zero(metadata.kinks, v), metadata.directional(*filled, *values, **params), slope
    )
