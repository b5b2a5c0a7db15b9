"""Define the metadata of a declaration, which people, emitters and tests read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine.identities import Identity
from autodiff_cli.engine.recurrences import Taylor

__all__ = ["POSITIVE", "REAL", "UNIT", "Interval", "Metadata", "Truth", "ZeroSet"]


class Interval(NamedTuple):
    """The open interval of an argument on which the value and the derivatives are finite."""

    low: float
    high: float


REAL = Interval(-np.inf, np.inf)
POSITIVE = Interval(0.0, np.inf)
UNIT = Interval(-1.0, 1.0)


ZeroSet: TypeAlias = float | Callable[..., Any]
"""A number, or a function of arguments and parameters that is zero at the place and only there."""

Truth: TypeAlias = Literal["", "order", "equality", "connective"]
"""The meaning of a value of 1 or 0: the result of a comparison, or of a logical connective."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The fields of a declaration by name.

    Attributes
    ----------
    doc
        A description in one line.
    example
        A call in adiff's language and, after ``=``, its value to 17 digits or more, taken from an
        independent source.
    aliases
        Other names of the operation in the language.
    domain
        One interval for each argument, or one for all.
    choice
        The choice that the operation makes, in the language over the names of its arguments.
        Formulas use it instead of the operation, and it is differentiated branch by branch.
    slope
        The derivative of a function of one argument, in the language, if it makes formulas more
        readable than the computed rule does.
    rule_name
        The name that textbooks give to the rule of its derivative, if other traits do not imply it:
        see `autodiff_cli.engine.rule_names`.
    kinks
        The places where the function is continuous but not differentiable: a number, or a function
        of the arguments and static parameters that is zero there and only there.
    jumps
        The places where the function is not continuous, in the same form.
    directional
        The directional derivative at a kink, as a function of the tangent of each argument, then
        the arguments and static parameters.
    reference
        The definition as an mpmath expression, if mpmath has no function of that name.
    definition
        A function from the static parameters to the definition in the language over the names of
        the arguments.  Formulas use it for an operation that the language does not have.
    signs
        For a sum: the sign of each argument, or one sign for any number of them.
    exponents
        For a product: the exponent of each argument.
    bilinear
        Whether the operation is linear in each of its two arguments.
    by_elements
        The computation by elements, if it needs more than sums and multiples of them: a function
        that takes a function applying an elementwise operation to arrays of elements, then such
        arrays and the static parameters, and returns None if the result would be too large.  True
        if ``forward`` itself uses only sums and products.
    taylor
        The Taylor recurrence, if the rules are not the best way to compute the series.
    identity
        The calls that equal another number or call to the last bit.
    truth
        The meaning of the value, if it is 1 or 0 for all arguments.
    angle
        Whether the value may be a fraction of pi that formulas show as such.
    commutes
        Whether exchanging the two arguments leaves the value the same to the last bit.
    symmetric
        Whether exchanging the two arguments leaves the value the same up to the sign of a zero.
    nonnegative
        Whether the value is 0 or more for all arguments.
    units
        For each of two arguments, the number that leaves the other unchanged, or None.
    symbol
        The operator symbol of the operation, if it has one.
    dunder
        The Python method without a symbol that calls the operation, such as ``__abs__``.
    spelling
        The notation in the language if it is not a call: a template over the names of arguments
        and static parameters, for calls that give all of these and no others.
    notation
        The text of a call in pictures, if the language has no name for the operation: a template
        over the names of arguments and static parameters, or a function from the static parameters
        to one.
    given_shape
        The shape of the argument as a function of the static parameters, if these determine it.
        Formulas write out by elements an operation that has no name in the language.
    numpy
        The NumPy code: a template such as ``np.exp({x}) - 1.0`` over the names of arguments and
        static parameters, where ``{statics}`` stands for those given, by name.  It may use anything
        that the declaring module imports or defines.  Not needed if an operator, a ufunc or a
        function of the module computes the operation.
    c
        The C99 code with <math.h>: a template, or a function ``static double name(...)``.
        Not needed if an operator, or a function of one of the operation's names, computes it.
    latex
        The LaTeX notation, with ``<x>`` in the place of an argument; without such a place, the name
        before brackets, of which an axis is the index.  Not needed if an operator, or
        the name followed by brackets, is the usual notation.
    folds, accumulates
        The operation of two arguments that a reduction applies to all elements, and that a function
        such as ``cumsum`` applies to the elements up to each.
    leading
        Whether a call in the language may give the static parameters first: ``polygamma(n, x)``.
    in_blocks
        The computation for columns of numbers, if other calls are faster than ``forward``: a
        function that takes one which adds a call (see `autodiff_cli.engine.half_angle`) and the
        place of each argument, and returns the place of the value, within 1e-15 of the exact one.
    reals
        The static parameters that may be any real number; others are whole numbers.
    variable
        Whether its name, where no bracket follows, is that of a variable.
    internal
        Whether the operation exists only in the engine, without a name in the language.
    """

    doc: str
    example: str
    aliases: tuple[str, ...] = ()
    domain: tuple[Interval, ...] = (REAL,)
    choice: str = ""
    slope: str = ""
    rule_name: str = ""
    kinks: tuple[ZeroSet, ...] = ()
    jumps: tuple[ZeroSet, ...] = ()
    directional: Callable[..., Any] | None = None
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
    notation: str | Callable[..., str] = ""
    given_shape: Callable[..., tuple[int, ...]] | None = None
    numpy: str = ""
    c: str = ""
    latex: str = ""
    folds: str = ""
    accumulates: str = ""
    leading: bool = False
    in_blocks: Callable[..., int] | None = None
    reals: tuple[str, ...] = ()
    variable: bool = False
    internal: bool = False
