"""What the language shares with Python it reads as Python does; what differs is listed here.

Texts are generated, read by Python's own parser, and computed by NumPy.
"""

from __future__ import annotations

import warnings
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autodiff_cli import evaluate
from autodiff_cli.errors import AdiffError, ExpressionError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.reading import reading
from pythonic import by_python
from texts import POINT, Writer


def at(text: str) -> dict[str, object]:
    return {name: POINT[name] for name in parse(text).variables()}


def ours(text: str) -> np.ndarray | None:
    try:
        return evaluate(text, at(text))
    except AdiffError:
        return None


def pythons(text: str) -> np.ndarray | None:
    with warnings.catch_warnings():
        # Python thinks some of these texts to be slips, and says so.
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return by_python(text, POINT)
        except (SyntaxError, ValueError, IndexError, TypeError):
            return None


@given(st.integers(0, 2**32))
@settings(max_examples=1200, deadline=None)
@example(565)
def test_value_is_pythons_or_neither_has_one(seed: int) -> None:
    text = Writer(Random(seed)).program()
    want, got = pythons(text), ours(text)
    assert (got is None) == (want is None), text
    if got is not None and want is not None:
        # NumPy and libm may differ in the last digit of a function or power.
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300, strict=True, err_msg=text)


def test_most_of_what_is_generated_has_a_value() -> None:
    texts = [Writer(Random(seed)).program() for seed in range(300)]
    assert sum(ours(text) is not None for text in texts) > 100


@pytest.mark.parametrize(
    "text",
    [
        "-2**-2",
        "2**-1**2",
        "1-2-3*4/5/6",
        "--x - -y",
        "not x < y == z and x or not z",
        "x if x < y else y if y else z",
        "-x % 3 ** 2",
        "v @ w * x",
        "A @ B @ A @ v",
        "-A.T[0][1]",
        "A[1:, ::-1][0, -1] ** 2",
        "x < y < z != x",
        "1_000.5e-10",
        "f(a, x) = a - x\nf(y, f(x, 2)) * x",
        "u = x; u1 = u * u\nu1 - u",
    ],
)
def test_value_is_pythons_in_corners(text: str) -> None:
    want = pythons(text)
    assert want is not None
    np.testing.assert_allclose(ours(text), want, rtol=1e-14, strict=True)


@given(st.integers(0, 2**32))
@settings(max_examples=500, deadline=None)
@example(565)
def test_the_reading_of_a_text_says_the_same(seed: int) -> None:
    text = Writer(Random(seed), own=True).program()
    got = ours(text)
    if got is not None:
        again = reading(parse(text))
        np.testing.assert_array_equal(ours(again), got, strict=True, err_msg=f"{text}\n{again}")
        assert reading(parse(again)) == again


# --- where the two differ ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2^3", 8),
        ("2^3^2", 512),
        ("3 and 5", 1),
        ("0 or 5", 1),
        ("not 5", 0),
        ("(1 < 2) + (1 < 3)", 2),
        ("5 if [1, 0] else [1, 2]", [5, 2]),
        ("1, 2", [1, 2]),
        ("x, 2*x", [0.7, 1.4]),
        ("2x", 1.4),
        ("2(x + 1)", 3.4),
        ("2 sin(0)", 0),
        ("x²", 0.7**2),
        ("√4", 2),
        ("6 × 2 ÷ 3 · 2 − 1", 7),
        ("(1 ≤ 2) + (1 ≥ 2) + (1 ≠ 2)", 2),
        ("[1, 2] + [3, 4]", [4, 6]),
        ("2 * [1, 2]", [2, 4]),
        ("[1, 2] < [2, 1]", [1, 0]),
        ("1/0", np.inf),
        ("0/0", np.nan),
        ("-1 ** 0.5", -1),
        ("(-1) ** 0.5", np.nan),
        ("08", 8),
        ("10**400", np.inf),
        ("e", np.e),
        ("1 +\n2", 3),
        ("(1\n+ 2)", 3),
        ("1 # two\n", 1),
        ("max(1, 2, 3)", 3),
        ("sum([1, 2])", 3),
        ("x.T", 0.7),
    ],
)
def test_what_means_something_else_than_in_python(text: str, want: object) -> None:
    np.testing.assert_allclose(ours(text), want, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7 // 2", "unknown-operator"),
        ("x = 1; x = 2; x", "name-taken"),
        ("u = u; u", "recursive-name"),
        ("f(n) = f(n - 1); f(2)", "recursive-function"),
        ("(1, 2)", "misplaced-token"),
        ("()", "missing-operand"),
        ("[]", "empty-list"),
        ("x(1)", "unknown-function"),
        ("3[0]", "ambiguous-product"),
        ("1; 2", "unused-line"),
        ("0x10", "malformed-number"),
        ("1j", "missing-value"),
        ("x.real", "unknown-attribute"),
        ("x & 1", "unknown-character"),
        ("x | 1", "unknown-character"),
        ("~x", "unknown-character"),
        ("x << 1", "missing-operand"),
        ("x is y", "missing-operator"),
        ("x in v", "missing-operator"),
        ("lambda: 1", "misplaced-token"),
        ("'1'", "unknown-character"),
        ("{1}", "unknown-character"),
        ("f(*v)", "missing-operand"),
        ("(u := 1)", "unknown-operator"),
        ("[a for a in v]", "missing-operator"),
    ],
)
def test_what_python_has_and_adiff_has_not(text: str, code: str) -> None:
    with pytest.raises(AdiffError) as caught:
        evaluate(text, {k: v for k, v in POINT.items() if k in ("x", "y", "v") and k in text})
    assert caught.value.code == code
    assert caught.value.span is not None or not isinstance(caught.value, ExpressionError)
