"""Adjoints and tangents with structural zeros: those of elements that were not selected.

Where ``where(c, a, b)`` chose ``b``, nothing that happened in ``a`` counts, not even a division by
zero; nor does anything in ``v[0]`` where ``v[1]`` is asked for.  A plain 0 would turn into nan as
soon as it is multiplied by the infinite slope there; a `MaskedCotangent` carries along which
elements count, and is instantiated only where it has to be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["MaskedCotangent", "total", "weights", "whole"]


class MaskedCotangent:
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
    __slots__ = ("_gy", "_mask", "_parts", "_shape", "clean", "keep", "select")

    def __init__(
        self,
        select: Callable[..., Any],
        mask: Any,
        gy: Any,
        keep: bool = True,
        clean: bool = False,
    ) -> None:
        self.select = select
        self._mask = mask
        self._gy = gy
        self._parts: list[tuple[Any, Any]] | None = None
        self._shape: tuple[int, ...] = ()
        self.keep = keep
        self.clean = clean

    @classmethod
    def scattered(
        cls, select: Callable[..., Any], shape: tuple[int, ...], index: Any, part: Any
    ) -> MaskedCotangent:
        """Return an adjoint that is a value at an index, and does not count elsewhere.

        It is written into an array when that is needed: of many that are added up, into one.
        """
        new = cls(select, None, None, clean=True)
        new._parts = [(index, part)]
        new._shape = shape
        return new

    @property
    def mask(self) -> Any:
        """What tells the elements that count."""
        if self._mask is None and self._parts is not None:
            self._mask = np.zeros(self._shape)
            for index, _ in self._parts:
                self._mask[index] = 1.0
        return self._mask

    @property
    def gy(self) -> Any:
        """The adjoint where it counts."""
        if self._gy is None and self._parts is not None:
            self._gy = np.zeros(self._shape, np.result_type(*(part for _, part in self._parts)))
            for index, part in self._parts:
                if _is_basic(index):
                    self._gy[index] += part
                else:
                    # It may name an element more than once: each counts.
                    np.add.at(self._gy, index, part)
        return self._gy

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the adjoint."""
        return self._shape if self._parts is not None else np.shape(self._gy)

    def weights(self, shape: tuple[int, ...]) -> Any:
        """Return 1 where the adjoint counts and 0 where not, in a shape."""
        ones = np.ones(shape)
        return self.select(self.mask, *((ones, 0.0) if self.keep else (0.0, ones)))

    def with_mask(self, gx: Any, weights: Any = None, clean: bool = False) -> MaskedCotangent:
        """Return another adjoint with the same choice; ``weights`` are those that go with it.

        An adjoint that is masked itself counts where both do.
        """
        mask, keep = (self.mask, self.keep) if weights is None else (weights, True)
        if type(gx) is not MaskedCotangent:
            return MaskedCotangent(self.select, mask, gx, keep, clean)
        both = MaskedCotangent(self.select, mask, gx.weights(gx.shape), keep).whole()
        return MaskedCotangent(self.select, both, gx.gy)

    def same(self, other: MaskedCotangent) -> bool:
        """Return whether another adjoint has the same choice."""
        return self.mask is other.mask and self.keep is other.keep

    def plain(self) -> bool:
        """Return whether the mask is 1 and 0, element by element, for what counts and not."""
        return self.keep and type(self.mask) is np.ndarray and self.mask.shape == self.shape

    def counting(self) -> Any:
        """Return which elements count where that does not depend on a Variable, else None."""
        mask = self.mask
        if type(mask) is float:
            return (mask != 0.0) is self.keep
        if isinstance(mask, np.ndarray):
            return np.not_equal(mask, 0.0) if self.keep else np.equal(mask, 0.0)
        return None

    def whole(self) -> Any:
        """Return the adjoint with its zeros written out."""
        if self.clean:
            return self.gy
        gy, counting = self.gy, self.counting()
        if counting is not None:
            if type(gy) is float and type(counting) is bool:
                return gy if counting else 0.0
            if isinstance(gy, float | np.ndarray):
                return np.where(counting, gy, 0.0)
            if np.all(counting):
                return gy
            if not np.any(counting):
                return np.zeros(self.shape, getattr(gy, "dtype", float)) if self.shape else 0.0
        chosen = (self.gy, 0.0) if self.keep else (0.0, self.gy)
        return self.select(self.mask, *chosen)

    def shortened(self) -> Any:
        """Return the adjoint without a mask if all of its elements count."""
        counting = self.counting()
        return self if counting is None or not np.all(counting) else self.gy

    def __add__(self, other: Any) -> Any:
        if type(other) is not MaskedCotangent:
            return self.whole() + other
        if self._parts is not None and other._parts is not None and self._gy is other._gy is None:
            self._parts += other._parts
            self._mask = None
            return self
        if self.same(other):
            return self.with_mask(self.gy + other.gy, clean=self.clean and other.clean)
        if self.mask is other.mask:
            chosen = (self.gy, other.gy) if self.keep else (other.gy, self.gy)
            return self.select(self.mask, *chosen)
        if self.clean and other.clean and self.plain() and other.plain():
            # The quick way, for sums over many elements that were selected one by one.
            either = np.maximum(self.mask, other.mask)
            return MaskedCotangent(self.select, either, self.gy + other.gy, clean=True)
        either = self.weights(self.shape) + other.weights(other.shape)
        sum_of_both = MaskedCotangent(self.select, either, self.whole() + other.whole(), clean=True)
        return sum_of_both.shortened()


def _is_basic(index: Any) -> bool:
    """Return whether an index is made of numbers and slices, and so names no element twice."""
    parts = index if type(index) is tuple else (index,)
    return all(part is None or part is ... or type(part) in (int, slice) for part in parts)


def total(gx: Any, other: Any) -> Any:
    """Return the sum of two adjoints, either of which may be masked."""
    return gx + other if type(gx) is MaskedCotangent else gx + whole(other)


def weights(gx: Any, shape: tuple[int, ...]) -> Any:
    """Return 1 where an adjoint or tangent counts and 0 where it is structurally zero, or None."""
    if type(gx) is MaskedCotangent:
        return gx.weights(shape)
    if not shape:
        return 0.0 if gx is None else 1.0
    return np.zeros(shape) if gx is None else np.ones(shape)


def whole(gx: Any) -> Any:
    """Return an adjoint with its structural zeros, if it has any, written out."""
    return gx.whole() if type(gx) is MaskedCotangent else gx
