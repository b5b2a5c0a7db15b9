"""One run of a command: from the parsed options to a result or an error on a console."""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from inspect import Parameter
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

from autodiff_cli.arguments import read_expression
from autodiff_cli.cli.options import Composition, Output, Reading, Source
from autodiff_cli.errors import AdiffError, ComputationError, ExitCode, UsageError
from autodiff_cli.limits import Limits
from autodiff_cli.results import Note, Result
from autodiff_cli.terminal.console import Console, OutputOptions

if TYPE_CHECKING:
    from autodiff_cli.language.each import Points
    from autodiff_cli.problem import Problem

__all__ = ["Run", "as_error", "command"]

Command: TypeAlias = Callable[..., Result]
"""A function that takes a `Run` and, as keyword arguments, groups of options and options."""


WIDE = 60
"""The smallest width of a terminal, in columns, at which formulas are shown beside numbers."""


class Run:
    """The context of a command apart from its options.

    Attributes
    ----------
    console
        The console on which its answer is printed.
    limits
        The limits of the work that it may do.
    known
        Notes on how its expression was parsed.
    """

    def __init__(self, console: Console, limits: Limits) -> None:
        self.console = console
        self.limits = limits
        self.known: Sequence[Note] = ()
        self._text: tuple[str, str] | None = None

    @property
    def for_people(self) -> bool:
        """Whether the answer goes to a terminal, and is not JSON."""
        return self.console.stdout.isatty() and not self.console.options.as_json

    @property
    def has_room(self) -> bool:
        """Whether the answer goes to a terminal that is wide enough for formulas beside numbers."""
        return self.for_people and shutil.get_terminal_size().columns >= WIDE

    @property
    def width(self) -> int | None:
        """The width in columns of the terminal that the answer goes to; None if it goes to none."""
        return shutil.get_terminal_size().columns if self.for_people else None

    @property
    def size(self) -> tuple[int, int]:
        """The columns and lines of the terminal; 80 and 24 where there is none."""
        columns, lines = shutil.get_terminal_size()
        return columns, lines

    @property
    def colored(self) -> bool:
        """Whether the answer may have colors."""
        return self.console.colors(self.console.stdout)

    def text(self, source: Source) -> tuple[str, str]:
        """Return the expression and the name of its source, which is read once."""
        if self._text is None:
            stdin = self.console.stdin
            self._text = read_expression(source.expression or [], source.file, stdin)
        return self._text

    def points(self, source: Source, each: bool) -> Points | None:
        """Return the points at which an answer is wanted; None if it is wanted at one."""
        at = source.at or []
        if not each and not any(":" in text for text in at):
            return None
        from autodiff_cli.language.each import read_points

        return read_points(at, each)

    def for_each(
        self,
        source: Source,
        each: bool,
        posed: Callable[[Source], Problem],
        answered: Callable[[Problem], Result],
        titled: Callable[[str], str],
    ) -> Result:
        """Return the answer to a problem, or to that at each of several points.

        Parameters
        ----------
        posed
            A function that returns the problem of a source.
        answered, titled
            As for `autodiff_cli.commands.each.run`.
        """
        points = self.points(source, each)
        if points is None:
            return answered(posed(source))
        from autodiff_cli.commands import each as command

        return command.run(points, lambda at: posed(source._replace(at=[*at])), answered, titled)

    def problem(
        self,
        source: Source,
        reading: Reading,
        wrt: Sequence[str] | None = None,
        output: Output | None = None,
        *,
        enclosure: bool | None = None,
        may_trace: bool = False,
        about: Mapping[str, Any] | None = None,
    ) -> Problem:
        """Return the problem: the expression with the values of its variables.

        Parameters
        ----------
        output
            The requested form of numbers; plain float64 if not given.
        enclosure
            Whether numbers are requested as midpoint and radius, which they always are where a
            value is an interval; None if the command cannot return them so.
        wrt, may_trace, about
            As for `autodiff_cli.problem.load`.

        Raises
        ------
        AdiffError
            If there is no expression, it cannot be parsed, or a value is missing.
        """
        from autodiff_cli.commands.enclosed import enclosed_problem
        from autodiff_cli.commands.reading_notes import reading_notes
        from autodiff_cli.problem import load

        exactly = output is not None and not output.float64
        digits = None if output is None else output.digits
        if not exactly and digits is not None:
            raise UsageError(
                "`--float64` has no digits to choose from",
                code="contradiction",
                hint="`--round N` shows fewer; leave `--float64` away for `--digits N`",
            )
        at: Sequence[str] = source.at or []
        ends: Mapping[str, tuple[str, str]] = {}
        if enclosure is not None and any(map(may_be_interval, at)):
            from autodiff_cli.language.ranges import split_intervals

            at, ends = split_intervals(at)
        text, origin = self.text(source)
        problem = load(
            text,
            origin,
            at,
            limits=self.limits,
            explained=reading.explain,
            may_trace=may_trace,
            about=about,
            wrt=wrt or [],
            exactly=exactly,
            digits=digits,
        )
        self.known = reading_notes(problem)
        return enclosed_problem(problem, ends) if enclosure or ends else problem


