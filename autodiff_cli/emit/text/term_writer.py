"""Write terms in any notation: the dispatch over the kinds of terms, and sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from autodiff_cli.emit.precedence import ATOM, PRODUCT, SUM, Piece, signed_sum
from autodiff_cli.emit.text.term_order import summands, variables
from autodiff_cli.language.exact_numbers import Exact, magnitude
from autodiff_cli.language.format import number as array_text
from autodiff_cli.symbolic import Algebra, Apply, Array, NamedConstant, Sum, Symbol, Term
from autodiff_cli.symbolic.nodes import postorder

__all__ = ["TermWriter"]

P = TypeVar("P", bound=Piece)


class TermWriter(ABC, Generic[P]):
    """Writes terms; a notation defines its names, products and calls.

    Parameters
    ----------
    whole
        The term whose variables are in use.

    Attributes
    ----------
    kind
        The class of the texts, which determines their brackets.
    constants
        The text of each constant if a variable has its name.
    texts
        The texts of the terms written so far; those of others may be given.
    """

    kind: type[P]
    constants: ClassVar[dict[str, str]]

    def __init__(self, algebra: Algebra, whole: Term) -> None:
        self.algebra = algebra
        self.variables = variables(algebra, whole)
        self.texts: dict[Term, P] = {}

    @abstractmethod
    def text(self, term: Term) -> str:
        """Return the text of a term without operators on its left or right."""

    def piece(self, term: Term) -> P:
        """Return the text of a term with the precedence of its outermost operation."""
        # Written from the inside out, without recursion, because terms may be deeply nested.
        for inner in postorder([term], self.texts):
            self.texts[inner] = self._written(inner)
        return self.texts[term]

    def _written(self, term: Term) -> P:
        match term:
            case NamedConstant() if term.name in self.variables:
                return self.kind(self.constants[term.name], ATOM)
            case Array():
                return self.kind(array_text(term.value), ATOM)
            case Symbol():
                return self.kind(self._symbol(term.name), ATOM)
            case Sum():
                return self._sum(term)
            case Apply():
                return self._applied(term)
        return self._product(term)

    def _sum(self, term: Sum) -> P:
        parts = (
            (weight < 0, self._weighted(part, magnitude(weight)).within(PRODUCT))
            for part, weight in summands(self.algebra, term)
        )
        return self.kind(signed_sum(parts), SUM)

    def _weighted(self, part: Term, weight: Exact) -> P:
        return self.piece(self.algebra.multiply(self.algebra.number(weight), part))

    @abstractmethod
    def _symbol(self, name: str) -> str:
        """Return the text of a variable or constant."""

    @abstractmethod
    def _product(self, term: Term) -> P:
        """Return the text of a product or number."""

    @abstractmethod
    def _applied(self, term: Apply) -> P:
        """Return the text of a function of terms."""
