"""Identities of IEEE 754: which call is the same number as another, nan and signed zeros too.

An operation declares one as what is done where a graph is read as a straight line of calls.  So
x + 0 stays, which is 0 where x is -0, and 0*x, which is nan where x is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from autodiff_cli.engine.operation import Operation

__all__ = ["Identity", "KnownCall", "Line", "same_if_alone", "same_shape"]


class KnownCall(Protocol):
    """A call on a line: its operation, its inputs by number, and the shape of its value."""

    @property
    def operation(self) -> Operation:
        """The operation."""

    @property
    def inputs(self) -> Sequence[int]:
        """The number of each input."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""


class Line(Protocol):
    """A list of numbers, arrays and calls, each known by its place in it."""

    def shape(self, k: int) -> tuple[int, ...]:
        """Return the shape of one."""

    def is_number(self, k: int, number: float) -> bool:
        """Return whether one is this number, sign of a zero included."""

    def call_at(self, k: int) -> KnownCall | None:
        """Return the call that one is; None if it is no call."""

    def constant(self, value: Any) -> int:
        """Return the place of a number or array."""

    def apply(self, operation: Operation, shape: tuple[int, ...], *inputs: int) -> int:
        """Return the place of a call."""


Identity: TypeAlias = Callable[..., "int | None"]
"""From a line, the shape of a call and the places of its inputs to what is the same, or None."""


def same_shape(line: Line, shape: tuple[int, ...], x: int) -> int | None:
    """Return the input of what changes nothing but the shape, where that is the same."""
    return x if line.shape(x) == shape else None


def same_if_alone(line: Line, shape: tuple[int, ...], x: int) -> int | None:
    """Return the input of what leaves a single number as it is."""
    return x if line.shape(x) == shape == () else None
