"""What the parser does at each rule of the grammar: it writes calls into the program.

There is a method for each name in the grammar.  It is given what the symbols of the rule have
given, the tokens they begin with, and the token behind them; a token gives its spelling, an
expression the slot its value will be in.  Names and numbers of arguments are checked here; a wrong
one is noted and reading goes on, so that several mistakes can be reported together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import ComputationError, ExpressionError, Span
from autodiff_cli.language.lexer import CLOSING, closing_of
from autodiff_cli.language.names import (
    CONSTANTS,
    INFIX,
    PREFIXES,
    did_you_mean,
    function,
    functions,
    signature,
)
from autodiff_cli.language.program import Name, Program, Static, moved

__all__ = ["Builder"]

MOST_HINTS = 20
"""After how many mistakes no hint is looked for any more: finding near names takes time."""

MOST_LETTERS = 50
"""How long a name may be for near ones to be looked for."""

MOST_AXES = 32
"""How deep lists may be nested: NumPy has no arrays of many more axes."""

_EXPONENTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Keyword(NamedTuple):
    """An argument given by name, and the token of that name."""

    name: str
    slot: int
    token: int


class Line(NamedTuple):
    """What a line gives, None if it only says what a name means; and its tokens."""

    slot: int | None
    means: str | None
    first: int
    last: int


@dataclass
class Function:
    """A function that the text defines: its calls, written as if they stood where it is defined."""

    name: str
    parameters: dict[str, int]
    start: int
    shadowed: dict[str, int | None]
    calls: list[Any] = field(default_factory=list)
    result: int = 0


class Builder:
    """Writes one program.

    Attributes
    ----------
    texts
        The tokens being read.
    errors
        The mistakes found so far.
    """

    def __init__(self, program: Program, texts: list[str]) -> None:
        self.program = program
        self.texts = texts
        self.errors: list[ExpressionError] = []
        self._calls = program.calls
        self._slots: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._functions: dict[str, Function] = {}
        # What a name with so many arguments calls, where no more has to be looked at.
        self._plain: dict[tuple[str, int], Operation] = {}
        self._broken: set[str] = set()
        self._defining: Function | None = None
        self._inlined_calls = 0

    # --- lines ---

    def start(self, parts: list[Any], places: list[int], last: int) -> None:
        lines = [line for line in _flat(parts) if not isinstance(line, str)]
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
        slots = _values(parts)
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
        named = all(isinstance(a, int) for a in _values(parts[2:3])) and all(
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

    # --- numbers and names ---

    def number(self, parts: list[Any], places: list[int], last: int) -> int:
        text = parts[0]
        slot = self._numbers.get(text)
        if slot is None:
            value = self._finite(float(text), places[0], last)
            slot = self._numbers[text] = self._leaf(value)
        return slot

    def _finite(self, value: float, first: int, last: int) -> float:
        if math.isinf(value):
            self._wrong(
                f"`{''.join(self.texts[first:last])}` is too large for a number",
                self.program.span(first, last),
                code="number-too-large",
                hint="the largest is about 1.8e308; infinity is written `inf`",
            )
        return value

    def name(self, parts: list[Any], places: list[int], last: int) -> int:
        name = parts[0]
        slot = self._slots.get(name)
        if slot is None:
            if name in CONSTANTS:
                slot = self._leaf(CONSTANTS[name])
            else:
                slot = self._leaf(None)
                self.program.names[name] = Name(slot, places[0])
            self._slots[name] = slot
        return slot

    def group(self, parts: list[Any], places: list[int], last: int) -> int:
        return parts[1]  # type: ignore[no-any-return]

    def vector(self, parts: list[Any], places: list[int], last: int) -> int:
        slots = _values(parts[1:-1])
        if not slots:
            span = self.program.span(places[0], last)
            self._wrong("an empty list has no value", span, code="empty-list")
        values: list[Any] = [self.program.leaves[~slot] if slot < 0 else None for slot in slots]
        known = all(value is not None for value in values)
        if known and len({np.shape(value) for value in values}) == 1:
            if np.ndim(values[0]) >= MOST_AXES:
                if self.errors and self.errors[-1].code == "too-deep":
                    self.errors.pop()
                self._wrong(
                    f"lists stand more than {MOST_AXES} deep inside of each other",
                    self.program.span(places[0], last),
                    code="too-deep",
                )
                return slots[0]  # type: ignore[no-any-return]
            # A matrix of numbers is one value, not a call for each of its rows.
            return self._leaf(np.array(values, dtype=np.float64))
        return self._call("stack", slots, places[0], last)

    def nothing(self) -> int:
        """Return the slot of a value that could not be read."""
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
        value = self.program.leaves[~slot] if slot < 0 else None
        if name == "neg" and value is not None:
            return self._leaf(-value)
        return self._call(name, [slot], places[0], last)

    def times(self, parts: list[Any], places: list[int], last: int) -> int:
        if self.texts[places[1]] == "[":
            self._wrong(
                f"`{parts[0]}[...]` could be a product or a part of `{parts[0]}`",
                self.program.span(places[0], last),
                code="ambiguous-product",
                hint=f"to multiply, write `{parts[0]}*[...]`; a number has no parts",
            )
        number = self.number(parts[:1], places, places[1])
        return self._call("mul", [number, parts[1]], places[0], last)

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
        value = self._finite(float(exponent.translate(_EXPONENTS)), places[1], last)
        return self._call("pow", [slot, self._leaf(value)], places[0], last)

    # --- indices ---

    def index(self, parts: list[Any], places: list[int], last: int) -> int:
        operand, _, subscripts, _ = parts
        statics = {"index": tuple(subscripts)}
        return self._apply(registry["getitem"], [operand], places[0], last, statics)

    def subscripts(self, parts: list[Any], places: list[int], last: int) -> list[Static]:
        return _values(parts)

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
        return _values(parts)

    def arguments(self, parts: list[Any], places: list[int], last: int) -> list[int | Keyword]:
        return _values(parts) if len(parts) > 1 else parts

    def keyword(self, parts: list[Any], places: list[int], last: int) -> Keyword:
        return Keyword(parts[0], parts[2], places[0])

    def call(self, parts: list[Any], places: list[int], last: int) -> int:
        name, arguments = parts[0], parts[2] if len(parts) > 3 else []
        operation = self._plain.get((name, len(arguments)))
        if operation is not None and Keyword not in map(type, arguments):
            return self._apply(operation, arguments, places[0], last)
        positional = [a for a in arguments if not isinstance(a, Keyword)]
        keywords = [a for a in arguments if isinstance(a, Keyword)]
        if (defined := self._functions.get(name)) is not None:
            return self._inlined(defined, positional, keywords, places[0], last)
        operation = function(name)
        if operation is None:
            self._unknown_function(name, places[0], positional)
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
        statics: dict[str, Static] = dict(zip(operation.statics, positional[arity:], strict=False))
        statics |= {keyword.name: keyword.slot for keyword in keywords}
        return self._apply(operation, positional[:arity], first, last, statics or None)

    def _inlined(
        self,
        defined: Function,
        positional: list[int],
        keywords: list[Keyword],
        first: int,
        last: int,
    ) -> int:
        """Write the calls of a function that the text defines, on these arguments."""
        names = list(defined.parameters)
        if keywords or len(positional) != len(names):
            self._wrong(
                f"`{defined.name}` takes {_counted(len(names))}, not {len(positional)}"
                if not keywords
                else f"`{defined.name}` takes no arguments by name",
                self.program.span(first, last),
                code="wrong-number-of-arguments",
                hint=f"write `{defined.name}({', '.join(names)})`",
            )
            return self.nothing()
        # Counted wherever it is used, in a definition too, for there it is written out as well.
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
            takes = _counted(least)
            if open_ended:
                takes = f"{least} or more arguments"
            elif most > least:
                takes = f"{least} to {most} arguments"
            self._wrong(
                f"`{name}` takes {takes}, not {len(positional)}",
                self.program.span(first, last),
                code="wrong-number-of-arguments",
                hint=f"write `{signature(operation)}`",
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
                    hint=f"write `{signature(operation)}`",
                )
                return False
            free.remove(keyword.name)
        return True

    def _unknown_function(self, name: str, token: int, positional: Sequence[int]) -> None:
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
        from autodiff_cli.language.complaints import look_alike

        known = [*self._functions, *functions()]
        alike = look_alike(name)
        hint: str | None = "`adiff functions` lists them all"
        if len(self.errors) > MOST_HINTS:
            hint = None
        elif name in CONSTANTS:
            hint = f"`{name}` is a constant; to multiply, write `{name}*(...)`"
        elif alike in known:
            hint = f"it looks like `{alike}`, but with letters of another script"
        elif len(name) < MOST_LETTERS and (guess := did_you_mean(name, known)):
            hint = guess
        elif len(positional) == 1:
            hint = f"if `{name}` is a variable to multiply by, write `{name}*(...)`"
        self._wrong(f"unknown function `{name}`", span, code="unknown-function", hint=hint)

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

    def misread(self, index: int) -> None:
        """Complain of a token that cannot stand where it stands."""
        from autodiff_cli.language.complaints import about

        message, hint, span, code = about(self.program.source, self.program.words, index)
        self._wrong(message, span, code=code, hint=hint)
        # What the line was to define is not unknown for that.
        first = index
        while first and self.texts[first - 1][:1] not in (";", "\n"):
            first -= 1
        if self.texts[first + 1 : first + 2] == ["("]:
            closing = closing_of(self.texts, first + 1, first + 2)
            if closing is not None and self.texts[closing + 1] == "=":
                self._broken.add(self.texts[first])

    def _span(self, line: Line) -> Span:
        return self.program.span(line.first, line.last)

    def _wrong(self, message: str, span: Span, *, code: str, hint: str | None = None) -> None:
        self.errors.append(ExpressionError(message, code=code, hint=hint, **self.program.at(span)))


def _flat(parts: Sequence[Any]) -> list[Any]:
    """Return parts with what is repeated, which comes as a list, among them."""
    return [p for part in parts for p in (part if isinstance(part, list) else (part,))]


def _values(parts: Sequence[Any]) -> list[Any]:
    """Return what parts have given, without the commas between them."""
    return [part for part in _flat(parts) if part != ","]


def _counted(n: int) -> str:
    return f"{n} argument{'s' * (n != 1)}"
