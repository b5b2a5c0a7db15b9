"""Compute the contours of a function of two variables, and its gradients."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.emit.plot.chart import Contour
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.plotting.plot import Plot
from autodiff_cli.plotting.rows import CurveRows, scalars
from autodiff_cli.problem import Problem

__all__ = ["contour"]

Column: TypeAlias = NDArray[np.float64]

GRID, ARROWS = 201, 21
"""The number of values of each variable in the grid of a contour, and in that of arrows."""


@np.errstate(all="ignore")
def contour(
    problem: Problem, intervals: Mapping[str, tuple[Fraction, Fraction]], title: str
) -> Plot:
    """Return the contours of a function of two variables, with its gradients.

    Parameters
    ----------
    problem
        The problem, in which the two variables have any value.
    intervals
        The intervals of the two variables, that of the horizontal axis first.

    Raises
    ------
    AdiffError
        If the expression has several outputs, or no finite value in the rectangle.
    """
    ys = scalars(problem.y)
    if len(ys) != 1:
        raise UsageError(
            "contours are drawn for one function at a time",
            code="contradiction",
            hint="plot one of the outputs",
        )
    names = list(intervals)
    ends = [tuple(map(float, interval)) for interval in intervals.values()]
    function, _ = CurveRows(problem, ys, names, 0).function()
    slopes, _ = CurveRows(problem, ys, names, 1).function()
    x, y = (np.linspace(low, high, GRID) for low, high in ends)
    (z,) = function(_grid(x, y))
    # Each arrow is in the middle of its cell.
    places = [np.linspace(low, high, 2 * ARROWS + 1)[1::2] for low, high in ends]
    across, up = _grid(*places)
    _, gx, gy = slopes([across, up])
    if not np.isfinite(z).any():
        raise ComputationError(
            "there is nothing to plot: the expression is no number anywhere in the rectangle",
            code="nothing-to-plot",
            hint=f"choose another range, as with `--over {names[0]}=0:10`",
        )
    # An arrow points along the gradient as it is seen, whatever the units of the axes.
    wide, tall = (high - low for low, high in ends)
    arrows = (across, up, gx * wide, gy * tall)
    surface = _without_holes(_without_holes(z.reshape(GRID, GRID)).T).T
    return Plot(Contour(title, names[0], names[1], x, y, surface, arrows))


def _without_holes(z: Column) -> Column:
    """Return rows with single values that are not finite replaced by the mean of their neighbours.

    A grid has points on lines such as x = 0, where there may be a removable singularity.
    """
    left, right = z[:, :-2], z[:, 2:]
    finite = z[np.isfinite(z)]
    near = np.abs(left - right) < (float(finite.max()) - float(finite.min())) / 20
    filled = z.copy()
    filled[:, 1:-1] = np.where(~np.isfinite(z[:, 1:-1]) & near, (left + right) / 2, z[:, 1:-1])
    return filled


def _grid(x: Column, y: Column) -> list[Column]:
    return [column.reshape(-1) for column in np.meshgrid(x, y)]
