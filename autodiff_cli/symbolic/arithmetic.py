"""Apply operations to terms: arithmetic is evaluated, all else becomes a function of terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
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

__all__ = [
    "CONSTANTS",
    "applied",
    "is_product",
    "literal",
    "number",
    "of_program",
    "substituted",
    "vanishing",
]

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
"""Floats that stand for exact values."""


_MOST_TURNS = 10**6
"""The largest factor of a number that is written as a multiple of pi."""


def applied(to: Algebra, operation: Operation, arguments: list[Term], params: Any = None) -> Term:
    """Return the term of an operation applied to terms."""
    metadata = operation.metadata
    if metadata.signs:
        signs = metadata.signs * len(arguments) if operation.variadic else metadata.signs
        return to.combine((x, Fraction(sign)) for x, sign in zip(arguments, signs, strict=True))
    if is_product(operation):
        return to.collect(
            (x, to.number(Fraction(n))) for x, n in zip(arguments, metadata.exponents, strict=True)
        )
    if metadata.symbol == "**":
        return to.raised(*arguments)
    if operation.name == "power_logarithm":
        base, exponent = arguments
        return _power_logarithm(to, base, exponent, **(params or {}))
    if metadata.definition is not None:
        program = _parsed(metadata.definition(**(params or {})))
        return of_program(to, program, dict(zip(operation.arguments, arguments, strict=True)))
    if operation.name == "where":
        chosen = _chosen(to, *arguments)
        if isinstance(chosen, Term):
            return chosen
        arguments = chosen
    if operation.linear and params and params.get("shape") == ():
        return to.apply("sum", arguments)
    zeros = [x is to.zero for x in arguments]
    if (operation.linear and all(zeros)) or (metadata.bilinear and any(zeros)):
        # A zero has no shape any more, and is compatible with any.
        return to.zero
    return to.apply(operation.name, arguments, params)


def is_product(operation: Operation) -> bool:
    """Return whether an operation is a product or a quotient, whatever its arguments are.

    A power of a product is the product of the powers for whole exponents only.
    """
    exponents = operation.metadata.exponents
    return len(exponents) > 1 and all(abs(n) == 1 for n in exponents)


@lru_cache
def _parsed(text: str) -> Program:
    return parse(text)


def _chosen(to: Algebra, condition: Term, x: Term, y: Term) -> Term | list[Term]:
    """Return the chosen branch, or the condition and both branches if it is undetermined."""
    c = condition
    x, y = (to.zero if isinstance(branch, Vanished) else branch for branch in (x, y))
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
    return x if x is y else _merged(to, c, x, y)


def _power_logarithm(to: Algebra, x: Term, n: Term, k: int = 1) -> Term:
    """Return a derivative of a power by its exponent: 0 where the power is constantly 0."""
    logarithm = to.raised(to.apply("log", [x]), to.number(Fraction(k)))
    found = to.multiply(to.raised(x, n), logarithm)
    vanishes = vanishing(to, x, n)
    return found if vanishes is None else applied(to, registry["where"], [vanishes, to.zero, found])


def vanishing(to: Algebra, base: Term, exponent: Term) -> Term | None:
    """Return the condition by which a power of a number is constantly 0; None if there is none."""
    if (
        isinstance(exponent, Number)
        or not isinstance(base, Number)
        or base.value not in (0, math.inf)
    ):
        return None
    return to.apply("greater" if base.value == 0 else "less", [exponent, to.zero])


def _merged(to: Algebra, condition: Term, x: Term, y: Term) -> list[Term]:
    """Return a choice as one with any nested choice of an equal branch merged into it."""
    while isinstance(y, Apply) and y.name == "where" and y.arguments[1] is x:
        condition = to.apply("logical_or", [condition, y.arguments[0]])
        y = y.arguments[2]
    while isinstance(x, Apply) and x.name == "where" and x.arguments[2] is y:
        condition = to.apply("logical_and", [condition, x.arguments[0]])
        x = x.arguments[1]
    return [condition, x, y]


def of_program(
    to: Algebra,
    program: Program,
    values: Mapping[str, Term] | None = None,
    result: int | None = None,
) -> Term:
    """Return the term of a program without static parameters, or of one of its slots.

    Parameters
    ----------
    values
        The terms that replace some variables.
    """
    known = values or {}
    leaves = {slot: known.get(name) or to.symbol(name) for name, (slot, _) in program.names.items()}
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
    """Return a term of the table with its symbols replaced by other terms."""
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
    """Return the term of a literal number of a program."""
    exact_value = program.exact.get(slot)
    return number(to, program.leaves[~slot]) if exact_value is None else to.number(exact_value)


def number(to: Algebra, value: float) -> Term:
    """Return the term of a number, as a constant or a fraction if it stands for one."""
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
    """Return the factor of a multiple of pi if it is a simple fraction; otherwise None."""
    turns = exact(value / math.pi)
    if not isinstance(turns, Fraction) or turns.denominator > 12:
        return None
    # The quotient of a large number and pi has too few decimal places to decide.
    return turns if 0 < abs(turns) < _MOST_TURNS else None
