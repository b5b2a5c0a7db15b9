"""Compute rational Taylor coefficients as fractions, by Taylor arithmetic on exact numbers.

The recurrences are those of `autodiff_cli.derive.series`, applied to exact numbers.  A number that
is not known to be rational is unknown, and so are the results computed from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from autodiff_cli.derive.exact_number import ExactNumber
from autodiff_cli.derive.series import SeriesComputation, expanding
from autodiff_cli.engine import Operation, Variable, as_variable, ops, value_of
from autodiff_cli.engine.recurrences import Operand, Series, operand_value
from autodiff_cli.engine.variable import leaf, reachable
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.program import Program
from autodiff_cli.limits import Limits

__all__ = ["exact_value", "rational_coefficients"]

MOST = 5
"""The largest size of an argument at which values are recognized; no function saturates there."""

CLOSE = 1e-6
"""The largest relative difference of a rounded coefficient from the exact one."""


def exact_value(operation: Operation, operands: Sequence[ExactNumber], value: Any) -> ExactNumber:
    """Return the exact value of a call; unknown if it is not known to be rational.

    Besides arithmetic, a value is known if a function of small multiples of 1/2 gives a multiple of
    1/2.  No function of the language comes that close to one without equality, as a test checks.
    """
    if len(operands) == operation.arity and (found := _worked_out(operation, operands)) is not None:
        return found
    small = all(
        x.value is not None and abs(x.value) <= MOST and x.value.denominator <= 2 for x in operands
    )
    if small and isinstance(value, float) and (2.0 * value).is_integer():
        return ExactNumber(Fraction(value))
    return ExactNumber(None)


def _worked_out(operation: Operation, operands: Sequence[ExactNumber]) -> ExactNumber | None:
    """Return the value of a sum, product or power; None for other operations."""
    signs, exponents = operation.metadata.signs, operation.metadata.exponents
    if operation is ops.pow:
        base, exponent = operands
        return base.raised(exponent)
    if signs:
        terms = [x if sign > 0 else -x for x, sign in zip(operands, signs, strict=True)]
        return sum(terms[1:], terms[0])
    if exponents:
        product = ExactNumber(Fraction(1))
        for x, n in zip(operands, exponents, strict=True):
            power = x if abs(n) == 1 else x.raised(ExactNumber(Fraction(n)))
            product = product / power if n == -1 else product * power
        return product
    return None


def rational_coefficients(
    program: Program,
    values: Mapping[str, Any],
    directions: Mapping[str, Fraction | None],
    found: Sequence[float],
    limits: Limits | None = None,
    exact: Mapping[str, Fraction | None] | None = None,
) -> list[Fraction | None]:
    """Return the Taylor coefficients of a program along a line as fractions, None if unknown.

    Parameters
    ----------
    values
        A number for each variable.
    directions
        The tangent of each variable, if it is not zero; None for one that is not rational.
    found
        The coefficients as floats.
    exact
        The exact values of variables, None for one that is not rational; if not given, the decimals
        that the values print as.
    """
    nothing: list[Fraction | None] = [None] * len(found)
    if None in directions.values():
        return nothing
    order = max(len(found) - 1, 1)
    # Literals become leaves of the graph, so that 1/3 is a call and not a rounded number.
    leaves = [as_variable(x) if isinstance(x, float) else x for x in program.leaves]
    env = {name: as_variable(value) for name, value in values.items()}
    try:
        with expanding():
            known = {env[name]: ExactNumber(x) for name, x in (exact or {}).items()}
            # Rules run on floats, so only one variable varies, and its tangent is 1.
            t = as_variable(0.0)
            moving = {name: env[name] + _quotient(speed) * t for name, speed in directions.items()}
            y = as_variable(replace(program, leaves=leaves).run(env | moving))
            one = {t: ExactNumber(Fraction(1))}
            numbers = _ExactExpansion(order, limits or Limits()).exact_run(y, one, known)
    except (AdiffError, ArithmeticError, IndexError, TypeError, ValueError):
        return nothing
    return [
        number.value
        if number.value is not None and math.isclose(number, c, rel_tol=CLOSE, abs_tol=1e-12)
        else None
        for number, c in zip(numbers, found, strict=False)
    ]


def _quotient(speed: Fraction | None) -> Variable:
    """Return a rational number as the quotient of two leaves, which is exact."""
    assert speed is not None
    return as_variable(float(speed.numerator)) / as_variable(float(speed.denominator))


class _ExactExpansion(SeriesComputation):
    """An expansion whose coefficients are exact numbers."""

    result: Operand | None = None
    exact: Mapping[Variable, ExactNumber] = {}

    def exact_run(
        self,
        y: Variable,
        directions: Mapping[Variable, ExactNumber],
        known: Mapping[Variable, ExactNumber],
    ) -> list[ExactNumber]:
        """Return the coefficients as exact numbers, given the known values of some leaves."""
        self.exact = known
        coefficients = self.run(y, directions)
        if isinstance(self.result, Series):
            coefficients[0] = self.result.coefficients[0]
        return [c if isinstance(c, ExactNumber) else ExactNumber.of(c) for c in coefficients]

    def _read(
        self, y: Any, series: dict[Variable, Operand], origin: Variable | None = None
    ) -> Operand:
        if self.result is not None or not isinstance(y, Variable):
            return super()._read(y, series, origin)
        for v, x in list(series.items()):
            assert isinstance(x, Series)
            x.coefficients[0] = self.exact.get(v, ExactNumber.of(x.coefficients[0]))
        self._take_constants(y, series)
        self.result = super()._read(y, series, origin)
        return self.result

    def _take_constants(self, y: Variable, series: dict[Variable, Operand]) -> None:
        """Replace each constant whose exact value differs from its float by a series."""
        known = {x: number for x, number in self.exact.items() if x not in series}
        for x, number in known.items():
            if ExactNumber.of(value_of(x)).value != number.value:
                series[x] = self._constant(x, number)
        for v in reversed(reachable([y])):
            inputs = [x if isinstance(x, Variable) else as_variable(x) for x in v.inputs]
            if v.shape or any(x in series and x not in known for x in inputs):
                series.setdefault(v, 0.0)  # Its tangent is nonzero; its value is set later.
                continue
            operands = [known[x] if x in known else ExactNumber.of(value_of(x)) for x in inputs]
            assert isinstance(v.operation, Operation)
            known[v] = exact_value(v.operation, operands, value_of(v))
            if known[v].value is None or ExactNumber.of(value_of(v)).value != known[v].value:
                series[v] = self._constant(v, known[v])
        for v in [v for v, operand in series.items() if not isinstance(operand, Series)]:
            del series[v]

    def _constant(self, v: Variable, number: ExactNumber) -> Series:
        coefficients = [number, *[0.0] * self.order]
        return Series(None, (), {}, v, leaf(value_of(v)), coefficients, 0, 0, self.order)

    def _call(self, v: Variable, operands: Sequence[Operand], origin: Variable) -> Operand:
        op = v.operation
        assert isinstance(op, Operation)
        chooses = not any(op.vjps) or op.metadata.kinks or op.metadata.jumps
        if v.shape or (chooses and not all(map(_is_sure, operands))):
            raise ValueError(f"`{op.name}` of inexact numbers")
        return super()._call(v, operands, origin)

    def _is_short(self, x: Series) -> bool:
        # The recurrence of a quotient gives exact coefficients.
        return False

    def _tangent(self, x: Series) -> Operand:
        # Rules run on floats, so the float of the same decimal is used.
        if x.op is None and not x.lag and isinstance(x.coefficients[1], ExactNumber):
            return float(x.coefficients[1])
        return super()._tangent(x)

    def _made(
        self,
        op: Operation | None,
        operands: Sequence[Any],
        params: Mapping[str, Any],
        value: Any,
        origin: Variable,
    ) -> Series:
        made = super()._made(op, operands, params, value, origin)
        divisors = (
            x for x, n in zip(operands, op.metadata.exponents if op else (), strict=False) if n < 0
        )
        if any(isinstance(x, Series) and x.lag for x in divisors):
            raise ValueError("a divisor whose first coefficient is not known yet")
        if op is not None and not made.lag and not isinstance(made.coefficients[0], ExactNumber):
            exact = [
                x.coefficients[0] if isinstance(x, Series) else ExactNumber.of(x) for x in operands
            ]
            made.coefficients[0] = exact_value(op, exact, value)
        return made


def _is_sure(operand: Operand) -> bool:
    """Return whether a float determines the exact number, so that it can decide choices."""
    if not isinstance(operand, Series) or operand.lag:
        return not isinstance(operand, Series)
    exact = operand.coefficients[0].value
    return exact is not None and float(exact) == operand_value(operand)
