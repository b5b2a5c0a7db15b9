"""What a declaration says besides how to compute: for people, emitters and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

__all__ = ["POSITIVE", "REAL", "UNIT", "Interval", "Metadata", "Place"]


class Interval(NamedTuple):
    """Where an argument may lie for value and derivatives to be finite: strictly between."""

    low: float
    high: float


REAL = Interval(-np.inf, np.inf)
POSITIVE = Interval(0.0, np.inf)
UNIT = Interval(-1.0, 1.0)


Place: TypeAlias = float | Callable[..., Any]
"""A number, or what is zero at a place and only there, computed from arguments and parameters."""


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
    commutes
        Whether its two arguments may change places: the value is the same to the last bit.
    nonnegative
        Whether the value is 0 or more for all arguments.
    units
        For each of two arguments the number, if there is one, that leaves the other as it is.
    symbol
        The operator that spells it, if one does.
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
    commutes: bool = False
    nonnegative: bool = False
    units: tuple[float | None, float | None] = (None, None)
    symbol: str = ""
    numpy: str = ""
    c: str = ""
    latex: str = ""
    leading: bool = False
    internal: bool = False
