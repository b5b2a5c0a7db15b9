"""The parser: an LALR(1) automaton that runs on the tables of the grammar.

The automaton has an explicit stack, so the nesting depth of a text is not limited by recursion.
After a syntax error it continues after the enclosing bracket or line, in order to find further
errors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from autodiff_cli.engine.config import paused_collector
from autodiff_cli.errors import ComputationError, ExpressionError, Span
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import LINE_END, Kinds, closing_of, innermost_open, token_texts
from autodiff_cli.language.parse_tables import END, tables
from autodiff_cli.language.program import Program
from autodiff_cli.limits import Limits

__all__ = ["parse"]

MOST_MISTAKES = 10
"""The number of errors after which parsing stops, because more of them do not help."""

# The symbols of the grammar that replace a part of the text that cannot be parsed.
OPERAND, LINE = "operand", "line"


def parse(source: str, origin: str = "EXPR", limits: Limits | None = None) -> Program:
    """Return the program of a text.

    Parameters
    ----------
    source
        The text.
    origin
        The name of its origin in messages: ``EXPR``, the name of a file, or an option.
    limits
        The limits of its length and of the work that it may require.

    Raises
    ------
    ExpressionError
        If it is not an expression.  If there are several errors that do not depend on each
        other, the attribute ``others`` of the first one contains the rest.
    ComputationError
        If it exceeds a limit.
    """
    program = Program(source, origin, limits or Limits())
    program.limits.check("length", len(source), "the text is too long")
    if errors := _read(program):
        from autodiff_cli.language.rewritten import with_line

        first, *others = sorted(errors, key=lambda error: error.span or Span(0, 0))
        first.others = tuple(others)
        first.hint = with_line(first)
        raise first
    return program


def can_be_read(source: str) -> bool:
    """Return whether a text can be parsed, without composing messages."""
    try:
        return not _read(Program(source), in_words=False)
    except ComputationError:
        return False


def _read(program: Program, in_words: bool = True) -> list[ExpressionError]:
    """Write the calls of a program from its text and return the errors in the text.

    Parameters
    ----------
    in_words
        Whether to find all errors and compose their messages; otherwise only find the first.
    """
    with paused_collector():
        texts = token_texts(program.source)
        builder = Builder(program, texts, in_words)
        _ParserState(texts, builder).run(MOST_MISTAKES if in_words else 1)
    return builder.errors


class _Goto(dict[str, int]):
    """The state after a reduction to a symbol in a given state, by the kind of the next token.

    Rules that only pass on a value are reduced here, once for all texts.
    """

    def __init__(self, state: int, made: str) -> None:
        super().__init__()
        self.state = state
        self.made = made

    def __missing__(self, kind: str) -> int:
        states, rules = tables().states, tables().rules
        target = states[self.state][self.made]
        move = states[target].get(kind, 0)
        while move < 0 and rules[~move].action is None:
            target = states[self.state][rules[~move].origin]
            move = states[target].get(kind, 0)
        self[kind] = target
        return target


@cache
def _gotos() -> list[dict[str, _Goto]]:
    """Return for each state its gotos, by symbol."""
    made = {rule.origin for rule in tables().rules}
    return [
        {symbol: _Goto(k, symbol) for symbol in transitions.keys() & made}
        for k, transitions in enumerate(tables().states)
    ]


class _ParserState:
    """The parse of one text.

    Attributes
    ----------
    state
        The current state of the automaton.
    state_stack
        The stack of states: for each symbol on the stack, the state before it.
    value_stack
        The stack of values: the text of a token, or the result of the action of a rule.
    position_stack
        The stack of positions: the index of the first token of each symbol.
    """

    def __init__(self, texts: list[str], builder: Builder) -> None:
        kinds = Kinds()
        self.texts = texts
        self.kinds = [kinds[text] for text in texts]
        self.builder = builder
        self.state = 0
        self.state_stack: list[int] = []
        self.value_stack: list[Any] = []
        self.position_stack: list[int] = []
        actions = {None: _only, "+": _listed}
        self.rules: list[tuple[str, int, Callable[[list[Any], list[int], int], Any]]] = [
            (made, length, actions.get(action) or getattr(builder, str(action)))
            for made, length, action in tables().rules
        ]

    def run(self, most: int = MOST_MISTAKES) -> None:
        """Parse to the end of the text, or until ``most`` errors are found."""
        position = 0
        while position < len(self.texts) and len(self.builder.errors) < most:
            position = self._read_from(position)

    def _read_from(self, position: int) -> int:
        """Parse from a token on; return the token at which to continue after an error."""
        states, rules, gotos = tables().states, self.rules, _gotos()
        texts, kinds = self.texts, self.kinds
        state, state_stack = self.state, self.state_stack
        value_stack, position_stack = self.value_stack, self.position_stack
        for index in range(position, len(texts)):
            kind = kinds[index]
            try:
                move = states[state][kind]
                while move < 0:
                    made, length, action = rules[~move]
                    value = action(value_stack[-length:], position_stack[-length:], index)
                    if length > 1:
                        del state_stack[1 - length :], value_stack[1 - length :]
                        del position_stack[1 - length :]
                    value_stack[-1] = value
                    state = gotos[state_stack[-1]][made][kind]
                    move = states[state][kind]
            except KeyError:
                if kind in states[state]:
                    raise
                if kind == LINE_END and ";" not in texts[index]:
                    # Where an incomplete line must continue, its end has no meaning.
                    continue
                self.state = state
                return self._recover(index)
            state_stack.append(state)
            value_stack.append(texts[index])
            position_stack.append(index)
            state = move
        return len(texts)

    # --- mistakes ---

    def _recover(self, index: int) -> int:
        """Report an unexpected token and return the token at which to continue."""
        self.builder.unexpected_token(index)
        # If brackets do not match, their intended content is unknown.
        mismatched = self.builder.errors[-1].code == "mismatched-bracket"
        return (not mismatched and self._behind_bracket(index)) or self._behind_line(index)

    def _behind_bracket(self, index: int) -> int | None:
        """Replace the innermost open bracket by a placeholder value, if the bracket is closed."""
        opening = innermost_open(self.texts[:index])
        closing = None if opening is None else closing_of(self.texts, opening, index)
        if opening is None or closing is None or self.texts[closing + 1] == "=":
            return None
        self._unwind(opening)
        called = self.texts[opening] == "(" and self.position_stack[-1:] == [opening - 1]
        if called and self.kinds[opening - 1] == "NAME":
            self._unwind(opening - 1)
        if OPERAND in _gotos()[self.state]:
            self._push(self.builder.nothing(), opening, OPERAND, closing + 1)
        return closing + 1

    def _behind_line(self, index: int) -> int:
        """Skip the rest of the line."""
        while LINE not in _gotos()[self.state]:
            self._unwind(self.position_stack[-1])
        self.builder.leave_line()
        end = index
        while self.kinds[end] not in (LINE_END, END):
            end += 1
        self._push(None, index, LINE, end)
        return end

    def _unwind(self, first: int) -> None:
        """Remove everything from the stacks that begins at or after a token."""
        while self.position_stack and self.position_stack[-1] >= first:
            self.state = self.state_stack.pop()
            self.value_stack.pop()
            self.position_stack.pop()

    def _push(self, value: Any, place: int, made: str, following: int) -> None:
        """Push a symbol onto the stacks as if it had been parsed."""
        self.state_stack.append(self.state)
        self.value_stack.append(value)
        self.position_stack.append(place)
        self.state = _gotos()[self.state][made][self.kinds[following]]


def _only(parts: list[Any], places: list[int], last: int) -> Any:
    return parts[0]


def _listed(parts: list[Any], places: list[int], last: int) -> list[Any]:
    """Return the values of a repetition as a list."""
    if isinstance(parts[0], list):
        parts[0].extend(parts[1:])
        return parts[0]
    return parts
