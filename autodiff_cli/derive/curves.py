"""Sample functions of one variable for drawing: closely where they bend, broken where they jump.

A function gives rows: values of several curves over the same parameter.  Points are added where a
row is far from straight between its neighbours.  Then each row is searched for poles (extremes that
grow without end), for ends of its domain and for jumps, by bisection of all candidates at a time: a
difference that does not shrink with the interval is a jump, and one of the derivative is a kink.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["Break", "RowFunction", "Samples", "sample"]

Column: TypeAlias = NDArray[np.float64]
RowFunction: TypeAlias = Callable[[Column], Column]
"""A function from n parameters to an array of k rows and n columns."""

Indices: TypeAlias = NDArray[np.intp]

_Choice: TypeAlias = Callable[[Column, Column, Column], NDArray[np.bool_]]
"""Whether the left half of intervals is taken, from the values at ends and middle."""

Kind: TypeAlias = Literal["hole", "edge", "jump", "pole"]
"""The kinds of breaks; of two at the same place the later one in this list counts."""

FIRST = 513
"""The number of points that are sampled first."""

ROUNDS = 7
"""The most times that an interval is halved where a row bends."""

MOST = 20_000
"""The number of points above which none are added."""

STRAIGHT = 1 / 1000
"""The distance from a straight line, as a fraction of the height, that is invisible."""

WIDE = 20.0
"""The factor by which values next to a pole exceed the rest if the window leaves them out."""

BISECTIONS = 60
"""The number of bisections that locate a break to the last bit of float64."""


class Break(NamedTuple):
    """A place where a row is not continuous, between two parameters next to each other.

    Attributes
    ----------
    kind
        A hole is a point whose value differs from the limit, or that has none.
    before, after
        The parameters on both sides.
    unbounded
        Whether the row grows without end there.
    """

    kind: Kind
    before: float
    after: float
    unbounded: bool = False

    @property
    def at(self) -> float:
        """The place: a number of few digits if there is one."""
        if self.before <= 0.0 <= self.after:
            return 0.0
        middle = (self.before + self.after) / 2
        short = (float(f"{middle:.{digits}g}") for digits in range(1, 9))
        return next((x for x in short if self.before <= x <= self.after), float(middle))


@dataclass(frozen=True)
class Samples:
    """Rows at the points sampled.

    Attributes
    ----------
    t
        The parameters, ascending.
    rows
        The values, one row for each curve.
    breaks
        The places where each row is not continuous.
    windows
        For each row the range that shows all of it but what is next to poles; None for a row
        without numbers.
    """

    t: Column
    rows: Column
    breaks: tuple[tuple[Break, ...], ...]
    windows: tuple[tuple[float, float] | None, ...]

    def pieces(self, *rows: int) -> Iterator[tuple[Column, ...]]:
        """Yield the parts of curves without a break: the parameters, and the values of each row."""
        t = self.t
        whole = np.logical_and.reduce([np.isfinite(self.rows[row]) for row in rows])
        joined = whole[:-1] & whole[1:]
        skipped = np.zeros(t.size, dtype=bool)
        for place in (place for row in rows for place in self.breaks[row]):
            inside = (t > place.before) & (t < place.after)
            if place.kind == "hole":
                skipped |= inside
            else:
                joined &= ~((t[:-1] < place.after) & (t[1:] > place.before))
        kept = ~skipped
        t, values = t[kept], self.rows[:, kept]
        # An interval that holds a hole is drawn if both of its ends are.
        joined = (joined | skipped[1:])[kept[:-1]][: t.size - 1]
        ends = np.flatnonzero(~joined) + 1
        for part in np.split(np.arange(t.size), ends):
            if part.size > 1:
                yield (t[part], *(values[row][part] for row in rows))


@np.errstate(all="ignore")
def sample(
    function: RowFunction, low: float, high: float, first: int = FIRST, most: int = MOST
) -> Samples:
    """Return the rows of a function between two parameters, at points that suit all of them.

    Parameters
    ----------
    first
        The number of points that are sampled first, at equal distances.
    most
        The number of points above which none are added.
    """
    t = np.linspace(low, high, first)
    if low < 0.0 < high:
        # Rounding may put a point next to 0 where the grid has 0 itself.
        t[np.abs(t) < (high - low) * 1e-12] = 0.0
    rows = function(t)
    for _ in range(ROUNDS):
        rough = np.flatnonzero(_rough(t, rows))
        if not rough.size or t.size > most:
            break
        t, rows = _with(function, t, rows, (t[rough] + t[rough + 1]) / 2)
    breaks = tuple(_breaks(function, t, rows, row) for row in range(len(rows)))
    near = [end for found in breaks for place in found for end in (place.before, place.after)]
    ends = np.array([x for x in near if low <= x <= high])
    windows = tuple(map(partial(_window, t), rows, breaks, function(ends)))
    t, rows = _with(function, t, rows, ends)
    return Samples(t, rows, breaks, windows)


def _with(function: RowFunction, t: Column, rows: Column, more: Column) -> tuple[Column, Column]:
    """Return parameters and rows with more of them, in ascending order, each once."""
    more = np.setdiff1d(more, t)
    if not more.size:
        return t, rows
    t, rows = np.append(t, more), np.hstack([rows, function(more)])
    order = np.argsort(t)
    return t[order], rows[:, order]


def _window(
    t: Column, values: Column, breaks: Iterable[Break], ends: Column
) -> tuple[float, float] | None:
    """Return the range of a row that is shown.

    Parameters
    ----------
    ends
        Values beside breaks, which count as far as they are not far from all others.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    if not any(place.unbounded for place in breaks):
        reach = (high - low) / 5
        near = np.clip(ends[np.isfinite(ends)], low - reach, high + reach)
        return float(min([low, *near])), float(max([high, *near]))
    bottom, top = _core(t, values)
    margin = (top - bottom) / 4
    return max(low, bottom - margin), min(high, top + margin)


