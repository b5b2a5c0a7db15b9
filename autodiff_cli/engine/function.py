"""Define user-defined functions, and the calls in a graph as objects."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NoReturn

import numpy as np

from autodiff_cli.engine.changes import note, reading, verified, verify
from autodiff_cli.engine.config import no_grad, recording, setting
from autodiff_cli.engine.node import Pending
from autodiff_cli.engine.registry import registry
from autodiff_cli.engine.reverse_sweep import Adjoints, accumulate_cotangent, resolve_sum
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate
from autodiff_cli.engine.tangents import Tangents
from autodiff_cli.engine.transpose import jvp_from_vjp
from autodiff_cli.engine.values import as_value, normalize_result
from autodiff_cli.engine.variable import Variable, as_variable, leaf
from autodiff_cli.errors import ComputationError

__all__ = ["Call", "Function"]

SHIFT = 2.0**-30
"""The relative change of data in a test of whether a result depends on them."""


class Function:
    """One call in the graph; subclass it to define a differentiable function.

    A subclass defines ``forward``, from ndarrays to an ndarray or a tuple of them, and
    ``backward``, from the adjoint Variable of each output to one for each input, or None where it
    is zero.  Trailing adjoints may be omitted if the outputs do not depend on those inputs, as with
    labels.  If ``backward`` uses operations of the engine, on Variables and not on their ``data``,
    it can be differentiated to any order.

    Attributes
    ----------
    inputs : tuple of Variable
    outputs : tuple of weakref.ref
        Weak references, so that the graph contains no reference cycle.
    generation : int
        The latest generation among the inputs.

    Examples
    --------
    >>> class Cube(Function):
    ...     def forward(self, x):
    ...         return x**3
    ...     def backward(self, gy):
    ...         (x,) = self.inputs
    ...         return 3 * x**2 * gy
    """

    inputs: tuple[Variable, ...] = ()
    outputs: tuple[weakref.ref[Variable], ...] = ()
    generation: int = 0
    _shapes: tuple[tuple[int, ...], ...] = ()
    # The names of the attributes that `forward` stored for `backward`.
    _saved: tuple[str, ...] = ()

    def __call__(self, *inputs: Any) -> Any:
        """Return the output of the function, or a tuple of several outputs."""
        # One object records one call, so another call is recorded by a copy.
        call = copy.copy(self) if self.inputs else self
        xs = tuple(as_variable(x) for x in inputs)
        before = dict(vars(call))
        values = call.forward(*(x.data for x in xs))
        kept = [name for name, value in vars(call).items() if value is not before.get(name, before)]
        ys = tuple(
            leaf(normalize_result(v)) for v in (values if isinstance(values, tuple) else (values,))
        )
        if recording.get():
            call.inputs = xs
            call.outputs = tuple(weakref.ref(y) for y in ys)
            call.generation = 0
            call._shapes = ()
            call._saved = tuple(name for name in kept if holds_numbers(getattr(call, name)))
            for y in ys:
                y.set_creator(call)
                note(y, xs)
        return ys if len(ys) > 1 else ys[0]

    @property
    def input(self) -> Variable:
        """The first input, which is usually the only one."""
        return self.inputs[0]

    @input.setter
    def input(self, x: Variable) -> None:
        self.inputs = (x,)

    @property
    def output(self) -> Variable | None:
        """The first output, or None if it has been freed."""
        return self.outputs[0]()

    @output.setter
    def output(self, y: Variable) -> None:
        self.outputs = (weakref.ref(y),)

    reads_values = True

    def values_read(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        """Return the values that `backward` may read: 0 for the output, k for input k."""
        return tuple(range(len(inputs) + 1))

    def forward(self, *xs: Any) -> Any:
        """Return the outputs, given the inputs as ndarrays."""
        raise NotImplementedError(f"{type(self).__name__} has no forward()")

    def backward(self, *gys: Any) -> Any:
        """Return the adjoints of the inputs, given those of the outputs; all are Variables."""
        raise NotImplementedError(f"{type(self).__name__} has no backward()")

    def call(self, y: Variable) -> Function:
        """Return the call that computed ``y``, which is this Function itself."""
        return self

    def pullback(self, gy: Any, y: Variable, graph: bool, pending: Pending) -> None:
        """Pull back the adjoints of all outputs, including ``y``, through `backward`."""
        verify(y)
        gys = list(self._adjoints_of_outputs(gy, y, pending[y.generation]))
        if graph:
            gxs = self._differentiable(gys, again=True)
        else:
            with no_grad():
                gxs = self._checked(self.backward(*gys))
        # The code of the user may have changed data.
        (verified.get() or {}).clear()
        for x, gx in zip(self.inputs, gxs, strict=True):
            if gx is None:
                continue
            if not graph:
                # Copied, because the function or its caller may go on using the array.
                gx = normalize_result(np.array(gx.data if isinstance(gx, Variable) else gx))
            accumulate_cotangent(pending, x, gx, graph)

    def _checked(self, given: Any) -> tuple[Any, ...]:
        """Return the result of `backward` in the form of one adjoint for each input."""
        gxs = tuple(given) if isinstance(given, tuple | list) else (given,)
        name, missing = type(self).__name__, len(self.inputs) - len(gxs)
        if missing < 0 or any(map(self._needs, range(len(gxs), len(self.inputs)))):
            advice = ": return None where one is zero" if missing > 0 else ""
            raise ValueError(
                f"{name}.backward returned {len(gxs)} adjoint{'s' * (len(gxs) != 1)} for"
                f" {len(self.inputs)} input{'s' * (len(self.inputs) != 1)}{advice}"
            )
        found = [*gxs, *[None] * missing]
        for i, (x, gx) in enumerate(zip(self.inputs, gxs, strict=False)):
            if gx is not None and np.shape(gx) != x.shape:
                if not broadcasts(x.shape, np.shape(gx)):
                    raise ValueError(
                        f"{name}.backward returned an adjoint of shape {np.shape(gx)}"
                        f" for input {i} of shape {x.shape}"
                    )
                # The input was broadcast, and the adjoint of broadcasting is a sum.
                found[i] = registry["sum_to"](gx, x.shape)
        return tuple(found)

    def _needs(self, k: int) -> bool:
        """Return whether the outputs depend on input k; False if that cannot be determined."""
        xs: list[Any] = [None if x._value is None else plain(x) for x in self.inputs]
        if np.asarray(self.inputs[k]._value).dtype.kind != "f":
            return False

        def computed(x: Any) -> tuple[Any, ...]:
            given = [x if i == k else value for i, value in enumerate(xs)]
            y = copy.copy(self).forward(*(None if v is None else np.array(v) for v in given))
            return y if isinstance(y, tuple) else (y,)

        try:
            with no_grad():
                first, same, shifted = map(computed, (xs[k], xs[k], xs[k] * (1.0 + SHIFT) + SHIFT))
        except Exception:
            # The function fails on shifted data, so dependence cannot be determined.
            return False
        return not differ(first, same) and differ(first, shifted)

    def _differentiable(self, gys: Sequence[Variable], again: bool) -> tuple[Any, ...]:
        """Return the adjoints of the inputs as graphs that depend on those of the outputs.

        With ``again`` they also depend on the inputs, so that they can be differentiated by these.

        Raises
        ------
        ComputationError
            If `backward` bypasses the Variables, so that its derivatives would be wrong.
        """
        read: set[Variable] = set()
        with setting(reading, read):
            gxs = self._checked(self.backward(*gys))
        known = [*self.inputs, *(y for ref in self.outputs if (y := ref()) is not None)]
        graphs = [gx for gx in gxs if gx is not None and np.any(plain(gx))]
        if not all(leads_to(gx, gys, known) for gx in graphs):
            self._refuse("does not compute with the adjoint that it is given")
        if not read.isdisjoint(gys) and not follow(graphs, gys):
            self._refuse("takes the `data` of the adjoint that it is given")
        if not again:
            return gxs
        for v in known:
            if not graphs or any(leads_to(gx, [v], gys) for gx in graphs):
                continue
            if v in read and self._depends(gxs, gys, v, self._shifted):
                self._refuse("depends on an input of which it only reads the `data`")
            given = self._saved and any(x is v for x in self.inputs)
            if given and self._depends(gxs, gys, v, self._repeated):
                self._refuse(f"depends on an input by `self.{self._saved[0]}`, a plain value")
        return gxs

    def _depends(
        self, gxs: Any, gys: Sequence[Variable], v: Variable, again: Callable[..., Any]
    ) -> bool:
        """Return whether the result of `backward` changes with the data of ``v``."""
        if np.asarray(v._value).dtype.kind != "f":
            return False
        same, *shifted = (again(gys, v, factor) for factor in (1.0, 1.0 + SHIFT, 1.0 - SHIFT))
        # A result that varies on the same data, for instance a random one, proves nothing.
        return (
            bool(same)
            and not differ(gxs, same)
            and all(differ(one, other) for one, other in combinations([gxs, *shifted], 2))
        )

    def _shifted(self, gys: Sequence[Variable], v: Variable, factor: float) -> tuple[Any, ...]:
        """Return the result of `backward` with other data of an input or output."""
        call, other = copy.copy(self), leaf(as_value(plain(v) * factor))
        call.inputs = tuple(other if x is v else x for x in self.inputs)
        call.outputs = tuple(weakref.ref(other) if ref() is v else ref for ref in self.outputs)
        return call._tried(gys)

    def _repeated(self, gys: Sequence[Variable], v: Variable, factor: float) -> tuple[Any, ...]:
        """Return the result of `backward` after a `forward` with other data of an input."""
        xs = [leaf(as_value(plain(v) * factor)) if x is v else x for x in self.inputs]
        call = copy.copy(self)
        try:
            for name in vars(self).keys() - vars(Function).keys():
                setattr(call, name, copy.deepcopy(getattr(self, name)))
            with no_grad():
                values = call.forward(*(np.array(x.data) for x in xs))
        except Exception:
            # The function fails on shifted data, so dependence cannot be determined.
            return ()
        values = values if isinstance(values, tuple) else (values,)
        ys = [leaf(normalize_result(y)) for y in values]
        call.inputs, call.outputs = tuple(xs), tuple(map(weakref.ref, ys))
        return call._tried(gys)

    def _tried(self, gys: Sequence[Variable]) -> tuple[Any, ...]:
        try:
            with no_grad():
                return self._checked(self.backward(*gys))
        except Exception:
            # The function fails on shifted data, so dependence cannot be determined.
            return ()

    def _refuse(self, why: str) -> NoReturn:
        raise ComputationError(
            f"`{type(self).__name__}.backward` {why}, so its result cannot be differentiated",
            code="not-differentiable",
            hint="compute with `self.inputs` and `self.outputs`, as in `gy * self.inputs[0]`,"
            " not with their `data` or with what `forward` has kept",
        )

    def pullback_masked(
        self, gy: MaskedCotangent, y: Variable, graph: bool, pending: Pending
    ) -> None:
        """Pull back an adjoint whose structural zeros are treated as numerical ones."""
        self.pullback(gy.instantiate(), y, graph, pending)

    def jvp(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of one of the outputs, given those of the inputs."""
        again = recording.get() is not False

        def pullback(gy: Variable) -> Sequence[Any]:
            gys = tuple(
                gy if output() is y else as_variable(np.zeros(shape))
                for output, shape in zip(self.outputs, self._shapes, strict=True)
            )
            return self._differentiable(gys, again)

        return jvp_from_vjp(pullback, tangents, inputs, y)

    jvp_masked = jvp

    def _adjoints_of_outputs(self, gy: Any, y: Variable, waiting: Adjoints) -> Iterator[Any]:
        for ref, shape in zip(self.outputs, self._shapes, strict=True):
            output = ref()
            if output is y:
                g = gy
            else:
                # The adjoint of an output that was never used is zero.
                g = 0.0 if output is None else resolve_sum(waiting.pop(output, 0.0))
            yield as_variable(np.full(shape, g) if type(g) is float and shape else instantiate(g))


