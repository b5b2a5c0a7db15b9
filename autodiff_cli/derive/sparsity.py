"""Determine which derivatives can be nonzero, from the graph, and which are computed together.

The variables that each result depends on are sets of bits, propagated once over the graph: Griewank
and Walther, Evaluating Derivatives, 2nd ed. (2008), chapter 7.  Applied to the graph of a gradient,
which contains exactly the derivatives declared for each operation, this gives the pattern of the
Hessian without a table of which operation is linear in which argument.

Columns whose entries can be separated are given the same color, and are computed by one product
with a vector: Gebremedhin, Manne, Pothen, What Color Is Your Jacobian? (2005).
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
    """Return for each of ``ys`` the set of ``xs`` by which its derivative can be nonzero."""
    found = {x: 1 << i for i, x in enumerate(xs)}
    for v in reversed(reachable(ys)):
        op, inputs = v.operation, v.inputs
        if isinstance(op, Operation) and None in op.vjps:
            # There is no derivative by an input without a rule, such as the condition of `where`.
            inputs = tuple(x for x, rule in zip(inputs, op.vjps, strict=True) if rule is not None)
        members = found.get(v, 0)
        for x in inputs:
            if isinstance(x, Variable):
                members |= found.get(x, 0)
        if members:
            found[v] = members
    return [found.get(y, 0) for y in ys]


def interactions(gradient: Sequence[Variable], xs: Sequence[Variable]) -> list[int]:
    """Return for each of ``xs`` the set of ``xs`` with which its second derivative can be nonzero.

    Parameters
    ----------
    gradient
        The derivative by each of ``xs``, as a graph.
    """
    found = dependences(gradient, xs)
    # A rule may hide a dependence on one side of the diagonal only, so the pattern is symmetrized.
    for i, members in enumerate(found):
        for j in bits(members):
            found[j] |= 1 << i
    return found


def independent_groups(rows: Sequence[int]) -> list[list[int]]:
    """Return the rows of a Jacobian in groups within which no two rows share a column."""
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
    """A star coloring of a symmetric pattern: neighbors differ, no path of four has two colors.

    Of two neighbors, at least one is then the only neighbor of the other with its color, and their
    entry can be read from the sum of the columns of that color.

    Parameters
    ----------
    pattern
        The neighbors of each vertex.
    alone
        Vertices that share their color with no other vertex.

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
        # For each color, the vertices with a neighbor of it, and those with several.
        self._once: list[int] = []
        self._twice: list[int] = []
        degrees = [members.bit_count() for members in self.neighbors]
        # If most pairs interact, a search for colors to share saves nothing.
        dense = 2 * sum(degrees) > n * (n - 1)
        single = [dense or (alone is not None and alone[v]) for v in range(n)]
        own: list[bool] = []
        colored = 0
        # Vertices in `alone` come first, then those with the most neighbors: a vertex that
        # interacts with all others makes these close to each other, so it must not come last.
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
        """Return the vertices whose colors are excluded for ``v``."""
        near = self.neighbors[v] & colored
        for w in bits(self.neighbors[v]):
            if colored >> w & 1:
                near |= self.neighbors[w] & self._twice[self.colors[w]] & colored
            else:
                near |= self.neighbors[w] & colored
        return near

    def tells(self, v: int, w: int) -> bool:
        """Return whether the sum of the columns of the color of ``v`` gives its entry for ``w``."""
        return v == w or not self._twice[self.colors[v]] >> w & 1
