"""Round balls to the nearest float64 or the nearest decimal."""

from __future__ import annotations

import math
from typing import Any

from flint import arb, fmpq, fmpz

from autodiff_cli.graph.ball_arithmetic import Number, as_ball, settled

__all__ = ["nearest_decimal", "nearest_float"]

FAR = 1100
"""The exponent of 2 beyond which a number is not in the range of float64."""

MOST_PLACES = 17
"""The largest number of digits of an integer that is written without exponent."""


def nearest_float(x: Number) -> float | None:
    """Return the float64 nearest to all numbers in a ball; None if there are several."""
    if type(x) is fmpq:
        return _quotient(int(x.p), int(x.q))
    if not x.is_finite():
        if not x.is_exact() or x.is_nan():
            return None
        return math.inf if x > 0 else -math.inf
    low, high = _rounded(x.lower()), _rounded(x.upper())
    # Adding 0 turns -0 into 0.
    return high + 0.0 if low == high else None


def _rounded(end: Any) -> float:
    """Return the float64 nearest to a ball of radius 0."""
    mantissa, exponent = end.man_exp()
    m, size = int(mantissa), mantissa.bit_length() + int(exponent)
    if m == 0 or size < -FAR:
        return 0.0
    if size > FAR:
        return math.inf if m > 0 else -math.inf
    n = int(exponent)
    return _quotient(m << n, 1) if n >= 0 else _quotient(m, 1 << -n)


def _quotient(p: int, q: int) -> float:
    # Python rounds the quotient of integers only once, even if it is subnormal.
    try:
        return p / q
    except OverflowError:
        return math.inf if p > 0 else -math.inf


def nearest_decimal(x: Number, digits: int) -> str | None:
    """Return the decimal of ``digits`` significant digits nearest to all numbers in a ball.

    A rational with fewer digits is written with its own digits.

    Returns
    -------
    str or None
        None if there are several such decimals.
    """
    x = settled(x)
    if type(x) is fmpq:
        if x == 0:
            return "0"
        if (short := _terminating(x, digits)) is not None:
            return short
    elif not x.is_finite():
        nearest = nearest_float(x)
        return None if nearest is None else repr(nearest)
    elif x == 0:
        return "0"
    elif x.contains(0):
        return None
    size = abs(as_ball(x))
    exponent = int((size.mid().log() / arb(10).log()).mid().floor().unique_fmpz() or 0)
    for power in (exponent, exponent - 1, exponent + 1):
        whole = _nearest_whole(abs(x) if type(x) is fmpq else size, digits - 1 - power)
        if whole is None:
            return None
        text = str(whole)
        if len(text) > digits and text.strip("0") == "1":
            text, power = text[:digits], power + 1
        if len(text) == digits:
            return ("-" if x < 0 else "") + written(text, power)
    return None


def _nearest_whole(x: Number, places: int) -> Any:
    """Return the integer nearest to ``x * 10**places``.

    It is an integer of the library, which can write numbers of any length.
    """
    if type(x) is fmpq:
        scaled = x * fmpq(10) ** places
        up = scaled + fmpq(1, 2)
        whole = up.floor()
        return whole - 1 if whole == up and whole % 2 else whole
    return (x * arb(10) ** fmpz(places) + arb(0.5)).floor().unique_fmpz()


def _terminating(x: Any, digits: int) -> str | None:
    """Return a rational as a decimal if it has at most ``digits`` digits, else None."""
    q, places = int(x.q), 0
    for prime in (2, 5):
        n = 0
        while q % prime == 0:
            q //= prime
            n += 1
        places = max(places, n)
    if q != 1 or places > 4 * digits + 1100:
        return None
    text = str(abs(x.p) * fmpz(10) ** places // x.q)
    power = len(text) - 1 - places
    text = text.rstrip("0")
    return None if len(text) > digits else ("-" if x < 0 else "") + written(text, power)


def written(digits: str, power: int) -> str:
    """Return digits as a decimal, where the first digit has the place value ``10**power``."""
    if 0 <= power < max(MOST_PLACES, len(digits)):
        whole = digits[: power + 1].ljust(power + 1, "0")
        return f"{whole}.{digits[power + 1 :]}" if len(digits) > power + 1 else whole
    if -5 < power < 0:
        return "0." + "0" * (-power - 1) + digits
    point = "." if len(digits) > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{'-' if power < 0 else '+'}{abs(power):02}"
