"""The layout of formulas in any notation: the order of terms, numerators and denominators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from autodiff_cli.language.exact_numbers import Exact, is_decimal, magnitude
from autodiff_cli.language.format import number as array_text
from autodiff_cli.symbolic import (
    Algebra,
    Apply,
    Array,
    NamedConstant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
)
from autodiff_cli.symbolic.nodes import postorder, symbols

__all__ = ["Factors", "distributed", "factors", "summands", "variables"]

MOST_DISTRIBUTED = 20
"""The most terms of a sum that is multiplied out."""


class Factors(NamedTuple):
    """A product: its sign, and the numbers and powers of its numerator and denominator.

    A power is a base and the exponent to be written, which is None for 1.
    """

    negative: bool
    above: Exact
    below: int
    over: Sequence[tuple[Term, Term | None]]
    under: Sequence[tuple[Term, Term | None]]


def factors(algebra: Algebra, term: Term) -> Factors:
    """Return a term as a product."""
    coefficient: Exact = Fraction(1)
    powers: list[tuple[Term, Term]] = [(term, algebra.one)]
    if isinstance(term, Product):
        coefficient, powers = term.coefficient, list(term.powers.items())
    elif isinstance(term, Number):
        coefficient, powers = term.value, []
    if coefficient != coefficient:
        # A product with nan is nan, whatever the other factors are.
        powers = []
    over: list[tuple[Term, Term | None]] = []
    under: list[tuple[Term, Term | None]] = []
    for base, exponent in sorted(powers, key=lambda power: _rank(algebra, *power)):
        side, shown = over, exponent
        if base is not algebra.e and isinstance(exponent, Number) and exponent.value < 0:
            side, shown = under, algebra.number(-exponent.value)
        side.append((base, None if shown is algebra.one else shown))
    negative = coefficient < 0
    size = magnitude(coefficient)
    if isinstance(size, float) or is_decimal(size):
        return Factors(negative, size, 1, over, under)
    return Factors(negative, Fraction(size.numerator), size.denominator, over, under)


def _rank(algebra: Algebra, base: Term, exponent: Term) -> tuple[int, str]:
    match base:
        case Number():
            return 0, ""
        case Symbol() | Array() if base is not algebra.e:
            return 1, _shown(base)
        case Apply():
            return 2, base.name
        case Sum() | Product():
            return 3, ""
    return 4, ""


def summands(algebra: Algebra, term: Sum) -> list[tuple[Term, Exact]]:
    """Return the terms of a sum with their coefficients, in the order of writing."""
    found = sorted(term.parts.items(), key=lambda part: _degree(algebra, part[0]))
    if term.constant != 0:
        found.append((algebra.one, term.constant))
    if any(weight != weight for _, weight in found):
        return [(algebra.one, math.nan)]
    if found[0][1] < 0:
        # Avoid a leading minus if there is a positive term.
        first = next((k for k, (_, weight) in enumerate(found) if weight > 0), 0)
        found.insert(0, found.pop(first))
    return found


def _degree(algebra: Algebra, term: Term) -> tuple[float, int, str]:
    """Return the sort key of a term of a sum: the highest power of variables comes first."""
    powers = term.powers if isinstance(term, Product) else {term: algebra.one}
    degree, others, name = 0.0, 0, ""
    for base, exponent in powers.items():
        if isinstance(base, Array | Symbol) and base is not algebra.e:
            degree += float(exponent.value) if isinstance(exponent, Number) else 0.5
            name = min(name or _shown(base), _shown(base))
        else:
            others += 1
    return -degree, -others, name


def _shown(term: Symbol | Array) -> str:
    return term.name if isinstance(term, Symbol) else array_text(term.value)


def distributed(algebra: Algebra, term: Product) -> Term:
    """Return a product that contains one short sum, multiplied out."""
    sums = [x for x, n in term.powers.items() if isinstance(x, Sum) and n is algebra.one]
    if len(sums) != 1 or len(sums[0].parts) > MOST_DISTRIBUTED:
        return term
    outside = algebra.divide(term, sums[0])
    parts = [(algebra.multiply(outside, part), weight) for part, weight in sums[0].parts.items()]
    return algebra.combine([*parts, (outside, sums[0].constant)])


def variables(algebra: Algebra, term: Term) -> set[str]:
    """Return the names of the variables of a term, without an index for elements of vectors.

    A variable with the name of a constant is included even if it has vanished from a derivative,
    because the reader of the formula may give it a value.
    """
    inside = (inner for inner in postorder([term]) if isinstance(inner, Symbol))
    constants = {inner for inner in inside if isinstance(inner, NamedConstant)}
    found = symbols(term) | {c.name for c in constants if algebra.is_variable(c.name)}
    return {name.partition("[")[0] for name in found}
