"""The derivation of a derivative, step by step, as a teacher would write it.

Each part of a term that needs a rule of its own gets a name and a step.  The rule itself is not
written here: the part is made a graph of the parts in it, which the engine differentiates.

Examples
--------
>>> from autodiff_cli.symbolic.rewrite import new_algebra
>>> from autodiff_cli.symbolic.arithmetic import of_program
>>> from autodiff_cli.language.parser import parse
>>> algebra = new_algebra()
>>> found = derivation(algebra, of_program(algebra, parse("sin(x**2)")), "x", "f", iter("uvw"))
>>> [(step.part.name, step.rules) for step in found.steps]
[('u', ('power rule',)), ('f', ('chain rule',))]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import NamedTuple

from autodiff_cli.engine import as_variable, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.rule_names import CHAIN, CONSTANT, CONSTANT_FACTOR, rule_name
from autodiff_cli.symbolic.arithmetic import applied
from autodiff_cli.symbolic.choices import chosen
from autodiff_cli.symbolic.dependence import Dependence, is_choice
from autodiff_cli.symbolic.derivation import (
    Addend,
    Derivation,
    NamedPart,
    Prime,
    Ratio,
    Step,
    as_ratio,
    is_below,
    scaled,
)
from autodiff_cli.symbolic.derivatives import gradient_terms
from autodiff_cli.symbolic.nodes import Apply, Product, Sum, Term, symbols
from autodiff_cli.symbolic.shorten import rebuilt
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["SUMMARY", "derivation", "number_of_steps"]

SUMMARY = "several rules"
"""The rule of a step that takes several rules at once."""


def derivation(
    algebra: Algebra,
    term: Term,
    variable: str,
    name: str,
    names: Iterator[str],
    defined: Mapping[Term, str] | None = None,
    depth: int = 1000,
    result: Term | None = None,
) -> Derivation:
    """Return the steps by which a term is differentiated by a scalar variable.

    Parameters
    ----------
    name
        The name of the whole.
    names
        Names for parts.
    defined
        Terms that have a name already.
    depth
        How many levels of parts in parts have a step of their own.
    result
        The derivative of the term, if it is known.
    """
    builder = _DerivationBuilder(algebra, variable, names, defined or {}, depth)
    if result is not None:
        builder.slopes[term] = result
    builder.explain(term, name, 0)
    return Derivation(variable, builder.steps, builder.primes)


def number_of_steps(algebra: Algebra, term: Term, variable: str, depth: int) -> int:
    """Return the number of steps of a derivation of some depth, without differentiating."""
    builder = _DerivationBuilder(algebra, variable, map(str, count()), {}, depth, only_parts=True)
    builder.explain(term, "", 0)
    return len(builder.steps)


class _Split(NamedTuple):
    """A part split into the parts in it, and its derivative."""

    shown: Term
    rules: tuple[str, ...]
    addends: tuple[Addend, ...]
    below: Term | None = None


class _Child(NamedTuple):
    """A part of a part: how it is written, and the symbol of its derivative unless that is 1."""

    shown: Term
    prime: Term | None


class _DerivationBuilder:
    def __init__(
        self,
        algebra: Algebra,
        variable: str,
        names: Iterator[str],
        defined: Mapping[Term, str],
        depth: int,
        only_parts: bool = False,
    ) -> None:
        self.algebra = algebra
        self.x = algebra.symbol(variable)
        self.variable = variable
        self.names = names
        self.defined = defined
        self.depth = depth
        self.parts: dict[Term, NamedPart] = {}
        self.steps: list[Step] = []
        self.primes: dict[Term, Prime] = {}
        self.on = Dependence(algebra, variable)
        self.slopes: dict[Term, Term] = {}
        self.only_parts = only_parts
        self.level = 0
        self._unit = f"{variable}' = 1"

    def explain(self, term: Term, name: str | None, level: int) -> NamedPart:
        """Append the step of a term, after those of the parts in it, which are named before it."""
        outside, self.level = self.level, level
        whole = level > self.depth and not self.on.is_immediate(term)
        form = _Split(term, (SUMMARY,), ()) if whole else self._form(term)
        self.level = outside
        part = self.parts[term] = NamedPart(name or next(self.names), term, form.shown)
        self.steps.append(
            Step(part, form.rules, Ratio(form.addends, form.below), self._slope(term))
        )
        return part

    def _slope(self, term: Term) -> Term:
        if (known := self.slopes.get(term)) is None:
            known = self.slopes[term] = self._partials(term, [self.variable])[0]
        return known

    def _partials(self, term: Term, names: Sequence[str]) -> list[Term]:
        if self.only_parts:
            return [self.algebra.zero for _ in names]
        env = {name: as_variable(math.nan, name) for name in {*symbols(term), *names}}
        return gradient_terms(self.algebra, term, env, names)

    def _child(self, term: Term, inner: bool = False) -> _Child:
        """Return a part of a part, after explaining it unless its derivative is immediate.

        Parameters
        ----------
        inner
            Whether it is the argument of a function.
        """
        if term is self.x:
            return _Child(term, None if inner else self._prime(term, (self._unit,)))
        if term in self.parts:
            return self._named(self.parts[term])
        inline = self.on.is_affine if inner else self.on.is_immediate
        if term not in self.defined and inline(term):
            rules = () if inner else self._form(term).rules
            return _Child(term, self._prime(term, rules))
        return self._named(self.explain(term, self.defined.get(term), self.level + 1))

    def _named(self, part: NamedPart) -> _Child:
        symbol = self.algebra.symbol(part.name)
        return _Child(symbol, self._prime(symbol, value=self._slope(part.term)))

    def _prime(self, of: Term, rules: tuple[str, ...] = (), value: Term | None = None) -> Term:
        """Return the symbol that stands for the derivative of a term."""
        symbol = self.algebra.symbol(f"'{of.serial}")
        if symbol not in self.primes:
            self.primes[symbol] = Prime(of, value or self._slope(of), rules)
        return symbol

    def _form(self, term: Term) -> _Split:
        """Return a term in terms of the parts in it, and its derivative by one rule."""
        algebra = self.algebra
        pieces = self.on.pieces(term)
        if not pieces:
            return _Split(term, (CONSTANT,), ())
        if len(pieces) == 1:
            ((core, factor),) = pieces.items()
            form = self._core(core)
            rules = form.rules
            if core is self.x:
                rules = self._affine_rules(term, factor)
            elif factor is not algebra.one and len(rules) <= 1:
                rules = (*rules, CONSTANT_FACTOR)
            addends = tuple(scaled(algebra, addend, factor) for addend in form.addends)
            if term is self.x:
                addends = (Addend(False, ()),)
            shown = {core: form.shown}
            return _Split(self._with_shown(term, pieces, shown), rules, addends, form.below)
        shown, addends = {}, ()
        for core, factor in pieces.items():
            child = self._child(core)
            assert child.prime is not None
            shown[core] = child.shown
            addends += (scaled(algebra, Addend(False, (child.prime,)), factor),)
        rules = (rule_name(registry["add"]),)
        return _Split(self._with_shown(term, pieces, shown), rules, addends)

    def _affine_rules(self, term: Term, factor: Term) -> tuple[str, ...]:
        """Return the rules for a multiple of the variable to which a constant may be added."""
        rules = () if factor is self.algebra.one else (CONSTANT_FACTOR,)
        if self.algebra.multiply(factor, self.x) is not term:
            rules = (rule_name(registry["add"]), *rules)
        return rules or (self._unit,)

    def _with_shown(
        self, term: Term, pieces: Mapping[Term, Term], shown: Mapping[Term, Term]
    ) -> Term:
        """Return a term with its parts as they are written."""
        algebra = self.algebra
        if all(core is other for core, other in shown.items()):
            return term
        parts = term.parts.items() if isinstance(term, Sum) else ()
        fixed = [(part, weight) for part, weight in parts if not self.on.depends(part)]
        if isinstance(term, Sum):
            fixed.append((algebra.one, term.constant))
        moving = [(algebra.multiply(factor, shown[c]), Fraction(1)) for c, factor in pieces.items()]
        return algebra.combine([*moving, *fixed])

    def _core(self, core: Term) -> _Split:
        """Return a part without constant factors or addends in terms of the parts in it."""
        algebra = self.algebra
        if isinstance(core, Sum):
            child = self._child(core)
            assert child.prime is not None
            return _Split(child.shown, (), (Addend(False, (child.prime,)),))
        if core is self.x:
            return _Split(
                core, (self._unit,), (Addend(False, (self._prime(core, (self._unit,)),)),)
            )
        if isinstance(core, Product):
            if len(core.powers) > 1:
                return self._product(core)
            return self._power(*next(iter(core.powers.items())))
        if not isinstance(core, Apply):
            return _Split(core, (SUMMARY,), ())
        operation = registry[core.name]
        if not isinstance(operation, Elementwise):
            return _Split(core, (SUMMARY,), ())
        if is_choice(algebra, core):
            return self._choice(core)

        def make(arguments: Sequence[Term]) -> Term:
            return applied(algebra, operation, list(arguments), dict(core.params))

        return self._called(make, core.arguments, rule_name(operation))

    def _called(
        self, make: Callable[[Sequence[Term]], Term], arguments: Sequence[Term], rule: str
    ) -> _Split:
        """Return a function of parts: its derivative by each, times the derivative of that."""
        moving = [self._child(a, inner=True) if self.on.depends(a) else None for a in arguments]
        slopes = self._locals(make, arguments, moving)
        addends = []
        for child, slope in zip((c for c in moving if c is not None), slopes, strict=True):
            ratio = as_ratio(self.algebra, slope)
            prime = () if child.prime is None else (child.prime,)
            addends.append(Addend(ratio.negative, ratio.factors + prime, ratio.below))
        chained = any(child is not None and child.prime is not None for child in moving)
        if rule == CONSTANT or all(slope is self.algebra.zero for slope in slopes):
            addends, chained = [], False
        rules: tuple[str, ...] = (rule,)
        if chained:
            rules = (CHAIN,) if rule.startswith("derivative of") else (rule, CHAIN)
        shown = make([a if c is None else c.shown for a, c in zip(arguments, moving, strict=True)])
        return _Split(shown, rules, tuple(addends))

    def _locals(
        self,
        make: Callable[[Sequence[Term]], Term],
        arguments: Sequence[Term],
        moving: Sequence[_Child | None],
    ) -> list[Term]:
        """Return the derivatives of a function by those of its arguments that are moving."""
        algebra = self.algebra
        places = [f"'{k}'" for k in range(len(arguments))]
        given = [
            a if c is None else algebra.symbol(place)
            for a, c, place in zip(arguments, moving, places, strict=True)
        ]
        names = [place for c, place in zip(moving, places, strict=True) if c is not None]
        known = {
            algebra.symbol(place): c.shown
            for c, place in zip(moving, places, strict=True)
            if c is not None
        }
        slopes = self._partials(make(given), names)
        return [rebuilt(algebra, slope, known=known) for slope in slopes]

    def _power(self, base: Term, exponent: Term) -> _Split:
        def make(arguments: Sequence[Term]) -> Term:
            return self.algebra.raised(*arguments)

        rule = rule_name(registry["pow"])
        if self.on.depends(exponent):
            exponential = rule_name(registry["exp"])
            rule = f"{rule}, {exponential}" if self.on.depends(base) else exponential
        form = self._called(make, (base, exponent), rule)
        return form._replace(rules=tuple(", ".join(form.rules).split(", ")))

    def _product(self, core: Product) -> _Split:
        """Return a product of parts by the product rule, a quotient by the quotient rule."""
        algebra = self.algebra
        powers = core.powers.items()
        over = [algebra.raised(*power) for power in powers if not is_below(algebra, *power)]
        under = [(b, algebra.negative(n)) for b, n in powers if is_below(algebra, b, n)]
        if not over:
            return self._power(algebra.collect(under), algebra.number(Fraction(-1)))
        if under:
            factors = [algebra.multiply(*over), algebra.collect(under)]

            def make(arguments: Sequence[Term]) -> Term:
                return algebra.divide(*arguments)
        else:
            factors = over

            def make(arguments: Sequence[Term]) -> Term:
                return algebra.multiply(*arguments)

        moving = [self._child(factor) for factor in factors]
        slopes = self._locals(make, factors, moving)
        below = None
        if under:
            below = algebra.raised(moving[1].shown, algebra.number(Fraction(2)))
            slopes = [algebra.multiply(slope, below) for slope in slopes]
        addends = []
        for k, (child, slope) in enumerate(zip(moving, slopes, strict=True)):
            ratio = as_ratio(algebra, slope)
            assert child.prime is not None
            others = [other.shown for other in moving]
            others[k] = child.prime
            both = tuple(others)
            if under or algebra.multiply(*others) is not algebra.multiply(slope, child.prime):
                both = (*ratio.factors, child.prime) if k else (child.prime, *ratio.factors)
            addends.append(Addend(ratio.negative, both, ratio.below))
        rule = rule_name(registry["div" if under else "mul"])
        return _Split(make([child.shown for child in moving]), (rule,), tuple(addends), below)

    def _choice(self, core: Apply) -> _Split:
        """Return a choice between parts: the derivative is one case by case."""
        algebra = self.algebra
        where = registry["where"]
        fixed = core.arguments[: core.name == where.name]
        branches = core.arguments[len(fixed) :]
        known, primes = self._branches(branches)
        shown = [rebuilt(algebra, branch, known=known) for branch in branches]
        whole = applied(algebra, registry[core.name], [*fixed, *shown], dict(core.params))
        slope = self._case(chosen(algebra, whole), primes)
        return _Split(whole, (rule_name(where),), (Addend(False, (slope,)),))

    def _branches(self, terms: Sequence[Term]) -> tuple[dict[Term, Term], dict[Term, Term]]:
        """Return how parts are written, and by that the symbols of their derivatives."""
        known: dict[Term, Term] = {}
        primes: dict[Term, Term] = {}
        for term in terms:
            if self.on.depends(term):
                child = self._child(term)
                known[term] = child.shown
                primes[child.shown] = child.prime or self.algebra.one
        return known, primes

    def _by_case(self, condition: Term, sides: Sequence[Term], primes: Mapping[Term, Term]) -> Term:
        cases = [self._case(side, primes) for side in sides]
        return applied(self.algebra, registry["where"], [condition, *cases])

    def _case(self, term: Term, primes: Mapping[Term, Term]) -> Term:
        """Return the derivative of a choice between parts, given those of the parts."""
        if term in primes:
            return primes[term]
        if isinstance(term, Apply) and term.name == "where":
            condition, *sides = term.arguments
            return self._by_case(condition, sides, primes)
        algebra = self.algebra
        places = {part: algebra.symbol(f"'{k}'") for k, part in enumerate(primes)}
        names = [f"'{k}'" for k in range(len(primes))]
        back = {place: part for part, place in places.items()}
        slopes = self._partials(rebuilt(algebra, term, known=places), names)
        return algebra.add(
            *(
                algebra.multiply(rebuilt(algebra, slope, known=back), prime)
                for slope, prime in zip(slopes, primes.values(), strict=True)
            )
        )
