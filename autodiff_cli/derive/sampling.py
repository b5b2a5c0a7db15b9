"""Choose points of a box at which to test a claim, and find a simple one at which it fails."""

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
"""The number of parts of a side whose end points are the coordinates of random points."""

MOST_TRIED = 300
"""The largest number of simple points tried before coordinates are simplified one by one."""

FEW = 7
"""The number of simple numbers tried for each variable."""


def points(sides: Sides, count: int, seed: int = 0) -> Iterator[Point]:
    """Yield corners of a box, then ``count`` random points whose coordinates have few digits."""
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
    """Return the simplest point found in a box at which a claim fails.

    Parameters
    ----------
    point
        A point at which the claim fails.
    first_failing
        A function that returns the first of some points at which the claim fails, or None.
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
    """Yield numbers of an interval: small integers first, then halves, tenths and hundredths."""
    for parts, most in ((1, 10), (2, 10), (10, 10), (1, 100), (100, 3)):
        signed = (sign * p for p in range(1, parts * most + 1) for sign in (1, -1))
        for p in (1, 0, *islice(signed, 1, None)):
            if low <= (x := Fraction(p, parts)) <= high:
                yield x
