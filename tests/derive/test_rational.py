"""Taylor coefficients as fractions: those that are given are exact."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from autodiff_cli.derive.exact_number import ExactNumber
from autodiff_cli.derive.rational import MOST, exact_value
from autodiff_cli.engine import Operation
from engine.outside import ELEMENTWISE, MP, reference

HALVES = [Fraction(k, 2) for k in range(-2 * MOST, 2 * MOST + 1)]
PLAIN = [op for op in ELEMENTWISE if any(op.vjps) and not op.statics]


@pytest.mark.parametrize("op", PLAIN, ids=lambda op: op.name)
def test_a_value_given_as_exact_is(op: Operation) -> None:
    function = reference(op)
    values = HALVES if op.arity == 1 else HALVES[:: 2 * op.arity - 1]
    with MP.workdps(60):
        for arguments in product(values, repeat=op.arity):
            value = op.compute(*map(float, arguments))
            exact = exact_value(op, [ExactNumber(x) for x in arguments], value).value
            if exact is not None:
                wanted = function(*(MP.mpf(x.numerator) / x.denominator for x in arguments))
                error = abs(MP.mpf(exact.numerator) / exact.denominator - wanted)
                assert error < MP.mpf(10) ** -50, (arguments, exact)
