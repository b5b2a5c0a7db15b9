"""Derivatives as terms.

The engine differentiates, without looking at a value, and what comes out is made short before it is
differentiated again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable, as_variable, grad, registry
from autodiff_cli.language.program import Call, Program
from autodiff_cli.simplify import Algebra, Apply, Number, Product, Sum, Symbol, Term, terms_of
from autodiff_cli.simplify.rules import CONSTANTS, applied, number
from autodiff_cli.simplify.shorten import postorder, shortened

__all__ = ["derivative_terms", "mixed_term", "traced"]


def traced(names: Mapping[str, Any]) -> dict[str, Variable]:
    """Return a Variable that is nan for each name, of the shape of what is given for it."""
    return {
        name: as_variable(np.full(np.shape(value), math.nan), name) for name, value in names.items()
    }


def derivative_terms(
    to: Algebra,
    program: Program,
    names: Sequence[str],
    order: int,
    shapes: Mapping[str, Any] | None = None,
) -> dict[str, Term]:
    """Return the derivative of an order with respect to each of some variables alone, as a term.

    Parameters
    ----------
    shapes
        For each variable something of its shape; without it they are all scalars.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = traced(shapes or dict.fromkeys(program.names, 0.0))
    (term,) = _value_terms(to, program, env)
    return {name: _differentiated(to, term, env, [name] * order) for name in names}


def mixed_term(to: Algebra, program: Program, names: Sequence[str]) -> Term:
    """Return the derivative with respect to each of some variables in turn, as a term.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = traced(dict.fromkeys(program.names, 0.0))
    (term,) = _value_terms(to, program, env)
    return _differentiated(to, term, env, names)


def _value_terms(to: Algebra, program: Program, env: Mapping[str, Variable]) -> list[Term]:
    """Return what a program computes, as a term."""
    results = program.results(env)
    constants = _plain_terms(to, program, results)
    terms = terms_of(to, [as_variable(results[program.result])], constants=constants)
    return [shortened(to, term) for term in terms]


def _differentiated(
    to: Algebra, term: Term, env: Mapping[str, Variable], names: Sequence[str]
) -> Term:
    for name in names:
        (term,) = _gradient(to, term, env, [name])
    return term


def _gradient(
    to: Algebra, term: Term, env: Mapping[str, Variable], names: Sequence[str]
) -> list[Term]:
    """Return the derivatives of a term with respect to some variables, each made short."""
    known: dict[Variable, Term] = {}
    y = as_variable(graph_of(to, term, env, known))
    found = grad(y, [env[name] for name in names], create_graph=True)
    return [shortened(to, term) for term in terms_of(to, found, known)]


def _plain_terms(to: Algebra, program: Program, results: Sequence[Any]) -> dict[float, Term]:
    """Return what the numbers are that the text computes without a variable, by their values."""
    terms: dict[int, Term] = {}
    found: dict[float, Term] = {}

    def of(slot: int) -> Term:
        return terms[slot] if slot >= 0 else number(to, program.leaves[~slot])

    for k, call in enumerate(program.calls):
        operation, slots, statics, *_ = Call(*call)
        if type(results[k]) is float and statics is None:
            known = all(s in terms if s >= 0 else np.ndim(program.leaves[~s]) == 0 for s in slots)
            if known:
                terms[k] = applied(to, operation, [of(slot) for slot in slots])
                found[results[k]] = terms[k]
    return found


def graph_of(
    to: Algebra, term: Term, env: Mapping[str, Variable], known: dict[Variable, Term]
) -> Any:
    """Return what a term computes from Variables: a Variable, or a number if it has none.

    Constants that are no plain numbers, such as pi or sin(1), become leaves and are added to
    ``known``, so that they come out of the derivative as what they are.
    """
    numbers = {name: value for value, name in CONSTANTS.items()}
    made: dict[Term, Any] = {}

    def constant(value: float, named: Term) -> Variable:
        leaf = as_variable(value)
        known[leaf] = named
        return leaf

    def power(base: Any, exponent: Term) -> Any:
        if base is to.e:
            return registry["exp"](made[exponent])
        if isinstance(exponent, Number) and exponent.value == Fraction(1, 2):
            return registry["sqrt"](made[base])
        return made[base] if exponent is to.one else registry["pow"](made[base], made[exponent])

    for inner in postorder([term]):
        match inner:
            case Symbol():
                name = inner.name
                made[inner] = env[name] if name in env else constant(numbers[name], inner)
            case Number():
                made[inner] = float(inner.value)
            case Sum():
                total = float(inner.constant)
                for part, weight in inner.parts.items():
                    scaled = made[part] if weight == 1 else float(weight) * made[part]
                    total = scaled if isinstance(total, float) and total == 0 else total + scaled
                made[inner] = total
            case Product():
                product = float(inner.coefficient)
                for base, exponent in inner.powers.items():
                    factor = power(base, exponent)
                    one = isinstance(product, float) and product == 1
                    product = factor if one else product * factor
                made[inner] = product
            case Apply():
                operation = registry[inner.name]
                arguments = [made[argument] for argument in inner.arguments]
                value = operation.apply(*arguments, **dict(inner.params))
                made[inner] = constant(value, inner) if isinstance(value, float) else value
    return made[term]
