"""Tensor operations on arrays of germs: those that do more than move elements and add them up.

What a function is called here is what the operation is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from flint import fmpq

from autodiff_cli.derive import germ_elementary as elementary
from autodiff_cli.derive import germ_functions as functions
from autodiff_cli.derive.germ_numbers import ONE, ZERO, MoreTermsError, NoGermError, NotRealError
from autodiff_cli.derive.germs import Germ, is_zero
from autodiff_cli.engine import Operation

__all__ = ["call"]


def call(op: Operation, args: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """Return what an operation makes of arrays of germs."""
    function = _functions().get(op.name)
    if function is None:
        if not op.moves:
            raise NoGermError("it has no expansion here")
        function = op.forward
    return function(*args, **params)


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        name.removesuffix("_"): f
        for name, f in globals().items()
        if callable(f) and getattr(f, "__module__", "") == __name__ and name != "call"
    }


def _reduced(x: Any, axis: Any, keepdims: bool, function: Callable[[list[Any]], Any]) -> Any:
    """Return what a function makes of the elements along some axes."""
    n = x.ndim
    axes = tuple(range(n)) if axis is None else tuple(int(a) % n for a in np.atleast_1d(axis))
    kept = [a for a in range(n) if a not in axes]
    flat = np.transpose(x, (*kept, *axes)).reshape([x.shape[a] for a in kept] + [-1])
    made = np.empty(flat.shape[:-1], object)
    for place in np.ndindex(*made.shape):
        made[place] = function(flat[place].tolist())
    shape = [1 if a in axes else x.shape[a] for a in range(n)]
    return made.reshape(shape) if keepdims else made


def _sum(elements: Sequence[Any]) -> Any:
    total = ZERO
    for x in elements:
        total = total + x
    return total


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the arithmetic mean."""
    return _reduced(x, axis, keepdims, lambda xs: _sum(xs) * fmpq(1, len(xs)))


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the product."""

    def product(xs: list[Any]) -> Any:
        y = ONE
        for z in xs:
            y = y * z
        return y

    return _reduced(x, axis, keepdims, product)


def max_(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the greatest element."""
    return _reduced(x, axis, keepdims, lambda xs: _folded(functions.maximum, xs))


def min_(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the smallest element."""
    return _reduced(x, axis, keepdims, lambda xs: _folded(functions.minimum, xs))


def _folded(function: Callable[[Any, Any], Any], xs: Sequence[Any]) -> Any:
    y, *rest = xs
    for x in rest:
        if not hasattr(y, "error") and not hasattr(x, "error"):
            y = function(y, x)
        elif hasattr(x, "error"):
            y = x
    return y


def norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the Euclidean length."""
    return _reduced(x, axis, keepdims, lambda xs: functions.sqrt(_sum([z * z for z in xs])))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return ``log(sum(exp(x)))``."""
    return _reduced(
        x, axis, keepdims, lambda xs: elementary.log(_sum(list(map(elementary.exp, xs))))
    )


def softmax(x: Any, axis: Any = -1) -> Any:
    """Return ``exp(x)/sum(exp(x))`` along an axis."""
    e = np.frompyfunc(elementary.exp, 1, 1)(x)
    return np.frompyfunc(functions.div, 2, 1)(e, _reduced(e, axis, True, _sum))


# --- matrices ------------------------------------------------------------------------------------


def matmul(x: Any, y: Any) -> Any:
    """Return the product of matrices."""
    return np.matmul(x, y)


def trace(x: Any) -> Any:
    """Return the sum of the diagonal of each matrix."""
    return np.trace(x, axis1=-2, axis2=-1)


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
            both[k, j] = functions.div(both[k, j], pivot)
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
    """Return a determinant: of small matrices by minors, which divide by nothing."""
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
