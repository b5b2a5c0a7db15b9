"""Partial derivatives of any order, one reverse sweep for each order."""

from __future__ import annotations

from autodiff_cli.engine import Variable, grad
from autodiff_cli.engine.core import reachable
from autodiff_cli.errors import ComputationError

__all__ = ["MOST_CALLS", "partial"]

MOST_CALLS = 200_000
"""How many calls a graph may have that is to be differentiated again: each order makes several
times as many, so this keeps the last one within some hundred megabytes and a few seconds."""


def partial(
    y: Variable, x: Variable, order: int = 1, create_graph: bool = False, reached: int = 0
) -> Variable:
    """Return the derivative of ``y`` of the given order with respect to ``x`` alone.

    Parameters
    ----------
    y
        A scalar.
    x
        For ``order`` 2 and above a scalar too; at order 1 of any shape.
    order
        At least 0; order 0 is ``y`` itself.
    create_graph
        Make the last derivative, as those before it, a graph that can be differentiated or drawn.
    reached
        Which derivative ``y`` is itself, for the message if it goes no further.

    Raises
    ------
    ComputationError
        If the graph grows beyond `MOST_CALLS` on the way.
    """
    for k in range(order):
        if reached + k and (calls := len(reachable([y]))) > MOST_CALLS:
            raise ComputationError(
                f"the derivative of order {reached + k} has {calls:,} calls,"
                " too many to differentiate again",
                code="graph-too-large",
                hint=f"ask for order {reached + k} at most",
            )
        (y,) = grad(y, [x], create_graph=create_graph or k < order - 1)
    return y
