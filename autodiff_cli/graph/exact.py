"""Trace a program with exact numbers, which are those written in the text.

In the float64 trace of a program 0.1, pi and 1/3 are rounded before anything is computed.  Here
each number that float64 cannot represent is a leaf of the graph, and its exact value is stored
beside the graph.  Integers stay literals, so that rules see the same integer exponents; all other
numbers are Variables, so that rules compute with them in the graph without rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq, fmpz

from autodiff_cli.engine import Operation, Variable, as_variable, value_of
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.variable import replace_value, stored_value
from autodiff_cli.graph.ball_arithmetic import settled
from autodiff_cli.graph.balls import (
    FIRST_BITS,
    Balls,
    KnownNumbers,
    NoBallsError,
    Value,
    call,
    held,
    precision,
)
from autodiff_cli.graph.rounding import nearest_float
from autodiff_cli.language.literals import parts
from autodiff_cli.language.names import CONSTANTS
from autodiff_cli.language.program import Program, static_values

__all__ = ["Trace", "correct", "decimal", "exact_ends", "trace"]

MOST_WHOLE = 2.0**53
"""The bound below which float64 represents every integer."""

SMALL = 2.0**-80
"""The radius below which a ball that contains 0 is taken for 0."""

MOST_EXPONENT = 5000
"""The largest exponent of a decimal that is represented as a rational."""

_EXACT: dict[float, Callable[[], Any]] = {
    math.pi: arb.pi,
    math.tau: lambda: 2 * arb.pi(),
    math.e: arb.const_e,
}
"""The exact constants behind floats; other constants are represented exactly."""


class Trace:
    """A traced program.

    Attributes
    ----------
    slots
        The leaves and the result of each call, as returned by `Program.results`.
    env
        The variables by name.
    known
        Functions that return the numbers of leaves at the current precision.
    """

    def __init__(self, program: Program, slots: list[Any]) -> None:
        self.program = program
        self.slots = slots
        self.env: dict[str, Variable] = {}
        self.known = KnownNumbers()

    @property
    def y(self) -> Variable:
        """The result of the program."""
        return as_variable(self.slots[self.program.result])

    def value(self) -> Value:
        """Return the value of the result at the current precision."""
        y = self.slots[self.program.result]
        return Balls(self.known)[y] if isinstance(y, Variable) else held(y)


class _AssignedNumber:
    """The number that a variable is assigned by an expression, at the current precision."""

    def __init__(self, source: Trace) -> None:
        self.source = source

    def __call__(self) -> Value:
        """Return the number as a rational or a ball."""
        return self.source.value()

    def exact(self, evaluate: Evaluate, constant: Callable[[str], Any]) -> Value:
        """Return the number in an arithmetic with more numbers, which `evaluate` computes."""
        y = self.source.slots[self.source.program.result]
        return evaluate(self.source.known, y) if isinstance(y, Variable) else held(y)


class _LiteralNumber:
    """A number or list of numbers written in the text, at the current precision."""

    def __init__(self, program: Program, slot: int) -> None:
        self.program, self.slot = program, slot

    def __call__(self) -> Value:
        """Return the numbers as rationals or balls."""
        return _literal_value(self.program, self.slot)

    def exact(self, evaluate: Evaluate, constant: Callable[[str], Any]) -> Value:
        """Return the numbers in an arithmetic with more numbers, with its own constants."""
        return _literal_value(self.program, self.slot, constant)


Evaluate: TypeAlias = Callable[[Mapping[Variable, Callable[[], Value]], Variable], Value]
"""A function from numbers for the leaves of a graph, and a Variable, to the number there."""


def trace(program: Program, results: Sequence[Any], point: Mapping[str, Trace | None]) -> Trace:
    """Return a program traced with exact numbers.

    Parameters
    ----------
    results
        The float64 results of the program.
    point
        For each variable the trace of the expression of its value; None if the value is the float64
        number in ``results``.
    """
    slots = list(results)
    traced = Trace(program, slots)
    with paused_collector(), precision(FIRST_BITS):
        for name, (slot, _) in program.names.items():
            value = value_of(results[slot])
            x = traced.env[name] = slots[slot] = as_variable(value, name)
            source = point.get(name)
            traced.known[x] = partial(held, value) if source is None else _AssignedNumber(source)
        for slot in program.literals:
            leaf = program.leaves[~slot]
            if not _is_held(_literal_value(program, slot), leaf):
                x = slots[slot] = as_variable(leaf)
                traced.known[x] = _LiteralNumber(program, slot)
        for k, (operation, arguments, statics, _, _, _) in enumerate(program.calls):
            values = [slots[slot] for slot in arguments]
            params = static_values(operation, statics, results)
            if any(isinstance(value, Variable) for value in values):
                slots[k] = operation.apply(*values, **params)
            elif not _is_exact(operation, values, params, results[k]):
                slots[k] = operation.apply(*map(as_variable, values), **params)
    return traced


def _is_held(value: Value, rounded: Any) -> bool:
    """Return whether a value consists of integers that float64 represents exactly."""
    pairs = zip(np.ravel(_boxed(value)).tolist(), np.ravel(rounded).tolist(), strict=True)
    return all(
        type(x) is fmpq and x.q == 1 and abs(v) < MOST_WHOLE and x == int(v) for x, v in pairs
    )


def _boxed(value: Value) -> Any:
    return np.asarray(value, object)


def _is_exact(op: Operation, values: Sequence[Any], params: Mapping[str, Any], made: Any) -> bool:
    """Return whether float64 represents the result of a call on literals exactly."""
    try:
        return _is_held(call(op, [held(value) for value in values], params), made)
    except (NoBallsError, ArithmeticError, ValueError):
        return False


def _literal_value(
    program: Program, slot: int, named: Callable[[str], Any] = lambda name: None
) -> Value:
    """Return the number or list of numbers written in the text, at the current precision.

    Parameters
    ----------
    named
        A function that returns the value to use instead of the ball of a named constant, or None.
    """
    negative = False
    literal = program.literals.get(slot)
    while isinstance(literal, int):
        negative, slot = not negative, literal
        literal = program.literals.get(slot)
    if literal is None:
        value = held(program.leaves[~slot])
    elif isinstance(literal, str):
        known = None if literal not in CONSTANTS else named(literal)
        value = (
            known
            if known is not None
            else (constant(literal) if literal in CONSTANTS else decimal(literal))
        )
    else:
        parts = [_literal_value(program, part, named) for part in literal]
        value = np.empty((len(parts), *np.shape(program.leaves[~slot])[1:]), object)
        for k, part in enumerate(parts):
            value[k] = part
    return -value if negative else value


def constant(name: str) -> Value:
    """Return the value of a named constant at the current precision."""
    value = CONSTANTS[name]
    return _EXACT[value]() if value in _EXACT else arb(value)


def decimal(text: str) -> Value:
    """Return the value of a decimal with any exponent."""
    digits, places = parts(text)
    if not -MOST_EXPONENT < places < MOST_EXPONENT:
        return arb(f"{digits}e{places}")
    whole, power = fmpz(digits), fmpz(10) ** abs(places)
    return fmpq(whole * power) if places >= 0 else fmpq(whole, power)


def correct(traced: Trace) -> None:
    """Replace the float64 value of each call by the float64 nearest to its true value.

    Kinks and zeros are then detected where they truly are.
    """
    with precision(FIRST_BITS):
        balls = Balls(traced.known, values=traced.known.computed)
        for v in traced.slots:
            if isinstance(v, Variable) and v.operation is not None:
                try:
                    value = balls[v]
                except NoBallsError:
                    return
                replace_value(v, _corrected(value, stored_value(v)))


def exact_ends(low: Trace, high: Trace) -> tuple[fmpq, fmpq] | None:
    """Return rational bounds of the interval between two numbers; None if empty or unknown."""
    with precision(FIRST_BITS):
        ends = []
        for traced, sign in ((low, -1), (high, 1)):
            x = traced.value()
            if type(x) is not fmpq:
                x = settled(x.lower() if sign < 0 else x.upper())
            if type(x) is not fmpq:
                return None
            ends.append(x)
    return (ends[0], ends[1]) if ends[0] <= ends[1] else None


def _corrected(value: Value, rounded: Any) -> Any:
    if not np.shape(rounded):
        return _nearest(value, float(rounded))
    found = [_nearest(x, r) for x, r in zip(value.ravel(), rounded.ravel().tolist(), strict=True)]
    return np.array(found).reshape(rounded.shape)


def _nearest(x: Value, rounded: float) -> float:
    """Return the float64 nearest to a ball if it is determined, else ``rounded``."""
    nearest = nearest_float(x)
    if nearest is None and x.is_finite() and x.contains(0) and x.rad() < SMALL:
        return 0.0
    return rounded if nearest is None else nearest
