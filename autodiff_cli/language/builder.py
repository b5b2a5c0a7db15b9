"""What the parser does at each rule about lines: what they compute, and what names they give."""

from __future__ import annotations

from typing import Any, NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.expressions import Expressions, Function
from autodiff_cli.language.lexer import CLOSING
from autodiff_cli.language.names import CONSTANTS, function
from autodiff_cli.language.writer import flat, values

__all__ = ["Builder"]


class Line(NamedTuple):
    """What a line gives, None if it only says what a name means; and its tokens."""

    slot: int | None
    means: str | None
    first: int
    last: int


class Builder(Expressions):
    """Writes the program of a text, line by line."""

    # --- lines ---

    def start(self, parts: list[Any], places: list[int], last: int) -> None:
        lines = [line for line in flat(parts) if not isinstance(line, str)]
        if self.errors:
            return
        whole = Span(0, len(self.program.source))
        self._check_calls(len(self._calls), "the text has too many operations", whole)
        for line in lines[:-1]:
            if line.means is None:
                self._wrong(
                    "the value of this line is never used",
                    self._span(line),
                    code="unused-line",
                    hint="give it a name, as in `u = ...`; to go on in the next line,"
                    " end this one with the operator, or put brackets around both",
                )
        if lines[-1].slot is None:
            name = lines[-1].means
            self._wrong(
                f"the text ends with the meaning of `{name}`, and computes nothing",
                self._span(lines[-1]),
                code="nothing-computed",
                hint=f"add a line that uses it, such as"
                f" `{name}({', '.join(self._functions[name].parameters)})`",
            )
        else:
            self.program.result = lines[-1].slot

    def outputs(self, parts: list[Any], places: list[int], last: int) -> Line:
        slots = values(parts)
        if len(slots) == 1:
            return Line(slots[0], None, places[0], last)
        self._check_decimal_comma(places[0], last)
        return Line(self._call("stack", slots, places[0], last), None, places[0], last)

    def let(self, parts: list[Any], places: list[int], last: int) -> Line:
        name, _, slot = parts
        if self._is_free(name, places[0]):
            self._slots[name] = slot
            self.program.meanings[name] = slot
        return Line(slot, name, places[0], last)

    def header(self, parts: list[Any], places: list[int], last: int) -> Function:
        name, first = parts[0], places[0]
        inside = self.texts[first + 2 : last - 2]
        parameters = inside[::2]
        named = all(isinstance(a, int) for a in values(parts[2:3])) and all(
            p.isidentifier() for p in parameters
        )
        span = self.program.span(first + 2, last - 2)
        if not named or any(comma != "," for comma in inside[1::2]):
            self._wrong(
                f"the parameters of `{name}` have to be names",
                span,
                code="bad-parameter",
                hint=f"write a definition as `{name}(a, b) = a*b`",
            )
            parameters = []
            self._broken.add(name)
        seen: set[str] = set()
        for k, parameter in enumerate(parameters):
            if parameter in CONSTANTS or parameter in seen:
                why = "is a constant" if parameter in CONSTANTS else "is there twice"
                self._broken.add(name)
                self._wrong(
                    f"`{parameter}` {why}: it cannot be a parameter here",
                    self.program.span(first + 2 + 2 * k, first + 2 + 2 * k),
                    code="bad-parameter",
                    hint="call the parameter something else",
                )
            seen.add(parameter)
        # What has been read as variables for want of knowing better are none.
        for parameter in parameters:
            known = self.program.names.get(parameter)
            if known is not None and known.token > first:
                del self.program.names[parameter]
                del self._slots[parameter]
        if function(name) is not None:
            self._taken(name, first, "is a function of the language already")
        else:
            self._is_free(name, first)
        self._defining = defined = Function(
            name,
            {p: self._leaf(None) for p in parameters},
            len(self._calls),
            {p: self._slots.get(p) for p in parameters},
        )
        self._slots.update(defined.parameters)
        return defined

    def definition(self, parts: list[Any], places: list[int], last: int) -> Line:
        defined, defined.result = parts
        defined.calls = self._calls[defined.start :]
        self._leave_function()
        if defined.name not in self._broken:
            self._functions[defined.name] = defined
            self.program.functions[defined.name] = tuple(defined.parameters)
        return Line(None, defined.name, places[0], last)

    def _leave_function(self) -> None:
        defined = self._defining
        assert defined is not None
        del self._calls[defined.start :]
        for name, slot in defined.shadowed.items():
            if slot is None:
                del self._slots[name]
            else:
                self._slots[name] = slot
        self._defining = None

    def leave_line(self) -> None:
        """Leave a line that cannot be read; what it was to define is not unknown for that."""
        if self._defining is not None:
            self._broken.add(self._defining.name)
            self._leave_function()

    def _is_free(self, name: str, token: int) -> bool:
        """Check that a name may be given a meaning."""
        known = self.program.names.get(name)
        if name in CONSTANTS:
            self._taken(name, token, "is a constant")
        elif known is not None and known.token < token:
            hint = "give it its meaning in a line before it is used, or use another name"
            self._taken(name, token, "is used before as a variable", hint)
        elif known is not None:
            self._wrong(
                f"`{name}` stands in its own meaning",
                self.program.span(known.token, known.token),
                code="recursive-name",
                hint="use another name for one of the two",
            )
        elif name in self.program.meanings or name in self._functions:
            self._taken(name, token, "has a meaning already")
        else:
            return True
        return False

    def _taken(self, name: str, token: int, why: str, hint: str = "use another name") -> None:
        self._wrong(
            f"`{name}` {why}: it cannot be given another meaning",
            self.program.span(token, token),
            code="name-taken",
            hint=hint,
        )

    def _check_decimal_comma(self, first: int, last: int) -> None:
        """Refuse `2,5`, which may be meant as a number, where `2, 5` is a vector."""
        words, depth = self.program.words, 0
        for k in range(first + 1, last - 1):
            left, comma, right = words[k - 1 : k + 2]
            depth += (comma.text in CLOSING) - (comma.text in CLOSING.values())
            adjoining = left.end == comma.start and comma.end == right.start
            digits = left.text.isdigit() and right.text[:1].isdigit()
            if comma.text == "," and not depth and adjoining and digits:
                self._wrong(
                    f"`{left.text},{right.text}` could be one number or two",
                    Span(left.start, right.end),
                    code="ambiguous-comma",
                    hint=f"a decimal point is written `{left.text}.{right.text}`, digits are"
                    f" grouped as in `1_000`; for two values write `{left.text}, {right.text}`",
                )
                return

    def _span(self, line: Line) -> Span:
        return self.program.span(line.first, line.last)
