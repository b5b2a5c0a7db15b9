"""The grammar file is the reference of the language: its examples hold, and it reads as Python."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.language.names import CONSTANTS
from autodiff_cli.language.parser import parse
from autodiff_cli.language.tables import grammar

EXAMPLES = re.findall(r"^//   (.+?) == (.+)$", grammar(), re.MULTILINE)
POINT = {"x": 0.7, "y": -1.9, "z": 3.0, "θ_1": 0.3}


def value(text: str) -> np.ndarray:
    program = parse(text)
    return as_variable(program.run({name: POINT[name] for name in program.variables()})).data


@pytest.mark.parametrize(("left", "right"), EXAMPLES)
def test_example_in_the_grammar(left: str, right: str) -> None:
    np.testing.assert_allclose(value(left), value(right), rtol=1e-15)


def test_every_rule_has_an_example() -> None:
    rules = re.split(r"^\?", grammar(), flags=re.MULTILINE)[2:]
    assert len(rules) >= 5
    assert len(EXAMPLES) >= len(rules)


# --- agreement with Python, wherever the two languages overlap -----------------------------------

numbers = st.one_of(
    st.integers(0, 1000).map(str),
    st.floats(0, 1e6, allow_nan=False).map(repr),
    st.sampled_from([".5", "5.", "1_000", "1e3", "2E-3", "1_0.2_5e2"]),
)
names = st.sampled_from(sorted(POINT))


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaces = st.sampled_from(["", " ", "  "])
    operator = st.sampled_from(["+", "-", "*", "/"])
    return st.one_of(
        st.tuples(inner, spaces, operator, spaces, inner).map("".join),
        st.tuples(inner, st.sampled_from(["**", " ** -", "**+"]), numbers).map("".join),
        st.tuples(st.sampled_from(["-", "+", "- "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        st.tuples(st.sampled_from(["sin", "tanh", "abs"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
    )


expressions = st.recursive(st.one_of(numbers, names), combine, max_leaves=12)


def by_python(text: str) -> float | None:
    """Return the value by Python's parser over NumPy's IEEE arithmetic."""
    wrapped = re.sub(r"(?<![\w.])(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?", r"F(\g<0>)", text)
    env = {name: np.float64(v) for name, v in POINT.items()}
    env |= {"F": np.float64, "sin": np.sin, "tanh": np.tanh, "abs": np.abs}
    with np.errstate(all="ignore"):
        return float(eval(wrapped, env))


@given(expressions)
@settings(max_examples=1500, deadline=None)
@example("-2**-2")
@example("2**-1**2")
@example("1-2-3*4/5/6")
@example("--x - -y")
def test_value_is_pythons(text: str) -> None:
    want = by_python(text)
    got = float(value(text))
    # NumPy and libm may differ in the last digit of a function or power.
    assert got == pytest.approx(want, rel=1e-12, abs=1e-300, nan_ok=True), text


def test_caret_is_a_power_unlike_in_python() -> None:
    assert value("2^3") == 8
    assert value("2^3^2") == 512


def test_constants_are_not_variables() -> None:
    assert value("e") == math.e
    assert not parse(" + ".join(CONSTANTS)).variables()


def test_variables_come_in_order_of_appearance_with_their_place() -> None:
    program = parse("y + x*y")
    assert list(program.variables().items()) == [("y", (0, 1)), ("x", (4, 5))]


# --- depth and length: nothing recurses ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("(" * 20_000 + "x" + ")" * 20_000, 0.7),
        ("-" * 20_000 + "x", 0.7),
        ("x" + "+x" * 20_000, 0.7 * 20_001),
        ("abs(" * 5_000 + "x" + ")" * 5_000, 0.7),
        ("1**" * 5_000 + "1", 1.0),
    ],
    ids=["brackets", "signs", "terms", "calls", "powers"],
)
def test_depth_is_no_limit(text: str, want: float) -> None:
    program = parse(text)
    x = as_variable(0.7)
    got = program.run({"x": x} if program.variables() else {})
    assert float(got) == pytest.approx(want, rel=1e-12)
    if isinstance(got, Variable) and got is not x:
        got.backward()
        assert x.grad is not None
        assert math.isfinite(float(x.grad))
