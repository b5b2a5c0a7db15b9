"""What the library's functions on texts are given: numbers as they come, and all else refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.errors import AdiffError

PYTHON = re.compile(r"NoneType|TypeError|object|<class|unhashable|iterable|instance")
"""What a message that Python wrote has in it."""

NAMES = [3, [3], 2.5, [None], {"x": 1}.values()]
VALUES = ["x=1", [1], [("x", 1)], 3, {3: 1}, {None: 1}, {"x": 1}.items()]
NUMBERS = [
    None,
    "1",
    "word",
    ["1", "2"],
    [None, 1],
    [1, None],
    1j,
    [1j],
    np.array([1, "a"], object),
    np.array([None, 1.0]),
    np.array(["2020-01-01"], "datetime64[D]"),
    np.array([(1, 2.0)], "i4,f8"),
    np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
    [[1, 2], [3]],
    {"a": 1},
    {1.0},
    object(),
    [Ellipsis],
    b"1",
    lambda: 1,
]
ORDERS = [-1, 1001, 10**9, 1.5, "2", None, [1], np.array([1, 2]), 2.0]


def calls() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every function of the library with each of its arguments of every wrong kind."""
    x = {"x": 2.0}
    functions = ("evaluate", "grad", "hessian", "jacobian", "taylor", "hvp")
    for name in functions:
        function = getattr(autodiff_cli, name)
        more = (x,) if name == "hvp" else ()
        for text in (3, None, ["x"], b"x", {"x": 1}, np.array("x")):
            yield f"{name}({text!r})", lambda f=function, t=text, m=more: f(t, x, *m)
        for at in VALUES:
            yield f"{name}(at={at!r})", lambda f=function, a=at, m=more: f("x**2", a, *m)
        for value in NUMBERS:
            yield (
                f"{name}(at={{'x': {value!r}}})",
                lambda f=function, v=value, m=more: f("sum(x)**2", {"x": v}, *m),
            )
        for wrt in NAMES if name not in ("evaluate", "hvp") else ():
            yield f"{name}(wrt={wrt!r})", lambda f=function, w=wrt: f("x**2", x, wrt=w)
    for name in ("grad", "taylor"):
        for order in ORDERS if name == "taylor" else [o for o in ORDERS if o is not None]:
            function = getattr(autodiff_cli, name)
            yield f"{name}(order={order!r})", lambda f=function, o=order: f("x**2", x, order=o)
    for order in ORDERS:
        yield f"formula(order={order!r})", lambda o=order: autodiff_cli.formula("x**2", order=o)
    for wrt in NAMES:
        yield f"formula(wrt={wrt!r})", lambda w=wrt: autodiff_cli.formula("x**2", wrt=w, order=1)
    for text in (3, None, ["x"], b"x", {"x": 1}, np.array("x")):
        yield f"compile({text!r})", lambda t=text: autodiff_cli.compile(t)
    for option in ("wrt", "order", "outputs", "threads"):
        for wrong in (-1, 1.5, "", ["z"], [None], np.array([1, 2]), b"x"):
            yield (
                f"compile({option}={wrong!r})",
                lambda o=option, w=wrong: autodiff_cli.compile("x**2", **{o: w}),
            )
    for value in NUMBERS:
        yield (
            f"compile()({value!r})",
            lambda v=value: autodiff_cli.compile("x**2")(v),
        )
    for method in ("other", 3, None, ["graph"]):
        yield (
            f"grad(method={method!r})",
            lambda m=method: autodiff_cli.grad("x**2", x, method=m),
        )
    for line in (*VALUES, *({"x": value} for value in NUMBERS[:9])):
        yield (
            f"taylor(direction={line!r})",
            lambda d=line: autodiff_cli.taylor("x**2", x, direction=d),
        )
        yield f"hvp(v={line!r})", lambda d=line: autodiff_cli.hvp("x**2", x, d)


