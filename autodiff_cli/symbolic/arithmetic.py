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
    NamedConstant,
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


def applied(
    algebra: Algebra, operation: Operation, arguments: list[Term], params: Any = None
) -> Term:
    """Return the term of an operation applied to terms."""
    metadata = operation.metadata
    if metadata.signs:
        signs = metadata.signs * len(arguments) if operation.variadic else metadata.signs
        return algebra.combine(
            (x, Fraction(sign)) for x, sign in zip(arguments, signs, strict=True)
        )
    if is_product(operation):
        return algebra.collect(
            (x, algebra.number(Fraction(n)))
            for x, n in zip(arguments, metadata.exponents, strict=True)
        )
    if metadata.symbol == "**":
        return algebra.raised(*arguments)
    if operation.name == "power_logarithm":
        base, exponent = arguments
        return _power_logarithm(algebra, base, exponent, **(params or {}))
    if metadata.definition is not None:
        program = _parsed(metadata.definition(**(params or {})))
        return of_program(algebra, program, dict(zip(operation.arguments, arguments, strict=True)))
    if operation.name == "where":
        chosen = _chosen(algebra, *arguments)
        if isinstance(chosen, Term):
            return chosen
        arguments = chosen
    if operation.linear and params and params.get("shape") == ():
        return algebra.apply("sum", arguments)
    zeros = [x is algebra.zero for x in arguments]
    if (operation.linear and all(zeros)) or (metadata.bilinear and any(zeros)):
        # A zero has lost its shape, and is compatible with any.
        return algebra.zero
    return algebra.apply(operation.name, arguments, params)


def is_product(operation: Operation) -> bool:
    """Return whether an operation is a product or a quotient, whatever its arguments are.

    A power of a product is the product of the powers for whole exponents only.
    """
    exponents = operation.metadata.exponents
    return len(exponents) > 1 and all(abs(n) == 1 for n in exponents)


@lru_cache
def _parsed(text: str) -> Program:
    return parse(text)


def _chosen(algebra: Algebra, condition: Term, x: Term, y: Term) -> Term | list[Term]:
    """Return the chosen branch, or the condition and both branches if it is undetermined."""
    c = condition
    x, y = (algebra.zero if isinstance(branch, Vanished) else branch for branch in (x, y))
    while isinstance(c, Apply) and c.name == "where":
        inner, *truth = c.arguments
        if truth == [algebra.zero, algebra.one]:
            x, y = y, x
        elif truth != [algebra.one, algebra.zero]:
            break
        c = inner
    if isinstance(c, Number):
        return x if c.value else y
    if isinstance(x, Apply) and x.name == "where" and x.arguments[0] is c:
        x = x.arguments[1]
    if isinstance(y, Apply) and y.name == "where" and y.arguments[0] is c:
        y = y.arguments[2]
    return x if x is y else _merged(algebra, c, x, y)


def _power_logarithm(algebra: Algebra, x: Term, n: Term, k: int = 1) -> Term:
    """Return a derivative of a power by its exponent: 0 where the power is constantly 0."""
    logarithm = algebra.raised(algebra.apply("log", [x]), algebra.number(Fraction(k)))
    found = algebra.multiply(algebra.raised(x, n), logarithm)
    vanishes = vanishing(algebra, x, n)
    return (
        found
        if vanishes is None
        else applied(algebra, registry["where"], [vanishes, algebra.zero, found])
    )


def vanishing(algebra: Algebra, base: Term, exponent: Term) -> Term | None:
    """Return the condition by which a power of a number is constantly 0; None if there is none."""
    if (
        isinstance(exponent, Number)
        or not isinstance(base, Number)
        or base.value not in (0, math.inf)
    ):
        return None
    return algebra.apply("greater" if base.value == 0 else "less", [exponent, algebra.zero])


def _merged(algebra: Algebra, condition: Term, x: Term, y: Term) -> list[Term]:
    """Return a choice as one with any nested choice of an equal branch merged into it."""
    while isinstance(y, Apply) and y.name == "where" and y.arguments[1] is x:
        condition = algebra.apply("logical_or", [condition, y.arguments[0]])
        y = y.arguments[2]
    while isinstance(x, Apply) and x.name == "where" and x.arguments[2] is y:
        condition = algebra.apply("logical_and", [condition, x.arguments[0]])
        x = x.arguments[1]
    return [condition, x, y]


def of_program(
    algebra: Algebra,
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
    leaves = {
        slot: known.get(name) or algebra.symbol(name) for name, (slot, _) in program.names.items()
    }
    results: list[Term] = []

    def term(slot: int) -> Term:
        if slot >= 0:
            return results[slot]
        return leaves.get(slot) or literal(algebra, program, slot)

    for call in program.calls:
        operation, slots, *_ = call
        results.append(applied(algebra, operation, [term(slot) for slot in slots]))
    return term(program.result if result is None else result)


def substituted(algebra: Algebra, term: Term, values: Mapping[str, Term]) -> Term:
    """Return a term of the table with its symbols replaced by other terms."""
    match term:
        case Number():
            return algebra.number(term.value)
        case NamedConstant():
            return algebra.constant(term.name)
        case Symbol():
            return values.get(term.name) or algebra.symbol(term.name)
        case Sum():
            parts = [
                (substituted(algebra, part, values), weight) for part, weight in term.parts.items()
            ]
            return algebra.combine([*parts, (algebra.one, term.constant)])
        case Product():
            powers = [
                (substituted(algebra, b, values), substituted(algebra, n, values))
                for b, n in term.powers.items()
            ]
            return algebra.collect([*powers, (algebra.number(term.coefficient), algebra.one)])
        case Apply():
            return algebra.apply(
                term.name, (substituted(algebra, a, values) for a in term.arguments)
            )
    raise AssertionError(term)


def literal(algebra: Algebra, program: Program, slot: int) -> Term:
    """Return the term of a literal number of a program."""
    exact_value = program.exact.get(slot)
    return (
        number(algebra, program.leaves[~slot])
        if exact_value is None
        else algebra.number(exact_value)
    )


def number(algebra: Algebra, value: float) -> Term:
    """Return the term of a number, as a constant or a fraction if it stands for one."""
    size = abs(value)
    name = next((n for v, n in CONSTANTS.items() if math.isclose(size, v, rel_tol=4e-16)), None)
    if name in ("pi", "e"):
        term = algebra.constant(name)
    elif name is not None:
        term = of_program(algebra, parse(name))
    else:
        found = exact(value)
        if isinstance(found, float) and (turns := _turns(value)) is not None:
            return algebra.multiply(algebra.number(turns), algebra.constant("pi"))
        return algebra.number(found)
    return term if value > 0 else algebra.negative(term)


def _turns(value: float) -> Fraction | None:
    """Return the factor of a multiple of pi if it is a simple fraction; otherwise None."""
    turns = exact(value / math.pi)
    if not isinstance(turns, Fraction) or turns.denominator > 12:
        return None
    # The quotient of a large number and pi has too few decimal places to decide.
    return turns if 0 < abs(turns) < _MOST_TURNS else None
