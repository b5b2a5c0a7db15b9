"""Define calls of operations, like those of Python functions, by position and by name."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np

from autodiff_cli.engine.registry import names as _names
from autodiff_cli.engine.variable import Variable

__all__ = ["LikeFunction", "install_equality", "install_operator", "like_numpy", "parameter_names"]


class LikeFunction:
    """The base class that makes an operation callable, with a signature and pickling by name.

    Attributes
    ----------
    arity
        The number of tensor arguments.
    arguments, statics
        The names of the tensor arguments, and of the static parameters.
    """

    name: str
    arity: int
    arguments: tuple[str, ...]
    statics: tuple[str, ...]
    forward: Callable[..., Any]
    varargs: bool
    pairwise: LikeFunction | None
    apply: Callable[..., Any]

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the name of the operation, so that copies and pickles are the operation itself."""
        return _operation_named, (self.name,)

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_ONLY
        arguments = [inspect.Parameter(name, kind) for name in self.arguments]
        given = {} if isinstance(self.forward, np.ufunc) else _given(self.forward)
        return inspect.Signature(arguments + [given[name] for name in self.statics])

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The default values of static parameters that are optional."""
        given = {} if isinstance(self.forward, np.ufunc) else _given(self.forward)
        found = {name: given[name].default for name in self.statics}
        return {name: v for name, v in found.items() if v is not inspect.Parameter.empty}

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Return the result of the operation: a Variable if an argument is one, else a plain value.

        Raises
        ------
        TypeError
            If there are too few or too many arguments, or one does not consist of real numbers.
        ValueError
            If the shapes of the arguments do not match.
        """
        if len(args) != self.arity:
            if len(args) < self.arity:
                raise TypeError(
                    f"{self.name}() takes {_counted(self.arity)}, not {len(args)}:"
                    f" {', '.join(self.arguments)}"
                )
            params = self._bind(args[self.arity :], params)
            args = args[: self.arity]
        if params:
            params = self._known(params)
        return like_numpy(self.apply(*args, **params), args)

    def _bind(self, extra: tuple[Any, ...], params: dict[str, Any]) -> dict[str, Any]:
        """Return the static parameters by name, including those given by position."""
        if self.varargs and (len(extra) > 1 or np.isscalar(extra[0])):
            extra = (extra,)
        if len(extra) > len(self.statics):
            most = self.arity + len(self.statics)
            raise TypeError(
                f"{self.name}() takes at most {_counted(most)}, not {len(extra) + self.arity}"
            )
        named = dict(zip(self.statics, extra, strict=False))
        if twice := named.keys() & params.keys():
            raise TypeError(f"{self.name}() got {', '.join(twice)} twice")
        if self.pairwise is not None and not _is_axis(named.get("axis")):
            raise TypeError(
                f"the second argument of {self.name}() is an axis, a whole number:"
                f" element by element it is {self.pairwise.name}()"
            )
        return named | params

    def _known(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the static parameters without NumPy's unused ones, such as ``out=None``.

        Raises
        ------
        TypeError
            If one is unknown, or a Variable.
        """
        for name, value in params.items():
            if isinstance(value, Variable):
                raise TypeError(
                    f"`{name}` of {self.name}() is a setting, which has no derivative:"
                    f" give it as `{name}=...`, a plain number"
                )
        unknown = params.keys() - set(self.statics)
        if not unknown:
            return params
        for name in sorted(unknown):
            if params[name] is not None:
                names = ", ".join(f"`{known}`" for known in self.statics) or "no keyword at all"
                raise TypeError(f"{self.name}() knows no keyword `{name}`: it knows {names}")
        return {name: value for name, value in params.items() if name not in unknown}


def _operation_named(name: str) -> Any:
    return _names[name]


def _counted(arguments: int) -> str:
    return "1 argument" if arguments == 1 else f"{arguments} arguments"


def _is_axis(axis: Any) -> bool:
    """Return whether a static parameter is an integer, a sequence of integers, or None."""
    try:
        for part in axis if isinstance(axis, tuple | list) else (axis or 0,):
            operator.index(part)
    except (TypeError, ValueError):
        return False
    return True


def like_numpy(y: Any, args: Sequence[Any]) -> Any:
    """Return a result in the type that NumPy would return for the operands.

    A plain float is returned for Python numbers only, and never for arrays.
    """
    if type(y) is not float or all(type(x) in _PYTHON for x in args):
        return y
    return np.float64(y)


_PYTHON = (float, int, bool)


def _given(forward: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(forward).parameters


def parameter_names(
    forward: Callable[..., Any], arity: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the tensor arguments of ``forward`` and of its static parameters."""
    if isinstance(forward, np.ufunc):
        return ("x",) if arity == 1 else ("x", "y"), ()
    names = tuple(_given(forward))
    return names[:arity], names[arity:]


_OPERANDS = (Variable, int, float, np.ndarray, np.generic, list, tuple)


def install_equality(dunder: str, apply: Callable[[Any, Any], Any]) -> None:
    """Make ``==`` or ``!=`` compare elements; an object that is not numeric is never equal."""

    def compare(x: Variable, y: Any) -> Any:
        return apply(x, y) if isinstance(y, _OPERANDS) else NotImplemented

    setattr(Variable, f"__{dunder}__", compare)


def install_operator(
    dunder: str, apply: Callable[[Any, Any], Any], reflected: Callable[[Any, Any], Any] | None
) -> None:
    """Install an operation as an operator of Variable, for either side.

    ``reflected`` takes the arguments in reverse; it is made of ``apply`` if it is not given.
    """
    # A plain function becomes a method of Variable directly, which saves a call.
    direct = isinstance(apply, FunctionType)
    setattr(Variable, f"__{dunder}__", apply if direct else lambda x, y: apply(x, y))
    setattr(Variable, f"__r{dunder}__", reflected or (lambda x, y: apply(y, x)))
