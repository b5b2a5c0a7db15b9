"""Apply NumPy's functions to Variables: each calls the operation whose NumPy name it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.engine.config import recording
from autodiff_cli.engine.registry import names, registry
from autodiff_cli.errors import ComputationError

__all__ = ["NotDifferentiableError", "NumpyProtocols", "numpy_function"]


class NotDifferentiableError(ComputationError, TypeError):
    """A function of NumPy is called in a way for which there is no operation."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="not-differentiable")


_functions: dict[str, Callable[..., Any]] = {}
"""The functions for NumPy's of the same name and signature that are not operations themselves."""


def numpy_function(
    function: Callable[..., Any] | None = None, *, name: str = ""
) -> Callable[..., Any]:
    """Declare what a function of NumPy does on Variables, under the name of the function.

    Parameters
    ----------
    name
        The name in NumPy, such as ``linalg.trace``, if it is not that of the function.
    """
    if function is None:
        return lambda declared: numpy_function(declared, name=name)
    _functions[name or function.__name__.rstrip("_")] = function
    return function


@cache
def by_ufunc() -> dict[str, Any]:
    """Return the operations by the names of the equivalent NumPy ufuncs."""
    named = dict(names)
    for op in registry.values():
        if isinstance(op.forward, np.ufunc):
            named[op.forward.__name__] = op
        elif op.metadata.symbol == "**":
            named[np.power.__name__] = op
    return named | _functions


def combined(name: str, *masks: Any) -> Any:
    """Return masks combined by a logical operation; there are no bitwise operations on numbers.

    Raises
    ------
    TypeError
        If an element is neither 0 nor 1.
    """
    for mask in masks:
        values = np.asarray(mask.data if isinstance(mask, NumpyProtocols) else mask)
        if not np.all((values == 0) | (values == 1)):
            raise TypeError(
                "`&`, `|` and `~` combine masks, as in `(x > 0) & (x < 1)`:"
                " these are numbers, not truth values"
            )
    return registry[name](*masks)


BITWISE = {"bitwise_and": "logical_and", "bitwise_or": "logical_or", "invert": "logical_not"}
"""The operations for the ufuncs that NumPy calls for the operators ``&``, ``|`` and ``~``."""

CONSTANT = frozenset(
    """
    isnan isinf isfinite signbit isposinf isneginf isreal iscomplex isrealobj iscomplexobj
    isscalar isclose allclose array_equal array_equiv argmax argmin nanargmax nanargmin
    argsort argpartition argwhere nonzero flatnonzero count_nonzero searchsorted digitize
    lexsort unravel_index shape ndim size result_type can_cast min_scalar_type common_type
    zeros_like ones_like empty_like tril_indices_from triu_indices_from diag_indices_from
    array_repr array_str array2string matrix_rank
    """.split()  # noqa: SIM905
)
"""NumPy's functions whose results are the same for all values nearby: they lose no derivative."""

# --- arguments -----------------------------------------------------------------------------------


@cache
def signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature of a function; None if it is not known."""
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def is_default(value: Any, default: Any) -> bool:
    """Return whether the value of a keyword is its default."""
    if value is default or value is getattr(np, "_NoValue", default):
        return True
    return isinstance(value, bool | int | str) and type(value) is type(default) and value == default


def in_order(op: Any, inputs: Sequence[Any]) -> Sequence[Any]:
    """Return the arguments of a ufunc with the tensor first, which SciPy has last in jv(n, x)."""
    metadata = getattr(op, "metadata", None)
    leading = metadata is not None and metadata.leading and len(inputs) > op.arity
    return (*inputs[-op.arity :], *inputs[: -op.arity]) if leading else inputs


def contains_variable(x: Any) -> bool:
    """Return whether a list, or a list in it, contains a Variable."""
    if isinstance(x, list | tuple):
        return any(map(contains_variable, x))
    return isinstance(x, NumpyProtocols)


def operand(x: Any) -> Any:
    """Return the argument; a list that contains Variables is stacked to a tensor."""
    if isinstance(x, list | tuple) and contains_variable(x):
        return registry["stack"]([operand(part) for part in x])
    return x


def bound(op: Any, called: inspect.Signature | None, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Return the tensors of a call of a NumPy function, and its other arguments by name."""
    if called is not None:
        tensors = [*called.parameters][: 1 if op.variadic else op.arity]
        named = called.bind(*args, **kwargs).arguments
        args = [named.pop(name) for name in tensors if name in named]
        kwargs = named
    if not op.variadic:
        args = [operand(x) for x in args]
    return args, kwargs


