"""`adiff check`: derivatives beside difference quotients, and beside what is claimed."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import mpmath
import pytest

from autodiff_cli.cli import main

MP = mpmath.MPContext()
MP.dps = 50


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["check", *argv])
        seen = capsys.readouterr()
        return int(code), seen.out, seen.err

    return run


# --- difference quotients ------------------------------------------------------------------------


def test_the_table_shows_truncation_and_rounding(check: Any) -> None:
    code, out, err = check("sin(x)*exp(x)", "--at", "x=1", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)["derivatives"]["x"]
    with MP.workdps(50):
        want = MP.exp(1) * (MP.sin(1) + MP.cos(1))
    assert found["derivative"] == float(want)
    errors = {m: [abs(MP.mpf(r[m]) / want - 1) for r in found["steps"]] for m in found["best"]}
    assert [row["step"] for row in found["steps"]] == pytest.approx(
        [10.0**-k for k in range(1, 16)]
    )
    for method, digits in (
        ("forward", 7),
        ("central", 9),
        ("Richardson", 12),
        ("complex step", 15),
    ):
        best = found["best"][method]
        assert best["digits"] >= digits
        # A number of so many digits is within half a unit of the last one, and no closer.
        error = abs(MP.mpf(best["value"]) / want - 1)
        assert best["digits"] >= 16 or error <= MP.mpf(10) ** -best["digits"] / 2
        assert min(errors[method]) == error
    assert errors["forward"][0] > 100 * errors["forward"][7] < errors["forward"][14]


def test_what_is_printed_marks_the_right_digits(check: Any) -> None:
    code, out, _ = check("exp(x)", "--at", "x=1")
    assert code == 0
    assert out.startswith("∂f/∂x = 2.718281828459045, proven\n")
    marked = re.findall(r"^(\w[\w ]*?)  +([\d.|]+) +(\d+) digits", out, re.MULTILINE)
    assert {name for name, _, _ in marked} >= {"forward", "central", "Richardson"}
    for _, text, digits in marked:
        right, _, _ = text.partition("|")
        assert len(right.replace(".", "")) == int(digits)
        # But for the last one, which rounding may change, they are those of e.
        assert MP.nstr(MP.e, 30).startswith(right[:-1])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["abs(x)*x", "--at", "x=0.5"], "none, for `abs` has no complex derivative"),
        (["x**3", "--at", "x=2", "--order", "2"], "∂²f/∂x² = 12, proven"),
        (["x@x", "--at", "x=[1,2]"], "∂f/∂x[1] = 4, proven"),
        (["x/3", "--at", "x=1", "--float64"], ", in float64"),
    ],
)
def test_tables_of_other_kinds(check: Any, argv: list[str], said: str) -> None:
    code, out, _ = check(*argv)
    assert code == 0
    assert said in out


def test_a_kink_and_lost_digits_are_noted(check: Any) -> None:
    assert "`abs` has a kink here" in check("abs(x)", "--at", "x=0")[2]
    assert "cancels all its digits" in check("(1-cos(x))/x**2", "--at", "x=1e-8")[2]


# --- claims --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [
        ["x**4 - 2*x**2", "--against", "4*x**3 - 4*x", "--at", "x=2"],
        ["exp(-x^2)*sin(3x)", "--against", "exp(-x^2)*(3cos(3x) - 2x*sin(3x))", "--over", "x=-2:2"],
        ["x**2*y", "--against", "2*x*y, x**2", "--over", "x=0:1,y=0:1"],
        ["x**2*y", "--against", "[[2*y, 2*x], [2*x, 0]]", "--order", "2", "--over", "x=0:1,y=0:1"],
        ["x**2*y", "--wrt", "x,x,y", "--against", "2", "--at", "x=1,y=5"],
        ["x**5", "--order", "3", "--against", "60*x**2", "--over", "x=-pi:pi"],
        ["sum(x**2)", "--against", "2*x", "--at", "x=[1, 2, 3]"],
        ["exp(x)*y", "--wrt", "x", "--against", "y*exp(x)", "--over", "x=0:1", "--at", "y=0.1"],
        ["sin(x)", "--against", "0.54", "--at", "x=1", "--tolerance", "0.01"],
        ["sin(x)", "--against", "cos(x)", "--at", "x=1", "--float64"],
        ["tan(x)", "--against", "sec(x)**2", "--over", "x=-1:1", "--float64"],
    ],
)
def test_right_claims_hold(check: Any, argv: list[str]) -> None:
    code, out, err = check(*argv)
    assert code == 0, out + err
    assert "the same" in out
    assert "different" not in out
    assert ("proven in between" in out) == ("--over" in argv and "--float64" not in argv)
    found = json.loads(check(*argv, "--json")[1])
    assert found["holds"] is True


@pytest.mark.parametrize(
    ("argv", "at", "numbers"),
    [
        (["x**4 - 2*x**2", "--against", "4*x**3 + 4*x", "--over", "x=-2:2"], {"x": 1}, (0, 8)),
        (["x**3", "--against", "3*x", "--at", "x=2"], {"x": 2}, (12, 6)),
        (["abs(x)", "--against", "1", "--over", "x=-1:1"], {"x": -1}, (-1, 1)),
        (["x**2*y", "--against", "2*x*y, x*2", "--over", "x=-2:2,y=0:1"], {"x": 1, "y": 1}, (1, 2)),
        (
            ["exp(x*y)", "--order", "2", "--against", "[[y**2*exp(x*y), x*y*exp(x*y)],"
             " [x*y*exp(x*y), x**2*exp(x*y)]]", "--over", "x=0:2,y=0:2"],
            {"x": 1, "y": 1}, (2 * math.e, math.e),
        ),
        (["log(x)", "--against", "1/x + 1e-20", "--over", "x=1:2"], {"x": 1}, (1, 1)),
        (["x**3", "--float64", "--against", "3*x", "--over", "x=2:3"], {"x": 2}, (12, 6)),
        # Wrong between 0.3 and 0.35 only.
        (
            ["x", "--against", "2 if x > 0.3 and x < 0.35 else 1", "--over", "x=0:1"],
            {"x": 0.31}, (1, 2),
        ),
    ],
)  # fmt: skip
def test_wrong_claims_have_a_simple_counterexample(
    check: Any, argv: list[str], at: dict[str, float], numbers: tuple[float, float]
) -> None:
    code, out, _ = check(*argv)
    assert code == 4
    assert "different at" in out
    found = json.loads(check(*argv, "--json")[1])
    assert found["holds"] is False
    example = found["counterexample"]
    assert example["at"] == at
    first = next(iter(example["derivatives"].values()))
    assert (first["derivative"], first["claim"]) == pytest.approx(numbers)


def test_the_derivative_is_told_where_a_claim_is_wrong(check: Any) -> None:
    _, out, _ = check("x**4 - 2*x**2", "--against", "4*x**3 + 4*x", "--over", "x=-2:2")
    assert out.endswith("the derivative is 4*x**3 - 4*x\n")


# Expression, arguments, the true derivative and a wrong claim that the rules would let pass.
TRUE_AT_KINKS = [
    ("relu(x) - relu(-x)", ["x=0"], "1", "0.5"),
    ("1 if x == 1 else x**2", ["x=1"], "2*x", "0"),
    ("abs(x)**2", ["x=0", "--order", "2"], "2", "0"),
    ("hypot(x, y)**2", ["x=0,y=0"], "[2*x, 2*y]", "[x + 1, y]"),
    ("hypot(x, y)**2", ["x=0,y=0", "--order", "2"], "[[2, 0], [0, 2]]", "[[2, 0], [0, 0]]"),
    (
        "max(x*y, 0) - max(-x*y, 0)",
        ["x=0,y=0", "--wrt", "x,y", "--order", "2"],
        "[[0, 1], [1, 0]]",
        "[[0, 0], [0, 0]]",
    ),
    ("abs(x) + y**2", ["x=0,y=1", "--wrt", "y"], "2*y", "3*y"),
]


@pytest.mark.parametrize(("text", "argv", "right", "wrong"), TRUE_AT_KINKS)
def test_claims_are_compared_with_the_derivative_that_exists(
    check: Any, text: str, argv: list[str], right: str, wrong: str
) -> None:
    code, out, _ = check(text, "--at", *argv, "--against", right)
    assert (code, "the same, within rounding" in out) == (0, True)
    code, out, _ = check(text, "--at", *argv, "--against", wrong)
    assert (code, out.startswith("different at")) == (4, True)


def test_a_wrong_claim_on_a_box_is_told_with_the_true_derivative(check: Any) -> None:
    argv = ["1 if x == 1 else x**2", "--over", "x=0:2", "--against", "3*x"]
    code, out, _ = check(*argv)
    assert (code, "∂f/∂x is 2, the claim gives 3" in out) == (4, True)


def test_at_a_kink_there_is_nothing_to_compare_with(check: Any) -> None:
    code, out, err = check("abs(x)", "--against", "7", "--at", "x=0")
    assert code == 0
    assert out == "at x = 0: no derivative to compare with\n"
    assert "-1 from the left and 1 from the right" in err
    code, out, _ = check("abs(x)", "--against", "sign(x)", "--over", "x=-1:1")
    assert code == 0
    assert re.search(r"the same exactly, but for x from -\S+e-0\d to \S+e-0\d", out)


# --- Python functions ----------------------------------------------------------------------------

FILE = """
import numpy as np

