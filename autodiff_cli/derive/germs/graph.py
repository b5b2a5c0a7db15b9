"""Evaluate a graph on germs: its values on one side of a point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autodiff_cli.derive.germs import tensors
from autodiff_cli.derive.germs.calls import apply
from autodiff_cli.derive.germs.functions import where
from autodiff_cli.derive.germs.germ import Value, is_zero
from autodiff_cli.derive.germs.numbers import (
    ONE,
    ZERO,
    Angle,
    GermError,
    NoGermError,
    NotRealError,
)
from autodiff_cli.derive.germs.taylor import NotRegularError
from autodiff_cli.engine import Operation, Variable, ops, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.values import boxed
from autodiff_cli.graph.balls import held as held_numbers
from autodiff_cli.graph.balls import numbers
from autodiff_cli.graph.walk import Walk

__all__ = ["Germs", "Missing"]


class Missing:
    """An element that has no germ; everything computed from it has none either.

    Attributes
    ----------
    error
        The reason.
    call
        The first call that has none.
    """

    __array_ufunc__ = None

    def __init__(self, error: GermError, call: Variable | None = None) -> None:
        self.error = error
        self.call = call

    def _itself(self, other: Any = None) -> Missing:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _itself
    __truediv__ = __rtruediv__ = __neg__ = _itself


class Germs(Walk):
    """The germs of the values of a graph, each computed on first request.

    Parameters
    ----------
    known
        Functions that return the exact numbers of leaves whose float64 value is rounded.
    moving
        The germs of leaves that move: a germ or an array of germs for each.
    held
        Whether literals are exactly the float64 they hold.
    still
        The values of the same graph at the point, for what does not depend on a leaf that moves.
    """

    def __init__(
        self,
        known: Mapping[Variable, Callable[[], Any]],
        moving: Mapping[Variable, Any],
        held: bool = False,
        still: Germs | None = None,
    ) -> None:
        super().__init__(held_numbers if held else numbers, dict(moving))
        self._still = still
        self._known = known

    def _is_still(self, inputs: Sequence[Any], still: Germs) -> bool:
        """Return whether no input of a call moves."""
        return all(self._values[x] is still[x] for x in inputs if isinstance(x, Variable))

    def _leaf(self, v: Variable) -> Any:
        if self._still is not None:
            return self._still[v]
        known = self._known.get(v)
        if known is None:
            return self._numbers(value_of(v))
        exact = getattr(known, "exact", None)
        return known() if exact is None else exact(evaluated, _constant)

    def _selected(self, condition: Any, inputs: Sequence[Any]) -> Sequence[Any]:
        if type(condition) is Missing:
            return inputs[:1]
        try:
            return inputs[2:] if is_zero(condition) else inputs[1:2]
        except GermError:
            return inputs

    def _call(self, v: Variable, args: Sequence[Any]) -> Any:
        if self._still is not None and self._is_still(v.inputs, self._still):
            return self._still[v]
        op: Any = v.operation
        if not isinstance(op, Operation):
            return _missing(v, NoGermError("it has no expansion here"))
        params = v.params
        if isinstance(op, Elementwise):
            function = partial(_element, v, op, params)
            if np.ndarray not in map(type, args):
                return function(*args)
            on_arrays = np.frompyfunc(function, len(args), 1)
            if self._still is None:
                return on_arrays(*map(boxed, args))
            return self._moved(v, list(map(boxed, args)), on_arrays)
        try:
            each = partial(_on_arrays, v)
            made = tensors.call(op, each, [boxed(x) for x in args], params)
        except (GermError, NotRegularError, ArithmeticError) as error:
            known = error if isinstance(error, GermError) else NoGermError("it has no expansion")
            return _missing(v, known)
        return made.item() if isinstance(made, np.ndarray) and not made.ndim else made

    def _moved(self, v: Variable, args: Sequence[Any], function: Callable[..., Any]) -> Any:
        """Return the result of an operation on arrays of which only some elements move."""
        assert self._still is not None
        moves: Any = False
        for x, value in zip(v.inputs, args, strict=True):
            if isinstance(x, Variable):
                still = boxed(self._still[x])
                if still is not value:
                    moves = moves | np.asarray(_differences(value, still), bool)
        made = boxed(self._still[v]).copy()
        where = np.nonzero(np.broadcast_to(moves, v.shape))
        if where[0].size:
            made[where] = function(*(np.broadcast_to(x, v.shape)[where] for x in args))
        return made


def _differ(a: Any, b: Any) -> bool:
    return a is not b


_differences: Any = np.frompyfunc(_differ, 2, 1)


def evaluated(known: Mapping[Variable, Callable[[], Any]], y: Variable) -> Any:
    """Return the value of a graph at the point, with exact multiples of pi."""
    return Germs(known, {})[y]


def _constant(name: str) -> Any:
    """Return a constant that is exact here; None for another one."""
    return Angle(ZERO, ONE * (2 if name == "tau" else 1)) if name in ("pi", "π", "tau") else None


def _missing(v: Variable, error: GermError) -> Any:
    lost = Missing(error, v)
    if not v.shape:
        return lost
    made = np.empty(v.shape, object)
    made.fill(lost)
    return made


def _on_arrays(v: Variable, op: Operation, *args: Any) -> Any:
    """Return the result of an elementwise operation on arrays, as a part of a call."""
    held = [held_numbers(x) if isinstance(x, int | float) else x for x in args]
    return np.frompyfunc(partial(_element, v, op, {}), len(args), 1)(*map(boxed, held))


def _element(v: Variable, op: Operation, params: Mapping[str, Any], *args: Value) -> Any:
    if op is ops.where and type(args[0]) is not Missing:
        try:
            return where(*args)
        except GermError as error:
            return Missing(error, v)
    for x in args:
        if type(x) is Missing:
            return x
    try:
        return apply(op, args, params)
    except GermError as error:
        return Missing(error, v)
    except NotRegularError:
        return Missing(NoGermError("it has no expansion here"), v)
    except ZeroDivisionError:
        return Missing(NotRealError(), v)
