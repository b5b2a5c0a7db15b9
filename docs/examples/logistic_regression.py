"""Logistic regression by Newton's method: the Hessian comes from the same loss."""

import numpy as np

from autodiff_cli.engine import softplus
from autodiff_cli.engine.transforms import grad, hessian


def data(count: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return measurements, with a column of ones, and for each whether an event took place."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(count), rng.normal(size=(count, 2))])
    chance = 1.0 / (1.0 + np.exp(-(x @ np.array([0.5, 2.0, -1.0]))))
    return x, (rng.uniform(size=count) < chance).astype(float)


def loss(beta, x, y, ridge: float = 1e-3):
    """Return minus the logarithm of the likelihood, and a small penalty of large weights."""
    scores = x @ beta
    return np.sum(softplus(scores) - y * scores) + 0.5 * ridge * np.sum(beta**2)


def fit(x, y, most_steps: int = 20, tolerance: float = 1e-10):
    """Return the weights at the minimum, their standard errors, and the number of steps."""
    slope, curvature = grad(loss), hessian(loss)
    beta = np.zeros(x.shape[1])
    for step in range(1, most_steps + 1):
        change = np.linalg.solve(curvature(beta, x, y), slope(beta, x, y))
        beta = beta - change
        if np.abs(change).max() < tolerance:
            break
    errors = np.sqrt(np.diag(np.linalg.inv(curvature(beta, x, y))))
    return beta, errors, step


if __name__ == "__main__":
    beta, errors, steps = fit(*data())
    for name, weight, error in zip(("constant", "first", "second"), beta, errors, strict=True):
        print(f"{name:>8}  {weight:7.3f} ± {error:.3f}")
    print(f"after {steps} steps")
