"""What a declaration says besides how to compute: for people, emitters and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from autodiff_cli.engine.identities import Identity
    from autodiff_cli.engine.recurrences import Taylor

__all__ = ["POSITIVE", "REAL", "UNIT", "Interval", "Metadata", "Place", "Truth"]


class Interval(NamedTuple):
    """Where an argument may lie for value and derivatives to be finite: strictly between."""

    low: float
    high: float


REAL = Interval(-np.inf, np.inf)
POSITIVE = Interval(0.0, np.inf)
UNIT = Interval(-1.0, 1.0)


Place: TypeAlias = float | Callable[..., Any]
"""A number, or what is zero at a place and only there, computed from arguments and parameters."""

Truth: TypeAlias = Literal["", "order", "equality", "connective"]
"""What a value of 1 or 0 says: how two numbers compare, or what follows from other truths."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The fields of a declaration by name.

    Attributes
    ----------
    doc
        One line: what it is.
    example
        A call in adiff's language and, after ``=``, its value from outside to 17 digits or more.
    aliases
        Other names under which the language knows it.
    domain
        One interval for each argument, or one for all.
    choice
        What it chooses, in the language over the names of its arguments, where formulas are better
        off with that: it is differentiated branch by branch.
    slope
        The derivative of a function of one argument, in the language, where formulas read better
        with that than with what is computed.
    kinks
        Where the function is continuous but has no derivative: a number, or what is zero there and
        only there, computed from its arguments and static parameters.
    jumps
        Likewise, where it is not even continuous.
    along
        At a kink the derivative along a direction, computed from the tangent of each argument, then
        its arguments and static parameters.
    reference
        Its definition in the words of mpmath, where mpmath has no function of that name.
    definition
        Its definition in the language over the names of its arguments, from its static parameters:
        what formulas have in the place of an operation that the language does not know.
    signs
        Where it is a sum: the sign of each argument, or one for any number of them.
    exponents
        Where it is a product: the exponent of each argument.
    bilinear
        Whether it is linear in each of its two arguments.
    by_elements
        How it is computed from elements, where more than sums and multiples of them are needed: a
        function of what applies an elementwise operation to arrays of elements, of such arrays and
        of the static parameters, which returns None where that would take too much.  True if
        ``forward`` does it with sums and products.
    taylor
        How its series follow, where its rules are not the best way to them.
    identity
        Which call is the same number as another one, to the last bit.
    truth
        What it says if its value is 1 or 0 for all arguments.
    angle
        Whether its value may be a fraction of pi that formulas are to show.
    commutes
        Whether its two arguments may change places: the value is the same to the last bit.
    symmetric
        Likewise, but for the sign of a zero.
    nonnegative
        Whether the value is 0 or more for all arguments.
    units
        For each of two arguments the number, if there is one, that leaves the other as it is.
    symbol
        The operator that spells it, if one does.
    dunder
        The method of Python without a symbol, such as ``__abs__``, that calls it.
    spelling
        How the language spells it where that is no call: a template over the names of arguments
        and static parameters, for calls that give all of these and no others.
    given_shape
        The shape of its argument, from the static parameters that tell it: formulas write out by
        elements what the language has no name for.
    numpy
        How NumPy spells it: a template such as ``np.exp({x}) - 1.0`` over the names of arguments
        and static parameters, ``{statics}`` being those given, by name.  It may speak of whatever
        the module that declares the operation imports or defines.  Not needed where an operator,
        a ufunc or a function of the module computes it.
    c
        Likewise in C99 with its <math.h>; or a function ``static double name(...)`` that does it.
        Not needed where an operator, or a function of one of its names, computes it.
    latex
        How LaTeX spells it, with ``<x>`` in the place of an argument.  Not needed where an
        operator, or its name and brackets, say it.
    leading
        Whether a call in the language may give the static parameters first: ``polygamma(n, x)``.
    internal
        Whether it is for the engine and its users only: the language does not know the name.
    """

    doc: str
    example: str
    aliases: tuple[str, ...] = ()
    domain: tuple[Interval, ...] = (REAL,)
    choice: str = ""
    slope: str = ""
    kinks: tuple[Place, ...] = ()
    jumps: tuple[Place, ...] = ()
    along: Callable[..., Any] | None = None
    reference: str = ""
    definition: Callable[..., str] | None = None
    signs: tuple[int, ...] = ()
    exponents: tuple[Fraction | int, ...] = ()
    bilinear: bool = False
    by_elements: bool | Callable[..., Any] = False
    taylor: Taylor | None = None
    identity: Identity | None = None
    truth: Truth = ""
    angle: bool = False
    commutes: bool = False
    symmetric: bool = False
    nonnegative: bool = False
    units: tuple[float | None, float | None] = (None, None)
    symbol: str = ""
    dunder: str = ""
    spelling: str = ""
    given_shape: Callable[..., tuple[int, ...]] | None = None
    numpy: str = ""
    c: str = ""
    latex: str = ""
    leading: bool = False
    internal: bool = False
