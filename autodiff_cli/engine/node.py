"""Define the protocol of operations and functions that the sweeps of the engine use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from autodiff_cli.engine.symbolic_zeros import MaskedCotangent

__all__ = ["Declaration", "Node", "Pending"]

Pending: TypeAlias = "list[dict[Any, Any]]"
"""The adjoints that a sweep has not processed yet, by the generation of their Variables."""


class Node(Protocol):
    """The origin of a Variable: a declared operation, or one call of a user-defined `Function`."""

    @property
    def reads_values(self) -> bool:
        """Whether a derivative of a call reads any values."""

    def values_read(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        """Return the values that derivatives of a call read: 0 for the output, k for input k."""

    def call(self, y: Any) -> Any:
        """Return the call that computed ``y``, as returned by `Variable.creator`."""

    def pullback(self, gy: Any, y: Any, graph: bool, pending: Pending) -> None:
        """Pull the adjoint of ``y`` back, adding the adjoint of each input to ``pending``.

        If ``graph`` is true adjoints are Variables with a recorded graph, else plain values.  A
        float may stand for an array filled with it.
        """

    def pullback_masked(self, gy: MaskedCotangent, y: Any, graph: bool, pending: Pending) -> None:
        """Pull back an adjoint with structural zeros."""

    def jvp(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of ``y``, given those of the inputs; None stands for zero."""

    def jvp_masked(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of ``y``, given tangents of which some are masked."""


class Declaration(Node, Protocol):
    """What the declaration of an operation says, as an `Operation` has it."""

    name: str
    forward: Callable[..., Any]
    scalar: Callable[..., float] | None
    linear: bool
    metadata: Any
    """The other fields: `autodiff_cli.engine.metadata.Metadata`."""
