"""Compute answers at several points, such as those of ``--at x=0:1:11``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.language.each import Points
from autodiff_cli.language.format import number
from autodiff_cli.problem import Problem
from autodiff_cli.progress import advance
from autodiff_cli.results import Note, Numbers, PointTable, Result

__all__ = ["run"]

MOST_NOTES = 5
"""The most notes that are shown for all points together."""


def run(
    points: Points,
    posed: Callable[[Sequence[str]], Problem],
    answered: Callable[[Problem], Result],
    titled: Callable[[str], str],
) -> PointTable:
    """Return the answer at each point.

    Parameters
    ----------
    posed
        A function that returns the problem for assignments.
    answered
        A function that returns the numbers at a point.
    titled
        A function that returns the heading for the name of a number.

    Raises
    ------
    AdiffError
        If there is no answer at a point.
    """
    rows: list[list[Any]] = []
    fields: list[Mapping[str, Any]] = []
    notes: list[Note] = []
    titles: list[str] = []
    common: dict[str, Any] = {}
    assignments = list(points.assignments())
    for k, at in enumerate(assignments, 1):
        advance("point", k, len(assignments))
        problem = posed(at)
        values = {name: problem.env[name].data for name in points.names if name in problem.env}
        place = ", ".join(f"{name} = {number(value)}" for name, value in values.items())
        try:
            result = answered(problem)
        except AdiffError as error:
            error.message += f", at {place}"
            raise
        if not isinstance(result, Numbers):
            raise UsageError(
                "there is an answer for each point only if it is numbers",
                code="contradiction",
                hint="give one value for each variable",
            )
        titles = [*values, *map(titled, result.rows)]
        rows.append([*values.values(), *result.rows.values()])
        common = {name: result.fields[name] for name in ("command", "expression")}
        fields.append({name: v for name, v in result.fields.items() if name not in common})
        notes += [replace(note, message=f"{note.message}, at {place}") for note in result.notes]
    more = len(notes) - MOST_NOTES
    if more > 0:
        last = notes[MOST_NOTES]
        said = f"there are {more} notes more"
        notes = [*notes[:MOST_NOTES], replace(last, message=said, hint=None)]
    return PointTable(titles, rows, {**common, "each": points.names, "points": fields}, notes)
