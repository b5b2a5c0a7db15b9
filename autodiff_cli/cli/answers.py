"""Commands that answer with numbers and formulas: values, derivatives, series, matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autodiff_cli.cli.application import app
from autodiff_cli.cli.options import (
    ORDERS,
    DerivativeOrder,
    Digits,
    Each,
    Enclosed,
    Extend,
    FormulaOptions,
    MatrixFile,
    Output,
    Reading,
    Source,
    Wrt,
)
from autodiff_cli.cli.running import Run, command
from autodiff_cli.results import Result

if TYPE_CHECKING:
    from autodiff_cli.problem import Problem


@command(app, "eval")
def eval_(
    run: Run,
    *,
    source: Source,
    each: Each = False,
    reading: Reading,
    extend: Extend = False,
    digits_of: Digits,
    output: Output,
) -> Result:
    """Evaluate an expression.

    EXPR is the expression, in quotes; - reads it from standard input.  A range of values, as
    --at x=0:1:11, has an answer for each of them.

    Example: adiff eval "sin(pi/6)"
    """
    from autodiff_cli.commands import eval as command

    def posed(source: Source) -> Problem:
        return run.problem(source, reading, output=output, enclosure=digits_of.enclosure)

    def answered(problem: Problem) -> Result:
        return command.run(problem, digits_of.accuracy, extended=extend)

    return run.for_each(source, each, posed, answered, str)


@command(app)
def grad(
    run: Run,
    *,
    source: Source,
    each: Each = False,
    wrt: Wrt = None,
    reading: Reading,
    order: DerivativeOrder = None,
    method: Annotated[
        Literal["auto", "graph", "taylor"],
        typer.Option(
            "--method", help="Differentiate the graph, or take any order from a Taylor series."
        ),
    ] = "auto",
    mixed: Annotated[
        bool,
        typer.Option("--mixed", help="Differentiate once by each name of --wrt in turn."),
    ] = False,
    extend: Extend = False,
    formulas: FormulaOptions,
    digits_of: Digits,
    output: Output,
) -> Result:
    """Differentiate an expression.

    EXPR is the expression, in quotes; - reads it from standard input.  The derivative is that
    with respect to each of its variables, at the point given by --at.  A name that is repeated, as
    in --wrt x,x,y, makes it one mixed partial derivative, by each name in turn; so does --mixed.
    Variables are in the order of --wrt, else of the values given, else in natural order.  A range
    of values, as --at x=0:1:11, has an answer for each of them.

    Example: adiff grad "x**4 - 2*x**2" --at x=2
    """
    from autodiff_cli.commands import grad as command

    several = run.points(source, each) is not None

    def posed(source: Source) -> Problem:
        enclosure = digits_of.enclosure
        return run.problem(source, reading, wrt, output, may_trace=True, enclosure=enclosure)

    def answered(problem: Problem) -> Result:
        return command.run(
            problem,
            wrt or [],
            order,
            method,
            mixed=mixed,
            expand=formulas.expand,
            most=formulas.max_length,
            with_formulas=run.has_room and not several,
            extended=extend,
            accuracy=digits_of.accuracy,
        )

    return run.for_each(source, each, posed, answered, command.title(order))


@command(app)
def taylor(
    run: Run,
    *,
    source: Source,
    wrt: Annotated[
        list[str] | None,
        typer.Option("--wrt", metavar="x", help="Expand in this variable; with --total, these."),
    ] = None,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            "--direction",
            metavar="x=1,y=2",
            help="Expand along a line, on which each variable moves so fast.",
        ),
    ] = None,
    order: Annotated[
        int | None,
        typer.Option(
            "--order", metavar="N", help="Set the order of the last term; 5 if not given."
        ),
        ORDERS,
    ] = None,
    total: Annotated[
        int | None,
        typer.Option(
            "--total",
            metavar="N",
            help="Print all partial derivatives up to this order instead.",
        ),
        ORDERS,
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Print coefficients that are rational as fractions.")
    ] = False,
    side: Annotated[
        Literal["left", "right"] | None,
        typer.Option("--side", help="Expand for smaller values, or for greater ones, only."),
    ] = None,
    reading: Reading,
    output: Output,
) -> Result:
    """Expand an expression in a Taylor series.

    EXPR is the expression, in quotes; - reads it from standard input.  The series about the point
    given by --at, else about 0, is an expression too; --json has its coefficients and the
    derivatives.  Where there is no Taylor series it may be one in other powers.

    Example: adiff taylor "sin(x)" --order 7
    """
    from autodiff_cli.commands import taylor as command

    if total is not None:
        others = {"order": order is not None, "direction": direction, "latex": latex}
        command.check_alone({**others, "exact": exact, "side": side})
    about = command.expanded_about(wrt or [], direction or [])
    problem = run.problem(source, reading, wrt, output, about=about)
    if total is not None:
        return command.all_partials(problem, wrt or [], total)
    # Digits only apply to numbers: LaTeX has fractions unless digits are requested.
    fractions = exact or (latex and output.digits is None and output.round is None)
    n = 5 if order is None else order
    return command.run(problem, wrt or [], direction or [], n, latex, fractions, side)


@command(app)
def hessian(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    hvp: Annotated[
        list[str] | None,
        typer.Option(
            "--hvp", metavar="x=VALUE", help="Print the product with this vector instead."
        ),
    ] = None,
    output_file: MatrixFile = None,
    reading: Reading,
    formulas: FormulaOptions,
    digits_of: Enclosed,
    output: Output,
) -> Result:
    """Differentiate twice, by every pair of variables.

    EXPR is the expression, in quotes; - reads it from standard input.  Without --at the answer is
    a formula for each pair.  Rows and columns are in the order of --wrt, else of the values given,
    else in natural order: x2 before x10.

    Example: adiff hessian "(1-x)**2 + 100*(y-x**2)**2" --at x=1,y=1
    """
    from autodiff_cli.commands import hessian as command

    return command.run(
        run.problem(source, reading, wrt, output, may_trace=True, enclosure=digits_of.enclosure),
        wrt or [],
        hvp=hvp or [],
        output=output_file,
        expand=formulas.expand,
        most=formulas.max_length,
    )


@command(app)
def jacobian(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    output_file: MatrixFile = None,
    reading: Reading,
    formulas: FormulaOptions,
    digits_of: Enclosed,
    output: Output,
) -> Result:
    """Differentiate every output by every variable.

    EXPR is the expression, in quotes; - reads it from standard input.  Outputs have commas between
    them, or are the elements of a tensor.  Without --at the answer is a formula for each entry.
    Rows are outputs, columns variables, in the order of --wrt, else of the values given, else in
    natural order: x2 before x10.

    Example: adiff jacobian "r*cos(t), r*sin(t)" --at r=2,t=pi/3
    """
    from autodiff_cli.commands import jacobian as command

    return command.run(
        run.problem(source, reading, wrt, output, may_trace=True, enclosure=digits_of.enclosure),
        wrt or [],
        output=output_file,
        expand=formulas.expand,
        most=formulas.max_length,
    )
