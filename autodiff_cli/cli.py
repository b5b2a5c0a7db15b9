"""The command line: parses options, calls a command, and passes the result to the console."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Literal

import typer

from autodiff_cli.arguments import protect_minus, usage_error
from autodiff_cli.errors import AdiffError, ExitCode
from autodiff_cli.help import built, help_width
from autodiff_cli.options import (
    ORDERS,
    At,
    DerivativeOrder,
    Digits,
    Enclosed,
    Expression,
    Extend,
    File,
    FormulaOptions,
    MatrixFile,
    Only,
    Output,
    PlainOutput,
    Reading,
    Real,
    Source,
    Wrt,
)
from autodiff_cli.results import Result
from autodiff_cli.running import Run, as_error, command
from autodiff_cli.terminal.console import Console, OutputOptions
from autodiff_cli.terminal.streams import open_streams
from autodiff_cli.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    help="Derivatives from the command line: right, fast and explained.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"adiff {__version__}")
        raise typer.Exit


@app.callback()
def _adiff(
    version: Annotated[
        bool,
        typer.Option(
            "-V", "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@command(app, "eval")
def eval_(
    run: Run,
    *,
    source: Source,
    reading: Reading,
    extend: Extend = False,
    digits_of: Digits,
    output: Output,
) -> Result:
    """Evaluate an expression.

    EXPR is the expression, in quotes; - reads it from standard input.

    Example: adiff eval "sin(pi/6)"
    """
    from autodiff_cli.commands import eval as command

    problem = run.problem(source, reading, output=output, enclosure=digits_of.enclosure)
    return command.run(problem, digits_of.accuracy, extended=extend)


@command(app)
def grad(
    run: Run,
    *,
    source: Source,
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
    Variables are in the order of --wrt, else of the values given, else in natural order.

    Example: adiff grad "x**4 - 2*x**2" --at x=2
    """
    from autodiff_cli.commands import grad as command

    return command.run(
        run.problem(source, reading, wrt, output, may_trace=True, enclosure=digits_of.enclosure),
        wrt or [],
        order,
        method,
        mixed=mixed,
        expand=formulas.expand,
        most=formulas.max_length,
        with_formulas=run.has_room,
        extended=extend,
        accuracy=digits_of.accuracy,
    )


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


@command(app)
def graph(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    reading: Reading,
    order: Annotated[
        int, typer.Option("--order", metavar="N", help="Draw the derivative of this order."), ORDERS
    ] = 0,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write a picture: .png .svg .pdf, or DOT: .dot .gv.",
        ),
    ] = None,
    output: PlainOutput,
) -> Result:
    """Draw the computation graph.

    EXPR is the expression, in quotes; - reads it from standard input.  Without -o the graph comes
    as a tree in the terminal, and as DOT text in a pipe.

    Example: adiff graph "sin(x**2)" -o graph.png
    """
    from autodiff_cli.commands import graph as command

    problem = run.problem(source, reading, wrt, may_trace=True)
    return command.run(problem, wrt or [], order, output_file, as_tree=run.for_people)


@command(app)
def trace(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    reading: Reading,
    mode: Annotated[
        Literal["reverse", "forward"], typer.Option("--mode", help="Show adjoints, or tangents.")
    ] = "reverse",
    to: Annotated[
        Literal["table", "latex", "csv", "json"] | None,
        typer.Option("--to", help="Print it like this; a table on a terminal if not given."),
    ] = None,
    spans: Annotated[
        bool, typer.Option("--spans", help="Show the part of EXPR that a line comes from.")
    ] = False,
    output: Annotated[Output, Only({"strict", "json", "round", "color", "quiet"})],
) -> Result:
    """Show how an expression is evaluated and differentiated.

    EXPR is the expression, in quotes; - reads it from standard input.  Each operation has a line
    with its value in float64 at the point given by --at, its partial derivatives by the lines it
    uses, and its adjoint: the derivative of EXPR by it.  With --mode forward it has tangents: its
    derivatives by the variables.

    Example: adiff trace "log(x1) + x1*x2 - sin(x2)" --at x1=2,x2=5
    """
    from autodiff_cli.commands import trace as command

    problem = run.problem(source, reading, wrt)
    layout = command.Layout("json" if output.json else to, spans, output.round, run.width)
    return command.run(problem, wrt or [], mode, layout)


