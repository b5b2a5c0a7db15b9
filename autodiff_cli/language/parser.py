"""Reads an expression: Lark and the grammar decide what is well formed, this says what is not."""

from __future__ import annotations

import threading
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from autodiff_cli.errors import ExpressionError, Span
from autodiff_cli.language import complaints
from autodiff_cli.language.program import Program

if TYPE_CHECKING:
    from lark import Lark

    from autodiff_cli.language.builder import Builder

__all__ = ["grammar", "parse"]

_one_at_a_time = threading.Lock()


def grammar() -> str:
    """Return the text of the grammar, the reference of the language."""
    installed = resources.files("autodiff_cli") / "grammar" / "expression.lark"
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    # In a checkout it stands beside the package, where people look for it.
    checkout = Path(__file__).parents[2] / "grammar" / "expression.lark"
    return checkout.read_text(encoding="utf-8")


@cache
def _parser() -> tuple[Lark, Builder]:
    from lark import Lark

    from autodiff_cli.language.builder import Builder

    builder = Builder()
    return Lark(grammar(), parser="lalr", maybe_placeholders=True, transformer=builder), builder


def parse(source: str, origin: str = "EXPR") -> Program:
    """Return the program of an expression.

    Parameters
    ----------
    source
        The text.
    origin
        What to call the place it came from in messages: ``EXPR``, a file's name, an option.

    Raises
    ------
    ExpressionError
        If it is not an expression.  When several things are wrong that do not depend on each
        other, ``others`` of the error holds the rest.
    """
    from lark.exceptions import UnexpectedInput

    program = Program(source, origin)
    with _one_at_a_time:
        lark, builder = _parser()
        builder.start(program)
        try:
            lark.parse(source)
        except UnexpectedInput as unexpected:
            builder.errors.append(_syntax_error(unexpected, program))
        errors = builder.errors
    if errors:
        errors.sort(key=lambda error: error.span or Span(0, 0))
        errors[0].others = tuple(errors[1:])
        raise errors[0]
    return program


def _syntax_error(unexpected: Exception, program: Program) -> ExpressionError:
    message, hint, span, code = complaints.about(unexpected, program.source)
    return ExpressionError(message, code=code, hint=hint, **program.at(span))
