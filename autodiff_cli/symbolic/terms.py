"""The algebra that constructs the terms of formulas; each term exists only once.

A sum is a mapping from terms to coefficients, and a product a mapping from bases to exponents, so
like terms and like powers are combined by construction, in whatever order they are added.  Two
terms are equal if and only if they are the same object.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from autodiff_cli.errors import ComputationError, formula_too_long
from autodiff_cli.language.exact_numbers import Exact, is_whole, plus, power, times
from autodiff_cli.symbolic.nodes import (
    Apply,
    Array,
    NamedConstant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    Vanished,
    has_no_slope,
    is_integer,
    is_root,
    is_unbounded,
    never_negative,
    symbols,
)

__all__ = ["Algebra"]

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)

_WORK = 20
"""The most parts of all terms together per character of a formula; few need more than 8."""

_BETWEEN_LOOKS = 1000
"""The number of parts after which the time is checked."""

_MOST_WHOLE = 2.0**53
"""A whole float below this is not whole because of rounding."""


E_NAME = "e"


class Algebra:
    """Constructs terms, and keeps each term that exists.

    Parameters
    ----------
    of_sums, of_products, of_functions
        Simplifications of sums, products and functions beyond arithmetic
        (`autodiff_cli.symbolic.rules`): each takes the algebra as its first argument, and returns
        None or False if it finds nothing simpler.
    nonnegative
        Whether a function, given by name, is 0 or more wherever it has a value.
    most
        The most characters of a formula, if the work on it is limited.
    seconds
        The time limit for all work, if there is one.

    Attributes
    ----------
    joining
        The current depth of nested choices into which products are being moved.
    """

    def __init__(
        self,
        of_sums: Callable[[Algebra, dict[Term, Exact], Exact], Exact | None] | None = None,
        of_products: Callable[[Algebra, dict[Term, Term]], bool] | None = None,
        of_functions: Callable[[Algebra, str, tuple[Term, ...]], Term | None] | None = None,
        nonnegative: Callable[[str], bool] | None = None,
        most: int | None = None,
        seconds: int | None = None,
    ) -> None:
        self._terms: dict[Any, Term] = {}
        self._of_sums = of_sums
        self._of_products = of_products
        self._of_functions = of_functions
        self._nonnegative = nonnegative or (lambda name: False)
        self._most = most
        self._work, self._room = 0, math.inf
        self._seconds = seconds
        self._end = time.monotonic() + (seconds or math.inf)
        self._unwatched = _BETWEEN_LOOKS
        self._remembers = False
        self.joining = 0
        self.zero, self.one = self.number(ZERO), self.number(ONE)
        self.e = self.constant(E_NAME)

    def _kept(self, key: Any, make: Callable[[], Term]) -> Term:
        term = self._terms.get(key)
        if term is None:
            term = self._terms[key] = make()
            term.serial = len(self._terms)
        return term

    def number(self, value: Exact) -> Term:
        """Return the term of a number; a whole float becomes exact."""
        if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE:
            value = Fraction(int(value))
        return self._kept(("number", type(value), repr(value)), lambda: Number(value))

    @contextmanager
    def remembering_variables(self) -> Iterator[None]:
        """Distinguish a 0 in which variables have cancelled from a literal 0 inside the context.

        A term that contains such a 0 may have no derivative, as 1/(x - x) has none.
        """
        self._remembers = True
        try:
            yield
        finally:
            self._remembers = False

    def _left_of(self, terms: Iterable[Term]) -> Term:
        """Return the 0 that remains when terms cancel."""
        names = frozenset().union(*map(symbols, terms)) if self._remembers else frozenset()
        return self._kept(("left", names), lambda: Vanished(names)) if names else self.zero

    def symbol(self, name: str) -> Term:
        """Return the term of a variable."""
        return self._kept(("symbol", name), lambda: Symbol(name))

    def array(self, value: NDArray[Any]) -> Term:
        """Return the term of an array of numbers."""
        key = ("array", value.shape, value.tobytes())
        return self._kept(key, lambda: Array(value))

    def is_variable(self, name: str) -> bool:
        """Return whether there is a variable with a name."""
        return ("symbol", name) in self._terms

    def constant(self, name: str) -> Term:
        """Return the term of a constant of the language that stays symbolic: ``pi`` or ``e``."""
        return self._kept(("constant", name), lambda: NamedConstant(name))

    def apply(
        self, name: str, arguments: Iterable[Term], params: Mapping[str, Any] | None = None
    ) -> Term:
        """Return a function of terms."""
        arguments = tuple(arguments)
        if self._of_functions is not None and not params:
            better = self._of_functions(self, name, arguments)
            if better is not None:
                return better
        fixed = tuple(sorted((params or {}).items()))
        key = ("apply", name, arguments, repr(fixed))
        return self._kept(key, lambda: Apply(name, arguments, fixed))

    def known(self, name: str, arguments: tuple[Term, ...]) -> Term | None:
        """Return a function of terms if it exists already; otherwise None."""
        return self._terms.get(("apply", name, arguments, "()"))

    # --- the limit ---

    def begin(self, formulas: int = 1) -> None:
        """Reset the work counter, for work on a number of formulas."""
        self._work, self._unwatched = 0, _BETWEEN_LOOKS
        if self._most is not None:
            self._room = self._most * _WORK * max(formulas, 1)

    def _count(self, parts: int) -> None:
        """Count the parts of a new term.

        Raises
        ------
        ComputationError
            If all terms together have more parts than a formula within the limit ever needs, or
            the time is over.
        """
        self._work += parts
        if self._work > self._room:
            raise formula_too_long(
                f"on the way the formula gets too long: its terms have more than"
                f" {int(self._room):,} parts together, and {self._most:,} characters are the most"
            )
        if self._work > self._unwatched:
            self._unwatched = self._work + _BETWEEN_LOOKS
            if time.monotonic() > self._end:
                raise ComputationError(
                    f"this takes longer than {self._seconds} seconds",
                    code="too-slow",
                    hint="a lower order takes less; `autodiff_cli.grad` gives numbers",
                )

    # --- sums ---

    def add(self, *terms: Term) -> Term:
        """Return the sum of terms."""
        return self.combine((term, ONE) for term in terms)

    def negative(self, term: Term) -> Term:
        """Return the negative of a term."""
        return self.combine([(term, -ONE)])

    def combine(self, weighted: Iterable[tuple[Term, Exact]]) -> Term:
        """Return the linear combination of terms with numbers as coefficients."""
        constant: Exact = ZERO
        parts: dict[Term, Exact] = {}
        gone: list[Term] = []
        for term, weight in weighted:
            if isinstance(term, Product) and len(term.powers) == 1:
                # 2 (x + 1) in a sum is 2x + 2.
                ((base, exponent),) = term.powers.items()
                if isinstance(base, Sum) and exponent is self.one:
                    weight, term = times(weight, term.coefficient), base
            if isinstance(term, Number):
                constant = plus(constant, times(term.value, weight))
                gone.append(term)
                continue
            pieces: list[tuple[Term, Exact]] = [(term, ONE)]
            if isinstance(term, Sum):
                constant = plus(constant, times(term.constant, weight))
                pieces = list(term.parts.items())
            for piece, own in pieces:
                coefficient, rest = self.split(piece)
                total = plus(parts.get(rest, ZERO), times(times(own, weight), coefficient))
                if total == 0:
                    parts.pop(rest, None)
                    gone.append(rest)
                else:
                    parts[rest] = total
        self._count(len(parts))
        if self._of_sums is not None:
            gone += parts
            while (changed := self._of_sums(self, parts, constant)) is not None:
                constant = changed
        if not parts:
            return self.number(constant) if constant != 0 else self._left_of(gone)
        if len(parts) == 1 and constant == 0:
            ((only, weight),) = parts.items()
            return self.multiply(self.number(weight), only)
        key = ("sum", constant, frozenset(parts.items()))
        return self._kept(key, lambda: Sum(constant, parts))

    def split(self, term: Term) -> tuple[Exact, Term]:
        """Return the coefficient of a term, and the term without it."""
        if not isinstance(term, Product) or term.coefficient == 1:
            return ONE, term
        return term.coefficient, self._product(ONE, dict(term.powers))

    # --- products ---

    def multiply(self, *terms: Term) -> Term:
        """Return the product of terms."""
        return self.collect((term, self.one) for term in terms)

    def divide(self, numerator: Term, denominator: Term) -> Term:
        """Return the quotient of two terms."""
        minus = self.number(-ONE)
        return self.collect([(numerator, self.one), (denominator, minus)])

    def raised(self, base: Term, exponent: Term) -> Term:
        """Return the power of a base and an exponent."""
        return self.collect([(base, exponent)])

    def collect(self, raised: Iterable[tuple[Term, Term]]) -> Term:
        """Return the product of powers, given as pairs of a base and an exponent."""
        coefficient: Exact = ONE
        powers: dict[Term, Term] = {}
        gone: list[Term] = []
        # Bases that must not be negative, although their exponents are whole.
        rooted: set[Term] = set()
        waiting = list(raised)[::-1]
        while waiting:
            base, exponent = waiting.pop()
            if exponent is self.zero or base is self.one:
                continue
            if isinstance(base, Number) and has_no_slope(base, exponent):
                powers[base] = self.add(powers[base], exponent) if base in powers else exponent
                continue
            if isinstance(exponent, Vanished):
                continue
            if isinstance(base, Vanished) and not isinstance(exponent, Number):
                base = self.zero
            if isinstance(base, Number) and isinstance(exponent, Number):
                number = base.value if exponent is self.one else power(base.value, exponent.value)
                if number is not None:
                    coefficient = times(coefficient, number)
                    gone.append(base)
                    continue
            if is_unbounded(exponent):
                if not self.never_negative(base):
                    # At a negative base it differs from the power with the exponents combined.
                    base, exponent = self._product(ONE, {base: exponent}), self.one
            elif isinstance(base, Product):
                if (inside := self._under_root(base, exponent)) is not None:
                    exponent = self.multiply(base.powers[inside], exponent)
                    base = inside
                    if is_integer(exponent) and not self.never_negative(base):
                        rooted.add(base)
                if isinstance(base, Product) and base not in rooted:
                    factors = self._distributed(base, exponent)
                    if factors:
                        waiting += factors[::-1]
                        continue
            together = powers.pop(base, None)
            if together is not None:
                roots = is_root(together) or is_root(exponent)
                exponent = self.add(together, exponent)
                if roots and is_integer(exponent) and not self.never_negative(base):
                    rooted.add(base)
                again = isinstance(base, Number | Product) and base not in rooted
                if again or base is self.e or exponent is self.zero:
                    waiting.append((base, exponent))
                    continue
            if exponent is not self.zero:
                powers[base] = exponent
        self._count(len(powers))
        if coefficient == 0:
            if not any(map(has_no_slope, powers, powers.values())):
                return self._left_of([*powers, *gone])
            coefficient = math.nan
        if rooted:
            powers = self._with_roots(powers, rooted)
        if self._of_products is not None and self._of_products(self, powers):
            return self.collect([(self.number(coefficient), self.one), *powers.items()])
        return self._product(coefficient, powers)

    def _under_root(self, base: Product, exponent: Term) -> Term | None:
        """Return the radicand if a base with an exponent is a power of a root; otherwise None.

        A root has a value only where its radicand is not negative, and there the exponents of a
        power of a power can be multiplied.
        """
        if base.coefficient == 1 and len(base.powers) == 1 and isinstance(exponent, Number):
            ((inside, own),) = base.powers.items()
            return inside if is_root(own) else None
        return None

    def _with_roots(self, powers: dict[Term, Term], rooted: set[Term]) -> dict[Term, Term]:
        """Return powers, in which whole powers of some bases become powers of square roots."""
        found: dict[Term, Term] = {}
        for base, exponent in powers.items():
            if base in rooted:
                base, exponent = self._rooted(base, exponent)
            # The root may be a base already, with an exponent that is not a number.
            found[base] = self.add(found[base], exponent) if base in found else exponent
        return found

    def _rooted(self, base: Term, exponent: Term) -> tuple[Term, Term]:
        """Return a whole power as a power of a square root, which is nan where the root is."""
        if not is_integer(exponent):
            return base, exponent
        root = self._product(ONE, {base: self.number(HALF)})
        return root, self.multiply(self.number(Fraction(2)), exponent)

    def _distributed(self, base: Product, exponent: Term) -> list[tuple[Term, Term]]:
        """Return the factors of a power of a product, if the power is distributive."""
        whole = is_integer(exponent)
        if not whole and not (base.coefficient == 1 and list(base.powers) == [self.e]):
            return self._even(base, exponent)
        found = [(self.number(base.coefficient), exponent)]
        for inner, own in base.powers.items():
            if whole and is_root(own):
                found.append((self._product(ONE, {inner: own}), exponent))
            else:
                # Multiplying would lose which variables cancelled in an exponent of 0.
                whole_power = own if exponent is self.one else self.multiply(own, exponent)
                found.append((inner, whole_power))
        return found

    def _even(self, base: Product, exponent: Term) -> list[tuple[Term, Term]]:
        """Return the powers of abs(x) sqrt(y) for sqrt(x**2 y); nothing if no factor can move."""
        if not isinstance(exponent, Number) or not is_whole(times(exponent.value, Fraction(2))):
            return []
        for inner, own in base.powers.items():
            if isinstance(own, Number) and own.value % 2 == 0:
                rest = self.collect([(base, self.one), (inner, self.number(-own.value))])
                taken = inner if self.never_negative(inner) else self.apply("abs", [inner])
                return [(rest, exponent), (taken, self.multiply(own, exponent))]
        return []

    def never_negative(self, term: Term) -> bool:
        """Return whether a term is evidently 0 or more wherever it has a value."""
        return never_negative(term, self._nonnegative)

    def _product(self, coefficient: Exact, powers: dict[Term, Term]) -> Term:
        if not powers:
            return self.number(coefficient)
        if coefficient == 1 and len(powers) == 1:
            ((base, exponent),) = powers.items()
            if exponent is self.one:
                return base
        key = ("product", coefficient, frozenset(powers.items()))
        return self._kept(key, lambda: Product(coefficient, powers))
