"""Derive the JVP of a call from its VJP by transposition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.config import recording, using_config
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.reverse_sweep import sweep
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.values import as_value
from autodiff_cli.engine.variable import Variable, leaf

__all__ = ["jvp_from_vjp"]


def jvp_from_vjp(
    pullback: Callable[[Variable], Sequence[Any]],
    tangents: Sequence[Any],
    call: Sequence[Any],
    y: Any,
) -> Any:
    """Return the tangent of the output of a call.

    The VJP is linear in the adjoint of the output, and the VJP of this linear map is the JVP.

    Parameters
    ----------
    pullback
        The VJP: a function from an adjoint of ``y`` to one for each input.
    tangents
        One for each input, of its shape; None for a zero tangent.
    call
        The inputs.
    y
        The output of the call.

    Returns
    -------
    Variable, MaskedCotangent or None
        With structural zeros if elements of the output depend on no input with a tangent.
    """
    gy = leaf(as_value(np.ones(np.shape(y), getattr(y, "dtype", float))))
    # Later than all existing Variables, so that a sweep that ends at it enters no other graph.
    gy.generation = 1 + max(_generation(v) for v in (y, *call, *tangents))
    sum = registry["sum"]
    with using_config("enable_backprop", True):
        along: Any = 0.0
        for gx, t in zip(pullback(gy), tangents, strict=True):
            if gx is None or t is None:
                continue
            product = instantiate(_times(gx, t))
            along = along + (sum(product) if np.shape(product) else product)
        # A result that does not depend on the adjoint is not part of the derivative.
        if not isinstance(along, Variable) or along.generation < gy.generation:
            return None
        slope = sweep(along, 1.0, True, None, gy.generation).get(gy)
    if slope is None or recording.get():
        return slope
    if type(slope) is MaskedCotangent:
        return slope.with_mask(_number(slope.gy), slope.support(slope.shape), slope.clean)
    return _number(slope)


def _number(v: Any) -> Any:
    """Return a leaf with the value of ``v``."""
    return leaf(as_value(v._value if isinstance(v, Variable) else v))


def _generation(v: Any) -> int:
    parts = (v.gy, v.mask) if type(v) is MaskedCotangent else (v,)
    return max(getattr(part, "generation", 0) for part in parts)


def _times(gx: Any, t: Any) -> Any:
    """Return a product that is structurally zero where a factor is."""
    product = (gx.gy if type(gx) is MaskedCotangent else gx) * (
        t.gy if type(t) is MaskedCotangent else t
    )
    if type(gx) is MaskedCotangent:
        product = gx.with_mask(product)
    return t.with_mask(product) if type(t) is MaskedCotangent else product
