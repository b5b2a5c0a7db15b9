"""The JVP of a call from its VJP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.config import recording, using_config
from autodiff_cli.engine.core import Variable, leaf
from autodiff_cli.engine.masked import Masked, weights, whole
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.sweep import sweep
from autodiff_cli.engine.values import primal

__all__ = ["transposed"]


def transposed(
    pull: Callable[[Variable], Sequence[Any]], tangents: Sequence[Any], call: Sequence[Any], y: Any
) -> Any:
    """Return the tangent of what a call has made.

    The VJP is linear in the adjoint it starts from; its own VJP is the JVP.

    Parameters
    ----------
    pull
        The VJP: from an adjoint of ``y`` to one for each input.
    tangents
        One for each input, of its shape; None for an input that does not move.
    call
        The inputs.
    y
        What the call has made.

    Returns
    -------
    Variable, Masked or None
        If it is masked it counts everywhere or, if nothing that moves counts, nowhere.
    """
    gy = leaf(primal(np.ones(np.shape(y), getattr(y, "dtype", float))))
    # Born after all there is, so that a sweep down to it does not enter the graph of anything else.
    gy.generation = 1 + max(_generation(v) for v in (y, *call, *tangents))
    sum = registry["sum"]
    with using_config("enable_backprop", True):
        along: Any = 0.0
        counted: Any = 0.0
        choice = None
        for gx, t in zip(pull(gy), tangents, strict=True):
            if gx is None or t is None:
                continue
            product = whole(_times(gx, t))
            along = along + (sum(product) if np.shape(product) else product)
            for part in (gx, t):
                choice = part if type(part) is Masked else choice
            both = _counted(gx, t)
            counted = counted + (sum(both) if np.shape(both) else both)
        # What does not depend on the adjoint is no derivative.
        if not isinstance(along, Variable) or along.generation < gy.generation:
            return None
        slope = whole(sweep(along, 1.0, True, None, gy.generation).get(gy))
    if slope is not None and not recording.get():
        slope = leaf(primal(slope._value if isinstance(slope, Variable) else slope))
    return slope if choice is None or slope is None else Masked(choice.select, counted, slope)


def _generation(v: Any) -> int:
    parts = (v.gy, v.mask) if type(v) is Masked else (v,)
    return max(getattr(part, "generation", 0) for part in parts)


def _counted(gx: Any, t: Any) -> Any:
    """Return 1 where a product counts, and 0 where it is structurally zero."""
    shape = np.shape(t)
    if type(gx) is Masked and type(t) is Masked:
        return weights(gx, shape) * weights(t, shape)
    return weights(gx if type(gx) is Masked else t, shape)


def _times(gx: Any, t: Any) -> Any:
    """Return a product that is structurally zero where one of the factors is."""
    if type(gx) is Masked:
        return gx.carrying(gx.gy * whole(t))
    return t.carrying(gx * t.gy) if type(t) is Masked else gx * t
