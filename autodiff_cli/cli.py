"""The command line: it reads options, calls a command, and hands the result to the console."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from autodiff_cli import __version__
from autodiff_cli.arguments import (
    complaint,
    decimal_number,
    protect_minus,
    read_expression,
    whole_number,
)
from autodiff_cli.errors import AdiffError, ComputationError, ExitCode, UsageError
from autodiff_cli.limits import Limits
from autodiff_cli.results import Result
from autodiff_cli.terminal.console import Console, OutputOptions

__all__ = ["app", "main"]

app = typer.Typer(
    help="Derivatives from the command line: right, fast and explained.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

NARROWEST, WIDEST = 18, 78
"""How many columns the text of the help has."""

NARROW = 60
"""In fewer columns what an option does is said below it."""


_Formatter: Any = typer.Context.formatter_class


class _Help(_Formatter):  # type: ignore[misc]
    """Writes the help of a command, in a narrow terminal too."""

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names with what they mean."""
        super().write_dl(rows, 2 if self.width < NARROW else col_max, col_spacing)


Expression = Annotated[
    list[str] | None,
    # Hidden, for its line in the help would name its Python type.
    typer.Argument(metavar="EXPR", hidden=True),
]
File = Annotated[
    Path | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the expression from a file."),
]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="x=VALUE", help="Give a variable its value; repeat for more."),
]
Wrt = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt", metavar="x,y", help="Differentiate by these variables only, in this order."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Digits = Annotated[
    str | None,
    typer.Option(
        "--digits", metavar="N", help="Print N right digits; those of float64 if not given."
    ),
]
Round = Annotated[
    str | None,
    typer.Option("--round", metavar="N", help="Print so many significant digits."),
]
Float64 = Annotated[
    bool, typer.Option("--float64", help="Print what float64 arithmetic gives, unproven.")
]
Color = Annotated[
    Literal["auto", "always", "never"],
    typer.Option("--color", help="Use colors always, never, or on a terminal."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but the answer.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail, with exit code 1, where there is a note.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Print how the expression is read, in full brackets.")
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=N",
        help="Raise a limit: length, calls, elements, graph, seconds.",
    ),
]
Expand = Annotated[bool, typer.Option("--expand", help="Write a formula as one expression.")]
MaxLength = Annotated[
    str | None,
    typer.Option("--max-length", metavar="N", help="Print formulas of so many characters at most."),
]
Numbers = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write the matrix into a file: .csv .npy .json."
    ),
]

MOST_ORDER = 1000
WIDE = 60
"""How many columns a terminal has to have for formulas beside the numbers."""
MOST_DIGITS = 10_000
MOST_ROUND = 17

_console = Console(OutputOptions())


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


