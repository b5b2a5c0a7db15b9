"""The options of the command line: those that several commands share are declared here, once.

A command takes groups of options as keyword arguments and declares only its own beside them::

    def grad(run: Run, *, source: Source, order: Order = None, output: Output) -> Result:

`Composition` turns such a function into the flat signature that Typer reads, with the options of
each group in the position of the group, and turns the values that Typer parses back into groups.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeAlias,
    get_args,
    get_origin,
    get_type_hints,
)

import typer

from autodiff_cli.arguments import decimal_number, whole_number
from autodiff_cli.limits import MOST_ORDER

__all__ = [
    "ORDERS",
    "At",
    "Composition",
    "DerivativeOrder",
    "Digits",
    "Each",
    "Enclosed",
    "Expression",
    "Extend",
    "File",
    "FormulaOptions",
    "MatrixFile",
    "Only",
    "Output",
    "PlainOutput",
    "Reading",
    "Real",
    "Source",
    "Whole",
    "Wrt",
]


class Whole(NamedTuple):
    """The range of an option that takes a whole number, which Typer passes as text."""

    least: int
    most: int

    def read(self, text: str, option: str) -> int:
        """Return the number that a text stands for."""
        return whole_number(text, option, self.least, self.most)


class Only(frozenset[str]):
    """The names of the options of a group that a command has."""


ORDERS = Whole(0, MOST_ORDER)
"""The range of the orders of derivatives and series."""

Expression: TypeAlias = Annotated[
    list[str] | None,
    # Hidden, because its line in the help would show its Python type.
    typer.Argument(metavar="EXPR", hidden=True),
]
File: TypeAlias = Annotated[
    Path | None,
    typer.Option("-f", "--file", metavar="FILE", help="Read the expression from a file."),
]
At: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="x=VALUE", help="Give a variable its value; repeat for more."),
]
Wrt: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt", metavar="x,y", help="Differentiate by these variables only, in this order."
    ),
]
Extend: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--extend",
        help="Where the value is no number, or not the limit, take the continuous extension.",
    ),
]
Each: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--each", help="Answer for each value of a list, as of --at x=[1,2,5], one after the other."
    ),
]
DerivativeOrder: TypeAlias = Annotated[
    int | None,
    typer.Option("--order", metavar="N", help="Set the order of the derivative; 1 if not given."),
    ORDERS,
]
MatrixFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write the matrix into a file: .csv .npy .json."
    ),
]


class Source(NamedTuple):
    """The expression, and the values of its variables."""

    expression: Expression = None
    file: File = None
    at: At = None


class Reading(NamedTuple):
    """How the expression is parsed, and the limits of the work that it may require."""

    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="NAME=N",
            help="Raise a limit: length, calls, elements, graph, seconds.",
        ),
    ] = None
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Print how the expression is read, in full brackets."),
    ] = False


class Real(NamedTuple):
    """An option that takes a number that is not negative, which Typer passes as text."""

    def read(self, text: str, option: str) -> float:
        """Return the number that a text stands for."""
        return decimal_number(text, option)


class Digits(NamedTuple):
    """The options about the accuracy of numbers."""

    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Say how many digits float64 alone has, and why.")
    ] = False
    enclosure: Annotated[
        bool, typer.Option("--enclosure", help="Print midpoint and radius of what holds the value.")
    ] = False


Enclosed: TypeAlias = Annotated[Digits, Only({"enclosure"})]
"""The options about digits for commands whose answers are matrices."""


class FormulaOptions(NamedTuple):
    """The options about formulas."""

    expand: Annotated[bool, typer.Option("--expand", help="Write a formula as one expression.")] = (
        False
    )
    max_length: Annotated[
        int | None,
        typer.Option(
            "--max-length", metavar="N", help="Print formulas of so many characters at most."
        ),
        Whole(1, 100_000_000),
    ] = None


class Output(NamedTuple):
    """The options about the computation and the format of answers."""

    strict: Annotated[
        bool, typer.Option("--strict", help="Fail, with exit code 1, where there is a note.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
    digits: Annotated[
        int | None,
        typer.Option(
            "--digits", metavar="N", help="Print N right digits; those of float64 if not given."
        ),
        Whole(1, 10_000),
    ] = None
    round: Annotated[
        int | None,
        typer.Option("--round", metavar="N", help="Print so many significant digits."),
        Whole(1, 17),
    ] = None
    float64: Annotated[
        bool, typer.Option("--float64", help="Print what float64 arithmetic gives, unproven.")
    ] = False
    color: Annotated[
        Literal["auto", "always", "never"],
        typer.Option("--color", help="Use colors always, never, or on a terminal."),
    ] = "auto"
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but the answer.")] = (
        False
    )


PlainOutput: TypeAlias = Annotated[Output, Only({"strict", "json", "color", "quiet"})]
"""The output options of commands whose answers are text or pictures."""


class Composition:
    """The options of a command as one flat list, without groups.

    Parameters
    ----------
    function
        The command; its keyword arguments are groups, which are named tuples, and options.

    Attributes
    ----------
    parameters
        The parameters that Typer parses, by name.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.parameters: dict[str, Parameter] = {}
        self._groups: dict[str, tuple[type, list[str]]] = {}
        self._readers: dict[str, Any] = {}
        hints = get_type_hints(function, include_extras=True)
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is Parameter.KEYWORD_ONLY:
                self._add(parameter.name, hints[parameter.name], parameter.default)

    def _add(self, name: str, annotation: Any, default: Any) -> None:
        kind, *metadata = get_args(annotation) if _is_annotated(annotation) else [annotation]
        if (names := getattr(kind, "_fields", None)) is not None:
            only = next((part for part in metadata if isinstance(part, Only)), None)
            members = [member for member in names if only is None or member in only]
            self._groups[name] = kind, members
            for member in members:
                self._add(member, _hints(kind)[member], kind._field_defaults[member])
            return
        reader = next((part for part in metadata if hasattr(part, "read")), None)
        if reader is not None:
            (option,) = (part for part in metadata if part is not reader)
            self._readers[name] = reader
            annotation = Annotated[str | None, option]
            default = None if default is None else str(default)
        self.parameters[name] = Parameter(
            name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation
        )

    def bind(self, read: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keyword arguments of the command from the values that Typer has parsed.

        Raises
        ------
        UsageError
            If an option has a value that it does not accept.
        """
        values = dict(read)
        for name, reader in self._readers.items():
            if values[name] is not None:
                values[name] = reader.read(values[name], f"--{name.replace('_', '-')}")
        for name, (kind, members) in self._groups.items():
            values[name] = kind(**{member: values.pop(member) for member in members})
        return values


def _is_annotated(annotation: Any) -> bool:
    return get_origin(annotation) is Annotated


@cache
def _hints(group: type) -> Mapping[str, Any]:
    return get_type_hints(group, include_extras=True)
