"""Define exact numbers, which are known fractions or unknown."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

__all__ = ["ExactNumber"]

MOST_DIGITS = 15
"""The most decimals of a float as written by a person; computed ones have more, rarely fewer."""
MOST_POWER = 10_000


class ExactNumber:
    """A fraction, or None for an unknown number; arithmetic with floats is exact as well."""

    __slots__ = ("value",)
    __array_ufunc__ = None

    def __init__(self, value: Fraction | None) -> None:
        self.value = value

    @classmethod
    def of(cls, number: Any) -> ExactNumber:
        """Return the decimal that a float represents; unknown if it has been rounded."""
        if isinstance(number, ExactNumber):
            return number
        number = float(number)
        if not math.isfinite(number):
            return cls(None)
        text = repr(number)
        digits = text.partition("e")[0].replace(".", "").replace("-", "").strip("0")
        return cls(Fraction(text) if len(digits) <= MOST_DIGITS else None)

    def __float__(self) -> float:
        return math.nan if self.value is None else float(self.value)

    def __add__(self, other: Any) -> ExactNumber:
        a, b = self.value, ExactNumber.of(other).value
        return ExactNumber(None if a is None or b is None else a + b)

    __radd__ = __add__

    def __neg__(self) -> ExactNumber:
        return ExactNumber(None if self.value is None else -self.value)

    def __sub__(self, other: Any) -> ExactNumber:
        return self + -ExactNumber.of(other)

    def __rsub__(self, other: Any) -> ExactNumber:
        return ExactNumber.of(other) - self

    def __mul__(self, other: Any) -> ExactNumber:
        a, b = self.value, ExactNumber.of(other).value
        if a == 0 or b == 0:
            return ExactNumber(Fraction(0))
        return ExactNumber(None if a is None or b is None else a * b)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> ExactNumber:
        a, b = self.value, ExactNumber.of(other).value
        return ExactNumber(None if a is None or b is None or b == 0 else a / b)

    def __rtruediv__(self, other: Any) -> ExactNumber:
        return ExactNumber.of(other) / self

    def raised(self, exponent: ExactNumber) -> ExactNumber:
        """Return a power; unknown if the root in it is not a fraction."""
        base, n = self.value, exponent.value
        if base is None or n is None or abs(n.numerator) > MOST_POWER or n.denominator > 64:
            return ExactNumber(None)
        if base == 0:
            return ExactNumber(Fraction(int(n == 0)) if n >= 0 else None)
        root = _root(base, n.denominator)
        if root is None:
            return ExactNumber(None)
        return ExactNumber(Fraction(root.numerator, root.denominator) ** n.numerator)


def _root(x: Fraction, n: int) -> Fraction | None:
    """Return the n-th root of a fraction if it is a fraction, else None."""
    if n == 1:
        return x
    if x < 0:
        return None
    parts = []
    for part in (x.numerator, x.denominator):
        guess = round(part ** (1 / n)) if part < 10**15 else 0
        if guess**n != part:
            return None
        parts.append(guess)
    return Fraction(*parts)
