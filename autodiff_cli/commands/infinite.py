"""Find the origin of nan and infinities: the innermost call that returns one, as data.

`autodiff_cli.commands.notes` writes the messages about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine import Variable, grad, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.language.program import Instruction
from autodiff_cli.problem import Problem

__all__ = ["Steep", "infinite_slope", "infinite_value", "is_overflow", "not_finite"]


class Steep(NamedTuple):
    """A derivative that is not finite although the value is finite.

    Attributes
    ----------
    wrong
        ``nan``, ``inf`` or ``-inf``.
    call
        The number of the call that has no finite slope; None if it is not known.
    operands
        The operands of that call.
    """

    name: str
    wrong: str
    call: int | None
    operands: tuple[Any, ...] = ()


def not_finite(value: Any) -> str | None:
    """Return ``nan``, ``inf`` or ``-inf`` for a value that is not finite; None if it is finite."""
    value = np.asarray(value_of(value))
    if np.all(np.isfinite(value)):
        return None
    if np.any(np.isnan(value)):
        return "nan"
    return "inf" if np.any(value == np.inf) else "-inf"


def infinite_value(problem: Problem) -> tuple[int, str] | None:
    """Return the innermost call that made the value nan or infinite, and which of the two it is."""
    program, results = problem.program, problem.results
    k = program.result
    wrong = not_finite(results[k])
    if wrong is None or k < 0:
        return None
    # Descend from the result while an operand is not finite, preferably in the same way.
    while True:
        slots = Instruction(*program.calls[k]).slots
        found = {s: kind for s in slots if s >= 0 and (kind := not_finite(results[s]))}
        if not found:
            return k, wrong
        k = next((slot for slot, kind in found.items() if kind == wrong), next(iter(found)))
        wrong = found[k]


def is_overflow(problem: Problem, k: int) -> bool:
    """Return whether a call gives an infinity only because its result is too large for float64.

    It has finite operands, inside of the domains on which the operation is finite.
    """
    call = Instruction(*problem.program.calls[k])
    operands = [np.asarray(value_of(problem.results[slot])) for slot in call.slots]
    domains = call.operation.metadata.domain
    domains = domains if len(domains) == len(operands) else domains[:1] * len(operands)
    return not_finite(problem.results[k]) != "nan" and all(
        np.all(np.isfinite(x) & (x > low) & (x < high))
        for x, (low, high) in zip(operands, domains, strict=True)
    )


def infinite_slope(problem: Problem, derivatives: Mapping[str, Variable]) -> Steep | None:
    """Return the first derivative that is not finite if the value is finite; None if all are."""
    for name, derivative in derivatives.items():
        if (wrong := not_finite(derivative)) is None:
            continue
        call = _steep(problem.y, problem.env[name])
        k = None if call is None else problem.number(call)
        return Steep(name, wrong, k, () if call is None else call.inputs)
    return None


def _steep(y: Variable, x: Variable) -> Variable | None:
    """Return the call at which the adjoint of ``x`` ceases to be finite; None if there is none."""
    calls = reachable([y])
    adjoints = dict(zip(calls, grad(y, calls), strict=True))
    users: dict[Variable, list[Variable]] = {}
    for call in calls:
        for operand in call.inputs:
            if isinstance(operand, Variable):
                users.setdefault(operand, []).append(call)
    # Ascend from the variable to the first call whose own adjoint is finite.
    while True:
        wrong = [user for user in users.get(x, ()) if not_finite(adjoints[user]) is not None]
        if not wrong:
            break
        x = wrong[0]
    for user in users.get(x, ()):
        pulled = user.creator.backward(adjoints[user])
        pulled = pulled if isinstance(pulled, tuple) else (pulled,)
        for operand, gx in zip(user.inputs, pulled, strict=True):
            if operand is x and gx is not None and not_finite(gx) is not None:
                return user
    return None