@app.command("eval")
def eval_(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    limit: Limit = None,
    explain: Explain = False,
    strict: Strict = False,
    json: Json = False,
    digits: Digits = None,
    round_: Round = None,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Evaluate an expression.

    EXPR is the expression, in quotes; - reads it from standard input.

    Example: adiff eval "sin(pi/6)"
    """
    from autodiff_cli.commands import eval as command

    def answer(limits: Limits) -> Result:
        return command.run(_problem(expression, file, at, limits, explain, None, float64, digits))

    _show(OutputOptions(json, None, color, quiet, strict), round_, limit, answer)


@app.command()
def grad(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    wrt: Wrt = None,
    limit: Limit = None,
    explain: Explain = False,
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="N", help="Set the order of the derivative; 1 if not given."
        ),
    ] = None,
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
    expand: Expand = False,
    max_length: MaxLength = None,
    strict: Strict = False,
    json: Json = False,
    digits: Digits = None,
    round_: Round = None,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Differentiate an expression.

    EXPR is the expression, in quotes; - reads it from standard input.  The derivative is that
    with respect to each of its variables, at the point given by --at.  A name that is repeated, as
    in --wrt x,x,y, makes it one mixed partial derivative, by each name in turn; so does --mixed.
    Variables are in the order of --wrt, else of the values given, else in natural order.

    Example: adiff grad "x**4 - 2*x**2" --at x=2
    """
    from autodiff_cli.commands import grad as command

    def answer(limits: Limits) -> Result:
        n = None if order is None else whole_number(order, "--order", 0, MOST_ORDER)
        most = whole_number(max_length or "10000", "--max-length", 1, 100_000_000)
        problem = _problem(
            expression, file, at, limits, explain, wrt, float64, digits, may_trace=True
        )
        wide = shutil.get_terminal_size().columns >= WIDE
        shown = sys.stdout.isatty() and not json and wide
        return command.run(
            problem,
            wrt or [],
            n,
            method,
            mixed=mixed,
            expand=expand,
            most=most,
            with_formulas=shown,
        )

    _show(OutputOptions(json, None, color, quiet, strict), round_, limit, answer)


@app.command()
def taylor(
    expression: Expression = None,
    file: File = None,
    at: At = None,
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
        str | None,
        typer.Option(
            "--order", metavar="N", help="Set the order of the last term; 5 if not given."
        ),
    ] = None,
    total: Annotated[
        str | None,
        typer.Option(
            "--total",
            metavar="N",
            help="Print all partial derivatives up to this order instead.",
        ),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Print coefficients that are rational as fractions.")
    ] = False,
    limit: Limit = None,
    explain: Explain = False,
    strict: Strict = False,
    json: Json = False,
    digits: Digits = None,
    round_: Round = None,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Expand an expression in a Taylor series.

    EXPR is the expression, in quotes; - reads it from standard input.  The series about the point
    given by --at, else about 0, is an expression too; --json has its coefficients and the
    derivatives.

    Example: adiff taylor "sin(x)" --order 7
    """
    from autodiff_cli.commands import taylor as command
    from autodiff_cli.language.assignments import read_values
    from autodiff_cli.problem import split

    def about() -> dict[str, Any]:
        return dict.fromkeys(split(wrt or [])) or read_values(direction or [], "--direction")

    def answer(limits: Limits) -> Result:
        if total is not None:
            for name, other in (
                ("order", order),
                ("direction", direction),
                ("latex", latex),
                ("exact", exact),
            ):
                if other:
                    raise UsageError(
                        f"`--total` and `--{name}` exclude each other", code="contradiction"
                    )
            n = whole_number(total, "--total", 0, MOST_ORDER)
            problem = _problem(
                expression, file, at, limits, explain, wrt, float64, digits, about=about()
            )
            return command.all_partials(problem, wrt or [], n)
        n = whole_number("5" if order is None else order, "--order", 0, MOST_ORDER)
        problem = _problem(
            expression, file, at, limits, explain, wrt, float64, digits, about=about()
        )
        # Digits are asked of numbers: a formula in LaTeX has fractions unless they are.
        fractions = exact or (latex and digits is None and round_ is None)
        return command.run(problem, wrt or [], direction or [], n, latex, fractions)

    _show(OutputOptions(json, None, color, quiet, strict), round_, limit, answer)


@app.command()
def hessian(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    wrt: Wrt = None,
    hvp: Annotated[
        list[str] | None,
        typer.Option(
            "--hvp", metavar="x=VALUE", help="Print the product with this vector instead."
        ),
    ] = None,
    output: Numbers = None,
    limit: Limit = None,
    explain: Explain = False,
    expand: Expand = False,
    max_length: MaxLength = None,
    strict: Strict = False,
    json: Json = False,
    digits: Digits = None,
    round_: Round = None,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Differentiate twice, by every pair of variables.

    EXPR is the expression, in quotes; - reads it from standard input.  Without --at the answer is
    a formula for each pair.  Rows and columns are in the order of --wrt, else of the values given,
    else in natural order: x2 before x10.

    Example: adiff hessian "(1-x)**2 + 100*(y-x**2)**2" --at x=1,y=1
    """
    from autodiff_cli.commands import hessian as command

    def answer(limits: Limits) -> Result:
        most = whole_number(max_length or "10000", "--max-length", 1, 100_000_000)
        problem = _problem(
            expression, file, at, limits, explain, wrt, float64, digits, may_trace=True
        )
        return command.run(
            problem, wrt or [], hvp=hvp or [], output=output, expand=expand, most=most
        )

    _show(OutputOptions(json, None, color, quiet, strict), round_, limit, answer)


@app.command()
def jacobian(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    wrt: Wrt = None,
    output: Numbers = None,
    limit: Limit = None,
    explain: Explain = False,
    expand: Expand = False,
    max_length: MaxLength = None,
    strict: Strict = False,
    json: Json = False,
    digits: Digits = None,
    round_: Round = None,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Differentiate every output by every variable.

    EXPR is the expression, in quotes; - reads it from standard input.  Outputs have commas between
    them, or are the elements of a tensor.  Without --at the answer is a formula for each entry.
    Rows are outputs, columns variables, in the order of --wrt, else of the values given, else in
    natural order: x2 before x10.

    Example: adiff jacobian "r*cos(t), r*sin(t)" --at r=2,t=pi/3
    """
    from autodiff_cli.commands import jacobian as command

    def answer(limits: Limits) -> Result:
        most = whole_number(max_length or "10000", "--max-length", 1, 100_000_000)
        problem = _problem(
            expression, file, at, limits, explain, wrt, float64, digits, may_trace=True
        )
        return command.run(problem, wrt or [], output=output, expand=expand, most=most)

    _show(OutputOptions(json, None, color, quiet, strict), round_, limit, answer)


@app.command()
def graph(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    wrt: Wrt = None,
    limit: Limit = None,
    explain: Explain = False,
    order: Annotated[
        str, typer.Option("--order", metavar="N", help="Draw the derivative of this order.")
    ] = "0",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write a picture: .png .svg .pdf, or DOT: .dot .gv.",
        ),
    ] = None,
    strict: Strict = False,
    json: Json = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Draw the computation graph.

    EXPR is the expression, in quotes; - reads it from standard input.  Without -o the graph comes
    as a tree in the terminal, and as DOT text in a pipe.

    Example: adiff graph "sin(x**2)" -o graph.png
    """
    from autodiff_cli.commands import graph as command

    def answer(limits: Limits) -> Result:
        problem = _problem(expression, file, at, limits, explain, wrt, may_trace=True)
        as_tree = sys.stdout.isatty() and not json
        n = whole_number(order, "--order", 0, MOST_ORDER)
        return command.run(problem, wrt or [], n, output, as_tree=as_tree)

    _show(OutputOptions(json, None, color, quiet, strict), None, limit, answer)


@app.command()
def export(
    expression: Expression = None,
    file: File = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="LANGUAGE", help="Write python, c, json or latex.")
    ] = None,
    at: At = None,
    wrt: Wrt = None,
    limit: Limit = None,
    explain: Explain = False,
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="N", help="Write derivatives up to this order; 1 if not given."
        ),
    ] = None,
    gradient: Annotated[bool, typer.Option("--gradient", help="Write value and gradient.")] = False,
    hessian: Annotated[bool, typer.Option("--hessian", help="Write the Hessian, too.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it into a file."),
    ] = None,
    strict: Strict = False,
    json: Json = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Export an expression and its derivatives as code.

    EXPR is the expression, in quotes; - reads it from standard input.  Its variables are numbers,
    or have the shapes of the values given by --at.  The arguments of the
    function are in the order of these values, else in natural order; the gradient is in the order
    of --wrt, else in that of the arguments.

    Example: adiff export "exp(-x**2) * y" --to c -o f.c
    """
    from autodiff_cli.commands import export as command

    def answer(limits: Limits) -> Result:
        n = command.depth(order, gradient, hessian)
        language = command.language(to, output)
        problem = _problem(expression, file, at, limits, explain, wrt, may_trace=True)
        return command.run(problem, wrt or [], n, hessian, language, output)

    _show(OutputOptions(json, None, color, quiet, strict), None, limit, answer)


@app.command()
def check(
    expression: Expression = None,
    file: File = None,
    at: At = None,
    wrt: Wrt = None,
    limit: Limit = None,
    explain: Explain = False,
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="N", help="Set the order of the derivative; 1 if not given."
        ),
    ] = None,
    claim: Annotated[
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
        str | None,
        typer.Option("--tolerance", metavar="T", help="Allow a formula this relative error."),
    ] = None,
    strict: Strict = False,
    json: Json = False,
    float64: Float64 = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Check a derivative.

    EXPR is the expression, in quotes; - reads it from standard input.  Its derivative at the point
    given by --at stands beside difference quotients of many steps; or beside what is claimed to be
    the derivative: a formula, a list of them for the gradient, or rows of them for the Hessian with
    --order 2.  The exit code is 4 where they differ.

    Example: adiff check "x**4 - 2*x**2" --against "4*x**3 - 4*x" --over x=-2:2
    """
    from autodiff_cli.commands import check as command
    from autodiff_cli.language.ranges import read_ranges

    def answer(limits: Limits) -> Result:
        n = None if order is None else whole_number(order, "--order", 0, 20)
        allowed = None if tolerance is None else decimal_number(tolerance, "--tolerance")
        ranges = read_ranges(over or [])
        inside = command.inside(ranges, at or [])
        values = [*(at or []), *inside]
        problem = _problem(expression, file, values, limits, explain, wrt, float64)
        return command.run(problem, wrt or [], n, claim, ranges, not inside, allowed)

    _show(OutputOptions(json, None, color, quiet, strict), None, limit, answer)


