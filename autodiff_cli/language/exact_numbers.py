"""Numbers of formulas: exact fractions where a float is evidently intended to be one."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from autodiff_cli.language.literals import digits

__all__ = [
    "Exact",
    "as_float",
    "exact",
    "is_decimal",
    "is_whole",
    "magnitude",
    "plus",
    "power",
    "times",
    "written",
]

Exact: TypeAlias = Fraction | float
"""A fraction, or a float that is not a simple fraction."""

_MOST_DIGITS = 12
_MOST_DENOMINATOR = 2000
_MOST_BITS = 200


def exact(value: float) -> Exact:
    """Return the fraction that a float is intended to be, or the float itself.

    Fractions are whole numbers, decimals of up to twelve digits, and floats within two units in the
    last place of a fraction with a small denominator, which holds for one float in millions.
    """
    if not math.isfinite(value):
        return value
    if value == int(value) and abs(value) < 2.0**53:
        return Fraction(int(value))
    digits, _, exponent = repr(value).partition("e")
    if len(digits.strip("-0.").replace(".", "")) <= _MOST_DIGITS and abs(int(exponent or 0)) < 20:
        return Fraction(repr(value))
    if abs(value) >= 2.0**53:
        return value
    near = Fraction(value).limit_denominator(_MOST_DENOMINATOR)
    return near if near and abs(float(near) - value) <= 2 * math.ulp(value) else value


def as_float(value: Exact) -> float:
    """Return the nearest float, which is infinite for a number that is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_whole(value: Exact) -> bool:
    """Return whether a number is whole."""
    return isinstance(value, Fraction) and value.denominator == 1


def plus(x: Exact, y: Exact) -> Exact:
    """Return a sum: exact for fractions, and if an operand or the sum is out of float range."""
    if isinstance(x, float) or isinstance(y, float):
        total = as_float(x) + as_float(y)
        finite = _is_finite(x) and _is_finite(y)
        if not finite or (math.isfinite(total) and not (_is_beyond(x) or _is_beyond(y))):
            return total
        x, y = _decimal(x), _decimal(y)
    return x + y


def times(x: Exact, y: Exact) -> Exact:
    """Return a product: exact for fractions, and if a factor or it is out of float range."""
    if isinstance(x, float) or isinstance(y, float):
        product = as_float(x) * as_float(y)
        finite = _is_finite(x) and _is_finite(y)
        held = math.isfinite(product) and (product != 0 or 0 in (x, y))
        if not finite or (held and not (_is_beyond(x) or _is_beyond(y))):
            return product
        x, y = _decimal(x), _decimal(y)
    return x * y


def _decimal(value: Exact) -> Fraction:
    """Return the fraction that the shortest decimal notation of a finite number stands for."""
    return Fraction(repr(value)) if isinstance(value, float) else value


def _is_finite(value: Exact) -> bool:
    return isinstance(value, Fraction) or math.isfinite(value)


def _is_beyond(value: Exact) -> bool:
    """Return whether a fraction is too large, or too close to 0, for a float."""
    near = as_float(value)
    return isinstance(value, Fraction) and (math.isinf(near) or (near == 0.0) != (value == 0))


def power(base: Exact, exponent: Exact) -> Exact | None:
    """Return a power of numbers if it is exact and not too long; otherwise None.

    Powers that are not finite follow IEEE 754.
    """
    if base == 0 or not (_is_finite(base) and _is_finite(exponent)):
        with np.errstate(all="ignore"):
            return exact(float(np.power(as_float(base), as_float(exponent))))
    if isinstance(exponent, float):
        return None
    if isinstance(base, float):
        if exponent.denominator != 1 or abs(exponent) >= 50:
            return None
        with suppress(OverflowError):
            if found := base ** int(exponent):
                return found
        return None
    if exponent.denominator != 1:
        roots = [_root(n, exponent.denominator) for n in (base.numerator, base.denominator)]
        if base < 0 or None in roots:
            return None
        base, exponent = Fraction(*roots), Fraction(exponent.numerator)  # type: ignore[arg-type]
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > 1 and bits * abs(exponent) > _MOST_BITS:
        return None
    return base ** int(exponent)


def _root(n: int, k: int) -> int | None:
    """Return the k-th root of a whole number if the root is whole; otherwise None."""
    if n < 0 or k > 10 or n.bit_length() > _MOST_BITS:
        return None
    near = round(n ** (1.0 / k))
    return next((r for r in (near - 1, near, near + 1) if r >= 0 and r**k == n), None)


def magnitude(value: Exact) -> Exact:
    """Return the absolute value of a number."""
    return -value if value < 0 else value


def is_decimal(value: Fraction) -> bool:
    """Return whether a fraction is better written as a decimal: a tenth, but not a half."""
    near = as_float(value)
    return value.denominator % 5 == 0 and math.isfinite(near) and Fraction(repr(near)) == value


def written(value: Exact) -> str:
    """Return a positive number in the notation of the language: 3, 1/3, 0.1, 1e-07."""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if value.denominator == 1:
        return _whole(value.numerator)
    if is_decimal(value):
        return repr(float(value))
    return f"{_whole(value.numerator)}/{_whole(value.denominator)}"


def _whole(value: int) -> str:
    """Return a whole number in full, or with an exponent if it is long and mostly zeros."""
    text = digits(value)
    short = text.rstrip("0")
    beyond = math.isinf(as_float(Fraction(value))) if len(text) > _LONGEST_FLOAT else False
    # Within the range of floats, a number with an exponent is read as the nearest float.
    if not beyond or len(short) > len(text) / 2:
        return text
    return f"{short}e{len(text) - len(short)}"


_LONGEST_FLOAT = 308
"""The most digits for which every whole number is within the range of floats."""
