"""The classes of terms, and functions that traverse and inspect terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from autodiff_cli.language.exact_numbers import Exact, is_whole

__all__ = [
    "Apply",
    "Array",
    "NamedConstant",
    "Number",
    "Product",
    "Sum",
    "Symbol",
    "Term",
    "Vanished",
    "children",
    "has_no_slope",
    "is_integer",
    "is_root",
    "is_unbounded",
    "never_negative",
    "postorder",
    "symbols",
]


class Term:
    """A part of a formula.  Only `Algebra` constructs terms and numbers them."""

    __slots__ = ("serial",)

    serial: int


class Number(Term):
    """A number."""

    __slots__ = ("value",)

    def __init__(self, value: Exact) -> None:
        self.value = value


class Vanished(Number):
    """A zero in which variables have cancelled; its powers may have no derivative by these.

    Attributes
    ----------
    names
        The names of the variables.
    """

    __slots__ = ("names",)

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(Fraction(0))
        self.names = names


class Symbol(Term):
    """A variable."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Array(Term):
    """An array of numbers."""

    __slots__ = ("value",)

    def __init__(self, value: NDArray[Any]) -> None:
        self.value = value


class NamedConstant(Symbol):
    """A named constant; a variable may have the same name."""

    __slots__ = ()


class Sum(Term):
    """A sum: a constant, and terms with coefficients; the terms are neither sums nor numbers."""

    __slots__ = ("constant", "parts")

    def __init__(self, constant: Exact, parts: Mapping[Term, Exact]) -> None:
        self.constant = constant
        self.parts = parts


class Product(Term):
    """A product: a coefficient, and bases with exponents; no base is a product or plain number."""

    __slots__ = ("coefficient", "powers")

    def __init__(self, coefficient: Exact, powers: Mapping[Term, Term]) -> None:
        self.coefficient = coefficient
        self.powers = powers


class Apply(Term):
    """A function of terms.

    Attributes
    ----------
    name
        The name of the operation.
    params
        Its static parameters.
    """

    __slots__ = ("arguments", "name", "params")

    def __init__(
        self, name: str, arguments: tuple[Term, ...], params: tuple[tuple[str, Any], ...]
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.params = params


def children(term: Term) -> list[Term]:
    """Return the operands of a term."""
    match term:
        case Sum():
            return list(term.parts)
        case Product():
            return [x for power in term.powers.items() for x in power]
        case Apply():
            return list(term.arguments)
    return []


def postorder(terms: Sequence[Term], known: Container[Term] = ()) -> list[Term]:
    """Return some terms and all their subterms, each after its own operands.

    Terms that are ``known`` are omitted, and so are subterms that only occur in those.
    """
    found: dict[Term, None] = {}
    waiting = [(term, False) for term in reversed(terms)]
    while waiting:
        term, ready = waiting.pop()
        if term in found or term in known:
            continue
        if ready:
            found[term] = None
        else:
            waiting.append((term, True))
            waiting += [(child, False) for child in children(term) if child not in found]
    return list(found)


def symbols(term: Term) -> frozenset[str]:
    """Return the names of the variables in a term."""
    found: set[str] = set()
    for inner in postorder([term]):
        if isinstance(inner, Vanished):
            found |= inner.names
        elif isinstance(inner, Symbol) and not isinstance(inner, NamedConstant):
            found.add(inner.name)
    return frozenset(found)


def has_no_slope(base: Term, exponent: Term) -> bool:
    """Return whether a power of numbers has no derivative by the variables that have cancelled.

    Any other power of a vanished 0 is constant.
    """
    if not (isinstance(base, Number) and isinstance(exponent, Number)):
        return False
    if isinstance(exponent, Vanished):
        return base.value == 0 or is_unbounded(base)
    return isinstance(base, Vanished) and (exponent.value < 0 or is_unbounded(exponent))


def is_integer(term: Term) -> bool:
    """Return whether a term is a whole number."""
    return isinstance(term, Number) and is_whole(term.value)


def is_root(exponent: Term) -> bool:
    """Return whether a power with this exponent is nan where its base is negative."""
    if not isinstance(exponent, Number) or is_whole(exponent.value):
        return False
    return not isinstance(exponent.value, float) or not (
        math.isinf(exponent.value) or exponent.value.is_integer()
    )


def is_unbounded(term: Term) -> bool:
    """Return whether a term is a number that is not finite."""
    value = term.value if isinstance(term, Number) else Fraction(0)
    return isinstance(value, float) and not math.isfinite(value)


def never_negative(term: Term, function: Callable[[str], bool], depth: int = 8) -> bool:
    """Return whether a term is evidently 0 or more wherever it has a value.

    Parameters
    ----------
    function
        A function that returns whether a function, given by name, is 0 or more.
    """
    match term:
        case Number():
            return term.value >= 0
        case NamedConstant():
            return True
        case Sum() if depth:
            parts = term.parts.items()
            return term.constant >= 0 and all(
                weight > 0 and never_negative(part, function, depth - 1) for part, weight in parts
            )
        case Product() if depth:
            return term.coefficient >= 0 and all(
                is_root(exponent)
                or (isinstance(exponent, Number) and exponent.value % 2 == 0)
                or never_negative(base, function, depth - 1)
                for base, exponent in term.powers.items()
            )
        case Apply():
            return function(term.name)
    return False
