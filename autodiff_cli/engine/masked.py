"""Adjoints and tangents with structural zeros: those of a branch that was not taken.

Where ``where(c, a, b)`` chose ``b``, nothing that happened in ``a`` counts, not even a division by
zero.  A plain 0 would turn into nan as soon as it is multiplied by the infinite slope it meets
there; a `Masked` adjoint carries the choice along and is made whole only when it has to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Masked", "total", "weights", "whole"]


class Masked:
    """An adjoint that is zero, whatever it meets, wherever a choice went against it.

    Parameters
    ----------
    select
        The operation ``where``.
    mask
        What was chosen by: a value or Variable, of a shape that broadcasts to that of ``gy``.
    gy
        The adjoint where it counts; anything, nan too, where it does not.
    keep
        Whether it counts where the mask is true, or where it is false.
    """

    __array_ufunc__ = None
    __slots__ = ("gy", "keep", "mask", "select")

    def __init__(self, select: Callable[..., Any], mask: Any, gy: Any, keep: bool = True) -> None:
        self.select = select
        self.mask = mask
        self.gy = gy
        self.keep = keep

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the adjoint."""
        return np.shape(self.gy)

    def weights(self, shape: tuple[int, ...]) -> Any:
        """Return 1 where the adjoint counts and 0 where not, in a shape."""
        ones = np.ones(shape)
        return self.select(self.mask, *((ones, 0.0) if self.keep else (0.0, ones)))

    def carrying(self, gx: Any, weights: Any = None) -> Masked:
        """Return another adjoint with the same choice; ``weights`` are those that go with it.

        An adjoint that is masked itself counts where both do.
        """
        mask, keep = (self.mask, self.keep) if weights is None else (weights, True)
        if type(gx) is not Masked:
            return Masked(self.select, mask, gx, keep)
        both = Masked(self.select, mask, gx.weights(gx.shape), keep).whole()
        return Masked(self.select, both, gx.gy)

    def same(self, other: Masked) -> bool:
        """Return whether another adjoint has the same choice."""
        return self.mask is other.mask and self.keep is other.keep

    def whole(self) -> Any:
        """Return the adjoint with its zeros written out."""
        if isinstance(self.mask, float | np.ndarray):
            counts = np.not_equal(self.mask, 0.0)
            if np.all(counts == self.keep):
                return self.gy
        chosen = (self.gy, 0.0) if self.keep else (0.0, self.gy)
        return self.select(self.mask, *chosen)

    def __add__(self, other: Any) -> Any:
        if type(other) is not Masked:
            return self.whole() + other
        if self.same(other):
            return self.carrying(self.gy + other.gy)
        if self.mask is other.mask:
            chosen = (self.gy, other.gy) if self.keep else (other.gy, self.gy)
            return self.select(self.mask, *chosen)
        either = self.weights(self.shape) + other.weights(other.shape)
        return Masked(self.select, either, self.whole() + other.whole())


def total(gx: Any, other: Any) -> Any:
    """Return the sum of two adjoints, either of which may be masked."""
    return gx + other if type(gx) is Masked else gx + whole(other)


def weights(gx: Any, shape: tuple[int, ...]) -> Any:
    """Return 1 where an adjoint or tangent counts and 0 where it is structurally zero, or None."""
    if type(gx) is Masked:
        return gx.weights(shape)
    if not shape:
        return 0.0 if gx is None else 1.0
    return np.zeros(shape) if gx is None else np.ones(shape)


def whole(gx: Any) -> Any:
    """Return an adjoint with its structural zeros, if it has any, written out."""
    return gx.whole() if type(gx) is Masked else gx
