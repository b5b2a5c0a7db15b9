"""Derivations as data: parts with names, and the steps that differentiate them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from autodiff_cli.language.exact_numbers import Exact, is_decimal, magnitude
from autodiff_cli.symbolic.nodes import Number, Product, Sum, Term
from autodiff_cli.symbolic.shorten import rebuilt
from autodiff_cli.symbolic.terms import Algebra

__all__ = [
    "Addend",
    "Derivation",
    "NamedPart",
    "Prime",
    "Ratio",
    "Step",
    "as_ratio",
    "is_below",
    "scaled",
]


class Addend(NamedTuple):
    """A term of an unsimplified sum: a product of terms over a divisor."""

    negative: bool
    factors: tuple[Term, ...]
    below: Term | None = None


class Ratio(NamedTuple):
    """An unsimplified sum over a divisor."""

    addends: tuple[Addend, ...]
    below: Term | None = None


class Prime(NamedTuple):
    """What a symbol for a derivative is the derivative of, and that derivative."""

    of: Term
    value: Term
    rules: tuple[str, ...] = ()


class NamedPart(NamedTuple):
    """A part that has a name.

    Attributes
    ----------
    term
        What it is in terms of the variables.
    shown
        What it is in terms of variables and of parts named before it.
    """

    name: str
    term: Term
    shown: Term


@dataclass(frozen=True)
class Step:
    """The differentiation of a part.

    Attributes
    ----------
    rules
        The names of the rules.
    form
        What they give, in which symbols stand for derivatives of parts.
    result
        The same in terms of the variables, simplified.
    """

    part: NamedPart
    rules: tuple[str, ...]
    form: Ratio
    result: Term


@dataclass(frozen=True)
class Derivation:
    """The steps to a derivative; the last one is that of the whole.

    Attributes
    ----------
    primes
        The symbols in forms that stand for derivatives.
    """

    variable: str
    steps: Sequence[Step]
    primes: Mapping[Term, Prime] = field(default_factory=dict)

    def substituted(self, algebra: Algebra, step: Step) -> Ratio:
        """Return the form of a step with derivatives, and parts, in terms of the variables."""
        known = {symbol: prime.value for symbol, prime in self.primes.items()}
        known |= {algebra.symbol(other.part.name): other.part.term for other in self.steps}

        def whole(term: Term | None) -> Term | None:
            return None if term is None else rebuilt(algebra, term, known=known)

        def of(addend: Addend) -> Addend | None:
            factors = [rebuilt(algebra, factor, known=known) for factor in addend.factors]
            if algebra.zero in factors:
                return None
            below = [addend.below] if addend.below is not None else []
            negative, shown = addend.negative, []
            for k, factor in enumerate(factors):
                ratio = as_ratio(algebra, factor)
                negative ^= ratio.negative and not k
                if ratio.negative and k:
                    shown.append(algebra.multiply(algebra.number(Fraction(-1)), *ratio.factors))
                else:
                    shown += ratio.factors
                below += [ratio.below] if ratio.below is not None else []
            return Addend(
                negative, tuple(shown), whole(algebra.multiply(*below)) if below else None
            )

        addends = tuple(filter(None, map(of, step.form.addends)))
        return Ratio(addends, whole(step.form.below))


def is_below(algebra: Algebra, base: Term, exponent: Term) -> bool:
    """Return whether a power is written in the denominator."""
    return base is not algebra.e and isinstance(exponent, Number) and exponent.value < 0


def as_ratio(algebra: Algebra, term: Term) -> Addend:
    """Return a term as a product of one factor, if it is not 1, over a divisor."""
    coefficient: Exact = Fraction(1)
    powers: list[tuple[Term, Term]] = [(term, algebra.one)]
    if isinstance(term, Product):
        coefficient, powers = term.coefficient, list(term.powers.items())
    elif isinstance(term, Number):
        coefficient, powers = term.value, []
    size = magnitude(coefficient)
    top, bottom = size, Fraction(1)
    if isinstance(size, Fraction) and not is_decimal(size):
        top, bottom = Fraction(size.numerator), Fraction(size.denominator)
    over = [(b, n) for b, n in powers if not is_below(algebra, b, n)]
    under = [(b, algebra.negative(n)) for b, n in powers if is_below(algebra, b, n)]
    above = [algebra.collect([(algebra.number(top), algebra.one), *over])]
    if len(over) == 1 and isinstance(over[0][0], Sum):
        # 2*(x - 1) would be written as 2*x - 2.
        above = [algebra.number(top), algebra.collect(over)]
    below = algebra.collect([(algebra.number(bottom), algebra.one), *under])
    factors = tuple(factor for factor in above if factor is not algebra.one)
    return Addend(coefficient < 0, factors, None if below is algebra.one else below)


def scaled(algebra: Algebra, addend: Addend, factor: Term) -> Addend:
    """Return a multiple of an addend."""
    ratio = as_ratio(algebra, factor)
    below = [part for part in (ratio.below, addend.below) if part is not None]
    return Addend(
        addend.negative != ratio.negative,
        ratio.factors + addend.factors,
        algebra.multiply(*below) if below else None,
    )
