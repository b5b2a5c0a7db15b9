"""Reverse mode: the backward sweep over the calls that made a Variable."""

from __future__ import annotations

import gc
import math
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.node import Pending
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, total, whole
from autodiff_cli.engine.values import without_warnings
from autodiff_cli.engine.variable import Variable

__all__ = ["Adjoints", "joined", "meet", "met", "sweep"]

Adjoints: TypeAlias = dict[Variable, Any]


@without_warnings
def sweep(y: Variable, seed: Any, graph: bool, kept: Adjoints | None, lowest: int = 0) -> Adjoints:
    """Run reverse mode from ``y`` and return the adjoints of the leaves it depends on.

    With ``lowest`` it ends at the Variables of that generation, and returns theirs.

    Latest generation first: when the turn of a Variable comes all its users have had theirs, so
    its adjoint is whole, and each call is pulled back once.  All adjoints but those of the leaves
    go to ``kept``, if given.

    Structural zeros matter where a zero meets an infinite slope, which gives nan.  So numbers are
    computed without them first, and with them only if there is a nan.
    """
    if not graph and type(seed) is not MaskedCotangent:
        adjoints, chosen = _swept(y, seed, graph, kept, lowest, plain=True)
        if not (chosen and _has_nan(adjoints, kept)):
            return adjoints
        if kept is not None:
            kept.clear()
    return _swept(y, seed, graph, kept, lowest, plain=False)[0]


def _swept(
    y: Variable, seed: Any, graph: bool, kept: Adjoints | None, lowest: int, plain: bool
) -> tuple[Adjoints, bool]:
    """Return the adjoints, and whether structural zeros were written out for being ``plain``."""
    chosen = False
    # By generation, for then nothing has to be found beforehand, or sorted.
    pending: Pending = [{} for _ in range(y.generation + 1)]
    pending[y.generation][y] = seed
    # As `paused_collector` does, but in a way that no interrupt can come between.
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        for generation in range(y.generation, lowest, -1):
            turn = pending[generation]
            if kept is not None:
                kept.update(summed(turn))
            while turn:
                v, gy = turn.popitem()
                if type(gy) is list:
                    gy = met(gy)
                if type(gy) is MaskedCotangent and plain:
                    chosen, gy = True, gy.whole()
                if type(gy) is MaskedCotangent:
                    v._op.pull_masked(gy, v, graph, pending)
                else:
                    v._op.pull(gy, v, graph, pending)
            del pending[generation]
        return summed(pending[lowest]), chosen
    finally:
        if was_enabled:
            gc.enable()


def _has_nan(adjoints: Adjoints, kept: Adjoints | None) -> bool:
    """Return whether there is a nan, or perhaps one: infinities of either sign are taken for it."""
    values = [*adjoints.values(), *(kept or {}).values()]
    return any(math.isnan(np.add.reduce(whole(gx), axis=None)) for gx in values)


def meet(pending: Pending, x: Variable, gx: Any, graph: bool) -> None:
    """Add an adjoint to those that wait for ``x``."""
    waiting = pending[x.generation]
    if x not in waiting:
        waiting[x] = gx
    elif graph:
        waiting[x] = joined(waiting[x], gx)
    else:
        waiting[x] = total(waiting[x], gx)


def joined(gx: Any, other: Any) -> Any:
    """Return adjoints that meet in a graph: a list, for one node to sum when it is complete."""
    if type(gx) is list:
        gx.append(other)
        return gx
    return [gx, other]


def met(gx: Any) -> Any:
    """Return the sum of the adjoints that met in a Variable, if they were several."""
    if type(gx) is not list:
        return gx
    if MaskedCotangent in map(type, gx):
        return reduce(total, gx)
    return gx[0] + gx[1] if len(gx) == 2 else registry["total"].apply(*gx)


def summed(waiting: Adjoints) -> Adjoints:
    """Sum what met, where several adjoints did."""
    for x, gx in waiting.items():
        if type(gx) is list:
            waiting[x] = met(gx)
    return waiting
