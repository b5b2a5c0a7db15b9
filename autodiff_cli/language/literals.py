"""Literal numbers of any length: their exact values and their digits."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["MOST_DIGITS", "beyond_float", "digits", "parts"]

MOST_DIGITS = 10_000
"""The most digits of a number that is written in full."""

_PIECE_DIGITS = 4000
"""The most digits that are converted at once; the limit of Python is 4,300."""

_PIECE = 10**_PIECE_DIGITS

_LONGEST_FLOAT = 15
"""The most digits for which every whole number is exactly a float."""


def parts(text: str) -> tuple[str, int]:
    """Return the digits of a literal and the exponent of the power of ten that scales them."""
    mantissa, _, power = text.replace("_", "").lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    return whole + decimals, int(power or 0) - len(decimals)


def beyond_float(text: str, value: float) -> Fraction | None:
    """Return the exact value of a literal if the nearest float may differ from it.

    These are whole numbers written in full that have more digits than a float, and numbers beyond
    the range of floats.  None for all others, and for a number that has too many digits.

    Parameters
    ----------
    text
        The literal.
    value
        The float nearest to it.
    """
    if len(text) <= _LONGEST_FLOAT and "e" not in text and "E" not in text:
        return None
    if len(text.lower().partition("e")[2]) > len(str(MOST_DIGITS)) + 1:
        return None
    digits, exponent = parts(text)
    trailing = len(digits) - len(digits.rstrip("0"))
    if exponent < 0:
        # Trailing zeros after the decimal point do not change the value.
        dropped = min(trailing, -exponent)
        digits, exponent = digits[: len(digits) - dropped], exponent + dropped
    in_range = value not in (0.0, float("inf"))
    if not digits.strip("0") or (in_range and not text.replace("_", "").isdigit()):
        return None
    if max(len(digits) + max(exponent, 0), -exponent) > MOST_DIGITS:
        return None
    return _whole(digits) * Fraction(10) ** exponent


def _whole(text: str) -> int:
    """Return the whole number of a text of any length."""
    value = 0
    first = len(text) % _PIECE_DIGITS
    for piece in (text[:first], *re.findall(f".{{{_PIECE_DIGITS}}}", text[first:])):
        value = value * 10 ** len(piece) + int(piece or 0)
    return value


def digits(value: int) -> str:
    """Return the digits of a whole number of any length that is not negative."""
    pieces: list[str] = []
    while value >= _PIECE:
        value, piece = divmod(value, _PIECE)
        pieces.append(str(piece).zfill(_PIECE_DIGITS))
    return "".join([str(value), *reversed(pieces)])