@pytest.mark.parametrize(
    "call",
    [pytest.param(call, id=re.sub(" at 0x[0-9a-f]+", "", name)) for name, call in calls()],
)
def test_what_is_of_no_use_is_refused_in_our_words(call: Callable[[], Any]) -> None:
    with pytest.raises(AdiffError) as caught:
        call()
    error = caught.value
    assert error.hint or error.code in ("bad-direction", "bad-value")
    assert not PYTHON.search(error.message.partition("`")[0])
    assert len(error.message) < 200


class Series:
    """What is an array to NumPy only, as a column of pandas is."""

    def __init__(self, values: Sequence[float]) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.values, dtype)


class Sub(np.ndarray):
    """A subclass that computes as arrays do."""


@pytest.mark.parametrize(
    "value",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        range(1, 4),
        [True, 2, 3.0],
        [Fraction(1), Decimal(2), np.float32(3)],
        np.array([1, 2, 3], object),
        np.array([1, 2, 3], np.uint8),
        np.array([1, 2, 3], np.float16),
        np.array([1, 2, 3], np.longdouble),
        np.array([1.0, 2.0, 3.0])[::-1][::-1],
        np.array([1.0, 2.0, 3.0]).view(Sub),
        np.ma.array([1.0, 2.0, 3.0], mask=False),
        memoryview(np.array([1.0, 2.0, 3.0])),
        Series([1.0, 2.0, 3.0]),
        [np.array(1.0), np.array(2), np.array(3.0)],
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_may_come_in_any_form(value: Any) -> None:
    at = {"x": value}
    assert autodiff_cli.evaluate("sum(x**2)", at) == 14.0
    assert autodiff_cli.grad("sum(x**2)", at)["x"].tolist() == [2.0, 4.0, 6.0]
    assert autodiff_cli.compile("x**2", "value")(value).tolist() == [1.0, 4.0, 9.0]


@pytest.mark.parametrize("value", [2, 2.0, True + 1, Fraction(2), Decimal(2), np.int8(2),
                                   np.array(2), np.float32(2.0), np.array(2, object)])  # fmt: skip
def test_one_number_may_come_in_any_form(value: Any) -> None:
    assert autodiff_cli.grad("x**3", {"x": value}, order=np.int64(1))["x"] == 12.0
    assert autodiff_cli.taylor("x**2", {"x": value}, order=np.uint8(2)).tolist() == [4.0, 4.0, 1.0]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_arrays_may_be_empty(shape: tuple[int, ...]) -> None:
    at = {"x": np.zeros(shape)}
    assert autodiff_cli.evaluate("sum(x**2)", at) == 0.0
    assert autodiff_cli.grad("sum(x**2)", at)["x"].shape == shape
    assert autodiff_cli.jacobian("x**2", at)["x"].shape == shape + shape
    assert autodiff_cli.hessian("sum(x**2)", at).matrix.shape == (0, 0)


def test_names_may_be_given_as_any_sequence() -> None:
    at = {"x": 2.0, "y": 3.0}
    for wrt in ("x", ["x"], ("x",), {"x": 1}, np.array(["x"]), {"x": 1}.keys()):
        assert autodiff_cli.grad("x*y", at, wrt=wrt) == {"x": 3.0}
    assert autodiff_cli.grad("x*y", at, wrt=[]) == {}


def test_a_series_is_in_what_has_no_value() -> None:
    assert autodiff_cli.taylor("x**2*a", {"a": 3}, order=2).tolist() == [0.0, 0.0, 3.0]
    with pytest.raises(AdiffError, match="both say"):
        autodiff_cli.taylor("x*a", {"a": 3}, wrt="x", direction={"x": 1})


def test_missing_values_are_in_natural_order() -> None:
    with pytest.raises(AdiffError, match="`b`, `x2`, `x10`"):
        autodiff_cli.evaluate("x10 + x2*b")
