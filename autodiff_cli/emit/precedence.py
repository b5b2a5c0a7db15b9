"""Operator precedence: the one table by which every renderer places brackets.

It is ordered from the lowest to the highest precedence.  A sign has a higher precedence than a
product here, because ``-x*y`` has the same value either way, while ``(-x)**2`` is not ``-x**2``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["ATOM", "CHOICE", "POWER", "PRODUCT", "SIGN", "SUM", "Piece", "signed_sum"]

CHOICE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


class Piece(NamedTuple):
    """A piece of text with the precedence of its outermost operation."""

    text: str
    binds: int = ATOM

    def within(self, least: int) -> str:
        """Return the text, in brackets if its precedence is lower than its context requires."""
        return self.text if self.binds >= least else self.bracketed()

    def bracketed(self) -> str:
        """Return the text in brackets."""
        return f"({self.text})"


def signed_sum(parts: Iterable[tuple[bool, str]]) -> str:
    """Return the text of a sum from its terms: whether each is negative, and its text unsigned."""
    pieces: list[str] = []
    for negative, text in parts:
        if pieces:
            pieces.append(f" {'-' if negative else '+'} {text}")
        else:
            pieces.append(f"-{text}" if negative else text)
    return "".join(pieces)
