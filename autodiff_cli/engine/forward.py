"""Compute derivatives of any order by forward mode.

The tangent of a Variable, unlike its adjoint, does not depend on how the Variable is used.  If each
call is recorded only once (`autodiff_cli.engine.hash_consing`), each tangent is therefore computed
once for the function, its derivative, its second derivative and so on.  The graphs of high
derivatives grow polynomially with the order; those of nested reverse sweeps grow exponentially.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.hash_consing import CallCache, sharing
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.reverse import expect_variable, listed
from autodiff_cli.engine.tangents import Tangents
from autodiff_cli.engine.variable import Variable, as_variable, reachable

__all__ = ["Derivatives", "derivative"]


class Derivatives:
    """Derivatives of any order by scalars, in one graph that contains each call once.

    A tensor of one element counts as a scalar.  Results are cached and do not reflect later changes
    of the data.

    Attributes
    ----------
    calls
        The calls recorded so far; `CallCache.count` is the size of the graph.
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
