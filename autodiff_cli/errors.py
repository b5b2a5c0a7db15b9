"""Define the exceptions of adiff, and the exit codes that go with them.

Every failure that a user can cause is an `AdiffError`: it states what is wrong (``message``),
where (``span`` in ``source``), what to do (``hint``), and has a stable ``code`` for scripts.  Only
`autodiff_cli.terminal` formats errors as text; the code that raises them does not.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar, NamedTuple

__all__ = [
    "AdiffError",
    "ComputationError",
    "ExitCode",
    "ExpressionError",
    "MissingExtraError",
    "NoSeriesError",
    "OutputError",
    "Span",
    "UsageError",
    "formula_too_long",
    "not_a_number",
]


class ExitCode(IntEnum):
    """The exit codes of the process, on which scripts may rely."""

    OK = 0
    COMPUTATION = 1
    USAGE = 2
    EXPRESSION = 3
    CHECK = 4
    INTERRUPTED = 130


class Span(NamedTuple):
    """A half-open range of character offsets into the text of an expression."""

    start: int
    end: int


class AdiffError(Exception):
    """The base class of errors caused by the input, not by the program.

    Parameters
    ----------
    message
        What is wrong: lower case, no final period, backticks around what the user typed.
    code
        A stable, hyphenated name of this kind of error, for scripts.
    hint
        What to do about it, if a remedy is known.
    span, source, origin
        The place of the error: offsets into ``source``, the text that was read from ``origin``
        (``EXPR``, a file name, or an option such as ``--at``).
    more
        Other spans in the same text that are part of the error, such as the second operand.

    Attributes
    ----------
    others : tuple of AdiffError
        Further independent errors that were found at the same time.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.COMPUTATION

    def __init__(
        self,
        message: str,
        *,
        code: str,
        hint: str | None = None,
        span: Span | None = None,
        more: tuple[Span, ...] = (),
        source: str | None = None,
        origin: str = "EXPR",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.span = span
        self.more = more
        self.source = source
        self.origin = origin
        self.others: tuple[AdiffError, ...] = ()


class ComputationError(AdiffError):
    """The expression was read, but its value or derivative could not be computed."""


class NoSeriesError(ComputationError):
    """An operation has a derivative, but no Taylor series can be computed from it.

    Attributes
    ----------
    call : Variable
        The output of the call of the operation.
    """

    def __init__(self, message: str, call: Any, *, code: str, hint: str | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.call = call


class MissingExtraError(ComputationError, ImportError):
    """An operation needs a package that is not installed; the hint says how to install it."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message, code="missing-package", hint=f"run `{command}`")


class OutputError(ComputationError):
    """A file or picture could not be written; no incomplete file was left behind."""


class UsageError(AdiffError):
    """An option is missing, is malformed, or contradicts another."""

    exit_code = ExitCode.USAGE


class NoEntryError(UsageError, KeyError):
    """A mapping of results does not have the requested key."""

    # KeyError would show the message in quotes.
    __str__ = AdiffError.__str__


class ExpressionError(AdiffError):
    """The text of the expression cannot be read."""

    exit_code = ExitCode.EXPRESSION


def not_a_number(what: str) -> ComputationError:
    """Return the error of a value that is to be differentiated but is not a single number."""
    return ComputationError(
        f"a derivative needs a single number, but the expression gives {what}",
        code="not-a-scalar",
        hint="make it one number, for example with `sum`, or ask `adiff jacobian`",
    )


def formula_too_long(message: str) -> ComputationError:
    """Return the error of a formula that exceeds the limit of characters."""
    return ComputationError(
        message,
        code="formula-too-long",
        hint="`adiff export` writes it as code; `--max-length` allows more",
    )
