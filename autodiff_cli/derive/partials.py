"""Partial derivatives of any order, each a graph, as far as a limit on its size allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from autodiff_cli.engine import Derivatives, Variable
from autodiff_cli.errors import ComputationError
from autodiff_cli.limits import Limits
from autodiff_cli.progress import advance

__all__ = ["Partials"]


class Partials:
    """Partial derivatives by scalars, in one graph.

    Parameters
    ----------
    limits
        How large the graph may become.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._most = (limits or Limits()).graph
        self._derivatives = Derivatives()

    def in_turn(self, y: Variable, xs: Sequence[Variable], reached: int = 0) -> Iterator[Variable]:
        """Yield the derivative of ``y`` by the first of ``xs``, of that by the next, and so on.

        Parameters
        ----------
        y
            Of any shape.
        xs
            Scalars.
        reached
            Which derivative ``y`` is itself, for the message if it goes no further.

        Raises
        ------
        ComputationError
            If the graph grows beyond its limit on the way.
        """
        for order, x in enumerate(xs, reached):
            advance("order", order + 1, reached + len(xs))
            calls = self._derivatives.calls.count
            if calls > self._most:
                raise ComputationError(
                    f"the derivative of order {order} takes {calls:,} calls,"
                    " too many to differentiate again",
                    code="graph-too-large",
                    hint=f"ask for order {order} at most, or try `--limit graph={2 * calls}`",
                )
            y = self._derivatives.of(y, x)
            yield y

    def last(self, y: Variable, xs: Sequence[Variable], reached: int = 0) -> Variable:
        """Return the derivative of ``y`` by all of ``xs`` in turn: the last one of `in_turn`."""
        return reduce(lambda _, derivative: derivative, self.in_turn(y, xs, reached), y)
