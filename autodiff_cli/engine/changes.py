"""Detect data that are changed between the forward pass and a derivative.

A Variable does not copy its data, and a rule may need the values used in the forward pass.  Each
call therefore notes the contents of those input arrays that other code can write into: the data of
leaves, constants, views of them, and arrays returned by `Variable.data`.  A derivative compares the
notes of the calls whose rules read the values.  Numbers cannot be written into; a number is noted
when it is exposed or replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from struct import pack
from typing import Any, Protocol

import numpy as np

from autodiff_cli.errors import ComputationError

__all__ = [
    "ChangedDataError",
    "changed",
    "contents",
    "expose",
    "note",
    "reading",
    "reads",
    "unreachable",
    "verified",
    "verify",
]

reading: ContextVar[Any] = ContextVar("reading", default=None)
"""A set that collects each Variable whose data are read, or None."""

verified: ContextVar[dict[int, bytes] | None] = ContextVar("verified", default=None)
"""The contents of large arrays by identity during a sweep, in which no other code runs; or None."""

SMALL = 16_384
"""The largest number of bytes for which contents are copied rather than summed."""

PRIMES = (1021, 1019, 1013, 1009)


class Noted(Protocol):
    """The attributes of a Variable used here: its value, its call and the notes."""

    _value: Any
    _op: Any
    _notes: Any
    _seen: Any

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The inputs of the call."""


class ChangedDataError(ComputationError):
    """Data that a derivative needs have been changed since they were used."""


def contents(array: Any) -> bytes:
    """Return a key that is equal for arrays of the same contents: a copy, or sums if it is large.

    The bits of the elements, taken as integers, are summed exactly by their position modulo a prime
    number.  The sums detect any change of a single element.  They detect one of the order as well,
    unless all elements move by multiples of the prime; as it divides no stride, rows and columns
    that change places do not.  This takes a tenth of the time of a CRC.
    """
    if type(array) is float:
        return pack("d", array)
    if array.nbytes <= SMALL:
        return bytes(array.tobytes())
    width = min(array.itemsize, 8)
    bits = array.ravel("K").view(f"u{width}")
    strides = [stride // width for stride in array.strides]
    prime = next((p for p in PRIMES if all(n % p for n in strides if n > 1)), PRIMES[0])
    whole = len(bits) // prime * prime
    sums = np.add.reduce(bits[:whole].reshape(-1, prime), axis=0, dtype=np.uint64)
    return bytes(sums.tobytes() + bits[whole:].tobytes())


def _contents_now(array: Any) -> bytes:
    """Return the contents of an array, computed once in a sweep for all calls that use it."""
    known = verified.get()
    if known is None:
        return contents(array)
    if id(array) not in known:
        known[id(array)] = contents(array)
    return known[id(array)]


def unreachable(x: Any) -> bool:
    """Return whether no other code can write into the data of an input of a call."""
    kind = type(x)
    if kind is float or kind is np.ndarray:
        return kind is float
    value = x._value
    return type(value) is not np.ndarray or (
        x._op is not None and x._seen is None and value.base is None
    )


def note(y: Noted, inputs: tuple[Any, ...]) -> None:
    """Note the contents of those inputs of the call of ``y`` that other code may write into.

    These are arrays, the data of leaves, views of them, and data that were exposed.
    """
    op: Any = y._op
    if not op.reads_values:
        return
    notes = None
    for k in op.values_read(inputs):
        if k:
            x = inputs[k - 1]
            kind = type(x)
            if kind is np.ndarray:
                value = x
            elif kind is float or unreachable(x):
                continue
            else:
                value = x._value
            if notes is None:
                notes = y._notes = {}
            notes[k] = value.tobytes() if value.nbytes <= SMALL else contents(value)


def expose(v: Noted) -> None:
    """Note the contents of a Variable and of its base arrays before its data are exposed."""
    if type(v._value) is float:
        if v._seen is None:
            v._seen = pack("d", v._value)
        return
    waiting = [v]
    while waiting:
        x = waiting.pop()
        if x._seen is not None:
            continue
        if x._op is not None or type(x._value) is float:
            x._seen = contents(x._value)
        if type(x._value) is np.ndarray and x._value.base is not None:
            waiting += [u for u in x.inputs if _shares(u, x._value)]


def _seen(x: Any) -> Any:
    """Return the contents of a Variable at the time of exposure; None if it was not exposed."""
    return getattr(x, "_seen", None)


def _shares(u: Any, array: Any) -> bool:
    value = getattr(u, "_value", None)
    return type(value) is np.ndarray and np.may_share_memory(value, array)


def verify(y: Noted) -> None:
    """Check that the values read by the rules of the call of ``y`` are unchanged.

    Raises
    ------
    ChangedDataError
        If a value has been changed.
    """
    notes, inputs = y._notes, y.inputs
    if notes is not None:
        for k, noted in notes.items():
            x = inputs[k - 1]
            value = x if type(x) is np.ndarray else x._value
            found = value.tobytes() if value.nbytes <= SMALL else _contents_now(value)
            if found != noted:
                raise changed(y, x)
    if y._seen is None:
        for x in inputs:
            if _seen(x) is not None:
                break
        else:
            return
    _verify_handed_out(y, inputs)


def _verify_handed_out(y: Noted, inputs: tuple[Any, ...]) -> None:
    op: Any = y._op
    notes = y._notes or {}
    for k in op.values_read(inputs) if op.reads_values else ():
        x = inputs[k - 1] if k else y
        noted = None if k in notes else _seen(x)
        if noted is not None and contents(x._value) != noted:
            raise changed(y, x)


def changed(y: Noted, x: Any) -> ChangedDataError:
    """Return the error that data of ``x`` have changed, which the call of ``y`` has used."""
    name = f"`{x.name}`" if getattr(x, "name", None) else "an array"
    op: Any = y._op
    return ChangedDataError(
        f"the data of {name} have changed since `{getattr(op, 'name', type(op).__name__)}` has"
        " used them, which its derivative needs",
        code="changed-data",
        hint="differentiate before changing data, or change a copy of them,"
        " as `x = Variable(x.data.copy())` makes one",
    )


class _Unreadable:
    """A value whose shape a rule may read, but that raises in any computation."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]
    dtype = np.dtype(np.float64)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.ndim = len(shape)

    @property
    def T(self) -> _Unreadable:  # noqa: N802 - NumPy's name for it
        return self

    def __eq__(self, other: object) -> bool:
        raise TypeError("this value is not to be looked at")

    __bool__ = __eq__


def reads(
    rule: Callable[..., Any], y: Any, inputs: Sequence[Any], finish: Callable[[Any], Any]
) -> set[int]:
    """Return the values of a call that a rule reads: 0 for the output, k for input k.

    The rule is run with one value after the other replaced by one that raises in computations.
    """
    found = set()
    for k in range(len(inputs) + 1):
        values: list[Any] = [y, *inputs]
        values[k] = _Unreadable(np.shape(values[k]))
        try:
            finish(rule(y, *values))
        except Exception:
            found.add(k)
    return found
