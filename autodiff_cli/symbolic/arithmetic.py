"""What operations make of terms: arithmetic is worked out, all else is a function of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from autodiff_cli.engine import Operation, registry
from autodiff_cli.language.exact_numbers import exact
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.symbolic.nodes import (
    Apply,
    Constant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    Vanished,
)
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["CONSTANTS", "applied", "literal", "number", "of_program", "substituted", "vanishing"]

CONSTANTS = {
    math.pi: "pi",
    math.e: "e",
    math.log(2.0): "log(2)",
    math.log(10.0): "log(10)",
    2.0 / math.sqrt(math.pi): "2/sqrt(pi)",
    1.0 / math.sqrt(math.tau): "1/sqrt(2*pi)",
    math.sqrt(0.5): "1/sqrt(2)",
    math.sqrt(2.0): "sqrt(2)",
    math.sqrt(math.tau): "sqrt(2*pi)",
    math.sqrt(math.pi / 2): "sqrt(pi/2)",
}
"""Floats that stand for something better known."""


_MOST_TURNS = 10**6
"""How many times pi a number may be that is written so."""


def applied(to: Algebra, operation: Operation, arguments: list[Term], params: Any = None) -> Term:
    """Return what an operation makes of terms."""
    match operation.name, arguments:
        case "add", [x, y]:
            return to.add(x, y)
        case "sub", [x, y]:
            return to.add(x, to.negative(y))
        case "mul", [x, y]:
            return to.multiply(x, y)
        case "div", [x, y]:
            return to.divide(x, y)
        case "pow", [x, y]:
            return to.raised(x, y)
        case "neg", [x]:
            return to.negative(x)
        case "sinc_derivative", [x]:
            return _sinc_derivative(to, x, params["n"])
        case "atan_derivative", [x]:
            return _atan_derivative(to, x, params["n"])
        case "power_logarithm", [x, n]:
            return _power_logarithm(to, x, n, params["k"])
        case "where", [c, *branches]:
            x, y = (to.zero if isinstance(b, Vanished) else b for b in branches)
            while isinstance(c, Apply) and c.name == "where":
                inner, *truth = c.arguments
                if truth == [to.zero, to.one]:
                    x, y = y, x
                elif truth != [to.one, to.zero]:
                    break
                c = inner
            if isinstance(c, Number):
                return x if c.value else y
            if isinstance(x, Apply) and x.name == "where" and x.arguments[0] is c:
                x = x.arguments[1]
            if isinstance(y, Apply) and y.name == "where" and y.arguments[0] is c:
                y = y.arguments[2]
            if x is y:
                return x
            c, x, y = _merged(to, c, x, y)
            arguments = [c, x, y]
    if operation.moves and params and params.get("shape") == ():
        return to.apply("sum", arguments)
    linear = operation.moves and set(arguments) == {to.zero}
    if linear or (operation.name == "matmul" and to.zero in arguments):
        # A zero has lost its shape, and fits any.
        return to.zero
    return to.apply(operation.name, arguments, params)


def _power_logarithm(to: Algebra, x: Term, n: Term, k: int) -> Term:
    """Write a derivative of a power by its exponent, which is 0 where the power is constantly 0."""
    logarithm = to.raised(to.apply("log", [x]), to.number(Fraction(k)))
    found = to.multiply(to.raised(x, n), logarithm)
    vanishes = vanishing(to, x, n)
    return found if vanishes is None else applied(to, registry["where"], [vanishes, to.zero, found])


def vanishing(to: Algebra, base: Term, exponent: Term) -> Term | None:
    """Return where a power of a number by a variable is constantly 0; None if it is nowhere."""
    if (
        isinstance(exponent, Number)
        or not isinstance(base, Number)
        or base.value not in (0, math.inf)
    ):
        return None
    return to.apply("greater" if base.value == 0 else "less", [exponent, to.zero])


def _merged(to: Algebra, condition: Term, x: Term, y: Term) -> list[Term]:
    """Return a choice with one of the same value in one of its branches as one choice."""
    while isinstance(y, Apply) and y.name == "where" and y.arguments[1] is x:
        condition = to.apply("logical_or", [condition, y.arguments[0]])
        y = y.arguments[2]
    while isinstance(x, Apply) and x.name == "where" and x.arguments[2] is y:
        condition = to.apply("logical_and", [condition, x.arguments[0]])
        x = x.arguments[1]
    return [condition, x, y]


def _sinc_derivative(to: Algebra, x: Term, n: int) -> Term:
    """Write a derivative of sinc by those of sin: x s(n) + n s(n-1) is the n-th one of sin."""
    sine, cosine = to.apply("sin", [x]), to.apply("cos", [x])
    term = to.divide(sine, x)
    for k in range(1, n + 1):
        outer = (sine, cosine, to.negative(sine), to.negative(cosine))[k % 4]
        term = to.combine([(to.divide(outer, x), Fraction(1)), (to.divide(term, x), Fraction(-k))])
    return term


def _atan_derivative(to: Algebra, x: Term, n: int) -> Term:
    """Write a derivative of atan: a polynomial over a power of 1 + x**2."""
    # The coefficients of the imaginary part of (x + i)**n.
    scale = Fraction((-1) ** (n - 1) * math.factorial(n - 1))
    powers = [
        (to.raised(x, to.number(Fraction(n - k))), scale * (-1) ** (k // 2) * math.comb(n, k))
        for k in range(1, n + 1, 2)
    ]
    square = to.raised(x, to.number(Fraction(2)))
    denominator = to.add(square, to.one)
    return to.divide(to.combine(powers), to.raised(denominator, to.number(Fraction(n))))


def of_program(to: Algebra, program: Program, result: int | None = None) -> Term:
    """Return the term of a program without static parameters, or of one of its slots."""
    leaves = {slot: to.symbol(name) for name, (slot, _) in program.names.items()}
    results: list[Term] = []

    def term(slot: int) -> Term:
        if slot >= 0:
            return results[slot]
        return leaves.get(slot) or literal(to, program, slot)

    for call in program.calls:
        operation, slots, *_ = call
        results.append(applied(to, operation, [term(slot) for slot in slots]))
    return term(program.result if result is None else result)


def substituted(to: Algebra, term: Term, values: Mapping[str, Term]) -> Term:
    """Return a term of the table with other things in the place of its symbols."""
    match term:
        case Number():
            return to.number(term.value)
        case Constant():
            return to.constant(term.name)
        case Symbol():
            return values.get(term.name) or to.symbol(term.name)
        case Sum():
            parts = [(substituted(to, part, values), weight) for part, weight in term.parts.items()]
            return to.combine([*parts, (to.one, term.constant)])
        case Product():
            powers = [
                (substituted(to, b, values), substituted(to, n, values))
                for b, n in term.powers.items()
            ]
            return to.collect([*powers, (to.number(term.coefficient), to.one)])
        case Apply():
            return to.apply(term.name, (substituted(to, a, values) for a in term.arguments))
    raise AssertionError(term)


def literal(to: Algebra, program: Program, slot: int) -> Term:
    """Return a number that stands in a program."""
    exact_value = program.exact.get(slot)
    return number(to, program.leaves[~slot]) if exact_value is None else to.number(exact_value)


def number(to: Algebra, value: float) -> Term:
    """Return a number, by a name or as a fraction if it stands for one."""
    size = abs(value)
    name = next((n for v, n in CONSTANTS.items() if math.isclose(size, v, rel_tol=4e-16)), None)
    if name in ("pi", "e"):
        term = to.constant(name)
    elif name is not None:
        term = of_program(to, parse(name))
    else:
        found = exact(value)
        if isinstance(found, float) and (turns := _turns(value)) is not None:
            return to.multiply(to.number(turns), to.constant("pi"))
        return to.number(found)
    return term if value > 0 else to.negative(term)


def _turns(value: float) -> Fraction | None:
    """Return how many times pi a float is, if that is a simple fraction."""
    turns = exact(value / math.pi)
    if not isinstance(turns, Fraction) or turns.denominator > 12:
        return None
    # Quotients of large numbers by pi have too few digits behind the point to tell.
    return turns if 0 < abs(turns) < _MOST_TURNS else None
