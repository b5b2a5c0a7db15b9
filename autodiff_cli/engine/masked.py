"""Adjoints and tangents with structural zeros: those of elements that were not selected.

Where ``where(c, a, b)`` chose ``b``, nothing that happened in ``a`` counts, not even a division by
zero; nor does anything in ``v[0]`` where ``v[1]`` is asked for.  A plain 0 would turn into nan as
soon as it is multiplied by the infinite slope it meets there; a `Masked` adjoint carries along
which elements count and is made whole only when it has to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Masked", "total", "weights", "whole"]


class Masked:
    """An adjoint that is zero, whatever it meets, at elements that do not count.

    Parameters
    ----------
    select
        The operation ``where``.
    mask
        What tells the elements that count: a value or Variable, of a shape that broadcasts to that
        of ``gy``.
    gy
        The adjoint where it counts; anything, nan too, where it does not.
    keep
        Whether it counts where the mask is true, or where it is false.
    clean
        Whether ``gy`` is 0 already where it does not count.
    """

    __array_ufunc__ = None
    __slots__ = ("clean", "gy", "keep", "mask", "select")

    def __init__(
        self,
        select: Callable[..., Any],
        mask: Any,
        gy: Any,
        keep: bool = True,
        clean: bool = False,
    ) -> None:
        self.select = select
        self.mask = mask
        self.gy = gy
        self.keep = keep
        self.clean = clean

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the adjoint."""
        return np.shape(self.gy)

    def weights(self, shape: tuple[int, ...]) -> Any:
        """Return 1 where the adjoint counts and 0 where not, in a shape."""
        ones = np.ones(shape)
        return self.select(self.mask, *((ones, 0.0) if self.keep else (0.0, ones)))

    def carrying(self, gx: Any, weights: Any = None, clean: bool = False) -> Masked:
        """Return another adjoint with the same choice; ``weights`` are those that go with it.

        An adjoint that is masked itself counts where both do.
        """
        mask, keep = (self.mask, self.keep) if weights is None else (weights, True)
        if type(gx) is not Masked:
            return Masked(self.select, mask, gx, keep, clean)
        both = Masked(self.select, mask, gx.weights(gx.shape), keep).whole()
        return Masked(self.select, both, gx.gy)

    def same(self, other: Masked) -> bool:
        """Return whether another adjoint has the same choice."""
        return self.mask is other.mask and self.keep is other.keep

    def plain(self) -> bool:
        """Return whether the mask is 1 and 0, element by element, for what counts and not."""
        return self.keep and type(self.mask) is np.ndarray and self.mask.shape == self.shape

    def counting(self) -> Any:
        """Return which elements count where that does not depend on a Variable, else None."""
        if isinstance(self.mask, float | np.ndarray):
            return np.not_equal(self.mask, 0.0) == self.keep
        return None

    def whole(self) -> Any:
        """Return the adjoint with its zeros written out."""
        if self.clean:
            return self.gy
        counting = self.counting()
        if counting is not None:
            if np.all(counting):
                return self.gy
            if not np.any(counting):
                return np.zeros(self.shape, getattr(self.gy, "dtype", float)) if self.shape else 0.0
        chosen = (self.gy, 0.0) if self.keep else (0.0, self.gy)
        return self.select(self.mask, *chosen)

    def shortened(self) -> Any:
        """Return the adjoint without a mask if all of its elements count."""
        counting = self.counting()
        return self if counting is None or not np.all(counting) else self.gy

    def __add__(self, other: Any) -> Any:
        if type(other) is not Masked:
            return self.whole() + other
        if self.same(other):
            return self.carrying(self.gy + other.gy, clean=self.clean and other.clean)
        if self.mask is other.mask:
            chosen = (self.gy, other.gy) if self.keep else (other.gy, self.gy)
            return self.select(self.mask, *chosen)
        if self.clean and other.clean and self.plain() and other.plain():
            # The quick way, for sums over many elements that were selected one by one.
            either = np.maximum(self.mask, other.mask)
            return Masked(self.select, either, self.gy + other.gy, clean=True)
        either = self.weights(self.shape) + other.weights(other.shape)
        sum_of_both = Masked(self.select, either, self.whole() + other.whole(), clean=True)
        return sum_of_both.shortened()


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
