"""Group the nodes of a large acyclic graph so that few groups remain: the algorithm of `collapse`.

A function of numbers alone: nodes are numbered in topological order, and nothing is known of them
but which nodes they use, what they look like, and which must end a group.

1. Cones: a node joins the node that uses it if nothing else does, up to a number of nodes.
2. Runs: a group joins the one that uses it if nothing else does and both have the same shape.
3. Copies: groups of the same shape that only one group uses become one.
4. If that is not enough, bands: nodes in the same range of levels that are connected.

Each step leaves the graph of the groups acyclic.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["CallGroup", "Graph", "grouped"]

_LONGEST_PART = 12
"""The most nodes of a part that repeats."""


@dataclass(frozen=True)
class Graph:
    """An acyclic graph.

    Attributes
    ----------
    inputs
        For each node what its arguments are: earlier nodes, or None for anything else.
    kinds
        What each node looks like.
    fixed
        The nodes whose results are to be seen: they are not hidden in a cone.
    """

    inputs: Sequence[Sequence[int | None]]
    kinds: Sequence[Hashable]
    fixed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CallGroup:
    """Some nodes of a graph that are drawn as one.

    Attributes
    ----------
    members
        The nodes in order.
    unit
        The members of one of several parts of the same shape, which the group consists of; all
        members if there are no such parts.
    times
        The number of these parts.
    """

    members: tuple[int, ...]
    unit: tuple[int, ...]
    times: int = 1


def grouped(graph: Graph, most: int) -> list[CallGroup]:
    """Return a partition of the nodes into groups: at most ``most`` of them if that is possible.

    The groups are in topological order.
    """
    size = len(graph.inputs)
    if size <= most:
        return [CallGroup((k,), (k,)) for k in range(size)]
    best: list[CallGroup] = []
    for limit in _limits(size, most):
        found = _Partition(graph, limit).groups()
        if not best or len(found) < len(best):
            best = found
        if len(best) <= most:
            return _of_longer_parts(graph, best)
    depth = 2
    while len(found) > most and depth <= 2 * size:
        found = _bands(graph, best, depth)
        depth *= 2
    return found


def _of_longer_parts(graph: Graph, groups: list[CallGroup]) -> list[CallGroup]:
    """Return fewer groups if most of the graph repeats parts of several nodes, as a loop does."""
    size = len(graph.inputs)
    for limit in range(2, _LONGEST_PART + 1):
        found = _Partition(graph, limit).groups()
        repeated = sum(len(group.members) for group in found if group.times > 1)
        if 2 * repeated > size and len(found) < len(groups):
            groups = found
    return groups


def _limits(size: int, most: int) -> Iterator[int]:
    """Yield sizes of cones that grow by half, but at least by one.

    Cones far above the average size that is needed would leave nothing but themselves.
    """
    limit = 1
    while limit <= min(size, 4 + 4 * size // most):
        yield limit
        limit += max(1, limit // 2)


class _Partition:
    """The cones of a graph up to a size, merged where they repeat.

    Attributes
    ----------
    root
        The last node of the group of each node.
    """

    def __init__(self, graph: Graph, limit: int) -> None:
        self.graph = graph
        self.root = list(range(len(graph.inputs)))
        self._find_cones(limit)
        self.shapes: dict[int, Hashable] = dict(self._shapes())
        self.parent = {r: r for r in set(self.root)}
        self.units = {r: (1, r) for r in self.parent}
        while self._merge_runs() or self._merge_copies():
            pass

    def _find_cones(self, limit: int) -> None:
        graph, root = self.graph, self.root
        users: list[set[int]] = [set() for _ in root]
        sizes = [1] * len(root)
        for k in range(len(root) - 1, -1, -1):
            # The groups of all nodes that use this one are known.
            groups = users[k]
            if len(groups) == 1 and k not in graph.fixed:
                (r,) = groups
                if sizes[r] < limit:
                    root[k] = r
                    sizes[r] += 1
            for i in graph.inputs[k]:
                if i is not None:
                    users[i].add(root[k])

    def _shapes(self) -> dict[int, int]:
        """Return a number for each group, which is the same for groups of the same shape."""
        numbers: dict[Hashable, int] = {}
        each: list[int] = []
        for k, inputs in enumerate(self.graph.inputs):
            inside = (
                each[i] if i is not None and self.root[i] == self.root[k] else -1 for i in inputs
            )
            each.append(numbers.setdefault((self.graph.kinds[k], *inside), len(numbers)))
        return {r: each[r] for r in set(self.root)}

    def group(self, k: int) -> int:
        """Return the group of a node now, after merging."""
        g = self.root[k]
        while self.parent[g] != g:
            self.parent[g] = g = self.parent[self.parent[g]]
        return g

    def _users(self) -> dict[int, set[int]]:
        """Return the groups that use each group."""
        found: dict[int, set[int]] = {g: set() for g, p in self.parent.items() if g == p}
        for k, inputs in enumerate(self.graph.inputs):
            user = self.group(k)
            for i in inputs:
                if i is not None and (used := self.group(i)) != user:
                    found[used].add(user)
        return found

    def _is_fixed(self, g: int) -> bool:
        return g in self.graph.fixed

    def _join(self, g: int, into: int) -> None:
        times, unit = self.units[into]
        self.units[into] = times + self.units[g][0], unit
        self.parent[g] = into

    def _merge_runs(self) -> bool:
        merged = set()
        users = self._users()
        for g in sorted(users, reverse=True):
            if len(users[g]) == 1 and not self._is_fixed(g):
                (user,) = users[g]
                if self.shapes[g] == self.shapes[user]:
                    self._join(g, self.group(user))
                    merged.add(self.group(user))
        return self._renamed(merged, "run")

    def _merge_copies(self) -> bool:
        alike: dict[Hashable, list[int]] = {}
        for g, users in self._users().items():
            if len(users) == 1 and not self._is_fixed(g):
                alike.setdefault((*users, self.shapes[g]), []).append(g)
        merged = set()
        for copies in alike.values():
            for g in copies[1:]:
                self._join(g, copies[0])
                merged.add(copies[0])
        return self._renamed(merged, "copies")

    def _renamed(self, merged: set[int], how: str) -> bool:
        """Set the shapes of merged groups, which are no longer those of their parts."""
        for g in merged:
            self.shapes[g] = how, self.shapes[g], self.units[g][0]
        return bool(merged)

    def groups(self) -> list[CallGroup]:
        """Return the groups in topological order."""
        members: dict[int, list[int]] = {}
        for k in range(len(self.root)):
            members.setdefault(self.group(k), []).append(k)
        found = []
        for g, nodes in members.items():
            times, unit = self.units[g]
            part = tuple(k for k in nodes if self.root[k] == unit) if times > 1 else tuple(nodes)
            found.append(CallGroup(tuple(nodes), part, times))
        return _in_order(self.graph, found)


def _in_order(graph: Graph, groups: Sequence[CallGroup]) -> list[CallGroup]:
    """Return groups in topological order, by their first members where there is a choice."""
    place = {k: g for g, group in enumerate(groups) for k in group.members}
    needs: list[set[int]] = [set() for _ in groups]
    for k, inputs in enumerate(graph.inputs):
        needs[place[k]] |= {place[i] for i in inputs if i is not None} - {place[k]}
    done: set[int] = set()
    order: list[int] = []
    for first in sorted(range(len(groups)), key=lambda g: groups[g].members[-1]):
        stack = [first]
        while stack:
            g = stack[-1]
            missing = sorted(needs[g] - done, key=lambda h: groups[h].members[-1])
            if g in done or not missing:
                stack.pop()
                if g not in done:
                    done.add(g)
                    order.append(g)
            else:
                stack.extend(reversed(missing))
    return [groups[g] for g in order]


def _bands(graph: Graph, groups: Sequence[CallGroup], depth: int) -> list[CallGroup]:
    """Return larger groups: those connected within ranges of ``depth`` levels."""
    place = {k: g for g, group in enumerate(groups) for k in group.members}
    needs: list[set[int]] = [set() for _ in groups]
    for k, inputs in enumerate(graph.inputs):
        needs[place[k]] |= {place[i] for i in inputs if i is not None} - {place[k]}
    levels = [0] * len(groups)
    parent = list(range(len(groups)))

    def find(g: int) -> int:
        while parent[g] != g:
            parent[g] = g = parent[parent[g]]
        return g

    for g in range(len(groups)):
        levels[g] = max((levels[h] + 1 for h in needs[g]), default=0)
    for g in range(len(groups)):
        for h in needs[g]:
            if levels[h] // depth == levels[g] // depth:
                parent[find(h)] = find(g)
    merged: dict[int, list[int]] = {}
    for g in range(len(groups)):
        merged.setdefault(find(g), []).append(g)
    found = []
    for parts in merged.values():
        members = tuple(sorted(k for g in parts for k in groups[g].members))
        found.append(groups[parts[0]] if len(parts) == 1 else CallGroup(members, members))
    return _in_order(graph, found)