def _core(t: Column, values: Column) -> tuple[float, float]:
    """Return the range that holds nine tenths of a row, by length of the parameter."""
    even = np.interp(np.linspace(t[0], t[-1], FIRST), t, np.nan_to_num(values, nan=0.0))
    even = even[np.isfinite(even)]
    bottom, top = np.quantile(even, [0.05, 0.95]) if even.size else (0.0, 0.0)
    return float(bottom), float(top)


def _scale(t: Column, values: Column) -> tuple[float, float]:
    """Return the range of a row that counts for how far it is from straight."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    bottom, top = _core(t, values)
    if top > bottom and high - low > WIDE * (top - bottom):
        low, high = bottom - (top - bottom), top + (top - bottom)
    return low, max(high, np.nextafter(low, np.inf))


def _rough(t: Column, rows: Column) -> NDArray[np.bool_]:
    """Return for each interval whether a row bends at one of its ends."""
    rough = np.zeros(t.size - 1, dtype=bool)
    part = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    for values in rows:
        low, high = _scale(t, values)
        v = np.clip(values, low - (high - low), high + (high - low)) / (high - low)
        bend = np.abs(v[1:-1] - v[:-2] - part * (v[2:] - v[:-2])) > STRAIGHT
        rough[:-1] |= bend
        rough[1:] |= bend
    return rough


def _breaks(function: RowFunction, t: Column, rows: Column, row: int) -> tuple[Break, ...]:
    """Return the breaks of a row in ascending order, with those at one place as one."""
    found: list[Break] = []
    for search in (_edges, _poles, _jumps):
        found += search(function, t, rows[row], row)
    merged: list[Break] = []
    for place in sorted(found, key=lambda place: place.before):
        if merged and place.before <= merged[-1].after:
            last = merged.pop()
            kind = max(last.kind, place.kind, key=get_args(Kind).index)
            # An edge has an interval without values, which is more than a point.
            kind = "edge" if "edge" in (last.kind, place.kind) else kind
            unbounded = last.unbounded or place.unbounded
            place = Break(kind, last.before, max(last.after, place.after), unbounded)
        merged.append(place)
    return tuple(merged)


def _bisected(
    function: RowFunction, t: Column, values: Column, row: int, k: Indices, choose: _Choice
) -> tuple[Column, Column, Column, Column]:
    """Return the k-th intervals after many bisections, with the values at their ends."""
    a, b, ya, yb = t[k], t[k + 1], values[k], values[k + 1]
    for _ in range(BISECTIONS):
        m = (a + b) / 2
        ym = function(m)[row]
        left = choose(ya, ym, yb)
        b, yb = np.where(left, m, b), np.where(left, ym, yb)
        a, ya = np.where(left, a, m), np.where(left, ya, ym)
    return a, b, ya, yb


def _edges(function: RowFunction, t: Column, values: Column, row: int) -> list[Break]:
    """Return where a row stops being finite, or is not finite at a single point."""
    finite = np.isfinite(values)
    k = np.flatnonzero(finite[:-1] != finite[1:])
    if not k.size:
        return []
    a, b, ya, yb = _bisected(
        function,
        t,
        values,
        row,
        k,
        lambda ya, ym, _: np.isfinite(ya) != np.isfinite(ym),
    )
    found: list[Break] = []
    width = (t[-1] - t[0]) * 1e-9
    low, high = _scale(t, values)
    for before, after, left, right in zip(a, b, ya, yb, strict=True):
        end = left if np.isfinite(left) else right
        unbounded = abs(end) > WIDE * max(abs(low), abs(high), high - low)
        last = found[-1] if found else None
        if last is None or np.isfinite(left) or after - last.before > width:
            found.append(Break("edge", float(before), float(after), bool(unbounded)))
            continue
        # The row is finite on both sides, and not in between.
        near = abs(right - function(np.array([last.before]))[row][0]) < (high - low) * 1e-3
        kind: Kind = "pole" if unbounded or last.unbounded else "hole" if near else "jump"
        found[-1] = Break(kind, last.before, float(after), kind == "pole")
    return found


def _poles(function: RowFunction, t: Column, values: Column, row: int) -> list[Break]:
    """Return where the absolute value of a row has a peak without a bound."""
    size = np.abs(np.where(np.isfinite(values), values, 0.0))
    low, high = _scale(t, values)
    middle = size[1:-1]
    peak = (middle >= size[:-2]) & (middle >= size[2:]) & np.isfinite(values[1:-1])
    peak &= (middle > size[:-2]) | (middle > size[2:])
    k = np.flatnonzero(peak & (middle > max(abs(low), abs(high)) / 2)) + 1
    if not k.size:
        return []
    a, b = t[k - 1], t[k + 1]
    for _ in range(2 * BISECTIONS):
        third = (b - a) / 3
        left, right = np.abs(function(a + third)[row]), np.abs(function(b - third)[row])
        fall = left > right
        a, b = np.where(fall, a, a + third), np.where(fall, b - third, b)
    top = np.fmax(np.abs(function(a)[row]), np.abs(function(b)[row]))
    grown = ~(top < 1e4 * size[k])
    step = 1e-12 * max(abs(t[0]), abs(t[-1]))
    return [
        Break("pole", float(min(x, y) - step), float(max(x, y) + step), unbounded=True)
        for x, y in zip(a[grown], b[grown], strict=True)
    ]


def _jumps(function: RowFunction, t: Column, values: Column, row: int) -> list[Break]:
    """Return where the limits of a row on both sides of a point differ."""
    low, high = _scale(t, values)
    finite = np.isfinite(values)
    step = np.abs(np.diff(np.where(finite, values, 0.0)))
    k = np.flatnonzero(finite[:-1] & finite[1:] & (step > (high - low) / 200))
    if not k.size or high - low <= 1e-12 * max(abs(low), abs(high)):
        return []
    a, b, ya, yb = _bisected(
        function,
        t,
        values,
        row,
        k,
        lambda ya, ym, yb: ~(np.abs(ym - ya) < np.abs(yb - ym)),
    )
    steep = ~(np.abs(yb - ya) < step[k] / 3)
    # The value at the point itself may be neither limit.
    beside = 4 * np.spacing(np.maximum(np.abs(a), np.abs(b)))[steep]
    a, b = a[steep] - beside, b[steep] + beside
    ya, yb = function(a)[row], function(b)[row]
    found: list[Break] = []
    ends: list[tuple[float, float]] = []
    for before, after, left, right in zip(a, b, ya, yb, strict=True):
        if found and before <= found[-1].after:
            before, left = found.pop().before, ends.pop()[0]
        hole = abs(right - left) < (high - low) * 1e-6
        found.append(Break("hole" if hole else "jump", float(before), float(after)))
        ends.append((left, right))
    return found
