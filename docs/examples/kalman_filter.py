"""A Kalman filter: the variances of a random walk and of its measurement, by likelihood."""

import numpy as np

from autodiff_cli.engine.transforms import grad, hessian


def data(count: int = 200, drift: float = 0.3, noise: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return measurements of a random walk."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(drift * rng.normal(size=count))
    return walk + noise * rng.normal(size=count)


def filtered(log_params, measured):
    """Return the estimated states, and minus the logarithm of the density of the measurements."""
    drift, noise = np.exp(2.0 * log_params[0]), np.exp(2.0 * log_params[1])
    state, variance, loss, states = measured[0], noise, 0.0, []
    for value in measured[1:]:
        variance = variance + drift
        spread = variance + noise
        surprise = value - state
        loss = loss + 0.5 * (np.log(2.0 * np.pi * spread) + surprise**2 / spread)
        gain = variance / spread
        state = state + gain * surprise
        variance = (1.0 - gain) * variance
        states.append(state)
    return states, loss


def loss(log_params, measured):
    """Return minus the logarithm of the density of the measurements."""
    return filtered(log_params, measured)[1]


def fit(measured, steps: int = 20):
    """Return the logarithms of the standard deviations, by damped steps of Newton's method."""
    slope, curvature = grad(loss), hessian(loss)
    params = np.array([0.0, 0.0])
    for _ in range(steps):
        w, v = np.linalg.eigh(curvature(params, measured))
        g = slope(params, measured)
        # A direction that curves the wrong way is taken as if it curved the right way.
        step = v @ ((v.T @ g) / np.maximum(np.abs(w), 1.0))
        params = params - step / max(1.0, np.abs(step).max() / 0.5)
        if np.abs(step).max() < 1e-9:
            break
    return params


if __name__ == "__main__":
    measured = data()
    drift, noise = np.exp(fit(measured))
    print(f"drift {drift:.2f}, noise {noise:.2f}")
