"""Declare operations, and derive their calls and derivatives from the declarations.

An operation is declared once, in `autodiff_cli.engine.ops`: its name, its forward computation, one
VJP rule for each argument, and metadata for people and programs.  Names, arity, operators of
`Variable`, documentation and tests are derived from the declaration; nothing about an operation is
written anywhere else.

A rule ``lambda gy, y, x: ...`` returns the adjoint of ``x``, given the adjoint ``gy`` of the output
``y``.  It is written with operations and operators, because it runs both on plain values, where
only numbers are wanted, and on Variables, where the gradient is a graph itself.  Operations are
therefore polymorphic: the result is a Variable if an argument is one, else a plain value.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import FrameType
from typing import Any

import numpy as np

from autodiff_cli.engine.calling import (
    LikeFunction,
    install_equality,
    install_operator,
    parameter_names,
)
from autodiff_cli.engine.calling import like_numpy as like_numpy
from autodiff_cli.engine.changes import reads, verify
from autodiff_cli.engine.function import Call
from autodiff_cli.engine.metadata import Metadata
from autodiff_cli.engine.node import Pending
from autodiff_cli.engine.registry import names as _names
from autodiff_cli.engine.registry import registry as _registry
from autodiff_cli.engine.reverse_sweep import accumulate_cotangent
from autodiff_cli.engine.rules import PYTHON_FLOAT_ERRORS, Rule, filled, operand, run, value_of
from autodiff_cli.engine.symbolic_zeros import MaskedCotangent, instantiate, support
from autodiff_cli.engine.transpose import jvp_from_vjp
from autodiff_cli.engine.values import (
    Value,
    as_value,
    ignoring_fp_warnings,
    normalize_result,
    without_warnings,
)
from autodiff_cli.engine.variable import Variable, record

__all__ = ["Operation", "operations", "registry", "value_of"]

registry: dict[str, Operation] = _registry
"""All operations by name."""

_spellings: dict[str, Operation] = _names

_DUNDERS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "**": "pow",
    "%": "mod",
    "@": "matmul",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "==": "eq",
    "!=": "ne",
}

_DECLARERS = tuple(
    f"{__name__.rpartition('.')[0]}.{module}"
    for module in ("operation", "elementwise", "variadic", "composite")
)
"""The modules whose functions declare operations on behalf of other modules."""


def operations() -> Mapping[str, Operation]:
    """Return all operations by each of their names, including aliases."""
    return _spellings


def _declaring_module() -> str:
    """Return the name of the module that is declaring an operation."""
    frame = sys._getframe(1)
    # Code executed from a string may have no module.
    while frame.f_back is not None and _module(frame).startswith(_DECLARERS):
        frame = frame.f_back
    return _module(frame)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


class Operation(LikeFunction):
    """A declared operation; call it on Variables, numbers, lists and arrays.

    Parameters
    ----------
    name
        The name in the language and in the engine.
    forward
        A function from values, and static parameters by name, to the result that NumPy computes.
    vjps
        One rule for each tensor argument; None where the derivative is zero.
    scalar
        A faster ``forward`` for floats only, if there is one.  Where it raises although IEEE 754
        defines a result, ``forward`` is used instead.
    tangent
        The JVP rule, if the one derived from the VJP rules is unsuitable.  Its first arguments are
        the tangents of all arguments, None for a zero tangent; it may return None.
    method
        Whether the operation is also a method of `Variable`.
    varargs
        Whether its static parameter may be given as several arguments, as a shape may.
    linear
        Whether the operation is linear in all its tensors jointly.  ``forward`` then applies to
        anything that can be added as it does to numbers: to tangents and coefficients of series,
        to terms of a formula, to sets of dependences.
    masked
        For an operation whose outputs do not all depend on every element of its arguments: one rule
        for each argument, which takes a `MaskedCotangent` and returns one.
    pairwise
        For a reduction: the operation that combines several tensors given instead of one.
    shape
        For an operation whose output has more elements than its arguments: the shape of the output
        as a function of the shapes of the arguments and the static parameters.
    metadata
        The other fields of the declaration: those of `Metadata`.

    Raises
    ------
    ValueError
        If the name or an alias is already in use.
    """

    variadic = False
    """Whether it takes any number of tensors."""

    pairwise: Operation | None

    reflected: Callable[[Any, Any], Any] | None = None
    """A faster ``apply`` with its two arguments in reverse, if there is one."""

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *vjps: Rule | None,
        scalar: Callable[..., float] | None = None,
        tangent: Rule | None = None,
        method: bool = False,
        varargs: bool = False,
        linear: bool = False,
        masked: Sequence[Rule] | None = None,
        pairwise: Operation | None = None,
        shape: Callable[..., tuple[int, ...]] | None = None,
        **metadata: Any,
    ) -> None:
        self.name = name
        self.forward = forward
        self.scalar = scalar
        self.tangent = tangent
        self.vjps = vjps
        self.arity = len(vjps)
        self.arguments, self.statics = parameter_names(forward, self.arity)
        self.varargs = varargs
        self.masked = masked
        self.pairwise = pairwise
        self.shape = shape
        self.metadata = Metadata(**metadata)
        self.linear = linear or bool(self.metadata.signs)
        self.family = _declaring_module().rpartition(".")[2]
        self._looked_at: dict[tuple[type, ...], tuple[int, ...]] = {}
        self.__doc__ = self.metadata.doc
        self.__name__ = self.__qualname__ = name
        self.__module__ = "autodiff_cli.engine"
        self._register(method)

    def _register(self, method: bool) -> None:
        names = (self.name, *self.metadata.aliases)
        for i, name in enumerate(names):
            if name in _spellings or name in names[:i]:
                raise ValueError(f"an operation named {name!r} is declared already")
        dunder = _DUNDERS.get(self.metadata.symbol)
        if dunder and f"__{dunder}__" in vars(Variable):
            raise ValueError(f"the operator {self.metadata.symbol} has an operation already")
        if method and self.name in vars(Variable):
            raise ValueError(f"Variable has an attribute {self.name!r} already")
        _spellings.update(dict.fromkeys(names, self))
        self._enter()
        if dunder:
            if dunder in ("eq", "ne"):
                install_equality(dunder, self.apply)
            else:
                install_operator(dunder, self.apply, self.reflected)
        elif self.metadata.dunder:
            setattr(Variable, self.metadata.dunder, lambda x: self(x))
        if method:
            setattr(Variable, self.name, lambda x, *args, **params: self(x, *args, **params))

    def _enter(self) -> None:
        registry[self.name] = self

    def apply(self, *args: Any, **params: Any) -> Any:
        """Apply the operation to exactly its tensor arguments."""
        values: list[Value] = []
        generation, literals = -1, False
        for x in args:
            if isinstance(x, Variable):
                if x.generation > generation:
                    generation = x.generation
                values.append(as_value(x._value))
            else:
                literals = True
                values.append(as_value(x))
        value = self.compute(*values, **params)
        if generation < 0:
            return value
        if literals:
            args = tuple(
                x if isinstance(x, Variable) else v for x, v in zip(args, values, strict=True)
            )
        return record(self, args, value, generation + 1, params)

    @cached_property
    @without_warnings
    def reads(self) -> list[set[int]]:
        """The values that the rule of each argument reads: 0 for the output, k for input k."""
        inputs = [np.ones((1, 1))] * self.arity
        everything = set() if self.linear else set(range(self.arity + 1))
        try:
            y = self.compute(*inputs)
            for rule in self.vjps:
                instantiate(rule(y, y, *inputs) if rule is not None else None)
        except Exception:
            # For instance, the operation has static parameters without a default.
            return [everything] * self.arity
        return [
            set() if rule is None else reads(rule, y, inputs, instantiate) for rule in self.vjps
        ]

    @cached_property
    def reads_values(self) -> bool:
        """Whether a rule reads any values."""
        return any(self.reads)

    def values_read(self, inputs: tuple[Any, ...]) -> tuple[int, ...]:
        """Return the values that derivatives of a call read: 0 for the output, k for input k."""
        kinds = tuple(map(type, inputs))
        if (found := self._looked_at.get(kinds)) is None:
            rules = (
                reads_values
                for reads_values, kind in zip(self.reads, kinds, strict=True)
                if kind is not float and kind is not np.ndarray
            )
            found = self._looked_at[kinds] = tuple(sorted(set().union(*rules)))
        return found

    def size(self, *shapes: tuple[int, ...], **params: Any) -> int:
        """Return the number of elements of the output if it may be large, else 0.

        Raises
        ------
        ValueError
            If the shapes do not match.
        """
        return math.prod(self.shape(*shapes, **params)) if self.shape is not None else 0

    def compute(self, *values: Value, **params: Any) -> Value:
        """Return the result on plain values by IEEE 754, without warnings or exceptions."""
        for value in values:
            if type(value) is not float:
                return normalize_result(ignoring_fp_warnings(self.forward, *values, **params))
        try:
            if self.scalar is not None:
                return self.scalar(*values, **params)
        except PYTHON_FLOAT_ERRORS:
            pass
        # Operations between Python floats raise where NumPy scalars give a result.  Beside an array
        # a Python float takes the dtype of the array, and a NumPy scalar does not.
        return normalize_result(
            ignoring_fp_warnings(self.forward, *map(np.float64, values), **params)
        )

    def call(self, y: Variable) -> Call:
        """Return the call that made ``y``."""
        return self._call_type(y)  # type: ignore[no-any-return]

    @cached_property
    def _call_type(self) -> Any:
        """The class of its calls, named after the operation: ``SumTo`` for ``sum_to``."""
        name = "".join(part.capitalize() for part in self.name.split("_"))
        return type(name, (Call,), {"__doc__": self.metadata.doc, "__module__": self.__module__})

    def vjp(self, gy: Any, y: Variable, graph: bool) -> list[Any]:
        """Return the adjoint of each input, given that of ``y``; None where it is zero."""
        if type(gy) is not MaskedCotangent:
            return self.apply_vjp_rules(gy, y, graph)
        if self.masked is not None:
            found = self.apply_vjp_rules(gy, y, graph, self.masked)
            return [None if gx is None else gx.shortened() for gx in found]
        gxs, support = self.apply_vjp_rules(gy.instantiate(), y, graph), gy.support(y.shape)
        if self.linear:
            # Zeros stay zeros: a linear rule does not multiply them by a slope.
            masks = map(instantiate, self.apply_vjp_rules(support, y, graph))
            return [
                None if gx is None else gy.with_mask(instantiate(gx), mask, clean=True).shortened()
                for gx, mask in zip(gxs, masks, strict=True)
            ]
        # Every element of the output may depend on every element of the input.
        mask = registry["sum"](support)
        return [None if gx is None else gy.with_mask(gx, mask) for gx in gxs]

    def apply_vjp_rules(
        self, gy: Any, y: Variable, graph: bool, rules: Sequence[Rule | None] | None = None
    ) -> list[Any]:
        """Return the adjoints of the inputs by ``rules``, which default to the unmasked ones."""
        verify(y)
        inputs, params = y.inputs, y.params
        wanted = [isinstance(x, Variable) for x in inputs]
        if graph:
            return self._apply_each(filled(gy, y), y, inputs, params, wanted, rules)
        values = [operand(x._value) if isinstance(x, Variable) else x for x in inputs]
        return self._apply_each(filled(gy, y), operand(y._value), values, params, wanted, rules)

    def _apply_each(
        self,
        gy: Any,
        y: Any,
        inputs: Sequence[Any],
        params: Mapping[str, Any],
        wanted: Sequence[bool],
        rules: Sequence[Rule | None] | None = None,
    ) -> list[Any]:
        """Return the results of the rules for the inputs that are wanted, None for the others."""
        chosen = zip(self.vjps if rules is None else rules, wanted, strict=True)
        try:
            return [
                rule(gy, y, *inputs, **params) if want and rule is not None else None
                for rule, want in chosen
            ]
        except PYTHON_FLOAT_ERRORS:
            chosen = zip(self.vjps if rules is None else rules, wanted, strict=True)
            return [
                run(rule, gy, y, *inputs, **params) if want and rule is not None else None
                for rule, want in chosen
            ]

    def jvp(
        self, tangents: Sequence[Any], y: Any, inputs: Sequence[Any], params: Mapping[str, Any]
    ) -> Any:
        """Return the tangent of the output of a call, given the tangents of its inputs.

        Parameters
        ----------
        tangents
            One for each input, of its shape; None for a zero tangent.  They may be masked, except
            for elementwise operations: see `Elementwise.jvp_masked`.
        y, inputs, params
            The call: Variables, for a tangent that is a graph itself, or plain values.

        Returns
        -------
        Variable, float, ndarray or MaskedCotangent
            Of a shape that broadcasts to that of ``y``; None for a zero tangent.
        """
        if self.tangent is not None and MaskedCotangent not in map(type, tangents):
            return run(self.tangent, *tangents, y, *inputs, **params)
        if self.linear:
            # A linear operation applies to tangents as it does to values.
            ts = [
                np.zeros(np.shape(x)) if t is None else t
                for t, x in zip(tangents, inputs, strict=True)
            ]
            slope = self.apply(*map(instantiate, ts), **params)
            if not any(t is None or type(t) is MaskedCotangent for t in tangents):
                return slope
            counted = [support(t, np.shape(x)) for t, x in zip(tangents, inputs, strict=True)]
            return MaskedCotangent(registry["where"], self.apply(*counted, **params), slope)
        wanted = [t is not None for t in tangents]
        return jvp_from_vjp(
            lambda gy: self._apply_each(gy, y, inputs, params, wanted), tangents, inputs, y
        )

    jvp_masked = jvp

    def pullback(self, gy: Any, y: Variable, graph: bool, pending: Pending) -> None:
        """Pull the adjoint of ``y`` back, adding the adjoint of each input to ``pending``."""
        for x, gx in zip(y.inputs, self.vjp(gy, y, graph), strict=True):
            if gx is not None:
                accumulate_cotangent(pending, x, float(gx) if type(gx) is np.float64 else gx, graph)

    pullback_masked = pullback
