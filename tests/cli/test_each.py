"""Answers at several points: ranges in `--at`, and lists with `--each`."""

from __future__ import annotations

import json
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from autodiff_cli.cli import main
from processes import Run


def lines(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    assert main([*argv]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_range_is_exact(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "eval", "1e16*(x - 3/10)", "--at", "x=0:1:11")
    assert found[0] == "x,value"
    assert found[4] == "0.3,0"
    assert [row.split(",")[0] for row in found[1:]] == [
        "0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"
    ]  # fmt: skip
    assert lines(capsys, "eval", "sin(x)", "--at", "x=0:pi:3")[1:] == [
        "0,0",
        "1.5707963267948966,1",
        "3.141592653589793,0",
    ]
    found = lines(capsys, "eval", "1/x", "--at", "x=1e-3:1e3:4:log")
    assert found[1] == "0.001,1000"
    assert found[4] == "1000,0.001"


def test_each_digit_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    mpmath.mp.dps = 60
    argv = ["eval", "exp(x)", "--at", "x=[0.1, 1/3]", "--each", "--digits", "30"]
    want = [mpmath.exp(mpmath.mpf(1) / n) for n in (10, 3)]
    found = [row.split(",")[1] for row in lines(capsys, *argv)[1:]]
    assert found == [mpmath.nstr(value, 30, strip_zeros=False) for value in want]


def test_gradients_run_through_products(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "grad", "x**2*y", "--at", "x=[1,3],y=1:2:2", "--each") == [
        "x,y,∂f/∂x,∂f/∂y",
        "1,1,2,1",
        "1,2,4,1",
        "3,1,6,9",
        "3,2,12,9",
    ]
    argv = ["grad", "x**2*y", "--at", "x=1:3:3", "--at", "y=5"]
    assert lines(capsys, *argv, "--wrt", "x", "--order", "2")[0] == "x,∂²f/∂x²"
    assert lines(capsys, *argv, "--wrt", "x,y")[1:] == ["1,10,1", "2,20,4", "3,30,9"]
    assert lines(capsys, *argv, "--wrt", "x,y,x") == ["x,∂³f/∂x∂y∂x", "1,2", "2,2", "3,2"]


def test_vectors_and_files(
    capsys: pytest.CaptureFixture[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lines(capsys, "eval", "sum(x)", "--at", "x=[[1,2],[3,4]]", "--each")
    assert found[1:] == ['"[1, 2]",3', '"[3, 4]",7']
    monkeypatch.chdir(str(tmp_path))
    np.save("x.npy", np.array([0.1, np.inf]))
    # A file has the float64 nearest to a tenth, not the tenth.
    found = lines(capsys, "eval", "x - 1/10", "--at", "x=@x.npy", "--each")
    assert found[1:] == ["0.1,5.551115123125783e-18", "inf,inf"]


def test_notes_and_json(capsys: pytest.CaptureFixture[str], adiff: Run) -> None:
    assert main(["eval", "1/x", "--at", "x=-1:1:3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["each"] == ["x"]
    assert [point["value"] for point in found["points"]] == [-1.0, "inf", 1.0]
    assert found["points"][2]["proven"] is True
    assert "at x = 0" in found["notes"][0]["message"]
    assert main(["eval", "log(x)", "--at", "x=-9:0:10"]) == 0
    assert "there are 5 notes more" in capsys.readouterr().err
    done = adiff("eval", "--at", "x=1:2:3", stdin="2*x")
    assert done.out == "x,value\n1,2\n1.5,3\n2,4\n"


def test_a_terminal_has_a_table(on_terminal: Callable[..., tuple[int, str]]) -> None:
    code, seen = on_terminal("grad", "x**2", "--at", "x=0:1:3", "--color", "never")
    assert code == 0
    rows = [line.split() for line in seen.splitlines() if line.strip()]
    assert rows[0] == ["x", "∂f/∂x"]
    assert rows[2:] == [["0", "0"], ["0.5", "1"], ["1", "2"]]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["eval", "x", "--at", "x=1", "--each"], "`--each` is of values that are several"),
        (["eval", "x", "--at", "x=1:2"], "does not say from where to where"),
        (["eval", "x", "--at", "x=1:2:3,x=[1,2]", "--each"], "`x` is given values twice"),
        (["eval", "x", "--at", "x=1:2:200000"], "200,000 points are too many to be proven"),
        (["grad", "x", "--at", "x=1:2:3", "--accuracy"], "only if it is numbers"),
        (["eval", "x + z", "--at", "x=1:2:3"], "`z`"),
    ],
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], argv: list[str], message: str) -> None:
    assert main(argv) in (1, 2, 3)
    seen = capsys.readouterr()
    assert seen.out == ""
    assert message in seen.err
