"""Commands that check derivatives, and that list the functions of the language."""

from __future__ import annotations

from typing import Annotated

import typer

from autodiff_cli.cli.application import app
from autodiff_cli.cli.options import (
    DerivativeOrder,
    Only,
    Output,
    Reading,
    Real,
    Source,
    Wrt,
)
from autodiff_cli.cli.running import Run, command
from autodiff_cli.results import Result


@command(app)
def check(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    reading: Reading,
    order: DerivativeOrder = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="FORMULA",
            help="Compare with this formula, or list of formulas, or with FILE.py:FUNCTION.",
        ),
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="x=A:B", help="Compare at random points of an interval."),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option("--tolerance", metavar="T", help="Allow a formula this relative error."),
        Real(),
    ] = None,
    output: Annotated[Output, Only({"strict", "json", "float64", "color", "quiet"})],
) -> Result:
    """Check a derivative.

    EXPR is the expression, in quotes; - reads it from standard input.  Its derivative at the point
    given by --at stands beside difference quotients of many steps; or beside what is claimed to be
    the derivative: a formula, a list of them for the gradient, or rows of them for the Hessian with
    --order 2.  The exit code is 4 where they differ.

    Example: adiff check "x**4 - 2*x**2" --against "4*x**3 - 4*x" --over x=-2:2
    """
    from autodiff_cli.commands import check as command
    from autodiff_cli.language.ranges import read_ranges

    ranges = read_ranges(over or [])
    inside = command.inside(ranges, source.at or [])
    located = source._replace(at=[*(source.at or []), *inside])
    problem = run.problem(located, reading, wrt, output)
    return command.run(problem, wrt or [], order, against, ranges, not inside, tolerance)


@command(app)
def functions(
    run: Run,
    *,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", hidden=True)] = None,
    output: Annotated[Output, Only({"json", "color"})],
) -> Result:
    """List the functions and constants of the language.

    WORD is the name of one, or a part of a name, of what it does, or of a family.  Several names
    list each of them; a single one is shown with its derivative, its domain and a plot.

    Example: adiff functions hyperbolic
    """
    from autodiff_cli.commands import functions as command

    return command.run(words or [], run.width, colored=run.colored)
