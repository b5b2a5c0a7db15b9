"""Where the tests of operations get their cases and expected values: declarations and mpmath.

Nothing about a particular operation is written here.  What to call an operation on follows from
the example, domain and kinks of its declaration; what must come out, from mpmath at 50 digits.
"""

from __future__ import annotations

import ast
import math
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import permutations, product
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest

from autodiff_cli.engine import Operation, Variable, as_array, operations, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.metadata import Interval

MP = mpmath.MPContext()
MP.dps = 50

ACCURACY = pytest.StashKey[list[str]]()
"""Where `test_accuracy` leaves what it found, to be shown at the end of a run."""

ELEMENTWISE = [op for op in registry.values() if isinstance(op, Elementwise)]
OTHERS = [op for op in registry.values() if not isinstance(op, Elementwise)]

Orders = tuple[int, ...]


def apply(op: Operation, tensors: Sequence[Any], params: dict[str, Any]) -> Any:
    """Call an operation in the way its kind is called."""
    return op(list(tensors), **params) if op.variadic else op(*tensors, **params)


# --- examples ------------------------------------------------------------------------------------


def _operator(node: ast.expr) -> type | None:
    """Return the kind of an operator with two operands."""
    if isinstance(node, ast.BinOp | ast.BoolOp):
        return type(node.op)
    return type(node.ops[0]) if isinstance(node, ast.Compare) else None


OPERATORS = {
    _operator(ast.parse(f"1 {op.metadata.symbol} 2", mode="eval").body): op
    for op in registry.values()
    if op.metadata.symbol
}


class Example(NamedTuple):
    """An example of a declaration: the call, and the text of the value beside it."""

    call: ast.expr
    source: str
    value: str


def example(op: Operation) -> Example:
    """Parse the example of an operation."""
    source, value = op.metadata.example.rsplit(" = ", 1)
    return Example(ast.parse(source, mode="eval").body, source, value)


def called(node: ast.expr) -> Operation | None:
    """Return the operation that a call or an operator stands for."""
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return operations()[node.func.id]
    return OPERATORS.get(_operator(node))


def parts(node: ast.expr) -> tuple[list[ast.expr], dict[str, Any]]:
    """Return the tensors of a call and its static parameters."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right], {}
    if isinstance(node, ast.BoolOp):
        return node.values, {}
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators], {}
    if isinstance(node, ast.List):
        return node.elts, {}
    assert isinstance(node, ast.Call), f"not a call, an operator or a list: {ast.dump(node)}"
    op = called(node)
    assert op is not None
    named = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
    if op.variadic:
        return node.args, named
    args = node.args
    if op.metadata.leading:
        args = args[-op.arity :] + args[: -op.arity]
    tensors, statics = args[: op.arity], args[op.arity :]
    return tensors, dict(zip(op.statics, map(ast.literal_eval, statics), strict=False)) | named


def evaluate(node: ast.expr) -> Any:
    """Evaluate an expression with the operations of the engine."""
    op = called(node)
    if op is not None:
        tensors, params = parts(node)
        return apply(op, [evaluate(tensor) for tensor in tensors], params)
    return math.inf if ast.unparse(node) == "inf" else ast.literal_eval(node)


def evaluate_outside(node: ast.expr, source: str) -> Any:
    """Evaluate an expression of numbers in mpmath, decimals being what they are written as."""
    op = called(node)
    if op is not None:
        tensors, params = parts(node)
        return reference(op)(*(evaluate_outside(tensor, source) for tensor in tensors), **params)
    if isinstance(node, ast.UnaryOp):
        return -evaluate_outside(node.operand, source)
    assert isinstance(node, ast.Constant)
    return MP.mpf(ast.get_source_segment(source, node))


# --- mpmath --------------------------------------------------------------------------------------


@cache
def reference(op: Operation) -> Callable[..., Any]:
    """Return an operation in mpmath's own words, its arguments being called x, y and z there."""
    if op.metadata.reference:
        words = {name: getattr(MP, name) for name in dir(MP) if not name.startswith("_")}
        arguments = [*"xyz"[: op.arity], *op.statics]
        return eval(f"lambda {', '.join(arguments)}: {op.metadata.reference}", words)
    for name in (op.name, *op.metadata.aliases):
        if hasattr(MP, name):
            return getattr(MP, name)  # type: ignore[no-any-return]
    raise LookupError(f"{op.name}: mpmath has none of its names, so it needs a reference")


def domain(op: Operation) -> list[Interval]:
    """Return the interval of each argument."""
    given = op.metadata.domain
    return list(given if len(given) == op.arity else given * op.arity)


