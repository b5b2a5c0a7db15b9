"""Define composites: functions that are declared like operations, but computed by operations.

A call of a composite leaves the calls of the operations in the graph, so derivatives, series,
formulas and exports follow from these.  A definition takes Variables and arrays, and must not
branch on their elements, because a graph may be evaluated at other values later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.config import no_grad
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.values import as_value
from autodiff_cli.engine.variable import Variable, as_variable

__all__ = ["Composite", "composite"]


class Composite(Operation):
    """A function of one or more tensors that calls operations.

    It has a name in the language, but is not in `registry`, as no call in a graph is of it.

    Parameters
    ----------
    name, metadata
        As for `Operation`.
    definition
        A function from Variables and arrays, and static parameters by name, to a Variable.
    tensors
        The number of tensor arguments.
    """

    def __init__(
        self,
        name: str,
        definition: Callable[..., Any],
        tensors: int = 1,
        method: bool = False,
        **metadata: Any,
    ) -> None:
        super().__init__(
            name, definition, *[None] * tensors, method=method, variable=True, **metadata
        )

    def _enter(self) -> None:
        """Register the name, and not the operation, which no graph contains."""

    def apply(self, *args: Any, **params: Any) -> Any:
        """Apply the function to exactly its tensor arguments."""
        if any(isinstance(x, Variable) for x in args):
            xs = [x if isinstance(x, Variable) else np.asarray(as_value(x)) for x in args]
            return self.forward(*xs, **params)
        with no_grad():
            return plain(self.forward(*(as_variable(as_value(x)) for x in args), **params))

    def compute(self, *values: Any, **params: Any) -> Any:
        """Return the result on plain values."""
        return self.apply(*values, **params)


def plain(y: Any) -> Any:
    """Return results without their graph: the values of Variables, also of those in a sequence."""
    if isinstance(y, tuple | list):
        return type(y)(map(plain, y)) if type(y) in (tuple, list) else type(y)(*map(plain, y))
    return value_of(y) if isinstance(y, Variable) else y


def composite(
    name: str = "", *, tensors: int = 1, **metadata: Any
) -> Callable[[Callable[..., Any]], Composite]:
    """Return a decorator that declares a function as a composite of its own name.

    The first line of its docstring is the description, as in "Return the sum of squares."

    Examples
    --------
    >>> @composite(example="energy([3, 4]) = 25")
    ... def energy(x):
    ...     'Return the sum of squares.'
    ...     return (x * x).sum()
    >>> energy([3.0, 4.0])
    np.float64(25.0)
    """

    def declare(definition: Callable[..., Any]) -> Composite:
        first, *_ = (definition.__doc__ or "").splitlines()
        doc = first.removeprefix("Return ").removesuffix(".")
        return Composite(name or definition.__name__, definition, tensors, doc=doc, **metadata)

    return declare


def lifted(xs: Sequence[Any]) -> list[Any]:
    """Return tensors of which none is a plain number or list."""
    return [x if isinstance(x, Variable) else np.asarray(as_value(x)) for x in xs]
