"""Render a program as text that shows how the expression was parsed, fully bracketed."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from autodiff_cli.language.exact_numbers import written
from autodiff_cli.language.format import number, one_text
from autodiff_cli.language.names import PREFIXES
from autodiff_cli.language.program import Instruction, Program, Static

__all__ = ["reading"]

MOST_CHARACTERS = 100_000
"""The length at which a reading is cut: with its functions inlined a text can be very long."""

_PREFIXES = {name: symbol for symbol, name in reversed(PREFIXES.items()) if name != "sqrt"}


def reading(program: Program) -> str:
    """Return a program as fully bracketed text in the language.

    Each name that the text defines has a line of its own; functions are inlined.
    """
    return _BracketedText(program).text()


class _Alone(NamedTuple):
    """A slot whose text is between brackets or commas, and needs no brackets of its own."""

    slot: int


_Part: TypeAlias = int | str | _Alone


class _BracketedText:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.variables = {slot: name for name, (slot, _) in program.names.items()}
        self.constants = {slot: name for name, (slot, _) in program.constants.items()}
        self.named: dict[int, str] = {}
        self.room = MOST_CHARACTERS

    def text(self) -> str:
        lines = []
        for name, slot in self.program.definitions.items():
            if slot >= 0:
                lines.append(f"{name} = {self._written(slot)}")
                self.named[slot] = name
        lines.append(self._written(self.program.result))
        lines += [
            f"# `{name}` is the constant {number(self.program.leaves[~slot])}"
            for slot, name in self.constants.items()
        ]
        released = self.program.released
        lines += [f"# `{name}` is a variable, not the constant" for name in released]
        return one_text(lines)

    def _written(self, slot: int) -> str:
        """Return the text of one slot, using an explicit stack of the parts to be written."""
        pieces: list[str] = []
        waiting: list[_Part] = [_Alone(slot)]
        while waiting and self.room > 0:
            part = waiting.pop()
            if isinstance(part, _Alone):
                parts = self._parts(part.slot)
                # Brackets around the whole text are redundant, around a first operand they are not.
                enclosed = parts[0] == "(" and parts[-1] == ")"
                waiting += reversed(parts[1:-1] if enclosed else parts)
            elif isinstance(part, int):
                waiting += reversed(self._parts(part))
            else:
                pieces.append(part)
                self.room -= len(part)
        return "".join(pieces) + ("…" if waiting else "")

    def _parts(self, slot: int) -> list[_Part]:
        if slot in self.named:
            return [self.named[slot]]
        if slot < 0:
            if slot in self.variables:
                return [self.variables[slot]]
            if slot in self.constants:
                return [self.constants[slot]]
            exact = self.program.exact.get(slot)
            text = number(self.program.leaves[~slot]) if exact is None else written(exact)
            return ["(", text, ")"] if text.startswith("-") else [text]
        operation, slots, statics, *_ = Instruction(*self.program.calls[slot])
        if prefix := _PREFIXES.get(operation.name):
            return ["(", prefix + " " * prefix.isalpha(), slots[0], ")"]
        if operation.metadata.symbol and len(slots) == 2:
            return ["(", slots[0], f" {operation.metadata.symbol} ", slots[1], ")"]
        if operation.name == "getitem":
            return [slots[0], "[", *self._static((statics or {})["index"]), "]"]
        brackets = "[]" if operation.name == "stack" and not statics else "()"
        arguments: list[_Part] = []
        for argument in slots:
            arguments += [", ", _Alone(argument)]
        for key, static in (statics or {}).items():
            arguments += [", ", f"{key}=", *self._static(static)]
        name = "" if brackets == "[]" else operation.name
        return [name + brackets[0], *arguments[1:], brackets[1]]

    def _static(self, static: Static) -> list[_Part]:
        match static:
            case None:
                return []
            case slice():
                step: list[_Part] = [":", *self._static(static.step)]
                between: list[_Part] = [*self._static(static.start), ":"]
                return between + self._static(static.stop) + (step if static.step else [])
            case tuple():
                parts: list[_Part] = []
                for part in static:
                    parts += [", ", *self._static(part)]
                return parts[1:]
        return [_Alone(static)]
