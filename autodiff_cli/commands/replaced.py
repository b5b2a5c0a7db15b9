"""Replace answers that the rules give by convention by those that are true at a point."""

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
"""The most bits of a number that is computed from others."""


def replaced(
    problem: Problem,
    answers: Answers | None,
    found: Mapping[str, Any],
    known: Mapping[str, Mapping[tuple[int, ...], Any]],
) -> Answers:
    """Return answers in which some elements are replaced by other numbers.

    Parameters
    ----------
    answers
        The answers that are not replaced completely; None if all are.
    found
        The answers of float64, by name.
    known
        For each answer the elements to replace: from the index to the new number; None if the
        element stays.
    """
    from autodiff_cli.graph.proof import of_numbers, unproven

    proofs = {}
    for name, value in found.items():
        proof = None if answers is None else answers.proofs.get(name)
        if proof is None:
            shown = value if answers is None else answers.values.get(name, value)
            proof = unproven(np.asarray(shown, float), problem.digits)
        numbers = {place: x for place, x in known.get(name, {}).items() if x is not None}
        of_numbers(proof, numbers, problem.digits)
        proofs[name] = proof
    made = answers_of(problem, found, proofs, answers.graphs if answers is not None else {})
    return made if problem.known is not None else Answers(made.values)


def hessian_numbers(truth: Truth, names: Sequence[str]) -> dict[tuple[int, ...], Any]:
    """Return the examined entries of the Hessian over all elements of some variables.

    Here and below an entry that does not exist or is not known is None.
    """
    known: dict[tuple[int, ...], Any] = {}
    start = 0
    for name in names:
        shape = truth.problem.env[name].shape
        places = list(np.ndindex(*shape))
        for place, number in truth.slopes(name):
            k = start + places.index(place)
            known[k, k] = number
        start += len(places)
    for one in truth.mixed:
        i, j = one.place
        known[i, j], known[j, i] = one.number, one.turned
    return known


def product_numbers(
    truth: Truth, names: Sequence[str], vector: Mapping[str, Any]
) -> dict[str, dict[tuple[int, ...], Any]]:
    """Return the known elements of the product of the Hessian and a vector."""
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
    """Return the examined entries of the Jacobian; its rows are elements of the value."""
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
    """Return the derivative that was examined, by its index in an array."""
    numbers = [one.number for one in truth.mixed]
    numbers += [number for name in truth.behaviours for _, number in truth.numbers(name)]
    return {(0,) * ndim: numbers[0]} if numbers else {}


def completed(
    truth: Truth | None,
    names: Sequence[str],
    found: Mapping[str, Any],
    compute: Callable[[Sequence[str], Mapping[str, Any]], Answers],
) -> Answers:
    """Return answers in which the results of the rules are replaced by what is true.

    Parameters
    ----------
    names
        The names of the answers.
    found
        The answers of float64, by name.
    compute
        A function that returns the proven answers for some of the names.
    """
    if truth is None:
        return compute(names, found)
    known = {name: {place: x for place, x in truth.slopes(name) if x is not None} for name in names}
    rest = [name for name in names if len(known[name]) < np.size(found[name])]
    made = compute(rest, {name: found[name] for name in rest}) if rest else None
    return replaced(truth.problem, made, {n: found[n] for n in names}, known)
