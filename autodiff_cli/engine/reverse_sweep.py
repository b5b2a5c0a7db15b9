"""Run the backward sweep of reverse mode over the graph of a Variable."""

from __future__ import annotations

import gc
import math
from functools import reduce
from sys import getrefcount
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine.changes import verified
from autodiff_cli.engine.node import Pending
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate, total
from autodiff_cli.engine.temporaries import HELD
from autodiff_cli.engine.values import without_warnings
from autodiff_cli.engine.variable import Variable

__all__ = ["Adjoints", "accumulate_cotangent", "accumulated", "defer_sum", "resolve_sum", "sweep"]

Adjoints: TypeAlias = dict[Variable, Any]


@without_warnings
def sweep(y: Variable, seed: Any, graph: bool, kept: Adjoints | None, lowest: int = 0) -> Adjoints:
    """Return the adjoints of the leaves that ``y`` depends on.

    If ``lowest`` is given, the sweep ends at Variables of that generation and returns theirs.

    Variables are processed by decreasing generation: all uses of a Variable come before it, so its
    adjoint is complete when it is processed, and each call is pulled back once.  The adjoints of
    all other Variables are added to ``kept``, if given.

    Structural zeros matter only where a zero is multiplied by an infinite slope, which gives nan.
    The sweep on values therefore ignores them first, and is repeated with them if a nan occurs.
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
    """Return the adjoints, and whether ``plain`` made structural zeros numerical ones."""
    chosen = False
    # One dict for each generation, so that no sorting or search of the graph is needed.
    pending: Pending = [{} for _ in range(y.generation + 1)]
    pending[y.generation][y] = seed
    verified.set({})
    # Like `paused_collector`, but no interrupt can occur before the `finally` takes effect.
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        for generation in range(y.generation, lowest, -1):
            turn = pending[generation]
            if kept is not None:
                kept.update(resolve_sums(turn))
            while turn:
                v, gy = turn.popitem()
                if type(gy) is list:
                    gy = resolve_sum(gy)
                if type(gy) is MaskedCotangent and plain:
                    chosen, gy = True, gy.instantiate()
                if type(gy) is MaskedCotangent:
                    v._op.pullback_masked(gy, v, graph, pending)
                else:
                    v._op.pullback(gy, v, graph, pending)
            del pending[generation]
        return resolve_sums(pending[lowest]), chosen
    finally:
        if was_enabled:
            gc.enable()


def _has_nan(adjoints: Adjoints, kept: Adjoints | None) -> bool:
    """Return whether an adjoint may contain nan; infinities of both signs count as one."""
    values = [*adjoints.values(), *(kept or {}).values()]
    return any(math.isnan(np.add.reduce(instantiate(gx), axis=None)) for gx in values)


def accumulate_cotangent(pending: Pending, x: Variable, gx: Any, graph: bool) -> None:
    """Accumulate an adjoint of ``x`` in ``pending``."""
    waiting = pending[x.generation]
    if x not in waiting:
        waiting[x] = gx
    elif graph:
        waiting[x] = defer_sum(waiting[x], gx)
    else:
        held = waiting[x]
        waiting[x] = accumulated(held, gx)


def accumulated(gx: Any, other: Any) -> Any:
    """Return the sum of two adjoints that are values, the first one as a sweep holds it.

    A sum of arrays is held as a list of one array.  This array was created for an adjoint and is
    referenced by its list only, and the list only by the sweep, until the adjoint is complete.  No
    rule, user or view can hold it, so later contributions are added in place.  The first two are
    added into a new array, unless the count of references shows that nothing else holds the first.
    """
    if type(gx) is not list:
        if type(gx) is np.ndarray and gx.base is None and getrefcount(gx) <= HELD:
            gx = [gx]
        else:
            found = _copied_sum(gx, other)
            return [found] if type(found) is np.ndarray else found
    (array,) = gx
    if type(other) is MaskedCotangent:
        if other.add_to(array):
            return gx
        other = other.instantiate()
    if type(other) is float or other.dtype == array.dtype:
        np.add(array, other, out=array)
        return gx
    return [array + other]


def _copied_sum(gx: Any, other: Any) -> Any:
    """Return the sum of two adjoints in a new array, or one that is masked."""
    if type(gx) is type(other) or type(gx) is float or type(other) is float:
        return total(gx, other)
    for one, part in ((gx, other), (other, gx)):
        if type(part) is MaskedCotangent and type(one) is np.ndarray:
            copy = one.copy()
            return copy if part.add_to(copy) else one + part.instantiate()
    return total(gx, other)


def defer_sum(gx: Any, other: Any) -> Any:
    """Return a deferred sum of adjoints: a list, summed by one node when it is complete."""
    if type(gx) is list:
        gx.append(other)
        return gx
    return [gx, other]


def resolve_sum(gx: Any) -> Any:
    """Return the sum of a list of adjoints; anything else is returned unchanged."""
    if type(gx) is not list:
        return gx
    if len(gx) == 1:
        return gx[0]
    if MaskedCotangent in map(type, gx):
        return reduce(total, gx)
    return gx[0] + gx[1] if len(gx) == 2 else registry["total"].apply(*gx)


def resolve_sums(waiting: Adjoints) -> Adjoints:
    """Replace each deferred sum in ``waiting`` by its value, and return ``waiting``."""
    for x, gx in waiting.items():
        if type(gx) is list:
            waiting[x] = resolve_sum(gx)
    return waiting
