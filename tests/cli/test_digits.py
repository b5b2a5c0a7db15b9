"""Printed digits are right: options, exact input, and the note on what float64 would have shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from processes import Run

MP = mpmath.MPContext()
MP.dps = 80


@pytest.mark.parametrize(
    ("argv", "want"),
    [
        (["eval", "0.1 + 0.2"], "0.3"),
        (["eval", "sin(pi/6)"], "0.5"),
        (["eval", "sin(pi)"], "0"),
        (["eval", "[0.1, 0.2]*3"], "[0.3, 0.6]"),
        (["grad", "(1-cos(x))/x**2", "--at", "x=1e-8"], "-8.333333333333334e-10"),
        (["grad", "x*y/3", "--at", "x=0.1,y=0.3"], "x = 0.1\ny = 0.03333333333333333"),
        (["taylor", "sin(x)/3", "--at", "x=0", "--order", "3", "--round", "3"], None),
        (["hessian", "x*x*0.1", "--at", "x=pi"], "0.2"),
        (["jacobian", "[x/3, x/10]", "--at", "x=1"], "[0.3333333333333333, 0.1]"),
        (["grad", "x**2*y/10", "--at", "x=0.1,y=3", "--wrt", "x,y"], "x = 0.06\ny = 0.001"),
        (["grad", "x**2*y/10", "--at", "x=0.1,y=3", "--wrt", "x,y", "--mixed"], "0.02"),
        (["hessian", "x**3/10", "--at", "x=0.1", "--hvp", "x=3"], "0.18"),
        (["eval", "sin(pi/6)", "--float64"], "0.49999999999999994"),
        (["eval", "1/3", "--round", "3"], "0.333"),
    ],
)
def test_what_is_printed(adiff: Run, argv: list[str], want: str | None) -> None:
    outcome = adiff(*argv)
    assert outcome.code == 0
    if want is None:
        want = "0.333*x - 0.0556*x**3"
    assert outcome.out.rstrip("\n") == want


@pytest.mark.parametrize(
    ("argv", "exact"),
    [
        (["eval", "exp(1)*x", "--at", "x=0.1"], lambda: MP.e / 10),
        (["grad", "tanh(x)", "--at", "x=0.5", "--order", "10"], None),
        (["grad", "exp(x*pi)", "--at", "x=1/7"], lambda: MP.pi * MP.exp(MP.pi / 7)),
        (["hessian", "x**5/7", "--at", "x=0.3"], lambda: 20 * MP.mpf("0.027") / 7),
        (
            ["hessian", "exp(x)", "--at", "x=0.1", "--hvp", "x=pi/7"],
            lambda: MP.exp(MP.mpf("0.1")) * MP.pi / 7,
        ),
        (
            ["taylor", "x*x", "--at", "x=1/3", "--direction", "x=1/7", "--order", "0"],
            lambda: MP.mpf(1) / 9,
        ),
        (
            ["taylor", "sum(x*x) - 0.05", "--at", "x=[0.1,0.2]", "--direction", "x=[0.1,pi]"],
            lambda: (
                f"{MP.nstr(2 * (MP.mpf('0.01') + MP.pi / 5), 50, strip_zeros=False)}*t"
                f" + {MP.nstr(MP.mpf('0.01') + MP.pi**2, 50)}*t**2"
            ),
        ),
    ],
)
def test_so_many_right_digits(adiff: Run, argv: list[str], exact: Any) -> None:
    printed = adiff(*argv, "--digits", "50").out.strip()
    with MP.workdps(200):
        want = MP.diff(MP.tanh, MP.mpf("0.5"), 10) if exact is None else exact()
        assert printed.rstrip("0") == (want if isinstance(want, str) else MP.nstr(want, 50))


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("cos(2**100000)", lambda: MP.cos(MP.mpf(2) ** 100000)),
        ("sin(exp(100000)/3)", lambda: MP.sin(MP.exp(100000) / 3)),
        ("mod(3**(1e5)/7, pi)", lambda: (MP.mpf(3) ** 100000 / 7) % MP.pi),
        ("tan(1e308)", lambda: MP.tan(MP.mpf("1e308"))),
    ],
)
def test_numbers_far_beyond_float64_may_be_on_the_way(adiff: Run, text: str, exact: Any) -> None:
    with MP.workprec(400_000):
        want = float(exact())
    assert float(adiff("eval", text).out) == want


def test_the_bound_is_named(adiff: Run) -> None:
    outcome = adiff("eval", "cos(2**x)", "--at", "x=1e7")
    assert (outcome.code, outcome.out) == (0, "nan\n")
    assert "more than 200000 bits before the point" in outcome.err


def test_json_says_what_is_proven(adiff: Run) -> None:
    def fields(*argv: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(adiff(*argv, "--json").out)
        return found

    assert fields("eval", "1/3")["proven"] is True
    assert fields("eval", "1/3", "--float64")["proven"] is False
    assert fields("eval", "0/0")["proven"] is False
    found = fields("grad", "x/3", "--at", "x=1", "--digits", "20")
    assert found["derivatives"] == {"x": "0.33333333333333333333"}
    assert found["value"] == "0.33333333333333333333"
    assert found["proven"] is True
    series = fields("taylor", "exp(x)/3", "--at", "x=0", "--order", "2", "--digits", "20")
    assert series["coefficients"][2] == "0.16666666666666666667"


def test_a_file_holds_float64_numbers(adiff: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([0.1, 0.2]))
    exact = MP.mpf(0.1) + MP.mpf(0.2)
    printed = adiff("eval", "sum(x)", "--at", "x=@x.npy", "--digits", "30").out.strip()
    assert printed == MP.nstr(exact, 30)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (
            ["grad", "(1 - cos(x))/x**2", "--at", "x=1e-8"],
            "float64 alone gives 99999999.99999999 here: `1 - cos(x)` cancels all its digits",
        ),
        (["eval", "exp(x)-1-x", "--at", "x=1e-6"], "`exp(x)-1-x` cancels 12 of its digits"),
        (["eval", "exp(800)/exp(799)"], "float64 alone gives nan here: `exp(800)` is too large"),
        (["eval", "tan(x)", "--at", "x=pi/2+1e-20"], "`x` is rounded before anything is computed"),
        (["eval", "log(1+x)-x", "--at", "x=1e-9"], "the rounding of `1+x` is magnified"),
        (["eval", "sqrt(x*x+1)-x", "--at", "x=1e8"], "cancels all its digits"),
    ],
)
def test_a_note_names_what_lost_the_digits(adiff: Run, argv: list[str], said: str) -> None:
    outcome = adiff(*argv, "--strict")
    assert outcome.code == 0
    assert said in outcome.err
    assert "float64 alone" not in adiff(*argv, "--float64").err


@pytest.mark.parametrize("text", ["sin(pi)", "0.1+0.2-0.3", "sin(1)", "1/3", "exp(-800)"])
def test_nothing_is_said_where_float64_does_well(adiff: Run, text: str) -> None:
    assert adiff("eval", text).err == ""


def test_options_that_exclude_each_other(adiff: Run) -> None:
    outcome = adiff("eval", "1/3", "--float64", "--digits", "20")
    assert outcome.code == 2
    assert "--float64" in outcome.err
    assert adiff("eval", "1/3", "--digits", "10001").code == 2


def test_all_partial_derivatives_are_proven(adiff: Run) -> None:
    argv = ["taylor", "exp(x*y)/3", "--at", "x=0.1,y=pi", "--total", "3", "--digits", "30"]
    lines = adiff(*argv).out.splitlines()
    e = MP.exp(MP.pi / 10) / 3
    assert lines[0] == f"f = {MP.nstr(e, 30)}"
    assert lines[6] == f"∂³f/∂x³ = {MP.nstr(MP.pi**3 * e, 30)}"
    assert "would take too much" in adiff(*argv[:-3], "12", *argv[-2:]).err


@pytest.mark.parametrize("text", ["tan(pi/2)", "1/sin(pi)", "log(sin(pi))", "1/(sqrt(2)**2 - 2)"])
def test_a_number_that_may_be_none_is_not_printed_without_a_word(adiff: Run, text: str) -> None:
    assert "do not tell whether there is a value" in adiff("eval", text).err
    assert adiff("eval", text, "--strict").code == 1