def may_be_interval(text: str) -> bool:
    """Return whether a value may be an interval, as in ``x=2±0.1`` or ``x=[1..2]``."""
    return any(sign in text for sign in ("±", "+/-", ".."))


def command(app: typer.Typer, name: str | None = None) -> Callable[[Command], Command]:
    """Return a decorator that adds a command to an application.

    The command uses the console that is the object of Typer's context; that of the process if there
    is none.
    """

    def added(function: Command) -> Command:
        app.command(name or function.__name__)(_Flat(function))
        return function

    return added


class _Flat:
    """A command as the function with a flat list of options that Typer reads.

    The list is composed when Typer asks for it: a run needs that of one command only.
    """

    def __init__(self, function: Command) -> None:
        self.function = function
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    @cached_property
    def composition(self) -> Composition:
        """The options, and how the groups of the command are made of them."""
        return Composition(self.function)

    @property
    def __signature__(self) -> inspect.Signature:
        context = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)
        return inspect.Signature([context, *self.composition.parameters.values()])

    @property
    def __annotations__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: one.annotation for name, one in self.__signature__.parameters.items()}

    def __call__(self, context: typer.Context, **read: Any) -> ExitCode:
        return _run(self.function, self.composition, context.obj or Console(), read)


def _run(
    function: Command, composition: Composition, console: Console, read: Mapping[str, Any]
) -> ExitCode:
    """Run a command, print its result or its error, and return the exit code."""
    options = OutputOptions(
        as_json=read["json"],
        color=read["color"],
        quiet=read.get("quiet", False),
        strict=read.get("strict", False),
    )
    console = console.with_options(options)
    try:
        given = composition.bind(read)
        run = Run(console, Limits.raised(read.get("limit") or []))
        with console.waiting(), run.limits.timed():
            result = function(run, **given)
        shown = replace(options, digits=given["output"].round)
        return console.with_options(shown).show(result, run.known)
    except Exception as error:
        fault = as_error(error)
        console.print_error(fault)
        return fault.exit_code


def as_error(error: Exception) -> AdiffError:
    """Return an exception as an error for the user; an unexpected one is an internal error."""
    if isinstance(error, AdiffError):
        return error
    if os.environ.get("ADIFF_DEBUG"):
        raise error
    if package := getattr(error, "command", None):
        return ComputationError(str(error), code="missing-package", hint=f"run `{package}`")
    if isinstance(error, OSError):
        reason = (error.strerror or "it is not possible").lower()
        return ComputationError(f"cannot write the answer: {reason}", code="cannot-write")
    if isinstance(error, MemoryError):
        return ComputationError("there is not enough memory for this", code="out-of-memory")
    return ComputationError(
        f"adiff has a fault: {error}",
        code="internal-error",
        hint="please report it; with ADIFF_DEBUG=1 set adiff shows where it happened",
    )
