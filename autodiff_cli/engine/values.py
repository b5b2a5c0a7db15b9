"""What Variables hold: a ``float`` for a float64 scalar, an ``ndarray`` for anything else.

Python's floats are some ten times faster than NumPy's scalars, and graphs of scalars are common.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Value", "as_array", "checked", "primal", "settle"]

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = float | Array


def as_array(value: Any) -> Array:
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
        return array
    if kind == "c":
        raise TypeError(
            "complex data is not supported: give real and imaginary part as two variables"
        )
    raise TypeError(f"data of dtype {array.dtype} is not supported: give real numbers")


def primal(value: Any) -> Value:
    """Return a value as what is computed on: floating point, a float if it is a scalar.

    Integers and truth values become float64: they differentiate as float64 would.

    Raises
    ------
    TypeError
        If ``value`` is not made of real numbers.
    ValueError
        If it is None, the data of a Variable that was never given any, or a ragged list.
    """
    if type(value) is float:
        return value
    if value is None:
        raise ValueError("the variable has no data yet")
    array = checked(as_array(value))
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    return array.item() if array.ndim == 0 and array.dtype == np.float64 else array


def settle(value: Any) -> Value:
    """Return what NumPy computed in the form in which values are held."""
    if type(value) is float:
        return value
    return float(value) if isinstance(value, np.float64) else primal(value)
