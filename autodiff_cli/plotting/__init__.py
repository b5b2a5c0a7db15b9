"""Plot expressions: curves with derivatives and tangents, contours with gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from autodiff_cli.derive.taylor import coefficients
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.language.given import given_order, given_values
from autodiff_cli.plotting.contours import contour
from autodiff_cli.plotting.curves import Series, curves, path
from autodiff_cli.plotting.plot import Plot, check_format
from autodiff_cli.problem import pose

__all__ = ["Plot", "Series", "check_format", "contour", "curves", "path", "plot"]


def plot(
    expression: str,
    over: Mapping[str, tuple[Any, Any]],
    at: Mapping[str, Any] | None = None,
    order: int = 0,
    *,
    tangents: Sequence[float] = (),
    degree: int | None = None,
    parametric: bool = False,
    title: str | None = None,
) -> Plot:
    """Return the plot of an expression, which notebooks show and ``save`` writes into a file.

    Parameters
    ----------
    expression, at
        As for `autodiff_cli.evaluate`.
    over
        The ends of the interval of one variable; of two for contours with the gradient.
    order
        The highest order of the derivatives that are drawn.
    tangents
        The points where tangents are drawn.
    degree
        The degree of the Taylor polynomials that are drawn at these points, too.
    parametric
        Whether the two outputs of the expression are the coordinates of a curve.
    title
        The expression if not given.

    Raises
    ------
    AdiffError
        If there is nothing to plot; when the plot is shown, if matplotlib is not installed.

    Examples
    --------
    >>> plot("x**3 - 3*x", {"x": (-2, 2)}, order=1).names
    ['f', '∂f/∂x']
    """
    intervals = {name: _interval(name, ends) for name, ends in given_values(over, "over").items()}
    if len(intervals) not in (1, 2):
        raise UsageError(
            "a plot is over one variable or two",
            code="bad-option",
            hint='write it as `over={"x": (-2, 2)}`',
        )
    values = dict(given_values(at))
    middle = {name: float(low + high) / 2 for name, (low, high) in intervals.items()}
    problem = pose(expression, {**values, **middle}, list(intervals))
    shown = problem.program.source if title is None else title
    if len(intervals) == 2:
        return contour(problem, intervals, shown)
    ((name, interval),) = intervals.items()
    if parametric:
        return path(problem, name, interval, shown)

    def series(point: Fraction, order: int) -> Sequence[float]:
        here = pose(expression, {**values, name: float(point)}, [name])
        found = coefficients(here.y, {here.env[name]: 1.0}, order)
        if here.kinks:
            raise ComputationError(
                f"there is no tangent at {name} = {float(point):.6g} by the rules",
                code="no-tangent",
            )
        return [float(c) for c in found]

    return curves(
        problem,
        name,
        interval,
        given_order(order),
        shown,
        tangents=[Fraction(point) for point in tangents],
        degree=degree,
        series=series,
    )


def _interval(name: str, ends: Any) -> tuple[Fraction, Fraction]:
    """Return the ends of an interval as rationals.

    Raises
    ------
    UsageError
        If they are not two numbers, the lower one first.
    """
    try:
        low, high = (Fraction(float(end)) for end in ends)
    except (TypeError, ValueError, OverflowError):
        low = high = Fraction(0)
    if low >= high:
        raise UsageError(
            f"the interval of `{name}` is empty, or no interval",
            code="bad-interval",
            hint=f'write it as `over={{"{name}": (-2, 2)}}`',
        )
    return low, high
