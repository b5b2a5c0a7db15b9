"""Record calls of functions of arrays, and return derivatives in the containers of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine.config import setting, using_config
from autodiff_cli.engine.containers import leaves, like, mapped
from autodiff_cli.engine.reverse import grad
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.values import as_value
from autodiff_cli.engine.variable import Variable, as_variable

__all__ = [
    "Argnum",
    "Fun",
    "RecordedCall",
    "as_scalar",
    "inside",
    "names_result",
    "pulled_back",
    "recorded_call",
]

Fun: TypeAlias = Callable[..., Any]
Argnum: TypeAlias = int | Sequence[int]

inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether a function that is being differentiated is running."""


def _plain(tree: Any) -> Any:
    return mapped(lambda x: value_of(x) if isinstance(x, Variable) else x, tree)


class RecordedCall(NamedTuple):
    """A recorded call of a function on Variables.

    Attributes
    ----------
    y
        The result of the function.
    x
        The argument, or a tuple of several, with Variables as leaves.
    graph
        Whether derivatives are recorded in a graph too.
    """

    y: Any
    x: Any
    graph: bool

    @property
    def variables(self) -> list[Variable]:
        """The Variables that the function is differentiated by."""
        return leaves(self.x)

    def returned(self, tree: Any) -> Any:
        """Return results as Variables if they are part of a graph, else as arrays."""
        return tree if self.graph else _plain(tree)


def recorded_call(
    fun: Fun, argnum: Argnum, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> RecordedCall:
    """Call a function with new Variables in the place of the arguments to differentiate by."""
    graph = inside.get() or any(isinstance(x, Variable) for x in leaves([*args]))
    chosen = [argnum] if isinstance(argnum, int) else [*argnum]
    new = list(args)
    with using_config("enable_backprop", True), setting(inside, True):
        for k in chosen:
            new[k] = mapped(_fresh, args[k])
        y = fun(*new, **kwargs)
    return RecordedCall(
        y, new[argnum] if isinstance(argnum, int) else tuple(new[k] for k in chosen), graph
    )


def _fresh(x: Any) -> Variable:
    """Return a new Variable of the same value, which no other graph contains."""
    return x.copy() if isinstance(x, Variable) else as_variable(np.array(as_value(x)))


def names_result(named: str) -> Callable[[Fun], Fun]:
    """Return a decorator for transforms, which names their results after the function."""

    def decorate(transform: Fun) -> Fun:
        @wraps(transform)
        def transformed(fun: Fun, argnum: Argnum = 0, *more: Any, **options: Any) -> Any:
            if not callable(fun):
                raise TypeError(
                    f"{transform.__name__}() takes a function, not {type(fun).__name__}:"
                    " of a Variable there is `autodiff_cli.engine.grad(y, x)`"
                )
            made = transform(fun, argnum, *more, **options)
            made.__name__ = f"{named}_of_{getattr(fun, '__name__', 'function')}"
            made.__doc__ = getattr(fun, "__doc__", None)
            return made

        return transformed

    return decorate


def as_scalar(y: Any, call: str) -> Variable:
    """Return a result as a Variable; raise TypeError if it is not a single number."""
    if np.size(value_of(y) if isinstance(y, Variable) else y) != 1:
        shape = y.shape if isinstance(y, Variable) else np.shape(y)
        raise TypeError(
            f"{call} is of functions whose value is a single number, and this one has shape"
            f" {shape}: take `jacobian` or `elementwise_grad`"
        )
    return as_variable(y)


def pulled_back(call: RecordedCall, y: Variable, gy: Any = None) -> Any:
    """Return the vector-Jacobian products of a call, in the containers of its arguments.

    Parameters
    ----------
    gy
        The cotangent of ``y``; ones if not given.
    """
    gy = np.ones(y.shape) if gy is None else gy
    return call.returned(like(call.x, grad(y, call.variables, call.graph, gy)))
