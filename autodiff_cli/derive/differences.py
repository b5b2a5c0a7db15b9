"""Compute derivatives from function values by difference quotients, with error estimates."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.engine import Variable, as_variable, value_of
from autodiff_cli.errors import ComputationError, UsageError

__all__ = ["Difference", "Method", "difference", "numerical_diff", "plain"]

Array: TypeAlias = NDArray[Any]

Method: TypeAlias = Literal["richardson", "central", "forward", "complex"]
"""The method of a numerical derivative; see `numerical_diff`."""

EPSILON = float(np.finfo(float).eps)

STEPS: dict[str, float] = {
    "forward": EPSILON ** (1 / 2),
    "central": EPSILON ** (1 / 3),
    "complex": 1e-100,
    "richardson": 0.05,
}
"""The steps for a number of size 1, at which truncation and rounding errors balance."""

SHRINK = 1.6
"""The factor by which the steps of an extrapolation decrease."""

MOST_ROWS = 9
"""The largest number of steps of an extrapolation."""

LADDERS, NARROWER = 4, 64.0
"""The number of initial steps that are tried, and their ratio: a function may oscillate."""

MOST_NARROWED = 8
"""How often the initial step is reduced because the function is undefined at that distance."""

ENOUGH = 1e-12
"""The relative error at which no further initial step is tried."""


class Difference(NamedTuple):
    """A numerical derivative, and the method's own estimate of its error."""

    value: Array
    error: Array


def numerical_diff(
    f: Callable[[Any], Any], x: Any, eps: float | None = None, method: Method = "richardson"
) -> Array:
    """Return the derivative of a function from its values alone.

    Parameters
    ----------
    f
        A function of one argument, on NumPy or on the engine.
    x
        The point: a number, a list, an array, or a Variable, with which ``f`` is then called too.
    eps
        The step; if not given, one chosen for the method and the size of each element.
    method
        ``"forward"`` is ``(f(x + h) - f(x))/h``, ``"central"`` is ``(f(x + h) - f(x - h))/(2*h)``,
        ``"richardson"`` extrapolates central differences to step 0, and ``"complex"`` is
        ``f(x + ih).imag/h``, which has no cancellation but needs an ``f`` of complex numbers.

    Returns
    -------
    ndarray
        Of the shape of ``f(x)`` followed by that of ``x``: the gradient if ``f(x)`` is a number.

    Raises
    ------
    UsageError
        If the method does not exist.
    ComputationError
        If the method is ``"complex"`` and the function does not accept complex numbers.

    Source
    ------
    C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering
    Software 4, 1982; W. Squire and G. Trapp, "Using complex variables to estimate derivatives of
    real functions", SIAM Review 40, 1998.

    Examples
    --------
    >>> float(round(numerical_diff(lambda x: x**4 - 2*x**2, 2.0).item(), 9))
    24.0
    >>> numerical_diff(lambda x: (x**2).sum(), [1.0, 2.0]).round(9)
    array([2., 4.])
    """
    return difference(f, x, eps, method).value


def difference(
    f: Callable[[Any], Any], x: Any, eps: float | None = None, method: Method = "richardson"
) -> Difference:
    """Return a derivative with an estimate of its error: see `numerical_diff`."""
    if method not in STEPS:
        raise UsageError(
            f"there is no method `{method}` for differences",
            code="bad-option",
            hint=f"there are {', '.join(STEPS)}",
        )
    wrapped = isinstance(x, Variable)
    point = np.array(plain(x), dtype=float)

    def at(values: Array) -> Array:
        given = values if values.shape else values[()]
        return np.asarray(plain(f(as_variable(values) if wrapped else given)))

    columns, errors = [], []
    for place in np.ndindex(*point.shape):
        size = max(1.0, abs(float(point[place])))
        step = eps if eps is not None else STEPS[method] * size
        value, error = _along(at, point, place, step, method)
        columns.append(value)
        errors.append(error)
    shape = np.shape(at(point)) if not columns else np.shape(columns[0])
    value, error = (
        np.moveaxis(
            np.reshape(parts, (*point.shape, *shape)), range(point.ndim), range(-point.ndim, 0)
        )
        if point.ndim
        else np.asarray(parts[0])
        for parts in (columns, errors)
    )
    return Difference(value, error)


def plain(x: Any) -> Any:
    """Return the data of a Variable, a list or an array."""
    if isinstance(x, Variable):
        return value_of(x)
    return x if np.iscomplexobj(x) else np.asarray(x, float)


def _along(
    at: Callable[[Array], Array],
    point: Array,
    place: tuple[int, ...],
    step: float,
    method: Method,
) -> tuple[Array, Array]:
    """Return the derivative by one element, and an estimate of its error."""

    def shifted(by: complex) -> Array:
        moved = point.astype(complex) if isinstance(by, complex) else point.copy()
        moved[place] += by
        return at(moved)

    if method == "complex":
        value = _imaginary(shifted, step)
        return value, np.abs(value) * EPSILON
    with np.errstate(all="ignore"):
        if method == "forward":
            value, half = (_forward(shifted, h) for h in (step, step / 2))
            return value, np.abs(value - half)
        if method == "central":
            value, half = (_central(shifted, h) for h in (step, step / 2))
            return value, np.abs(value - half)
        return _richardson(shifted, step)


def _forward(shifted: Callable[[complex], Array], h: float) -> Array:
    return (shifted(h) - shifted(0.0)) / h


def _central(shifted: Callable[[complex], Array], h: float) -> Array:
    return (shifted(h) - shifted(-h)) / (2 * h)


def _imaginary(shifted: Callable[[complex], Array], h: float) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            value = shifted(complex(0.0, h))
        except (TypeError, np.exceptions.ComplexWarning):
            value = np.array(0.0)
    if not np.iscomplexobj(value):
        raise ComputationError(
            "the function takes no complex numbers",
            code="no-complex-step",
            hint="leave the method away",
        )
    return np.asarray(np.imag(value) / h)


def _richardson(shifted: Callable[[complex], Array], step: float) -> tuple[Array, Array]:
    """Return central differences extrapolated to step 0, with the best estimate of each element."""
    for _ in range(MOST_NARROWED):
        if np.all(np.isfinite(_central(shifted, step))):
            break
        step /= NARROWER
    value, error = _ladder(shifted, step)
    for k in range(1, LADDERS):
        if np.all(error <= ENOUGH * np.abs(value)):
            break
        other, spread = _ladder(shifted, step / NARROWER**k)
        better = (spread < error) | ~np.isfinite(value)
        value, error = np.where(better, other, value), np.where(better, spread, error)
    return value, error


def _ladder(shifted: Callable[[complex], Array], step: float) -> tuple[Array, Array]:
    """Return the extrapolation from an initial step, and its distance to its two predecessors."""
    row = [_central(shifted, step)]
    best, error = row[0], np.full(np.shape(row[0]), math.inf)
    for _ in range(MOST_ROWS):
        step /= SHRINK
        before, row = row, [_central(shifted, step)]
        factor = 1.0
        for k, coarser in enumerate(before):
            factor *= SHRINK**2
            row.append((row[k] * factor - coarser) / (factor - 1.0))
            spread = np.maximum(np.abs(row[-1] - row[k]), np.abs(row[-1] - coarser))
            better = spread < error
            best, error = np.where(better, row[-1], best), np.where(better, spread, error)
        if np.all(np.abs(row[-1] - before[-1]) > 2 * error):
            break
    return best, error
