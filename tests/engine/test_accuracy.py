"""How exact elementwise operations and their derivatives are, against mpmath at 50 digits.

An error is measured in relation to the derivative, or to how much that swings with an argument,
whichever is larger: so no tolerance has to make allowance for ill-conditioned points.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import product
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pytest

from autodiff_cli.derive.taylor import coefficients
from autodiff_cli.engine import Operation, Variable, grad, registry
from autodiff_cli.engine.forward import derivative as along
from engine.outside import (
    ACCURACY,
    ELEMENTWISE,
    MP,
    Samples,
    derivative,
    domain,
    extreme_samples,
    ordinary_samples,
    reference,
)

BOUND = 1e-14
"""Some 45 roundings: found are fewer than 10, but other libraries of functions round otherwise."""

EPSILON = {dtype: float(np.finfo(dtype).eps) for dtype in (np.float64, np.float32)}

LARGEST = 1e300
"""Beyond this floats overflow."""

FORMS = ["scalars", "vectors", "broadcast", "scalar with vector"]

Sequence = tuple[int, ...]


class Error(NamedTuple):
    """How far a derivative is off, as is measured here and in relation to itself (nan if 0)."""

    order: int
    measured: float
    relative: float


class Run(NamedTuple):
    """Arguments for one application, and which point of the samples each element is at."""

    arguments: list[np.ndarray]
    points: np.ndarray


def runs(samples: Samples, form: str) -> Iterator[Run]:
    """Yield what to apply an operation to, so that the form takes in every point."""
    columns = np.array(samples.points).T
    index = np.arange(len(samples.points))
    grid = index.reshape(samples.shape)
    if form == "scalars":
        for i in index:
            yield Run([np.array(x) for x in columns[:, i]], i)
    elif form == "vectors":
        yield Run(list(columns), index)
    elif form == "broadcast":
        if len(samples.axes) == 1:
            (axis,) = samples.axes
            yield Run([axis.reshape(3, 4)], index.reshape(3, 4))
        else:
            yield Run(list(np.ix_(*samples.axes)), grid)
    elif len(samples.axes) == 2:
        (first, second), by_first, by_second = samples.axes, grid, grid.T
        yield from (Run([np.array(x), second], i) for x, i in zip(first, by_first, strict=True))
        yield from (Run([first, np.array(y)], i) for y, i in zip(second, by_second, strict=True))


def summed_to(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum objects over the axes along which an argument of a shape was repeated."""
    array = np.asarray(array, object)
    axes = tuple(
        i
        for i in range(array.ndim)
        if i < array.ndim - len(shape) or shape[i - array.ndim] < array.shape[i]
    )
    summed = array.sum(axis=axes, keepdims=True) if axes else array
    return np.asarray(summed, object).reshape(shape)


def derivatives(y: Variable, xs: list[Variable], highest: int) -> dict[Sequence, Variable]:
    """Return every derivative by the sequence of arguments that lead to it."""
    found = {(): y}
    for order in range(highest):
        for sequence in product(range(len(xs)), repeat=order):
            for i, g in enumerate(grad(found[sequence], xs, create_graph=True)):
                found[*sequence, i] = g
    return found


def errors_of(
    samples: Samples, run: Run, highest: int, dtype: Any, smallest: float
) -> Iterator[Error]:
    """Yield the error of every derivative at every point.

    Beside ``smallest`` anything smaller is zero.
    """
    xs = [Variable(x.astype(dtype)) for x in run.arguments]
    for sequence, found in derivatives(samples.op(*xs, **samples.params), xs, highest).items():
        orders = tuple(sequence.count(i) for i in range(len(xs)))
        # Derivatives of a sum over the elements: where an argument was repeated, they add up.
        shape = found.shape if not sequence else xs[sequence[-1]].shape
        exact = summed_to(samples.exact(orders)[run.points], shape)
        scale = summed_to(samples.scale(orders)[run.points], shape)
        assert found.shape == shape
        assert found.dtype == dtype
        for value, right, unit in zip(found.data.flat, exact.flat, scale.flat, strict=True):
            if abs(right) < LARGEST:
                error = abs(MP.mpf(float(value)) - right)
                relative = error / abs(right) if abs(right) > smallest else np.nan
                yield Error(len(sequence), float(error / max(unit, smallest)), float(relative))


