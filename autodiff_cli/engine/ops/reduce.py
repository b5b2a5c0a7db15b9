"""Declare reductions, along some axes or over all elements."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_cli.engine.identities import same_if_alone
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops import by_elements
from autodiff_cli.engine.ops.piecewise import equal, greater, maximum, minimum, not_equal, where
from autodiff_cli.engine.ops.shape import broadcast_to, concatenate, getitem, reshape, transpose
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent
from autodiff_cli.engine.variable import Variable


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the reduced axes, counted from 0."""
    n = np.ndim(x)
    return tuple(range(n)) if axis is None else tuple(np.mod(np.atleast_1d(axis), n).tolist())


def _kept(r: Any, x: Any, axis: Any) -> Any:
    """Return a reduced tensor with the reduced axes of ``x`` kept at length 1."""
    if np.ndim(r) == 0:
        return r
    axes = _axes(x, axis)
    return reshape(r, shape=tuple(1 if i in axes else n for i, n in enumerate(np.shape(x))))


def _rebroadcast(r: Any, x: Any, axis: Any) -> Any:
    """Return a reduced tensor broadcast to the shape of ``x`` before the reduction."""
    if type(r) is float:
        return r
    return broadcast_to(_kept(r, x, axis), shape=np.shape(x))


def _count(x: Any, axis: Any) -> int:
    return math.prod(np.shape(x)[i] for i in _axes(x, axis))


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def forward(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis=axis, keepdims=bool(keepdims))

    return forward


sum = Operation(
    "sum",
    _reduction(np.add.reduce),
    lambda gy, y, x, axis=None, keepdims=False: _rebroadcast(gy, x, axis),
    method=True,
    linear=True,
    identity=same_if_alone,
    folds="add",
    doc="sum of all elements, or along axes",
    example="sum([1, 2, 3]) = 6",
    latex=r"\sum",
    numpy="np.sum({x}{statics})",
)


def _mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    # np.mean warns for an empty array; the result nan is enough.
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / _count(x, axis)


mean = Operation(
    "mean",
    _reduction(_mean),
    lambda gy, y, x, axis=None, keepdims=False: _rebroadcast(gy / float(_count(x, axis)), x, axis),
    linear=True,
    method=True,
    identity=same_if_alone,
    by_elements=by_elements.mean,
    doc="arithmetic mean of all elements, or along axes",
    example="mean([1, 2, 6]) = 3",
    aliases=("average",),
    numpy="_mean({x}{statics})",
)


def _by_slices(rule: Callable[..., Any]) -> tuple[Callable[..., Any]]:
    """Return the masked rule: a reduced element is active or zero with its whole slice."""

    def masked(
        gy: MaskedCotangent, y: Any, x: Any, axis: Any = None, keepdims: bool = False
    ) -> MaskedCotangent:
        gx = rule(gy.instantiate(), y, x, axis=axis, keepdims=keepdims)
        return gy.with_mask(gx, _rebroadcast(gy.support(np.shape(y)), x, axis))

    return (masked,)


