"""The note on what float64 alone would have shown, and which call lost the digits.

The adjoint of a node is the factor by which its rounding error reaches the result; so the digits
were lost at the node whose value times its adjoint is largest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable, grad, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import Span
from autodiff_cli.language.format import number
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note

__all__ = ["is_exact", "note", "reason"]

CANCELLED = 1e-3
"""The greatest size of a sum, relative to a term, for which its terms are said to cancel."""


def note(problem: Problem, target: Variable | None, given: float) -> Note:
    """Return the note on the digits that float64 alone has lost.

    Parameters
    ----------
    target
        The graph of the answer, if there is one.
    given
        The answer of float64 alone.
    """
    program = problem.program
    k, why = _reason(problem, target, given)
    span = Span(0, len(program.source.rstrip())) if k is None else program.place(k)
    why = _quoted(problem, k, why)
    said = f"float64 alone gives {number(given)} here" + (f": {why}" if why else "")
    return Note(said, span, program.source, program.origin, harmless=True)


def reason(problem: Problem, target: Variable | None, given: float) -> str:
    """Return the text that says where and how float64 lost digits; nothing if it is unknown."""
    return _quoted(problem, *_reason(problem, target, given))


def _quoted(problem: Problem, k: int | None, why: str) -> str:
    """Return a reason with the text of its call inserted."""
    program = problem.program
    return why if k is None else why.replace("{}", f"`{program.source[slice(*program.place(k))]}`")


def _reason(problem: Problem, target: Variable | None, given: float) -> tuple[int | None, str]:
    """Return the call that lost the digits, if any, and the reason, with ``{}`` for the call."""
    if not math.isfinite(given) and (k := _overflow(problem)) is not None:
        return k, "{} is too large for it"
    if target is None:
        return None, ""
    worst = _worst(problem, target)
    if worst is None:
        return None, ""
    numbered = {v: k for v in reachable([target]) if (k := problem.number(v)) is not None}
    last, user = worst, _canceller(worst, numbered)
    while user is not None:
        last, user = user, _canceller(user, numbered)
    if last is not worst:
        lost = _digits_between(worst, last)
        return numbered[last], f"{{}} cancels {'all its' if lost > 15 else f'{lost} of its'} digits"
    if worst in numbered:
        return numbered[worst], "the rounding of {} is magnified"
    if worst.operation is None:
        name = next((name for name, x in problem.env.items() if x is worst), None)
        what = "numbers are" if name is None else f"`{name}` is"
        return None, f"{what} rounded before anything is computed"
    return None, "terms of the derivative cancel each other"


def _overflow(problem: Problem) -> int | None:
    """Return the first call whose value overflows in float64."""
    assert problem.raw is not None
    for k in range(len(problem.program.calls)):
        if not np.all(np.isfinite(value_of(problem.raw.results[k]))):
            return k
    return None


def _worst(problem: Problem, target: Variable) -> Variable | None:
    """Return the node whose rounding error has the greatest effect on a result."""
    inside = [v for v in reachable([target]) if v is not target]
    nodes = list(dict.fromkeys([x for v in [target, *inside] for x in v.inputs]))
    nodes = [x for x in nodes if isinstance(x, Variable) and not is_exact(problem, x)]
    with np.errstate(all="ignore"):
        errors = [
            float(np.max(np.abs(np.asarray(value_of(v)) * value_of(g)), initial=0.0))
            for v, g in zip(nodes, grad(target, nodes), strict=True)
        ]
    # Of nodes with the same effect, the one nearest to the variables is chosen.
    sized = [
        (error, -v.generation, v)
        for v, error in zip(nodes, errors, strict=True)
        if 0.0 < error < math.inf
    ]
    return max(sized, key=lambda item: item[:2])[2] if sized else None


def is_exact(problem: Problem, v: Variable) -> bool:
    """Return whether the value of a leaf is exactly its float64."""
    from flint import fmpq

    from autodiff_cli.graph.balls import held

    known = None if problem.known is None else problem.known.get(v)
    if v.operation is not None or known is None:
        return v.operation is None
    exact = known()
    return type(exact) is fmpq and exact == held(value_of(v))


def _canceller(v: Variable, numbered: Mapping[Variable, int]) -> Variable | None:
    """Return the sum or difference in which a term cancels, if there is one."""
    for user in sorted(numbered, key=numbered.__getitem__):
        operation: Any = user.operation
        if operation.metadata.symbol in ("+", "-") and any(x is v for x in user.inputs):
            sizes = [abs(float(value_of(x))) for x in (v, user) if not x.shape]
            if len(sizes) == 2 and sizes[1] < CANCELLED * sizes[0]:
                return user
    return None


def _digits_between(v: Variable, small: Variable) -> int:
    """Return the number of digits by which a value is larger than another one."""
    low = abs(float(value_of(small)))
    return 16 if low == 0.0 else int(math.log10(abs(float(value_of(v))) / low))