def holds_numbers(value: Any) -> bool:
    """Return whether a value is or contains numbers that are not integers."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(map(holds_numbers, value))
    return np.asarray(getattr(value, "_value", value)).dtype.kind == "f"


def broadcasts(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether arrays of one shape broadcast to another."""
    try:
        return np.broadcast_shapes(shape, other) == other
    except ValueError:
        return False


def plain(v: Any) -> Any:
    """Return the value of a Variable; a plain value is returned unchanged."""
    return as_value(v._value if isinstance(v, Variable) else v)


def differ(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Return whether two results of `Function.backward` differ in any number."""
    return len(one) == len(other) > 0 and not all(
        a is b if a is None or b is None else np.array_equal(plain(a), plain(b), equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


def follow(gxs: Sequence[Any], gys: Sequence[Variable]) -> bool:
    """Return whether the graphs of the adjoints ``gxs`` compute them from ``gys``.

    The adjoints are linear in ``gys``, so they equal their own tangents along ``gys``.
    """
    with no_grad():
        tangents = Tangents({gy: plain(gy) for gy in gys})
        slopes = [tangents.of(gx) for gx in gxs]
    pairs = zip(gxs, slopes, strict=True)
    return all(
        t is not None and np.allclose(plain(t), plain(gx), 1e-4, 0.0, equal_nan=True)
        for gx, t in pairs
    )


def leads_to(y: Any, sources: Sequence[Variable], ends: Sequence[Variable]) -> bool:
    """Return whether the graph of ``y`` leads to a source without passing through an end."""
    wanted, found = set(sources), set(ends) - set(sources)
    waiting = [y]
    while waiting:
        v = waiting.pop()
        if not isinstance(v, Variable) or v in found:
            continue
        if v in wanted:
            return True
        found.add(v)
        waiting += v.inputs
    return False


class Call(Function):
    """One call of a declared operation, as returned by `Variable.creator`.

    Attributes
    ----------
    op : Operation
    params : dict
        The static parameters by name.
    """

    def __init__(self, y: Variable) -> None:
        self.op: Any = y._op
        self.params = dict(y.params)
        self.inputs = tuple(as_variable(x) for x in y.inputs)
        self.outputs = (weakref.ref(y),)
        self.generation = y.generation - 1

    def forward(self, *xs: Any) -> Any:
        """Return the result of the operation on ndarrays."""
        return self.op.compute(*(as_value(x) for x in xs), **self.params)

    def backward(self, *gys: Any) -> Any:
        """Return the adjoints of the inputs; None for a literal.

        Raises
        ------
        ReferenceError
            If the output has been freed.
        """
        y = self.outputs[0]()
        if y is None:
            raise ReferenceError("the output of this call is gone")
        gxs = tuple(map(instantiate, self.op.vjp(gys[0], y, graph=True)))
        return gxs[0] if len(gxs) == 1 else gxs

    def __repr__(self) -> str:
        return f"<call of {self.op.name}>"
