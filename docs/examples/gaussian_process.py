"""A Gaussian process: its length, height and noise are those that make the data most likely."""

import numpy as np

from autodiff_cli.engine import cholesky, solve_triangular
from autodiff_cli.engine.transforms import value_and_grad


def data(count: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return places, and noisy values of a sine there."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0.0, 6.0, count))
    return x, np.sin(x) + 0.1 * rng.normal(size=count)


def kernel(log_params, a, b):
    """Return the covariances of the values at two sets of places."""
    length, height = np.exp(log_params[0]), np.exp(log_params[1])
    return height**2 * np.exp(-0.5 * ((a[:, None] - b[None, :]) / length) ** 2)


def covariance(log_params, x):
    """Return the covariance matrix of the noisy data."""
    noise = np.exp(log_params[2])
    return kernel(log_params, x, x) + noise**2 * np.eye(len(x))


def loss(log_params, x, y):
    """Return minus the logarithm of the density of the data (Rasmussen and Williams, 2.30)."""
    factor = cholesky(covariance(log_params, x))
    z = solve_triangular(factor, y, lower=True)
    return 0.5 * z @ z + np.sum(np.log(np.diag(factor))) + 0.5 * len(x) * np.log(2 * np.pi)


def fit(x, y, steps: int = 200, rate: float = 0.02):
    """Return the logarithms of length, height and noise by gradient descent with momentum."""
    both, params, speed = value_and_grad(loss), np.array([0.0, 0.0, -1.0]), np.zeros(3)
    for _ in range(steps):
        value, slope = both(params, x, y)
        speed = 0.8 * speed - rate * slope / max(1.0, np.abs(slope).max() / 5.0)
        params = params + speed
    return params, value


def predict(params, x, y, at):
    """Return the expected values at other places."""
    return kernel(params, at, x) @ np.linalg.solve(covariance(params, x), y)


if __name__ == "__main__":
    x, y = data()
    params, value = fit(x, y)
    print("length {:.2f}, height {:.2f}, noise {:.3f}".format(*np.exp(params)))
    print(f"minus log density {value:.2f}; at 1.5: {predict(params, x, y, np.array([1.5]))[0]:.3f}")
