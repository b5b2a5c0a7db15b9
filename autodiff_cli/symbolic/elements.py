"""The value of a program as terms, element by element.

A vector of three numbers is three terms, so a formula of vectors becomes what a textbook would
write for their components, and the engine then differentiates a graph of scalars only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, Variable, value_of
from autodiff_cli.engine.composite import Composite
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.program import Program, static_values
from autodiff_cli.symbolic import Algebra, Term
from autodiff_cli.symbolic.arithmetic import applied, literal, number

__all__ = [
    "MOST_COMPONENTS",
    "ElementTerm",
    "applied_to_elements",
    "components",
    "elements_of_graph",
    "symbols",
]

MOST_COMPONENTS = 10_000
"""The most elements of all tensors of a formula together."""


class ElementTerm:
    """A term that supports the arithmetic of NumPy arrays of objects.

    Sums and products are constructed only when they are needed, so that a sum which grows by one
    operand at a time is constructed once.
    """

    __slots__ = ("_parts", "_product", "_term", "_used", "algebra")

    def __init__(
        self,
        algebra: Algebra,
        term: Term | None,
        parts: tuple[tuple[ElementTerm, int], ...] = (),
        product: bool = False,
    ) -> None:
        self.algebra = algebra
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
            algebra, self._parts = self.algebra, ()
            if self._product:
                self._term = algebra.collect(
                    (x, algebra.number(Fraction(sign))) for x, sign in found
                )
            else:
                self._term = algebra.combine((x, Fraction(sign)) for x, sign in found)
        return self._term

    def _part_of(self, product: bool) -> ElementTerm:
        """Return it as an operand of a sum or product, not constructed if it has no other use."""
        if self._used or self._product != product:
            _ = self.term
        self._used = True
        return self

    def plus(self, other: ElementTerm, sign: int = 1) -> ElementTerm:
        """Return a sum or a difference."""
        return ElementTerm(
            self.algebra, None, ((self._part_of(False), 1), (other._part_of(False), sign))
        )

    def times(self, other: ElementTerm, sign: int = 1) -> ElementTerm:
        """Return a product or a quotient."""
        parts = ((self._part_of(True), 1), (other._part_of(True), sign))
        return ElementTerm(self.algebra, None, parts, product=True)

    def __add__(self, other: Any) -> Any:
        return _with_element(self.plus, self, other)

    def __sub__(self, other: Any) -> Any:
        return _with_element(lambda x: self.plus(x, -1), self, other)

    def __mul__(self, other: Any) -> Any:
        return _with_element(self.times, self, other)

    def __truediv__(self, other: Any) -> Any:
        return _with_element(lambda x: self.times(x, -1), self, other)

    def __rsub__(self, other: Any) -> Any:
        return _with_element(lambda x: x.plus(self, -1), self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _with_element(lambda x: x.times(self, -1), self, other)

    def __neg__(self) -> ElementTerm:
        return ElementTerm(self.algebra, self.algebra.negative(self.term))

    __radd__ = __add__
    __rmul__ = __mul__


def _with_element(function: Callable[[ElementTerm], Any], x: ElementTerm, other: Any) -> Any:
    """Return a function of two operands; arrays apply it to their elements themselves."""
    if isinstance(other, np.ndarray):
        return NotImplemented
    return function(other if isinstance(other, ElementTerm) else _number(x.algebra, other))


def symbols(algebra: Algebra, name: str, shape: tuple[int, ...]) -> Any:
    """Return a variable as an array of terms: itself, or its elements ``x[0]``, ``x[1]``."""
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        element_name = f"{name}[{', '.join(map(str, index))}]" if shape else name
        array[index] = ElementTerm(algebra, algebra.symbol(element_name))
    return array


def components(algebra: Algebra, program: Program, results: Sequence[Any]) -> Any:
    """Return the value of a program as an array of terms.

    Parameters
    ----------
    results
        The results of a run of the program, which provide shapes and static parameters.

    Returns
    -------
    ndarray of ElementTerm, or None
        None if an operation has no formula by elements, or there are too many elements.
    """
    slots: list[Any] = [None] * len(results)
    names = {slot: name for name, (slot, _) in program.names.items()}
    for slot in range(-len(program.leaves), 0):
        if slot in names:
            slots[slot] = symbols(algebra, names[slot], np.shape(value_of(results[slot])))
        elif slot in program.exact:
            slots[slot] = _array(ElementTerm(algebra, literal(algebra, program, slot)))
        elif results[slot] is not None:
            slots[slot] = _constants(algebra, results[slot])
    room = MOST_COMPONENTS
    for k, (operation, arguments, statics, _, _, _) in enumerate(program.calls):
        params = static_values(operation, statics, results)
        if isinstance(operation, Composite) and isinstance(results[k], Variable):
            inputs = {results[s]: slots[s] for s in arguments if isinstance(results[s], Variable)}
            found = elements_of_graph(algebra, results[k], inputs)
        else:
            operands = [slots[slot] for slot in arguments]
            found = applied_to_elements(algebra, operation, operands, params)
        room -= 0 if found is None else found.size
        if found is None or room < 0:
            return None
        slots[k] = found
    return slots[program.result]


def elements_of_graph(algebra: Algebra, y: Variable, known: Mapping[Variable, Any]) -> Any:
    """Return a Variable as an array of terms, without using the values of other Variables.

    Parameters
    ----------
    known
        The arrays of terms of some Variables, below which the graph is not read.

    Returns
    -------
    ndarray of ElementTerm, or None
        As for `components`; the calls are those that a composite operation makes.
    """
    found = dict(known)
    needed, waiting = {y: None}, [y]
    while waiting:
        x = waiting.pop()
        for inner in x.inputs if x not in known else ():
            if isinstance(inner, Variable) and inner not in needed:
                needed[inner] = None
                waiting.append(inner)
    room = MOST_COMPONENTS
    for x in sorted(needed, key=attrgetter("generation")):
        if x in found:
            continue
        if x.operation is None:
            found[x] = _constants(algebra, value_of(x))
            continue
        call = x.creator
        inputs = [found[i] if isinstance(i, Variable) else _constants(algebra, i) for i in x.inputs]
        made = applied_to_elements(algebra, call.op, inputs, call.params)
        room -= 0 if made is None else made.size
        if made is None or room < 0:
            return None
        found[x] = made
    return found[y]


def _constants(algebra: Algebra, value: Any) -> Any:
    return _each_of(np.asarray(value), lambda x: _number(algebra, x))


def _number(algebra: Algebra, value: Any) -> ElementTerm:
    return ElementTerm(algebra, number(algebra, float(value)))


def _each_of(array: Any, function: Callable[[Any], ElementTerm]) -> Any:
    found = np.empty(array.shape, dtype=object)
    for index in np.ndindex(found.shape):
        found[index] = function(array[index])
    return found


def applied_to_elements(
    algebra: Algebra, operation: Operation, values: Sequence[Any], params: Mapping[str, Any]
) -> Any:
    """Return an operation applied to arrays of terms; None if that takes too many elements."""
    by_elements = operation.metadata.by_elements
    if isinstance(operation, Elementwise):
        return _elementwise(algebra, operation, values, params)
    if callable(by_elements):
        made = by_elements(partial(_each, algebra), *values, **params)
        return None if made is None else _array(made)
    if not (operation.linear or by_elements):
        return None
    found = _array(operation.forward(*values, **params))
    # An array that has been padded with zeros contains plain numbers.
    return _each_of(found, lambda x: x if isinstance(x, ElementTerm) else _number(algebra, x))


def _each(algebra: Algebra, operation: Operation, *values: Any) -> Any:
    lifted = [x if isinstance(x, np.ndarray) else _constants(algebra, x) for x in values]
    return _elementwise(algebra, operation, lifted, {})


def _elementwise(
    algebra: Algebra, operation: Operation, values: Sequence[Any], params: Mapping[str, Any]
) -> Any:
    """Return an operation applied to each element."""
    found = np.empty(np.broadcast_shapes(*map(np.shape, values)), dtype=object)
    spread: Sequence[Any] = np.broadcast_arrays(*values)
    join = _joint(operation)
    for index in np.ndindex(found.shape):
        elements = [array[index] for array in spread]
        if join is not None:
            found[index] = join(*elements)
        else:
            terms = [element.term for element in elements]
            found[index] = ElementTerm(algebra, applied(algebra, operation, terms, params))
    return found


def _joint(operation: Operation) -> Callable[..., ElementTerm] | None:
    """Return the method of an element for a sum or product; None for other operations."""
    match operation.metadata.signs, operation.metadata.exponents:
        case (1, 1 | -1 as sign), _:
            return lambda x, y: x.plus(y, sign)
        case _, (1, 1 | -1 as exponent):
            return lambda x, y: x.times(y, exponent)
    return None


def _array(value: Any) -> Any:
    """Return a result of NumPy on objects as an array, even if it is a single object."""
    if isinstance(value, np.ndarray):
        return value
    found = np.empty((), dtype=object)
    found[()] = value
    return found
