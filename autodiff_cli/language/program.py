"""An expression as a straight line of steps, each of which computes one value from earlier ones.

The parser writes the steps while it reads, in the order in which they are to be run, so neither
reading nor running ever recurses, however deep the expression.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.config import paused_collector
from autodiff_cli.errors import ComputationError, ExpressionError, Span
from autodiff_cli.language.words import described

__all__ = ["Apply", "Literal", "Name", "Program", "Step"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A number that stands in the text."""

    value: float
    span: Span

    def run(self, slots: list[Any], env: Mapping[str, Any]) -> Any:
        """Return the number."""
        return self.value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable of the expression."""

    name: str
    span: Span

    def run(self, slots: list[Any], env: Mapping[str, Any]) -> Any:
        """Return the value of the variable."""
        return env[self.name]


@dataclass(frozen=True, slots=True)
class Apply:
    """A call of an operation on the results of earlier steps, named by their position."""

    operation: Operation
    arguments: tuple[int, ...]
    statics: Mapping[str, int]
    span: Span

    def run(self, slots: list[Any], env: Mapping[str, Any]) -> Any:
        """Return what the operation makes of the results of earlier steps."""
        params = {name: _static(name, slots[i]) for name, i in self.statics.items()}
        arguments = [slots[i] for i in self.arguments]
        if any(type(x) is not float and np.shape(x) for x in arguments) or params:
            self._check_size([np.shape(x) for x in arguments], params)
        result = self.operation.apply(*arguments, **params)
        if type(result) is not float and math.prod(result.shape) > MOST_ELEMENTS:
            raise _too_large(math.prod(result.shape))
        return result

    def _check_size(self, shapes: list[tuple[int, ...]], params: Mapping[str, Any]) -> None:
        size = self.operation.size(*shapes, **params)
        if size > MOST_ELEMENTS:
            raise _too_large(size)


MOST_ELEMENTS = 10_000_000
"""How many elements a tensor of the language may have: enough for any formula, 80 megabytes."""


def _too_large(size: int) -> ComputationError:
    return ComputationError(
        f"this would have {size:,} elements, and {MOST_ELEMENTS:,} is the most", code="too-large"
    )


Step: TypeAlias = Literal | Name | Apply


@dataclass(slots=True)
class Program:
    """What an expression says to do.

    Attributes
    ----------
    source, origin
        The text, and where it was read from.
    steps
        In the order in which they are run; the last one computes the value of the expression.
    """

    source: str
    origin: str = "EXPR"
    steps: list[Step] = field(default_factory=list)

    def at(self, span: Span) -> dict[str, Any]:
        """Return where a span of the text is, as an error is told it."""
        return {"span": span, "source": self.source, "origin": self.origin}

    def variables(self) -> dict[str, Span]:
        """Return the names the expression needs values for, each with its first place."""
        found: dict[str, Span] = {}
        for step in self.steps:
            if isinstance(step, Name):
                found.setdefault(step.name, step.span)
        return found

    def run(self, env: Mapping[str, Variable | float | np.ndarray[Any, Any]]) -> Any:
        """Return the value of the expression, the last of `results`."""
        return self.results(env)[-1]

    def results(self, env: Mapping[str, Variable | float | np.ndarray[Any, Any]]) -> list[Any]:
        """Return what each step computes: a Variable if it depends on one, else a plain value.

        Parameters
        ----------
        env
            A value for each of `variables`.

        Raises
        ------
        ExpressionError
            If the shapes or arguments of a step do not fit; it marks the step.
        ComputationError
            If a matrix that is to be inverted is singular, or a tensor would be too large.
        """
        slots: list[Any] = []
        with paused_collector():
            for step in self.steps:
                try:
                    slots.append(step.run(slots, env))
                except ComputationError as error:
                    error.span, error.source, error.origin = step.span, self.source, self.origin
                    raise
                except np.linalg.LinAlgError as error:
                    raise ComputationError(
                        "the matrix is singular: it has no inverse",
                        code="singular-matrix",
                        **self.at(step.span),
                    ) from error
                except (ValueError, TypeError, IndexError) as error:
                    raise ExpressionError(
                        _why(step, slots, error),
                        code="bad-argument",
                        **self.at(step.span),
                    ) from error
        return slots


class StaticError(ValueError):
    """A static parameter, such as an axis, is not a whole number or a list of them."""


def _why(step: Step, slots: list[Any], error: Exception) -> str:
    """Say what is wrong with the arguments of a step in the words of the language."""
    if isinstance(error, StaticError) or not isinstance(step, Apply):
        return str(error)
    arguments = " and ".join(described(np.shape(slots[i])) for i in step.arguments)
    statics = "".join(f", {name}={_static(name, slots[i])}" for name, i in step.statics.items())
    return (
        f"`{step.operation.facts.symbol or step.operation.name}` cannot take {arguments}{statics}"
    )


def _static(name: str, value: Any) -> Any:
    """Return a static parameter, such as an axis or a shape, as NumPy wants it."""
    if isinstance(value, Variable):
        raise StaticError(f"`{name}` must be a constant, it may not depend on a variable")
    array = np.asarray(value)
    if not np.all(np.abs(array) < 1e15) or not np.array_equal(np.floor(array), array):
        raise StaticError(f"`{name}` must be a whole number or a list of them")
    whole = array.astype(int)
    return int(whole) if whole.ndim == 0 else tuple(whole.tolist())
