"""Partial derivatives of any order, one reverse sweep for each order."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff_cli.engine import Variable, grad
from autodiff_cli.engine.core import reachable
from autodiff_cli.errors import ComputationError
from autodiff_cli.limits import Limits

__all__ = ["mixed", "partial"]


def partial(
    y: Variable,
    x: Variable,
    order: int = 1,
    create_graph: bool = False,
    reached: int = 0,
    limits: Limits | None = None,
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
    limits
        How large its graph may be to be differentiated again.

    Raises
    ------
    ComputationError
        If the graph grows beyond its limit on the way.
    """
    return mixed(y, [x] * order, create_graph, reached, limits)


def mixed(
    y: Variable,
    xs: Sequence[Variable],
    create_graph: bool = False,
    reached: int = 0,
    limits: Limits | None = None,
) -> Variable:
    """Return the derivative of ``y`` by each of some variables in turn, the first one first.

    Parameters
    ----------
    y, create_graph, reached, limits
        As for `partial`.
    xs
        Scalars; the last one may be of any shape.

    Raises
    ------
    ComputationError
        If the graph grows beyond its limit on the way.
    """
    most = (limits or Limits()).graph
    for k, x in enumerate(xs):
        if reached + k and (calls := len(reachable([y]))) > most:
            raise ComputationError(
                f"the derivative of order {reached + k} has {calls:,} calls,"
                " too many to differentiate again",
                code="graph-too-large",
                hint=f"ask for order {reached + k} at most, or try `--limit graph={calls}`",
            )
        (y,) = grad(y, [x], create_graph=create_graph or k < len(xs) - 1)
    return y
