"""Reads a text: the tables of the grammar decide what is well formed, this follows them.

The automaton keeps a stack of its own, so no text is too deep.  Where a text goes wrong it takes
up again behind the bracket or the line it went wrong in, so that other mistakes are found too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from autodiff_cli.engine.config import paused_collector
from autodiff_cli.errors import Span
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import LINE_END, Kinds, closing_of, innermost_open, spelled
from autodiff_cli.language.program import Program
from autodiff_cli.language.tables import tables
from autodiff_cli.limits import Limits

__all__ = ["parse"]

MOST_MISTAKES = 10
"""After how many a text is given up: what is told beyond that helps nobody."""

# Symbols of the grammar that stand for what could not be read.
OPERAND, LINE = "operand", "line"


def parse(source: str, origin: str = "EXPR", limits: Limits | None = None) -> Program:
    """Return the program of a text.

    Parameters
    ----------
    source
        The text.
    origin
        What to call the place it came from in messages: ``EXPR``, a file's name, an option.
    limits
        How long it may be, and how much it may ask for.

    Raises
    ------
    ExpressionError
        If it is not an expression.  When several things are wrong that do not depend on each
        other, ``others`` of the error holds the rest.
    ComputationError
        If it goes beyond a limit.
    """
    program = Program(source, origin, limits or Limits())
    program.limits.check("length", len(source), "the text is too long")
    with paused_collector():
        texts = spelled(source)
        builder = Builder(program, texts)
        _Reading(texts, builder).run()
    if builder.errors:
        first, *others = sorted(builder.errors, key=lambda error: error.span or Span(0, 0))
        first.others = tuple(others)
        raise first
    return program


class _Jumps(dict[tuple[int, str, str], int]):
    """Where the automaton goes when something has been made before a token of some kind.

    Rules that only pass something on are followed here, once for all texts.
    """

    def __missing__(self, key: tuple[int, str, str]) -> int:
        state, made, kind = key
        states, rules = tables().states, tables().rules
        target = states[state][made]
        move = states[target].get(kind, 0)
        while move < 0 and rules[~move].action is None:
            target = states[state][rules[~move].origin]
            move = states[target].get(kind, 0)
        self[key] = target
        return target


@cache
def _jumps() -> _Jumps:
    return _Jumps()


class _Reading:
    """One text being read.

    Attributes
    ----------
    stack
        The states of the automaton on the way to where it is.
    values
        What each symbol on that way has given: a token its spelling, a rule what its action made.
    firsts
        The first token of each.
    """

    def __init__(self, texts: list[str], builder: Builder) -> None:
        self.texts = texts
        self.builder = builder
        self.kinds = Kinds()
        self.stack = [0]
        self.values: list[Any] = []
        self.firsts: list[int] = []
        actions = {None: _only, "+": _listed}
        self.rules: list[tuple[str, int, Callable[[list[Any], list[int], int], Any]]] = [
            (made, length, actions.get(action) or getattr(builder, str(action)))
            for made, length, action in tables().rules
        ]

    def run(self) -> None:
        """Read it to the end."""
        position = 0
        while position < len(self.texts) and len(self.builder.errors) < MOST_MISTAKES:
            position = self._read_from(position)

    def _read_from(self, position: int) -> int:
        """Read on from a token; return where to go on after a mistake."""
        states, rules, jumps, kinds = tables().states, self.rules, _jumps(), self.kinds
        stack, values, firsts, texts = self.stack, self.values, self.firsts, self.texts
        for index in range(position, len(texts)):
            text = texts[index]
            kind = kinds[text]
            move = states[stack[-1]].get(kind)
            if move is None and kind == LINE_END and ";" not in text:
                # Where something has to follow, the line goes on.
                continue
            while move is not None and move < 0:
                made, length, action = rules[~move]
                parts, places = values[-length:], firsts[-length:]
                del stack[-length:], values[-length:], firsts[-length:]
                values.append(action(parts, places, index))
                firsts.append(places[0])
                state = jumps[stack[-1], made, kind]
                stack.append(state)
                move = states[state].get(kind)
            if move is None:
                return self._recover(index)
            stack.append(move)
            values.append(text)
            firsts.append(index)
        return len(texts)

    # --- mistakes ---

    def _recover(self, index: int) -> int:
        """Complain of a token; return where to read on."""
        self.builder.misread(index)
        # Where brackets do not match there is no telling what they were to hold.
        mismatched = self.builder.errors[-1].code == "mismatched-bracket"
        return (not mismatched and self._behind_bracket(index)) or self._behind_line(index)

    def _behind_bracket(self, index: int) -> int | None:
        """Take what stands in the innermost open bracket for a value, if the bracket is closed."""
        opening = innermost_open(self.texts[:index])
        closing = None if opening is None else closing_of(self.texts, opening, index)
        if opening is None or closing is None or self.texts[closing + 1] == "=":
            return None
        self._unwind(opening)
        called = self.texts[opening] == "(" and self.firsts[-1:] == [opening - 1]
        if called and self.kinds[self.texts[opening - 1]] == "NAME":
            self._unwind(opening - 1)
        after = self.kinds[self.texts[closing + 1]]
        if OPERAND in tables().states[self.stack[-1]]:
            self._push(self.builder.nothing(), opening, _jumps()[self.stack[-1], OPERAND, after])
        return closing + 1

    def _behind_line(self, index: int) -> int:
        """Leave the rest of the line out."""
        states = tables().states
        while LINE not in states[self.stack[-1]]:
            self._unwind(self.firsts[-1])
        self.builder.leave_line()
        self._push(None, index, states[self.stack[-1]][LINE])
        for k in range(index, len(self.texts)):
            if self.kinds[self.texts[k]] == LINE_END:
                return k
        return len(self.texts)

    def _unwind(self, first: int) -> None:
        """Forget what was read from a token on."""
        while self.firsts and self.firsts[-1] >= first:
            self.stack.pop()
            self.values.pop()
            self.firsts.pop()

    def _push(self, value: Any, first: int, state: int) -> None:
        self.stack.append(state)
        self.values.append(value)
        self.firsts.append(first)


def _only(parts: list[Any], places: list[int], last: int) -> Any:
    return parts[0]


def _listed(parts: list[Any], places: list[int], last: int) -> list[Any]:
    """Make a list of what is repeated."""
    if isinstance(parts[0], list):
        parts[0].extend(parts[1:])
        return parts[0]
    return parts
