"""What can make a Variable, as the sweeps of the engine see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from autodiff_cli.engine.symbolic_zeros import MaskedCotangent

__all__ = ["Node", "Pending"]

Pending: TypeAlias = "list[dict[Any, Any]]"
"""The adjoints that wait for their turn in a sweep, by the generation of what they belong to."""


class Node(Protocol):
    """What can make a Variable: a declared operation, or one call of a user's `Function`."""

    @property
    def looks(self) -> bool:
        """Whether a derivative of a call looks at any values."""

    def looked_at(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        """Return at which values a derivative of a call looks: 0 for the output, k for the k-th."""

    def call(self, y: Any) -> Any:
        """Return the call that made ``y``, as `Variable.creator` shows it."""

    def pull(self, gy: Any, y: Any, graph: bool, pending: Pending) -> None:
        """Pull the adjoint of ``y`` back: add to ``pending`` what it means for each input.

        With ``graph`` adjoints are Variables that remember how they were computed, else values.
        A float may stand for an array full of it.
        """

    def pull_masked(self, gy: MaskedCotangent, y: Any, graph: bool, pending: Pending) -> None:
        """Pull back an adjoint with structural zeros."""

    def jvp(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of ``y`` from those of the inputs; None for what does not move."""

    def jvp_masked(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return it from tangents some of which have structural zeros."""
