"""Define identities of IEEE 754: calls equal to other calls, including nan and signed zeros.

An operation declares an identity as a function that is applied when a graph is linearized into a
straight-line program.  The call x + 0 has no identity, because it is 0 where x is -0; neither has
0*x, which is nan where x is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from autodiff_cli.engine.node import Declaration

__all__ = ["CallList", "Identity", "KnownCall", "same_if_alone", "same_shape"]


class KnownCall(Protocol):
    """A call in a list: its operation, the places of its inputs, and the shape of its value."""

    @property
    def operation(self) -> Declaration:
        """The operation."""

    @property
    def inputs(self) -> Sequence[int]:
        """The place of each input."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""


class CallList(Protocol):
    """A list of numbers, arrays and calls, each identified by its place in the list."""

    def shape(self, k: int) -> tuple[int, ...]:
        """Return the shape of the value at place k."""

    def is_number(self, k: int, number: float) -> bool:
        """Return whether place k holds this number, with the same sign if it is zero."""

    def call_at(self, k: int) -> KnownCall | None:
        """Return the call at place k, or None if there is no call."""

    def constant(self, value: Any) -> int:
        """Return the place of a number or array."""

    def apply(self, operation: Any, shape: tuple[int, ...], *inputs: int) -> int:
        """Return the place of a call."""


Identity: TypeAlias = Callable[..., "int | None"]
"""A function of a list of calls, the shape of a call and the places of its inputs.

It returns the place of an equal value, or None.
"""


def same_shape(calls: CallList, shape: tuple[int, ...], x: int) -> int | None:
    """Return the input of a call that only changes the shape, if the shape stays the same."""
    return x if calls.shape(x) == shape else None


def same_if_alone(calls: CallList, shape: tuple[int, ...], x: int) -> int | None:
    """Return the input of a call that leaves a single number unchanged, if it is one."""
    return x if calls.shape(x) == shape == () else None