print("loading")

def slope(x):
    return 3*x**2

def wrong(x):
    print("called")
    return 3*x**2 if x < 1 else 0.0

def gradient(y, x):
    return np.array([2*x*y, x**2])

def both(x, y):
    return x**2*y, [2*x*y, x**2]

def loose(*args):
    return [2*args[0]*args[1], args[0]**2]

def fails(x):
    raise ValueError("no such luck")

def ends(x):
    raise SystemExit(3)

def vector(x):
    return 2*x
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.py"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "argv", "code"),
    [
        ("slope", ["x**3", "--over", "x=-2:2"], 0),
        ("wrong", ["x**3", "--over", "x=-2:2"], 4),
        ("gradient", ["x**2*y", "--at", "x=2,y=3"], 0),
        ("both", ["x**2*y", "--at", "x=2,y=3"], 0),
        ("loose", ["x**2*y", "--at", "x=2,y=3"], 0),
        ("vector", ["sum(x**2)", "--at", "x=[1, 2]"], 0),
        ("fails", ["x**3", "--at", "x=2"], 1),
        ("ends", ["x**3", "--at", "x=2"], 1),
        ("nothing", ["x**3", "--at", "x=2"], 1),
        ("slope", ["x**2*y", "--at", "x=2,y=3"], 1),
    ],
)
def test_python_functions(check: Any, file: Path, name: str, argv: list[str], code: int) -> None:
    got, out, err = check(*argv, "--against", f"{file}:{name}")
    assert got == code, out + err
    assert "loading" not in out
    assert "called" not in out
    assert (got == 1) == err.startswith("error: ")
    if code == 4:
        assert "different at x = 1:\n  ∂f/∂x is 3, the claim gives 0" in out


