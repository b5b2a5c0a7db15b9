"""Walk through a graph, and compute its values in another arithmetic as they are requested."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from autodiff_cli.engine import Variable, ops

__all__ = ["Walk"]


class Walk(ABC):
    """The values of one graph, each computed on first request.

    A branch that is not selected by a choice is not computed.

    Parameters
    ----------
    numbers
        A function that returns the value of a literal.
    values
        Existing values, to which new ones are added.
    """

    def __init__(self, numbers: Callable[[Any], Any], values: dict[Variable, Any]) -> None:
        self._numbers = numbers
        self._values = values

    def __getitem__(self, y: Variable) -> Any:
        values, stack = self._values, [y]
        while stack:
            v = stack[-1]
            if v in values:
                stack.pop()
                continue
            if v.operation is None:
                values[v] = self._leaf(v)
                continue
            inputs: Sequence[Any] = v.inputs
            if v.operation is ops.where and not v.shape:
                inputs = self._needed(inputs)
            args, waiting = [], False
            for x in inputs:
                if not isinstance(x, Variable):
                    args.append(self._numbers(x))
                elif x in values:
                    args.append(values[x])
                else:
                    stack.append(x)
                    waiting = True
            if not waiting:
                # A choice that is decided has the value of one branch.
                values[v] = args[0] if len(args) < len(v.inputs) else self._call(v, args)
                stack.pop()
        return values[y]

    def _needed(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the inputs of a choice that are needed, given its condition if that is known."""
        condition, *_ = inputs
        if not isinstance(condition, Variable):
            return self._selected(self._numbers(condition), inputs)
        if condition not in self._values:
            return (condition,)
        return self._selected(self._values[condition], inputs)

    @abstractmethod
    def _leaf(self, v: Variable) -> Any:
        """Return the value of a leaf."""

    @abstractmethod
    def _selected(self, condition: Any, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return the one input that a condition selects, or all if it does not."""

    @abstractmethod
    def _call(self, v: Variable, args: Sequence[Any]) -> Any:
        """Return the value of a call."""
