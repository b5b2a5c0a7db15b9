"""Commands that show a computation or write it down: pictures, traces, code, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from autodiff_cli.cli.application import app
from autodiff_cli.cli.options import (
    ORDERS,
    At,
    Expression,
    File,
    Only,
    Output,
    PlainOutput,
    Reading,
    Source,
    Whole,
    Wrt,
)
from autodiff_cli.cli.running import Run, command
from autodiff_cli.emit.picture.look import MOST_NODES
from autodiff_cli.results import Result

MOST_PLOTTED = 10
"""The highest order of derivatives that a plot shows."""


@command(app)
def graph(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    reading: Reading,
    order: Annotated[
        int | None,
        typer.Option("--order", metavar="N", help="Draw the derivative of this order."),
        ORDERS,
    ] = None,
    hessian: Annotated[
        bool, typer.Option("--hessian", help="Draw the second derivatives by every pair.")
    ] = False,
    local: Annotated[
        bool, typer.Option("--local", help="Show local partial derivatives on the edges.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Draw equal parts as often as they were recorded.")
    ] = False,
    max_nodes: Annotated[
        int | None,
        typer.Option("--max-nodes", metavar="N", help="Sum up parts until N nodes are drawn."),
        Whole(1, MOST_NODES),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TITLE", help="Write this above the picture.")
    ] = None,
    legend: Annotated[
        bool, typer.Option("--legend/--no-legend", help="Explain the colors, or not.")
    ] = True,
    direction: Annotated[
        Literal["LR", "TB"] | None,
        typer.Option("--direction", help="Draw to the right, or down; by length if not given."),
    ] = None,
    theme: Annotated[
        Literal["auto", "light", "dark", "print"], typer.Option("--theme", help="Set the colors.")
    ] = "auto",
    output_file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write a picture: .png .svg .pdf, a page: .html, or DOT: .dot .gv.",
        ),
    ] = None,
    output: PlainOutput,
) -> Result:
    """Draw the computation graph.

    EXPR is the expression, in quotes; - reads it from standard input.  Without -o the graph comes
    as a tree in the terminal, and as DOT text in a pipe.  --wrt x draws the derivative by x, and
    --wrt x,x,y that by these in turn.  Equal parts are drawn once, and the parts of a large graph
    are summed up in boxes.

    Example: adiff graph "sin(x**2)" -o graph.png
    """
    from autodiff_cli.commands import graph as command
    from autodiff_cli.emit.picture.look import Look

    problem = run.problem(source, reading, wrt, may_trace=True)
    look = Look(title or "", True, legend, direction, theme, max_nodes)
    options = command.Options(order, hessian, raw, local, look)
    return command.run(
        problem, wrt or [], options, output_file, as_tree=run.for_people, width=run.width
    )


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
    layout = command.TraceLayout("json" if output.json else to, spans, output.round, run.width)
    return command.run(problem, wrt or [], mode, layout)


@command(app)
def explain(
    run: Run,
    *,
    source: Source,
    wrt: Wrt = None,
    reading: Annotated[Reading, Only({"limit"})],
    order: Annotated[
        int,
        typer.Option("--order", metavar="N", help="Explain the derivatives up to this order."),
        ORDERS,
    ] = 1,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", help="Explain parts of parts only so deep."),
        Whole(0, 100),
    ] = None,
    to: Annotated[
        Literal["text", "latex", "html"] | None,
        typer.Option("--to", help="Write it like this; text if not given."),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a file: .txt .tex .html."),
    ] = None,
    output: Output,
) -> Result:
    """Explain step by step how an expression is differentiated.

    EXPR is the expression, in quotes; - reads it from standard input.  Each part that needs a rule
    of its own gets a name and a line for its derivative, with the rule beside it; the last line is
    the answer of adiff grad.  Values given by --at stand beside the lines.

    Example: adiff explain "sin(x**2)*exp(-x)"
    """
    from autodiff_cli.commands import explain as command

    problem = run.problem(source, reading, wrt, output, may_trace=True)
    layout = command.StepsLayout(to, depth, output.round, run.width, run.colored)
    return command.run(problem, wrt or [], source.at or [], order, layout, output_file)


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
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Run through the rows of a table: .csv .npz .parquet .jsonl, or - for CSV.",
        ),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            "--rename",
            metavar="HEADING=x",
            help="Take a column for the variable x; repeat for more.",
        ),
    ] = None,
    keep: Annotated[
        Literal["all", "used", "none"],
        typer.Option("--keep", help="Put these columns of the table before the results."),
    ] = "all",
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
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write a file: .csv .npz .parquet .jsonl."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    engine: Annotated[
        Literal["local", "dask"],
        typer.Option("--engine", help="Compute here, or on a cluster of Dask."),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="tcp://HOST:PORT", help="Use the cluster of this scheduler."
        ),
    ] = None,
    output: PlainOutput,
) -> Result:
    """Evaluate an expression for all rows of a table, or all points of a grid.

    EXPR is the expression, in quotes; - reads it from standard input.  The answer is a table: the
    columns of the table, or of the variables of --over, then the value f and each derivative.  The
    last variable of --over runs fastest; x=1e-3:1e3:61:log grows by the same factor, x=[1,2,5]
    lists values.  A row whose result is no number has nan, and is told of.

    Example: adiff sweep "sin(x)*y" --over x=-3:3:1001 --over y=[1,2] --grad -o out.csv
    """
    from autodiff_cli.commands import sweep as command
    from autodiff_cli.commands.export import depth
    from autodiff_cli.commands.sweep_table import opened, released
    from autodiff_cli.compiling import each_variable_a_number
    from autodiff_cli.language.assignments import read_values

    derivatives = command.WantedDerivatives(
        wrt or [], depth(order, gradient, hessian, "--grad", least=0), hessian
    )
    table, columns = opened(over or [], data or [], rename or [], run.console.stdin)
    values = read_values(at or [])
    with each_variable_a_number():
        problem = run.problem(
            Source(expression, file),
            reading,
            [*(wrt or []), *released(columns), *values],
            may_trace=True,
        )
    destination = command.Destination(output_file, force, output.json, engine == "dask", scheduler)
    return command.run(problem, table, columns, values, derivatives, keep, destination)


@command(app)
def plot(
    run: Run,
    *,
    expression: Expression = None,
    file: File = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            "--over", metavar="x=A:B", help="Plot from A to B; give it twice for a contour."
        ),
    ] = None,
    at: At = None,
    reading: Annotated[Reading, Only({"limit"})],
    order: Annotated[
        int,
        typer.Option("--order", metavar="N", help="Plot derivatives up to this order, too."),
        Whole(0, MOST_PLOTTED),
    ] = 0,
    tangent: Annotated[
        list[str] | None,
        typer.Option("--tangent", metavar="x=VALUE", help="Draw the tangent at a point."),
    ] = None,
    taylor: Annotated[
        int | None,
        typer.Option(
            "--taylor", metavar="N", help="Draw the Taylor polynomial of degree N there, too."
        ),
        ORDERS,
    ] = None,
    parametric: Annotated[
        bool, typer.Option("--parametric", help="Plot two outputs as a curve in the plane.")
    ] = False,
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a picture: .png .svg .pdf."),
    ] = None,
    theme: Annotated[
        Literal["light", "dark", "print"], typer.Option("--theme", help="Choose the colors.")
    ] = "light",
    title: Annotated[
        str | None, typer.Option("--title", metavar="TITLE", help="Set the title.")
    ] = None,
    output: PlainOutput,
) -> Result:
    """Plot an expression and its derivatives.

    EXPR is the expression, in quotes; - reads it from standard input.  Several outputs, separated
    by commas, are several curves.  Without -o the plot is drawn in characters.  Curves are broken
    at poles and jumps; kinks are marked.

    Example: adiff plot "x**3 - 3*x" --over x=-2.5:2.5 --order 1
    """
    from autodiff_cli.commands import plot as command
    from autodiff_cli.language.ranges import read_ranges

    ranges = read_ranges(over or [])
    points = command.read_points(tangent or [])
    names = list(ranges)
    problem = run.problem(Source(expression, file, at), reading, names, about={})
    layout = command.PlotLayout(output_file, theme, title, run.size, run.colored)
    return command.run(problem, at or [], ranges, order, points, taylor, parametric, layout)