@command(app)
def export(
    run: Run,
    *,
    expression: Expression = None,
    file: File = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="LANGUAGE", help="Write python, c, json or latex.")
    ] = None,
    at: At = None,
    wrt: Wrt = None,
    reading: Reading,
    order: Annotated[
        int | None,
        typer.Option(
            "--order", metavar="N", help="Write derivatives up to this order; 1 if not given."
        ),
        ORDERS,
    ] = None,
    gradient: Annotated[bool, typer.Option("--gradient", help="Write value and gradient.")] = False,
    hessian: Annotated[bool, typer.Option("--hessian", help="Write the Hessian, too.")] = False,
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it into a file."),
    ] = None,
    output: PlainOutput,
) -> Result:
    """Export an expression and its derivatives as code.

    EXPR is the expression, in quotes; - reads it from standard input.  Its variables are numbers,
    or have the shapes of the values given by --at.  The arguments of the
    function are in the order of these values, else in natural order; the gradient is in the order
    of --wrt, else in that of the arguments.

    Example: adiff export "exp(-x**2) * y" --to c -o f.c
    """
    from autodiff_cli.commands import export as command

    n = command.depth(order, gradient, hessian)
    language = command.language(to, output_file)
    problem = run.problem(Source(expression, file, at), reading, wrt, may_trace=True)
    return command.run(problem, wrt or [], n, hessian, language, output_file)


@command(app)
def sweep(
    run: Run,
    *,
    expression: Expression = None,
    file: File = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over", metavar="x=A:B:N", help="Run through N values from A to B; repeat for more."
        ),
    ] = None,
    at: At = None,
    wrt: Wrt = None,
    reading: Annotated[Reading, Only({"limit"})],
    order: Annotated[
        int | None,
        typer.Option("--order", metavar="N", help="Give derivatives up to this order, too."),
        ORDERS,
    ] = None,
    gradient: Annotated[bool, typer.Option("--grad", help="Give the gradient, too.")] = False,
    hessian: Annotated[
        bool, typer.Option("--hessian", help="Give gradient and Hessian, too.")
    ] = False,
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a file: .csv or .npz."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    output: PlainOutput,
) -> Result:
    """Evaluate an expression at all points of a grid.

    EXPR is the expression, in quotes; - reads it from standard input.  The answer is a table: a
    row for each point, a column for each variable of --over, the value f and each derivative.  The
    last variable of --over runs fastest.  x=1e-3:1e3:61:log grows by the same factor, x=[1,2,5]
    lists values.

    Example: adiff sweep "sin(x)*y" --over x=-3:3:1001 --over y=[1,2] --grad -o out.csv
    """
    from autodiff_cli.commands import sweep as command
    from autodiff_cli.commands.export import depth
    from autodiff_cli.compiling import each_variable_a_number
    from autodiff_cli.language.assignments import read_values
    from autodiff_cli.language.grids import read_axes

    n = depth(order, gradient, hessian, "--grad", least=0)
    axes, values = read_axes(over or []), read_values(at or [])
    names = [*axes, *values]
    with each_variable_a_number():
        problem = run.problem(
            Source(expression, file), reading, [*(wrt or []), *names], may_trace=True
        )
    return command.run(problem, axes, values, wrt or [], n, hessian, output_file, force)


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
    placed = source._replace(at=[*(source.at or []), *inside])
    problem = run.problem(placed, reading, wrt, output)
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
    list each of them.

    Example: adiff functions hyperbolic
    """
    from autodiff_cli.commands import functions as command

    return command.run(words or [])


def main(argv: list[str] | None = None, console: Console | None = None) -> int:
    """Run the command line and return the exit code.

    No input ends in a traceback: every error is reported in a line or two.

    Parameters
    ----------
    argv
        The arguments; those of the process if not given.
    console
        The console to print to and read from; the streams of the process if not given.
    """
    open_streams()
    if os.environ.get("COLUMNS", "").strip("0") == "":
        # Rich prints nothing if COLUMNS is 0.
        os.environ.pop("COLUMNS", None)
    argv = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if argv[0] == "help":
        argv = [*argv[1:2], "--help"]
    console = (console or Console()).with_options(OutputOptions(as_json="--json" in argv))
    group = built(app)
    try:
        # Typer writes help and version to sys.stdout itself.
        with redirect_stdout(console.stdout):
            code = group.main(
                protect_minus(argv, group),
                prog_name="adiff",
                standalone_mode=False,
                obj=console,
                terminal_width=help_width(),
            )
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:
        is_typers = hasattr(error, "format_message")
        fault: AdiffError = usage_error(error, argv, group) if is_typers else as_error(error)
        console.print_error(fault)
        return fault.exit_code
    return code if isinstance(code, int) else ExitCode.OK
