"""Numbers as formulas want them: exact where a float is plainly meant to be a fraction."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeAlias

__all__ = ["Exact", "exact", "is_decimal", "magnitude", "power", "written"]

Exact: TypeAlias = Fraction | float
"""A fraction, or a float that is no simple one."""

_MOST_DIGITS = 12
_MOST_DENOMINATOR = 2000
_MOST_BITS = 200


def exact(value: float) -> Exact:
    """Return the fraction a float was meant to be, or the float itself.

    Those are whole numbers, decimals of up to twelve digits, and what is within two units in the
    last place of a fraction with a small denominator: of the floats in general one in millions is.
    """
    if not math.isfinite(value):
        return value
    if value == int(value) and abs(value) < 2.0**53:
        return Fraction(int(value))
    digits, _, exponent = repr(value).partition("e")
    if len(digits.strip("-0.").replace(".", "")) <= _MOST_DIGITS and abs(int(exponent or 0)) < 20:
        return Fraction(repr(value))
    near = Fraction(value).limit_denominator(_MOST_DENOMINATOR)
    return near if near and abs(float(near) - value) <= 2 * math.ulp(value) else value


def power(base: Exact, exponent: Exact) -> Exact | None:
    """Return a power of numbers if it is exact and not too long; else None."""
    if isinstance(exponent, float):
        return None
    if isinstance(base, float):
        return base ** int(exponent) if exponent.denominator == 1 and abs(exponent) < 50 else None
    if exponent.denominator != 1:
        roots = [_root(n, exponent.denominator) for n in (base.numerator, base.denominator)]
        if base < 0 or None in roots:
            return None
        base, exponent = Fraction(*roots), Fraction(exponent.numerator)  # type: ignore[arg-type]
    if base == 0 and exponent < 0:
        return None
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    return base ** int(exponent) if bits * abs(exponent) <= _MOST_BITS else None


def _root(n: int, k: int) -> int | None:
    """Return the k-th root of a whole number, if that is one."""
    if n < 0 or k > 10 or n.bit_length() > _MOST_BITS:
        return None
    near = round(n ** (1.0 / k))
    return next((r for r in (near - 1, near, near + 1) if r >= 0 and r**k == n), None)


def magnitude(value: Exact) -> Exact:
    """Return a number without its sign."""
    return -value if value < 0 else value


def is_decimal(value: Fraction) -> bool:
    """Return whether a fraction is better written with a point: a tenth, but not a half."""
    return value.denominator % 5 == 0 and Fraction(repr(float(value))) == value


def written(value: Exact) -> str:
    """Return a positive number as the language reads it: 3, 1/3, 0.1, 1e-07."""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if value.denominator == 1:
        return str(value.numerator) if value < 10**15 else repr(float(value))
    if is_decimal(value):
        return repr(float(value))
    return f"{value.numerator}/{value.denominator}"
