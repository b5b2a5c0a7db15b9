"""Elementwise operations, and the fast way they take through scalars.

A graph of scalars is made of millions of these, so `Unary` and `Binary` are written for speed: no
loop over arguments, floats computed by the `math` module, NumPy only where that raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff_cli.engine.core import Adjoints, Variable, made
from autodiff_cli.engine.masked import Masked
from autodiff_cli.engine.operation import FAULTS, Operation, Rule, filled, fit
from autodiff_cli.engine.values import primal, quietly, settle

__all__ = ["elementwise"]


class Elementwise(Operation):
    """An operation on each element by itself, with broadcasting."""

    def size(self, *shapes: tuple[int, ...], **params: Any) -> int:
        """Return how many elements the output has."""
        return math.prod(np.broadcast_shapes(*shapes))

    def vjp(self, gy: Any, y: Variable, graph: bool) -> list[Any]:
        """Return the adjoint of each input from that of ``y``; None where it is zero."""
        masked = type(gy) is Masked
        gxs = self.ruled(gy.gy if masked else gy, y, graph)
        return [
            None if gx is None else fit(gy.carrying(gx) if masked else gx, x)
            for gx, x in zip(gxs, y._inputs, strict=True)
        ]


class Unary(Elementwise):
    """An elementwise operation of one argument."""

    def __init__(
        self, name: str, forward: Callable[..., Any], vjp: Rule, scalar: Any, **facts: Any
    ) -> None:
        compute = self.compute

        def apply(x: Any) -> Any:
            recorded = isinstance(x, Variable)
            a = x._value if recorded else x
            if type(a) is not float:
                a = primal(a)
            if type(a) is float:
                try:
                    value = scalar(a)
                except FAULTS:
                    value = compute(a)
            else:
                value = compute(a)
            return made(self, (x,), value, x.generation + 1) if recorded else value

        self.apply = apply  # type: ignore[method-assign]
        super().__init__(name, forward, vjp, **facts)

    def __call__(self, x: Any) -> Any:
        return self.apply(x)

    def pull(self, gy: Any, y: Variable, graph: bool, adjoints: Adjoints) -> None:
        (rule,) = self.vjps
        assert rule is not None
        (x,) = y._inputs
        if graph:
            out: Any = y
            a = x
        else:
            out, a = y._value, x._value
            if not (type(out) is type(a) is float):
                out, a = primal(out), primal(a)
        try:
            gx = rule(gy, out, a)
        except FAULTS:
            super().pull(gy, y, graph, adjoints)
        else:
            adjoints[x] = adjoints[x] + gx if x in adjoints else gx


class Binary(Elementwise):
    """An elementwise operation of two arguments."""

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        vjp_x: Rule,
        vjp_y: Rule,
        scalar: Any,
        **facts: Any,
    ) -> None:
        compute = self.compute

        def apply(x: Any, y: Any) -> Any:
            generation = -1
            if isinstance(x, Variable):
                a, generation = x._value, x.generation
                if type(a) is not float:
                    a = primal(a)
            else:
                a = x = primal(x)
            if isinstance(y, Variable):
                b = y._value
                if type(b) is not float:
                    b = primal(b)
                if y.generation > generation:
                    generation = y.generation
            else:
                b = y = primal(y)
            if type(a) is float and type(b) is float:
                try:
                    value = scalar(a, b)
                except FAULTS:
                    value = compute(a, b)
            else:
                value = (
                    compute(a, b)
                    if type(a) is float or type(b) is float
                    else settle(quietly(forward, a, b))
                )
            return made(self, (x, y), value, generation + 1) if generation >= 0 else value

        self.apply = apply  # type: ignore[method-assign]
        super().__init__(name, forward, vjp_x, vjp_y, **facts)

    def __call__(self, x: Any, y: Any) -> Any:
        return self.apply(x, y)

    def pull(self, gy: Any, y: Variable, graph: bool, adjoints: Adjoints) -> None:
        x, z = y._inputs
        rule_x, rule_z = self.vjps
        x_varies, z_varies = isinstance(x, Variable), isinstance(z, Variable)
        if graph:
            out: Any = y
            a, b = x, z
        else:
            out = y._value
            a = x._value if x_varies else x
            b = z._value if z_varies else z
        if not (type(out) is type(a) is type(b) is float):
            if not graph:
                out, a, b = primal(out), primal(a), primal(b)
            if (x_varies and x.shape != y.shape) or (z_varies and z.shape != y.shape):
                gy = filled(gy, y)
        try:
            if x_varies:
                gx = rule_x(gy, out, a, b)  # type: ignore[misc]
                if type(gx) is not float:
                    gx = fit(gx, x)
            if z_varies:
                gz = rule_z(gy, out, a, b)  # type: ignore[misc]
                if type(gz) is not float:
                    gz = fit(gz, z)
        except FAULTS:
            super().pull(gy, y, graph, adjoints)
            return
        if x_varies:
            adjoints[x] = adjoints[x] + gx if x in adjoints else gx
        if z_varies:
            adjoints[z] = adjoints[z] + gz if z in adjoints else gz


def elementwise(
    name: str, forward: Callable[..., Any], *vjps: Rule | None, scalar: Any = None, **facts: Any
) -> Operation:
    """Declare an operation on each element by itself, with broadcasting.

    Parameters
    ----------
    name, forward, vjps, facts
        As for `Operation`.
    scalar
        ``forward`` for floats alone, where there is a faster one: it may raise where IEEE 754 has
        an answer, and is then not asked.  The rules of such an operation give no `Masked` adjoint.
    """
    rules = [rule for rule in vjps if rule is not None]
    if scalar is not None and len(rules) == len(vjps) == 1:
        return Unary(name, forward, rules[0], scalar, **facts)
    if scalar is not None and len(rules) == len(vjps) == 2:
        return Binary(name, forward, rules[0], rules[1], scalar, **facts)
    return Elementwise(name, forward, *vjps, **facts)
