"""Powers of products, quotients and roots: a formula is the number wherever either has a value."""

from __future__ import annotations

import re
from typing import Any

import mpmath
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import autodiff_cli
from autodiff_cli.errors import AdiffError

MP = mpmath.MPContext()
MP.dps = 60

ORDERS = range(5)


class Real:
    """A number for Python's `eval`, nan where a real power or logarithm has no value."""

    def __init__(self, value: Any) -> None:
        self.value = MP.nan if isinstance(value, MP.mpc) else MP.mpf(value)

    def __add__(self, other: Any) -> Real:
        return Real(self.value + _value(other))

    def __mul__(self, other: Any) -> Real:
        return Real(self.value * _value(other))

    def __sub__(self, other: Any) -> Real:
        return Real(self.value - _value(other))

    def __rsub__(self, other: Any) -> Real:
        return Real(_value(other) - self.value)

    def __truediv__(self, other: Any) -> Real:
        return Real(self.value / _value(other))

    def __rtruediv__(self, other: Any) -> Real:
        return Real(_value(other) / self.value)

    def __neg__(self) -> Real:
        return Real(-self.value)

    def __pow__(self, other: Any) -> Real:
        exponent = _value(other)
        if self.value < 0 and not MP.isint(exponent):
            return Real(MP.nan)
        return Real(self.value**exponent)

    __radd__, __rmul__ = __add__, __mul__


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Real) else MP.mpf(x)


def _of(name: str) -> Any:
    def function(x: Real) -> Real:
        x = x if isinstance(x, Real) else Real(x)
        if name in ("sqrt", "log") and x.value < 0:
            return Real(MP.nan)
        return Real(getattr(MP, name)(x.value))

    return function


NAMES: dict[str, Any] = {
    name: _of(name) for name in "sqrt log exp sin cos tan cot sec csc sign".split()
} | {"abs": lambda x: Real(abs(_value(x))), "nan": Real(MP.nan), "inf": Real(MP.inf)}


def value(text: str, x: Any) -> Any:
    """Evaluate a formula in 60 digits; None where that divides by 0."""
    exact = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"R('\1')", text)
    *lines, last = (line.rstrip(";") for line in exact.splitlines())
    names = NAMES | {"x": Real(x), "R": Real}
    try:
        for line in lines:
            name, _, part = line.rstrip(";").partition(" = ")
            names[name] = eval(part, dict(names))
        return _value(eval(last, dict(names)))
    except ZeroDivisionError:
        return None


# So small that a branch point at a distance of 1e-3 leaves 20 digits of the fourth derivative.
STEP = MP.mpf("1e-8")
PLACES = range(-9, 10)
WEIGHTS = MP.matrix([[MP.mpf(k) ** n for n in range(len(PLACES))] for k in PLACES]) ** -1


def derivatives(text: str, x: Any) -> list[Any]:
    """Return derivatives of the polynomial through points around x; none where it has no value."""
    found = [value(text, x + k * STEP) for k in PLACES]
    if any(y is None or MP.isnan(y) for y in found):
        return []
    coefficients = WEIGHTS * MP.matrix(found)
    return [coefficients[n] * MP.factorial(n) / STEP**n for n in ORDERS]


factors = st.sampled_from(["1/2", "2", "-2", "3", "-1", "-1/3", "4", "-0.5"])
exponents = st.sampled_from(["1/2", "1.5", "-1/2", "1/3", "2/3", "-2/3", "0.75", "2", "3", "-1"])
bases = st.sampled_from(
    ["x", "x + 1", "1 - x", "x - 2", "log(x)", "sin(x)", "x**2", "exp(x)", "x*(x + 1)", "x/(x - 2)"]
)
powers = st.builds("(({})*({}))**({})".format, factors, bases, exponents) | st.builds(
    "sqrt(({})*({}))".format, factors, bases
)
nested = st.builds("({})**({})".format, powers, exponents)
texts = st.one_of(
    powers,
    nested,
    st.builds("{}*{}".format, powers, powers),
    st.builds("{}/{}".format, powers, powers),
    st.builds("{}*({})".format, nested, bases),
    st.builds("{} + {}*{}".format, powers, powers, powers),
    st.builds("({})*({}*({}))**({})".format, bases, bases, powers, exponents),
    st.builds("({})**({})".format, powers, st.sampled_from(["x", "2*x"])),
)


@given(texts, st.sampled_from(["-2.25", "-0.625", "0.375", "1.75", "3.125"]))
@example("sqrt(x)**x", "1.75")
@example("(x**1.5)**(2*x)/x", "0.375")
@example("(x)*(x - 2*(((-1/3)*(log(x)))**(1.5)))**(1/2)", "0.375")
@settings(max_examples=60, deadline=None)
def test_a_formula_is_the_derivative(text: str, at: str) -> None:
    x = MP.mpf(at)
    want = derivatives(text, x)
    for order in ORDERS:
        try:
            found = value(autodiff_cli.formula(text, "x", order), x)
        except AdiffError:
            break  # It is too long.
        if want:
            assert found is not None, order
            assert MP.almosteq(found, want[order], 1e-20, 1e-20), (order, found, want[order])


@given(
    nested | st.builds("{}*({})".format, nested, bases),
    st.sampled_from(["-2.25", "-0.625", "0.375", "1.75", "3.125"]),
)
@settings(max_examples=100, deadline=None)
def test_a_formula_has_no_value_where_the_function_has_none(text: str, at: str) -> None:
    x = MP.mpf(at)
    own = value(text, x)
    # The slope of log is 1/x, which has a value on both sides.
    assume(own is not None and MP.isnan(own) and "log" not in text)
    found = autodiff_cli.formula(text, "x", 1)
    # A root that is divided by itself has left nothing behind that could tell.
    assume(re.search(r"sqrt|/[234]\)", found) is not None)
    got = value(found, x)
    assert got is None or MP.isnan(got), found


@pytest.mark.parametrize(
    ("text", "order", "want"),
    [
        ("sqrt(x)*sqrt(x)", 0, "sqrt(x)**2"),
        ("x*sqrt(x)", 0, "x**(3/2)"),
        ("sqrt(x)**3/x", 0, "sqrt(x)"),
        ("sqrt(x**2 + 1)**2", 0, "x**2 + 1"),
        ("sqrt(exp(x))**2", 0, "exp(x)"),
        ("sqrt(cosh(x))**2", 1, "sinh(x)"),
        ("sqrt(2*x)*sqrt(x + 1)", 1, "(2*x + 1)/(sqrt(x + 1)*sqrt(2*x))"),
        ("sqrt(2*x)/sqrt(x)", 1, "0"),
    ],
)
def test_a_power(text: str, order: int, want: str) -> None:
    assert autodiff_cli.formula(text, "x", order) == want
