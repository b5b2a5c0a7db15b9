"""Convert a graph of Variables into terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, Variable
from autodiff_cli.engine.variable import reachable
from autodiff_cli.language.exact_numbers import Exact
from autodiff_cli.symbolic.arithmetic import applied, is_product, number
from autodiff_cli.symbolic.nodes import Term
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["terms_of"]


def terms_of(
    algebra: Algebra,
    outputs: Sequence[Variable],
    known: Mapping[Variable, Term] | None = None,
    constants: Mapping[float, Term] | None = None,
) -> list[Term]:
    """Return the terms of some Variables, without using their values.

    Parameters
    ----------
    outputs
        The Variables; leaves that have a name become symbols.
    known
        The terms of some of the leaves.
    constants
        The exact terms of some numbers that occur in the graph.
    """
    return _Conversion(algebra, outputs, dict(known or {}), constants or {}).terms()


def _is_sum(operation: Operation) -> bool:
    return bool(operation.metadata.signs)


class _Conversion:
    """Converts a graph.

    A call that is only an operand of a sum or a product is converted together with it, because a
    sum of n terms that grows one by one would be copied n times.
    """

    def __init__(
        self,
        algebra: Algebra,
        outputs: Sequence[Variable],
        known: dict[Variable, Term],
        constants: Mapping[float, Term],
    ) -> None:
        self.algebra = algebra
        self.outputs = outputs
        self.constants = constants
        self.known = known
        self.calls = {y: y.creator for y in reversed(reachable(outputs))}
        self.users: dict[Variable, Any] = {}
        used: dict[Variable, int] = dict.fromkeys(outputs, 1)
        for call in self.calls.values():
            for x in call.inputs:
                used[x] = used.get(x, 0) + 1
                self.users[x] = call.op
        self.shared = {x for x, times in used.items() if times > 1} | set(outputs)

    def terms(self) -> list[Term]:
        for y in self.calls:
            if not (self._is_inner(y, _is_sum) or self._is_inner(y, is_product)):
                self.known[y] = self._called(y)
        return [self._term(y) for y in self.outputs]

    def _is_inner(self, y: Variable, kind: Callable[[Operation], bool]) -> bool:
        call = self.calls.get(y)
        if call is None or y in self.shared:
            return False
        return kind(call.op) and y in self.users and kind(self.users[y])

    def _term(self, x: Variable) -> Term:
        known = self.known.get(x)
        if known is None:
            known = self.known[x] = self._leaf(x)
        return known

    def _leaf(self, x: Variable) -> Term:
        if x.name is not None:
            return self.algebra.symbol(x.name)
        if x.shape:
            return self.algebra.array(np.array(x.data, float))
        value = float(x)
        if value in self.constants:
            return self.constants[value]
        if -value in self.constants:
            return self.algebra.negative(self.constants[-value])
        return number(self.algebra, value)

    def _called(self, y: Variable) -> Term:
        call = self.calls[y]
        if _is_sum(call.op):
            return self.algebra.combine(self._summands(y))
        if is_product(call.op):
            return self.algebra.collect(self._factors(y))
        return applied(self.algebra, call.op, [self._term(x) for x in call.inputs], call.params)

    def _summands(self, y: Variable) -> list[tuple[Term, Exact]]:
        found: list[tuple[Term, Exact]] = []
        waiting: list[tuple[Variable, int]] = [(y, 1)]
        while waiting:
            x, sign = waiting.pop()
            if x is not y and not self._is_inner(x, _is_sum):
                found.append((self._term(x), Fraction(sign)))
                continue
            call = self.calls[x]
            signs = call.op.metadata.signs * (len(call.inputs) if call.op.variadic else 1)
            waiting += [(u, sign * s) for u, s in zip(call.inputs, signs, strict=True)][::-1]
        return found

    def _factors(self, y: Variable) -> list[tuple[Term, Term]]:
        found: list[tuple[Term, Term]] = []
        waiting: list[tuple[Variable, int]] = [(y, 1)]
        while waiting:
            x, exponent = waiting.pop()
            if x is not y and not self._is_inner(x, is_product):
                found.append((self._term(x), self.algebra.number(Fraction(exponent))))
                continue
            call = self.calls[x]
            exponents = call.op.metadata.exponents
            waiting += [(u, exponent * e) for u, e in zip(call.inputs, exponents, strict=True)][
                ::-1
            ]
        return found
