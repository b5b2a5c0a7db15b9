"""What the commands have in common: an expression, and where it is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff_cli.api import bind, chosen
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import ComputationError, ExpressionError, Span, UsageError
from autodiff_cli.language.names import CONSTANTS, function
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program

__all__ = ["Question", "ask"]

_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")


@dataclass(frozen=True)
class Question:
    """An expression with a value for each of its variables.

    Attributes
    ----------
    env
        The variables by name.
    y
        The value of the expression.
    places
        For each Variable that was computed on the way, the text it is the value of.
    traced
        Whether the variables have no values: all that is computed is nan.
    """

    program: Program
    env: Mapping[str, Variable]
    y: Variable
    places: Mapping[Variable, Span]
    traced: bool

    @property
    def fields(self) -> dict[str, Any]:
        """What every answer in JSON repeats of what was asked."""
        at = {} if self.traced else {name: x.data for name, x in self.env.items()}
        return {"expression": self.program.source, "at": at}

    def names(self, wrt: Sequence[str]) -> list[str]:
        """Return the variables to differentiate with respect to."""
        split = [name.strip() for names in wrt for name in names.split(",")]
        return chosen(self.program, split or None)


def ask(text: str, origin: str, at: Sequence[str], *, may_trace: bool = False) -> Question:
    """Read an expression and the values of its variables, and evaluate it.

    Parameters
    ----------
    text, origin
        The expression, and what to call the place it came from.
    at
        Assignments such as ``x=2`` or ``x=[1,2], y=pi/2``.
    may_trace
        Go on without any values: the graph is the same, and every value in it is nan.

    Raises
    ------
    AdiffError
        If the expression or an assignment cannot be read, or a value is missing.
    """
    program = parse(text, origin)
    given: dict[str, Any] = {}
    for assignment in at:
        for name, value in _assignments(assignment):
            if name in given:
                raise UsageError(f"`{name}` is given a value twice", code="repeated-value")
            given[name] = value
    traced = may_trace and not given and bool(program.variables())
    if traced:
        given = {name: np.nan for name in program.variables() if function(name) is None}
    env = bind(program, given)
    results = program.results(env)
    places = {
        result: step.span
        for step, result in zip(program.steps, results, strict=True)
        if isinstance(result, Variable)
    }
    return Question(program, env, as_variable(results[-1]), places, traced)


def _assignments(text: str) -> list[tuple[str, Any]]:
    """Read ``x=2`` or ``x=2, y=[3, 4]``."""
    pieces: list[str] = []
    depth = 0
    for piece in re.split(r"(,)", text):
        if piece == "," or not (depth == 0 and (_ASSIGNMENT.match(piece) or not pieces)):
            if pieces:
                pieces[-1] += piece
        else:
            pieces.append(piece)
        depth += sum(piece.count(c) for c in "([") - sum(piece.count(c) for c in ")]")
    return [_assignment(piece.rstrip(" ,") or text) for piece in pieces or [text]]


def _assignment(text: str) -> tuple[str, Any]:
    match = _ASSIGNMENT.match(text)
    if not match:
        raise UsageError(
            f"`--at {text}` does not say which variable has which value",
            code="bad-assignment",
            hint="write it as `--at x=2`",
        )
    name = match[1]
    if name in CONSTANTS:
        raise UsageError(
            f"`{name}` is a constant: it cannot be given a value",
            code="reserved-name",
            hint="call the variable something else",
        )
    try:
        program = parse(" " * match.end() + text[match.end() :], "--at")
        names = program.variables()
        if names:
            first = next(iter(names))
            raise ExpressionError(
                f"the value of `{name}` depends on `{first}`, but it has to be a number",
                code="bad-value",
                span=names[first],
            )
        return name, program.run({})
    except ExpressionError as error:
        raise _as_usage(error, text) from None
    except ComputationError as error:
        error.source = text
        raise


def _as_usage(error: ExpressionError, text: str) -> UsageError:
    """Return an error in the value of an option as one of usage, marked in the option's text."""
    empty = error.code == "empty-expression"
    return UsageError(
        f"`--at {text}` gives no value" if empty else error.message,
        code=error.code,
        hint="write it as `--at x=2`" if empty else error.hint,
        span=None if empty else error.span,
        source=text,
        origin="--at",
    )
