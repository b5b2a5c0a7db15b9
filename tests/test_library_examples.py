"""The programs of docs/examples run, and reach what closed forms and other libraries say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
PROGRAMS = sorted(file.stem for file in FOLDER.glob("*.py"))


def program(name: str) -> Any:
    """Return a program as a module."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_short(name: str) -> None:
    assert len((FOLDER / f"{name}.py").read_text("utf-8").splitlines()) < 60


def test_the_spiral_is_learned() -> None:
    spiral = program("spiral_classifier")
    params, loss = spiral.train(steps=150)
    x, arm = spiral.spirals()
    assert loss < 0.1
    assert np.mean(spiral.logits(params, x).argmax(axis=1) == arm) > 0.97
    # Points that it has not seen.
    x, arm = spiral.spirals(seed=7)
    assert np.mean(spiral.logits(params, x).argmax(axis=1) == arm) > 0.9


def test_the_regression_is_at_its_minimum() -> None:
    logistic = program("logistic_regression")
    x, y = logistic.data()
    beta, errors, steps = logistic.fit(x, y)
    p = 1.0 / (1.0 + np.exp(-(x @ beta)))
    np.testing.assert_allclose(x.T @ (p - y) + 1e-3 * beta, 0.0, atol=1e-9)
    information = x.T @ (x * (p * (1.0 - p))[:, None]) + 1e-3 * np.eye(3)
    np.testing.assert_allclose(errors, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-9)
    assert steps < 10


def test_the_process_has_the_density_of_a_normal_distribution() -> None:
    process = program("gaussian_process")
    x, y = process.data()
    start = np.array([0.0, 0.0, -1.0])
    want = -stats.multivariate_normal(np.zeros(len(x)), process.covariance(start, x)).logpdf(y)
    assert process.loss(start, x, y) == pytest.approx(want, rel=1e-12)
    params, loss = process.fit(x, y)
    assert loss < want - 10.0
    at = np.linspace(0.5, 5.5, 20)
    np.testing.assert_allclose(process.predict(params, x, y, at), np.sin(at), atol=0.2)


def test_the_filter_has_the_density_of_a_normal_distribution() -> None:
    kalman = program("kalman_filter")
    measured = kalman.data(60)
    params = kalman.fit(measured)
    drift, noise = np.exp(2.0 * params)
    steps = np.arange(1.0, len(measured))
    covariance = noise + drift * np.minimum(steps[:, None], steps) + noise * np.eye(len(steps))

    def density(scale: Any) -> Any:
        mean = np.full(len(steps), measured[0])
        return stats.multivariate_normal(mean, scale * covariance).logpdf(measured[1:])

    assert kalman.loss(params, measured) == pytest.approx(-density(1.0), rel=1e-10)
    # It is most likely, in particular with regard to the scale of both variances.
    assert density(1.0) > max(density(0.99), density(1.01))


def test_the_law_is_obeyed() -> None:
    informed = program("physics_informed")
    params, _ = informed.fit(steps=25)
    x = np.linspace(-1.5, 1.5, 100)
    np.testing.assert_allclose(informed.u(params, x), np.exp(-(x**2)), atol=1e-3)
