"""Coefficients as fractions, as `adiff taylor --exact` and `--latex` print them."""

from __future__ import annotations

import json

import pytest

from processes import Run


# From tables of series.
@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("tanh(x)", "0", "0 1 0 -1/3 0 2/15 0 -17/315 0 62/2835"),
        ("tan(x)", "0", "0 1 0 1/3 0 2/15 0 17/315"),
        ("asin(x)", "0", "0 1 0 1/6 0 3/40 0 5/112"),
        ("exp(sin(x))", "0", "1 1 1/2 0 -1/8 -1/15 -1/240 1/90"),
        ("log(1 + x)", "0", "0 1 -1/2 1/3 -1/4"),
        ("log(x)", "2", "- 1/2 -1/8 1/24"),
        ("(1 + x)**(1/3)", "0", "1 1/3 -1/9 5/81 -10/243"),
        ("sqrt(x)", "9", "3 1/6 -1/216 1/3888"),
        ("1/3 + x/7", "0", "1/3 1/7 0"),
        ("x**3", "0.1", "1/1000 3/100 3/10 1"),
        ("x**x", "1", "1 1 1 1/2 1/3"),
        ("exp(x)", "1", "- - -"),
        ("erf(x)", "0", "0 - 0 -"),
        ("pi + x", "0", "- 1 0"),
        # These look rational in floats.
        ("cos(1e-9)*x + tanh(40)", "0", "- - 0"),
        ("(0.1 + 0.2 - 0.3)*x", "0", "0 0 0"),
        ("(cos(1e-9) == 1)*x", "0", "0 0 0"),
        ("1 + x*(1/3 + exp(-50))", "0", "1 - 0"),
    ],
)
def test_coefficients_are_exact_or_not_given(adiff: Run, text: str, at: str, wanted: str) -> None:
    order = str(len(wanted.split()) - 1)
    code, out, _ = adiff("taylor", text, "--at", f"x={at}", "--order", order, "--exact", "--json")
    assert code == 0
    assert [c or "-" for c in json.loads(out)["exact"]] == wanted.split()


@pytest.mark.parametrize(
    ("options", "out"),
    [
        (["--exact"], "1/2 + 1/4*x - 1/48*x**3"),
        (["--latex"], r"\frac{1}{2} + \frac{1}{4} x - \frac{1}{48} x^{3} + O\left(x^{4}\right)"),
        ([], "0.5 + 0.25*x - 0.020833333333333332*x**3"),
    ],
)
def test_fractions_are_printed_where_they_are_asked_for(
    adiff: Run, options: list[str], out: str
) -> None:
    assert adiff("taylor", "sigmoid(x)", "--order", "3", *options) == (0, out + "\n", "")


@pytest.mark.parametrize(
    ("text", "direction", "out"),
    [
        ("exp(x)", "x=1/3", "1 + 1/3*t + 1/18*t**2 + 1/162*t**3"),
        ("1/(1 - x)", "x=-2/7", "1 - 2/7*t + 4/49*t**2 - 8/343*t**3"),
        ("exp(x*y) + x", "x=1/3,y=2/7", "1 + 1/3*t + 2/21*t**2"),
        ("sin(x) + y", "x=0.3,y=-1/6", "2/15*t - 9/2000*t**3"),
        ("x + y", "x=pi,y=-2", "1.1415926535897933*t"),
    ],
)
def test_along_a_rational_direction_coefficients_are_rational(
    adiff: Run, text: str, direction: str, out: str
) -> None:
    got = adiff("taylor", text, "--direction", direction, "--order", "3", "--exact")
    assert got == (0, out + "\n", "")
