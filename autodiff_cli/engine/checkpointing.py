"""Save the memory of graphs: compute parts of a function again when derivatives are requested."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autodiff_cli.engine.config import no_grad, recording, using_config
from autodiff_cli.engine.function import Function
from autodiff_cli.engine.reverse import grad
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.variable import as_variable

__all__ = ["checkpoint"]


class _Checkpoint(Function):
    """A call whose graph is not kept, but recorded again when derivatives are computed."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.fun = fun

    def forward(self, *xs: Any) -> Any:
        with no_grad():
            return value_of(as_variable(self.fun(*map(as_variable, xs))))

    def backward(self, gy: Any) -> Any:
        graph = bool(recording.get())
        with using_config("enable_backprop", True):
            xs = [as_variable(x).copy() for x in self.inputs]
            y = as_variable(self.fun(*xs))
        return tuple(grad(y, xs, graph, gy))


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose graph is not kept, but recorded again for derivatives.

    The arguments and the result of the function are tensors.
    """

    @wraps(fun)
    def checkpointed(*args: Any) -> Any:
        return _Checkpoint(fun)(*args)

    return checkpointed
