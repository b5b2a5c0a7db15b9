"""Evaluate a graph in ball arithmetic: each value with a rigorous error bound.

The implementation of an operation is derived from its declaration: the function of its name, or its
definition in mpmath (`ball_arithmetic`, `ball_functions` and `ball_special` for single elements,
`ball_matrices` for matrices), or else its definition by elements.  A linear operation accepts any
numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, TypeAlias, cast

import numpy as np
from flint import arb, ctx, fmpq

from autodiff_cli.engine import Operation, Variable, value_of
from autodiff_cli.engine.constants import exact_constants
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.values import boxed
from autodiff_cli.graph import ball_arithmetic, ball_functions, ball_matrices, ball_special
from autodiff_cli.graph.ball_arithmetic import NAN, Number, constant_part, exact
from autodiff_cli.graph.walk import Walk

__all__ = [
    "FIRST_BITS",
    "MOST_LENGTH",
    "Balls",
    "KnownNumbers",
    "NoBallsError",
    "ball_function",
    "call",
    "held",
    "numbers",
    "precision",
]

Value: TypeAlias = Any
"""A number, or an array of numbers."""


FIRST_BITS = 128
"""The initial precision of a computation, in bits."""

MOST_LENGTH = 200_000
"""The most bits of an integer part for which the fractional part is still computed."""

MOST_LITERAL = 32
"""The most bits of a literal in a derivative rule that is not an integer."""


class KnownNumbers(dict[Variable, Callable[[], Value]]):
    """Functions that return the exact numbers of leaves whose float64 value is rounded.

    Attributes
    ----------
    computed
        The values that have been computed from them with `FIRST_BITS`.
    """

    def __init__(self) -> None:
        self.computed: dict[Variable, Value] = {}


class NoBallsError(Exception):
    """An operation has no implementation for balls."""


@cache
def _functions() -> dict[str, Any]:
    """Return the functions of numbers by their names in definitions."""
    functions = vars(ball_arithmetic) | vars(ball_functions) | vars(ball_special)
    return {name.removesuffix("_"): f for name, f in functions.items() if callable(f)}


@cache
def ball_function(op: Operation) -> Callable[..., Any]:
    """Return the implementation of an operation on numbers, or on arrays if not elementwise.

    Raises
    ------
    NoBallsError
        If there is none.
    """
    if not isinstance(op, Elementwise):
        by_elements = op.metadata.by_elements
        if op.metadata.reference:
            return _defined(op, vars(ball_matrices))
        if callable(by_elements):
            return partial(by_elements, _each)
        if op.linear or by_elements:
            return op.forward
        raise NoBallsError(op.name)
    functions = _functions()
    for name in (op.name, *op.metadata.aliases):
        if name in functions:
            return cast("Callable[..., Any]", functions[name])
    if not op.metadata.reference:
        raise NoBallsError(op.name)
    return _defined(op, functions)


def _defined(op: Operation, functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the mpmath definition of an operation as a function."""
    arguments = ", ".join((*"xyz"[: op.arity], *op.statics))
    function: Callable[..., Any] = eval(
        f"lambda {arguments}: {op.metadata.reference}", dict(functions)
    )
    return function


def _each(op: Operation, *args: Any) -> Any:
    """Return the result of an elementwise operation on arrays of numbers."""
    return call(op, [held(x) if isinstance(x, int | float) else x for x in args], {})


@contextmanager
def precision(bits: int, terms: int | None = None) -> Iterator[None]:
    """Set the precision of balls in bits, and the number of terms of series, inside the block."""
    before = ctx.prec, ctx.cap
    try:
        ctx.prec, ctx.cap = bits, before[1] if terms is None else terms
        # Comparisons of nan in the library set flags that NumPy would report.
        with np.errstate(all="ignore"):
            yield
    finally:
        ctx.prec, ctx.cap = before


@cache
def _on_arrays(op: Operation) -> Any:
    return np.frompyfunc(ball_function(op), op.arity, 1)


_exact: Any = np.frompyfunc(exact, 1, 1)
_settled: Any = np.frompyfunc(ball_arithmetic.settled, 1, 1)


def held(value: Any) -> Value:
    """Return a float or an array as exact numbers."""
    return exact(float(value)) if np.ndim(value) == 0 else _exact(value)


