"""Which derivatives can be other than zero, seen from the graph, and which can be had together.

The variables that each result depends on are sets of bits, propagated once over the graph: Griewank
and Walther, Evaluating Derivatives, 2nd ed. (2008), chapter 7.  Done on the graph of a gradient,
which has for each operation the derivatives that its declaration says and no others, that gives the
pattern of the Hessian without a table of what is linear in what.

Columns that do not get in each other's way are given the same color, and come from one product with
a vector: Gebremedhin, Manne, Pothen, What Color Is Your Jacobian? (2005).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.variable import reachable

__all__ = ["Coloring", "bits", "dependences", "independent_groups", "interactions"]


def bits(members: int) -> Iterator[int]:
    """Yield the members of a set of bits, smallest first."""
    while members:
        lowest = members & -members
        yield lowest.bit_length() - 1
        members ^= lowest


def dependences(ys: Sequence[Variable], xs: Sequence[Variable]) -> list[int]:
    """Return for each of ``ys`` which of ``xs`` its derivative can be other than zero by."""
    found = {x: 1 << i for i, x in enumerate(xs)}
    for v in reversed(reachable(ys)):
        op, inputs = v.operation, v.inputs
        if isinstance(op, Operation) and None in op.vjps:
            # What has no rule, such as the condition of `where`, has no derivative either.
            inputs = tuple(x for x, rule in zip(inputs, op.vjps, strict=True) if rule is not None)
        members = found.get(v, 0)
        for x in inputs:
            if isinstance(x, Variable):
                members |= found.get(x, 0)
        if members:
            found[v] = members
    return [found.get(y, 0) for y in ys]


def interactions(gradient: Sequence[Variable], xs: Sequence[Variable]) -> list[int]:
    """Return for each of ``xs`` the ones with which it has a second derivative, itself perhaps.

    Parameters
    ----------
    gradient
        The derivative by each of ``xs``, as a graph.
    """
    found = dependences(gradient, xs)
    # A rule may hide on one side what it cannot on the other: what is named once counts.
    for i, members in enumerate(found):
        for j in bits(members):
            found[j] |= 1 << i
    return found


def independent_groups(rows: Sequence[int]) -> list[list[int]]:
    """Return the rows of a Jacobian in groups, in each of which no two have a column in common."""
    groups: list[list[int]] = []
    taken: list[int] = []
    for i, members in enumerate(rows):
        for k, already in enumerate(taken):
            if not already & members:
                groups[k].append(i)
                taken[k] |= members
                break
        else:
            groups.append([i])
            taken.append(members)
    return groups


class Coloring:
    """A star coloring of a symmetric pattern: neighbors differ, and no path of four has two colors.

    Then of two neighbors one at least is the only neighbor of the other that has its color, and
    their entry can be read off the sum of the columns of that color.

    Parameters
    ----------
    pattern
        For each vertex its neighbors.
    alone
        Vertices that are to share their color with no other.

    Attributes
    ----------
    colors
        The color of each vertex, from 0.
    classes
        The vertices of each color.
    """

    def __init__(self, pattern: Sequence[int], alone: Sequence[bool] | None = None) -> None:
        n = len(pattern)
        self.neighbors = [members & ~(1 << v) for v, members in enumerate(pattern)]
        self.colors = [-1] * n
        self.classes: list[int] = []
        # The vertices that have a neighbor of each color, and those that have several.
        self._once: list[int] = []
        self._twice: list[int] = []
        degrees = [members.bit_count() for members in self.neighbors]
        # Where most interact with most there is nothing to be saved by looking for it.
        dense = 2 * sum(degrees) > n * (n - 1)
        single = [dense or (alone is not None and alone[v]) for v in range(n)]
        own: list[bool] = []
        colored = 0
        # First those that are alone, then those with the most neighbors: a vertex that interacts
        # with all others must not come last, when these are far from each other no longer.
        for v in sorted(range(n), key=lambda v: (not single[v], -degrees[v])):
            color = len(self.classes)
            if not single[v]:
                near = self._too_near(v, colored)
                free = (
                    c for c, members in enumerate(self.classes) if not (own[c] or members & near)
                )
                color = next(free, color)
            if color == len(self.classes):
                self.classes.append(0)
                self._once.append(0)
                self._twice.append(0)
                own.append(single[v])
            self.colors[v] = color
            self.classes[color] |= 1 << v
            self._twice[color] |= self._once[color] & self.neighbors[v]
            self._once[color] |= self.neighbors[v]
            colored |= 1 << v

    def _too_near(self, v: int, colored: int) -> int:
        """Return the vertices whose colors ``v`` must not have."""
        near = self.neighbors[v] & colored
        for w in bits(self.neighbors[v]):
            if colored >> w & 1:
                near |= self.neighbors[w] & self._twice[self.colors[w]] & colored
            else:
                near |= self.neighbors[w] & colored
        return near

    def tells(self, v: int, w: int) -> bool:
        """Return whether the sum of the columns of the color of ``v`` has its entry for ``w``."""
        return v == w or not self._twice[self.colors[v]] >> w & 1
