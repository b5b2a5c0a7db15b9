"""Define the conversions of a Variable: to numbers, text, arrays and notebook output."""

from __future__ import annotations

import operator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from autodiff_cli.engine.config import recording
from autodiff_cli.engine.operators import Literal, Operators
from autodiff_cli.engine.registry import names, registry
from autodiff_cli.engine.values import Array

__all__ = ["Conversions", "reader"]


def reader(name: str) -> Any:
    """Return a function that displays graphs, by its name in the top-level package.

    It is looked up at run time, because the rooms that write pictures and formulas are above the
    engine, which must not import them.
    """
    return getattr(import_module(__name__.partition(".")[0]), name)


@cache
def by_ufunc() -> dict[str, Any]:
    """Return the operations by the names of the equivalent NumPy ufuncs."""
    named = dict(names)
    for op in registry.values():
        if isinstance(op.forward, np.ufunc):
            named[op.forward.__name__] = op
        elif op.metadata.symbol == "**":
            named[np.power.__name__] = op
    return named


def combined(name: str, *masks: Any) -> Any:
    """Return masks combined by a logical operation; there are no bitwise operations on numbers.

    Raises
    ------
    TypeError
        If an element is neither 0 nor 1.
    """
    for mask in masks:
        values = np.asarray(mask.data if isinstance(mask, Conversions) else mask)
        if not np.all((values == 0) | (values == 1)):
            raise TypeError(
                "`&`, `|` and `~` combine masks, as in `(x > 0) & (x < 1)`:"
                " these are numbers, not truth values"
            )
    return registry[name](*masks)


def freedom(x: Any, reduced: Any, ddof: float) -> float:
    """Return the number of elements reduced to each element of ``reduced``, minus ``ddof``."""
    count: float = x.size / max(reduced.size, 1) - ddof
    return max(count, 0.0)


BITWISE = {"bitwise_and": "logical_and", "bitwise_or": "logical_or"}
"""The operations for the ufuncs that NumPy calls for the operators ``&`` and ``|``."""


class Conversions(Operators):
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
        return float(self.data.item() if self.data.size == 1 else self.data)

    def __int__(self) -> int:
        return int(self.data.item() if self.data.size == 1 else self.data)

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
            "the elements of a Variable cannot be set: make a new one with `where`, `stack` or"
            " `concatenate`, or change `x.data` before it is used"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any) -> Any:
        """Apply the operation that corresponds to a NumPy ufunc, as for ``ndarray * Variable``.

        A ufunc without such an operation is applied to the data if recording is off.

        Raises
        ------
        TypeError
            If the derivative would be lost.
        """
        name, out = ufunc.__name__, params.get("out")
        op = by_ufunc().get(name) if method == "__call__" and not params else None
        if op is not None:
            return op(*inputs)
        if name in BITWISE and method == "__call__" and not params:
            return combined(BITWISE[name], *inputs)
        if recording.get() is False:
            values = [x.data if isinstance(x, Conversions) else x for x in inputs]
            return getattr(ufunc, method)(*values, **params)
        if out is not None:
            raise TypeError(
                "an array cannot be changed in place by a Variable: make a new one,"
                " as in `a = a + v`, or use `v.data`, the numbers alone"
            )
        called = f"numpy.{name}" + (f".{method}" if method != "__call__" else "")
        keywords = f" with {', '.join(params)}" if params else ""
        raise TypeError(
            f"{called}{keywords} cannot be differentiated: use an operation of"
            " `autodiff_cli.engine`, or `v.data`, the numbers alone"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return the data without the graph, if recording is off.

        Raises
        ------
        TypeError
            If recording is on: the derivative would be lost silently.
        """
        if recording.get() is not False:
            raise TypeError(
                "NumPy would take the numbers out of a Variable, and its derivative would be lost:"
                " use an operation of `autodiff_cli.engine`, such as `stack` or `where`,"
                " or `v.data`, the numbers alone"
            )
        return np.array(self.data, dtype, copy=copy)

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

    def ravel(self) -> Self:
        """Return the elements as a vector, which shares its data where that is possible."""
        return self.reshape(-1)

    def squeeze(self, axis: Any = None) -> Self:
        """Return the tensor without its axes of length 1, or without the given ones.

        Raises
        ------
        ValueError
            If a given axis does not have length 1.
        """
        shape = np.squeeze(np.broadcast_to(0.0, self.data.shape), axis).shape
        return self.reshape(shape)

    def dot(self, other: Self | Literal) -> Self:
        """Return the product with a vector or matrix: ``self @ other``."""
        return self @ other

    def matmul(self, other: Self | Literal) -> Self:
        """Return the product with a vector or matrix: ``self @ other``."""
        return self @ other

    # NumPy's functions of these names call these methods, with further settings that are None.

    def all(self, axis: Any = None, keepdims: bool = False, **none: None) -> Self:
        """Return 1 if no element is 0, over all elements or along axes, else 0."""
        return (self != 0.0).prod(axis, keepdims, **none)  # type: ignore[comparison-overlap]

    def any(self, axis: Any = None, keepdims: bool = False, **none: None) -> Self:
        """Return 1 if some element is not 0, over all elements or along axes, else 0."""
        return 1.0 - (self == 0.0).prod(axis, keepdims, **none)  # type: ignore[comparison-overlap]

    def clip(
        self,
        min: Self | Literal | None = None,
        max: Self | Literal | None = None,
        **none: None,
    ) -> Self:
        """Return each element limited to the interval from min to max; None means no bound."""
        low, high = -np.inf if min is None else min, np.inf if max is None else max
        return registry["clip"](self, low, high, **none)  # type: ignore[no-any-return]

    def var(
        self, axis: Any = None, keepdims: bool = False, *, ddof: float = 0, **none: None
    ) -> Self:
        """Return the variance of all elements or along axes.

        Parameters
        ----------
        ddof
            The sum of squared deviations is divided by the number of elements minus ``ddof``.
        """
        deviations = self - self.mean(axis, True)
        squares = (deviations * deviations).sum(axis, keepdims, **none)
        return squares / freedom(self, squares, ddof)

    def std(
        self, axis: Any = None, keepdims: bool = False, *, ddof: float = 0, **none: None
    ) -> Self:
        """Return the square root of `var`; its derivative is 0 where all elements are equal."""
        length = registry["norm"](self - self.mean(axis, True), axis, keepdims, **none)
        return length / freedom(self, length, ddof) ** 0.5  # type: ignore[no-any-return]

    def _repr_latex_(self: Any) -> str | None:
        """Return the formula as LaTeX for notebooks; None if there is none."""
        return reader("latex_of")(self)  # type: ignore[no-any-return]

    def _repr_svg_(self: Any) -> str | None:
        """Return the picture of the graph as SVG for notebooks; None if there is none."""
        return reader("svg_of")(self)  # type: ignore[no-any-return]
