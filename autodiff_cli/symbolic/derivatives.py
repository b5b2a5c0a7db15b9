"""Derivatives as terms.

The engine differentiates without using values, and each result is simplified before it is
differentiated again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable, as_variable, grad, registry, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import formula_too_long, not_a_number
from autodiff_cli.language.format import described
from autodiff_cli.language.program import Instruction, Program
from autodiff_cli.progress import advance
from autodiff_cli.symbolic import (
    Algebra,
    Apply,
    Array,
    Number,
    Product,
    Symbol,
    Term,
    terms_of,
)
from autodiff_cli.symbolic.arithmetic import applied, literal, vanishing
from autodiff_cli.symbolic.choices import chosen, powers_chosen, slope_where_not_zero, times_slope
from autodiff_cli.symbolic.elements import components
from autodiff_cli.symbolic.nodes import Vanished, children, has_no_slope, postorder, symbols
from autodiff_cli.symbolic.rewrite import slope
from autodiff_cli.symbolic.shorten import least_length, shortened
from autodiff_cli.symbolic.to_graph import graph_of

__all__ = [
    "derivative_terms",
    "gradient_terms",
    "jacobian_terms",
    "mixed_terms",
    "successive_terms",
    "symbolic_variables",
    "term_by_turns",
    "value_terms",
]


def symbolic_variables(program: Program, shapes: Mapping[str, Any] | None) -> dict[str, Variable]:
    """Return a Variable of nan for each variable, scalar or in the shape of the value given."""
    given = shapes or dict.fromkeys(program.names, 0.0)
    return {
        name: as_variable(np.full(np.shape(value), math.nan), name) for name, value in given.items()
    }


def derivative_terms(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    order: int,
    shapes: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> dict[str, Term]:
    """Return the derivative of an order with respect to each of some variables alone, as a term.

    Parameters
    ----------
    shapes
        For each variable something of its shape; without it they are all scalars.
    most
        The most characters of the formulas; without it there is no limit.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    ComputationError
        If a formula becomes too long during the computation.
    """
    return list(successive_terms(algebra, program, names, order, shapes, most))[-1]


def successive_terms(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    order: int,
    shapes: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> Iterator[dict[str, Term]]:
    """Yield the value of a program under each variable, then its derivatives of each order.

    Parameters
    ----------
    order
        The order of the last derivatives, and the number of dictionaries after the first.
    algebra, program, names, shapes, most
        As for `derivative_terms`.
    """
    env = symbolic_variables(program, shapes)
    found = dict.fromkeys(names, _only_term(algebra, program, env, by_elements=shapes is None))
    yield found
    for k in range(1, order + 1):
        advance("order", k, order)
        if k == 1:
            # All first derivatives come from one sweep; then each is differentiated separately.
            term = next(iter(found.values()))
            found = dict(zip(names, gradient_terms(algebra, term, env, names), strict=True))
        else:
            found = {name: _again(algebra, t, env, name, k, most) for name, t in found.items()}
        yield found


def _again(
    algebra: Algebra,
    term: Term,
    env: Mapping[str, Variable],
    name: str,
    order: int,
    most: int | None,
) -> Term:
    """Return the derivative of a term, which is itself a derivative of the order given."""
    if most is not None and (length := least_length(term)) > most:
        raise formula_too_long(
            f"on the way the formula of order {order - 1} has more than {length:,} characters"
            f" already, and {most:,} are the most"
        )
    return gradient_terms(algebra, term, env, [name])[0]


def mixed_terms(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    shapes: Mapping[str, Any] | None = None,
) -> dict[tuple[str, str], Term]:
    """Return the second derivatives by all pairs of variables in order, each pair once.

    Parameters
    ----------
    shapes
        As for `derivative_terms`.
    """
    env = symbolic_variables(program, shapes)
    found = {}
    for k, (name, term) in enumerate(derivative_terms(algebra, program, names, 1, shapes).items()):
        for other, second in zip(
            names[k:], gradient_terms(algebra, term, env, names[k:]), strict=True
        ):
            found[name, other] = second
    return found


def term_by_turns(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    shapes: Mapping[str, Any] | None = None,
    most: int | None = None,
) -> Term:
    """Return the derivative with respect to each of some scalars in turn, as a term.

    Parameters
    ----------
    shapes, most
        As for `derivative_terms`.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = symbolic_variables(program, shapes)
    term = _only_term(algebra, program, env, by_elements=shapes is None)
    for k, name in enumerate(names, 1):
        advance("order", k, len(names))
        term = _again(algebra, term, env, name, k, most if k > 1 else None)
    return term


