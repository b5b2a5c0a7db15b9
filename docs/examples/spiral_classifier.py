"""A network with one hidden layer learns which of three spiral arms a point is on."""

import numpy as np

from autodiff_cli.engine import log_softmax
from autodiff_cli.engine.transforms import value_and_grad


def spirals(points: int = 100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return points of the plane, and the number of the arm that each is on."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(np.arange(3), points)
    radius = np.tile(np.linspace(0.05, 1.0, points), 3)
    angle = 4.0 * radius + 4.0 * arm + rng.normal(size=3 * points) * 0.15
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), arm


def logits(params, x):
    """Return a number for each point and arm; the largest one says the arm."""
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    return hidden @ params["w2"] + params["b2"]


def loss(params, x, arm):
    """Return the cross entropy, the mean of minus the logarithm of the right probability."""
    return -np.mean(log_softmax(logits(params, x))[np.arange(len(arm)), arm])


def train(steps: int = 600, rate: float = 0.03, seed: int = 1):
    """Return parameters after some steps of Adam (Kingma and Ba, 2015), and the last loss."""
    x, arm = spirals()
    rng = np.random.default_rng(seed)
    params = {
        "w1": rng.normal(size=(2, 32)),
        "b1": np.zeros(32),
        "w2": rng.normal(size=(32, 3)) * 0.2,
        "b2": np.zeros(3),
    }
    first = {name: np.zeros_like(p) for name, p in params.items()}
    second = {name: np.zeros_like(p) for name, p in params.items()}
    both = value_and_grad(loss)
    for step in range(1, steps + 1):
        value, slopes = both(params, x, arm)
        for name, g in slopes.items():
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * g**2
            size = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
            params[name] = params[name] - rate * first[name] / (1 - 0.9**step) / size
    return params, value


if __name__ == "__main__":
    params, value = train()
    x, arm = spirals()
    print(f"loss {value:.3f}, right {np.mean(logits(params, x).argmax(axis=1) == arm):.1%}")
