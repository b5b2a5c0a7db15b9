"""The actions of the parser for the grammar rules of expressions: they write calls to the program.

There is a method for each action named in the grammar.  Its arguments are the values of the
symbols of the rule, the first token of each symbol, and the token after the last one.  The value
of a token is its text, that of an expression the slot of its result.  Names and numbers of
arguments are checked here; an error is recorded and parsing continues, so that several errors can
be reported together.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import Span
from autodiff_cli.language.call_errors import CallErrors, DefinedFunction, Keyword
from autodiff_cli.language.lexer import Kinds
from autodiff_cli.language.literals import MOST_DIGITS
from autodiff_cli.language.names import (
    CONSTANTS,
    INFIX,
    PREFIXES,
    function,
    inverse_of,
)
from autodiff_cli.language.program import Name, Program, Static, moved
from autodiff_cli.language.program_writer import counted, values

__all__ = ["Expressions"]

MOST_AXES = 32
"""The deepest nesting of lists, because NumPy has no arrays of many more axes."""

_EXPONENTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Expressions(CallErrors):
    """Writes the calls of expressions."""

    def __init__(self, program: Program, texts: list[str], in_words: bool = True) -> None:
        super().__init__(program, texts, in_words)
        self._numbers: dict[str, int] = {}
        # The operation of a name and a number of arguments, if nothing else has to be checked.
        self._plain: dict[tuple[str, int], Operation] = {}
        self._inlined_calls = 0
        # The slots of constants, whose names may be given to variables later.
        self._constants: set[int] = set()
        # The names that the current line uses.
        self._used: set[str] = set()
        # The first token of the second factor of each product written with only a blank.
        self._blanks: list[int] = []

    # --- numbers and names ---

    def number(self, parts: list[Any], places: list[int], last: int) -> int:
        text = parts[0]
        slot = self._numbers.get(text)
        if slot is None:
            value = float(text)
            slot = self._numbers[text] = self._leaf(value)
            self.program.literals[slot] = text
            if math.isinf(value) and self.program.exact_value(slot) is None:
                most = f"it may have {MOST_DIGITS:,} digits at the most"
                self._too_large(places[0], last, most)
        return slot

    def _too_large(self, first: int, last: int, most: str) -> None:
        self._wrong(
            f"`{''.join(self.texts[first:last])}` is too large for a number",
            self.program.span(first, last),
            code="number-too-large",
            hint=f"{most}; infinity is written `inf`",
        )

    def name(self, parts: list[Any], places: list[int], last: int) -> int:
        name = parts[0]
        self._used.add(name)
        slot = self._slots.get(name)
        if slot is None:
            if name in CONSTANTS:
                slot = self._leaf(CONSTANTS[name])
                self._constants.add(slot)
                self.program.constants[name] = Name(slot, places[0])
                self.program.literals[slot] = name
            else:
                slot = self._leaf(None)
                self.program.names[name] = Name(slot, places[0])
            self._slots[name] = slot
        return slot

    def group(self, parts: list[Any], places: list[int], last: int) -> int:
        self._close_blanks(places[0])
        return parts[1]  # type: ignore[no-any-return]

    def _number_at(self, slot: int) -> Any:
        """Return the number in a slot; None if the slot is that of a call or a name."""
        plain = slot < 0 and slot not in self._constants and self.program.exact_value(slot) is None
        return self.program.leaves[~slot] if plain else None

    def vector(self, parts: list[Any], places: list[int], last: int) -> int:
        slots = values(parts[1:-1])
        if not slots:
            span = self.program.span(places[0], last)
            self._wrong("an empty list has no value", span, code="empty-list")
        self._check_blanks(places[0])
        known = [self._number_at(slot) for slot in slots]
        constant = all(value is not None for value in known)
        if constant and len({np.shape(value) for value in known}) == 1:
            if np.ndim(known[0]) >= MOST_AXES:
                if self.errors and self.errors[-1].code == "too-deep":
                    self.errors.pop()
                self._wrong(
                    f"lists stand more than {MOST_AXES} deep inside of each other",
                    self.program.span(places[0], last),
                    code="too-deep",
                )
                return slots[0]  # type: ignore[no-any-return]
            # A matrix of numbers is stored as one value, without a call for each of its rows.
            leaf = self._leaf(np.array(known, dtype=np.float64))
            self.program.literals[leaf] = slots
            return leaf
        return self._call("stack", slots, places[0], last)

    def nothing(self) -> int:
        """Return the slot of a placeholder for a value that could not be parsed."""
        return self._leaf(math.nan)

    # --- operators ---

    def infix(self, parts: list[Any], places: list[int], last: int) -> int:
        x, symbol, y = parts
        first, middle, _ = places
        calls = self._calls
        calls.append((INFIX[symbol], (x, y), None, first, middle, last))
        return len(calls) - 1

    def prefix(self, parts: list[Any], places: list[int], last: int) -> int:
        symbol, slot = parts
        if symbol == "+":
            return slot  # type: ignore[no-any-return]
        name = PREFIXES[symbol]
        value = self._number_at(slot)
        if name == "neg" and value is not None:
            leaf = self._leaf(-value)
            self.program.literals[leaf] = slot
            return leaf
        return self._call(name, [slot], places[0], last)

    def times(self, parts: list[Any], places: list[int], last: int) -> int:
        if self.texts[places[1]] == "[":
            self._wrong(
                f"`{parts[0]}[...]` could be a product or a part of `{parts[0]}`",
                self.program.span(places[0], last),
                code="ambiguous-product",
                hint=f"to multiply, write `{parts[0]}*{self._grouped(places[1], last)}`;"
                " a number has no parts",
            )
        number = self.number(parts[:1], places, places[1])
        return self._call("mul", [number, parts[1]], places[0], last)

    def _grouped(self, first: int, last: int) -> str:
        """Return the text of a list of one expression as a group in round brackets."""
        text = self.program.text(first, last)
        return text if "," in text or text[-1] != "]" else f"({text[1:-1]})"

    def beside(self, parts: list[Any], places: list[int], last: int) -> int:
        """Multiply adjacent operands: ``(x + 1)(x - 1)``, ``sin(x)cos(x)``."""
        (x, y), (first, second) = parts, places
        power = self.texts[second - 1]
        raised = Kinds()[power] == "SUPERSCRIPT" and second - 2 == first
        name = self.texts[first]
        if raised and function(name) is not None and name not in self.program.definitions:
            argument = self.program.text(second, last)
            argument = argument if argument[0] == "(" else f"({argument})"
            inverse = inverse_of(name) if power == "⁻¹" else None
            self._wrong(
                f"a power of `{name}` stands behind its argument",
                self.program.span(first, second),
                code="function-without-brackets",
                hint=f"write `{name}{argument}{power}`"
                + (f", or `{inverse}{argument}` for the inverse function" if inverse else ""),
            )
            # It is not a variable, and needs no further error.
            return y  # type: ignore[no-any-return]
        tokens = self.program.tokens
        if tokens[second - 1].end != tokens[second].start:
            self._blanks.append(second)
        return self._call("mul", [x, y], first, last)

    def _close_blanks(self, opening: int) -> None:
        """Discard the recorded blanks inside of brackets, unless these span several lines."""
        while self._blanks and self._blanks[-1] > opening:
            self._check_lines(self._blanks.pop())

    def _check_blanks(self, opening: int) -> None:
        """Report a blank between factors in a list, because it may separate two elements."""
        while self._blanks and self._blanks[-1] > opening:
            second = self._blanks.pop()
            tokens = self.program.tokens
            span = Span(tokens[second - 1].start, tokens[second].end)
            left, right = tokens[second - 1].text, tokens[second].text
            self._wrong(
                f"`{left} {right}` in a list could be a product or two values",
                span,
                code="ambiguous-product",
                hint="to multiply, write `*` between them; for two values write `,`",
            )

    def _check_lines(self, second: int) -> None:
        tokens = self.program.tokens
        left, right = tokens[second - 1], tokens[second]
        if "\n" in self.program.source[left.end : right.start]:
            self._wrong(
                f"an operator is missing between `{left.text}` and `{right.text}`",
                Span(left.start, right.end),
                code="missing-operator",
                hint="to multiply, write `*` between them",
            )

    def chain(self, parts: list[Any], places: list[int], last: int) -> int:
        x, (symbol, y, *rest) = parts
        self._calls.append((INFIX[symbol], (x, y), None, places[0], places[1], last))
        result = len(self._calls) - 1
        for symbol, z in zip(rest[::2], rest[1::2], strict=True):
            y, compared = z, self._apply(INFIX[symbol], [y, z], places[0], last)
            result = self._call("logical_and", [result, compared], places[0], last)
        return result

    def conditional(self, parts: list[Any], places: list[int], last: int) -> int:
        x, _, condition, _, y = parts
        return self._call("where", [condition, x, y], places[0], last)

    def raised(self, parts: list[Any], places: list[int], last: int) -> int:
        slot, exponent = parts
        value = float(exponent.translate(_EXPONENTS))
        if math.isinf(value):
            self._too_large(places[1], last, "the largest is about 1.8e308")
        return self._call("pow", [slot, self._leaf(value)], places[0], last)

    # --- indices ---

    def index(self, parts: list[Any], places: list[int], last: int) -> int:
        operand, _, subscripts, _ = parts
        statics = {"index": tuple(subscripts)}
        return self._apply(registry["getitem"], [operand], places[0], last, statics)

    def subscripts(self, parts: list[Any], places: list[int], last: int) -> list[Static]:
        return values(parts)

    def section(self, parts: list[Any], places: list[int], last: int) -> slice:
        bounds: list[int | None] = [None]
        for part in parts:
            if part == ":":
                bounds.append(None)
            else:
                bounds[-1] = part
        return slice(*bounds)

    def transposed(self, parts: list[Any], places: list[int], last: int) -> int:
        return self._call("transpose", [parts[0]], places[0], last)

    # --- calls ---

    def items(self, parts: list[Any], places: list[int], last: int) -> list[int]:
        return values(parts)

    def arguments(self, parts: list[Any], places: list[int], last: int) -> list[int | Keyword]:
        return values(parts) if len(parts) > 1 else parts

    def keyword(self, parts: list[Any], places: list[int], last: int) -> Keyword:
        return Keyword(parts[0], parts[2], places[0])

    def call(self, parts: list[Any], places: list[int], last: int) -> int:
        name, arguments = parts[0], parts[2] if len(parts) > 3 else []
        if self._blanks:
            self._close_blanks(places[0])
        operation = self._plain.get((name, len(arguments)))
        if operation is not None and Keyword not in map(type, arguments):
            return self._apply(operation, arguments, places[0], last)
        positional = [a for a in arguments if not isinstance(a, Keyword)]
        keywords = [a for a in arguments if isinstance(a, Keyword)]
        if (defined := self._functions.get(name)) is not None:
            self._used.add(name)
            return self._inlined(defined, positional, keywords, places[0], last)
        own = self._defining is not None and name == self._defining.name
        operation = None if own else function(name)
        if operation is None:
            self._unknown_function(name, places[0], last, positional)
        elif self._arguments_fit(operation, name, places[0], last, positional, keywords):
            if len(positional) == operation.arity and not operation.variadic:
                self._plain[name, len(positional)] = operation
            return self._called(operation, positional, keywords, places[0], last)
        return self.nothing()

    def _called(
        self,
        operation: Operation,
        positional: list[int],
        keywords: list[Keyword],
        first: int,
        last: int,
    ) -> int:
        if operation.pairwise is not None and len(positional) > 1:
            pairwise = operation.pairwise
            return reduce(lambda x, y: self._apply(pairwise, [x, y], first, last), positional)
        arity = len(positional) if operation.variadic else operation.arity
        if operation.metadata.leading:
            before = len(positional) - arity
            positional = positional[before:] + positional[:before]
        statics: dict[str, Static] = dict(zip(operation.statics, positional[arity:], strict=False))
        statics |= {keyword.name: keyword.slot for keyword in keywords}
        return self._apply(operation, positional[:arity], first, last, statics or None)

    def _inlined(
        self,
        defined: DefinedFunction,
        positional: list[int],
        keywords: list[Keyword],
        first: int,
        last: int,
    ) -> int:
        """Write the calls of a function that the text defines, applied to some arguments."""
        names = list(defined.parameters)
        if keywords or len(positional) != len(names):
            self._wrong(
                f"`{defined.name}` takes {counted(len(names))}, not {len(positional)}"
                if not keywords
                else f"`{defined.name}` takes no arguments by name",
                self.program.span(first, last),
                code="wrong-number-of-arguments",
                hint=f"write `{defined.name}({', '.join(names)})`",
            )
            return self.nothing()
        # Count every use, in a definition too, because calls are inlined there as well.
        self._inlined_calls += len(defined.calls)
        if self._inlined_calls > self.program.limits.calls:
            what = f"`{defined.name}` and the functions in it are used too often"
            self._check_calls(self._inlined_calls, what, self.program.span(first, last))
        given = dict(zip(defined.parameters.values(), positional, strict=True))
        shift = len(self._calls) - defined.start

        def to(slot: int) -> int:
            return slot + shift if slot >= defined.start else given.get(slot, slot)

        for call in defined.calls:
            operation, slots, statics, first, middle, last = call
            there = statics and {name: moved(static, to) for name, static in statics.items()}
            self._calls.append((operation, tuple(map(to, slots)), there, first, middle, last))
        return to(defined.result)
