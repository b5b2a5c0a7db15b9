"""Choices between terms: operations that are choices, and their powers and derivatives."""

from __future__ import annotations

import math

import numpy as np

from autodiff_cli.engine import registry
from autodiff_cli.language.exact_numbers import as_float
from autodiff_cli.symbolic.arithmetic import applied, substituted, vanishing
from autodiff_cli.symbolic.nodes import (
    Apply,
    Array,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    is_integer,
    is_unbounded,
    postorder,
)
from autodiff_cli.symbolic.rules import is_symmetric, rules
from autodiff_cli.symbolic.shorten import rebuilt
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["MOST_NESTED", "chosen", "powers_chosen", "slope_where_not_zero", "times_slope"]


def chosen(algebra: Algebra, term: Term) -> Term:
    """Return a function as a choice between values; the term itself if it is not a choice."""
    found = rules().choices.get(term.name) if isinstance(term, Apply) else None
    if found is None or not isinstance(term, Apply):
        return term
    (names, choice), arguments = found, term.arguments
    if is_symmetric(term.name) and isinstance(arguments[0], Number):
        arguments = arguments[::-1]
    return substituted(algebra, choice, dict(zip(names, arguments, strict=True)))


def powers_chosen(algebra: Algebra, term: Product) -> Term:
    """Return a product with each power of a choice as a choice between powers, if necessary.

    It is necessary if the exponent is not a finite number: a branch may be 0 or 1, whose powers are
    constant although the rules for powers do not say so.
    """
    choices = {}
    for base, exponent in term.powers.items():
        if not isinstance(exponent, Number) or is_unbounded(exponent):
            choice = chosen(algebra, base)
            if isinstance(choice, Apply) and choice.name == "where":
                condition, *sides = choice.arguments
                sides = [algebra.raised(side, exponent) for side in sides]
                choices[base] = applied(algebra, registry["where"], [condition, *sides])
    if not choices:
        return term
    powers = [
        (choices.get(b, b), algebra.one if b in choices else n) for b, n in term.powers.items()
    ]
    return algebra.collect([*powers, (algebra.number(term.coefficient), algebra.one)])


MOST_NESTED = 50
"""The deepest nesting of choices whose products are formed branch by branch."""


def times_slope(algebra: Algebra, outer: Term, inner: Term, depth: int = MOST_NESTED) -> Term:
    """Return a product of derivatives, which is 0 on each branch on which one of them is 0."""
    if inner is algebra.zero:
        return algebra.zero
    vanishes = isinstance(inner, Apply) and _may_vanish(algebra, inner, depth)
    if not isinstance(inner, Apply) or not vanishes or _is_polynomial(outer):
        return algebra.multiply(outer, inner)
    condition, *sides = inner.arguments
    products = [
        times_slope(algebra, _on_side(algebra, outer, condition, k), side, depth - 1)
        for k, side in enumerate(sides)
    ]
    return applied(algebra, registry["where"], [condition, *products])


def _may_vanish(algebra: Algebra, choice: Term, depth: int) -> bool:
    """Return whether a term is a choice with a branch that is 0, or that may itself vanish."""
    if not depth or not isinstance(choice, Apply) or choice.name != "where":
        return False
    return any(
        x is algebra.zero or _may_vanish(algebra, x, depth - 1) for x in choice.arguments[1:]
    )


def slope_where_not_zero(algebra: Algebra, term: Product, slope: Term) -> Term:
    """Return the derivative of a product, with 0 where a power in it is constantly 0."""
    for base, exponent in term.powers.items():
        if (vanishes := vanishing(algebra, base, exponent)) is not None:
            elsewhere = _on_side(algebra, slope, vanishes, 1)
            slope = applied(algebra, registry["where"], [vanishes, algebra.zero, elsewhere])
    return slope


def _is_polynomial(term: Term) -> bool:
    """Return whether a term is finite wherever its variables are finite."""
    return all(map(_is_step, postorder([term])))


def _is_step(term: Term) -> bool:
    match term:
        case Number():
            return math.isfinite(as_float(term.value))
        case Array():
            return bool(np.all(np.isfinite(term.value)))
        case Sum():
            numbers = [term.constant, *term.parts.values()]
            return all(math.isfinite(as_float(number)) for number in numbers)
        case Product():
            whole = all(
                isinstance(exponent, Number) and is_integer(exponent) and exponent.value > 0
                for exponent in term.powers.values()
            )
            return whole and math.isfinite(as_float(term.coefficient))
    return isinstance(term, Symbol)


def _on_side(algebra: Algebra, term: Term, condition: Term, side: int) -> Term:
    """Return the term on one side of a condition, with choices by that condition resolved."""

    def better(inner: Term) -> Term:
        choice = chosen(algebra, inner)
        if (
            isinstance(choice, Apply)
            and choice.name == "where"
            and choice.arguments[0] is condition
        ):
            return choice.arguments[1 + side]
        return inner

    return rebuilt(algebra, term, better)