def ordinary(low: float, high: float) -> tuple[float, float]:
    """Return a stretch of ordinary numbers well inside an interval."""
    if np.isinf(low) and np.isinf(high):
        return -3.0, 3.0
    if np.isinf(high):
        return low + 0.1, low + 5.0
    if np.isinf(low):
        return high - 5.0, high - 0.1
    margin = 0.05 * (high - low)
    return low + margin, high - margin


def extreme(low: float, high: float) -> np.ndarray:
    """Return numbers far out in an interval, close to its ends, and close to 0."""
    near = np.array([1e-9, 1e-5, 1e-3])
    far = np.array([20.3, 150.7])
    around = np.array([-1e-5, -1e-9, 1e-9, 1e-5]) if low < -1e-5 and high > 1e-5 else []
    lows = -far if np.isinf(low) else low + near
    highs = far if np.isinf(high) else high - near
    return np.array([*lows, *around, *highs])


def derivative(function: Callable[..., Any], at: Sequence[float], orders: Orders) -> Any:
    """Return a partial derivative by differences, at a point that may be anywhere.

    Steps are small beside each argument and beside 1, whatever its size; precision is to match.
    """
    sizes = max(abs(MP.mag(x)) for x in at)
    with MP.workprec((200 + sizes) * (sum(orders) + 1) + 1300 + 3 * sizes):
        point = [MP.mpf(x) for x in at]
        steps = [MP.ldexp(min(abs(x), 1), -200) for x in point]
        total = MP.mpf(0)
        for taken in product(*(range(order + 1) for order in orders)):
            weight = math.prod(
                (-1) ** (order - k) * math.comb(order, k)
                for k, order in zip(taken, orders, strict=True)
            )
            moved = (x + k * step for x, k, step in zip(point, taken, steps, strict=True))
            total += weight * function(*moved)
        return total / MP.fprod(step**order for step, order in zip(steps, orders, strict=True))


class Samples:
    """Points for an elementwise operation, on the grid that some numbers for each argument span."""

    def __init__(self, op: Operation, axes: Sequence[np.ndarray]) -> None:
        self.op = op
        self.params = parts(example(op).call)[1]
        self.axes = axes
        self.points = list(product(*axes))
        self.shape = tuple(len(axis) for axis in axes)
        self._cache: dict[Orders, np.ndarray] = {}

    def exact(self, orders: Orders) -> np.ndarray:
        """Return a partial derivative at each point."""
        if orders not in self._cache:
            values = [self._exact(tuple(map(MP.mpf, point)), orders) for point in self.points]
            array = np.empty(len(values), object)
            array[:] = values
            self._cache[orders] = array
        return self._cache[orders]

    def _exact(self, at: tuple[Any, ...], orders: Orders) -> Any:
        function = partial(reference(self.op), **self.params)
        if any(orders):
            derivative = MP.diff(function, at, orders)
            if abs(derivative) > MP.mpf("1e-20") * max(1, abs(function(*at))):
                return derivative
        # What is 1e-290 beside a 1 is the 290th digit of a sum or a difference.
        with MP.workdps(330):
            return MP.diff(function, at, orders) if any(orders) else function(*at)

    def scale(self, orders: Orders) -> np.ndarray:
        """Return what an error of one rounding means for a partial derivative at each point.

        That is the derivative itself, or how it changes in relation to a change of an argument:
        the arguments being rounded, no more digits are there to be got.
        """
        exact = self.exact(orders)
        swing = np.zeros(len(exact), object)
        for i in range(len(orders)):
            higher = self.exact((*orders[:i], orders[i] + 1, *orders[i + 1 :]))
            swing = swing + abs(higher * [point[i] for point in self.points])
        return np.maximum(abs(exact), swing)


def nearest_kink(op: Operation, point: Sequence[float]) -> float:
    """Return how far a point is from where there is no derivative, at most."""
    places = (*op.metadata.kinks, *op.metadata.jumps)
    return min(
        (abs(place(*point) if callable(place) else point[0] - place) for place in places),
        default=math.inf,
    )


@cache
def ordinary_samples(op: Operation) -> Samples:
    """Return seeded random points well inside the domain and off the kinks."""
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    counts = (12,) if op.arity == 1 else (3, 4, 2)
    while True:
        axes = [
            # Numbers of few bits are the same in float32: one set of exact values serves both.
            rng.uniform(*ordinary(*interval), count).astype(np.float32).astype(float)
            for interval, count in zip(domain(op), counts, strict=False)
        ]
        samples = Samples(op, axes)
        if min(nearest_kink(op, point) for point in samples.points) > 0.03:
            return samples


