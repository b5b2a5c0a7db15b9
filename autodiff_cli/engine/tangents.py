"""Push tangents forward through the graph of a Variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine.changes import verify
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.values import without_warnings
from autodiff_cli.engine.variable import Variable

__all__ = ["Tangents"]

_UNKNOWN = object()


class Tangents:
    """The tangents of Variables, each computed on first request.

    Tangents are Variables, or plain values if they do not depend on any Variable.

    Parameters
    ----------
    moving
        The given tangents: one for each Variable along which to differentiate, of its shape.
    """

    def __init__(self, moving: Mapping[Variable, Any]) -> None:
        self._known: dict[Variable, Any] = dict(moving)

    @without_warnings
    def of(self, y: Variable) -> Any:
        """Return the tangent of a Variable, in its shape; None if it is zero."""
        known = self._known
        stack = [y]
        while stack:
            v = stack[-1]
            if v in known:
                stack.pop()
                continue
            ready, varies, ts = True, False, []
            for x in v.inputs:
                t = None
                if isinstance(x, Variable):
                    t = known.get(x, _UNKNOWN)
                    if t is _UNKNOWN:
                        stack.append(x)
                        ready = False
                    elif t is not None:
                        varies = True
                ts.append(t)
            if ready:
                known[v] = self._pushed(v, ts) if varies else None
        return instantiate(known[y])

    def _pushed(self, v: Variable, ts: Sequence[Any]) -> Any:
        """Return the tangent of the output of a call, given those of its inputs."""
        verify(v)
        op: Any = v._op
        push = op.jvp_masked if MaskedCotangent in map(type, ts) else op.jvp
        t = push(ts, v, v.inputs, v.params)
        if type(t) is MaskedCotangent and np.all(np.not_equal(value_of(t.mask), 0.0) == t.keep):
            # No element is structurally zero, so the mask is not needed.
            t = t.instantiate()
        if t is None or type(v._value) is float or np.shape(t) == v.shape:
            return t
        # A rule may omit an argument that the value was broadcast with.
        broadcast_to = registry["broadcast_to"]
        if type(t) is MaskedCotangent:
            return t.with_mask(broadcast_to(t.gy, shape=v.shape))
        return broadcast_to(t, shape=v.shape)
