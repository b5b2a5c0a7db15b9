"""Compiled expressions: columns against the engine, to the last bit, and what is refused."""

from __future__ import annotations

import math
import tracemalloc
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff_cli
from autodiff_cli import AdiffError
from autodiff_cli.engine import Operation, as_variable, grad
from autodiff_cli.engine.operation import registry
from autodiff_cli.graph.blocks import BLOCK, BlockProgram
from autodiff_cli.graph.columns import CompiledExpression
from autodiff_cli.graph.straight_line import linearize
from autodiff_cli.language.parser import parse
from emit.exported import check
from engine.outside import ELEMENTWISE, extreme_samples, ordinary_samples

few = settings(max_examples=30, deadline=None, derandomize=True, database=None)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, -1e300, 5e-324, np.inf, -np.inf, np.nan]


def same(got: Any, want: Any) -> None:
    """See to it that numbers are the same to the last bit; one nan is as good as another."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    alike = (got.view(np.int64) == want.view(np.int64)) | (np.isnan(got) & np.isnan(want))
    assert alike.all(), (got[~alike][:5], want[~alike][:5])


def engine(text: str, at: dict[str, Any]) -> list[np.ndarray]:
    """Return the value and the gradient at each point, from arrays that go through the engine."""
    xs = {name: as_variable(column) for name, column in at.items()}
    y = as_variable(parse(text).run(xs))
    # The sum of a column has as its derivatives those of each point.
    slopes = grad(y.sum(), list(xs.values()), create_graph=True)
    return [y.data, *(slope.data for slope in slopes)]


def as_engine(f: CompiledExpression) -> CompiledExpression:
    """Make a compiled expression compute all as the engine does."""
    places = [place for entries in f._layout.values() for place in entries.values()]
    f._program = BlockProgram(f._program.code, places, 2, as_engine=True)
    return f


def flat(found: Any) -> list[np.ndarray]:
    value, gradient = found
    return [value, *gradient.values()]


# --- the same numbers as the engine ---------------------------------------------------------------


def points(op: Operation) -> np.ndarray:
    """Return points in and at the edges of the domain, and others that no function likes."""
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    samples = [*ordinary_samples(op).points, *extreme_samples(op).points]
    special = rng.choice(SPECIAL, (40, op.arity))
    return np.array([*samples, *special]).T.copy()


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_of_each_operation(op: Operation) -> None:
    params = ordinary_samples(op).params
    columns = points(op)
    length = columns.shape[1]
    xs = {f"x{k}": as_variable(np.nan) for k in range(op.arity)}
    y = op(*xs.values(), **params)
    slopes = [dy for dy in grad(y, list(xs.values()), create_graph=True) if dy is not None]
    groups = [("all", {str(k): dy for k, dy in enumerate([y, *slopes])}, 1)]
    code = linearize(groups, xs)
    assert code.elementwise
    arrays = [as_variable(column) for column in columns]
    z = op(*arrays, **params)
    want = [z.data, *(dz.data for dz in grad(z.sum(), arrays, create_graph=True))]
    for block in (length + 1, 7):
        program = BlockProgram(code, code.groups[0].nodes, 2, block, as_engine=True)
        got = [np.full(length, 12345.0) for _ in want]
        program.run(list(columns), got, length)
        for a, b in zip(got, want, strict=True):
            same(a, b)


LEAVES = ["x", "y", "2", "0.5", "(-1)", "3", "pi"]
CALLED = [op for op in ELEMENTWISE if not op.metadata.internal and op.name != "polygamma"]


def calls(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def written(op: Operation, inside: Sequence[str]) -> str:
        if op.metadata.symbol:
            return f"({inside[0]} {op.metadata.symbol} {inside[1]})"
        return f"{op.name}({', '.join(inside[: op.arity])})"

    return st.builds(written, st.sampled_from(CALLED), st.tuples(*[operands] * 3))


expressions = st.recursive(st.sampled_from(LEAVES), calls, max_leaves=8)


@few
@given(expressions)
def test_of_expressions_that_nobody_would_write(text: str) -> None:
    text = f"{text} + 0*(x - y)"
    rng = np.random.default_rng(3)
    at = {"x": rng.choice([*SPECIAL, 2.0, 3.5], 300), "y": rng.uniform(-3, 3, 300)}
    f = as_engine(autodiff_cli.compile(text))
    for a, b in zip(flat(f(**at)), engine(text, at), strict=True):
        same(a, b)


TEXTS = ["exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)", "where(x > 0, x*y, sqrt(-x)/y)"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("length", [0, 1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17])
def test_of_any_length(text: str, length: int) -> None:
    rng = np.random.default_rng(length)
    at = {"x": rng.normal(size=length), "y": rng.normal(size=length)}
    f = as_engine(autodiff_cli.compile(text))
    for a, b in zip(flat(f(at)), engine(text, at), strict=True):
        same(a, b)


def test_of_second_and_higher_derivatives() -> None:
    x, y = np.linspace(0.5, 2.0, 1001), np.linspace(-1.0, 3.0, 1001)
    second = autodiff_cli.compile("x**3*sin(y)", "hessian")(x, y)
    wanted = {
        ("x", "x"): 6 * x * np.sin(y),
        ("x", "y"): 3 * x**2 * np.cos(y),
        ("y", "x"): 3 * x**2 * np.cos(y),
        ("y", "y"): -(x**3) * np.sin(y),
    }
    assert second.keys() == wanted.keys()
    for pair, want in wanted.items():
        np.testing.assert_allclose(second[pair], want, rtol=1e-14)
    third = autodiff_cli.compile("x**3*sin(y)", "grad", order=3)(x, y)
    np.testing.assert_allclose(third["x"], 6 * np.sin(y), rtol=1e-14)
    np.testing.assert_allclose(third["y"], -(x**3) * np.cos(y), rtol=1e-14)


def test_outputs_come_in_the_order_asked_for() -> None:
    f = autodiff_cli.compile("x*y**2", ["hessian", "value", "grad"], wrt="y")
    assert (f.outputs, f.variables) == (("hessian", "value", "grad"), ("x", "y"))
    second, value, slope = f([1, 2], y=3)
    assert second["y", "y"].tolist() == [2.0, 4.0]
    assert value.tolist() == [9.0, 18.0]
    assert slope.keys() == {"y"}
    assert slope["y"].tolist() == [6.0, 12.0]
    assert autodiff_cli.compile("x*y**2", "grad", order=2)(5, [3, 4])["y"].tolist() == [10.0, 10.0]


# --- sine and cosine by the tangent of half the angle ---------------------------------------------


def angles() -> np.ndarray:
    """Return angles of all sizes, and those next to multiples of pi/2."""
    rng = np.random.default_rng(11)
    scales = [1e-300, 1e-8, 1.0, 3.0, 7.0, 50.0, 1e4, 1e8, 1e15, 1e100, 1e300]
    spread = [rng.uniform(-scale, scale, 150) for scale in scales]
    zeros = np.arange(-100, 101) * (math.pi / 2)
    beside = [zeros, np.nextafter(zeros, np.inf), np.nextafter(zeros, -np.inf)]
    tiny = [5e-324, -5e-324, 1e-310, 2.3e-308, -4.5e-308, 1e-299, 1.7e308]
    # Where the cosine is small enough to be computed in the other way, and where just not.
    limit = np.arccos([0.2, -0.2])[:, None] + 2 * math.pi * np.arange(20)
    return np.concatenate([*spread, *beside, tiny, (limit + 1e-9).ravel(), (limit - 1e-9).ravel()])


def test_sine_and_cosine_are_accurate_everywhere() -> None:
    x = angles()
    value, slopes = autodiff_cli.compile("sin(x)")(x)
    with mpmath.workprec(1300):
        for function, found in ((mpmath.sin, value), (mpmath.cos, slopes["x"])):
            for angle, got in zip(x.tolist(), found.tolist(), strict=True):
                want = function(mpmath.mpf(angle))
                assert abs(mpmath.mpf(got) - want) <= 1e-15 * abs(want), (function, angle)


def test_sine_and_cosine_of_special_numbers() -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan])
    value, slopes = autodiff_cli.compile("sin(x)")(x)
    same(value, np.array([0.0, -0.0, np.nan, np.nan, np.nan]))
    same(slopes["x"], np.array([1.0, 1.0, np.nan, np.nan, np.nan]))


def test_one_tangent_gives_both_and_an_angle_has_one_result() -> None:
    x = np.concatenate([angles(), SPECIAL])
    f = autodiff_cli.compile("sin(x)*cos(x)", ("value", "grad", "hessian"), threads=2)
    steps = f._program.plan(frozenset()).steps
    assert [step.function for step in steps].count(np.tan) == 1
    whole = [*flat(f(x)[:2]), *f(x)[2].values()]
    for k in range(0, x.size, 97):
        alone = f(np.array([x[k], 1.0]))
        for a, b in zip([*flat(alone[:2]), *alone[2].values()], whole, strict=True):
            same(a[0], b[k])


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.longdouble, np.int8, np.uint64, bool])
def test_columns_of_other_types_are_computed_as_float64(kind: Any) -> None:
    x = (np.arange(2 * BLOCK + 3) % 100).astype(kind)
    before = x.copy()
    f = autodiff_cli.compile(TEXTS[0])
    got, want = f(x, 2), f(x.astype(np.float64), 2)
    for a, b in zip(flat(got), flat(want), strict=True):
        assert a.dtype == np.float64
        same(a, b)
    assert np.array_equal(x, before)


def test_columns_that_are_not_contiguous() -> None:
    rng = np.random.default_rng(8)
    table = rng.normal(size=(2 * BLOCK + 5, 3))
    before = table.copy()
    swapped = table[:, 1].astype(">f8")
    f = autodiff_cli.compile(TEXTS[0], threads=2)
    want = flat(f(table[:, 0].copy(), table[:, 1].copy()))
    for got in (f(table[:, 0], table[:, 1]), f(table[:, 0], swapped)):
        for a, b in zip(flat(got), want, strict=True):
            same(a, b)
    backwards = f(table[::-1, 0], table[::-1, 1])
    for a, b in zip(flat(backwards), want, strict=True):
        same(a, b[::-1])
    assert np.array_equal(table, before)


@pytest.mark.parametrize("text", [*TEXTS, "x**y", "y**x", "hypot(x, y)*sin(x)**2", "x", "y", "7"])
def test_a_number_is_a_column_of_it(text: str) -> None:
    x = np.linspace(0.1, 3.0, 2 * BLOCK + 9)
    f = autodiff_cli.compile(f"{text} + 0*x*y")
    for number in (1.7, [1.7], np.float32(2.5), 2):
        want = f(x=x, y=np.full(x.shape, float(np.ravel(number)[0])))
        # NumPy squares where an exponent is 2 for all, and takes powers where it is a column of 2.
        check(flat(f(x=x, y=number)), flat(want))


def test_columns_broadcast() -> None:
    f = autodiff_cli.compile("x*y + y")
    value, gradient = f(np.array([[1.0], [2.0]]), np.array([10.0, 20.0, 30.0]))
    assert value.tolist() == [[20.0, 40.0, 60.0], [30.0, 60.0, 90.0]]
    assert gradient["x"].tolist() == [[10.0, 20.0, 30.0]] * 2
    assert gradient["y"].tolist() == [[2.0] * 3, [3.0] * 3]
    value, gradient = f(2, 3)
    assert (value.shape, value[()], gradient["x"][()]) == ((), 9.0, 3.0)
    value, gradient = f([], 3)
    assert value.shape == gradient["y"].shape == (0,)


def test_what_is_returned_is_the_callers_own() -> None:
    x = np.linspace(1.0, 2.0, 10)
    f = autodiff_cli.compile("x + 0*y", ("value", "grad", "hessian"))
    value, gradient, second = f(x, 3)
    arrays = [value, *gradient.values(), *second.values()]
    for k, array in enumerate(arrays):
        assert array.flags.owndata
        assert array.flags.writeable
        assert not any(np.shares_memory(array, other) for other in [x, *arrays[k + 1 :]])
    assert np.array_equal(autodiff_cli.compile("x", "value")(x), x)
    assert not np.shares_memory(autodiff_cli.compile("x", "value")(x), x)
    value += 1.0
    assert np.array_equal(f(x, 3)[0], x)


def test_nothing_is_said_of_poles() -> None:
    f = autodiff_cli.compile("where(x > 0, log(x)/x, 0)", threads=2)
    x = np.linspace(-1.0, 1.0, 2 * BLOCK + 1)
    with np.errstate(all="raise"):
        value, gradient = f(x)
        assert np.geterr()["divide"] == "raise"
    assert np.isfinite(value).all()
    assert not gradient["x"][x <= 0].any()


def test_threads_share_a_function() -> None:
    f = autodiff_cli.compile(TEXTS[0], threads=2)
    rng = np.random.default_rng(5)
    columns = [rng.normal(size=(2, 3 * BLOCK + k)) for k in range(4)]
    wanted = [flat(f(*pair)) for pair in columns]
    with ThreadPoolExecutor(4) as pool:
        for k, found in enumerate(pool.map(lambda k: f(*columns[k % 4]), range(24))):
            for a, b in zip(flat(found), wanted[k % 4], strict=True):
                same(a, b)


def test_a_fault_in_a_thread_comes_out() -> None:
    f = autodiff_cli.compile("exp(x)", threads=2)
    x = np.zeros(4 * BLOCK)

    class FullError(Exception):
        pass

    def fail(*_: Any, **__: Any) -> None:
        raise FullError

    plan = f._program.plan(frozenset())
    plan.steps[0] = plan.steps[0]._replace(function=fail)
    with pytest.raises(FullError):
        f(x)


def test_buffers_are_used_again() -> None:
    # A chain of 40 operations, two buffers of one block each and not 40 of them.
    text = "x"
    for _ in range(20):
        text = f"tanh({text})*x"
    f = autodiff_cli.compile(text, "value", threads=1)
    assert f._program.plan(frozenset()).buffers == 1
    x = np.ones(20 * BLOCK)
    f(x)
    tracemalloc.start()
    f(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes + 4 * 8 * BLOCK


def test_what_depends_on_no_column_is_computed_once() -> None:
    f = autodiff_cli.compile("sin(y)*cos(y)*x + sin(2)")
    program = f._program
    assert len(program.plan(frozenset({f.variables.index("y")})).fixed) > 2
    assert not program.plan(frozenset()).fixed


# --- what is refused ------------------------------------------------------------------------------

ARRAYS = ["x @ y", "x, y", "x[0] + y", "x.T + y"] + [
    f"{op.name}(x)"
    for op in registry.values()
    if op.family == "reduce" and op.arity == 1 and not op.metadata.internal
]


@pytest.mark.parametrize("text", ARRAYS)
def test_operations_on_arrays_are_refused(text: str) -> None:
    with pytest.raises(AdiffError) as caught:
        autodiff_cli.compile(text)
    assert caught.value.code in ("not-elementwise", "not-a-scalar", "bad-argument", "bad-index")
    assert caught.value.hint
    assert "--at" not in caught.value.hint


@pytest.mark.parametrize(
    ("columns", "named", "message"),
    [
        ((), {"x": 1}, "no column is given for `y`"),
        ((), {"x": 1, "y": 2, "z": 3}, "the expression has no variable `z`"),
        (({"x": 1, "y": 2, 3: 3},), {}, "the expression has no variable `3`"),
        ((1,), {"x": 1, "y": 2}, "`x` is given twice"),
        ((1, 2, 3), {}, "3 columns are given for 2 variables"),
        (
            ([1, 2], [1, 2, 3]),
            {},
            "the columns do not fit together: `x` is a vector of 2, `y` a vector of 3",
        ),
        ((["a"], 2), {}, "the value given for `x` is not a number or an array of numbers"),
        ((1, None), {}, "the value given for `y` is not a number or an array of numbers"),
        ((1, [1j]), {}, "the value given for `y` is not a number or an array of numbers"),
        (
            (1, np.array(["2020-01-01"], "M8[D]")),
            {},
            "the value given for `y` is not a number or an array of numbers",
        ),
        (
            (1, np.ma.array([1.0, 2.0], mask=[0, 1])),
            {},
            "the value given for `y` is a masked array, whose mask would be lost",
        ),
    ],
)
def test_columns_that_are_refused(columns: Any, named: Any, message: str) -> None:
    with pytest.raises(AdiffError) as caught:
        autodiff_cli.compile("x*y")(*columns, **named)
    assert str(caught.value) == message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outputs": "slope"}, "`outputs` is one of `value`, `grad`, `hessian`, not `'slope'`"),
        ({"outputs": 3}, "`outputs` is one of `value`, `grad`, `hessian`, not `3`"),
        ({"outputs": []}, "`outputs` is empty"),
        ({"outputs": ["grad", "grad"]}, "`outputs` names an output twice"),
        ({"outputs": "value", "order": 2}, "`order` is that of `grad`, which is not among"),
        ({"threads": 0}, "`threads` has to be a whole number from 1 on"),
        ({"threads": "2"}, "`threads` has to be a whole number from 1 on"),
        ({"wrt": "z"}, "cannot differentiate with respect to `z`"),
        ({"order": -1}, "`order` has to be a whole number from 0 to 1000, not `-1`"),
    ],
)
def test_options_that_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AdiffError) as caught:
        autodiff_cli.compile("x*y", **options)
    assert str(caught.value).startswith(message)


def test_the_repr_says_what_it_is() -> None:
    f = autodiff_cli.compile("x*y")
    assert isinstance(f, CompiledExpression)
    assert repr(f) == "<value, grad of 'x*y' by x, y>"