@cache
def extreme_samples(op: Operation) -> Samples:
    """Return points at the edges of the domain."""
    axes = []
    for i, (low, high) in enumerate(domain(op)):
        numbers = extreme(low, high)[:: max(1, op.arity - 1)]
        # Each argument has numbers of its own, for there may be a kink where two are equal.
        moved = numbers * (1.0 + i / 8.0)
        axes.append(np.where((low < moved) & (moved < high), moved, numbers))
    return Samples(op, axes)


# --- shapes and static parameters ----------------------------------------------------------------

SHAPES: list[tuple[int, ...]] = [
    (), (1,), (3,), (1, 3), (2, 2), (2, 3), (2, 1, 3), (0, 3)
]  # fmt: skip


def static_values(name: str, shape: tuple[int, ...]) -> list[Any]:
    """Return what a static parameter of that name may be, given the shape of the first tensor.

    Some of these will not fit; the operation's own forward says so.
    """
    axes = range(-1 if shape else 0, len(shape))
    choices: dict[str, list[Any]] = {
        "axis": [None, *axes, (0, -1), ()],
        "keepdims": [False, True],
        "axes": [
            None,
            *permutations(range(len(shape))),
            *permutations(range(-len(shape), 0)),
        ],
        "shape": [*SHAPES, (-1,), (2, -1), (2, 2, 3)],
        "index": [
            0, -1, (0, 0), slice(None), slice(None, None, -1), slice(1, None), (slice(None), 1),
            (..., 0), None, [0, 0, 1], ([0, 0], [1, 1]), np.array([True, False]),
        ],
    }  # fmt: skip
    return choices.get(name, [])


class Case(NamedTuple):
    """A call of an operation: the shapes of its tensors and its static parameters."""

    op: Operation
    shapes: tuple[tuple[int, ...], ...]
    params: dict[str, Any]

    def __str__(self) -> str:
        params = "".join(f"-{name}={value}" for name, value in self.params.items())
        return f"{self.op.name}-{'-'.join(map(str, self.shapes))}{params}".replace(" ", "")

    def tensors(self, seed: int = 0) -> list[np.ndarray]:
        """Return random tensors of the shapes, their elements in the domain.

        No two elements of a tensor are close to each other and none to 0: kinks and poles are not
        stepped over by finite differences.
        """
        rng = np.random.default_rng([seed, zlib.crc32(str(self).encode())])
        domains = domain(self.op)
        found = []
        for i, shape in enumerate(self.shapes):
            low, high = ordinary(*domains[min(i, len(domains) - 1)])
            size = math.prod(shape)
            places = rng.permutation(size) + rng.uniform(0.2, 0.8, size)
            spread = low + (high - low) * places / max(size, 1)
            apart = np.where(abs(spread) < 0.1, np.copysign(0.1, spread), spread)
            found.append(apart.reshape(shape))
        return found

    def place(self) -> tuple[int, ...]:
        """Return the shape of what an index names in an array of a shape."""
        return np.zeros(self.params["shape"])[self.params["index"]].shape

    def forward(self, tensors: Sequence[np.ndarray]) -> np.ndarray:
        """Compute the value by the operation's own forward, which is NumPy's."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(self.op.forward(*tensors, **self.params))

    def __call__(self, tensors: Sequence[Any]) -> Variable:
        """Apply the operation."""
        return apply(self.op, tensors, self.params)  # type: ignore[no-any-return]


def example_case(op: Operation) -> Case:
    """Return the call that the example of an operation is."""
    tensors, params = parts(example(op).call)
    return Case(op, tuple(as_array(evaluate(tensor)).shape for tensor in tensors), params)


@cache
def cases(op: Operation) -> list[Case]:
    """Return the example, and every choice of shapes and parameters that NumPy takes."""
    return list(_cases(op))


def _cases(op: Operation) -> Iterator[Case]:
    own = example_case(op)
    yield own
    counts = (1, 2, 3) if op.variadic else (op.arity,)
    choices = [shapes for count in counts for shapes in product(SHAPES, repeat=count)]
    for shapes in choices:
        if len(shapes) == 3 and len(set(shapes)) > 1:
            continue
        statics = [static_values(name, shapes[0]) or [own.params.get(name)] for name in op.statics]
        for values in product(*statics):
            case = Case(op, shapes, dict(zip(op.statics, values, strict=True)))
            try:
                # NumPy 2.5 may crash where it adds to a place of another shape.
                if {"shape", "index"} <= case.params.keys() and shapes != (case.place(),):
                    continue
                case.forward(case.tensors())
            except (ValueError, IndexError, TypeError):
                continue
            yield case
