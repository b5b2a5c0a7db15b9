"""Elements that are not selected leave no trace in any derivative, in random programs.

Some elements of the input meet poles and infinite slopes; the result is made of what does not
depend on them.  So every derivative is that of the same program where they are ordinary numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.derive.taylor import coefficients
from autodiff_cli.engine import Variable, grad
from autodiff_cli.engine.derivatives import hessian, jacobian, jvp

Program = Callable[[Variable], Variable]
Step = Callable[[Variable, Variable], Variable]

SINGULAR: list[Step] = [
    lambda u, z: ad.log(z),
    lambda u, z: ad.sqrt(z),
    lambda u, z: 1.0 / z,
    lambda u, z: z**1.5,
    lambda u, z: z**-0.5,
    lambda u, z: ad.cbrt(z),
    lambda u, z: z ** ad.sin(z),
    lambda u, z: ad.sqrt(z) * ad.log(z),
    lambda u, z: ad.stack([ad.sqrt(z), z])[0],
]


def axis_of(rng: Any, u: Variable) -> int:
    return int(rng.integers(-u.ndim, u.ndim))


def step(rng: Any, u: Variable) -> Step:
    """Return a step that a tensor of a shape may take next."""
    axis, other = axis_of(rng, u), rng.uniform(0.5, 1.5, (u.shape[-1], 2))
    order = tuple(rng.permutation(u.ndim).tolist())
    choice = rng.random(u.shape) < 0.6
    picked = rng.integers(0, u.shape[0], 3).tolist()
    flat = rng.permutation(u.size).tolist()
    steps: list[Step] = [
        lambda u, z: ad.sin(u),
        lambda u, z: ad.exp(0.1 * u),
        lambda u, z: u * u,
        lambda u, z: u * 0.5 + 1.0 / (2.0 + u * u),
        lambda u, z: ad.where(u > 0.8, u, 2.0 * u),
        lambda u, z: ad.maximum(u, 0.9),
        lambda u, z: u.reshape(-1),
        lambda u, z: u.reshape(-1, u.shape[0]),
        lambda u, z: u.transpose(order),
        lambda u, z: u[::-1],
        lambda u, z: u[..., ::2],
        lambda u, z: u[-1:] if u.ndim < 3 else u[-2:, -1],
        lambda u, z: ad.where(choice, u, 1.1),
        lambda u, z: ad.where(choice, u, ad.cos(u)),
        lambda u, z: ad.relu(u - 0.7) + ad.clip(u, 0.2, 1.1),
        lambda u, z: ad.where(choice, u, 0.5) @ other,
        lambda u, z: ad.hypot(u, u[::-1]),
        lambda u, z: u[..., picked] if u.shape[-1] == u.shape[0] else u[picked],
        lambda u, z: u.reshape(-1)[flat],
        lambda u, z: ad.stack([u, ad.cos(u)], axis=axis),
        lambda u, z: ad.concatenate([u, u * u], axis=axis),
        lambda u, z: ad.broadcast_to(u, (2, *u.shape)) if u.ndim < 3 else u,
        lambda u, z: u @ other,
        lambda u, z: u @ ad.sin(u.T) if u.ndim == 2 else u,
        lambda u, z: u @ u[..., :1].reshape(-1) if u.ndim == 2 and u.shape[0] == u.shape[1] else u,
        lambda u, z: u[..., None, :] * ad.sin(u)[..., :, None] if u.ndim < 3 else u,
        # The sum of softmax alone is 1, whatever the elements are.
        lambda u, z: u * ad.softmax(u, axis=axis),
    ]  # fmt: skip
    steps += [lambda u, z: ad.sum(ad.where(choice, u, 0.4), axis=axis, keepdims=True) * u]
    reductions = (ad.sum, ad.mean, ad.max, ad.min, ad.norm, ad.prod, ad.logsumexp)
    if u.ndim > 1:
        steps += [lambda u, z, f=f: f(u, axis=axis) for f in reductions]
        steps += [lambda u, z, f=f: f(ad.where(choice, u, 0.6), axis=axis) for f in reductions]
        steps += [lambda u, z: u[0], lambda u, z: u[-1]]
    if u.ndim > 2 and u.shape[-1] == u.shape[-2]:
        eye = 3.0 * np.eye(u.shape[-1])
        steps += [lambda u, z: ad.det(u), lambda u, z: ad.trace(u), lambda u, z: ad.inv(u + eye)]
        steps += [lambda u, z: ad.solve(u + eye, u), lambda u, z: ad.solve(u + eye, eye[0])]
    return steps[int(rng.integers(len(steps)))]


def program(rng: Any, data: np.ndarray, bad: np.ndarray) -> Program | None:
    """Return a random program the result of which does not depend on bad elements, if there is."""
    steps = [SINGULAR[int(rng.integers(len(SINGULAR)))]]
    ordinary = [np.where(bad, rng.uniform(0.5, 1.5, data.shape), data) for _ in range(3)]
    inputs = [np.where(bad, 0.0, data), np.where(bad, 0.7, data), *ordinary]

    def run(z: Variable) -> Variable:
        u = z
        for s in steps:
            u = s(u, z)
        return u

    for _ in range(int(rng.integers(1, 6))):
        with np.errstate(all="ignore"):
            u = run(Variable(inputs[1]))
            if u.ndim == 0 or not 0 < u.size < 200:
                return None
            following = step(rng, u)
            try:
                following(u, Variable(inputs[1]))
            except (ValueError, IndexError):
                continue
            steps.append(following)
    values = [np.ravel(run(Variable(x)).data) for x in inputs]
    good = [
        i for i, (a, *others) in enumerate(zip(*values, strict=True))
        if set(others) == {a} and abs(a) < 1e3
    ]  # fmt: skip
    if not good:
        return None
    chosen = rng.permutation(good)[: int(rng.integers(1, 4))].tolist()
    return lambda z: ad.sum(ad.sin(ad.reshape(run(z), shape=(-1,))[chosen]))


def derivatives(y: Program, data: np.ndarray, v: np.ndarray) -> dict[str, Any]:
    """Return derivatives of three orders, in every mode and mixture of modes."""
    found: dict[str, Any] = {}
    z = Variable(data)
    found["reverse"] = grad(y(z), [z])[0].data
    (g,) = grad(y(z), [z], create_graph=True)
    found["graph"] = g.data
    found["forward"] = jvp(y(z), [z], [v]).data
    (h,) = grad(ad.sum(g * v), [z], create_graph=True)
    found["reverse over reverse"] = h.data
    found["forward over reverse"] = jvp(g, [z], [v]).data
    t = jvp(y(z), [z], [v], create_graph=True)
    found["reverse over forward"] = grad(t, [z])[0].data
    found["jacobian"] = jacobian(y(z), z).data
    found["hessian"] = hessian(y(z), z).data
    found["third"] = grad(ad.sum(h * v), [z])[0].data
    found["Taylor"] = coefficients(y(z), {z: v}, 4)
    return found


@pytest.mark.parametrize("seed", range(400))
def test_what_is_not_selected_leaves_no_trace(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = ((4,), (2, 3), (3, 3), (2, 2, 2))[seed % 4]
    data, v = rng.uniform(0.6, 1.4, shape), rng.uniform(0.5, 1.0, shape)
    bad = np.zeros(shape, bool)
    bad[tuple(int(rng.integers(n)) for n in shape)] = True
    if seed % 3 == 0:
        bad[0] = True
    y = None
    while y is None:
        y = program(rng, data, bad)
    with np.errstate(all="ignore"):
        ours = derivatives(y, np.where(bad, 0.0, data), v)
    theirs = derivatives(y, np.where(bad, 0.7, data), v)
    for mode, right in theirs.items():
        size = max(1.0, float(np.max(np.abs(right))))
        assert ours[mode] == pytest.approx(right, rel=1e-10, abs=1e-10 * size), mode


@pytest.mark.parametrize("mask", range(1, 16))
def test_elements_of_a_product_that_are_not_selected_leave_no_trace_at_order_2(mask: int) -> None:
    selected = [(i, j) for i in range(2) for j in range(2) if mask >> (2 * i + j) & 1]
    for zero in np.ndindex(2, 2):
        values = np.array([[1.0, 4.0], [9.0, 16.0]])
        values[zero] = 0.0
        for left in (True, False):
            x, b = Variable(values), Variable(np.array([[2.0, 3.0], [5.0, 7.0]]))
            y = ad.sqrt(x) @ b if left else (b @ ad.sqrt(x)).T
            total = ad.sum(ad.stack([y[place] for place in selected]))
            slopes = ad.grad(total, b, create_graph=True)
            for k, j in np.ndindex(2, 2):
                # The slope by b[k, j] is the sum of the roots of x[i, k] over the selected (i, j);
                # with the factors the other way round all are transposed.
                at = (k, j) if left else (j, k)
                want = np.zeros((2, 2))
                for i in (i for i in range(2) if (i, j) in selected):
                    place = (i, k) if left else (k, i)
                    root = np.sqrt(values[place])
                    want[place] = 0.5 / root if root else np.inf
                found = ad.grad(slopes[at], x).data
                assert found.tolist() == want.tolist(), (zero, left, at)
