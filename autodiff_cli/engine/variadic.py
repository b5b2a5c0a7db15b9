"""Define operations on any number of tensors."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from autodiff_cli.engine.calling import like_numpy
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.rules import Rule, filled
from autodiff_cli.engine.variable import Variable

__all__ = ["Variadic"]


class Variadic(Operation):
    """An operation on any number of tensors; its single rule returns the adjoints of all of them.

    Tensors are given one by one, or as one list or tuple; static parameters are given by name.
    """

    variadic = True

    @property
    def reads_values(self) -> bool:
        """Whether a rule reads any values."""
        return not self.linear

    def values_read(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        """Return the values that derivatives of a call read: 0 for the output, k for input k."""
        return () if self.linear else tuple(range(len(inputs) + 1))

    def __call__(self, *xs: Any, **params: Any) -> Any:
        """Apply the operation to tensors given one by one, or as one list or tuple."""
        if len(xs) == 1 and isinstance(xs[0], list | tuple):
            (xs,) = xs
        if params:
            params = self._known(params)
        return like_numpy(self.apply(*xs, **params), xs)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.forward)

    def apply_vjp_rules(
        self, gy: Any, y: Variable, graph: bool, rules: Sequence[Rule | None] | None = None
    ) -> list[Any]:
        """Return the adjoints of the inputs, given one of the output without structural zeros."""
        (rule,) = self.vjps
        assert rule is not None
        return rule(filled(gy, y), *y.inputs, **(y.params))  # type: ignore[no-any-return]
