"""Draw a chart in characters, for a terminal or a pipe."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TypeAlias

import numpy as np

from autodiff_cli.emit.plot.chart import LARGEST, Chart, Column, Line, Range
from autodiff_cli.errors import MissingExtraError

__all__ = ["ticks", "to_characters"]

_COLORS = (94, 91, 92, 95, 96, 33)
"""The codes of ECMA-48 for bright blue, red, green, magenta and cyan, and for yellow."""

EMPTY = 0x2800
"""The Braille character without dots; each dot is a bit above it."""

Dash: TypeAlias = tuple[int, int]
"""The number of dots that are drawn of each period, and the period in dots."""

_DASHES: dict[str, Dash] = {"solid": (1, 1), "dashed": (5, 8), "dotted": (1, 3)}
_SAMPLES = {"solid": "──", "dashed": "╌╌", "dotted": "··"}
"""How the legend shows the style of a line."""

_MARKS = {"point": "●", "kink": "◆", "hole": "○"}

LONGEST = 100_000.0
"""The length of a dashed line, in dots, after which it ends."""


def to_characters(chart: Chart, width: int, height: int, *, colored: bool) -> str:
    """Return a chart as lines of Braille characters with axes and a legend.

    Parameters
    ----------
    width, height
        The number of columns and lines.
    colored
        Whether curves have ANSI colors.

    Raises
    ------
    MissingExtraError
        If plotille is not installed.
    """
    try:
        from plotille import Canvas
    except ImportError as error:
        raise MissingExtraError(
            "plots in the terminal need plotille", 'pip install "autodiff-cli[plot]"'
        ) from error

    def paint(text: str, k: int) -> str:
        return f"\x1b[{_COLORS[k % len(_COLORS)]}m{text}\x1b[39m" if colored and k >= 0 else text

    # Without colors the styles distinguish the lines.
    plain = list(_DASHES)
    styles = [
        line.style if colored or line.style != "solid" else plain[k % len(plain)]
        for k, line in enumerate(chart.lines)
    ]
    legend = [
        f"  {paint(_SAMPLES[style], k)} {line.label}"
        for k, (line, style) in enumerate(zip(chart.lines, styles, strict=True))
    ]
    marks = dict.fromkeys((_MARKS[mark.kind], mark.label) for mark in chart.marks)
    legend += [f"  {sign}  {label}" for sign, label in marks]
    if len(legend) == 1:
        legend = []
    rows = max(height - 4 - len(legend), 6)
    beside = ticks(chart.y_range, max(rows // 3, 2))
    margin = max(len(_number(y)) for y in beside) + 1
    columns = max(width - margin - 2, 16)
    x_range, y_range = _round_unit(chart, columns, rows)
    beside = ticks(y_range, max(rows // 3, 2))
    (left, right), (bottom, top) = x_range, y_range
    unit = np.array([(right - left) / (2 * columns), (top - bottom) / (4 * rows)])
    cells = [[(chr(EMPTY), -1)] * columns for _ in range(rows)]
    for k, line in enumerate(chart.lines):
        # A canvas of its own: plotille has colors on a terminal only.
        canvas = Canvas(columns, rows, xmin=left, xmax=right, ymin=bottom, ymax=top)
        for start, end in _segments(line, _DASHES[styles[k]], x_range, y_range, unit):
            canvas.line(*start, *end)
        for row, drawn in zip(cells, canvas.plot(linesep="\n").split("\n"), strict=True):
            for column, dots in enumerate(drawn):
                if ord(dots) > EMPTY:
                    row[column] = chr(ord(row[column][0]) | ord(dots)), k
    for mark in chart.marks:
        if left <= mark.x <= right and bottom <= mark.y <= top:
            row = cells[rows - 1 - _place(mark.y, y_range, rows)]
            row[_place(mark.x, x_range, columns)] = _MARKS[mark.kind], -1
    labels = {_place(y, y_range, rows): _number(y) for y in beside}
    lines = [chart.title.center(width).rstrip()]
    for place, row in zip(reversed(range(rows)), cells, strict=True):
        runs = [
            ("".join(dots for dots, _ in run), k)
            for k, run in groupby(row, key=lambda cell: cell[1])
        ]
        if runs[-1][1] < 0:
            runs[-1] = runs[-1][0].rstrip(chr(EMPTY)), -1
        label = labels.get(place, "")
        inked = "".join(paint(text, k) for text, k in runs)
        lines.append(f"{label:>{margin}} {'┤' if label else '│'}{inked}")
    return "\n".join([*lines, *_below(x_range, columns, margin, chart.x_label), *legend])


def ticks(shown: Range, most: int) -> list[float]:
    """Return round numbers in a range: multiples of 1, 2 or 5 times a power of ten."""
    low, high = shown
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * k for k in (1, 2, 5, 10, 20) if (high - low) / (step * k) <= most)
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _number(x: float) -> str:
    return f"{x:.6g}"


def _place(value: float, shown: Range, cells: int) -> int:
    """Return the index of the cell that contains a number."""
    low, high = shown
    return min(max(int((value - low) / (high - low) * cells), 0), cells - 1)


def _below(shown: Range, columns: int, margin: int, name: str) -> list[str]:
    """Return the horizontal axis: a line with ticks, and the numbers and the name below it."""
    axis, numbers = ["─"] * columns, ""
    for x in ticks(shown, max(columns // 12, 2)):
        cell = _place(x, shown, columns)
        axis[cell] = "┬"
        label = _number(x)
        start = margin + 2 + cell - len(label) // 2
        if start > len(numbers) or not numbers:
            numbers = f"{numbers:<{start}}{label}"
    end = margin + 2 + columns
    numbers = f"{numbers:<{end - len(name)}}{name}" if len(numbers) < end - len(name) else numbers
    return [f"{'':>{margin}} └{''.join(axis)}", numbers]


def _round_unit(chart: Chart, columns: int, rows: int) -> tuple[Range, Range]:
    """Return both ranges, made larger where both axes have the same unit.

    A character has two by four dots, which are squares.
    """
    (left, right), (bottom, top) = chart.x_range, chart.y_range
    if not chart.in_plane:
        return chart.x_range, chart.y_range
    unit = max((right - left) / (2 * columns), (top - bottom) / (4 * rows))
    x, y = (left + right) / 2, (bottom + top) / 2
    return (x - unit * columns, x + unit * columns), (y - unit * 2 * rows, y + unit * 2 * rows)


def _segments(
    line: Line, dash: Dash, x_range: Range, y_range: Range, unit: Column
) -> Iterator[tuple[Sequence[float], Sequence[float]]]:
    """Yield the segments of a line inside the window, by the algorithm of Liang and Barsky.

    Parameters
    ----------
    unit
        The width and the height of a dot.
    """
    low, high = np.array([x_range, y_range]).T
    near = [(_near(x, x_range), _near(y, y_range)) for x, y in line.pieces]
    for start, end in _steps(line._replace(pieces=near), dash, unit):
        move = end - start
        still = move == 0.0
        if np.any(still & ((start < low) | (start > high))):
            continue
        bounds = np.stack([low - start, high - start])[:, ~still] / move[~still]
        enter = float(bounds.min(axis=0).max(initial=0.0))
        leave = float(bounds.max(axis=0).min(initial=1.0))
        if enter <= leave:
            yield (start + enter * move).tolist(), (start + leave * move).tolist()


def _near(column: Column, shown: Range) -> Column:
    """Return numbers cut off far outside: differences overflow, and a dashed line would not end."""
    low, high = shown
    reach = min(100.0 * (high - low), 4.0 * LARGEST)
    return np.clip(column, low - reach, high + reach)


def _steps(line: Line, dash: Dash, unit: Column) -> Iterator[tuple[Column, Column]]:
    """Yield the segments of a line; those of a dashed one are short, and some are left out."""
    drawn, period = dash
    for x, y in line.pieces:
        points = np.stack([x, y], axis=1)
        if drawn == period:
            yield from pairwise(points)
            continue
        length = np.cumsum(np.hypot(*(np.diff(points, axis=0) / unit).T))
        along = np.arange(0.0, min(float(length[-1]), LONGEST))
        columns = [np.interp(along, [0.0, *length], column) for column in (x, y)]
        short = pairwise(np.stack(columns, axis=1))
        yield from (step for k, step in enumerate(short) if k % period < drawn)
