"""The heart of the engine: a Variable.

A `Variable` is a value and the call that made it; following those calls from an output to its
leaves is the whole graph.  There is no other record of it, so a graph lives exactly as long as
somebody holds its output, and no cycle keeps it alive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np

from autodiff_cli.engine.changes import expose, note, reading
from autodiff_cli.engine.config import recording
from autodiff_cli.engine.conversions import Conversions
from autodiff_cli.engine.node import Node
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

Operand: TypeAlias = "Variable | float | Array | Sequence[Any]"


class Variable(Conversions):
    """A value and the call that made it.

    Parameters
    ----------
    data
        An ndarray of real numbers, of any shape, or None.  It is not copied.
    name
        What to call it in pictures and formulas.

    Attributes
    ----------
    grad : Variable or None
        What `backward` has accumulated, of the shape of ``data``.
    generation : int
        Length of the longest path from a leaf; every call leads to a higher generation.

    Raises
    ------
    TypeError
        If ``data`` is anything else; `as_variable` lifts numbers and lists.

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
    # The one or two inputs of a call; if there are more they are in a tuple, `_xs`, which would be
    # a second object for the collector to walk at every node of a graph of scalars.
    _x: Any
    _y: Any
    _xs: tuple[Any, ...]
    _params: Mapping[str, Any] | None
    _call: Any
    _grad: Variable | None
    # What `autodiff_cli.engine.changes` keeps.
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
        """The value as an ndarray; None if there is none."""
        value = self._value
        if (readers := reading.get()) is not None:
            readers.add(self)
        if value is not None and (self._op is not None or type(value) is float):
            expose(self)
        if type(value) is float:
            # From here on the array is what the Variable holds, so that writes into it count.
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
        """What was called to make it: an operation, or a user's `Function`; None for a leaf."""
        return self._op

    @property
    def params(self) -> Mapping[str, Any]:
        """The static parameters by name that the call was given."""
        return self._params or {}

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the call that made it was given: Variables, and values that are literals."""
        if self._y is not None:
            return self._x, self._y
        if self._x is not None:
            return (self._x,)
        # A `Function` may be given its inputs after its outputs.
        return self._xs or (() if self._op is None else tuple(self._op.inputs))  # type: ignore[attr-defined]

    @property
    def creator(self) -> Any:
        """The `Function` that is the call that made it; None for a leaf."""
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
        """The tensor with its axes in reverse."""
        return self.transpose()

    def __copy__(self) -> Variable:
        """Return the same value: of a result with its history, as `copy` does."""
        if self._op is None:
            return type(self)(self.data, self.name)
        twin = self.copy()
        twin.name = self.name
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what a leaf is made of again, by a deep copy or from a pickle.

        Raises
        ------
        TypeError
            If it is a result: its gradient would be lost without a word.
        """
        if self._op is not None:
            raise TypeError(
                "a result is not copied deeply or pickled, for the calls that made it would be"
                " lost: take `y.detach()`, its value alone, or `copy.copy(y)`, which keeps them"
            )
        return type(self), (self.data, self.name)

    @property
    def grad(self) -> Variable | None:
        """What `backward` has accumulated, or the seed that it is to begin with."""
        return self._grad

    @grad.setter
    def grad(self, grad: Operand | None) -> None:
        self._grad = None if grad is None else as_variable(grad)

    def set_creator(self, function: Any) -> None:
        """Make this Variable an output of a `Function`, whose next one it is."""
        self._op = function
        function.generation = max([function.generation, *(x.generation for x in function.inputs)])
        function._shapes = (*function._shapes, self.shape)
        self.generation = function.generation + 1

    def cleargrad(self) -> None:
        """Forget the accumulated gradient."""
        self._grad = None

    def unchain(self) -> None:
        """Cut this Variable off the call that made it: it becomes a leaf."""
        self._op = self._x = self._y = self._params = None
        self._xs = ()
        self.generation = 0
        if hasattr(self, "_call"):
            del self._call

    def unchain_backward(self) -> None:
        """Cut every call this Variable came from; what nobody else holds is freed."""
        for variable in reachable([self]):
            variable.unchain()

    def backward(self, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add the gradient of this Variable to ``.grad`` of every leaf it was computed from.

        The seed is ``self.grad`` if that is set, else ones.  On a leaf it is the identity.

        Parameters
        ----------
        retain_grad
            Keep the adjoints of the Variables in between in their ``.grad``.
        create_graph
            Make the gradients a graph of their own, so that they can be differentiated again.
            (A leaf's ``.grad`` then holds a graph that leads back to the leaf: clear it, or use
            `grad`, which leaves no such cycle.)

        Raises
        ------
        ValueError
            If ``self.grad`` is set and its shape is not that of ``self``.
        TypeError
            If a seed is given as if it were one of the switches.
        """
        from autodiff_cli.engine.reverse import accumulate

        accumulate(self, retain_grad, create_graph)

    if TYPE_CHECKING:
        # Installed by the declarations in `autodiff_cli.engine.ops`, which know how.
        def __neg__(self) -> Variable: ...
        def __abs__(self) -> Variable: ...
        def __add__(self, other: Operand) -> Variable: ...
        def __radd__(self, other: Operand) -> Variable: ...
        def __sub__(self, other: Operand) -> Variable: ...
        def __rsub__(self, other: Operand) -> Variable: ...
        def __mul__(self, other: Operand) -> Variable: ...
        def __rmul__(self, other: Operand) -> Variable: ...
        def __truediv__(self, other: Operand) -> Variable: ...
        def __rtruediv__(self, other: Operand) -> Variable: ...
        def __pow__(self, other: Operand) -> Variable: ...
        def __rpow__(self, other: Operand) -> Variable: ...
        def __hash__(self) -> int: ...
        def __eq__(self, other: object) -> Variable: ...  # type: ignore[override]
        def __ne__(self, other: object) -> Variable: ...  # type: ignore[override]
        def __lt__(self, other: Operand) -> Variable: ...
        def __le__(self, other: Operand) -> Variable: ...
        def __gt__(self, other: Operand) -> Variable: ...
        def __ge__(self, other: Operand) -> Variable: ...
        def __mod__(self, other: Operand) -> Variable: ...
        def __rmod__(self, other: Operand) -> Variable: ...
        def __matmul__(self, other: Operand) -> Variable: ...
        def __rmatmul__(self, other: Operand) -> Variable: ...
        def __getitem__(self, index: Any) -> Variable: ...
        def __iter__(self) -> Iterator[Variable]: ...
        def __and__(self, other: Operand) -> Variable: ...
        def __or__(self, other: Operand) -> Variable: ...
        def __invert__(self) -> Variable: ...
        def __pos__(self) -> Variable: ...
        def __round__(self, digits: int | None = None) -> Variable: ...
        def astype(self, dtype: Any) -> Variable: ...
        def all(self, axis: Any = None, keepdims: bool = False, **none: None) -> Variable: ...
        def any(self, axis: Any = None, keepdims: bool = False, **none: None) -> Variable: ...
        def clip(
            self, min: Operand | None = None, max: Operand | None = None, **none: None
        ) -> Variable: ...
        def var(
            self, axis: Any = None, keepdims: bool = False, *, ddof: float = 0, **none: None
        ) -> Variable: ...
        def std(
            self, axis: Any = None, keepdims: bool = False, *, ddof: float = 0, **none: None
        ) -> Variable: ...
        def copy(self) -> Variable: ...
        def detach(self) -> Variable: ...
        def dot(self, other: Operand) -> Variable: ...
        def flatten(self) -> Variable: ...
        def matmul(self, other: Operand) -> Variable: ...
        def ravel(self) -> Variable: ...
        def squeeze(self, axis: Any = None) -> Variable: ...
        def reshape(self, *shape: Any) -> Variable: ...
        def transpose(self, *axes: Any) -> Variable: ...
        def sum(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def mean(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def prod(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def max(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def min(self, axis: Any = None, keepdims: bool = False) -> Variable: ...


_new = Variable.__new__


def leaf(value: Value | None, name: str | None = None) -> Variable:
    """Return a Variable that no call has made, holding a value as it is."""
    y = _new(Variable)
    y._value = value
    y._op = y._x = y._y = y._params = y._grad = y._notes = y._seen = None
    y._xs = ()
    y.generation = 0
    y.name = name
    return y


def stored_value(x: Variable) -> Value | None:
    """Return the value as a Variable holds it, which is only to be read; None if it has none.

    `Variable.data` hands it out to be written into, which each derivative checks for.
    """
    return x._value


def replace_value(x: Variable, value: Value) -> None:
    """Make a Variable hold another value, as if its call had computed it."""
    x._value = value


def record(
    op: Node, inputs: tuple[Any, ...], value: Value, generation: int, params: Mapping[str, Any]
) -> Variable:
    """Return what a call of ``op`` on ``inputs`` has made; a leaf while nothing is recorded."""
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
    """Return a number, nested lists of numbers, or an array as an ndarray; a Variable as it is."""
    return value if isinstance(value, Variable) else array_of(value)


def as_variable(value: Any, name: str | None = None) -> Variable:
    """Return ``value`` as a Variable: itself if it is one, else a new leaf holding it.

    Of None it is a Variable that has no data yet.

    Raises
    ------
    TypeError
        If ``value`` is not made of real numbers.
    """
    if isinstance(value, Variable):
        return value
    if type(value) is float:
        return leaf(value, name)
    return Variable(None if value is None else array_of(value), name)


def reachable(outputs: Sequence[Variable]) -> list[Variable]:
    """Return every Variable that a call made on the way to ``outputs``, latest generation first."""
    order = [y for y in dict.fromkeys(outputs) if y._op is not None]
    found = set(order)
    for y in order:  # which grows meanwhile
        for x in y.inputs:
            if isinstance(x, Variable) and x._op is not None and x not in found:
                found.add(x)
                order.append(x)
    order.sort(key=_generation, reverse=True)
    return order


_generation = attrgetter("generation")