@app.command()
def functions(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", hidden=True)] = None,
    json: Json = False,
    color: Color = "auto",
) -> None:
    """List the functions and constants of the language.

    WORD is the name of one, or a part of a name, of what it does, or of a family.  Several names
    list each of them.

    Example: adiff functions hyperbolic
    """
    from autodiff_cli.commands import functions as command

    _show(OutputOptions(json, None, color), None, None, lambda limits: command.run(words or []))


def _problem(
    expression: list[str] | None,
    file: Path | None,
    at: list[str] | None,
    limits: Limits,
    explain: bool,
    wrt: list[str] | None = None,
    float64: bool = True,
    digits: str | None = None,
    may_trace: bool = False,
    about: Mapping[str, Any] | None = None,
) -> Any:
    from autodiff_cli.commands.notes import reading_notes
    from autodiff_cli.problem import load

    n = None if digits is None else whole_number(digits, "--digits", 1, MOST_DIGITS)
    if float64 and n is not None:
        raise UsageError(
            "`--float64` has no digits to choose from",
            code="contradiction",
            hint="`--round N` shows fewer; leave `--float64` away for `--digits N`",
        )
    text, origin = read_expression(expression or [], file)
    problem = load(
        text,
        origin,
        at or [],
        limits=limits,
        explained=explain,
        may_trace=may_trace,
        about=about,
        wrt=wrt or [],
        exactly=not float64,
        digits=n,
    )
    _console.known = reading_notes(problem)
    return problem


