"""What a program computes, element by element, as terms.

A vector of three numbers is three terms, so a formula of vectors comes out as what a textbook would
write for their components; what the engine differentiates then is made of numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, registry, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.program import Program, static_value
from autodiff_cli.symbolic import Algebra, Term
from autodiff_cli.symbolic.arithmetic import applied, literal, number

__all__ = ["MOST_COMPONENTS", "ElementTerm", "components", "symbols"]

MOST_COMPONENTS = 10_000
"""How many elements all tensors of a formula may have together."""

MOST_ROWS = 7
"""How many rows a matrix may have whose determinant is written by its elements."""

MOST_ROWS_INVERTED = 3
"""How many rows a matrix may have that is inverted by its elements."""


class ElementTerm:
    """A term that NumPy can calculate with.

    Sums and products are made when they are needed: one that grows by one operand at a time is made
    once.
    """

    __slots__ = ("_parts", "_product", "_term", "_used", "to")

    def __init__(
        self,
        to: Algebra,
        term: Term | None,
        parts: tuple[tuple[ElementTerm, int], ...] = (),
        product: bool = False,
    ) -> None:
        self.to = to
        self._term = term
        self._parts = parts
        self._product = product
        self._used = False

    @property
    def term(self) -> Term:
        """The term."""
        if self._term is None:
            found: list[tuple[Term, int]] = []
            waiting: list[tuple[ElementTerm, int]] = [(self, 1)]
            while waiting:
                part, sign = waiting.pop()
                if part._term is None:
                    waiting += [(inner, sign * own) for inner, own in reversed(part._parts)]
                else:
                    found.append((part._term, sign))
            to, self._parts = self.to, ()
            if self._product:
                self._term = to.collect((x, to.number(Fraction(sign))) for x, sign in found)
            else:
                self._term = to.combine((x, Fraction(sign)) for x, sign in found)
        return self._term

    def _part_of(self, product: bool) -> ElementTerm:
        """Return it as a part of a sum or product: not yet made if that is its only use."""
        if self._used or self._product != product:
            _ = self.term
        self._used = True
        return self

    def plus(self, other: ElementTerm, sign: int = 1) -> ElementTerm:
        """Return a sum or a difference."""
        return ElementTerm(
            self.to, None, ((self._part_of(False), 1), (other._part_of(False), sign))
        )

    def times(self, other: ElementTerm, sign: int = 1) -> ElementTerm:
        """Return a product or a quotient."""
        parts = ((self._part_of(True), 1), (other._part_of(True), sign))
        return ElementTerm(self.to, None, parts, product=True)

    def __add__(self, other: Any) -> ElementTerm:
        return self.plus(self._of(other))

    def __mul__(self, other: Any) -> ElementTerm:
        return self.times(self._of(other))

    def __truediv__(self, other: Any) -> ElementTerm:
        return self.times(self._of(other), -1)

    def __neg__(self) -> ElementTerm:
        return ElementTerm(self.to, self.to.negative(self.term))

    __radd__ = __add__
    __rmul__ = __mul__

    def _of(self, other: Any) -> ElementTerm:
        if isinstance(other, ElementTerm):
            return other
        return ElementTerm(self.to, number(self.to, float(other)))


_JOINED = {
    "add": (ElementTerm.plus, 1),
    "sub": (ElementTerm.plus, -1),
    "mul": (ElementTerm.times, 1),
    "div": (ElementTerm.times, -1),
}
"""How the operations of arithmetic join two components, and the sign of the second one."""


def symbols(to: Algebra, name: str, shape: tuple[int, ...]) -> Any:
    """Return a variable as an array of terms: itself, or its elements ``x[0]``, ``x[1]``."""
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        spelled = f"{name}[{', '.join(map(str, index))}]" if shape else name
        array[index] = ElementTerm(to, to.symbol(spelled))
    return array


def components(to: Algebra, program: Program, results: Sequence[Any]) -> Any:
    """Return what a program computes as an array of terms.

    Parameters
    ----------
    results
        Of a run of the program, from which shapes and static parameters are taken.

    Returns
    -------
    ndarray of Component, or None
        None if something in it has no formula by elements, or there are too many of them.
    """
    slots: list[Any] = [None] * len(results)
    names = {slot: name for name, (slot, _) in program.names.items()}
    for slot in range(-len(program.leaves), 0):
        if slot in names:
            slots[slot] = symbols(to, names[slot], np.shape(value_of(results[slot])))
        elif slot in program.exact:
            slots[slot] = _array(ElementTerm(to, literal(to, program, slot)))
        elif results[slot] is not None:
            slots[slot] = _constants(to, results[slot])
    room = MOST_COMPONENTS
    for k, (operation, arguments, statics, _, _, _) in enumerate(program.calls):
        params = {name: static_value(name, s, results) for name, s in (statics or {}).items()}
        found = _applied(to, operation, [slots[slot] for slot in arguments], params)
        room -= 0 if found is None else found.size
        if found is None or room < 0:
            return None
        slots[k] = found
    return slots[program.result]


def _constants(to: Algebra, value: Any) -> Any:
    found = np.empty(np.shape(value), dtype=object)
    for index in np.ndindex(found.shape):
        found[index] = ElementTerm(to, number(to, float(np.asarray(value)[index])))
    return found


def _applied(
    to: Algebra, operation: Operation, values: Sequence[Any], params: Mapping[str, Any]
) -> Any:
    if isinstance(operation, Elementwise):
        found = np.empty(np.broadcast_shapes(*map(np.shape, values)), dtype=object)
        spread: Sequence[Any] = np.broadcast_arrays(*values)
        joined = _JOINED.get(operation.name)
        for index in np.ndindex(found.shape):
            if joined is not None:
                join, sign = joined
                found[index] = join(spread[0][index], spread[1][index], sign)
                continue
            terms = [array[index].term for array in spread]
            found[index] = ElementTerm(to, applied(to, operation, terms, params))
        return found
    if operation.name in _BY_ELEMENTS:
        made = _BY_ELEMENTS[operation.name](*values, **params)
        return None if made is None else _array(made)
    if operation.name in _LINEAR:
        return _array(operation.forward(*values, **params))
    return None


def _array(value: Any) -> Any:
    """Return what NumPy made of objects as an array, though it be of one only."""
    if isinstance(value, np.ndarray):
        return value
    found = np.empty((), dtype=object)
    found[()] = value
    return found


def _by(name: str) -> Any:
    """Return a function of arrays of components that applies an operation to each."""

    def of(*values: Any) -> Any:
        return _applied(_algebra(values[0]), registry[name], values, {})

    return of


def _algebra(value: Any) -> Algebra:
    return value.flat[0].to  # type: ignore[no-any-return]


def _reduced(name: str) -> Any:
    def of(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis
        axes = (axes,) if isinstance(axes, int) else axes
        kept = [k for k in range(x.ndim) if k not in {a % x.ndim for a in axes}]
        rows = np.transpose(x, [*kept, *(a % x.ndim for a in axes)])
        rows = rows.reshape(*(x.shape[k] for k in kept), -1)
        found = reduce(_by(name), (rows[..., k] for k in range(rows.shape[-1])))
        if not keepdims:
            return found
        return found.reshape([n if k in kept else 1 for k, n in enumerate(x.shape)])

    return of


def _norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _by("sqrt")(_array(_SUM(x * x, axis=axis, keepdims=keepdims)))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _by("log")(_array(_SUM(_by("exp")(x), axis=axis, keepdims=keepdims)))


def _softmax(x: Any, axis: Any = -1) -> Any:
    powers = _by("exp")(x)
    return powers / _SUM(powers, axis=axis, keepdims=True)


def _det(x: Any) -> Any:
    """Return the determinant by minors, those of the last rows first; zeros cost nothing."""
    n = x.shape[-1]
    if n > MOST_ROWS:
        return None
    minors: dict[tuple[int, ...], Any] = {(): None}
    for size in range(1, n + 1):
        row = x[..., n - size, :]
        made: dict[tuple[int, ...], Any] = {}
        for columns in combinations(range(n), size):
            total: Any = 0.0
            for k, column in enumerate(columns):
                minor = minors[columns[:k] + columns[k + 1 :]]
                part = row[..., column] if minor is None else _times(row[..., column], minor)
                total = (-part if k % 2 else part) + total
            made[columns] = _array(total)
        minors = made
    return minors[tuple(range(n))]


def _times(x: Any, y: Any) -> Any:
    return _array(x) * _array(y)


def _adjugate(x: Any) -> Any:
    """Return the transposed matrix of cofactors."""
    n = x.shape[-1]
    found = np.empty(x.shape, dtype=object)
    for i, j in np.ndindex(n, n):
        rows, columns = ([k for k in range(n) if k != without] for without in (i, j))
        minor = _det(x[..., rows, :][..., columns]) if n > 1 else x[..., 0, 0] * 0.0 + 1.0
        found[..., j, i] = -minor if (i + j) % 2 else minor
    return found


def _inv(x: Any) -> Any:
    if x.shape[-1] > MOST_ROWS_INVERTED:
        return None
    return _adjugate(x) / _array(_det(x))[..., None, None]


def _solve(a: Any, b: Any) -> Any:
    if a.shape[-1] > MOST_ROWS_INVERTED:
        return None
    columns = b if b.ndim > 1 else b[:, None]
    found = registry["matmul"].forward(_adjugate(a), columns) / _array(_det(a))[..., None, None]
    return found if b.ndim > 1 else found[..., 0]


_SUM: Any = registry["sum"].forward

# What NumPy does with objects as it does with numbers: it moves, adds and multiplies them.
_LINEAR = (
    *("sum", "mean", "prod", "trace", "matmul", "stack", "concatenate", "getitem"),
    *("reshape", "transpose", "broadcast_to", "sum_to"),
)

_BY_ELEMENTS: dict[str, Any] = {
    "max": _reduced("maximum"),
    "min": _reduced("minimum"),
    "norm": _norm,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "det": _det,
    "inv": _inv,
    "solve": _solve,
}
