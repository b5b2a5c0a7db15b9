"""Compute derivatives as graphs without values that were computed, and rounded, beforehand.

Graphs for evaluation in ball arithmetic start from a seed that is a Variable: if a rule divides the
seed by a literal, for instance, the quotient is a call in the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, Variable, as_variable, grad, sharing
from autodiff_cli.engine.hash_consing import CallCache
from autodiff_cli.engine.tangents import Tangents
from autodiff_cli.engine.variable import reachable

__all__ = ["gradient", "gradient_rows", "in_turn"]


def in_turn(y: Variable, xs: Sequence[Variable]) -> Variable:
    """Return the derivative by some Variables one after the other, as a graph.

    It is computed by tangents as in `Derivatives`, but with a seed that is a Variable: see
    `gradient`.
    """
    if len(xs) == 1:
        return gradient(y, xs)[0]
    calls = CallCache()
    for x in xs:
        calls.insert(v for v in reachable([y]) if isinstance(v.operation, Operation))
        with sharing(calls):
            slope = Tangents({x: as_variable(np.ones(x.shape))}).of(y)
        y = as_variable(np.zeros(y.shape) if slope is None else slope)
    return y


def gradient(y: Variable, xs: Sequence[Variable], seed: Any = None) -> list[Variable]:
    """Return the gradient as a graph without values that were computed and rounded beforehand.

    The seed is a Variable for this purpose: a quotient of it and a literal is a call in the graph.
    """
    return grad(y, xs, True, as_variable(np.ones(y.shape) if seed is None else seed))


def gradient_rows(y: Variable, xs: Sequence[Variable]) -> list[list[Variable]]:
    """Return the gradient of each element of a Variable, as graphs."""
    # Imported here because scalars do not need this module, and should not wait for its import.
    from autodiff_cli.derive.matrices import elements

    if (scalars := elements(y)) is not None:
        return [gradient(element, xs) for element in scalars]
    rows = []
    for k in range(y.size):
        seed = np.zeros(y.size)
        seed[k] = 1.0
        rows.append(gradient(y, xs, seed.reshape(y.shape)))
    return rows