def jacobian_terms(
    algebra: Algebra,
    program: Program,
    names: Sequence[str],
    shapes: Mapping[str, Any] | None = None,
) -> list[dict[str, Term]]:
    """Return the derivatives of each element of the value of a program by some scalars.

    Parameters
    ----------
    shapes
        As for `derivative_terms`.

    Raises
    ------
    AdiffError
        If the expression cannot be differentiated.
    """
    env = symbolic_variables(program, shapes)
    results = program.results(env)
    return [
        dict(zip(names, gradient_terms(algebra, term, env, names), strict=True))
        for term in _element_terms(algebra, program, env, results, by_elements=shapes is None)
    ]


def _only_term(
    algebra: Algebra, program: Program, env: Mapping[str, Variable], by_elements: bool = True
) -> Term:
    """Return the value of a program, which must be a single number, as a term."""
    results = program.results(env)
    y = as_variable(results[program.result])
    if y.size != 1:
        raise not_a_number(described(y.shape))
    (term,) = _element_terms(algebra, program, env, results, by_elements)
    return term


def _element_terms(
    algebra: Algebra,
    program: Program,
    env: Mapping[str, Variable],
    results: Sequence[Any],
    by_elements: bool = True,
) -> list[Term]:
    """Return the value of a program as one term for each element, in order.

    Parameters
    ----------
    by_elements
        Whether to compute each element from elements as far as possible: see `components`.
    """
    algebra.begin(np.size(value_of(results[program.result])))
    with algebra.remembering_variables():
        terms = value_terms(algebra, program, env, results, by_elements)
    return [shortened(algebra, algebra.zero if isinstance(t, Vanished) else t) for t in terms]


def value_terms(
    algebra: Algebra,
    program: Program,
    env: Mapping[str, Variable],
    results: Sequence[Any],
    by_elements: bool,
) -> list[Term]:
    """Return the value of a program as terms that are not shortened: see `_element_terms`."""
    found = components(algebra, program, results) if by_elements else None
    if found is not None:
        return [component.term for component in found.flat]
    known: dict[Variable, Term] = {}
    if program.exact:
        # As leaves of the graph they are distinct from floats of the same value.
        leaves = list(program.leaves)
        for slot in program.exact:
            leaves[~slot] = as_variable(leaves[~slot])
            known[leaves[~slot]] = literal(algebra, program, slot)
        results = replace(program, leaves=leaves).results(env)
    y = as_variable(results[program.result])
    elements = [y] if y.size == 1 else [y[index] for index in np.ndindex(y.shape)]
    return terms_of(algebra, elements, known, _plain_terms(algebra, program, results))