@cache
def errors(op: Operation, form: str, dtype: Any = np.float64) -> list[Error]:
    """Return the errors to the fourth order at ordinary points."""
    samples = ordinary_samples(op)
    # What mpmath's differences leave of a derivative that is zero is of 1e-50.
    return [
        error
        for run in runs(samples, form)
        for error in errors_of(samples, run, 4, dtype, smallest=1e-30)
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_values_and_derivatives_to_the_fourth_order(op: Operation, form: str) -> None:
    found = errors(op, form)
    assert found or op.arity != 2
    assert [error for error in found if not error.measured <= BOUND] == []


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_in_single_precision(op: Operation) -> None:
    bound = BOUND * EPSILON[np.float32] / EPSILON[np.float64]
    for form in ("scalars", "vectors"):
        found = errors(op, form, np.float32)
        assert found
        assert [error for error in found if not error.measured <= bound] == []


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_far_out_and_close_to_the_ends_of_the_domain(op: Operation) -> None:
    samples = extreme_samples(op)
    for run in runs(samples, "scalars"):
        # Below 1e-290 floats run out of exponents, and so of digits.
        for error in errors_of(samples, run, 1, np.float64, smallest=1e-290):
            assert error.measured <= BOUND, [float(x) for x in run.arguments]


TREACHEROUS = """
    asin acos atan asec acsc acot asinh acosh atanh asech acsch acoth sinc tanh sech_squared
    sigmoid softplus log1p expm1 one_minus_square hypot atan2 direction logaddexp
""".split()
"""What is easily differentiated in a way that loses digits, over- or underflows."""

EVERYWHERE = [1e-150, 1e-20, 1e-9, 1e-4, 0.3, 1 - 1e-9, 1 + 1e-9, 2.5, 40.0, 1e9, 1e20, 1e150]


@pytest.mark.parametrize("name", TREACHEROUS)
def test_at_arguments_of_every_size_to_the_fourth_order(name: str) -> None:
    op = registry[name]
    # Exponentials of such numbers are beyond any floats, and mpmath.
    steep = name in "tanh sech_squared sigmoid softplus expm1 logaddexp".split()
    numbers = [x for x in EVERYWHERE if x < 1e9] if steep else EVERYWHERE
    numbers = [*numbers, *(-x for x in numbers)][:: op.arity]
    axes = [[x for x in numbers if low < x < high] for low, high in domain(op)]
    for point in product(*axes):
        exact = cache(partial(derivative, reference(op), point))
        xs = [Variable(np.array(x)) for x in point]
        for sequence, found in derivatives(op(*xs), xs, 5 - op.arity).items():
            orders = tuple(sequence.count(i) for i in range(op.arity))
            right = exact(orders)
            if not 1e-250 < abs(right) < LARGEST:
                continue
            error = abs(MP.mpf(float(found.data)) - right)
            if not error <= BOUND * abs(right):
                further = ((*orders[:i], n + 1, *orders[i + 1 :]) for i, n in enumerate(orders))
                swings = [exact(o) for o in further]
                condition = max(abs(s * x) for s, x in zip(swings, point, strict=True))
                assert error <= BOUND * condition, (point, orders)


def test_on_the_whole_errors_are_of_one_rounding(pytestconfig: pytest.Config) -> None:
    found = [e for op in ELEMENTWISE for form in ("scalars", "vectors") for e in errors(op, form)]
    lines = pytestconfig.stash[ACCURACY] = []
    for order in range(5):
        nonzero = [e for e in found if e.order == order and not np.isnan(e.relative)]
        measured, relative = (sorted(e[i] for e in nonzero) for i in (1, 2))
        lines.append(
            f"order {order}: median {median(relative):.1e}, largest {relative[-1]:.1e}; "
            f"with regard to condition {median(measured):.1e}, {measured[-1]:.1e}"
        )
        assert len(nonzero) > 500
        assert median(relative) <= EPSILON[np.float64]


@pytest.mark.parametrize("n", range(2, 9))
@pytest.mark.parametrize("name", ["atan", "acot"])
def test_derivatives_of_the_arc_tangent_have_all_digits_beside_their_zeros(
    name: str, n: int
) -> None:
    op = registry[name]
    zeros = [float(MP.cot(k * MP.pi / n)) for k in range(1, n) if 2 * k != n]
    for x in [zero * (1.0 + d) for zero in zeros for d in (0.0, 1e-2, -1e-3, 1e-5, -1e-9)]:
        if not domain(op)[0].low < x:
            continue
        right = derivative(reference(op), (x,), (n,)) if x not in (1.0, -1.0) or n % 4 else 0.0
        v = Variable(np.array(x))
        graph = float(along(op(v), [v] * n))
        series = coefficients(op(v), {v: 1.0}, n)[n] * float(MP.factorial(n))
        array = registry["atan_derivative"](np.array([x]), n=n)[0] * (1 if name == "atan" else -1)
        for found in (graph, series, array):
            assert abs(found - right) <= 2e-15 * abs(right), (x, found)


ZEROS = [
    ("tanh", 3, -0.66), ("tanh", 4, -1.15), ("sech", 3, -1.54), ("sech", 4, -0.51),
    ("asinh", 3, -0.71), ("asinh", 4, -1.23), ("asech", 4, 0.63), ("erf", 3, -0.71),
    ("erf", 4, -1.22), ("sigmoid", 3, -1.32), ("sigmoid", 4, -2.29), ("softplus", 4, -1.32),
    ("gelu", 3, -2.0), ("gelu", 4, -2.52), ("sinc", 3, -3.87),
    ("sinc", 4, -1.88),
]  # fmt: skip


@pytest.mark.parametrize(("name", "n", "near"), ZEROS)
def test_beside_its_zeros_a_derivative_is_as_if_its_argument_had_been_rounded(
    name: str, n: int, near: float
) -> None:
    """The terms of such a derivative cancel, with an error of 2 units in the last place of x."""
    f = reference(registry[name])
    with MP.workdps(20):
        zero = float(MP.findroot(lambda x: derivative(f, (x,), (n,)), near))
        for x in (zero * (1 + 1e-3), zero * (1 - 1e-9)):
            v = Variable(np.array(x))
            error = abs(
                MP.mpf(float(along(registry[name](v), [v] * n))) - derivative(f, (x,), (n,))
            )
            swing = abs(derivative(f, (x,), (n + 1,)) * x)
            assert error <= 2.0 * EPSILON[np.float64] * swing


@pytest.mark.parametrize("x", [x + dx for x in (1.0, 2.0) for dx in (1e-15, -1e-9, 1e-4, -0.2)])
def test_the_logarithm_of_gamma_beside_its_zeros(x: float) -> None:
    for found in (registry["lgamma"](x), registry["lgamma"](np.array([x]))[0]):
        assert found == pytest.approx(float(MP.loggamma(x)), rel=1e-15, abs=0.0)


@pytest.mark.parametrize("n", range(8))
def test_polygamma_of_negative_arguments(n: int) -> None:
    halves = [-k - 0.5 for k in range(20)]
    beside_poles = [-k + d for k in range(5) for d in (-1e-6, -0.01, 0.03)]
    others = np.random.default_rng(n).uniform(-30.0, 0.0, 20).tolist()
    for x in [*halves, *(x for x in beside_poles if x < 0), *others]:
        right, swing = MP.psi(n, x), MP.psi(n + 1, x) * x
        error = abs(MP.mpf(float(registry["polygamma"](x, n=n))) - right)
        assert error <= BOUND * max(abs(right), abs(swing)), x
