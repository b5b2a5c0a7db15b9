"""Notes on answers that are not proven, and on those that float64 alone would have missed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff_cli.commands.proven import Answers
from autodiff_cli.errors import Span
from autodiff_cli.problem import Problem
from autodiff_cli.results import Note

__all__ = ["doubts", "lost_digits"]

FEWEST_DIGITS = 6
"""How many right digits float64 has to show for nothing to be said of it."""


def doubts(problem: Problem, answers: Answers, *, explained: bool = False) -> list[Note]:
    """Return notes on the numbers that are not proven, with the reasons.

    Parameters
    ----------
    explained
        Whether other notes say what happens at this point.
    """
    program = problem.program
    whole = Span(0, len(program.source.rstrip()))
    if problem.unavailable:
        said = "these are float64's digits: to prove them `python-flint` is missing"
        hint = "run `pip install python-flint`"
        return [Note(said, whole, program.source, program.origin, hint, harmless=True)]
    if problem.intervals:
        if answers.proven:
            return []
        said = "nothing bounds this over the intervals: there may be a pole, or no value at all"
        return [Note(said, whole, program.source, program.origin)]
    if not answers.proofs:
        if problem.digits is None:
            return []
        said = "more digits than these of float64 would take too much"
        return [Note(said, whole, program.source, program.origin)]
    from autodiff_cli.graph.balls import MOST_LENGTH
    from autodiff_cli.graph.proof import MOST_BITS, certain_digits

    for proof in answers.proofs.values():
        if proof.proven.all():
            continue
        for call in proof.assumed:
            if (k := problem.number(call)) is not None:
                span = program.place(k)
                text = program.source[slice(*span)]
                said = f"whether `{text}` holds cannot be told by any digits here: float64 decides"
                return [Note(said, span, program.source, program.origin)]
        if proof.too_long and np.isnan(proof.values).any():
            said = (
                f"a number on the way has more than {MOST_LENGTH} bits before the point:"
                " what depends on those behind it is not known"
            )
            return [Note(said, whole, program.source, program.origin)]
        if proof.texts is not None and np.isfinite(proof.values).all():
            least = certain_digits(proof)
            said = f"{least} digits are certain" if least else "no digit is certain: it may be 0"
            return [Note(said, whole, program.source, program.origin)]
        finite = np.isfinite(proof.values)
        unbounded = map(_is_unbounded, proof.balls[~proof.proven & finite])
        if not explained and proof.bits >= MOST_BITS and any(unbounded):
            said = "this is what float64 gives: 1,000 digits do not tell whether there is a value"
            return [Note(said, whole, program.source, program.origin)]
    return []


def _is_unbounded(ball: Any) -> bool:
    """Return whether nothing is known of a number, not even a bound."""
    return hasattr(ball, "is_finite") and not ball.is_finite()


def lost_digits(problem: Problem, answers: Answers, raw: Mapping[str, Any]) -> list[Note]:
    """Return a note if float64 alone would have shown fewer than 6 right digits.

    Parameters
    ----------
    raw
        What float64 alone gives for each of the answers.
    """
    for name, proof in answers.proofs.items():
        given = np.asarray(raw.get(name, np.nan), float)
        if given.shape or proof.values.shape or not proof.proven.all() or name not in raw:
            continue
        if _is_lost(float(proof.values), float(given)):
            from autodiff_cli.commands.lost import note

            return [note(problem, answers.graphs.get(name), float(given))]
    return []


def _is_lost(right: float, given: float) -> bool:
    # What is 0 or overflows has no digits to be compared.
    if right == 0.0 or not math.isfinite(right):
        return False
    return not abs(given - right) <= 10.0**-FEWEST_DIGITS * abs(right)