def test_a_file_that_is_not_there_and_one_that_takes_too_long(check: Any, tmp_path: Path) -> None:
    assert check("x", "--at", "x=1", "--against", f"{tmp_path}/none.py:f")[0] == 2
    path = tmp_path / "slow.py"
    path.write_text("def f(x):\n    while True: pass\n", encoding="utf-8")
    code, _, err = check("x", "--at", "x=1", "--against", f"{path}:f", "--limit", "seconds=1")
    assert code == 1
    assert "longer than 1 second" in err


# --- without the library of balls ----------------------------------------------------------------


def test_without_the_library_of_balls_checks_are_those_of_float64(
    monkeypatch: pytest.MonkeyPatch, check: Any
) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("autodiff_cli.graph")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "flint", None)
    code, out, err = check("x**3", "--at", "x=2", "--against", "3*x**2", "--over", "x=0:1")
    assert code == 0
    assert out == "at x = 2: the same, within rounding\n" + (
        "x from 0 to 1: the same at 202 points, within rounding\n"
    )
    assert err.count("python-flint") == 2
    code, out, _ = check("x**3", "--against", "3*x", "--over", "x=0:3")
    assert code == 4
    assert "different at x = 2:\n  ∂f/∂x is 12, the claim gives 6" in out
    code, out, _ = check("x**3", "--at", "x=2")
    assert code == 0
    assert out.startswith("∂f/∂x = 12, in float64\n")
