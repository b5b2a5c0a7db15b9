"""What the parser does at each rule of the grammar: it writes a step of the program.

Lark calls these methods while it parses, each with what its parts have given, so no tree is built.
Names and numbers of arguments are checked here; a wrong one is noted and reading goes on, so that
several mistakes can be reported together.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple, Protocol

from lark import Transformer, v_args

from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import ExpressionError, Span
from autodiff_cli.language.names import CONSTANTS, did_you_mean, function, functions, signature
from autodiff_cli.language.program import Apply, Literal, Name, Program, Step

__all__ = ["Builder"]


class Token(Protocol):
    """What the lexer makes: a string that knows where it stood."""

    value: str
    start_pos: int
    end_pos: int


class Part(NamedTuple):
    """What a rule has given: the step that computes it, and the text it came from."""

    slot: int
    start: int
    end: int


class Keyword(NamedTuple):
    """An argument given by name."""

    token: Token
    part: Part


@v_args(inline=True)
class Builder(Transformer[Any, Any]):
    """Writes the steps of one program."""

    def __init__(self) -> None:
        super().__init__()
        self.start(Program(""))

    def start(self, program: Program) -> None:
        """Begin to write another program."""
        self.program = program
        self.errors: list[ExpressionError] = []

    # --- numbers and names ---

    def number(self, token: Token) -> Part:
        value = float(token.value)
        if math.isinf(value):
            self._wrong(
                f"`{token.value}` is too large for a number",
                _span(token),
                code="number-too-large",
                hint="the largest is about 1.8e308; infinity is written `inf`",
            )
        return self._step(Literal(value, _span(token)))

    def name(self, token: Token) -> Part:
        name, span = token.value, _span(token)
        if name in CONSTANTS:
            return self._step(Literal(CONSTANTS[name], span))
        return self._step(Name(name, span))

    def group(self, opening: Token, part: Part, closing: Token) -> Part:
        return Part(part.slot, opening.start_pos, closing.end_pos)

    def vector(self, opening: Token, items: list[Part] | None, closing: Token) -> Part:
        span = Span(opening.start_pos, closing.end_pos)
        if not items:
            self._wrong("an empty list has no value", span, code="empty-list")
        return self._apply("stack", items or [], span)

    # --- operators ---

    def neg(self, sign: Token, part: Part) -> Part:
        return self._apply("neg", [part], Span(sign.start_pos, part.end))

    def pos(self, sign: Token, part: Part) -> Part:
        return Part(part.slot, sign.start_pos, part.end)

    add, sub, mul, div, matmul, pow = (
        (lambda self, x, y, name=name: self._apply(name, [x, y], Span(x.start, y.end)))
        for name in ("add", "sub", "mul", "div", "matmul", "pow")
    )

    # --- calls ---

    def items(self, *parts: Part | None) -> list[Part]:
        return [part for part in parts if part is not None]

    def arguments(self, *parts: Part | Keyword | None) -> list[Part | Keyword]:
        return [part for part in parts if part is not None]

    def keyword(self, token: Token, part: Part) -> Keyword:
        return Keyword(token, part)

    def call(self, token: Token, arguments: list[Part | Keyword] | None, closing: Token) -> Part:
        span = Span(token.start_pos, closing.end_pos)
        positional = [a for a in arguments or [] if isinstance(a, Part)]
        keywords = [a for a in arguments or [] if isinstance(a, Keyword)]
        operation = function(token.value)
        if operation is None:
            self._unknown_function(token, positional)
        elif self._arguments_fit(operation, token, span, positional, keywords):
            return self._call(operation, positional, keywords, span)
        return self._step(Literal(math.nan, span))

    def _call(
        self, operation: Operation, positional: list[Part], keywords: list[Keyword], span: Span
    ) -> Part:
        if operation.pairwise is not None and len(positional) > 1:
            pairwise = operation.pairwise.name
            return reduce(lambda x, y: self._apply(pairwise, [x, y], span), positional)
        arity = len(positional) if operation.variadic else operation.arity
        arguments = tuple(part.slot for part in positional)
        statics = dict(zip(operation.statics, arguments[arity:], strict=False))
        statics |= {k.token.value: k.part.slot for k in keywords}
        return self._step(Apply(operation, arguments[:arity], statics, span))

    def _arguments_fit(
        self,
        operation: Operation,
        token: Token,
        span: Span,
        positional: list[Part],
        keywords: list[Keyword],
    ) -> bool:
        least, most = operation.arity, operation.arity + len(operation.statics)
        open_ended = operation.variadic or operation.pairwise is not None
        if len(positional) < least or (len(positional) > most and not open_ended):
            takes = f"{least} argument{'s' * (least != 1)}"
            if open_ended:
                takes = f"{least} or more arguments"
            elif most > least:
                takes = f"{least} to {most} arguments"
            self._wrong(
                f"`{token.value}` takes {takes}, not {len(positional)}",
                span,
                code="wrong-number-of-arguments",
                hint=f"write `{signature(operation)}`",
            )
            return False
        free = operation.statics[0 if operation.variadic else len(positional) - least :]
        for keyword in keywords:
            if keyword.token.value not in free:
                self._wrong(
                    f"`{token.value}` has no argument `{keyword.token.value}` to be given by name",
                    _span(keyword.token),
                    code="unknown-argument",
                    hint=f"write `{signature(operation)}`",
                )
                return False
        return True

    def _unknown_function(self, token: Token, positional: list[Part]) -> None:
        name = token.value
        if name in CONSTANTS:
            hint = f"`{name}` is a constant; to multiply, write `{name}*(...)`"
        elif guess := did_you_mean(name, functions()):
            hint = guess
        elif len(positional) == 1:
            hint = f"if `{name}` is a variable to multiply by, write `{name}*(...)`"
        else:
            hint = "`adiff functions` lists them all"
        self._wrong(f"unknown function `{name}`", _span(token), code="unknown-function", hint=hint)

    # --- steps ---

    def _apply(self, name: str, parts: list[Part], span: Span) -> Part:
        return self._step(Apply(registry[name], tuple(part.slot for part in parts), {}, span))

    def _step(self, step: Step) -> Part:
        self.program.steps.append(step)
        return Part(len(self.program.steps) - 1, *step.span)

    def _wrong(self, message: str, span: Span, *, code: str, hint: str | None = None) -> None:
        self.errors.append(ExpressionError(message, code=code, hint=hint, **self.program.at(span)))


def _span(token: Token) -> Span:
    return Span(token.start_pos, token.end_pos)
