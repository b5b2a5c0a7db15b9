"""Compute tangents by forward mode.

The tangent of a Variable, unlike its adjoint, does not depend on how the Variable is used.  If each
call is recorded only once (`autodiff_cli.engine.hash_consing`), each tangent is therefore computed
once for the function, its derivative, its second derivative and so on.  The graphs of high
derivatives grow polynomially with the order; those of nested reverse sweeps grow exponentially.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autodiff_cli.engine.changes import verify
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.hash_consing import CallCache, sharing
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.ops import broadcast_to
from autodiff_cli.engine.reverse import expect_variable, listed
from autodiff_cli.engine.rules import value_of
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.values import without_warnings
from autodiff_cli.engine.variable import Variable, as_variable, reachable

__all__ = ["Derivatives", "Tangents", "derivative"]

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
        if type(t) is MaskedCotangent:
            return t.with_mask(broadcast_to(t.gy, shape=v.shape))
        return broadcast_to(t, shape=v.shape)


class Derivatives:
    """Derivatives of any order by scalars, in one graph that contains each call once.

    A tensor of one element counts as a scalar.  Results are cached and do not reflect later changes
    of the data.

    Attributes
    ----------
    calls
        The calls recorded so far; their number, `len(calls)`, is the size of the graph.
    """

    def __init__(self) -> None:
        self.calls = CallCache()
        self._tangents: dict[Variable, Tangents] = {}
        self._found: set[Variable] = set()

    def of(self, y: Variable, x: Variable) -> Variable:
        """Return the derivative of ``y`` by a scalar ``x``, in the shape of ``y``.

        It may be an existing Variable: the derivative of ``x * n`` is ``n``.

        Raises
        ------
        ValueError
            If ``x`` is not a scalar.
        """
        if x.size != 1:
            raise ValueError(f"a derivative is by a scalar, not by a Variable of shape {x.shape}")
        if y not in self._found:
            # Rules that compute subexpressions of the function are to reuse them.
            self.calls.insert(v for v in reachable([y]) if isinstance(v._op, Operation))
        tangents = self._tangents.setdefault(x, Tangents({x: np.ones(x.shape) if x.shape else 1.0}))
        with paused_collector(), sharing(self.calls):
            t = tangents.of(y)
            slope = as_variable(np.zeros(y.shape) if t is None else t)
            if x.dtype.kind == "f" and slope.dtype != x.dtype:
                slope = slope.astype(dtype=x.dtype)
        self._found.add(slope)
        return slope


def derivative(y: Variable, xs: Variable | Sequence[Variable]) -> Variable:
    """Return the derivative of ``y`` by each of the scalars ``xs`` in turn, as a graph.

    Parameters
    ----------
    y
        The Variable to differentiate, of any shape.
    xs
        Scalars, or a single one: ``[x, x, z]`` differentiates twice by ``x``, then by ``z``.

    Returns
    -------
    Variable
        Of the shape of ``y``.

    Raises
    ------
    ValueError
        If one of ``xs`` is not a scalar.

    Examples
    --------
    >>> x = as_variable(2.0)
    >>> derivative(x**4 - 2 * x**2, [x, x, x])
    variable(48.0)
    """
    expect_variable(y)
    return reduce(Derivatives().of, listed(xs), y)
