"""Explain derivatives: find the steps that lead to a formula, for all notations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any

from autodiff_cli.derive.partials import refuse_tensor
from autodiff_cli.emit.text.derivation import DerivationLines, Equation, block, primed, title
from autodiff_cli.emit.text.derivation_layouts import as_html, as_latex, as_text
from autodiff_cli.emit.text.formula import MOST_CHARACTERS, formula
from autodiff_cli.emit.text.latex import latex
from autodiff_cli.emit.text.partials import latex_partial, partial
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import AdiffError, ComputationError, UsageError
from autodiff_cli.language.binding import chosen
from autodiff_cli.language.format import described, element_names, number
from autodiff_cli.language.given import check_text, given_names, given_order, given_values
from autodiff_cli.language.names import CONSTANTS, functions
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem, load, pose
from autodiff_cli.symbolic import Algebra, Number, Symbol, Term
from autodiff_cli.symbolic.derivation import Derivation
from autodiff_cli.symbolic.derivation_steps import derivation, number_of_steps
from autodiff_cli.symbolic.derivatives import successive_terms, symbolic_variables, value_terms
from autodiff_cli.symbolic.graph_elements import term_of_elements
from autodiff_cli.symbolic.nodes import symbols
from autodiff_cli.symbolic.rewrite import new_algebra

__all__ = ["Explanation", "explain", "explained"]

MOST_STEPS = 40
"""The most steps of a derivation whose depth is not given."""

DEPTHS = (100, 30, 12, 8, 6, 5, 4, 3, 2, 1, 0)
"""The depths that are tried for these."""

MOST_ELEMENTS = 6
"""The most elements of vectors by which a derivation is written out."""


@dataclass(frozen=True)
class Section:
    """The derivation by one variable, of one order.

    Attributes
    ----------
    others
        The variables that are constant; None if the derivation needs no heading.
    derivation
        None for the gradient by a vector, after the derivations by its elements.
    final
        The last line, in the language and as a term; the first is what `adiff grad` prints.
    """

    algebra: Algebra
    derivation: Derivation | None
    variable: str
    order: int
    others: Sequence[str] | None
    primes: tuple[str, str]
    final: tuple[str, Term]

    def block(self, in_latex: bool) -> DerivationLines:
        """Return the lines of the derivation."""
        text, term = self.final
        shown = latex(self.algebra, term) if in_latex else text
        if self.derivation is None:
            left = latex_partial([self.variable]) if in_latex else partial([self.variable])
            return DerivationLines(
                "", steps=[Equation(left, shown, ("element by element",), text, text)]
            )
        heading = ""
        if self.others is not None:
            heading = title([self.variable] * self.order, self.others, in_latex)
        whole, derivative = self.primes
        if in_latex:
            whole, derivative = _latex_prime(whole), _latex_prime(derivative)
        return block(
            self.algebra,
            self.derivation,
            heading,
            (shown, text),
            (whole, derivative),
            in_latex,
        )


@dataclass(frozen=True)
class Explanation:
    """The steps by which an expression is differentiated.

    Printed, it is a text with a line for each step; in notebooks it is typeset.

    Attributes
    ----------
    expression
        The expression.
    formulas
        The derivative by each variable, as `autodiff_cli.formula` returns it.
    values
        The number that each formula in the derivation stands for, at the point given.
    """

    expression: str
    order: int
    sections: Sequence[Section]
    formulas: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[DerivationLines]:
        """The lines of each derivation, in the language."""
        return [section.block(False) for section in self.sections]

    def text(self, width: int | None = None, *, colored: bool = False) -> str:
        """Return the derivations as text, for so many columns."""
        return as_text(self.blocks, width, self.values, colored=colored)

    def latex(self) -> str:
        """Return the derivations as equations for amsmath."""
        return as_latex(self._typeset(), self.values)

    def html(self) -> str:
        """Return the derivations as a page, which needs no network."""
        return as_html(self._typeset(), self.expression, self.values)

    def _typeset(self) -> list[DerivationLines]:
        return [section.block(True) for section in self.sections]

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return self.latex()

    def _repr_html_(self) -> str:
        return as_html(self._typeset(), self.expression, self.values, page=False)


def explain(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    order: int = 1,
    depth: int | None = None,
) -> Explanation:
    """Return the steps by which an expression is differentiated, as a teacher would write them.

    Parameters
    ----------
    expression
        An expression in the language of the command line.
    at
        A number or array for each variable, for numbers beside the lines; not needed.
    wrt
        The variables to differentiate with respect to; all of them if not given.
    order
        The order of the last derivative; each begins with the one before.
    depth
        The number of levels of nested parts that have steps of their own; as many as there is room
        for if not given.

    Raises
    ------
    AdiffError
        If the expression cannot be read or is not a single number, there is no such variable, or a
        formula is too long.

    Examples
    --------
    >>> print(explain("sin(x**2)"))
    f  = sin(x**2)
    <BLANKLINE>
    u  = x**2
    f  = sin(u)
    <BLANKLINE>
    u' = 2*x         power rule
    f' = cos(u)*u'   chain rule
       = 2*x*cos(x**2)
    """
    by = given_names(wrt)
    check_text(expression)
    if at is None:
        problem = load(expression, "EXPR", (), may_trace=True, wrt=by or ())
    else:
        problem = pose(expression, at, by)
    names = chosen(problem.program, by, problem.env)
    found = explained(problem, names, given_order(order), depth)
    return found if at is None else replace(found, values=_values(found, given_values(at)))


def _values(explanation: Explanation, at: Mapping[str, Any]) -> dict[str, str]:
    """Return the number that each formula in a derivation stands for, in float64."""
    found: dict[str, str] = {}
    for line in chain(*(group for lines in explanation.blocks for group in lines.groups)):
        if line.formula and line.formula not in found:
            program = parse(line.formula)
            program.release(at)
            # The word `none` in a call is no name that has a value.
            if program.names.keys() <= at.keys():
                here = {name: at[name] for name in program.names}
                found[line.formula] = number(pose(line.formula, here, list(here)).y.data)
    return found


def explained(
    problem: Problem,
    names: Sequence[str],
    order: int = 1,
    depth: int | None = None,
    most: int | None = None,
) -> Explanation:
    """Return the steps to the derivatives by some variables.

    Parameters
    ----------
    depth
        The number of levels of nested parts that have steps of their own; as many as there is room
        for if not given.
    most
        The most characters of a formula.

    Raises
    ------
    AdiffError
        If there is no variable, the expression is not one number, or a formula is too long.
    """
    program, most = problem.program, most or MOST_CHARACTERS
    if order < 1:
        raise UsageError(
            "a derivative of order 0 has no steps",
            code="bad-option",
            hint="leave the order away for the first derivative",
        )
    if not names:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    if problem.y.size != 1:
        raise ComputationError(
            f"steps lead to the derivative of one number, and this is {described(problem.y.shape)}",
            code="not-a-scalar",
            hint="explain one of its elements, such as the first by `[0]`",
        )
    for name in names if order > 1 else ():
        refuse_tensor(name, problem.env[name], order)
    # The formulas come first and in this way, so that they are those of `adiff grad`.
    algebra = new_algebra(most, program.limits.seconds)
    found = list(successive_terms(algebra, program, names, order, problem.shapes, most))
    formulas: dict[str, str] = {}
    for name, term in found[-1].items():
        # Where a gradient has no formula, its elements may have.
        with suppress(AdiffError) if problem.env[name].shape else nullcontext():
            formulas[name] = formula(algebra, term, most=most)
    sections: list[Section] = []
    for name in names:
        if problem.env[name].shape:
            final = (formulas[name], found[1][name]) if name in formulas else None
            sections += _by_elements(algebra, problem, name, final, depth)
            continue
        origin = program
        for k in range(1, order + 1):
            term = found[k][name]
            text = formulas[name] if k == order else formula(algebra, term, most=most)
            sections.append(_section(algebra, origin, problem, name, k, depth, (text, term)))
            origin = _again(text, problem)
    return Explanation(program.source, order, sections, formulas)


def _by_elements(
    algebra: Algebra, problem: Problem, name: str, final: tuple[str, Term] | None, depth: int | None
) -> Iterator[Section]:
    """Yield the derivations by each element of a vector or matrix, then the gradient."""
    elements = element_names(name, problem.env[name].shape)
    if len(elements) > MOST_ELEMENTS:
        raise UsageError(
            f"`{name}` has {len(elements)} elements, and the steps are written out for"
            f" {MOST_ELEMENTS} at most",
            code="too-many-variables",
            hint="explain it for a shorter one, which has the same steps",
        )
    for element in elements:
        yield _section(algebra, problem.program, problem, element, 1, depth)
    if final is not None and "\n" not in final[0]:
        yield Section(algebra, None, name, 1, None, ("", ""), final)


def _again(text: str, problem: Problem) -> Program:
    """Return the formula of a derivative as a program, to be differentiated again."""
    program = parse(text, limits=problem.program.limits)
    program.release(problem.env)
    return program


def _others(problem: Problem, name: str) -> list[str] | None:
    """Return the other variables; None if the only variable is a scalar."""
    if len(problem.env) == 1 and problem.shapes is None:
        return None
    stem = name.partition("[")[0]
    return [other for other in problem.env if other != stem]


def _section(
    algebra: Algebra,
    program: Program,
    problem: Problem,
    name: str,
    order: int,
    depth: int | None,
    final: tuple[str, Term] | None = None,
) -> Section:
    """Return the derivation of a program by a scalar, or by an element of a vector.

    Parameters
    ----------
    order
        Which derivative it leads to: the program is the one before.
    final
        The last line, if it is known.
    """
    env = symbolic_variables(program, problem.shapes)
    results = program.results(env)
    term = _value(algebra, program, env, results)
    defined = _definitions(algebra, program, env, results)
    lines = [line.partition(" = ")[0] for line in final[0].split("\n")[:-1]] if final else []
    taken = {*problem.env, *program.definitions, *program.functions, *lines, *CONSTANTS}
    taken |= functions().keys()
    whole = next(letter for letter in _letters("fyghz") if letter not in taken)
    primes = primed(whole, order - 1), primed(whole, order)

    if depth is None:
        counts = ((number_of_steps(algebra, term, name, most), most) for most in DEPTHS)
        depth = next((most for steps, most in counts if steps <= MOST_STEPS), 0)
    free = (letter for letter in _letters("uvwpqrst") if letter not in taken and letter != whole)
    known = None if final is None else final[1]
    found = derivation(algebra, term, name, primes[0], free, defined, depth, known)
    if final is None:
        own = found.steps[-1].result
        final = formula(algebra, own), own
    return Section(algebra, found, name, order, _others(problem, name), primes, final)


def _value(
    algebra: Algebra, program: Program, env: Mapping[str, Variable], results: Sequence[Any]
) -> Term:
    """Return the value of a program as a term of numbers, which are the elements of vectors.

    Raises
    ------
    ComputationError
        If an operation has no formula by elements.
    """
    (term,) = value_terms(algebra, program, env, results, True)
    vectors = {name for name, x in env.items() if x.shape}
    if vectors.isdisjoint(symbols(term)):
        return term
    found = term_of_elements(algebra, as_variable(results[program.result]), env)
    if found is None:
        raise ComputationError(
            "the steps are those of numbers, and a vector here has no formula by its elements",
            code="no-steps",
            hint="`adiff grad` gives the derivative",
        )
    return found


def _definitions(
    algebra: Algebra, program: Program, env: Mapping[str, Any], results: Sequence[Any]
) -> dict[Term, str]:
    """Return the names that the text gives to terms."""
    found: dict[Term, str] = {}
    for name, slot in program.definitions.items():
        if slot >= 0 and getattr(results[slot], "shape", None) == ():
            term = _value(algebra, replace(program, result=slot), env, results)
            if not isinstance(term, Symbol | Number):
                found.setdefault(term, name)
    return found


def _letters(first: str) -> Iterator[str]:
    yield from first
    for k in count(1):
        yield f"{first[0]}{k}"


def _latex_prime(name: str) -> str:
    """Return the name of a derivative in LaTeX."""
    stem, _, order = name.partition("^")
    return f"{stem}^{{{order}}}" if order else stem
