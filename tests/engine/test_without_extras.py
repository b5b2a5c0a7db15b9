"""What works where packages are missing that are of use but not needed."""

from __future__ import annotations

import sys
from typing import Any

import mpmath
import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.commands import grad as grad_command
from autodiff_cli.errors import AdiffError, MissingExtraError
from autodiff_cli.problem import load


def test_a_missing_extra_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scipy", "flint"):
        monkeypatch.setitem(sys.modules, name, None)
    for error in (AdiffError, ImportError):
        with pytest.raises(error, match="need SciPy or python-flint") as caught:
            ad.digamma(ad.as_variable(2.0))
    assert isinstance(caught.value, MissingExtraError)
    assert "pip install" in caught.value.hint


EDGES = [0.0, -0.0, -1.0, -2.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("order", [0, 1, 2, 5])
def test_derivatives_of_gamma_need_no_extra(order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.array([1e-3, 0.5, 1.4616321449683622, 1.0, 30.25, 1e9, -0.5, -3.75, -1e6 + 0.5])
    usual = ad.polygamma(np.array(EDGES), order)
    monkeypatch.setitem(sys.modules, "scipy", None)
    found = ad.polygamma(points, order)
    with mpmath.workdps(50):
        for x, y in zip(points.tolist(), found.tolist(), strict=True):
            assert y == pytest.approx(float(mpmath.psi(order, mpmath.mpf(x))), rel=4e-15), x
    assert np.array_equal(usual, ad.polygamma(np.array(EDGES), order), equal_nan=True)
    assert np.array_equal(np.signbit(usual[:5]), np.signbit(ad.polygamma(EDGES[:5], order)))


@pytest.mark.parametrize(
    ("text", "x", "function", "order"),
    [
        ("gamma(x)", 2.5, mpmath.gamma, 1),
        ("gamma(x)", -1.5, mpmath.gamma, 4),
        ("lgamma(x)", 0.25, mpmath.loggamma, 3),
        ("digamma(x)", 1.5, mpmath.digamma, 2),
    ],
)
def test_proven_derivatives_of_gamma_need_no_extra(
    text: str, x: float, function: Any, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    problem = load(text, "EXPR", [f"x={x}"], exactly=True)
    answer = grad_command.run(problem, ["x"], order)
    with mpmath.workdps(50):
        right = float(mpmath.diff(function, mpmath.mpf(x), order))
    assert answer.fields["proven"]
    assert float(answer.fields["derivatives"]["x"]) == right
