"""Compute curves of functions of one variable, with derivatives, tangents, kinks and holes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from autodiff_cli.derive.curves import Samples, sample
from autodiff_cli.emit.plot.chart import Chart, Line, Mark, Range, joined, padded
from autodiff_cli.emit.text.partials import pure_partial
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.plotting.plot import Plot
from autodiff_cli.plotting.rows import CurveRows, scalars
from autodiff_cli.problem import Problem

__all__ = ["Series", "curves", "path"]

Interval: TypeAlias = tuple[Fraction, Fraction]
Series: TypeAlias = Callable[[Fraction, int], Sequence[float]]
"""A function from a point and an order to the coefficients of the Taylor polynomial there."""

SLOW = 600
"""The most points that are computed one by one."""

MOST_SLENDER = 8.0
"""How many times longer one side of a curve may be than the other for axes of the same unit."""

MOST_NAMED = 4
"""The most kinks and holes that the legend names one by one."""


def curves(
    problem: Problem,
    name: str,
    interval: Interval,
    order: int,
    title: str,
    *,
    tangents: Sequence[Fraction] = (),
    degree: int | None = None,
    series: Series,
) -> Plot:
    """Return the plot of all outputs over a variable, with derivatives up to an order.

    Parameters
    ----------
    tangents
        The points where tangents are drawn.
    degree
        The degree of the Taylor polynomials that are drawn at these points, too.
    series
        The function that returns the coefficients of Taylor polynomials of the expression.

    Raises
    ------
    AdiffError
        If the expression has no finite value in the interval, or no tangent at a point.
    """
    low, high = map(float, interval)
    ys = scalars(problem.y)
    # The first derivative tells where kinks are.
    with_slopes = max(order, 1)
    samples = _sampled(CurveRows(problem, ys, [name], with_slopes), low, high)
    each = with_slopes + 1
    labels = [_label(problem, y, len(ys), k) for k, y in enumerate(ys)]
    drawn = [(k, n) for n in range(order + 1) for k in range(len(ys))]
    names = [
        f"{labels[k]}{_primes(name, n, len(ys) > 1)}" if len(ys) > 1 else pure_partial(name, n)
        for k, n in drawn
    ]
    shown = [k * each + n for k, n in drawn]
    lines = [
        Line(label, [(x, y) for x, y in samples.pieces(row)])
        for label, row in zip(names, shown, strict=True)
    ]
    if not any(line.pieces for line in lines):
        raise ComputationError(
            f"there is nothing to plot: the expression is no number for {name} from"
            f" {_short(low)} to {_short(high)}",
            code="nothing-to-plot",
            hint=f"choose another range, as with `--over {name}=0:10`",
        )
    marks = [
        mark
        for k in range(len(ys))
        for mark in _marks(samples, k * each, name)
        if k * each in shown
    ]
    if tangents and len(ys) > 1:
        raise UsageError(
            "tangents are drawn for one function at a time",
            code="contradiction",
            hint="leave `--tangent` away, or plot one of the outputs",
        )
    for point in tangents:
        lines += _tangent_lines(name, point, degree, series, low, high)
        value = series(point, 0)[0]
        marks.append(Mark("point", float(point), value, f"{name} = {_short(float(point))}"))
    y_range = padded(*_y_range(samples, shown, each))
    chart = Chart(title, name, "", (low, high), y_range, lines, marks)
    return Plot(chart, _rows_of(samples, shown), names)


def path(problem: Problem, name: str, interval: Interval, title: str) -> Plot:
    """Return the plot of a curve in the plane, whose coordinates are the two outputs.

    Parameters
    ----------
    problem
        The problem, in which the parameter has any value.
    name, interval
        The parameter of the curve, and its interval.

    Raises
    ------
    AdiffError
        If there are not two outputs, or the curve has no point.
    """
    ys = scalars(problem.y)
    if len(ys) != 2:
        raise UsageError(
            f"a curve in the plane has two coordinates, not {len(ys)}",
            code="bad-option",
            hint='write both, as in `adiff plot --parametric "cos(t), sin(t)" --over t=0:2*pi`',
        )
    low, high = map(float, interval)
    samples = _sampled(CurveRows(problem, ys, [name], 0), low, high)
    pieces = [(x, y) for _, x, y in samples.pieces(0, 1)]
    if not pieces:
        raise ComputationError(
            f"there is nothing to plot: the curve has no point for {name} from"
            f" {_short(low)} to {_short(high)}",
            code="nothing-to-plot",
        )
    x_range, y_range = (padded(*(window or (0.0, 1.0))) for window in samples.windows)
    labels = [_label(problem, y, 2, k) for k, y in enumerate(ys)]
    line = Line(f"{name} from {_short(low)} to {_short(high)}", pieces)
    width, height = x_range[1] - x_range[0], y_range[1] - y_range[0]
    in_plane = max(width, height) <= MOST_SLENDER * min(width, height)
    chart = Chart(title, labels[0], labels[1], x_range, y_range, [line], in_plane=in_plane)
    return Plot(chart, samples, labels)


def _sampled(rows: CurveRows, low: float, high: float) -> Samples:
    function, fast = rows.function()
    most = {} if fast else {"most": SLOW, "first": 129}
    return sample(lambda t: function([t]), low, high, **most)


def _rows_of(samples: Samples, shown: Sequence[int]) -> Samples:
    breaks = tuple(samples.breaks[row] for row in shown)
    windows = tuple(samples.windows[row] for row in shown)
    return Samples(samples.t, samples.rows[list(shown)], breaks, windows)


def _y_range(samples: Samples, shown: Sequence[int], each: int) -> Range:
    """Return the range of values shown: that of the functions, and derivatives near to it."""
    windows = {row: window for row in shown if (window := samples.windows[row])}
    values = [window for row, window in windows.items() if row % each == 0]
    if not values:
        return joined(list(windows.values()))
    low, high = joined(values)
    reach = (high - low) / 2 or 1.0
    for row, (bottom, top) in windows.items():
        if any(place.unbounded for place in samples.breaks[row]):
            bottom, top = max(bottom, low - reach), min(top, high + reach)
        if bottom <= top:
            low, high = min(low, bottom), max(high, top)
    return low, high


def _marks(samples: Samples, row: int, name: str) -> list[Mark]:
    """Return the kinks and the holes of a row, whose slopes are those of the next one."""
    marks = []
    t, values = samples.t, samples.rows[row]
    broken = samples.breaks[row]
    for place in samples.breaks[row + 1]:
        if any(a.before <= place.after and place.before <= a.after for a in broken):
            continue
        before, after = samples.rows[row + 1][np.searchsorted(t, [place.before, place.after])]
        turned = place.kind == "jump" or (place.kind == "pole" and before * after < 0.0)
        if turned:
            y = float(values[np.searchsorted(t, place.before)])
            marks.append(Mark("kink", place.at, y, f"kink at {name} = {_short(place.at)}"))
    for place in broken:
        if place.kind == "hole":
            y = float(values[np.searchsorted(t, place.before)])
            marks.append(Mark("hole", place.at, y, f"hole at {name} = {_short(place.at)}"))
    if len(marks) <= MOST_NAMED:
        return marks
    return [mark._replace(label=f"{mark.kind}s") for mark in marks]


def _tangent_lines(
    name: str, point: Fraction, degree: int | None, series: Series, low: float, high: float
) -> list[Line]:
    """Return the tangent at a point, and the Taylor polynomial of a degree."""
    x = np.linspace(low, high, 513)
    where = f"at {name} = {_short(float(point))}"
    lines = []
    for n, label, style in ((1, "tangent", "dashed"), (degree, f"Taylor {degree}", "dotted")):
        if n is not None and (n, label) != (1, "Taylor 1"):
            y = np.polynomial.polynomial.polyval(x - float(point), np.array(series(point, n)))
            lines.append(Line(f"{label} {where}", [(x, y)], style))  # type: ignore[arg-type]
    return lines


def _label(problem: Problem, y: Variable, count: int, k: int) -> str:
    """Return the label of an output: its text if that is short."""
    if count == 1:
        return "f"
    span = problem.spans.get(y)
    text = "" if span is None else " ".join(problem.program.source[slice(*span)].split())
    with suppress(StopIteration):
        text = text or next(name for name, x in problem.env.items() if x is y)
    return text if 0 < len(text) <= 24 else f"f{k + 1}"


def _primes(name: str, order: int, several: bool) -> str:
    return f", {pure_partial(name, order)}" if order and several else ""


def _short(x: float) -> str:
    return f"{x:.6g}"
