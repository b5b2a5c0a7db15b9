"""Define homogeneous polynomials, as coefficients of a series along a symbolic direction.

Along ``x + t s`` the coefficient of ``t**k`` is a homogeneous polynomial of degree k in the
direction s, called a form.  Its coefficients are all partial derivatives of order k, divided by
factorials.  Taylor arithmetic uses only sums and products of coefficients, so it works with forms
as with numbers, as in TaylorSeries.jl by L. Benet and D. P. Sanders.  (Interpolation between
directions, as in A. Griewank, J. Utke and A. Walther, "Evaluating higher derivative tensors by
forward propagation of univariate Taylor series", Mathematics of Computation 69, 2000, uses numbers
only, but its weights have both signs, so that digits cancel.)
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from autodiff_cli.engine.values import Array

__all__ = ["Form", "Forms"]


class Forms:
    """The ring of forms in a number of variables.

    Parameters
    ----------
    variables
        The number of variables.
    """

    def __init__(self, variables: int) -> None:
        self.variables = variables
        self._monomials: dict[int, list[tuple[int, ...]]] = {}
        self._places: dict[tuple[int, int], Array] = {}

    def count(self, degree: int) -> int:
        """Return the number of monomials of a degree."""
        return math.comb(self.variables + degree - 1, degree)

    def monomials(self, degree: int) -> list[tuple[int, ...]]:
        """Return the monomials of a degree as sorted tuples of variables: (0, 0, 2) is a·a·c."""
        if degree not in self._monomials:
            choices = combinations_with_replacement(range(self.variables), degree)
            self._monomials[degree] = list(choices)
        return self._monomials[degree]

    def places(self, degree: int, other: int) -> Array:
        """Return the place of each product of monomials of two degrees among those of their sum."""
        if (degree, other) not in self._places:
            order = {m: k for k, m in enumerate(self.monomials(degree + other))}
            products = [
                order[tuple(sorted(a + b))]
                for a in self.monomials(degree)
                for b in self.monomials(other)
            ]
            self._places[degree, other] = np.array(products)
        return self._places[degree, other]

    def variable(self, i: int) -> Form:
        """Return variable i as a form."""
        return Form(self, 1, np.eye(self.variables)[i])


class Form:
    """A form of degree 1 or higher; forms of degree 0 are floats, and zero of any degree is 0.0.

    Parameters
    ----------
    ring
        The ring of the form.
    degree
        The degree of each of its monomials.
    numbers
        The coefficient of each monomial, in the order of `Forms.monomials`.
    """

    __slots__ = ("degree", "numbers", "ring")

    __array_ufunc__ = None

    def __init__(self, ring: Forms, degree: int, numbers: Array) -> None:
        self.ring = ring
        self.degree = degree
        self.numbers = numbers

    def partials(self) -> dict[tuple[int, ...], float]:
        """Return the partial derivatives in the form, by their variables."""
        return {
            monomial: float(c) * math.prod(math.factorial(monomial.count(i)) for i in {*monomial})
            for monomial, c in zip(self.ring.monomials(self.degree), self.numbers, strict=True)
        }

    def _with(self, numbers: Array) -> Form:
        return Form(self.ring, self.degree, numbers)

    def __add__(self, other: Any) -> Form:
        # An operand that is not a form can only be zero, for its degree would be different.
        return self._with(self.numbers + other.numbers) if isinstance(other, Form) else self

    __radd__ = __add__

    def __neg__(self) -> Form:
        return self._with(-self.numbers)

    def __sub__(self, other: Any) -> Form:
        return self._with(self.numbers - other.numbers) if isinstance(other, Form) else self

    def __rsub__(self, other: Any) -> Form:
        return -self

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, Form):
            return self._with(self.numbers * other) if other != 0.0 else 0.0
        ring, degree = self.ring, self.degree + other.degree
        products = np.multiply.outer(self.numbers, other.numbers).ravel()
        places = ring.places(self.degree, other.degree)
        return Form(ring, degree, np.bincount(places, products, ring.count(degree)))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Form:
        return self._with(self.numbers / other)
