"""Shorten terms: factor out common factors, or multiply out products of sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm, log10
from typing import Any

from autodiff_cli.engine import registry
from autodiff_cli.language.exact_numbers import Exact, is_decimal, magnitude, times
from autodiff_cli.language.format import number as array_text
from autodiff_cli.symbolic.arithmetic import applied
from autodiff_cli.symbolic.nodes import (
    Apply,
    Array,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    children,
    is_integer,
    is_root,
    is_unbounded,
    postorder,
)
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["expanded_size", "least_length", "rebuilt", "shortened"]

MOST_TERMS = 50
"""The most terms of a sum that is shortened."""


def shortened(algebra: Algebra, term: Term) -> Term:
    """Return a term in which each sum has the shortest of the forms that are tried."""
    return _Shortening(algebra).of(term)


def rebuilt(
    algebra: Algebra,
    term: Term,
    better: Callable[[Any], Term] = lambda part: part,
    known: Mapping[Term, Term] | None = None,
) -> Term:
    """Return a term that is rebuilt from the inside out, with each of its parts replaced.

    Parameters
    ----------
    better
        A function that returns the replacement of a sum, product or function, the parts of which
        have already been replaced.
    known
        Replacements of some parts, which are not looked into.
    """
    made: dict[Term, Term] = dict(known or {})
    for inner in postorder([term], made.keys()):
        match inner:
            case Sum():
                parts = [(made[part], weight) for part, weight in inner.parts.items()]
                made[inner] = better(algebra.combine([*parts, (algebra.one, inner.constant)]))
            case Product():
                powers = [(made[base], made[power]) for base, power in inner.powers.items()]
                made[inner] = better(
                    algebra.collect([*powers, (algebra.number(inner.coefficient), algebra.one)])
                )
            case Apply():
                params = dict(inner.params)
                made[inner] = better(
                    applied(
                        algebra, registry[inner.name], [made[a] for a in inner.arguments], params
                    )
                )
            case _:
                made[inner] = inner
    return made[term]


class _Shortening:
    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.sizes: dict[Term, int] = {}
        self.split: dict[Sum, tuple[Term, Term] | None] = {}

    def of(self, term: Term) -> Term:
        return rebuilt(self.algebra, term, self._shorter)

    def _shorter(self, term: Term) -> Term:
        match term:
            case Sum():
                return self._best(term)
            case Product():
                return self._within_choice(self._without_fractions(term))
        return term

    def _within_choice(self, term: Term) -> Term:
        """Return a number times a choice as a choice between products, if that is shorter."""
        if not isinstance(term, Product) or len(term.powers) != 1:
            return term
        ((base, exponent),) = term.powers.items()
        choice = isinstance(base, Apply) and base.name == "where" and exponent is self.algebra.one
        if not choice:
            return term
        condition, *branches = base.arguments  # type: ignore[attr-defined]
        scaled = [self.algebra.combine([(branch, term.coefficient)]) for branch in branches]
        other = applied(self.algebra, registry["where"], [condition, *scaled])
        return min(other, term, key=self._size)

    def _best(self, whole: Term) -> Term:
        if not isinstance(whole, Sum) or len(whole.parts) > MOST_TERMS:
            return whole
        split = common(self.algebra, whole)
        forms: list[Term] = [whole, expanded(self.algebra, whole)]
        if split is not None:
            outside, inside = split
            open_ = expanded(self.algebra, inside)
            # Once multiplied out it may have more common factors, and become a single product.
            again = common(self.algebra, open_) if isinstance(open_, Sum) else None
            inner = open_ if again is None else self.algebra.multiply(*again)
            forms = [self.algebra.multiply(outside, form) for form in (inside, inner)] + forms
        return min(forms, key=self._size)

    def _without_fractions(self, whole: Term) -> Term:
        """Return a product with fractions factored out of its sums, if that is shorter."""
        algebra = self.algebra
        for base, exponent in whole.powers.items() if isinstance(whole, Product) else ():
            if not isinstance(base, Sum) or not isinstance(exponent, Number):
                continue
            if is_unbounded(exponent):
                continue
            if base not in self.split:
                self.split[base] = common(algebra, base)
            if (split := self.split[base]) is None:
                continue
            outside, inside = split
            positive = isinstance(outside, Number) and outside.value > 0
            if not positive and not is_integer(exponent):
                continue
            rest = algebra.divide(whole, algebra.raised(base, exponent))
            other = algebra.collect([(rest, algebra.one), (outside, exponent), (inside, exponent)])
            if self._size(other) < self._size(whole):
                return self._without_fractions(other)
        return whole

    def _size(self, term: Term) -> int:
        """Return the approximate number of characters of a term."""
        for inner in postorder([term], self.sizes):
            self.sizes[inner] = self._own_size(inner)
        return self.sizes[term]

    def _own_size(self, term: Term) -> int:
        sizes = self.sizes
        match term:
            case Number():
                return _length(term.value)
            case Symbol():
                return len(term.name)
            case Array():
                return len(array_text(term.value))
            case Sum():
                weights = [*term.parts.values(), term.constant]
                numbers = sum(_length(w) for w in weights if abs(w) != 1)
                return numbers + sum(sizes[part] + 3 for part in term.parts)
            case Product():
                number = magnitude(term.coefficient)
                size = 0 if number == 1 else _length(number) + 1
                for base, exponent in term.powers.items():
                    size += sizes[base] + 1 + 2 * isinstance(base, Sum)
                    size += 0 if exponent is self.algebra.one else sizes[exponent] + 2
                return size
            case Apply():
                return len(term.name) + 2 + sum(sizes[a] + 2 for a in term.arguments)
        raise AssertionError(term)


def expanded(algebra: Algebra, term: Term) -> Term:
    """Return a term with its products of sums multiplied out, unless that is too long."""
    if not isinstance(term, Sum):
        return term
    pieces: list[tuple[Term, Exact]] = [(algebra.one, term.constant)]
    opened = False
    for part, weight in term.parts.items():
        sums, others = [], []
        powers = part.powers if isinstance(part, Product) else {part: algebra.one}
        for base, exponent in powers.items():
            whole = isinstance(exponent, Number) and exponent.value in (1, 2, 3, 4)
            if whole and isinstance(base, Sum):
                sums += [base] * int(exponent.value)  # type: ignore[attr-defined]
            else:
                others.append((base, exponent))
        if not sums:
            pieces.append((part, weight))
            continue
        opened = True
        multiplied: list[tuple[Term, Exact]] = [(algebra.collect(others), weight)]
        for base in sums:
            parts = [*base.parts.items(), (algebra.one, base.constant)]
            if len(multiplied) * len(parts) > MOST_TERMS:
                return term
            multiplied = [(algebra.multiply(m, x), w * v) for m, w in multiplied for x, v in parts]
        pieces += multiplied
        if len(pieces) > 4 * MOST_TERMS:
            return term
    return algebra.combine(pieces) if opened else term


def common(algebra: Algebra, term: Sum) -> tuple[Term, Term] | None:
    """Return the common factor of the terms of a sum, and the sum without it; None if it is 1."""
    parts: list[tuple[Term, Exact]] = list(term.parts.items())
    if term.constant != 0:
        parts.append((algebra.one, term.constant))
    if len(parts) > MOST_TERMS:
        return None
    each = [
        dict(part.powers) if isinstance(part, Product) else {part: algebra.one} for part, _ in parts
    ]
    _open_roots(algebra, each)
    shared: dict[Term, Term] = {}
    for base in dict.fromkeys(base for powers in each for base in powers):
        if isinstance(base, Number) and base.value == 0:
            continue
        exponents = [powers.get(base, algebra.zero) for powers in each]
        if any(map(is_unbounded, exponents)):
            continue
        if all(isinstance(exponent, Number) for exponent in exponents):
            least = min(exponents, key=lambda e: e.value)  # type: ignore[attr-defined]
            if least is not algebra.zero:
                shared[base] = least
        elif all(exponent is exponents[0] for exponent in exponents):
            shared[base] = exponents[0]
    number = _content([weight for _, weight in parts])
    if not shared and number == 1:
        return None
    outside = algebra.collect([(algebra.number(number), algebra.one), *shared.items()])
    inside = []
    for powers, (_, weight) in zip(each, parts, strict=True):
        left = {
            b: algebra.add(n, algebra.negative(shared.get(b, algebra.zero)))
            for b, n in powers.items()
        }
        left |= {b: algebra.negative(n) for b, n in shared.items() if b not in powers}
        inside.append((algebra.collect(left.items()), times(weight, 1 / number)))
    return outside, algebra.combine(inside)


def _open_roots(algebra: Algebra, each: list[dict[Term, Term]]) -> None:
    """Replace sqrt(x)**2 by x in products that share a root of x, which keeps the same nan."""
    roots = dict.fromkeys(x for powers in each for x, n in powers.items() if is_root(n))
    for base in roots:
        root = algebra.raised(base, algebra.number(Fraction(1, 2)))
        if not isinstance(root, Product) or list(root.powers) != [base]:
            continue
        found = [n for powers in each for x, n in powers.items() if x is root]
        if not found or not all(map(is_integer, found)):
            continue
        own = [powers.get(base, algebra.zero) for powers in each if root not in powers]
        least = min((n for n in own if isinstance(n, Number)), key=_value, default=algebra.zero)
        halves = [_value(n) / 2 for n in found]
        if not is_root(least) or min(halves) < _value(least):
            continue
        for powers in each:
            if (twice := powers.pop(root, None)) is not None:
                half = algebra.multiply(twice, algebra.number(Fraction(1, 2)))
                powers[base] = algebra.add(powers.get(base, algebra.zero), half)


def _value(term: Term) -> Exact:
    return term.value  # type: ignore[attr-defined,no-any-return]


def _length(value: Exact) -> int:
    """Return the approximate number of characters of a number."""
    if isinstance(value, float) or max(abs(value.numerator), value.denominator) < 10**15:
        return len(str(value))
    sizes = (n for n in (abs(value.numerator), value.denominator) if n > 1)
    return sum(int(log10(n)) + 1 for n in sizes)


def _content(weights: Sequence[Exact]) -> Exact:
    """Return the common numeric factor of coefficients, which is written before the brackets."""
    if any(isinstance(weight, float) or is_decimal(abs(weight)) for weight in weights):
        return Fraction(1)
    above = gcd(*(weight.numerator for weight in weights))  # type: ignore[union-attr]
    below = lcm(*(weight.denominator for weight in weights))  # type: ignore[union-attr]
    sign = -1 if all(weight < 0 for weight in weights) else 1
    return Fraction(sign * above, below)


def least_length(term: Term) -> int:
    """Return a lower bound for the number of characters of a formula.

    With names for common subexpressions each part is written once, and needs a name and an operator
    for each occurrence; exponents that are numbers may not be written.
    """
    return sum(
        2 * sum(not isinstance(child, Number) for child in children(part)) - 1
        for part in postorder([term])
        if not isinstance(part, Array | Number | Symbol)
    )


def expanded_size(term: Term) -> int:
    """Return the number of leaves of a term in which each subterm is written at each use."""
    sizes: dict[Term, int] = {}
    for inner in postorder([term]):
        sizes[inner] = sum(sizes[child] for child in children(inner)) or 1
    return sizes[term]