def _show(
    look: OutputOptions,
    round_: str | None,
    limit: list[str] | None,
    answer: Callable[[Limits], Result],
) -> None:
    global _console
    _console = Console(look)
    if round_ is not None:
        _console.look = replace(look, digits=whole_number(round_, "--round", 1, MOST_ROUND))
    limits = Limits.raised(limit or [])
    with _console.waiting(), limits.timed():
        result = answer(limits)
    raise typer.Exit(_console.show(result))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code.

    Nothing that is typed ends in a traceback: what is wrong is said in a line or two.
    """
    _open_streams()
    if os.environ.get("COLUMNS", "").strip("0") == "":
        # Rich takes a width of 0 at its word, and prints nothing.
        os.environ.pop("COLUMNS", None)
    argv = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if argv[0] == "help":
        argv = [*argv[1:2], "--help"]
    global _console
    _console = Console(OutputOptions(as_json="--json" in argv))
    try:
        command = typer.main.get_command(app)
        for one in (command, *command.commands.values()):  # type: ignore[attr-defined]
            one.context_class = type("_Context", (one.context_class,), {"formatter_class": _Help})
        code = command.main(
            protect_minus(argv, command),
            prog_name="adiff",
            standalone_mode=False,
            terminal_width=max(NARROWEST, min(shutil.get_terminal_size().columns - 2, WIDEST)),
        )
    except AdiffError as error:
        _console.print_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:
        return _last_resort(error)
    return code if isinstance(code, int) else ExitCode.OK


def _open_streams() -> None:
    """Make writing possible where a stream is closed, or knows too few characters."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _last_resort(error: Exception) -> int:
    """Say what is wrong where no `AdiffError` does: Typer's complaints, and faults of our own."""
    if os.environ.get("ADIFF_DEBUG"):
        raise error
    if hasattr(error, "format_message"):
        usage = complaint(error)
        _console.print_error(usage)
        return usage.exit_code
    fault: AdiffError
    if command := getattr(error, "command", None):
        fault = ComputationError(str(error), code="missing-package", hint=f"run `{command}`")
    elif isinstance(error, OSError):
        reason = (error.strerror or "it is not possible").lower()
        fault = ComputationError(f"cannot write the answer: {reason}", code="cannot-write")
    elif isinstance(error, MemoryError):
        fault = ComputationError("there is not enough memory for this", code="out-of-memory")
    else:
        fault = ComputationError(
            f"adiff has a fault: {error}",
            code="internal-error",
            hint="please report it; with ADIFF_DEBUG=1 set adiff shows where it happened",
        )
    _console.print_error(fault)
    return fault.exit_code