def literal(value: float) -> Number:
    """Return the exact number of a literal in a graph: itself, or a declared constant.

    Another literal with many bits may have been rounded elsewhere, so its exact number is unknown.
    """
    if (reference := exact_constants().get(value)) is not None:
        return eval(reference, _functions() | {"pi": arb.pi()})
    x = exact(value)
    return NAN if type(x) is fmpq and x.q != 1 and x.p.bit_length() > MOST_LITERAL else x


_literals: Any = np.frompyfunc(literal, 1, 1)


def numbers(value: Any) -> Value:
    """Return the exact numbers of a literal or an array of literals."""
    return literal(float(value)) if np.ndim(value) == 0 else _literals(value)


def call(op: Operation, args: Sequence[Value], params: Mapping[str, Any]) -> Value:
    """Return the result of an operation on numbers and arrays of numbers.

    Raises
    ------
    NoBallsError
        If the operation has no implementation for balls.
    ArithmeticError, ValueError
        If the result does not exist.
    """
    function = ball_function(op)
    if isinstance(op, Elementwise):
        if np.ndarray not in map(type, args):
            return function(*args, **params)
        if params:
            return np.frompyfunc(partial(function, **params), op.arity, 1)(*map(boxed, args))
        return _on_arrays(op)(*map(boxed, args))
    made = function(*map(boxed, args), **params)
    if not isinstance(made, np.ndarray):
        return ball_arithmetic.settled(made)
    return _settled(made) if made.ndim else ball_arithmetic.settled(made.item())


class Balls(Walk):
    """The values of one graph at the current precision, each computed on first request.

    A branch that is not selected by a choice is not computed.

    Parameters
    ----------
    known
        Functions that return the exact numbers of leaves whose float64 value is rounded.
    assuming
        Whether a choice that balls cannot decide is decided as in float64.
    values
        Existing values of the same graph at this precision, to which new ones are added.
    literals_are_held
        Whether literals are exactly the float64 they hold.

    Attributes
    ----------
    assumed
        The calls that were decided as in float64.
    """

    def __init__(
        self,
        known: Mapping[Variable, Callable[[], Value]],
        assuming: bool = False,
        values: dict[Variable, Value] | None = None,
        literals_are_held: bool = False,
    ) -> None:
        super().__init__(held if literals_are_held else numbers, {} if values is None else values)
        self._known = known
        self._assuming = assuming
        self.assumed: list[Variable] = []

    def _leaf(self, v: Variable) -> Value:
        known = self._known.get(v)
        return self._numbers(value_of(v)) if known is None else known()

    def length(self) -> int:
        """Return the largest number of bits in the integer part of a computed number."""
        numbers = (constant_part(x) for v in self._values.values() for x in np.ravel(boxed(v)))
        lengths = [_length(x) for x in numbers if type(x) is arb and x.is_finite()]
        return max(lengths, default=0)

    def _selected(self, condition: Value, inputs: Sequence[Any]) -> Sequence[Any]:
        none = ball_arithmetic.logical_not(condition)
        return (NAN_BRANCH,) if type(none) is not fmpq else inputs[1:2] if none == 0 else inputs[2:]

    def _call(self, v: Variable, args: Sequence[Value]) -> Value:
        op: Any = v.operation
        if not isinstance(op, Operation):
            raise NoBallsError(type(op).__name__)
        try:
            y = call(op, args, v.params)
        except (ArithmeticError, ValueError):
            y = np.full(v.shape, NAN, object) if v.shape else NAN
        if self._assuming and not any(op.vjps):
            y = self._decided(v, y)
        return y

    def _decided(self, v: Variable, y: Value) -> Value:
        """Return a decision with undecided elements replaced by those of float64."""
        unknown = _are_unknown(boxed(y))
        if not np.any(unknown):
            return y
        self.assumed.append(v)
        decided = np.where(unknown, boxed(numbers(value_of(v))), boxed(y))
        return decided if v.shape else decided.item()


NAN_BRANCH = float("nan")


def _length(x: Any) -> int:
    mantissa, exponent = x.mid().man_exp()
    return int(mantissa.bit_length() + exponent)


def _is_unknown(x: Number) -> bool:
    x = constant_part(x)
    return type(x) is arb and bool(x.is_nan())


_are_unknown: Any = np.frompyfunc(_is_unknown, 1, 1)