def _extreme(gy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if type(x) is np.ndarray and not isinstance(gy, Variable):
        # On values only the chosen elements are computed, which are few.
        choice = np.equal(x, _kept(y, x, axis))
        count = np.add.reduce(choice, axis=axis, keepdims=True, dtype=x.dtype)
        share = np.broadcast_to(_kept(gy, x, axis) / count, x.shape)
        return MaskedCotangent.scattered(where, x.shape, choice, share[choice])
    chosen = equal(x, _kept(y, x, axis))
    ties = sum(chosen, axis=axis, keepdims=True)
    return MaskedCotangent(
        where, chosen, _rebroadcast(gy, x, axis) / broadcast_to(ties, shape=np.shape(x))
    )


def _alone(reduction: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is 0 where several elements tie for an extreme, else 1."""

    def forward(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        ties = np.equal(x, reduction(x, axis=axis, keepdims=True))
        return np.sum(ties, axis=axis, keepdims=bool(keepdims)) == 1

    return forward


def _directional_extreme(reduction: Callable[..., Any], other: float) -> Callable[..., Any]:
    """Return the directional derivative of an extreme: the extreme tangent of tied elements."""

    def forward(t: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        ties = np.equal(x, reduction(x, axis=axis, keepdims=True))
        return reduction(np.where(ties, t, other), axis=axis, keepdims=bool(keepdims))

    return forward


max = Operation(
    "max",
    _reduction(np.max),
    _extreme,
    masked=_by_slices(_extreme),
    kinks=(_alone(np.max),),
    directional=_directional_extreme(np.max, -np.inf),
    method=True,
    pairwise=maximum,
    identity=same_if_alone,
    by_elements=by_elements.folded(maximum),
    doc="the greatest element, of all or along an axis; of several tensors, element by element",
    example="max([1, 3, 2]) = 3",
    latex=r"\max",
    aliases=("amax",),
    numpy="np.max({x}{statics})",
)

min = Operation(
    "min",
    _reduction(np.min),
    _extreme,
    masked=_by_slices(_extreme),
    kinks=(_alone(np.min),),
    directional=_directional_extreme(np.min, np.inf),
    method=True,
    pairwise=minimum,
    identity=same_if_alone,
    by_elements=by_elements.folded(minimum),
    doc="the smallest element, of all or along an axis; of several tensors, element by element",
    example="min([3, 1, 2]) = 1",
    latex=r"\min",
    aliases=("amin",),
    numpy="np.min({x}{statics})",
)


def _others(x: Any) -> Any:
    """Return at each place along the first axis the product of the elements at all other places.

    It is computed by halving, without division, because elements may be 0.
    """
    n = np.shape(x)[0]
    if n <= 1:
        return np.ones(np.shape(x))
    low, high = getitem(x, index=slice(n // 2)), getitem(x, index=slice(n // 2, None))
    left = prod(low, axis=0, keepdims=True)
    right = prod(high, axis=0, keepdims=True)
    return concatenate([_others(low) * right, _others(high) * left])


def _product(gy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = _axes(x, axis)
    order = (*axes, *(i for i in range(np.ndim(x)) if i not in axes))
    front = transpose(x, axes=order)
    rest = np.shape(front)[len(axes) :]
    flat = reshape(front, shape=(_count(x, axis), *rest))
    others = reshape(_others(flat), shape=np.shape(front))
    back = tuple(int(i) for i in np.argsort(order))
    return _rebroadcast(gy, x, axis) * transpose(others, axes=back)


prod = Operation(
    "prod",
    _reduction(np.multiply.reduce),
    _product,
    masked=_by_slices(_product),
    method=True,
    identity=same_if_alone,
    by_elements=True,
    folds="mul",
    doc="product of all elements, or along axes",
    example="prod([2, 3, 4]) = 24",
    latex=r"\prod",
    aliases=("product",),
    numpy="np.prod({x}{statics})",
)


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    e, top = _exponentials(x, axis)
    # The greatest elements are summed separately, so that small terms keep their digits beside 1.
    greatest = np.equal(x, top)
    count = np.sum(greatest, axis=axis, keepdims=True, dtype=np.result_type(x))
    rest = np.sum(np.where(greatest, 0.0, e), axis=axis, keepdims=True)
    y = np.where(count > 0.0, np.log1p(rest / count) + np.log(count), np.log(rest)) + top
    return y if keepdims else np.squeeze(y, axis=_axes(x, axis))


def _exponentials(x: Any, axis: Any) -> tuple[Any, Any]:
    """Return ``exp(x - top)``, which cannot overflow, and the greatest element ``top``."""
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.exp(x - top), top


def _logsumexp_adjoint(gy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    # Every formula has to be read again, and the language has no word for all axes.
    every = tuple(range(np.ndim(x))) if np.ndim(x) > 1 else -1
    return _rebroadcast(gy, x, axis) * softmax(x, axis=every if axis is None else axis)


logsumexp = Operation(
    "logsumexp",
    _logsumexp,
    _logsumexp_adjoint,
    masked=_by_slices(_logsumexp_adjoint),
    by_elements=by_elements.logsumexp,
    doc="log(sum(exp(x))), without overflow",
    example="logsumexp([1, 2]) = 2.31326168751822283405",
)


def _softmax(x: Any, axis: Any = -1) -> Any:
    e, _ = _exponentials(x, axis)
    return e / np.sum(e, axis=axis, keepdims=True)


def _softmax_adjoint(gy: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    # The same number may be subtracted from every gy.  Subtracting that of the element with nearly
    # all of the sum avoids differences of two large numbers for the other elements.
    gy = gy - sum(gy * greater(y, 0.5), axis=axis, keepdims=True)
    return y * (gy - sum(gy * y, axis=axis, keepdims=True))


def _softmax_masked(gy: MaskedCotangent, y: Any, x: Any, axis: Any = -1) -> MaskedCotangent:
    counting = sum(gy.support(np.shape(y)), axis=axis, keepdims=True)
    return gy.with_mask(
        _softmax_adjoint(gy.instantiate(), y, x, axis), _rebroadcast(counting, x, axis)
    )


softmax: Operation = Operation(
    "softmax",
    _softmax,
    _softmax_adjoint,
    masked=(_softmax_masked,),
    by_elements=by_elements.softmax,
    doc="exp(x)/sum(exp(x)) along an axis, the last if none is given",
    example="softmax([0, 0]) = [0.5, 0.5]",
)


def _norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    # Scaling by a power of 2 is exact, and prevents squares from over- or underflowing.
    _, exponent = np.frexp(np.max(np.abs(x), axis=axis, keepdims=True, initial=0.0))
    scaled = np.ldexp(x, -exponent)
    y = np.ldexp(np.sqrt(np.sum(scaled * scaled, axis=axis, keepdims=True)), exponent)
    return y if keepdims else np.squeeze(y, axis=_axes(x, axis))


def _norm_along(t: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    cosines = x / _kept(y, x, axis)
    return MaskedCotangent(where, not_equal(y, 0.0), sum(cosines * t, axis=axis, keepdims=keepdims))


def _norm_adjoint(
    gy: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False
) -> MaskedCotangent:
    slopes = _rebroadcast(gy, x, axis) * (x / _kept(y, x, axis))
    return MaskedCotangent(where, _rebroadcast(not_equal(y, 0.0), x, axis), slopes)


norm = Operation(
    "norm",
    _reduction(_norm),
    _norm_adjoint,
    masked=_by_slices(_norm_adjoint),
    tangent=_norm_along,
    kinks=(_reduction(_norm),),
    directional=lambda t, x, axis=None, keepdims=False: _norm(t, axis, keepdims),
    nonnegative=True,
    by_elements=by_elements.norm,
    latex=r"\left\|<x>\right\|",
    doc="Euclidean length, of all elements or along axes; its derivative at 0 is 0",
    example="norm([3, 4]) = 5",
    numpy="_norm({x}{statics})",
)
