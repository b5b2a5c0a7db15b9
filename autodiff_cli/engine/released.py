"""Stand for values that were overwritten, because no derivative reads them.

In ``x @ w + b`` the product is a Variable of the graph, but its value is needed for the sum only.
The sum is computed into the array of the product, whose Variable then holds a `Released`: the shape
and type of the value, and the call that computes it again, if a program walks the graph and looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine.changes import changed, contents, verify

__all__ = ["Released"]


class Released:
    """The value of a call that can be computed again, and behaves as an array where it has to.

    Parameters
    ----------
    v
        The Variable whose value is overwritten.
    """

    __slots__ = ("_array", "_notes", "_op", "dtype", "inputs", "params", "shape")

    _seen = None
    _value = None

    def __init__(self, v: Any) -> None:
        self._array: Any = None
        self._op = v._op
        self._notes = v._notes
        self.inputs: tuple[Any, ...] = v.inputs
        self.params: Mapping[str, Any] = v.params
        self.shape: tuple[int, ...] = v._value.shape
        self.dtype: np.dtype[Any] = v._value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def array(self) -> Any:
        """Return the value, computed again.

        Raises
        ------
        ChangedDataError
            If data that it was computed from have been changed.
        """
        # No recursion: the inputs may have been released themselves, along a chain of any length.
        waiting = [self]
        while waiting:
            value = waiting[-1]
            inputs = [getattr(x, "_value", x) for x in value.inputs]
            needed = [x for x in inputs if type(x) is Released and x._array is None]
            if value._array is None and not needed:
                value._compute(inputs)
            if needed:
                waiting += needed
            else:
                waiting.pop()
        return self._array

    def _compute(self, inputs: list[Any]) -> None:
        verify(self)
        for x in self.inputs:
            seen = getattr(x, "_seen", None)
            if seen is not None and contents(x._value) != seen:
                raise changed(self, x)
        values = [x._array if type(x) is Released else x for x in inputs]
        self._array = self._op.compute(*values, **self.params)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return the value as NumPy asks for it."""
        return np.array(self.array(), dtype, copy=copy)
