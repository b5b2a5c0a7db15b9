"""Define the values of Variables: a ``float`` for a float64 scalar, else an ``ndarray``.

Python floats are about ten times faster than NumPy scalars, and graphs of scalars are common.
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

from autodiff_cli.engine.released import Released

__all__ = [
    "Array",
    "Value",
    "array_of",
    "as_value",
    "checked",
    "ignoring_fp_warnings",
    "normalize_result",
    "without_warnings",
]

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = float | Array

P = ParamSpec("P")
T = TypeVar("T")

FLOAT64 = np.dtype(np.float64)

# The allocator of glibc returns freed memory to the system in units that grow with the blocks it
# has seen freed, up to 32 MiB; the pages of every array in a later step would have to be mapped and
# cleared again, at the price of the arithmetic on them.  Freeing one untouched block of that size
# sets the units once, and costs nothing.  Other allocators do not mind.
np.empty(2**25 - 2**16, np.uint8)


def array_of(value: Any) -> Array:
    """Return a number, nested lists of numbers, or an array as an ndarray."""
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def checked(array: Array) -> Array:
    """Return an array after checking that its elements are real numbers.

    Raises
    ------
    TypeError
        If its elements are complex, or are not numbers.
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
    """Return an array of a subclass of ndarray, such as `np.memmap`, as a plain ndarray.

    Raises
    ------
    TypeError
        If the arithmetic of the subclass is not that of ndarray: derivatives would be wrong.
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


def as_value(value: Any) -> Value:
    """Return a value in floating point, as a float if it is a scalar.

    Integers and booleans become float64, and are differentiated as such.

    Raises
    ------
    TypeError
        If ``value`` does not consist of real numbers, or is None.
    ValueError
        If ``value`` is a ragged list.
    """
    if type(value) is float:
        return value
    if type(value) is np.ndarray and value.dtype is FLOAT64:
        return value if value.ndim else value.item()
    if type(value) is Released:
        return value.array()  # type: ignore[no-any-return]
    if value is None:
        raise TypeError("None is not a number (a Variable made of it has no data yet)")
    if isinstance(value, int):
        # NumPy has no integers of more than 64 bits, but a float can hold them.
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, np.floating) or (
        type(value) is not np.ndarray and isinstance(value, Real)
    ):
        # Scalars of any type become floats; only arrays keep their dtype.
        return float(value)
    array = checked(array_of(value))
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    return array.item() if array.ndim == 0 and array.dtype == np.float64 else array


_silent: ContextVar[bool] = ContextVar("silent", default=False)
"""Whether NumPy's floating-point warnings are off in the current context."""

_quiet = Context()
_quiet.run(np.seterr, all="ignore")
_quiet.run(_silent.set, True)

_SETTINGS = tuple(_quiet.items())
"""The context variables of NumPy without warnings; setting them is faster than `np.seterr`."""


def ignoring_fp_warnings(function: Callable[..., Any], *args: Any, **params: Any) -> Any:
    """Return ``function(*args, **params)`` by IEEE 754, without warnings.

    The function runs in a copy of a context in which NumPy's floating-point warnings are off.  This
    costs a third of entering `np.errstate`, and leaves no trace however the call ends.  The
    function does not see the switches of `autodiff_cli.engine.config`, so it must consist of NumPy
    functions only.
    """
    if _silent.get():
        return function(*args, **params)
    return _quiet.copy().run(function, *args, **params)


def without_warnings(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function to compute by IEEE 754, without warnings.

    It runs in a copy of the current context, so that no setting persists however the call ends.
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
    """Return a result of NumPy in the form in which Variables hold values."""
    if type(value) is np.ndarray and value.dtype is FLOAT64 and value.ndim:
        return value
    if type(value) is np.float64:
        return float(value)
    return as_value(value if isinstance(value, np.ndarray) else np.asarray(value))


def boxed(x: Any) -> Any:
    """Return a single element as an array without axes, as NumPy may take it for a sequence."""
    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), object)
    box[()] = x
    return box
