"""Apply operations to germs: by their Taylor series where they are regular, else by definition.

An operation that is regular at the value of its argument has the series that its derivative rules
give.  Elsewhere it is computed by the function of its name in `functions` or `elementary`, or else
by its definition in mpmath (`Metadata.reference`).  Functions that are marked with `everywhere` are
used at every value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType
from typing import Any, TypeVar

from autodiff_cli.derive.germs.germ import Germ, Value
from autodiff_cli.derive.germs.numbers import ONE, ZERO, Angle, NoGermError
from autodiff_cli.derive.germs.taylor import NotRegularError, of_numbers, regular
from autodiff_cli.engine import Operation, registry

__all__ = ["apply", "by_name", "everywhere"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_everywhere: set[Any] = set()


def everywhere(function: _Function) -> _Function:
    """Mark a function that is used at every value of its arguments."""
    _everywhere.add(function)
    return function


def apply(op: Operation, args: Sequence[Value], params: Any) -> Value:
    """Return the result of an elementwise operation on numbers and germs.

    Raises
    ------
    GermError
        If there is none.
    """
    function = _functions().get(op.name)
    if function is not None and function in _everywhere:
        return function(*args, **params)
    if not any(type(x) is Germ for x in args):
        return of_numbers(op, args, params)
    if len(args) == 1:
        try:
            return regular(op, args[0], params)
        except NotRegularError:
            pass
    if function is None:
        function = _defined(op)
    return function(*args, **params)


@cache
def _functions() -> dict[str, Any]:
    """Return the functions of germs by the names of their operations."""
    from autodiff_cli.derive.germs import elementary, functions

    words = {
        name: f
        for module in (functions, elementary)
        for name, f in vars(module).items()
        if getattr(f, "__module__", "") == module.__name__
    }
    return words | {name.removesuffix("_"): f for name, f in words.items() if name.endswith("_")}


@cache
def _defined(op: Operation) -> Callable[..., Value]:
    """Return the function that an operation is defined as in terms of others."""
    arguments = ", ".join((*"xyz"[: op.arity], *op.statics))
    own = _functions()
    words = own | {"pi": Angle(ZERO, ONE), "nint": own["round"]}
    words |= {"max": own["maximum"], "min": own["minimum"]}
    words = {name: _named(name) for name in registry if name not in words} | words
    definition = compile(f"lambda {arguments}: {op.metadata.reference or op.name}", "", "eval")
    (body,) = (part for part in definition.co_consts if isinstance(part, CodeType))
    if op.name in body.co_names or not words.keys() >= set(body.co_names):
        # The definition is not in terms of other operations.
        raise NoGermError("it has no expansion here")
    return eval(definition, words)  # type: ignore[no-any-return]


def _named(name: str) -> Callable[..., Value]:
    return lambda *args, **params: apply(registry[name], args, params)


def by_name(name: str, *args: Value, **params: Any) -> Value:
    """Return the result of the operation of a name on numbers and germs."""
    return apply(registry[name], args, params)
