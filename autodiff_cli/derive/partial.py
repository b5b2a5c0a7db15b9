"""Partial derivatives of any order, one reverse sweep for each order."""

from __future__ import annotations

from autodiff_cli.engine import Variable, grad

__all__ = ["partial"]


def partial(y: Variable, x: Variable, order: int = 1, create_graph: bool = False) -> Variable:
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
    """
    for k in range(order):
        (y,) = grad(y, [x], create_graph=create_graph or k < order - 1)
    return y
