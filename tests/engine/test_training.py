"""What the engine is for: a network that learns, and Newton's method with exact Hessians."""

from __future__ import annotations

import numpy as np
import pytest

from autodiff_cli.engine import (
    Variable,
    getitem,
    grad,
    hessian,
    hvp,
    logsumexp,
    mean,
    no_grad,
    tanh,
)


def spiral(points: int, arms: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return points on interleaved spiral arms, and which arm each is on."""
    radius = np.linspace(0.1, 1.0, points)
    xs, labels = [], []
    for arm in range(arms):
        angle = arm * 2 * np.pi / arms + 4.0 * radius + rng.normal(0.0, 0.1, points)
        xs.append(np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1))
        labels.append(np.full(points, arm))
    return np.concatenate(xs), np.concatenate(labels)


def test_a_two_layer_network_learns_a_spiral() -> None:
    rng = np.random.default_rng(7)
    x, label = spiral(100, 3, rng)
    hidden = 40
    w1 = Variable(rng.normal(0.0, 1.0, (2, hidden)))
    b1 = Variable(np.zeros(hidden))
    w2 = Variable(rng.normal(0.0, hidden**-0.5, (hidden, 3)))
    b2 = Variable(np.zeros(3))
    weights = [w1, b1, w2, b2]
    velocity = [np.zeros(w.shape) for w in weights]
    rows = np.arange(len(x))

    def scores() -> Variable:
        return tanh(x @ w1 + b1) @ w2 + b2

    losses = []
    for _ in range(400):
        z = scores()
        loss = mean(logsumexp(z, axis=1) - z[rows, label])
        for w in weights:
            w.cleargrad()
        loss.backward()
        losses.append(float(loss))
        for w, v in zip(weights, velocity, strict=True):
            assert w.grad is not None
            v *= 0.9
            v -= 0.5 * w.grad.data
            w.data += v
    with no_grad():
        right = np.mean(np.argmax(scores().data, axis=1) == label)
    # Guessing has a loss of log(3) = 1.1 and is right one time in three.
    assert losses[0] > 0.8
    assert losses[-1] < 0.1
    assert right > 0.97


def rosenbrock(x: Variable) -> Variable:
    low, high = getitem(x, slice(None, -1)), getitem(x, slice(1, None))
    return (100.0 * (high - low**2) ** 2 + (1.0 - low) ** 2).sum()


@pytest.mark.parametrize("start", [[-1.2, 1.0], [0.0] * 10], ids=["2", "10"])
def test_newtons_method_finds_the_minimum_of_rosenbrocks_function(start: list[float]) -> None:
    x = Variable(np.array(start))
    for _ in range(100):
        y = rosenbrock(x)
        (gx,) = grad(y, [x])
        step = np.linalg.solve(hessian(y, x).data, -gx.data)
        # Far from the minimum the full step may lead uphill: it is halved until it does not.
        while float(rosenbrock(Variable(x.data + step))) > float(y) + 1e-12:
            step /= 2.0
        x.data += step
        if np.max(np.abs(gx.data)) < 1e-10:
            break
    np.testing.assert_allclose(x.data, np.ones(len(start)), rtol=1e-12)


def test_a_hessian_is_that_worked_out_by_hand() -> None:
    point = np.linspace(-1.2, 1.3, 6)
    x = Variable(point)
    n = x.size
    want = np.zeros((n, n))
    want[range(n - 1), range(n - 1)] = 1200 * point[:-1] ** 2 - 400 * point[1:] + 2
    want[range(1, n), range(1, n)] += 200
    want[range(n - 1), range(1, n)] = want[range(1, n), range(n - 1)] = -400 * point[:-1]
    np.testing.assert_allclose(hessian(rosenbrock(x), x).data, want, rtol=1e-13, atol=1e-12)
    v = np.cos(point)
    (product,) = hvp(rosenbrock(x), [x], [v])
    np.testing.assert_allclose(product.data, want @ v, rtol=1e-12)
