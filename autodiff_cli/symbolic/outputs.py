"""The terms of a value and of its derivatives up to an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodiff_cli.language.program import Program
from autodiff_cli.symbolic.derivatives import mixed_terms, successive_terms
from autodiff_cli.symbolic.nodes import Term
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["output_terms"]


def output_terms(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    order: int,
    *,
    mixed: bool = False,
    shapes: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> dict[tuple[str, ...], Term]:
    """Return as terms the outputs that `autodiff_cli.derive.outputs.outputs` returns as graphs.

    The key of each is the tuple of variables that it is differentiated by, in turn; it is empty for
    the value.

    Parameters
    ----------
    shapes, most
        As for `autodiff_cli.symbolic.derivatives.derivative_terms`.
    """
    value, *derivatives = successive_terms(
        algebra, program, names or [""], order - mixed, shapes, most
    )
    found: dict[tuple[str, ...], Term] = {(): next(iter(value.values()))}
    for n, terms in enumerate(derivatives, 1):
        found.update({(name,) * n: term for name, term in terms.items()})
    if mixed:
        seconds = mixed_terms(algebra, program, names, shapes)
        found.update({(x, y): term for (x, y), term in seconds.items()})
    return found
