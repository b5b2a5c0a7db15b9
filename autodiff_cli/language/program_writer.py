"""Write a program: its leaves, its calls, and the errors in the text that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import ComputationError, ExpressionError, Span
from autodiff_cli.language.lexer import closing_of
from autodiff_cli.language.program import Program, Static

__all__ = ["ProgramWriter", "counted", "flat", "values"]


class ProgramWriter:
    """Writes one program.

    Attributes
    ----------
    texts
        The texts of the tokens that are parsed.
    errors
        The errors found so far.
    in_words
        Whether to compose the messages of errors.
    """

    def __init__(self, program: Program, texts: list[str], in_words: bool = True) -> None:
        self.program = program
        self.texts = texts
        self.in_words = in_words
        self.errors: list[ExpressionError] = []
        self._calls = program.calls
        # The names that lines which cannot be parsed would have defined.
        self._broken: set[str] = set()

    # --- calls and leaves ---

    def _call(self, name: str, slots: Sequence[int], first: int, last: int) -> int:
        return self._apply(registry[name], slots, first, last)

    def _apply(
        self,
        operation: Operation,
        slots: Sequence[int],
        first: int,
        last: int,
        statics: Mapping[str, Static] | None = None,
    ) -> int:
        self._calls.append((operation, tuple(slots), statics, first, first, last))
        return len(self._calls) - 1

    def _leaf(self, value: Any) -> int:
        self.program.leaves.append(value)
        return -len(self.program.leaves)

    def _check_calls(self, wanted: int, what: str, span: Span) -> None:
        try:
            self.program.limits.check("calls", wanted, what, span)
        except ComputationError as error:
            error.source, error.origin = self.program.source, self.program.origin
            raise

    # --- mistakes ---

    def unexpected_token(self, index: int) -> None:
        """Record an error for an unexpected token."""
        if not self.in_words:
            self._wrong("it cannot be read", Span(0, 0), code="unreadable")
            return
        from autodiff_cli.language.syntax_errors import explain

        message, hint, span, code = explain(self.program.source, self.program.tokens, index)
        self._wrong(message, span, code=code, hint=hint)
        # Calls of the function that the line would have defined are no further errors.
        first = index
        while first and self.texts[first - 1][:1] not in (";", "\n"):
            first -= 1
        if self.texts[first + 1 : first + 2] == ["("]:
            closing = closing_of(self.texts, first + 1, first + 2)
            if closing is not None and self.texts[closing + 1] == "=":
                self._broken.add(self.texts[first])

    def _wrong(self, message: str, span: Span, *, code: str, hint: str | None = None) -> None:
        self.errors.append(ExpressionError(message, code=code, hint=hint, **self.program.at(span)))


def flat(parts: Sequence[Any]) -> list[Any]:
    """Return parts as one list; the values of a repetition, a list themselves, are inserted."""
    return [p for part in parts for p in (part if isinstance(part, list) else (part,))]


def values(parts: Sequence[Any]) -> list[Any]:
    """Return the values of parts, without the commas between them."""
    return [part for part in flat(parts) if part != ","]


def counted(n: int) -> str:
    """Return the text of a number of arguments: ``1 argument``, ``2 arguments``."""
    return f"{n} argument{'s' * (n != 1)}"
