"""`adiff plot`: a plot of a function and its derivatives, as a picture or in characters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.commands import taylor
from autodiff_cli.derive.curves import Break
from autodiff_cli.emit.plot.characters import to_characters
from autodiff_cli.emit.plot.chart import Chart
from autodiff_cli.emit.plot.figure import Theme, to_picture
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.files.atomic import is_stdout, write_atomic
from autodiff_cli.language.binding import check_names
from autodiff_cli.language.ranges import end_number
from autodiff_cli.plotting.contours import contour
from autodiff_cli.plotting.curves import curves, path
from autodiff_cli.plotting.plot import Plot, check_format
from autodiff_cli.problem import Problem, load
from autodiff_cli.results import Text, Written

__all__ = ["PlotLayout", "read_points", "run"]

Interval = tuple[Fraction, Fraction]

USUAL = (Fraction(-5), Fraction(5))
"""The interval of the only variable of an expression, if none is given."""


class PlotLayout(NamedTuple):
    """The format of a plot.

    Attributes
    ----------
    title
        The expression if not given.
    size
        The columns and lines of the terminal.
    """

    output: Path | None
    theme: Theme
    title: str | None
    size: tuple[int, int]
    colored: bool


def run(
    problem: Problem,
    at: Sequence[str],
    over: Mapping[str, Interval],
    order: int,
    tangents: Sequence[tuple[str, Fraction]],
    degree: int | None,
    parametric: bool,
    layout: PlotLayout,
) -> Text | Written:
    """Return the plot of an expression over one variable or two, or write it into a file.

    Parameters
    ----------
    problem
        The problem, in which the plotted variables have any value.
    at
        The assignments of the other variables.
    over
        The intervals of the plotted variables.
    tangents
        Points, each with the name of its variable.
    degree
        The degree of the Taylor polynomial to be drawn at these points.

    Raises
    ------
    AdiffError
        If there is nothing to plot, or the file cannot be written.
    """
    output = None if layout.output is None or is_stdout(layout.output) else layout.output
    if output is not None:
        check_format(output)
    over = _intervals(problem, over)
    title = layout.title if layout.title is not None else _title(problem)
    plot = _plot(problem, at, over, order, tangents, degree, parametric, title)
    given = {name: x.data for name, x in problem.env.items() if name not in over}
    fields = {"command": "plot", **problem.fields, "at": given, **_fields(plot, over)}
    if output is not None:
        write_atomic(output, to_picture(plot.chart, output.suffix.lower(), layout.theme))
        return Written(output, {**fields, "path": str(output)})
    if not isinstance(plot.chart, Chart):
        raise UsageError(
            "contours are drawn into a file",
            code="missing-file",
            hint="write one, as with `-o plot.png`",
        )
    width, height = layout.size
    # Two lines are left for the command and the prompt.
    text = to_characters(plot.chart, width, max(min(height - 2, 30), 12), colored=layout.colored)
    return Text(text, fields)


def read_points(texts: Iterable[str]) -> list[tuple[str, Fraction]]:
    """Return the points of ``--tangent x=1``.

    Raises
    ------
    UsageError
        If one cannot be read.
    """
    points = []
    for text in texts:
        name, equals, value = text.partition("=")
        mistake = UsageError(
            f"`--tangent {text}` gives no point",
            code="bad-option",
            hint="write it as `--tangent x=1`",
        )
        if not equals or not name.strip().isidentifier() or not value.strip():
            raise mistake
        try:
            points.append((name.strip(), end_number(value, "--tangent")))
        except UsageError as error:
            raise mistake from error
    return points


def _intervals(problem: Problem, over: Mapping[str, Interval]) -> Mapping[str, Interval]:
    """Return the intervals of the variables that are plotted over.

    Raises
    ------
    UsageError
        If they are none or more than two, if a variable has neither interval nor value, or if one
        that has an interval is not in the expression.
    """
    free = [name for name in problem.unknown if name not in over]
    if not over and len(free) == 1:
        return {free[0]: USUAL}
    if free:
        raise UsageError(
            f"no range or value is given for `{free[0]}`",
            code="missing-value",
            hint=f"give it, as with `--over {free[0]}=-2:2` or `--at {free[0]}=1`",
        )
    if not over:
        raise UsageError(
            "there is no variable to plot over",
            code="no-variable",
            hint="`adiff eval` gives the value",
        )
    if len(over) > 2:
        raise UsageError(
            f"{len(over)} variables are too many for a plot",
            code="bad-option",
            hint="give `--over` for one or two of them, and `--at` for the others",
        )
    check_names(problem.program, over)
    return over


def _plot(
    problem: Problem,
    at: Sequence[str],
    over: Mapping[str, Interval],
    order: int,
    tangents: Sequence[tuple[str, Fraction]],
    degree: int | None,
    parametric: bool,
    title: str,
) -> Plot:
    if degree is not None and not tangents:
        raise UsageError(
            "`--taylor` needs a point",
            code="missing-value",
            hint=f"give it, as with `--tangent {next(iter(over))}=0`",
        )
    if parametric or len(over) == 2:
        for option, given in (("--order", order), ("--tangent", tangents)):
            if given:
                raise UsageError(
                    f"`{option}` is for functions of one variable",
                    code="contradiction",
                    hint=f"leave `{option}` away",
                )
    if len(over) == 2:
        return contour(problem, over, title)
    ((name, interval),) = over.items()
    if parametric:
        return path(problem, name, interval, title)
    for other, _ in tangents:
        if other != name:
            raise UsageError(
                f"the plot is over `{name}`, and has no tangent at a value of `{other}`",
                code="unknown-variable",
                hint=f"write it as `--tangent {name}=1`",
            )

    def series(point: Fraction, degree: int) -> Sequence[float]:
        return _series(problem, at, name, point, degree)

    points = [point for _, point in tangents]
    return curves(
        problem, name, interval, order, title, tangents=points, degree=degree, series=series
    )


def _series(
    problem: Problem, at: Sequence[str], name: str, point: Fraction, degree: int
) -> Sequence[float]:
    """Return the coefficients that `adiff taylor` gives.

    Raises
    ------
    ComputationError
        If there is no Taylor polynomial.
    """
    program = problem.program
    here = load(
        program.source,
        program.origin,
        [*at, f"{name}={point}"],
        limits=program.limits,
        exactly=True,
    )
    try:
        found = taylor.run(here, [name], [], degree, latex=False)
        notes = [note for note in found.notes if not note.harmless]
        exponents = [exponent for exponent, _ in found.terms]
        whole = all(exponent == int(exponent) >= 0 for exponent in exponents)
    except ComputationError as error:
        if error.code != "no-series":
            raise
        raise _no_tangent(name, point, error.message) from error
    if notes or not whole:
        raise _no_tangent(name, point, notes[0].message if notes else "the function has a pole")
    coefficients = np.zeros(degree + 1)
    for exponent, coefficient in found.terms:
        coefficients[int(exponent)] = float(coefficient)
    return list(coefficients)


def _no_tangent(name: str, point: Fraction, reason: str) -> ComputationError:
    return ComputationError(
        f"there is no tangent at {name} = {float(point):.6g}", code="no-tangent", hint=reason
    )


def _title(problem: Problem) -> str:
    text = problem.program.first_line
    return text if len(text) <= 60 else f"{text[:59]}…"


def _fields(plot: Plot, over: Mapping[str, Interval]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "over": {name: [float(low), float(high)] for name, (low, high) in over.items()}
    }
    if plot.samples is None:
        return fields
    samples = plot.samples
    fields["points"] = samples.t
    fields["values"] = dict(zip(plot.names, samples.rows, strict=True))
    fields["breaks"] = {
        name: [_break(place) for place in places]
        for name, places in zip(plot.names, samples.breaks, strict=True)
    }
    if isinstance(plot.chart, Chart):
        fields["marks"] = [mark._asdict() for mark in plot.chart.marks]
    return fields


def _break(place: Break) -> dict[str, Any]:
    return {"kind": place.kind, "at": place.at}
