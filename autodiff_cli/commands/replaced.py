"""Answers with what is true at a point in the place of what rules give by convention."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.commands.proven import Answers, answers_of
from autodiff_cli.commands.truth import Truth
from autodiff_cli.problem import Problem

__all__ = [
    "completed",
    "hessian_numbers",
    "jacobian_numbers",
    "product_numbers",
    "replaced",
    "turn_numbers",
]

MOST_BITS = 4096
"""Of a number that is computed from others."""


def replaced(
    problem: Problem,
    answers: Answers | None,
    found: Mapping[str, Any],
    known: Mapping[str, Mapping[tuple[int, ...], Any]],
) -> Answers:
    """Return answers with other numbers in the place of some elements.

    Parameters
    ----------
    answers
        Those that are not replaced altogether; None if all are.
    found
        What float64 gives for each of the answers.
    known
        For each the elements that are replaced, and by what.
    """
    from autodiff_cli.graph.proof import of_numbers, unproven

    proofs = {}
    for name, value in found.items():
        proof = None if answers is None else answers.proofs.get(name)
        if proof is None:
            shown = value if answers is None else answers.values.get(name, value)
            proof = unproven(np.asarray(shown, float), problem.digits)
        of_numbers(proof, known.get(name, {}), problem.digits)
        proofs[name] = proof
    made = answers_of(problem, found, proofs, answers.graphs if answers is not None else {})
    return made if problem.known is not None else Answers(made.values)


def hessian_numbers(truth: Truth, names: Sequence[str]) -> dict[tuple[int, ...], Any]:
    """Return the entries of the Hessian over all elements of some variables that are known."""
    known: dict[tuple[int, ...], Any] = {}
    start = 0
    for name in names:
        shape = truth.problem.env[name].shape
        places = list(np.ndindex(*shape))
        for place, number in truth.numbers(name):
            k = start + places.index(place[truth.problem.y.ndim :])
            known[k, k] = number
        start += len(places)
    for one in truth.mixed:
        i, j = one.place
        known |= {(i, j): one.number} if one.number is not None else {}
        known |= {(j, i): one.turned} if one.turned is not None else {}
    return known


def product_numbers(
    truth: Truth, names: Sequence[str], vector: Mapping[str, Any]
) -> dict[str, dict[tuple[int, ...], Any]]:
    """Return the elements of the product of the Hessian with a vector that are known."""
    from autodiff_cli.graph.balls import held, precision

    known = hessian_numbers(truth, names)
    flat = [held(float(v)) for name in names for v in np.ravel(vector[name])]
    found: dict[str, dict[tuple[int, ...], Any]] = {}
    row = 0
    for name in names:
        found[name] = {}
        for place in np.ndindex(*truth.problem.env[name].shape):
            entries = [known.get((row, k)) for k in range(len(flat))]
            if all(entry is not None for entry in entries):
                with precision(MOST_BITS):
                    products = (c * v for c, v in zip(entries, flat, strict=True))
                    found[name][place] = sum(products)
            row += 1
    return found


def jacobian_numbers(truth: Truth, names: Sequence[str]) -> dict[tuple[int, ...], Any]:
    """Return the entries of the Jacobian that are known: rows are elements of the value."""
    known: dict[tuple[int, ...], Any] = {}
    y, start = truth.problem.y, 0
    rows = {place: k for k, place in enumerate(np.ndindex(*y.shape))}
    for name in names:
        columns = {p: k for k, p in enumerate(np.ndindex(*truth.problem.env[name].shape))}
        for place, number in truth.numbers(name):
            known[rows[place[: y.ndim]], start + columns[place[y.ndim :]]] = number
        start += len(columns)
    return known


def turn_numbers(truth: Truth, ndim: int) -> dict[tuple[int, ...], Any]:
    """Return the one derivative that was examined, under its place in an array; none if unknown."""
    numbers = [one.number for one in truth.mixed]
    numbers += [number for name in truth.behaviours for _, number in truth.numbers(name)]
    found = [number for number in numbers if number is not None]
    return dict.fromkeys([(0,) * ndim], found[0]) if found else {}


def completed(
    truth: Truth | None,
    names: Sequence[str],
    found: Mapping[str, Any],
    compute: Callable[[Sequence[str], Mapping[str, Any]], Answers],
) -> Answers:
    """Return answers with what is true in the place of what rules give.

    Parameters
    ----------
    names
        Of the answers.
    found
        What float64 gives for them.
    compute
        Returns the answers for some of the names, proven.
    """
    if truth is None:
        return compute(names, found)
    known = {name: dict(truth.numbers(name)) for name in names}
    rest = [name for name in names if len(known[name]) < np.size(found[name])]
    made = compute(rest, {name: found[name] for name in rest}) if rest else None
    return replaced(truth.problem, made, {n: found[n] for n in names}, known)
