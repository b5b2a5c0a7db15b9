"""Apply tensor operations to arrays of germs.

Linear operations accept germs as they are.  Others follow from elementwise operations, as declared
(`Metadata.by_elements`); those of matrices are here, each under the name of its operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from autodiff_cli.derive.germs.functions import div
from autodiff_cli.derive.germs.germ import Germ, is_zero
from autodiff_cli.derive.germs.numbers import ONE, ZERO, MoreTermsError, NoGermError, NotRealError
from autodiff_cli.engine import Operation

__all__ = ["call"]

Each = Callable[..., Any]
"""Applies an elementwise operation to arrays."""


def call(op: Operation, each: Each, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """Return the result of an operation on arrays of germs."""
    if (function := _functions().get(op.name)) is not None:
        return function(*args, **params)
    by_elements = op.metadata.by_elements
    if callable(by_elements):
        made = by_elements(each, *args, **params)
        if made is None:
            raise NoGermError("its expansion takes too much")
        return made
    if not (op.linear or by_elements):
        raise NoGermError("it has no expansion here")
    return op.forward(*args, **params)


@cache
def _functions() -> Mapping[str, Callable[..., Any]]:
    return {f.__name__: f for f in (det, inv, solve)}


# --- matrices ------------------------------------------------------------------------------------


def _exponent(x: Any) -> Any:
    return x.leading()[0] if type(x) is Germ else ZERO


def _eliminated(x: Any, b: Any) -> tuple[Any, Any]:
    """Return the determinant of a matrix and the y for which ``x @ y`` is b."""
    n, both, det = len(x), np.concatenate([x, b], axis=1), ONE
    for k in range(n):
        pivots = []
        for i in range(k, n):
            try:
                if not is_zero(both[i, k]):
                    pivots.append((_exponent(both[i, k]), i))
            except MoreTermsError:
                continue
        if not pivots:
            if all(is_zero(z) for z in both[k:, k]):
                return ZERO, None
            raise MoreTermsError
        _, i = min(pivots)
        if i != k:
            both[[k, i]], det = both[[i, k]], -det
        pivot = both[k, k]
        det = det * pivot
        for j in range(both.shape[1]):
            both[k, j] = div(both[k, j], pivot)
        for i in range(n):
            if i != k:
                factor = both[i, k]
                for j in range(both.shape[1]):
                    both[i, j] = both[i, j] - factor * both[k, j]
    return det, both[:, n:]


def _each(x: Any, function: Callable[[Any], Any], shape: tuple[int, ...]) -> Any:
    stack = x.shape[:-2]
    y = np.empty(stack + shape, object)
    for place in np.ndindex(*stack):
        y[place] = function(x[place])
    return y


def det(x: Any) -> Any:
    """Return the determinant of each matrix."""
    return _each(x, lambda a: _det(a), ())


def _det(a: Any) -> Any:
    """Return a determinant; that of a small matrix by minors, without divisions."""
    n = len(a)
    if n > 3:
        return _eliminated(a, a[:, :0])[0]
    if n <= 1:
        return a[0, 0] if n else ONE
    total = ZERO
    for j in range(n):
        total = total + a[0, j] * _det(np.delete(a[1:], j, 1)) * (-1) ** j
    return total


def inv(x: Any) -> Any:
    """Return the inverse of each matrix."""
    n = x.shape[-1]
    unit = np.full((n, n), ZERO, object)
    np.fill_diagonal(unit, ONE)
    return _each(x, lambda a: _solved(a, unit), (n, n))


def solve(a: Any, b: Any) -> Any:
    """Return the x for which ``a @ x`` is b."""
    return np.matmul(inv(a), b)


def _solved(a: Any, b: Any) -> Any:
    found = _eliminated(a, b)[1]
    if found is None:
        raise NotRealError
    return found
