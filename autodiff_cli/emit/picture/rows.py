"""Wrap a graph that is much wider than high into rows, as a text is wrapped into lines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from autodiff_cli.emit.picture.picture_graph import CallNode, PictureGraph

__all__ = ["is_long", "rows_of"]

_LONG = 6
"""The most calls one after the other in a picture of a single row."""

_MOST_ROWS = 6

_HEIGHT = 0.6
"""The height of a node beside the width that a call takes with its value."""

_SHAPE = 1.9
"""The width of a slide beside its height."""


def rows_of(seen: PictureGraph) -> Mapping[CallNode, int]:
    """Return the row of each call, from 0; nothing if the graph is not to be wrapped.

    Rows end where few values go on to the next one.  A graph whose rows would have to share many
    values is not wrapped.
    """
    levels = _levels(seen.calls)
    length = max(levels.values(), default=0)
    if length <= _LONG:
        return {}
    breadth = max(Counter(levels.values()).values())
    wanted = round(math.sqrt(length / (breadth * _HEIGHT * _SHAPE)))
    for rows in range(min(wanted, _MOST_ROWS), 1, -1):
        ends = _ends(seen, levels, length, rows)
        found = {call: sum(level > end for end in ends) for call, level in levels.items()}
        if _links(seen, found) <= 2 * rows + len(seen.calls) // 12:
            return found
    return {}


def is_long(seen: PictureGraph) -> bool:
    """Return whether a graph has too many calls one after the other for wide nodes."""
    return max(_levels(seen.calls).values(), default=0) > _LONG + 2


def _levels(calls: Sequence[CallNode]) -> dict[CallNode, int]:
    """Return the level of each call: the largest that is below those of the calls that use it."""
    before: dict[CallNode, int] = {}
    for call in reversed(calls):
        behind = before.setdefault(call, 0)
        for x in call.arguments:
            if x.call is not None:
                before[x.call] = max(before.get(x.call, 0), behind + 1)
    length = max(before.values(), default=-1) + 1
    return {call: length - before[call] for call in calls}


def _ends(
    seen: PictureGraph, levels: Mapping[CallNode, int], length: int, rows: int
) -> Sequence[int]:
    """Return the last level of each row but the last."""
    crossing = Counter(
        level
        for call in seen.calls
        for x in call.arguments
        if x.call is not None
        for level in range(levels[x.call], levels[call])
    )
    step = length / rows
    ends = []
    for row in range(1, rows):
        ideal = row * step
        near = [k for k in range(1, length) if abs(k - ideal) <= step / 4]
        ends.append(min(near, key=lambda k: (crossing[k], abs(k - row * step))))
    return ends


def _links(seen: PictureGraph, rows: Mapping[CallNode, int]) -> int:
    """Return the number of pairs of a value and another row in which it is used."""
    return len(
        {
            (x, rows[call])
            for call in seen.calls
            for x in call.arguments
            if x.call is not None and rows[x.call] != rows[call]
        }
    )
