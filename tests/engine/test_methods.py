"""Methods of a Variable that are composed of operations: values and slopes as of NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, grad, hessian

RNG = np.random.default_rng(3)
ARRAYS = [
    RNG.normal(size=(2, 3)),
    RNG.normal(size=(3, 1, 2)).astype(np.float32),
    RNG.normal(size=4),
    np.array(2.5),
    np.array([[1, 0], [0, 0]]),
    np.array([True, False]),
]
AXES = [None, 0, -1, (0, -1)]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_reductions_are_those_of_numpy(array: Any, axis: Any, keepdims: bool) -> None:
    if axis is not None and (array.ndim < 1 or (axis == (0, -1) and array.ndim < 2)):
        axis = None
    single = array.dtype == np.float32
    for name in ("all", "any", "var", "std"):
        found = getattr(Variable(array), name)(axis=axis, keepdims=keepdims)
        want = getattr(array, name)(axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(found.data, want, rtol=1e-6 if single else 1e-15, atol=1e-16)
        assert (found.shape, found.dtype == np.float32) == (np.shape(want), single)


def test_slopes_of_spread() -> None:
    values, weights = RNG.normal(size=(3, 4)), RNG.normal(size=3)
    for ddof in (0, 1):
        x = Variable(values)
        deviations = values - values.mean(1, keepdims=True)
        slope = weights[:, None] * 2 * deviations / (4 - ddof)
        np.testing.assert_allclose(grad((weights * x.var(1, ddof=ddof)).sum(), x).data, slope)
        spread = values.std(1, ddof=ddof)[:, None]
        found = grad((weights * x.std(1, ddof=ddof)).sum(), x).data
        np.testing.assert_allclose(found, slope / (2 * spread), rtol=1e-13)
    # The variance is a quadratic form: I/n - 1/n² twice.
    want = 2 * (np.eye(4) / 4 - np.full((4, 4), 1 / 16))
    v = Variable(values[0])
    np.testing.assert_allclose(hessian(v.var(), v).data, want, atol=1e-15)
    equal = Variable(np.full(3, 7.0))
    assert grad(equal.std(), equal).data.tolist() == [0.0, 0.0, 0.0]


def test_empty_and_degenerate() -> None:
    empty, one = Variable(np.zeros((0, 2))), Variable(np.array([3.0]))
    assert (empty.all().item(), empty.any().item()) == (1.0, 0.0)
    assert empty.all(axis=0).data.tolist() == [1.0, 1.0]
    assert np.isnan(empty.var().item())
    assert np.isnan(empty.std().item())
    assert np.isnan(one.var(ddof=1).item())


@pytest.mark.parametrize("low", [None, 0.0, [-0.5, 0.0, 0.5]])
@pytest.mark.parametrize("high", [None, 1.0, [0.5, 1.0, 2.0]])
def test_clip_takes_either_bound(low: Any, high: Any) -> None:
    values = np.array([[-2.0, 0.25, 3.0], [0.1, -0.1, 0.7]])
    x = Variable(values)
    bounds = (-np.inf if low is None else low, np.inf if high is None else high)
    want = np.clip(values, *bounds)
    assert np.array_equal(x.clip(low, high).data, want)
    assert np.array_equal(x.clip(max=high, min=low).data, want)
    assert np.array_equal(grad(x.clip(low, high).sum(), x).data, (want == values) * 1.0)


def test_masks_are_combined() -> None:
    x = Variable(np.array([1.0, -1.0, 2.0]))
    assert bool((x > -2.0).all())
    assert not bool((x > 0.0).all())
    assert bool((x > 1.5).any())
    assert ad.grad((x * (x > 0.0).any()).sum(), x).data.tolist() == [1.0, 1.0, 1.0]
