"""Check the arguments that are given with an expression: values, names, orders."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Real
from typing import Any, get_args

import numpy as np

from autodiff_cli.errors import UsageError
from autodiff_cli.limits import MOST_ORDER

__all__ = [
    "check_text",
    "given_choice",
    "given_names",
    "given_order",
    "given_value",
    "given_values",
]

MOST_CHARACTERS = 40
"""The most characters of an argument that a message shows."""


def _is_masked(value: Any) -> bool:
    """Return whether a value is an array of which some elements are masked.

    The check of the class comes first, because `numpy.ma` is slow to load.
    """
    subclass = isinstance(value, np.ndarray) and type(value) is not np.ndarray
    return subclass and isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def given_value(name: str, value: Any) -> Any:
    """Return a value given for a variable in the form that the engine takes.

    Raises
    ------
    UsageError
        If it does not consist of real numbers.
    """
    if _is_masked(value):
        raise UsageError(
            f"the value given for `{name}` is a masked array, whose mask would be lost",
            code="bad-value",
            hint="give `a.compressed()`, the elements that count, or `a.filled(...)`",
        )
    try:
        array = np.asarray(value)
        # NumPy would convert strings to numbers, None to nan, and complex numbers to real ones.
        if array.dtype.kind in "cUSMmV" or not all(map(_is_number, _objects(array))):
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(
            f"the value given for `{name}` is not a number or an array of numbers",
            code="bad-value",
            hint=f'give one, as in `{{"{name}": 2.5}}` or `{{"{name}": [1, 2]}}`',
        ) from None
    return array.item() if array.ndim == 0 else array


def _objects(array: Any) -> list[Any]:
    """Return the elements of an array of any dtype as a list."""
    return list(array.ravel()) if array.dtype.kind == "O" else []


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "fbiu"
    return isinstance(value, Real | Decimal | np.bool_)


def _shown(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 4]} ..."


def check_text(expression: Any) -> None:
    """Check that an expression is a string.

    Raises
    ------
    UsageError
        If it is not.
    """
    if not isinstance(expression, str):
        raise UsageError(
            f"an expression is a text, not `{_shown(expression)}`",
            code="bad-expression",
            hint='write it in quotes, as in `evaluate("x**2", {"x": 3})`',
        )


def given_values(given: Any, what: str = "at") -> Mapping[str, Any]:
    """Return values by the names of variables; an empty mapping for None.

    Parameters
    ----------
    what
        The name of the argument.

    Raises
    ------
    UsageError
        If they are not given by names.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise UsageError(
            f"`{what}` takes values by the names of variables, not `{_shown(given)}`",
            code="bad-option",
            hint=f'write it as `{what}={{"x": 2}}`',
        )
    return given


def given_names(wrt: Any) -> list[str] | None:
    """Return the names of variables, given as one name or several; None for None.

    Raises
    ------
    UsageError
        If the argument is something else.
    """
    if wrt is None:
        return None
    names = [wrt] if isinstance(wrt, str) else list(wrt) if isinstance(wrt, Iterable) else [wrt]
    if not all(isinstance(name, str) for name in names):
        raise UsageError(
            f"`wrt` takes names of variables, not `{_shown(wrt)}`",
            code="bad-option",
            hint='write it as `wrt="x"` or `wrt=["x", "y"]`',
        )
    return names


def given_order(order: Any) -> int:
    """Return the order of a derivative.

    Raises
    ------
    UsageError
        If it is not a whole number, is negative, or is larger than `MOST_ORDER`.
    """
    try:
        found = operator.index(order)
    except TypeError:
        found = -1
    if not 0 <= found <= MOST_ORDER:
        raise UsageError(
            f"`order` has to be a whole number from 0 to {MOST_ORDER}, not `{_shown(order)}`",
            code="bad-option",
            hint="write it as `order=2`",
        )
    return found


def given_choice(what: str, given: Any, choices: Any) -> Any:
    """Return a choice that is one of the values of a `Literal` type.

    Raises
    ------
    UsageError
        If it is not one of them.
    """
    words = get_args(choices)
    if given not in words:
        raise UsageError(
            f"`{what}` is one of {', '.join(f'`{word}`' for word in words)}, not `{_shown(given)}`",
            code="bad-option",
            hint=f'write it as `{what}="{words[0]}"`',
        )
    return given
