"""Define elementwise operations, with a fast path for scalars.

A graph of scalars may consist of millions of calls, so `Unary` and `Binary` are written for speed:
they have no loop over arguments, compute floats by the `math` module and use NumPy only where that
raises.  Their `pullback` writes out `accumulate_cotangent` of the sweep, because a call of it takes
11 % of the time of a backward sweep over scalars.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from autodiff_cli.engine.calling import like_numpy
from autodiff_cli.engine.changes import note, unreachable, verify
from autodiff_cli.engine.config import recording
from autodiff_cli.engine.node import Pending
from autodiff_cli.engine.operation import Operation
from autodiff_cli.engine.reverse_sweep import accumulated, defer_sum
from autodiff_cli.engine.rules import (
    PYTHON_FLOAT_ERRORS,
    Rule,
    filled,
    fit,
    fit_product,
    operand,
    run,
)
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, total
from autodiff_cli.engine.temporaries import CALL, OPERATOR, REFLECTED, computed_into, spare
from autodiff_cli.engine.values import as_value
from autodiff_cli.engine.variable import Variable, leaf

__all__ = ["elementwise"]


_new = Variable.__new__
_recorded = recording.get
_NONE: dict[str, Any] = {}


class Elementwise(Operation):
    """An operation that applies to each element separately, with broadcasting."""

    def size(self, *shapes: tuple[int, ...], **params: Any) -> int:
        """Return the number of elements of the output."""
        return math.prod(np.broadcast_shapes(*shapes))

    def vjp(self, gy: Any, y: Variable, graph: bool) -> list[Any]:
        """Return the adjoint of each input, given that of ``y``; None where it is zero."""
        masked = type(gy) is MaskedCotangent
        gxs = self.apply_vjp_rules(gy.gy if masked else gy, y, graph)
        return [
            None if gx is None else fit(_carried(gy, gx) if masked else gx, x)
            for gx, x in zip(gxs, y.inputs, strict=True)
        ]

    def jvp(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of the output of a call, given those of its inputs."""
        if self.tangent is not None:
            return run(self.tangent, *tangents, y, *inputs, **params)
        return pushed(self.vjps, tangents, y, inputs, params)

    def jvp_masked(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of the output, given tangents of which some are masked."""
        given = [t for t in tangents if t is not None]
        first = next(t for t in given if type(t) is MaskedCotangent)
        if all(type(t) is MaskedCotangent and t.same(first) for t in given):
            inside = [None if t is None else t.gy for t in tangents]
            slope = self.jvp(inside, y, inputs, params)
            return None if slope is None else first.with_mask(slope)
        return pushed(self.vjps, tangents, y, inputs, params)


def _carried(gy: MaskedCotangent, gx: Any) -> MaskedCotangent:
    """Return the adjoint of an argument, with the structural zeros of that of the output."""
    return gy.with_mask(gx, clean=gy.clean and gx is gy.gy)


def pushed(
    rules: Sequence[Rule | None],
    tangents: Sequence[Any],
    y: Any,
    inputs: Sequence[Any],
    params: Mapping[str, Any],
) -> Any:
    """Return the tangent of the output of an elementwise operation, by its VJP rules.

    The Jacobian of each argument is diagonal, hence its own transpose: the VJP is the JVP.
    """
    slope = None
    for rule, t in zip(rules, tangents, strict=True):
        if rule is not None and t is not None:
            masked = type(t) is MaskedCotangent
            part = run(rule, t.gy if masked else t, y, *inputs, **params)
            part = t.with_mask(part) if masked else part
            slope = part if slope is None else total(slope, part)
    return slope


MISSING: Any = object()
"""The placeholder for an argument that is not given."""


def given(*args: Any) -> list[Any]:
    """Return the arguments that are given."""
    return [x for x in args if x is not MISSING]


class Unary(Elementwise):
    """An elementwise operation of one argument."""

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        rule: Rule,
        scalar: Any,
        tangent: Rule | None = None,
        **metadata: Any,
    ) -> None:
        compute = self.compute
        push = rule if tangent is None else tangent

        def apply(x: Any) -> Any:
            a: Any = x._value if (varies := isinstance(x, Variable)) else x
            if type(a) is float:
                arrays = False
                try:
                    value = scalar(a)
                except PYTHON_FLOAT_ERRORS:
                    value = compute(a)
            else:
                value = None
                if varies and type(a) is ndarray and spare(x, a, CALL):
                    value = computed_into(self, x, a, (x,), (a,))
                if value is None:
                    value = compute(as_value(a))
                arrays = True
            if not varies:
                return value
            calls = _recorded()
            if calls is False:
                return leaf(value)
            y = _new(Variable)
            y._value = value
            y._op = self
            y._x = x
            y._y = y._params = y._grad = y._notes = y._seen = y.name = None
            y.generation = x.generation + 1
            if arrays and not unreachable(x):
                note(y, (x,))
            return y if calls is True else calls.record(self, (x,), _NONE, y)

        def pullback(gy: Any, y: Variable, graph: bool, pending: Pending) -> None:
            x = y._x
            out: Any = y._value
            a: Any = x._value
            if not (type(out) is type(a) is float):
                if y._notes is not None or y._seen is not None or x._seen is not None:
                    verify(y)
                out, a = operand(out), operand(a)
            if graph:
                out, a = y, x
            try:
                gx = rule(gy, out, a)
            except PYTHON_FLOAT_ERRORS:
                gx = run(rule, gy, out, a)
            waiting = pending[x.generation]
            if x not in waiting:
                waiting[x] = gx
            elif graph:
                waiting[x] = defer_sum(waiting[x], gx)
            else:
                held = waiting[x]
                waiting[x] = held + gx if type(held) is float else accumulated(held, gx)

        def jvp(
            tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
        ) -> Any:
            (t,), (x,) = tangents, inputs
            try:
                return push(t, y, x)
            except PYTHON_FLOAT_ERRORS:
                return run(push, t, y, x)

        self.apply = apply  # type: ignore[method-assign]
        self.pullback = pullback  # type: ignore[method-assign]
        self.jvp = jvp  # type: ignore[method-assign]
        super().__init__(name, forward, rule, scalar=scalar, tangent=tangent, **metadata)

    def __call__(self, x: Any = MISSING, *more: Any, **params: Any) -> Any:
        if x is MISSING or more or params:
            return super().__call__(*given(x, *more), **params)
        y = self.apply(x)
        return like_numpy(y, (x,)) if type(y) is float and type(x) is not float else y


class Binary(Elementwise):
    """An elementwise operation of two arguments."""

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        rule_x: Rule,
        rule_y: Rule,
        scalar: Any,
        tangent: Rule | None = None,
        **metadata: Any,
    ) -> None:
        compute = self.compute

        def apart(s: Any, t: Any, z: Any, x: Any, y: Any) -> Any:
            """Return the sum of the rules applied to the tangents."""
            if t is None:
                return rule_x(s, z, x, y)
            if s is None:
                return rule_y(t, z, x, y)
            return rule_x(s, z, x, y) + rule_y(t, z, x, y)

        push = apart if tangent is None else tangent

        def apply(x: Any, y: Any, references: int = OPERATOR) -> Any:
            a = x._value if (x_varies := isinstance(x, Variable)) else x
            b = y._value if (y_varies := isinstance(y, Variable)) else y
            if type(a) is float and type(b) is float:
                arrays = False
                try:
                    value = scalar(a, b)
                except PYTHON_FLOAT_ERRORS:
                    value = compute(a, b)
            else:
                value = None
                if x_varies and type(a) is ndarray and spare(x, a, references):
                    value = computed_into(self, x, a, (x, y), (a, b))
                elif y_varies and type(b) is ndarray and spare(y, b, references):
                    value = computed_into(self, y, b, (x, y), (a, b))
                a, b = as_value(a), as_value(b)
                x, y = x if x_varies else a, y if y_varies else b
                if value is None:
                    value = compute(a, b)
                arrays = True
            generation = x.generation if x_varies else -1
            if y_varies and y.generation > generation:
                generation = y.generation
            if generation < 0:
                return value
            calls = _recorded()
            if calls is False:
                return leaf(value)
            z = _new(Variable)
            z._value = value
            z._op = self
            z._x = x
            z._y = y
            z._params = z._grad = z._notes = z._seen = z.name = None
            z.generation = generation + 1
            if arrays and self.reads_values and not (unreachable(x) and unreachable(y)):
                note(z, (x, y))
            return z if calls is True else calls.record(self, (x, y), _NONE, z)

        def reflected(y: Any, x: Any) -> Any:
            return apply(x, y, REFLECTED)

        def pullback(gz: Any, z: Variable, graph: bool, pending: Pending) -> None:
            x, y = z._x, z._y
            x_varies, y_varies = isinstance(x, Variable), isinstance(y, Variable)
            broadcasts = False
            if type(z._value) is not float:
                shape = z.shape
                broadcasts = (type(x) is not float and x.shape != shape) or (
                    type(y) is not float and y.shape != shape
                )
                if broadcasts:
                    gz = filled(gz, z)
            out: Any = z._value
            a = x._value if x_varies else x
            b = y._value if y_varies else y
            if not (type(out) is type(a) is type(b) is float):
                if (
                    z._notes is not None
                    or z._seen is not None
                    or (x_varies and x._seen is not None)
                    or (y_varies and y._seen is not None)
                ):
                    verify(z)
                out, a, b = operand(out), operand(a), operand(b)
            if graph:
                out, a, b = z, x, y
            gx: Any
            gy: Any
            if broadcasts and not graph:
                gx = self.summed(rule_x, gz, out, a, b, x, b) if x_varies else None
                gy = self.summed(rule_y, gz, out, a, b, y, a) if y_varies else None
            else:
                try:
                    gx = rule_x(gz, out, a, b) if x_varies else None
                    gy = rule_y(gz, out, a, b) if y_varies else None
                except PYTHON_FLOAT_ERRORS:
                    gx = run(rule_x, gz, out, a, b) if x_varies else None
                    gy = run(rule_y, gz, out, a, b) if y_varies else None
            if x_varies:
                if broadcasts:
                    gx = fit(gx, x)
                waiting = pending[x.generation]
                if x not in waiting:
                    waiting[x] = gx
                elif graph:
                    waiting[x] = defer_sum(waiting[x], gx)
                else:
                    held = waiting[x]
                    waiting[x] = held + gx if type(held) is float else accumulated(held, gx)
            if y_varies:
                if broadcasts:
                    gy = fit(gy, y)
                waiting = pending[y.generation]
                if y not in waiting:
                    waiting[y] = gy
                elif graph:
                    waiting[y] = defer_sum(waiting[y], gy)
                else:
                    held = waiting[y]
                    waiting[y] = held + gy if type(held) is float else accumulated(held, gy)

        def jvp(
            tangents: Sequence[Any], z: Any, inputs: Sequence[Any], params: Mapping[str, Any]
        ) -> Any:
            (s, t), (x, y) = tangents, inputs
            try:
                return push(s, t, z, x, y)
            except PYTHON_FLOAT_ERRORS:
                s, t = (np.float64(v) if type(v) is float else v for v in (s, t))
                return run(push, s, t, z, x, y)

        self.apply = apply  # type: ignore[method-assign]
        self.reflected = reflected
        self.pullback = pullback  # type: ignore[method-assign, assignment]
        self.jvp = jvp  # type: ignore[method-assign, assignment]
        super().__init__(name, forward, rule_x, rule_y, scalar=scalar, tangent=tangent, **metadata)

    def summed(self, rule: Rule, gz: Any, z: Any, a: Any, b: Any, x: Variable, factor: Any) -> Any:
        """Return the adjoint of an argument that was broadcast, as a value.

        Parameters
        ----------
        x
            The argument; the other one has the value ``factor``.
        """
        if self.linear:
            # The rule scales the adjoint, so it may be applied to the sum.
            return run(rule, fit(gz, x), z, a, b)
        if self.metadata.bilinear:
            return fit_product(gz, factor, x)
        return fit(run(rule, gz, z, a, b), x)

    def __call__(self, x: Any = MISSING, y: Any = MISSING, *more: Any, **params: Any) -> Any:
        if y is MISSING or more or params:
            return super().__call__(*given(x, y, *more), **params)
        z = self.apply(x, y)
        if type(z) is float and not type(x) is type(y) is float:
            return like_numpy(z, (x, y))
        return z


def elementwise(
    name: str, forward: Callable[..., Any], *vjps: Rule | None, scalar: Any = None, **metadata: Any
) -> Operation:
    """Declare an elementwise operation, with broadcasting, and return it.

    Parameters
    ----------
    name, forward, vjps, scalar, metadata
        As for `Operation`.  The rules of an operation with a ``scalar`` must not return a
        `MaskedCotangent`.
    """
    rules = [rule for rule in vjps if rule is not None]
    if scalar is not None and len(rules) == len(vjps) == 1:
        return Unary(name, forward, rules[0], scalar, **metadata)
    if scalar is not None and len(rules) == len(vjps) == 2:
        return Binary(name, forward, rules[0], rules[1], scalar, **metadata)
    return Elementwise(name, forward, *vjps, scalar=scalar, **metadata)
