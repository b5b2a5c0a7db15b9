"""The one error family of adiff, and the exit codes that go with it.

Every failure that a user can cause is an `AdiffError`: it says what is wrong (``message``),
where (``span`` in ``source``), what to do (``hint``), and carries a stable ``code`` for scripts.
`autodiff_cli.terminal` turns one into text, never the place that raises it.
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
    """What the process returns; scripts may rely on these."""

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
    """Base of every error that is the input's fault, not the program's.

    Parameters
    ----------
    message
        What is wrong: lower case, no final period, backticks around what the user typed.
    code
        A stable, hyphenated name of this kind of error, for scripts.
    hint
        What to do about it, if anything is known to help.
    span, source, origin
        Where: offsets into ``source``, the text that was read from ``origin``
        (``EXPR``, a file's name, or an option such as ``--at``).
    more
        Other places in the same text that it takes to be wrong, such as the second operand.

    Attributes
    ----------
    others : tuple of AdiffError
        What else is wrong, where several independent mistakes were found at once.
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
    """The expression was understood, but its value or derivative could not be had."""


class NoSeriesError(ComputationError):
    """An operation has a derivative, but no Taylor series follows from it.

    Attributes
    ----------
    call : Variable
        What the operation has made.
    """

    def __init__(self, message: str, call: Any, *, code: str, hint: str | None = None) -> None:
        super().__init__(message, code=code, hint=hint)
        self.call = call


class MissingExtraError(ComputationError, ImportError):
    """An operation needs a package that is not installed; the hint says how to install it."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message, code="missing-package", hint=f"run `{command}`")


class OutputError(ComputationError):
    """A file or picture could not be made; nothing half-written was left behind."""


class UsageError(AdiffError):
    """An option is missing, malformed or contradicts another."""

    exit_code = ExitCode.USAGE


class ExpressionError(AdiffError):
    """The text of the expression is not one adiff can read."""

    exit_code = ExitCode.EXPRESSION


def not_a_number(what: str) -> ComputationError:
    """Return what to say where one number is to be differentiated and there is something else."""
    return ComputationError(
        f"a derivative needs a single number, but the expression gives {what}",
        code="not-a-scalar",
        hint="make it one number, for example with `sum`, or ask `adiff jacobian`",
    )


def formula_too_long(message: str) -> ComputationError:
    """Return the error of a formula that has more characters than it may have."""
    return ComputationError(
        message,
        code="formula-too-long",
        hint="`adiff export` writes it as code; `--max-length` allows more",
    )