def gradient_terms(
    algebra: Algebra, term: Term, env: Mapping[str, Variable], names: Sequence[str]
) -> list[Term]:
    """Return the simplified derivatives of a term with respect to some variables.

    Choices are differentiated branch by branch: in terms that contain them they are variables.
    """
    algebra.begin(len(names))
    # Most terms of a problem with many variables contain few of them; the others are skipped.
    within = symbols(term)
    present = [name for name in names if name in within or env[name].shape]
    cuts: dict[Term, Variable] = {}
    slopes: dict[Term, list[Term]] = {}
    tensors: set[Term] = set()

    def of_cut(inner: Term) -> list[Term] | None:
        """Return the derivatives of a term that is a variable in the terms that contain it."""
        if isinstance(inner, Product) and (lost := _without_slope(inner)):
            no_slope = algebra.multiply(algebra.number(math.nan), inner)
            return [no_slope if name in lost else algebra.zero for name in present]
        if isinstance(inner, Product) and (choice := powers_chosen(algebra, inner)) is not inner:
            cut(postorder([choice], slopes))
            return _partials(algebra, choice, env, present, cuts, slopes)
        if isinstance(inner, Product) and any(vanishing(algebra, *p) for p in inner.powers.items()):
            inside = _partials(algebra, inner, env, present, cuts, slopes)
            return [slope_where_not_zero(algebra, inner, by) for by in inside]
        if not isinstance(inner, Apply):
            return None
        if inner.name == "where":
            condition, *branches = inner.arguments
            each = [_partials(algebra, branch, env, present, cuts, slopes) for branch in branches]
            return [
                applied(algebra, registry["where"], [condition, *pair])
                for pair in zip(*each, strict=True)
            ]
        if (choice := chosen(algebra, inner)) is not inner:
            cut(postorder([choice], slopes))
            return _partials(algebra, choice, env, present, cuts, slopes)
        if (own := slope(algebra, inner)) is not None:
            inside = _partials(algebra, inner.arguments[0], env, present, cuts, slopes)
            return [times_slope(algebra, own, by) for by in inside]
        return None

    def cut(terms: Sequence[Term]) -> None:
        for inner in terms:
            if _is_tensor(inner, env) or not tensors.isdisjoint(children(inner)):
                tensors.add(inner)
            elif inner not in slopes and (found := of_cut(inner)) is not None:
                slopes[inner] = found
                cuts[inner] = as_variable(math.nan)

    cut(postorder([term]))
    found = _partials(algebra, term, env, present, cuts, slopes)
    made = {name: shortened(algebra, by) for name, by in zip(present, found, strict=True)}
    return [made.get(name, algebra.zero) for name in names]


def _without_slope(term: Product) -> set[str]:
    """Return the variables by which a product has no derivative, due to a power of a vanished 0."""
    powers = (power for power in term.powers.items() if has_no_slope(*power))
    return {name for power in powers for x in power for name in symbols(x)}


def _is_tensor(term: Term, env: Mapping[str, Variable]) -> bool:
    """Return whether a term may be a tensor, or has one as an operand."""
    if isinstance(term, Symbol):
        return term.name in env and bool(env[term.name].shape)
    if isinstance(term, Array):
        return True
    return isinstance(term, Apply) and not isinstance(registry[term.name], Elementwise)


def _partials(
    algebra: Algebra,
    term: Term,
    env: Mapping[str, Variable],
    names: Sequence[str],
    cuts: Mapping[Term, Variable],
    slopes: Mapping[Term, list[Term]],
) -> list[Term]:
    """Return the derivatives of a term by variables, given those of some of its subterms.

    Parameters
    ----------
    cuts
        The Variable that replaces each of these subterms.
    slopes
        The derivatives of the subterms by the variables.
    """
    if term in slopes:
        return slopes[term]
    known: dict[Variable, Term] = {leaf: cut for cut, leaf in cuts.items()}
    y = as_variable(graph_of(algebra, term, env, known, cuts))
    inside = [inner for inner in postorder([term], cuts) if not isinstance(inner, Number)]
    used = dict.fromkeys(child for inner in inside for child in children(inner) if child in cuts)
    wanted = [env[name] for name in names] + [cuts[cut] for cut in used]
    found = terms_of(algebra, grad(y, wanted, create_graph=True), known)
    own, through = found[: len(names)], found[len(names) :]
    return [
        algebra.add(
            by,
            *(
                times_slope(algebra, outer, slopes[cut][k])
                for cut, outer in zip(used, through, strict=True)
            ),
        )
        for k, by in enumerate(own)
    ]


def _plain_terms(algebra: Algebra, program: Program, results: Sequence[Any]) -> dict[float, Term]:
    """Return the terms of the numbers that the text computes without variables, by value."""
    terms: dict[int, Term] = {}
    found: dict[float, Term] = {}

    def of(slot: int) -> Term:
        return terms[slot] if slot >= 0 else literal(algebra, program, slot)

    for k, call in enumerate(program.calls):
        operation, slots, statics, *_ = Instruction(*call)
        if type(results[k]) is float and statics is None:
            known = all(s in terms if s >= 0 else np.ndim(program.leaves[~s]) == 0 for s in slots)
            if known:
                terms[k] = applied(algebra, operation, [of(slot) for slot in slots])
                found[results[k]] = terms[k]
    return found
