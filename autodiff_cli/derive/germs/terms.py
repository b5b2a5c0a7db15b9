"""Add and multiply the terms of germs: exponents with coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from flint import fmpq

from autodiff_cli.derive.germs.numbers import settings

__all__ = ["Term", "Value", "least", "merged", "products", "total"]

Value: TypeAlias = Any
"""A number or a germ."""

Term: TypeAlias = tuple[Any, Value]
"""An exponent and its coefficient."""


def least(a: Any, b: Any) -> Any:
    """Return the lesser of two exponents, either of which may be None."""
    return b if a is None else a if b is None else min(a, b)


def total(a: Any, b: Any) -> Any:
    """Return the sum of two exponents; None if either is None."""
    return None if a is None or b is None else a + b


def merged(a: Sequence[Term], b: Sequence[Term]) -> list[Term]:
    """Return the terms of a sum."""
    found: list[Term] = []
    i = j = 0
    while i < len(a) and j < len(b):
        (e, c), (f, d) = a[i], b[j]
        if e == f:
            found.append((e, c + d))
        else:
            found.append((e, c) if e < f else (f, d))
        i, j = i + (e <= f), j + (f <= e)
    return [*found, *a[i:], *b[j:]]


def products(a: Sequence[Term], b: Sequence[Term], end: Any) -> tuple[list[Term], Any]:
    """Return the terms of a product, and the exponent from which on terms are omitted."""
    if not a or not b:
        return [], end
    # Whole numbers are the quicker keys.
    parts = math.lcm(*(int(e.q) for e, _ in a), *(int(e.q) for e, _ in b))
    p, q = ([(int((e * parts).p), c) for e, c in terms] for terms in (a, b))
    most = p[0][0] + q[0][0] + settings().span * parts
    if end is not None:
        most = min(most, -int((-end * parts).floor()))
    found: dict[int, Value] = {}
    for e, c in p:
        for f, d in q:
            k = e + f
            if k >= most:
                break
            found[k] = found[k] + c * d if k in found else c * d
    if p[-1][0] + q[-1][0] >= most:
        end = least(end, fmpq(most, parts))
    return [(fmpq(k, parts), found[k]) for k in sorted(found)], end
