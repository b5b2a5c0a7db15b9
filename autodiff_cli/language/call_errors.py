"""Errors in calls: of unknown functions, and with wrong arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autodiff_cli.engine import Operation
from autodiff_cli.language.lexer import CLOSING
from autodiff_cli.language.names import (
    CONSTANTS,
    did_you_mean,
    example_call,
    function,
    functions,
)
from autodiff_cli.language.program import Program
from autodiff_cli.language.program_writer import ProgramWriter, counted

__all__ = ["CallErrors", "DefinedFunction", "Keyword"]

MOST_HINTS = 20
"""The number of errors that get a hint, because finding similar names takes time."""

MOST_LETTERS = 50
"""The most characters of a name for which similar ones are searched."""


class Keyword(NamedTuple):
    """A keyword argument, with the token of its name."""

    name: str
    slot: int
    token: int


@dataclass
class DefinedFunction:
    """A function that the text defines, with its calls as they would be in its definition."""

    name: str
    parameters: dict[str, int]
    start: int
    shadowed: dict[str, int | None]
    calls: list[Any] = field(default_factory=list)
    result: int = 0


class CallErrors(ProgramWriter):
    """Reports errors in calls."""

    def __init__(self, program: Program, texts: list[str], in_words: bool = True) -> None:
        super().__init__(program, texts, in_words)
        self._slots: dict[str, int] = {}
        self._functions: dict[str, DefinedFunction] = {}
        self._defining: DefinedFunction | None = None

    def _arguments_fit(
        self,
        operation: Operation,
        name: str,
        first: int,
        last: int,
        positional: Sequence[int],
        keywords: Sequence[Keyword],
    ) -> bool:
        least, most = operation.arity, operation.arity + len(operation.statics)
        open_ended = operation.variadic or operation.pairwise is not None
        if len(positional) < least or (len(positional) > most and not open_ended):
            takes = counted(least)
            if open_ended:
                takes = f"{least} or more arguments"
            elif most > least:
                takes = f"{least} to {most} arguments"
            from autodiff_cli.language.foreign_functions import misused_function

            parts = self._argument_texts(first, last)
            self._wrong(
                f"`{name}` takes {takes}, not {len(positional)}",
                self.program.span(first, last),
                code="wrong-number-of-arguments",
                hint=self._with_decimal_point(
                    misused_function(name, parts) or f"write `{example_call(operation)}`",
                    first,
                    last,
                ),
            )
            return False
        free = list(operation.statics[0 if operation.variadic else len(positional) - least :])
        for keyword in keywords:
            if keyword.name not in free:
                known = keyword.name in operation.statics
                self._wrong(
                    f"`{name}` is given `{keyword.name}` twice"
                    if known
                    else f"`{name}` has no argument `{keyword.name}` to be given by name",
                    self.program.span(keyword.token, keyword.token),
                    code="repeated-argument" if known else "unknown-argument",
                    hint=self._named_arguments(name, keyword, operation, first, last),
                )
                return False
            free.remove(keyword.name)
        return True

    def _with_decimal_point(self, hint: str, first: int, last: int) -> str:
        """Return a hint, with the reading as a decimal number if a comma is between digits."""
        call = self.program.text(first, last)
        if not re.search(r"\w\(\d+,\d+\)$", call):
            return hint
        return f"{hint}; with a decimal point it is `{call.replace(',', '.')}`"

    def _named_arguments(
        self, name: str, keyword: Keyword, operation: Operation, first: int, last: int
    ) -> str:
        """Return the hint for a keyword argument that a function does not have."""
        from autodiff_cli.language.foreign_functions import misused_function

        texts = self._argument_texts(first, last)
        if (elsewhere := misused_function(name, texts)) is not None:
            return elsewhere
        if guess := did_you_mean(keyword.name, operation.statics):
            return guess
        names = " and ".join(f"`{static}`" for static in operation.statics)
        return f"`{name}` has {names} to be named" if names else "leave the name out"

    def _argument_texts(self, first: int, last: int) -> list[str]:
        """Return the texts of the arguments of a call."""
        found, begin, depth = [], first + 2, 0
        for k in range(first + 2, last):
            text = self.texts[k]
            if not depth and text in (",", ")"):
                if k > begin:
                    found.append(self.program.text(begin, k))
                begin = k + 1
            depth += (text in CLOSING) - (text in CLOSING.values())
        return found

    def _unknown_function(
        self, name: str, token: int, last: int, positional: Sequence[int]
    ) -> None:
        if name in self._broken:
            return
        span = self.program.span(token, token)
        if self._defining is not None and name == self._defining.name:
            self._wrong(
                f"`{name}` cannot be used in its own definition",
                span,
                code="recursive-function",
                hint="a function is written out wherever it is used, and this would never end",
            )
            return
        from autodiff_cli.language.characters import look_alike
        from autodiff_cli.language.foreign_functions import missing_function

        known = [*self._functions, *functions()]
        alike = look_alike(name)
        arguments = self.program.text(token + 1, last)
        hint: str | None = "`adiff functions` lists them all"
        if len(self.errors) > MOST_HINTS:
            hint = None
        elif name in CONSTANTS:
            hint = f"`{name}` is a constant; to multiply, write `{name}*{arguments}`"
        elif self.texts[max(0, token - 2) : token] in (["d", "/"], ["∂", "/"]) and name[0] in "d∂":
            hint = f'a derivative is what `adiff grad "{arguments[1:-1]}" --wrt {name[1:]}` gives'
        elif known_elsewhere := missing_function(name, arguments, len(positional)):
            hint = known_elsewhere
        elif name[0] in {*self._slots, *"xyzt"} and function(name[1:]) is not None:
            hint = f"to multiply, write `{name[0]}*{name[1:]}{arguments}`"
        elif alike in known:
            hint = f"it looks like `{alike}`, but with letters of another script"
        elif len(name) < MOST_LETTERS and (guess := did_you_mean(name, known)):
            hint = guess
        elif len(positional) == 1:
            hint = f"if `{name}` is a variable to multiply by, write `{name}*{arguments}`"
            index = arguments[1:-1]
            if index == "end" or (len(name) == 1 and index.isdigit() and int(index)):
                place = -1 if index == "end" else int(index) - 1
                hint += f"; that element of a vector is `{name}[{place}]`, counted from 0"
        elif len(positional) == 2 and re.fullmatch(r"\(\s*[1-9]\d*\s*,\s*[1-9]\d*\s*\)", arguments):
            row, column = (int(number) - 1 for number in re.findall(r"\d+", arguments))
            hint = f"an element of a matrix is written `{name}[{row}, {column}]`, counted from 0"
        self._wrong(f"unknown function `{name}`", span, code="unknown-function", hint=hint)
