"""A network that obeys a law: u' = -2 x u with u(0) = 1, whose solution is exp(-x**2)."""

import numpy as np

from autodiff_cli.engine.transforms import elementwise_grad, jacobian

PLACES = np.linspace(-1.5, 1.5, 31)
UNITS = 10


def u(params, x):
    """Return the network at some places; at 0 it is 1, whatever the parameters are."""
    inner, shift, outer = params[:UNITS], params[UNITS : 2 * UNITS], params[2 * UNITS :]
    hidden = np.tanh(x[:, None] * inner + shift)
    return 1.0 + x * (hidden @ outer)


def residuals(params):
    """Return by how much the network breaks the law at each place."""
    slope = elementwise_grad(u, 1)(params, PLACES)
    return slope + 2.0 * PLACES * u(params, PLACES)


def fit(steps: int = 40, seed: int = 0):
    """Return the parameters by the method of Levenberg and Marquardt."""
    rng = np.random.default_rng(seed)
    params = rng.normal(size=3 * UNITS)
    slopes, damping = jacobian(residuals), 1.0
    r = residuals(params)
    for _ in range(steps):
        j = slopes(params)
        while damping < 1e12:
            system = j.T @ j + damping * np.eye(len(params))
            tried = params - np.linalg.solve(system, j.T @ r)
            r_tried = residuals(tried)
            if r_tried @ r_tried < r @ r:
                params, r, damping = tried, r_tried, damping / 5.0
                break
            damping *= 4.0
    return params, r @ r / len(r)


if __name__ == "__main__":
    params, loss = fit()
    error = np.abs(u(params, PLACES) - np.exp(-(PLACES**2))).max()
    print(f"loss {loss:.1e}, largest error of the solution {error:.1e}")
