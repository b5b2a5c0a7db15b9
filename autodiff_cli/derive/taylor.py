"""Compute Taylor coefficients and derivatives of any order by Taylor arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.homogeneous import Form, Forms
from autodiff_cli.derive.series import expanded
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError
from autodiff_cli.language.format import described
from autodiff_cli.limits import Limits

__all__ = ["check_scalars", "coefficients", "derivatives_along", "partials"]

SMALL = 1e-290
"""The bound near the underflow of floats, below which digits are lost."""


def coefficients(
    y: Variable, directions: Mapping[Variable, Any], order: int, limits: Limits | None = None
) -> NDArray[Any]:
    """Return the Taylor coefficients of a value along a line.

    Parameters
    ----------
    y
        The value, of any shape.
    directions
        The tangent of each leaf, if it is not zero: a float, or an array of its shape.
    order
        The order of the last coefficient.

    Returns
    -------
    ndarray
        Of shape ``order + 1`` followed by that of ``y``: derivative k divided by k factorial.

    Raises
    ------
    NoSeriesError
        If an operation in the graph of ``y`` has no series.
    ComputationError
        If there are too many coefficients.
    """
    # Adding 0 turns -0 into 0.
    return np.array(expanded(y, directions, order, limits), dtype=np.float64) + 0.0


def derivatives_along(
    y: Variable,
    directions: Mapping[Variable, Any],
    order: int,
    found: Sequence[float] | None = None,
    limits: Limits | None = None,
) -> list[float]:
    """Return all derivatives of a scalar along a line, up to an order.

    If a coefficient is too small for a float but the derivative, larger by a factorial, is not, the
    coefficient is computed with larger steps along the line.

    Parameters
    ----------
    y, directions, order
        As for `coefficients`, but ``y`` is a scalar.
    found
        The coefficients, if they are known already.

    Returns
    -------
    list of float
        The value and ``order`` derivatives.

    Raises
    ------
    NoSeriesError
        If an operation in the graph of ``y`` has no series.
    """
    if found is None:
        found = _numbers(y, directions, order, limits)
    derivatives = [_times_factorial(c, k, 0) for k, c in enumerate(found)]
    # A power of 2 keeps all digits.  The one nearest to the order-th root of order factorial makes
    # the last coefficient about as large as its derivative.
    steps = round(math.log2(order / math.e)) if order > 3 else 0
    if steps and any(abs(c) < SMALL for c in found):
        longer = {x: dx * 2.0**steps for x, dx in directions.items()}
        again = _numbers(y, longer, order, limits)
        for k, (c, d) in enumerate(zip(found, again, strict=True)):
            if abs(c) < SMALL and math.isfinite(d):
                derivatives[k] = _times_factorial(d, k, steps)
    return derivatives


def _numbers(
    y: Variable, directions: Mapping[Variable, Any], order: int, limits: Limits | None
) -> list[float]:
    return coefficients(y, directions, order, limits).ravel().tolist()


def _times_factorial(c: float, k: int, steps: int) -> float:
    """Return the derivative for a coefficient along a line of longer steps, rounded once."""
    if not math.isfinite(c):
        return c
    try:
        numerator, denominator = c.as_integer_ratio()
        return numerator * math.factorial(k) / (denominator << steps * k)
    except OverflowError:
        return math.copysign(math.inf, c)


def partials(
    y: Variable, xs: Sequence[Variable], order: int, limits: Limits | None = None
) -> dict[tuple[int, ...], float]:
    """Return all partial derivatives of a scalar up to a total order, mixed ones included.

    Parameters
    ----------
    y
        A scalar.
    xs
        The leaves to differentiate with respect to, which are scalars.
    order
        The highest total order.

    Returns
    -------
    dict
        The derivatives by indices into ``xs``: ``()`` is the value, ``(0, 0, 1)`` the derivative
        twice by the first and once by the second.  Lower orders come first.

    Raises
    ------
    NoSeriesError
        If an operation in the graph of ``y`` has no series.
    ComputationError
        If there are too many derivatives.
    """
    limits = limits or Limits()
    # One product of two forms for each pair of degrees with that order as their sum.
    products = math.comb(2 * len(xs) + order - 1, order) if xs else 0
    limits.check("elements", products, "so many partial derivatives take too much")
    forms = Forms(len(xs))
    directions = {x: forms.variable(i) for i, x in enumerate(xs)}
    found = {}
    for k, form in enumerate(expanded(y, directions, order, limits)):
        (form,) = np.ravel(form)
        # A coefficient that is not a form is the value, or zero.
        for by in combinations_with_replacement(range(len(xs)), k):
            found[by] = 0.0 if k else float(form)
        if isinstance(form, Form):
            found.update(form.partials())
    return found


def check_scalars(y: Variable, xs: Mapping[str, Variable], hint: str | None = None) -> None:
    """Check that a value and its variables are single numbers.

    Raises
    ------
    ComputationError
        If ``y`` or one of ``xs``, which are given by name, is not a single number.
    """
    if y.size != 1:
        raise ComputationError(
            f"a series needs a single number, but the expression gives {described(y.shape)}",
            code="not-a-scalar",
            hint="make it one number, for example with `sum`",
        )
    for name, x in xs.items():
        if x.shape:
            raise ComputationError(
                f"a series needs single numbers, but `{name}` is {described(x.shape)}",
                code="not-a-scalar",
                hint=hint,
            )
