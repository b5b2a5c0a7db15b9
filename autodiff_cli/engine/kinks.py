"""Where a function has no derivative: the kinks and jumps at which a graph was evaluated.

The engine gives a derivative everywhere, by convention 0 or the mean of both sides; this tells
when a convention spoke, and what the derivative is on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_cli.engine.core import Variable, leaf, reachable
from autodiff_cli.engine.derivatives import jvp
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.masked import whole
from autodiff_cli.engine.operation import Operation, run, value_of
from autodiff_cli.engine.values import Value, settle

__all__ = ["Kink", "kinks", "one_sided"]


@dataclass(frozen=True)
class Kink:
    """A call that was evaluated where its operation has no derivative.

    Attributes
    ----------
    call
        The Variable the call made.
    operation
        The name of the operation.
    jump
        Whether the operation jumps there; else it is continuous.
    """

    call: Variable
    operation: str
    jump: bool


def kinks(y: Variable) -> list[Kink]:
    """Return the kinks and jumps on the way to ``y``, earliest first."""
    found = []
    for v in reversed(reachable([y])):
        if isinstance(v._op, Operation):
            values = [value_of(x) for x in v._inputs]
            facts = v._op.facts
            for jump, places in ((False, facts.kinks), (True, facts.jumps)):
                if any(np.any(_at(place, values)) for place in places):
                    found.append(Kink(v, v._op.name, jump))
    return found


def one_sided(y: Variable, x: Variable, direction: float) -> Value | None:
    """Return the derivative of ``y`` on one side of the point at which it was evaluated.

    Forward mode, in which a kink takes the slope of the side the tangent points to.

    Parameters
    ----------
    x
        A scalar.
    direction
        1.0 for the derivative from the right, -1.0 for that from the left.

    Returns
    -------
    float or ndarray, or None
        Of the shape of ``y``; None where there is none, as at a jump.
    """
    tangents: dict[Variable, Any] = {x: direction}
    for v in reversed(reachable([y])):
        ts = [tangents.get(u) if isinstance(u, Variable) else None for u in v._inputs]
        if all(t is None for t in ts):
            continue
        if not isinstance(v._op, Operation):
            return None
        values = [value_of(u) for u in v._inputs]
        if any(np.any(_at(place, values)) for place in v._op.facts.jumps):
            return None
        push = _push_elementwise if isinstance(v._op, Elementwise) else _push
        tangents[v] = push(v._op, v, values, ts)
    slope = tangents.get(y, 0.0)
    # Adding 0 makes 0 of -0.
    return settle(np.multiply(slope, direction) + 0.0)


def _distance(place: float | Callable[..., Any], values: Sequence[Any]) -> Any:
    """Return what is zero at a kink: its distance, or what the declaration says is."""
    return place(*values) if callable(place) else np.subtract(values[0], place)


def _at(place: float | Callable[..., Any], values: Sequence[Any]) -> Any:
    with np.errstate(all="ignore"):
        return np.equal(_distance(place, values), 0.0)


def _push_elementwise(op: Operation, v: Variable, values: list[Value], tangents: list[Any]) -> Any:
    """Push tangents through an elementwise call, whose Jacobian is diagonal: its VJP is its JVP."""
    nudged = list(values)
    origin = [np.zeros(np.shape(value)) for value in values]
    headings = _filled(values, tangents)
    for place in op.facts.kinks:
        # Distances are linear, with slope 1 in the first argument.
        heading = _distance(place, headings) - _distance(place, origin)
        side = np.copysign(np.inf, heading)
        moved = np.where(heading == 0.0, nudged[0], np.nextafter(nudged[0], side))
        nudged[0] = settle(np.where(_at(place, values), moved, nudged[0]))
    out = value_of(v)
    with np.errstate(all="ignore"):
        parts = [
            whole(run(rule, t, out, *nudged, **(v._params or {})))
            for rule, t in zip(op.vjps, tangents, strict=True)
            if rule is not None and t is not None
        ]
        return sum(parts, start=np.zeros(np.shape(out)))


def _push(op: Operation, v: Variable, values: list[Value], tangents: list[Any]) -> Any:
    """Push tangents through any other call, made again on leaves of its own."""
    leaves = [leaf(value) for value in values]
    y = op.apply(*leaves, **(v._params or {}))
    return jvp(y, leaves, _filled(values, tangents))._value


def _filled(values: list[Value], tangents: list[Any]) -> list[Any]:
    """Return the tangents with zeros for those that there are none of."""
    return [
        np.zeros(np.shape(x)) if t is None else t for x, t in zip(values, tangents, strict=True)
    ]