def kept(called: inspect.Signature | None, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords whose values are not their defaults."""
    parameters = {} if called is None else called.parameters
    return {
        name: value
        for name, value in keywords.items()
        if not is_default(value, parameters[name].default if name in parameters else None)
    }


def unknown(function: Callable[..., Any], keywords: Mapping[str, Any]) -> list[str]:
    """Return the keywords that a function does not have."""
    parameters = inspect.signature(function).parameters
    return [name for name in keywords if name not in parameters]


# --- refusals ------------------------------------------------------------------------------------


def refused(called: str, keywords: Sequence[str] = ()) -> NotDifferentiableError:
    """Return the error of a call for which there is no operation."""
    if "out" in keywords:
        return NotDifferentiableError(
            "an array cannot be changed in place by a Variable: make a new one,"
            " as in `a = a + v`, or use `v.data`, the numbers alone"
        )
    if keywords:
        told = ", ".join(f"`{name}`" for name in keywords)
        return NotDifferentiableError(
            f"`{called}` with {told} cannot be differentiated: leave {told} out,"
            " or use `v.data`, the numbers alone"
        )
    known = [name for name, op in names.items() if not op.metadata.internal]
    known += [name for name in _functions if name not in names]
    near = get_close_matches(called.rpartition(".")[2], known, n=2, cutoff=0.6)
    told = " or ".join(f"`{name}`" for name in near) or "an operation of `autodiff_cli.engine`"
    return NotDifferentiableError(
        f"`{called}` cannot be differentiated: use {told}, or `v.data`, the numbers alone"
    )


def on_data(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Return the result of a function of NumPy on the numbers alone."""
    return function(*map(without_graph, args), **{k: without_graph(x) for k, x in kwargs.items()})


def without_graph(x: Any) -> Any:
    """Return the data of a Variable, and of those in a list."""
    if isinstance(x, list | tuple) and contains_variable(x):
        return type(x)(map(without_graph, x))
    return x.data if isinstance(x, NumpyProtocols) else x


SHAPE_QUERIES = {np.shape: "shape", np.ndim: "ndim", np.size: "size"}
"""The functions whose results are attributes of a Variable, which need no access to its data."""


class NumpyProtocols:
    """The methods of `Variable` that NumPy's functions and ufuncs call."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **params: Any) -> Any:
        """Apply the operation that corresponds to a ufunc, as for ``ndarray * Variable``.

        A ufunc without such an operation is applied to the data if recording is off.

        Raises
        ------
        NotDifferentiableError
            If the derivative would be lost.
        """
        name = ufunc.__name__.removeprefix("_")
        op = by_ufunc().get(name)
        if method == "__call__" and not params:
            if op is not None:
                return op(*in_order(op, inputs))
            if name in BITWISE:
                return combined(BITWISE[name], *inputs)
        if name in CONSTANT or recording.get() is False:
            return on_data(getattr(ufunc, method), inputs, params)
        if op is not None and "out" not in params:
            found = by_method(op, method, inputs, kept(None, params))
            if found is not NotImplemented:
                return found
        called = f"numpy.{name}" + (f".{method}" if method != "__call__" else "")
        raise refused(called, [*params] if method == "__call__" or "out" in params else ())

    def __array_function__(
        self,
        function: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Apply the operation that corresponds to a function of NumPy.

        Raises
        ------
        NotDifferentiableError
            If the derivative would be lost.
        """
        attribute = SHAPE_QUERIES.get(function)
        if (
            attribute is not None
            and len(args) == 1
            and not kwargs
            and isinstance(args[0], NumpyProtocols)
        ):
            return getattr(args[0], attribute)
        if not all(issubclass(kind, NumpyProtocols | np.ndarray) for kind in types):
            return NotImplemented
        name = function.__name__
        place = function.__module__.removeprefix("numpy").removeprefix(".")
        called = f"{function.__module__}.{name}"
        own = _functions.get(f"{place}.{name}") if place else _functions.get(name)
        if own is None and place == "linalg":
            own = _functions.get(name)
        if own is not None:
            kwargs = kept(signature(function), kwargs)
            if wrong := unknown(own, kwargs):
                return values_or_refusal(function, args, kwargs, called, wrong)
            return own(*args, **kwargs)
        op = names.get(name) if place in ("", "linalg") else None
        if op is not None:
            tensors, named = bound(op, signature(function), args, kwargs)
            named = kept(signature(function), named)
            wrong = [key for key in named if key not in op.statics]
            if wrong:
                return values_or_refusal(function, args, kwargs, called, wrong)
            return op(*tensors, **named)
        if name in CONSTANT and place in ("", "linalg"):
            return on_data(function, args, kwargs)
        return values_or_refusal(function, args, kwargs, called)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return the data without the graph, if recording is off.

        Raises
        ------
        NotDifferentiableError
            If recording is on: the derivative would be lost silently.
        """
        if recording.get() is not False:
            raise NotDifferentiableError(
                "NumPy would take the numbers out of a Variable, and its derivative would be lost:"
                " put Variables together by `np.stack`, or use `v.data`, the numbers alone"
            )
        return np.array(self.data, dtype, copy=copy)


def values_or_refusal(
    function: Callable[..., Any], args: Any, kwargs: Any, called: str, wrong: Sequence[str] = ()
) -> Any:
    """Apply a function of NumPy to the data if recording is off, else refuse it."""
    if recording.get() is False:
        return on_data(function, args, kwargs)
    raise refused(called, wrong)


def by_method(op: Any, method: str, inputs: Sequence[Any], params: Mapping[str, Any]) -> Any:
    """Return what a method of a ufunc computes; NotImplemented if there is no operation for it."""
    if method == "outer" and not params and op.arity == 2:
        x, y = (operand(x) for x in inputs)
        column = registry["reshape"](x, shape=(*np.shape(x), *[1] * np.ndim(y)))
        return op(column, y)
    wanted = {"reduce": "folds", "accumulate": "accumulates"}.get(method, "")
    for other in {id(known): known for known in names.values()}.values():
        folds = other.pairwise is op and method == "reduce"
        if wanted and (folds or getattr(other.metadata, wanted) == op.name):
            named = {"axis": 0} | dict(params)
            if set(named) <= set(other.statics):
                return other(operand(inputs[0]), **named)
            raise refused(f"numpy.{op.name}.{method}", [k for k in named if k not in other.statics])
    return NotImplemented
