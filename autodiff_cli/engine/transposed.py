"""The JVP of a call from its VJP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.config import using_config
from autodiff_cli.engine.core import Variable, leaf
from autodiff_cli.engine.masked import Masked, whole
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.sweep import sweep

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
    """
    gy = leaf(np.ones(np.shape(y)) if np.shape(y) else 1.0)
    # Born after all there is, so that a sweep down to it does not enter the graph of anything else.
    gy.generation = 1 + max(getattr(v, "generation", 0) for v in (y, *call, *tangents))
    with using_config("enable_backprop", True):
        along: Any = 0.0
        for gx, t in zip(pull(gy), tangents, strict=True):
            if gx is not None and t is not None:
                product = gx.carrying(gx.gy * t).whole() if type(gx) is Masked else gx * t
                along = along + (registry["sum"](product) if np.shape(product) else product)
        if not isinstance(along, Variable):
            return None
        return whole(sweep(along, 1.0, True, None, gy.generation).get(gy))
