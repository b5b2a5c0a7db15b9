"""How tightly operations bind: the one table by which every writer sets brackets.

It is read from the loosest to the tightest.  A sign binds tighter than a product here because
``-x*y`` is the same either way, while ``(-x)**2`` is not ``-x**2``.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ATOM", "CHOICE", "POWER", "PRODUCT", "SIGN", "SUM", "Piece"]

CHOICE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


class Piece(NamedTuple):
    """A piece of text, and how tightly its outermost operation binds."""

    text: str
    binds: int = ATOM

    def within(self, least: int) -> str:
        """Return it with brackets around, if it binds less tightly than its place asks for."""
        return self.text if self.binds >= least else self.bracketed()

    def bracketed(self) -> str:
        """Return it with brackets around."""
        return f"({self.text})"
