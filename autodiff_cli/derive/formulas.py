"""Derivatives as terms.

The engine differentiates, without looking at a value, and what comes out is made short before it is
differentiated again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.scalars import scalars
from autodiff_cli.engine import Variable, as_variable, grad, registry
from autodiff_cli.errors import ComputationError
from autodiff_cli.language.program import Call, Program
from autodiff_cli.language.words import described
from autodiff_cli.simplify import Algebra, Apply, Number, Product, Sum, Symbol, Term, terms_of
from autodiff_cli.simplify.rules import CONSTANTS, applied, number
from autodiff_cli.simplify.shorten import postorder, shortened

__all__ = ["derivative_terms", "hessian_terms", "jacobian_terms", "mixed_term", "traced"]


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
    results = program.results(env)
    y = as_variable(results[program.result])
    if order:
        _refuse_tensor(y)
    (term,) = _terms(to, program, results, [y])
    return {name: _differentiated(to, term, env, [name] * order) for name in names}


def mixed_term(to: Algebra, program: Program, names: Sequence[str]) -> Term:
    """Return the derivative with respect to each of some variables in turn, as a term.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = traced(dict.fromkeys(program.names, 0.0))
    results = program.results(env)
    y = as_variable(results[program.result])
    _refuse_tensor(y)
    (term,) = _terms(to, program, results, [y])
    return _differentiated(to, term, env, names)


def hessian_terms(
    to: Algebra, program: Program, names: Sequence[str]
) -> dict[tuple[str, str], Term]:
    """Return the second derivatives by pairs of variables, none of them in both orders.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = traced(dict.fromkeys(program.names, 0.0))
    (term,) = _element_terms(to, program, env)
    first = _gradient(to, term, env, names)
    return {
        (name, other): second
        for k, name in enumerate(names)
        for other, second in zip(names[k:], _gradient(to, first[k], env, names[k:]), strict=True)
    }


def jacobian_terms(to: Algebra, program: Program, names: Sequence[str]) -> list[dict[str, Term]]:
    """Return the derivatives of each element of what a program computes, by some variables.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = traced(dict.fromkeys(program.names, 0.0))
    return [
        dict(zip(names, _gradient(to, term, env, names), strict=True))
        for term in _element_terms(to, program, env)
    ]


def _refuse_tensor(y: Variable) -> None:
    if y.size != 1:
        raise ComputationError(
            f"a derivative needs a single number, but the expression gives {described(y.shape)}",
            code="not-a-scalar",
            hint="make it one number, for example with `sum(...)`, or ask `adiff jacobian`",
        )


def _terms(
    to: Algebra, program: Program, results: Sequence[Any], ys: Sequence[Variable]
) -> list[Term]:
    """Return some of what a program computes as terms."""
    constants = _plain_terms(to, program, results)
    return [shortened(to, term) for term in terms_of(to, ys, constants=constants)]


def _element_terms(to: Algebra, program: Program, env: Mapping[str, Variable]) -> list[Term]:
    """Return what a program computes: a term for each element, in order."""
    results = program.results(env)
    return _terms(to, program, results, scalars(as_variable(results[program.result])))


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
    # Most terms of many variables have few of them: the others need no looking at.
    within = {inner.name for inner in postorder([term]) if isinstance(inner, Symbol)}
    present = [name for name in names if name in within]
    found = terms_of(to, grad(y, [env[name] for name in present], create_graph=True), known)
    made = {name: shortened(to, slope) for name, slope in zip(present, found, strict=True)}
    return [made.get(name, to.zero) for name in names]


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

    def constant(value: Any, named: Term) -> Variable:
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
                if name not in env:
                    value = numbers[name] if name in numbers else _array(name)
                    made[inner] = constant(value, inner)
                else:
                    made[inner] = env[name]
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


def _array(text: str) -> NDArray[Any]:
    """Return the array that a symbol spells."""
    return np.array(json.loads(text.replace("nan", "NaN").replace("inf", "Infinity")), float)
