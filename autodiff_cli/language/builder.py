"""The actions of the parser for the grammar rules of lines: expressions and definitions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.actions import Expressions
from autodiff_cli.language.call_errors import DefinedFunction
from autodiff_cli.language.format import SIGNS
from autodiff_cli.language.lexer import CLOSING
from autodiff_cli.language.names import is_reserved
from autodiff_cli.language.program import Name, Program
from autodiff_cli.language.program_writer import flat, values

__all__ = ["Builder"]

MOST_JOINED = 100
"""The most characters of two lines together that a message shows as one line."""


class SourceLine(NamedTuple):
    """A line: the slot of its value, None if it is a definition; and its tokens."""

    slot: int | None
    means: str | None
    first: int
    last: int


class Builder(Expressions):
    """Writes the program of a text, line by line."""

    def __init__(self, program: Program, texts: list[str], in_words: bool = True) -> None:
        super().__init__(program, texts, in_words)
        # The names that each line uses, by the first token of the line.
        self._uses: dict[int, set[str]] = {}

    # --- lines ---

    def start(self, parts: list[Any], places: list[int], last: int) -> None:
        lines = [line for line in flat(parts) if not isinstance(line, str)]
        if self.errors:
            return
        whole = Span(0, len(self.program.source))
        self._check_calls(len(self._calls), "the text has too many operations", whole)
        for line in lines[:-1]:
            if line.means is None and not self._goes_on(line):
                self._wrong(
                    "the value of this line is never used",
                    self._span(line),
                    code="unused-line",
                    hint=f"give it a name, as in `{self._named(line)}`; to go on in the next line,"
                    " end this one with the operator, or put brackets around both",
                )
        for line in lines[1:]:
            self._check_sign(line)
        if self.errors:
            return
        last_line = lines[-1]
        if last_line.slot is None and last_line.means is not None:
            last_line = last_line._replace(slot=self._body(last_line))
        if last_line.slot is None:
            name = last_line.means
            self._wrong(
                f"the text ends with the meaning of `{name}`, and computes nothing",
                self._span(lines[-1]),
                code="nothing-computed",
                hint=f"add a line that uses it, such as"
                f" `{name}({', '.join(self._functions[name].parameters)})`",
            )
        else:
            self.program.result = last_line.slot
            self._find_unused(lines)

    def _named(self, line: SourceLine) -> str:
        """Return a line that names its value, or an example of such a line if that is long."""
        text = self.program.text(line.first, line.last)
        return f"u = {text}" if len(text) <= MOST_JOINED and "\n" not in text else "u = x + 1"

    def _begins_with_sign(self, token: int) -> bool:
        """Return whether a line begins with a sign that may continue the line before."""
        end = self._end_before(token)
        return self.texts[token] in SIGNS and ";" not in "".join(self.texts[end:token])

    def _end_before(self, token: int) -> int:
        """Return the first of the tokens that end the line before the one at a token."""
        while token and self.texts[token - 1][:1] in (";", "\n"):
            token -= 1
        return token

    def _goes_on(self, line: SourceLine) -> bool:
        """Return whether the next line begins with a sign, which is a different error."""
        following = line.last
        while self.texts[following][:1] in (";", "\n"):
            following += 1
        return self._begins_with_sign(following)

    def _check_sign(self, line: SourceLine) -> None:
        """Report a line that begins with a sign, because it may continue the line before."""
        if not self._begins_with_sign(line.first):
            return
        sign = self.texts[line.first]
        before = end = self._end_before(line.first)
        while before and self.texts[before - 1][:1] not in (";", "\n"):
            before -= 1
        joined = self.program.text(before, end)
        joined += f" {sign} {self.program.text(line.first + 1, line.last)}"
        short = len(joined) <= MOST_JOINED and "\n" not in joined
        self._wrong(
            f"a line that begins with `{sign}` could go on with the line before, or be an answer"
            " of its own",
            self.program.span(line.first, line.first),
            code="ambiguous-line",
            hint=(f"to go on, write `{joined}`" if short else "to go on")
            + f"{',' if not short else ' or'} end the line before with the operator `{sign}`;"
            " for an answer of its own, end the line before with `;`",
        )

    def _body(self, line: SourceLine) -> int | None:
        """Return the slot of the body of a function, with its parameters as variables.

        None if a parameter has another meaning in the text.
        """
        program, defined = self.program, self._functions.get(str(line.means))
        if defined is None or any(p in program.definitions for p in defined.parameters):
            return None
        own: dict[str, Name] = {}
        for k, parameter in enumerate(defined.parameters):
            token = line.first + 2 + 2 * k
            known = program.names.get(parameter)
            own[parameter] = Name(self._leaf(None) if known is None else known.slot, token)
        program.names = own | {n: v for n, v in program.names.items() if n not in own}
        slots = [variable.slot for variable in own.values()]
        return self._inlined(defined, slots, [], line.first, line.last)

    def _find_unused(self, lines: list[SourceLine]) -> None:
        """Record the definitions that the result does not depend on."""
        waiting, reached = [lines[-1]], {lines[-1].first}
        by_name = {line.means: line for line in lines if line.means is not None}
        while waiting:
            for name in self._uses.get(waiting.pop().first, ()):
                line = by_name.get(name)
                if line is not None and line.first not in reached:
                    reached.add(line.first)
                    waiting.append(line)
        for line in lines:
            if line.means is not None and line.first not in reached:
                self.program.unused[line.means] = self.program.span(line.first, line.first)

    def _note_uses(self, first: int, parameters: Iterable[str] = ()) -> None:
        """Record which names the line that begins with a token uses."""
        self._uses[first] = self._used.difference(parameters)
        self._used = set()

    def outputs(self, parts: list[Any], places: list[int], last: int) -> SourceLine:
        slots = values(parts)
        self._blanks.clear()
        self._note_uses(places[0])
        if len(slots) == 1:
            return SourceLine(slots[0], None, places[0], last)
        self._check_decimal_comma(places[0], last)
        return SourceLine(self._call("stack", slots, places[0], last), None, places[0], last)

    def let(self, parts: list[Any], places: list[int], last: int) -> SourceLine:
        name, _, slot = parts
        self._blanks.clear()
        self._note_uses(places[0])
        if self._is_free(name, places[0]):
            self._slots[name] = slot
            self.program.definitions[name] = slot
        return SourceLine(slot, name, places[0], last)

    def header(self, parts: list[Any], places: list[int], last: int) -> DefinedFunction:
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
            if parameter in seen:
                self._broken.add(name)
                self._wrong(
                    f"`{parameter}` is there twice: it cannot be a parameter here",
                    self.program.span(first + 2 + 2 * k, first + 2 + 2 * k),
                    code="bad-parameter",
                    hint="call the parameter something else",
                )
            seen.add(parameter)
        # Parameters were parsed as variables before the line was known to be a definition.
        for parameter in parameters:
            for table in (self.program.names, self.program.constants):
                known = table.get(parameter)
                if known is not None and known.token > first:
                    del table[parameter]
                    del self._slots[parameter]
        self._used.clear()
        if is_reserved(name):
            self._taken(name, first, "is a function of the language already")
        else:
            self._is_free(name, first)
        for call in [call for call in self._plain if call[0] == name]:
            del self._plain[call]
        self._defining = defined = DefinedFunction(
            name,
            {p: self._leaf(None) for p in parameters},
            len(self._calls),
            {p: self._slots.get(p) for p in parameters},
        )
        self._slots.update(defined.parameters)
        return defined

    def definition(self, parts: list[Any], places: list[int], last: int) -> SourceLine:
        defined, defined.result = parts
        self._blanks.clear()
        self._note_uses(places[0], defined.parameters)
        defined.calls = self._calls[defined.start :]
        self._leave_function()
        if defined.name not in self._broken:
            self._functions[defined.name] = defined
            self.program.functions[defined.name] = tuple(defined.parameters)
        return SourceLine(None, defined.name, places[0], last)

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
        """Skip a line that cannot be parsed, and record the name that it would have defined."""
        if self._defining is not None:
            self._broken.add(self._defining.name)
            self._leave_function()

    def _is_free(self, name: str, token: int) -> bool:
        """Return whether a name may be defined; report an error if not."""
        known = self.program.names.get(name) or self.program.constants.get(name)
        if known is not None and known.token < token:
            hint = "give it its meaning in a line before it is used, or use another name"
            what = "constant" if name in self.program.constants else "variable"
            self._taken(name, token, f"is used before as a {what}", hint)
        elif known is not None:
            self._wrong(
                f"`{name}` stands in its own meaning",
                self.program.span(known.token, known.token),
                code="recursive-name",
                hint="use another name for one of the two",
            )
        elif name in self.program.definitions or name in self._functions:
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
        """Report `2,5`, which may be intended as a number, while `2, 5` is a vector."""
        tokens, depth = self.program.tokens, 0
        for k in range(first + 1, last - 1):
            left, comma, right = tokens[k - 1 : k + 2]
            depth += (comma.text in CLOSING) - (comma.text in CLOSING.values())
            adjoining = left.end == comma.start and comma.end == right.start
            whole = left.text.isdigit() or re.fullmatch(r"\d{1,3}(\.\d{3})", left.text)
            digits = whole and right.text[:1].isdigit()
            if comma.text == "," and not depth and adjoining and digits:
                grouped = "." in left.text or "." in right.text
                self._wrong(
                    f"`{left.text},{right.text}` could be one number or two",
                    Span(left.start, right.end),
                    code="ambiguous-comma",
                    hint=(
                        f"write `{left.text.replace('.', '_')}{'.' if '.' in left.text else '_'}"
                        f"{right.text}`"
                        if grouped
                        else f"a decimal point is written `{left.text}.{right.text}`, digits are"
                        " grouped as in `1_000`"
                    )
                    + f"; for two values write `{left.text}, {right.text}`",
                )
                return

    def _span(self, line: SourceLine) -> Span:
        return self.program.span(line.first, line.last)
