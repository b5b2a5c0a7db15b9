"""What Variables hold: a ``float`` for a float64 scalar, an ``ndarray`` for anything else.

Python's floats are some ten times faster than NumPy's scalars, and graphs of scalars are common.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from functools import wraps
from numbers import Real
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Array",
    "Value",
    "array_of",
    "checked",
    "ignoring_fp_warnings",
    "normalize_result",
    "primal",
    "without_warnings",
]

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = float | Array

P = ParamSpec("P")
T = TypeVar("T")

FLOAT64 = np.dtype(np.float64)


def array_of(value: Any) -> Array:
    """Return a number, nested lists of numbers, or an array as an ndarray."""
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def checked(array: Array) -> Array:
    """Return an array if it is made of real numbers.

    Raises
    ------
    TypeError
        If it is complex, or not made of numbers at all.
    """
    kind = array.dtype.kind
    if kind in "fbiu":
        return array if type(array) is np.ndarray else _base(array)
    if kind == "c":
        raise TypeError(
            "complex data is not supported: give real and imaginary part as two variables"
        )
    advice = "; Variables are put together by `stack` or `concatenate`" if kind == "O" else ""
    raise TypeError(f"data of dtype {array.dtype} is not supported: give real numbers{advice}")


_ARITHMETIC = ("__add__", "__mul__", "__array_ufunc__")


def _base(array: Array) -> Array:
    """Return an array of a subclass of ndarray, such as `np.memmap`, as a plain one.

    Raises
    ------
    TypeError
        If the subclass computes otherwise than ndarray: the derivative would be of something else.
    """
    kind = type(array)
    if any(getattr(kind, name) is not getattr(np.ndarray, name) for name in _ARITHMETIC):
        masked = isinstance(array, np.ma.MaskedArray)
        plain = "`a.filled(...)` or `a.compressed()`" if masked else "`np.asarray(...)`"
        raise TypeError(
            f"data of type {kind.__name__} are not supported, for their arithmetic is another:"
            f" give a plain array, as {plain} makes one"
        )
    return np.asarray(array)


def primal(value: Any) -> Value:
    """Return a value as what is computed on: floating point, a float if it is a scalar.

    Integers and truth values become float64: they differentiate as float64 would.

    Raises
    ------
    TypeError
        If ``value`` is not made of real numbers, or is None.
    ValueError
        If it is a ragged list.
    """
    if type(value) is float:
        return value
    if type(value) is np.ndarray and value.dtype is FLOAT64:
        return value if value.ndim else value.item()
    if value is None:
        raise TypeError("None is not a number (a Variable made of it has no data yet)")
    if isinstance(value, int):
        # NumPy has no room for whole numbers beyond 64 bits; a float has.
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, np.floating) or (
        type(value) is not np.ndarray and isinstance(value, Real)
    ):
        # A number among the operands is a number, whatever its type; an array has a type to keep.
        return float(value)
    array = checked(array_of(value))
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    return array.item() if array.ndim == 0 and array.dtype == np.float64 else array


_silent: ContextVar[bool] = ContextVar("silent", default=False)
"""Whether the current context is one in which NumPy says nothing."""

_quiet = Context()
_quiet.run(np.seterr, all="ignore")
_quiet.run(_silent.set, True)

_SETTINGS = tuple(_quiet.items())
"""What NumPy sets to say nothing, which is far quicker to be set at once than by `np.seterr`."""


def ignoring_fp_warnings(function: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """Return ``function(*args, **params)``, by IEEE 754 without a warning.

    In a context of its own, a copy of one in which NumPy's floating point says nothing: that costs
    a third of what entering `np.errstate` does, and leaves nothing behind, however it ends.  The
    function does not see the switches of `autodiff_cli.engine.config`: it is one of NumPy's, or no
    more than several of them.
    """
    if _silent.get():
        return function(*args, **params)
    return _quiet.copy().run(function, *args, **params)


def without_warnings(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function compute by IEEE 754 without a warning.

    It runs in a copy of the current context, so that nothing is left behind, however it ends.
    """

    def silenced(*args: P.args, **params: P.kwargs) -> T:
        for variable, value in _SETTINGS:
            variable.set(value)
        return function(*args, **params)

    @wraps(function)
    def wrapped(*args: P.args, **params: P.kwargs) -> T:
        return copy_context().run(silenced, *args, **params)

    return wrapped


def normalize_result(value: Any) -> Value:
    """Return what NumPy computed in the form in which values are held."""
    if type(value) is np.float64:
        return float(value)
    return primal(value if isinstance(value, np.ndarray) else np.asarray(value))
