"""Represent adjoints and tangents with structural zeros, at elements that were not selected.

Where ``where(c, a, b)`` selects ``b``, the result does not depend on ``a``, even if ``a`` divides
by zero; likewise ``v[1]`` does not depend on ``v[0]``.  A numerical 0 multiplied by an infinite
slope would give nan; a `MaskedCotangent` stores which elements are active (not structurally zero),
and is instantiated as an array only where necessary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["MaskedCotangent", "add_at", "instantiate", "support", "total"]


class MaskedCotangent:
    """An adjoint whose inactive elements are zero, whatever they are multiplied by.

    Parameters
    ----------
    select
        The operation ``where``.
    mask
        A value or Variable that determines the active elements, of a shape that broadcasts to that
        of ``gy``.
    gy
        The adjoint at active elements; its other elements are arbitrary and may be nan.
    keep
        Whether elements are active where the mask is true (else where it is false).
    clean
        Whether ``gy`` is 0 at all inactive elements.
    """

    __array_ufunc__ = None
    __slots__ = (
        "_gy",
        "_indices",
        "_mask",
        "_part",
        "_shape",
        "_sum",
        "clean",
        "keep",
        "select",
    )

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
        # Of scattered adjoints: the indices, the part at the first one, and the sum of several.
        self._indices: list[Any] = []
        self._part: Any = None
        self._sum: Any = None
        self._shape: tuple[int, ...] = ()
        self.keep = keep
        self.clean = clean

    @classmethod
    def scattered(
        cls, select: Callable[..., Any], shape: tuple[int, ...], index: Any, part: Any
    ) -> MaskedCotangent:
        """Return an adjoint equal to ``part`` at an index and structurally zero elsewhere.

        Arrays of the whole shape are created on demand, so that a sum of many such adjoints creates
        only one.
        """
        new = cls(select, None, None, clean=True)
        new._indices, new._part, new._shape = [index], part, shape
        return new

    @property
    def mask(self) -> Any:
        """The mask that determines the active elements."""
        if self._mask is None and self._indices:
            self._mask = np.zeros(self._shape)
            for index in self._indices:
                self._mask[index] = 1.0
        return self._mask

    @property
    def gy(self) -> Any:
        """The adjoint, valid at active elements."""
        if self._gy is None and self._indices:
            self._gy, self._sum = self._array(), None
        return self._gy

    def _array(self) -> Any:
        """Return the sum of scattered adjoints as an array."""
        if self._sum is not None:
            return self._sum
        array = np.zeros(self._shape, np.result_type(self._part))
        add_at(array, self._indices[0], self._part)
        self._part = None
        return array

    def add_to(self, array: Any) -> bool:
        """Add a scattered adjoint to an array in place, and return whether that was possible."""
        part = self._part
        if part is None or not (type(part) is float or part.dtype == array.dtype):
            return False
        add_at(array, self._indices[0], part)
        return True

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the adjoint."""
        return self._shape if self._indices else np.shape(self._gy)

    def support(self, shape: tuple[int, ...]) -> Any:
        """Return 1 at active elements and 0 at structural zeros, as an array of a shape."""
        ones = np.ones(shape)
        return self.select(self.mask, *((ones, 0.0) if self.keep else (0.0, ones)))

    def with_mask(self, gx: Any, support: Any = None, clean: bool = False) -> MaskedCotangent:
        """Return ``gx`` with this mask, or with the mask ``support`` if given.

        If ``gx`` is masked itself, elements that are active in both are active in the result.
        """
        mask, keep = (self.mask, self.keep) if support is None else (support, True)
        if type(gx) is not MaskedCotangent:
            return MaskedCotangent(self.select, mask, gx, keep, clean)
        both = MaskedCotangent(self.select, mask, gx.support(gx.shape), keep).instantiate()
        return MaskedCotangent(self.select, both, gx.gy)

    def same(self, other: MaskedCotangent) -> bool:
        """Return whether another adjoint has the same mask."""
        return self.mask is other.mask and self.keep is other.keep

    def plain(self) -> bool:
        """Return whether the mask is an array of the shape of the adjoint with 1 for active."""
        return self.keep and type(self.mask) is np.ndarray and self.mask.shape == self.shape

    def counting(self) -> Any:
        """Return a truth array of active elements; None if the mask is a Variable."""
        mask = self.mask
        if type(mask) is float:
            return (mask != 0.0) is self.keep
        if isinstance(mask, np.ndarray):
            return np.not_equal(mask, 0.0) if self.keep else np.equal(mask, 0.0)
        return None

    def instantiate(self) -> Any:
        """Return the adjoint with structural zeros instantiated."""
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
        """Return the adjoint, without the mask if all elements are active."""
        counting = self.counting()
        return self if counting is None or not np.all(counting) else self.gy

    def __add__(self, other: Any) -> Any:
        if type(other) is not MaskedCotangent:
            return self.instantiate() + other
        if self._indices and other._part is not None and self._gy is None:
            # The array of a sum is referenced by the sum only, until `gy` is read.
            self._sum = self._array()
            if other.add_to(self._sum):
                self._indices += other._indices
                self._mask = None
                return self
        if self.same(other):
            return self.with_mask(self.gy + other.gy, clean=self.clean and other.clean)
        if self.mask is other.mask:
            chosen = (self.gy, other.gy) if self.keep else (other.gy, self.gy)
            return self.select(self.mask, *chosen)
        if self.clean and other.clean and self.plain() and other.plain():
            # A fast path for sums over many elements that were selected one by one.
            either = np.maximum(self.mask, other.mask)
            return MaskedCotangent(self.select, either, self.gy + other.gy, clean=True)
        either = self.support(self.shape) + other.support(other.shape)
        sum_of_both = MaskedCotangent(
            self.select, either, self.instantiate() + other.instantiate(), clean=True
        )
        return sum_of_both.shortened()


def add_at(array: Any, index: Any, part: Any) -> None:
    """Add numbers to the elements of an array at an index, which may name an element repeatedly."""
    parts = index if type(index) is tuple else (index,)
    if type(index) is np.ndarray and index.dtype == bool:
        array[index] += part
    elif all(part is None or part is ... or type(part) in _BASIC for part in parts):
        # Integers and slices name no element twice.
        place = array[index]
        if type(place) is np.ndarray:
            np.add(place, part, out=place)
        else:
            array[index] = place + part
    else:
        np.add.at(array, index, part)


_BASIC = (slice, int)


def total(gx: Any, other: Any) -> Any:
    """Return the sum of two adjoints, either of which may be masked."""
    return gx + other if type(gx) is MaskedCotangent else gx + instantiate(other)


def support(gx: Any, shape: tuple[int, ...]) -> Any:
    """Return 1 at active elements of an adjoint or tangent and 0 at structural zeros."""
    if type(gx) is MaskedCotangent:
        return gx.support(shape)
    if not shape:
        return 0.0 if gx is None else 1.0
    return np.zeros(shape) if gx is None else np.ones(shape)


def instantiate(gx: Any) -> Any:
    """Return an adjoint with its structural zeros, if any, instantiated."""
    return gx.instantiate() if type(gx) is MaskedCotangent else gx
