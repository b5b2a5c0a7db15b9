"""Convert a term into a graph of Variables, which the engine differentiates."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from autodiff_cli.engine import Variable, as_variable, registry
from autodiff_cli.language.exact_numbers import Exact, as_float
from autodiff_cli.symbolic.arithmetic import CONSTANTS
from autodiff_cli.symbolic.nodes import (
    Apply,
    Array,
    NamedConstant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    postorder,
)
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["graph_of"]

_EXACT = 2**24
"""The bound up to which products of two numbers with few fractional bits are exact."""


def graph_of(
    algebra: Algebra,
    term: Term,
    env: Mapping[str, Variable],
    known: dict[Variable, Term],
    cuts: Mapping[Term, Variable] | None = None,
) -> Any:
    """Return a term as a function of Variables: a Variable, or a number if it has none.

    Constants that are not plain numbers, such as pi or sin(1), become leaves and are added to
    ``known``, so that they remain symbolic in the derivative.
    """
    numbers = {name: value for value, name in CONSTANTS.items()}
    made: dict[Term, Any] = dict(cuts or {})

    def constant(value: Any, named: Term) -> Variable:
        leaf = as_variable(value)
        known[leaf] = named
        return leaf

    def plain(value: Exact) -> Any:
        """Return a number as a float if it and its products are exact; otherwise as a leaf."""
        if isinstance(value, Fraction) and value.denominator in (1, 2, 4) and abs(value) < _EXACT:
            return float(value)
        return constant(as_float(value), algebra.number(value))

    def power(base: Any, exponent: Term) -> Any:
        if base is algebra.e:
            return registry["exp"](made[exponent])
        if isinstance(exponent, Number) and exponent.value == Fraction(1, 2):
            return registry["sqrt"](made[base])
        if exponent is algebra.one:
            return made[base]
        return registry["pow"](made[base], made[exponent])

    for inner in postorder([term], made.keys()):
        match inner:
            case NamedConstant():
                made[inner] = constant(numbers[inner.name], inner)
            case Symbol():
                made[inner] = env[inner.name]
            case Array():
                made[inner] = constant(inner.value, inner)
            case Number():
                made[inner] = plain(inner.value)
            case Sum():
                total = plain(inner.constant)
                for part, weight in inner.parts.items():
                    scaled = made[part] if weight == 1 else plain(weight) * made[part]
                    total = scaled if isinstance(total, float) and total == 0 else total + scaled
                made[inner] = total
            case Product():
                product = plain(inner.coefficient)
                for base, exponent in inner.powers.items():
                    factor = power(base, exponent)
                    if isinstance(factor, float):
                        factor = constant(factor, algebra.raised(base, exponent))
                    one = isinstance(product, float) and product == 1
                    product = factor if one else product * factor
                made[inner] = product
            case Apply():
                operation = registry[inner.name]
                arguments = [made[argument] for argument in inner.arguments]
                value = operation.apply(*arguments, **dict(inner.params))
                made[inner] = constant(value, inner) if isinstance(value, float) else value
    return made[term]
