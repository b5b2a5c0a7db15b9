"""Find the arrays of temporary operands, into which a result may be computed.

A temporary Variable, as the product in ``x @ w + b``, is referenced by nothing but the expression
that is being evaluated.  CPython counts references, so a count that is no greater than that of a
known temporary proves it.  Its array may then be overwritten if no derivative reads it; the
Variable keeps the call, to compute it again (`autodiff_cli.engine.released`).  So even a wrong
count, as of another Python, would cost time but never change a result.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from autodiff_cli.engine.changes import SMALL, unreachable
from autodiff_cli.engine.config import recording
from autodiff_cli.engine.released import Released
from autodiff_cli.engine.values import ignoring_fp_warnings

__all__ = ["CALL", "HELD", "OPERATOR", "REFLECTED", "computed_into", "spare"]


def spare(v: Any, a: Any, references: int) -> bool:
    """Return whether the array ``a`` of the operand ``v`` may be overwritten by the result.

    Parameters
    ----------
    references
        The count of references of a temporary on the way of the call: one of the constants below.
    """
    if getrefcount(v) > references or getrefcount(a) > ARRAY or v._op is None or a.base is not None:
        return False
    if v._seen is not None or a.dtype != np.float64 or a.nbytes <= SMALL:
        return False
    op, inputs, notes = v._op, v.inputs, v._notes or ()
    if 0 in op.values_read(inputs):
        return False
    # It must be possible to compute the value again from inputs that cannot change unnoticed.
    return all(k in notes or unreachable(x) for k, x in enumerate(inputs, 1))


def computed_into(op: Any, v: Any, a: Any, inputs: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
    """Return the result of an elementwise operation, computed into the array of an operand.

    Parameters
    ----------
    v, a
        The operand, which is `spare`, and its array.

    Returns
    -------
    ndarray or None
        None if that is not possible: a derivative reads the operand, for instance.
    """
    if recording.get() is not True or not isinstance(op.forward, np.ufunc):
        return None
    if any(x is v and k in op.values_read(inputs) for k, x in enumerate(inputs, 1)):
        return None
    if not all(type(b) is float or _fits(b, a) for b in values):
        return None
    value = ignoring_fp_warnings(op.forward, *values, out=a)
    v._value = Released(v)
    return value


def _fits(b: Any, a: Any) -> bool:
    """Return whether a value is an array of the type of ``a`` that broadcasts to its shape."""
    if type(b) is not np.ndarray or b.dtype != a.dtype or b.ndim > a.ndim:
        return False
    if b.shape == a.shape:
        return True
    return all(n in (1, m) for n, m in zip(b.shape[::-1], a.shape[::-1], strict=False))


class _Probe:
    """A Variable and an operation of which only the counts of references matter."""

    def __init__(self) -> None:
        self.value = object()
        # As an operation has it, a function in an attribute of the object.
        self.apply = _applied

    def __add__(self, other: Any) -> tuple[int, int]:
        a = self.value
        return _counted(self, a)

    def __radd__(self, other: Any) -> tuple[int, int]:
        return _applied(self)

    def __call__(self, x: _Probe) -> tuple[int, int]:
        return self.apply(x)


def _applied(x: _Probe) -> tuple[int, int]:
    a = x.value
    return _counted(x, a)


def _counted(v: object, a: object) -> tuple[int, int]:
    return getrefcount(v), getrefcount(a)


def _counts() -> tuple[int, int, int, int]:
    """Return the counts of a temporary by the way of the call, and that of its array.

    They are 0 if this Python counts a name as it counts a temporary.
    """
    named = operation = _Probe()
    (operator, array), (reflected, _) = _Probe() + None, None + _Probe()
    argument, _ = operation(_Probe())
    counts = operator, reflected, argument
    names = (named + None)[0], (None + named)[0], operation(named)[0]
    if any(name <= count for name, count in zip(names, counts, strict=True)):
        return 0, 0, 0, 0
    return *counts, array


def _held() -> int:
    """Return the count of an argument that is a local name and the value in a dict."""
    waiting = {0: object()}
    held = waiting[0]
    return _references(held)


def _references(x: object) -> int:
    return getrefcount(x)


OPERATOR, REFLECTED, CALL, ARRAY = _counts()
HELD = _held()
