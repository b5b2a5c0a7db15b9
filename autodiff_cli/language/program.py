"""A text as a straight-line program of calls, each of which computes a value from earlier ones.

The parser writes the calls in the order in which they are run, so neither parsing nor running
recurses, however deeply the expression is nested.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import AdiffError, ComputationError, ExpressionError, Span
from autodiff_cli.language.format import described
from autodiff_cli.language.lexer import Token, tokenize
from autodiff_cli.language.literals import beyond_float
from autodiff_cli.language.names import CONSTANTS, function
from autodiff_cli.language.shape_hints import (
    enumerated,
    index_hint,
    product_hint,
    static_hint,
)
from autodiff_cli.language.static_text import LANGUAGE
from autodiff_cli.limits import Limits

__all__ = ["Instruction", "Name", "Program", "Static", "moved", "static_value"]

Static: TypeAlias = "int | slice | tuple[int | slice, ...] | None"
"""A static parameter: the slot of its value, or for an index several slots and slices."""


class Instruction(NamedTuple):
    """A call of an operation.

    Attributes
    ----------
    slots
        The slots of its arguments: the slot of a result is its position, that of a leaf is negative
        and counts from the end.
    statics
        Its static parameters, by name.
    first, middle, last
        Its location in the text: its first token, its operator if that is between two arguments,
        and the token after its last one.
    """

    operation: Operation
    slots: tuple[int, ...]
    statics: Mapping[str, Static] | None
    first: int
    middle: int
    last: int


class Name(NamedTuple):
    """A variable: the slot of its value, and the token of its first occurrence."""

    slot: int
    token: int


@dataclass
class Program:
    """The program of a text.

    Attributes
    ----------
    source, origin
        The text, and the name of its origin.
    leaves
        The numbers in the text, and None for each variable and parameter.
    literals
        The notation of leaves, by slot: the text of a number or a constant, the slot of the operand
        of a negative number, or the slots of the elements of a list.
    names
        The variables, in order of appearance.
    calls
        The calls, in the order in which they are run.
    constants
        The constants that the text uses; they become variables if they are given values.
    released
        The names of the constants that are variables because they have been given values.
    unused
        The spans of definitions that nothing else uses.
    definitions
        The slots of the names that the text defines.
    functions
        The parameters of each function that the text defines.
    result
        The slot of the result.
    outputs
        The slots of the outputs by name, if there are several, the result among them; empty for a
        text.
    shapes
        The required shapes of variables, by name, where they are declared.
    """

    source: str
    origin: str = "EXPR"
    limits: Limits = field(default_factory=Limits)
    leaves: list[Any] = field(default_factory=list)
    literals: dict[int, str | int | list[int]] = field(default_factory=dict)
    names: dict[str, Name] = field(default_factory=dict)
    calls: list[tuple[Operation, tuple[int, ...], Mapping[str, Static] | None, int, int, int]] = (
        field(default_factory=list)
    )
    constants: dict[str, Name] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    unused: dict[str, Span] = field(default_factory=dict)
    definitions: dict[str, int] = field(default_factory=dict)
    functions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    result: int = 0
    outputs: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @cached_property
    def tokens(self) -> list[Token]:
        """The tokens of the text, with their spans."""
        return tokenize(self.source)

    def exact_value(self, slot: int) -> Fraction | None:
        """Return the exact value of a number in the text if that is not a float; otherwise None."""
        text = self.literals.get(slot)
        if not isinstance(text, str) or text in CONSTANTS:
            return None
        return beyond_float(text, float(text))

    @cached_property
    def exact(self) -> dict[int, Fraction]:
        """The exact values of the numbers in the text that are not floats, by slot."""
        found = {slot: self.exact_value(slot) for slot in self.literals}
        return {slot: value for slot, value in found.items() if value is not None}

    @property
    def first_line(self) -> str:
        """The first line of the text that is not a comment, without a comment behind it."""
        lines = (line.partition("#")[0].strip() for line in self.source.splitlines())
        return next(filter(None, lines), "")

    @property
    def out_of_range(self) -> dict[int, Span]:
        """The first spans of the numbers that are beyond the range of floats, by slot."""
        texts = {self.literals[slot]: slot for slot in self.exact if self._is_beyond(slot)}
        found: dict[int, Span] = {}
        for token in self.tokens if texts else ():
            if token.text in texts:
                found.setdefault(texts[token.text], token.span)
        return found

    def _is_beyond(self, slot: int) -> bool:
        return self.leaves[~slot] in (0.0, math.inf)

    def call_name(self, k: int) -> str:
        """Return the name of a call in the text, because a function may have several names."""
        operation, _, _, first, middle, _ = self.calls[k]
        name, bracket = (token.text for token in self.tokens[first : first + 2])
        is_named = bracket == "(" and middle == first and function(name) is not None
        return name if is_named else operation.metadata.symbol or operation.name

    def span(self, first: int, last: int) -> Span:
        """Return the span of the tokens from ``first`` up to but not including ``last``."""
        return Span(self.tokens[first].start, self.tokens[max(first, last - 1)].end)

    def at(self, *spans: Span) -> dict[str, Any]:
        """Return spans of the text as the keyword arguments of an error."""
        return {
            "span": spans[0],
            "more": spans[1:],
            "source": self.source,
            "origin": self.origin,
        }

    def text(self, first: int, last: int) -> str:
        """Return the text from token ``first`` up to but not including token ``last``."""
        return self.source[slice(*self.span(first, last))]

    def release(self, names: Iterable[str]) -> None:
        """Turn the constants among some names into variables."""
        for name in self.constants.keys() & set(names):
            freed = self.constants.pop(name)
            self.leaves[~freed.slot] = None
            self.literals.pop(freed.slot, None)
            self.names[name] = freed
            self.released.append(name)
            self.names = dict(sorted(self.names.items(), key=lambda item: item[1].token))

    def place(self, k: int) -> Span:
        """Return the span of call number ``k``."""
        call = Instruction(*self.calls[k])
        return self.span(call.first, call.last)

    def variables(self) -> dict[str, Span]:
        """Return the names that need values, each with the span of its first occurrence."""
        return {name: self.span(token, token) for name, (_, token) in self.names.items()}

    def run(self, env: Mapping[str, Any]) -> Any:
        """Return the value of the expression, which is one of `results`."""
        return self.results(env)[self.result]

    def results(self, env: Mapping[str, Any]) -> list[Any]:
        """Return the result of each call, followed by the leaves in reverse order.

        The result of a call is a Variable if it depends on one, otherwise a plain value.

        Parameters
        ----------
        env
            A Variable, number or array for each of `variables`.

        Raises
        ------
        ExpressionError
            If the shapes or arguments of a call do not fit; the error has the span of the call.
        ComputationError
            If a matrix to be inverted is singular, or a limit is reached.
        """
        leaves = list(self.leaves)
        for name, (slot, _) in self.names.items():
            leaves[~slot] = env[name]
        slots: list[Any] = [None] * len(self.calls) + leaves[::-1]
        shapes = {~k: np.shape(leaf) for k, leaf in enumerate(leaves) if np.shape(leaf)}
        elements = sum(map(math.prod, shapes.values()))
        self.limits.check("elements", elements, "the values are too large")
        k = 0
        try:
            with paused_collector():
                for k, (operation, arguments, statics, _, _, _) in enumerate(self.calls):
                    numbers = not shapes or shapes.keys().isdisjoint(arguments)
                    if numbers and statics is None and isinstance(operation, Elementwise):
                        # Most calls take numbers only, which needs no Variable and is fast.
                        if len(arguments) == 2:
                            x, y = arguments
                            slots[k] = operation.apply(slots[x], slots[y])
                        else:
                            slots[k] = operation.apply(*[slots[slot] for slot in arguments])
                        continue
                    values = [slots[slot] for slot in arguments]
                    params = static_values(operation, statics, slots)
                    size = operation.size(*map(np.shape, values), **params)
                    self.limits.check("elements", elements + size, "this gets too large")
                    slots[k] = operation.apply(*values, **params)
                    if shape := np.shape(slots[k]):
                        shapes[k] = shape
                        elements += math.prod(shape)
                    self.limits.check("elements", elements, "this gets too large")
        except AdiffError as error:
            error.span, error.source, error.origin = self.place(k), self.source, self.origin
            raise
        except np.linalg.LinAlgError as error:
            raise self._not_invertible(k, slots) from error
        except (ValueError, TypeError, IndexError) as error:
            raise self._does_not_fit(k, slots, error) from error
        for name, slot in self.definitions.items():
            value = slots[slot]
            if isinstance(value, Variable) and value.name is None:
                value.name = name
        return slots

    def _not_invertible(self, k: int, slots: Sequence[Any]) -> AdiffError:
        call = Instruction(*self.calls[k])
        shape = np.shape(slots[call.slots[0]])
        if len(shape) < 2 or shape[-1] != shape[-2]:
            return ExpressionError(
                f"`{call.operation.name}` needs a square matrix, and this is {described(shape)}",
                code="bad-argument",
                **self.at(self.place(k)),
            )
        return ComputationError(
            "the matrix is singular: it has no inverse",
            code="singular-matrix",
            **self.at(self.place(k)),
        )

    def _does_not_fit(self, k: int, slots: Sequence[Any], error: Exception) -> AdiffError:
        """Return the error of a call whose arguments do not fit, in terms of the language."""
        call = Instruction(*self.calls[k])
        spans = [self.place(k)]
        if isinstance(error, StaticError):
            if call.statics and (elsewhere := self._misused(call)) is not None:
                return ExpressionError(
                    str(error), code="misused-function", hint=elsewhere, **self.at(*spans)
                )
            return ExpressionError(str(error), code="bad-argument", **self.at(*spans))
        if call.middle != call.first:
            # A line continues after an operator that has nothing to its right.
            right = call.middle + 1 + self.tokens[call.middle + 1].text.startswith("\n")
            spans = [self.span(call.first, call.middle), self.span(right, call.last)]
        name = f"`{call.operation.metadata.symbol or call.operation.name}`"
        if call.operation.name == "stack" and self.tokens[call.first].text != "stack":
            name = "a list"
        shapes = [np.shape(slots[slot]) for slot in call.slots]
        statics = static_values(call.operation, call.statics, slots)
        if "index" in statics:
            index = statics["index"]
            index = index if isinstance(index, tuple) else (index,)
            return ExpressionError(
                f"`[{LANGUAGE.subscript(index)}]` is not in {described(shapes[0])}",
                code="bad-index",
                hint=index_hint(index, shapes[0]),
                **self.at(*spans),
            )
        if statics and (elsewhere := self._misused(call)) is not None:
            return ExpressionError(
                f"`{call.operation.name}` has an axis as its second argument here",
                code="misused-function",
                hint=elsewhere,
                **self.at(*spans),
            )
        told = "".join(f", {n}={LANGUAGE.value(value)}" for n, value in statics.items())
        return ExpressionError(
            f"{name} cannot take {enumerated([described(shape) for shape in shapes])}{told}",
            code="bad-argument",
            hint=static_hint(statics, shapes[0])
            or product_hint(call.operation, shapes)
            or ("what is in a list has to be of one shape" if name == "a list" else None),
            **self.at(*spans),
        )

    def _misused(self, call: Instruction) -> str | None:
        """Return what to write for a call as another language has it; None if it is not known."""
        from autodiff_cli.language.foreign_functions import misused_function, split_arguments

        inside = self.text(call.first, call.last).partition("(")[2].rstrip(")")
        return misused_function(call.operation.name, split_arguments(inside))


class StaticError(ValueError):
    """A static parameter, such as an axis, is not a whole number or a list of them."""


def moved(static: Static, to: Callable[[int], int]) -> Static:
    """Return a static parameter with each slot replaced."""
    match static:
        case None:
            return None
        case slice():
            return slice(moved(static.start, to), moved(static.stop, to), moved(static.step, to))
        case tuple():
            return tuple(moved(part, to) for part in static)  # type: ignore[misc]
    return to(static)


def static_values(
    operation: Operation, statics: Mapping[str, Static] | None, slots: Sequence[Any]
) -> dict[str, Any]:
    """Return the values of the static parameters of a call by name, as NumPy expects them."""
    reals = operation.metadata.reals
    return {n: static_value(n, s, slots, n in reals) for n, s in (statics or {}).items()}


def static_value(name: str, static: Static, slots: Sequence[Any], real: bool = False) -> Any:
    """Return the value of a static parameter, such as an axis or a shape, as NumPy expects it."""
    match static:
        case None:
            return None
        case slice():
            parts = (static.start, static.stop, static.step)
            return slice(*(static_value(name, part, slots) for part in parts))
        case tuple():
            return tuple(static_value(name, part, slots) for part in static)
    value = slots[static]
    if isinstance(value, Variable):
        raise StaticError(f"{_called(name)} must be a constant, it may not depend on a variable")
    array = np.asarray(value)
    if real and not array.ndim and array != np.floor(array):
        return float(array)
    if not np.array_equal(np.floor(array), array):
        raise StaticError(f"{_called(name)} must be a whole number or a list of them")
    if not np.all(np.abs(array) < 1e15):
        raise StaticError(f"{_called(name)} is too large a number")
    whole = array.astype(int)
    return int(whole) if whole.ndim == 0 else tuple(whole.tolist())


def _called(name: str) -> str:
    return "an index" if name == "index" else f"`{name}`"
