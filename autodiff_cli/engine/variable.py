"""Define `Variable`, the node of a graph.

A `Variable` holds a value and the call that computed it.  The graph consists of these calls, from
an output back to its leaves.  There is no other record of it, so a graph lives exactly as long as
its output is referenced, and no reference cycle keeps it alive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias, overload

import numpy as np

from autodiff_cli.engine.changes import expose, note, reading
from autodiff_cli.engine.config import recording
from autodiff_cli.engine.conversions import Conversions
from autodiff_cli.engine.node import Node
from autodiff_cli.engine.operators import Literal
from autodiff_cli.engine.released import Released
from autodiff_cli.engine.values import Array, Value, array_of, checked

__all__ = [
    "Operand",
    "Variable",
    "as_array",
    "as_variable",
    "leaf",
    "reachable",
    "record",
    "replace_value",
    "stored_value",
]

Operand: TypeAlias = "Variable | Literal"


class Variable(Conversions):
    """A value together with the call that computed it.

    Parameters
    ----------
    data
        An ndarray of real numbers, of any shape, or None.  It is not copied.
    name
        The name shown in pictures and formulas.

    Attributes
    ----------
    grad : Variable or None
        The gradient accumulated by `backward`, of the shape of ``data``.
    generation : int
        The length of the longest path from a leaf; outputs have a higher one than their inputs.

    Raises
    ------
    TypeError
        If ``data`` is anything else; `as_variable` converts numbers and lists.

    Examples
    --------
    >>> x = Variable(np.array(2.0))
    >>> y = x**4 - 2 * x**2
    >>> y.backward()
    >>> x.grad
    variable(24.0)
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_grad",
        "_notes",
        "_op",
        "_params",
        "_seen",
        "_value",
        "_x",
        "_xs",
        "_y",
        "generation",
        "name",
    )

    _value: Value | None
    _op: Node | None
    # The one or two inputs of a call.  Only longer lists of inputs are a tuple, `_xs`, because it
    # is a second object for the collector to scan at every node of a graph of scalars.
    _x: Any
    _y: Any
    _xs: tuple[Any, ...]
    _params: Mapping[str, Any] | None
    _call: Any
    _grad: Variable | None
    # Maintained by `autodiff_cli.engine.changes`.
    _notes: dict[int, bytes] | None
    _seen: Any
    generation: int
    name: str | None

    def __init__(self, data: Array | None, name: str | None = None) -> None:
        if data is not None and not isinstance(data, np.ndarray):
            raise TypeError(f"{type(data)} is not supported: give an ndarray, or use as_variable")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a Variable is a text, not {name!r}")
        self._value = None if data is None else checked(data)
        self._op = self._x = self._y = self._params = self._grad = None
        self._notes = self._seen = None
        self._xs = ()
        self.generation = 0
        self.name = name

    @property
    def data(self) -> Any:
        """The value as an ndarray, or None if there is no value."""
        value: Any = self._value
        if type(value) is Released:
            value = self._value = value.array()
        if (readers := reading.get()) is not None:
            readers.add(self)
        if value is not None and (self._op is not None or type(value) is float):
            expose(self)
        if type(value) is float:
            # The Variable holds this array from now on, so that writes into it take effect.
            value = self._value = np.array(value)
        return value

    @data.setter
    def data(self, data: Array | np.generic | None) -> None:
        # NumPy's arithmetic on 0-d arrays returns scalars: `x.data = x.data - step` must work.
        if isinstance(data, np.generic):
            data = np.asarray(data)
        value = Variable(data)._value
        if self._value is not None and (self._op is not None or type(self._value) is float):
            expose(self)
        self._value = value

    @property
    def operation(self) -> Node | None:
        """The operation or user-defined `Function` that computed the value; None for a leaf."""
        return self._op

    @property
    def params(self) -> Mapping[str, Any]:
        """The static parameters of the call, by name."""
        return self._params or {}

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The inputs of the call: Variables, and plain values for literals."""
        if self._y is not None:
            return self._x, self._y
        if self._x is not None:
            return (self._x,)
        # The inputs of a `Function` may be set after its outputs.
        return self._xs or (() if self._op is None else tuple(self._op.inputs))  # type: ignore[attr-defined]

    @property
    def creator(self) -> Any:
        """The call as a `Function`; None for a leaf."""
        if self._op is None:
            return None
        try:
            return self._call
        except AttributeError:
            self._call = self._op.call(self)
            return self._call

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; () for a scalar."""
        value = self._value
        return () if type(value) is float or value is None else value.shape  # type: ignore[union-attr]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        value = self._value
        return np.dtype(np.float64) if type(value) is float else value.dtype  # type: ignore[union-attr]

    @property
    def T(self) -> Variable:  # noqa: N802 - NumPy's name for it
        """The tensor with its axes in reverse order."""
        return self.transpose()

    def __copy__(self) -> Variable:
        """Return a Variable of the same value; the copy of a result keeps its graph."""
        if self._op is None:
            return type(self)(self.data, self.name)
        twin = self.copy()
        twin.name = self.name
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the constructor and arguments of a leaf, for deep copies and pickles.

        Raises
        ------
        TypeError
            If the Variable is not a leaf: its graph would be lost silently.
        """
        if self._op is not None:
            raise TypeError(
                "a result is not copied deeply or pickled, for the calls that made it would be"
                " lost: take `y.detach()`, its value alone, or `copy.copy(y)`, which keeps them"
            )
        return type(self), (self.data, self.name)

    @property
    def grad(self) -> Variable | None:
        """The gradient accumulated by `backward`, or the seed from which `backward` starts."""
        return self._grad

    @grad.setter
    def grad(self, grad: Operand | None) -> None:
        self._grad = None if grad is None else as_variable(grad)

    def set_creator(self, function: Any) -> None:
        """Make this Variable the next output of a `Function`."""
        self._op = function
        function.generation = max([function.generation, *(x.generation for x in function.inputs)])
        function._shapes = (*function._shapes, self.shape)
        self.generation = function.generation + 1

    def cleargrad(self) -> None:
        """Discard the accumulated gradient."""
        self._grad = None

    def unchain(self) -> None:
        """Remove the reference to the call that computed this Variable, which becomes a leaf."""
        self._op = self._x = self._y = self._params = None
        self._xs = ()
        self.generation = 0
        if hasattr(self, "_call"):
            del self._call

    def unchain_backward(self) -> None:
        """Remove every call in the graph of this Variable, so that unused memory is freed."""
        for variable in reachable([self]):
            variable.unchain()


_new = Variable.__new__


def leaf(value: Value | None, name: str | None = None) -> Variable:
    """Return a leaf that holds a value without conversion or checks."""
    y = _new(Variable)
    y._value = value
    y._op = y._x = y._y = y._params = y._grad = y._notes = y._seen = None
    y._xs = ()
    y.generation = 0
    y.name = name
    return y


def stored_value(x: Variable) -> Value | None:
    """Return the value of a Variable in its internal form, for reading only; None if it has none.

    `Variable.data` returns an array that may be written into; derivatives check for such changes.
    """
    value: Any = x._value
    return value.array() if type(value) is Released else value  # type: ignore[no-any-return]


def replace_value(x: Variable, value: Value) -> None:
    """Replace the value of a Variable, as if its call had computed the new one."""
    x._value = value


def record(
    op: Node, inputs: tuple[Any, ...], value: Value, generation: int, params: Mapping[str, Any]
) -> Variable:
    """Return the output of a call of ``op`` on ``inputs``: a leaf while recording is off."""
    y = leaf(value)
    calls = recording.get()
    if calls is False:
        return y
    y._op = op
    if len(inputs) == 1:
        (y._x,) = inputs
    elif len(inputs) == 2:
        y._x, y._y = inputs
    else:
        y._xs = inputs
    y._params = params
    y.generation = generation
    note(y, inputs)
    return y if calls is True else calls.record(op, inputs, params, y)


@overload
def as_array(value: Variable) -> Variable: ...
@overload
def as_array(value: Any) -> Array: ...
def as_array(value: Any) -> Variable | Array:
    """Return numbers, nested lists of them or an array as an ndarray; a Variable unchanged."""
    return value if isinstance(value, Variable) else array_of(value)


def as_variable(value: Any, name: str | None = None) -> Variable:
    """Return ``value`` itself if it is a Variable, else a new leaf that holds it.

    For None the result is a Variable without data.

    Raises
    ------
    TypeError
        If ``value`` does not consist of real numbers.
    """
    if isinstance(value, Variable):
        return value
    if type(value) is float:
        return leaf(value, name)
    return Variable(None if value is None else array_of(value), name)


def reachable(outputs: Sequence[Variable]) -> list[Variable]:
    """Return every non-leaf Variable in the graph of ``outputs``, latest generation first."""
    order = [y for y in dict.fromkeys(outputs) if y._op is not None]
    found = set(order)
    for y in order:  # `order` grows inside the loop
        for x in y.inputs:
            if isinstance(x, Variable) and x._op is not None and x not in found:
                found.add(x)
                order.append(x)
    order.sort(key=_generation, reverse=True)
    return order


_generation = attrgetter("generation")
