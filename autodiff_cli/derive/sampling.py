"""Points of a box to try a claim at, and the simplest one at which it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product, takewhile
from random import Random
from typing import TypeAlias

__all__ = ["Point", "Sides", "points", "simplest"]

Point: TypeAlias = dict[str, Fraction]
Sides: TypeAlias = Mapping[str, tuple[Fraction, Fraction]]

DIGITS = 1000
"""In how many parts a side is divided, whose ends the numbers of random points are."""

MOST_TRIED = 300
"""How many simple points are tried together before one number is made simple after the other."""

FEW = 7
"""How many simple numbers of each variable they have."""


def points(sides: Sides, count: int, seed: int = 0) -> Iterator[Point]:
    """Yield corners of a box, and so many random points of it, whose numbers have few digits."""
    for corner in islice(product(*sides.values()), 2 ** min(len(sides), 3)):
        yield dict(zip(sides, corner, strict=True))
    rng = Random(seed)
    for _ in range(count):
        yield {
            name: low + (high - low) * Fraction(rng.randrange(1, DIGITS), DIGITS)
            for name, (low, high) in sides.items()
        }


def simplest(
    point: Point, sides: Sides, first_failing: Callable[[Sequence[Point]], Point | None]
) -> Point:
    """Return a point of a box as simple as can be at which a claim fails.

    Parameters
    ----------
    point
        One at which it fails.
    first_failing
        Returns the first one of some points at which it does, if there is one.
    """
    few = [list(islice(_simple(*side), FEW)) for side in sides.values()]
    places = sorted(product(*(range(len(some)) for some in few)), key=sum)[:MOST_TRIED]
    together = [
        dict(zip(sides, (some[k] for some, k in zip(few, ks, strict=True)), strict=True))
        for ks in places
    ]
    if (found := first_failing(together)) is not None:
        return found
    for name, side in sides.items():
        simpler = takewhile(point[name].__ne__, _simple(*side))
        tried = [{**point, name: x} for x in simpler]
        point = first_failing(tried) or point
    return point


def _simple(low: Fraction, high: Fraction) -> Iterator[Fraction]:
    """Yield numbers of an interval: small whole ones first, then halves, tenths and hundredths."""
    for parts, most in ((1, 10), (2, 10), (10, 10), (1, 100), (100, 3)):
        signed = (sign * p for p in range(1, parts * most + 1) for sign in (1, -1))
        for p in (1, 0, *islice(signed, 1, None)):
            if low <= (x := Fraction(p, parts)) <= high:
                yield x
