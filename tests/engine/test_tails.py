"""No digits are lost in tensors that are tiny, huge or lopsided, nor where sin(x)/x is 0/0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, grad
from engine.outside import MP, reference

LOPSIDED = [[0.0, -40.0], [30.0, 0.0, -30.0], [100.0, 99.0, 20.0], [2.0, 1.0, 2.0], [5.0]]


def close(exact: Any) -> Any:
    return pytest.approx(float(exact), rel=1e-14, abs=0.0)


@pytest.mark.parametrize("data", LOPSIDED)
def test_softmax_of_the_great_and_the_small(data: list[float]) -> None:
    with MP.workdps(120):
        weights = [MP.exp(x) for x in data]
        p = [w / sum(weights) for w in weights]
        rest = [
            sum(w for j, w in enumerate(weights) if j != i) / sum(weights) for i in range(len(p))
        ]
    x = Variable(np.array(data))
    total = ad.logsumexp(x)
    assert float(total) == close(MP.log(sum(weights)))
    (slopes,) = grad(total, [x], create_graph=True)
    for of in (ad.softmax(x), slopes):
        for i, pi in enumerate(p):
            assert of.data[i] == close(pi)
            (g,) = grad(of[i], [x], create_graph=True)
            for j, pj in enumerate(p):
                assert g.data[j] == close(pi * rest[i] if i == j else -pi * pj)
            # Twice by x[i], p (1 - p) has the derivative p (1 - p) (1 - 2p).
            (h,) = grad(g[i], [x])
            assert h.data[i] == close(pi * rest[i] * (rest[i] - pi))


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e200, 1e307])
def test_norm_neither_overflows_nor_underflows(size: float, axis: Any) -> None:
    x = Variable(np.array([[3 * size, 0.0], [4 * size, 0.0]]))
    total = ad.norm(x, axis=axis)
    expected = {None: 5 * size, 0: [5 * size, 0.0], 1: [3 * size, 4 * size], (0, 1): 5 * size}
    # Numbers as small as 1e-320 have four digits.
    rel = 1e-15 if size > 1e-300 else 1e-3
    assert total.data == pytest.approx(np.array(expected[axis]), rel=rel, abs=0.0)
    (g,) = grad(total, [x])
    along = [[1.0, 0.0], [1.0, 0.0]] if axis == 1 else [[0.6, 0.0], [0.8, 0.0]]
    assert g.data == pytest.approx(np.array(along), rel=rel, abs=0.0)


@pytest.mark.parametrize("value", [[3.0, 4.0], [1e100, 0.0], [np.inf, 1.0], [np.nan, 1.0], []])
def test_norm_is_that_of_numpy(value: list[float]) -> None:
    assert np.array_equal(ad.norm(np.array(value)), np.linalg.norm(value), equal_nan=True)


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    "value",
    [[INF, 0.0], [INF, INF], [-INF, 2.0], [-INF, -INF], [-INF, INF], [NAN, 1.0], [1e308, -1e308]],
)
def test_logsumexp_is_that_of_numpy_at_infinity(value: list[float]) -> None:
    with np.errstate(all="ignore"):
        expected = np.logaddexp(*value)
    assert np.array_equal(ad.logsumexp(value), expected, equal_nan=True)


def derivatives(function: Callable[[Variable], Variable], at: float, count: int) -> list[float]:
    x = Variable(np.array(at))
    found = [function(x)]
    for _ in range(count):
        found += grad(found[-1], [x], create_graph=True)
    return [float(y) for y in found]


def test_sinc_has_every_derivative_at_0() -> None:
    # sin(x)/x is the sum of (-1)ᵏ x²ᵏ / (2k + 1)!.
    expected = [0.0 if n % 2 else (-1) ** (n // 2) / (n + 1) for n in range(25)]
    assert derivatives(ad.sinc, 0.0, 24) == pytest.approx(expected, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("at", [1e-12, 1e-3, 0.7, -2.0, 5.9, 6.1, 11.9, 12.1, -40.0])
def test_sinc_has_every_derivative_anywhere(at: float) -> None:
    exact = reference(ad.sinc_derivative)
    for n, value in enumerate(derivatives(ad.sinc, at, 13)):
        right, swing = exact(MP.mpf(at), n), at * exact(MP.mpf(at), n + 1)
        assert abs(value - right) <= 1e-15 * max(abs(right), abs(swing)), n


def test_derivatives_of_hypot_at_the_origin_are_0_and_its_angle_has_none() -> None:
    x, y = Variable(np.array(0.0)), Variable(np.array([0.0, 2.0]))
    (g,) = grad(ad.hypot(x, y), [y], create_graph=True)
    assert g.data.tolist() == [0.0, 1.0]
    assert grad(g, [y])[0].data.tolist() == [0.0, 0.0]
    assert np.isnan(grad(ad.atan2(x, 0.0), [x])[0].data)
