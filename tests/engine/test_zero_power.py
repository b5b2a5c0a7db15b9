"""Powers of 0 by their exponent: their limits, in scalars and tensors, in every mode and order."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.derive.taylor import coefficients
from autodiff_cli.engine import Variable, as_variable, grad
from autodiff_cli.engine.derivatives import jvp
from engine.outside import MP


def nested(y: Variable, xs: list[Variable], by: tuple[int, ...]) -> Any:
    """Return a derivative of the sum over the elements."""
    for i in by:
        (y,) = grad(ad.sum(y), [xs[i]], create_graph=True)
    return y.data


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [0.25, 1.0, 2.0, 3.5])
def test_by_the_exponent_it_is_0_to_every_order(n: float, order: int) -> None:
    for zero in (0.0, -0.0):
        x, y = as_variable(zero), as_variable(n)
        assert nested(x**y, [x, y], (1,) * order) == 0.0
        assert nested(zero**y, [x, y], (1,) * order) == 0.0
        assert coefficients(x**y, {y: 1.0}, order)[order] == 0.0
        t = jvp(x**y, [y], [1.0])
        assert t.data == 0.0


@pytest.mark.parametrize("n", [0.5, 1.0, 1.5, 2.0, 3.0, 4.5])
def test_mixed_derivatives_are_the_limits_from_the_right(n: float) -> None:
    x, y = as_variable(0.0), as_variable(n)
    for by in product((0, 1), repeat=3):
        if 1 not in by:
            continue
        for order in (2, 3):
            times, left = by[:order].count(0), n - by[:order].count(0)
            if 1 not in by[:order]:
                continue
            found = nested(x**y, [x, y], by[:order])
            if left > 0:
                assert found == 0.0
            elif times == 1:
                # x**(n - 1) * (1 + n log(x)), or by n once more: infinite, or inf - inf.
                assert not np.isfinite(found)


def test_a_vector_of_exponents_meets_a_base_with_zeros() -> None:
    bases, exponents = [0.0, 2.0, 0.0, 3.0, 0.5], [2.0, 1.0, 0.5, 0.0, -1.5]
    x, p = Variable(np.array(bases)), Variable(np.array(exponents))
    for order in (1, 2, 3):
        found = nested(x**p, [x, p], (1,) * order)
        right = [float(MP.mpf(b) ** n * MP.log(b) ** order) if b else 0.0
                 for b, n in zip(bases, exponents, strict=True)]  # fmt: skip
        assert found == pytest.approx(right, rel=1e-14, abs=0.0)


def test_where_there_is_no_limit_it_follows_ieee() -> None:
    for n, right in ((0.0, -np.inf), (-1.0, -np.inf)):
        x, y = as_variable(0.0), as_variable(n)
        assert grad(x**y, [y])[0].data == right
    x, y = as_variable(-2.0), as_variable(2.0)
    assert np.isnan(grad(x**y, [y])[0].data)
