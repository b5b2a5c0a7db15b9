"""Define the conversions of a Variable: to numbers, text, arrays and notebook output."""

from __future__ import annotations

import math
import operator
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from autodiff_cli.engine.callers import math_function
from autodiff_cli.engine.config import recording
from autodiff_cli.engine.numpy_protocols import (
    CONSTANT,
    NotDifferentiableError,
    NumpyProtocols,
    combined,
)
from autodiff_cli.engine.operators import Literal, Operators
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.values import Array

__all__ = ["Conversions", "reader"]


def reader(name: str) -> Any:
    """Return a function that displays graphs, by its name in the top-level package.

    It is looked up at run time, because the rooms that write pictures and formulas are above the
    engine, which must not import them.
    """
    return getattr(import_module(__name__.partition(".")[0]), name)


class Conversions(NumpyProtocols, Operators):
    """The methods of `Variable` that Python, NumPy users and notebooks expect of a number."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        _value: Any
        name: str | None

        @property
        def dtype(self) -> np.dtype[Any]: ...  # noqa: D102
        @property
        def size(self) -> int: ...  # noqa: D102

        def __init__(self, data: Array | None, name: str | None = None) -> None: ...

    def __len__(self) -> int:
        return len(self.data)

    def __float__(self) -> float:
        name = math_function(sys._getframe(1)) if recording.get() is not False else None
        if name is not None and name not in CONSTANT:
            raise NotDifferentiableError(
                f"`math.{name}` takes the number out of a Variable, and its derivative would be"
                f" lost: use `numpy.{name}` or `autodiff_cli.engine`, or `v.item()`, the number"
                " alone"
            )
        return float(self.data.item() if self.data.size == 1 else self.data)

    def __int__(self) -> int:
        return int(self.data.item() if self.data.size == 1 else self.data)

    def __floor__(self) -> int:
        return math.floor(float(self))

    def __ceil__(self) -> int:
        return math.ceil(float(self))

    def __trunc__(self) -> int:
        return math.trunc(float(self))

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"a tensor of shape {self.data.shape} is neither true nor false: choose element by"
                " element, as `where(x > 0, x, -x)` does, or ask for `(x > 0).data.all()`"
            )
        return bool(self.data)

    def __and__(self, other: Self | Literal) -> Self:
        return combined("logical_and", self, other)  # type: ignore[no-any-return]

    def __or__(self, other: Self | Literal) -> Self:
        return combined("logical_or", self, other)  # type: ignore[no-any-return]

    def __invert__(self) -> Self:
        return combined("logical_not", self)  # type: ignore[no-any-return]

    __rand__, __ror__ = __and__, __or__

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "the elements of a Variable cannot be set: make a new one, as in"
            " `x = set_at(x, i, v)`, or change `x.data` before it is used"
        )

    def __pos__(self) -> Self:
        return self

    def __round__(self, digits: int | None = None) -> Self:
        scale = 10.0 ** operator.index(digits or 0)
        rounded = registry["round"](self * scale if digits else self)
        return rounded / scale if digits else rounded  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        text = "None" if self._value is None else str(self.data)
        return f"variable({text})".replace("\n", "\n" + " " * len("variable("))

    def __format__(self, spec: str) -> str:
        """Format the number, or each element, by ``spec``; without one, as `repr` does."""
        if not spec or self._value is None:
            return format(repr(self), spec)
        if not self.data.shape:
            return format(self.item(), spec)
        each: Any = {"all": lambda element: format(element, spec)}
        return np.array2string(self.data, formatter=each)

    def item(self) -> Any:
        """Return the only element as a Python number."""
        return self.data.item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers."""
        return self.data.tolist()

    def numpy(self) -> Any:
        """Return the data without the graph: gradients do not flow back through them."""
        return self.data

    def detach(self) -> Self:
        """Return a leaf that holds the same data: gradients do not flow back through it."""
        return type(self)(self.data, self.name)

    def copy(self) -> Self:
        """Return the same numbers in a new array; gradients flow back through the copy."""
        number = self.dtype if self.dtype.kind == "f" else np.float64
        return self.astype(dtype=number)

    def flatten(self) -> Self:
        """Return the elements as a vector."""
        return self.reshape(-1).copy()

    def dot(self, other: Self | Literal) -> Self:
        """Return the product with a vector or matrix: ``self @ other``."""
        return self @ other

    def matmul(self, other: Self | Literal) -> Self:
        """Return the product with a vector or matrix: ``self @ other``."""
        return self @ other

    # NumPy's functions of these names call these methods, with further settings that are None.

    def clip(
        self,
        min: Self | Literal | None = None,
        max: Self | Literal | None = None,
        **none: None,
    ) -> Self:
        """Return each element limited to the interval from min to max; None means no bound."""
        low, high = -np.inf if min is None else min, np.inf if max is None else max
        return registry["clip"](self, low, high, **none)  # type: ignore[no-any-return]

    def _repr_latex_(self: Any) -> str | None:
        """Return the formula as LaTeX for notebooks; None if there is none."""
        return reader("latex_of")(self)  # type: ignore[no-any-return]

    def _repr_svg_(self: Any) -> str | None:
        """Return the picture of the graph as SVG for notebooks; None if there is none."""
        return reader("svg_of")(self)  # type: ignore[no-any-return]
