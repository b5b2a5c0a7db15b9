"""`adiff sweep`: tables over grids, as text and in files, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from autodiff_cli.cli import main
from autodiff_cli.files.tables import grid_table


def table(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, list[float]]:
    """Return the columns of an answer by their titles."""
    assert main(["sweep", *argv]) == 0
    titles, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    columns = zip(*([float(cell) for cell in row] for row in rows), strict=True)
    return dict(zip(titles, map(list, columns), strict=True))


def test_a_grid_of_two_variables(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["x**2*y", "--over", "x=-1:3:5", "--over", "y=[10,20]", "--grad"]
    found = table(capsys, *argv)
    x = [float(k) for k in range(-1, 4) for _ in range(2)]
    y = [10.0, 20.0] * 5
    pairs = list(zip(x, y, strict=True))
    assert found == {
        "x": x,
        "y": y,
        "f": [a * a * b for a, b in pairs],
        "∂f/∂x": [2 * a * b for a, b in pairs],
        "∂f/∂y": [a * a for a, _ in pairs],
    }


def test_second_and_third_derivatives(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, "a*x**3", "--over", "x=1:100:3:log", "--at", "a=2", "--hessian")
    assert found["x"] == [1.0, 10.0, 100.0]
    assert found["∂²f/∂x²"] == [12.0, 120.0, 1200.0]
    assert found["∂²f/∂x∂a"] == found["∂²f/∂a∂x"] == [3.0, 300.0, 30000.0]
    found = table(capsys, "a*x**3", "--over", "x=1:3:3", "--at", "a=2", "--order=3", "--wrt=x")
    assert list(found) == ["x", "f", "∂f/∂x", "∂²f/∂x²", "∂³f/∂x³"]
    assert found["∂³f/∂x³"] == [12.0] * 3
    assert list(table(capsys, "a*x", "--over", "x=1:3:3", "--at", "a=2")) == ["x", "f"]


def test_ends_are_expressions_and_constants_may_run(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, "cos(x)", "--over", "x=-pi:pi:3")
    assert found == {"x": [-math.pi, 0.0, math.pi], "f": [-1.0, 1.0, -1.0]}
    assert table(capsys, "2*e", "--over", "e=3:1:3")["f"] == [6.0, 4.0, 2.0]
    # A variable and the value are told apart where both are called f.
    assert table(capsys, "2*f", "--over", "f=0:1:2") == {"f": [0.0, 1.0], "f()": [0.0, 2.0]}


def test_several_outputs(capsys: pytest.CaptureFixture[str]) -> None:
    found = table(capsys, "u = x**2; x*y, u, 3", "--over", "x=1:2:2", "--at", "y=5", "--grad")
    assert found == {
        "x": [1.0, 2.0],
        "f[0]": [5.0, 10.0],
        "∂f[0]/∂x": [5.0, 5.0],
        "∂f[0]/∂y": [1.0, 2.0],
        "f[1]": [1.0, 4.0],
        "∂f[1]/∂x": [2.0, 4.0],
        "∂f[1]/∂y": [0.0, 0.0],
        "f[2]": [3.0, 3.0],
        "∂f[2]/∂x": [0.0, 0.0],
        "∂f[2]/∂y": [0.0, 0.0],
    }
    found = table(capsys, "x*y, y**3", "--over", "x=1:2:2", "--at", "y=5", "--hessian")
    assert found["∂²f[0]/∂x∂y"] == [1.0, 1.0]
    assert found["∂²f[1]/∂y²"] == [30.0, 30.0]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "x*y", "--over", "x=1:2:2", "--at", "y=2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["points"] == 2
    assert found["values"] == {"x": [1.0, 2.0], "f": [2.0, 4.0]}


def test_points_without_a_value_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["sweep", "log(x)", "--over", "x=-1:1:3"]
    assert main(argv) == 0
    seen = capsys.readouterr()
    assert seen.out == "x,f\n-1,nan\n0,-inf\n1,0\n"
    assert "2 of 3 points give nan or infinity" in seen.err
    assert main([*argv, "--strict"]) == 1


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    # Several chunks, of which the last is a short one.
    monkeypatch.setattr(grid_table, "BLOCK_ROWS", 1000)
    file = tmp_path / f"out.{suffix}"
    argv = ["sweep", "x*y", "--over", "x=0:1:41", "--over", "y=0:8:101", "--grad", "-o", str(file)]
    assert main(argv) == 0
    if suffix == "npz":
        with np.load(file) as loaded:
            found = dict(loaded)
    else:
        titles = file.read_text("utf-8").splitlines()[0].split(",")
        rows = np.loadtxt(file, delimiter=",", skiprows=1, encoding="utf-8")
        found = dict(zip(titles, rows.T, strict=True))
    x, y = np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 8, 101), indexing="ij")
    wanted = {"x": x, "y": y, "f": x * y, "∂f/∂x": y, "∂f/∂y": x}
    assert list(found) == list(wanted)
    for title, want in wanted.items():
        assert np.array_equal(found[title], want.ravel())
    before = file.read_bytes()
    assert main(argv) == 1
    assert file.read_bytes() == before
    assert main([*argv, "--force"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["x*y", "--over", "x=0:1:3"], "no values are given for `y`"),
        (["x"], "no values are given for `x`"),
        (["x", "--at", "x=2"], "there is nothing to sweep over"),
        (["x", "--over", "x=0:1:3", "--over", "z=0:1:2"], "the expression has no variable `z`"),
        (["x", "--over", "x=0:1:3", "--over", "x=0:1:3"], "`x` is given values twice"),
        (["x", "--over", "x=0:1:3", "--at", "x=2"], "`x` is given by `--over` and by `--at`"),
        (["x*y", "--over", "x=0:1:3", "--at", "y=[2,3]"], "`--at` gives `y` one value"),
        (["x", "--over", "x=0:1"], "does not say from where to where"),
        (["x", "--over", "x=0:1:3:lin"], "does not say from where to where"),
        (["x", "--over", "x=0:1:1"], "`1` is no number of values from `0` to `1`"),
        (["x", "--over", "x=0:1:2.5"], "`2.5` is no number of values from `0` to `1`"),
        (["x", "--over", "x=-1:1:9:log"], "cannot grow by the same factor"),
        (["x", "--over", "x=[[1,2]]"], "runs through a list of numbers, not a 1x2 matrix"),
        (["sum(x)", "--over", "x=0:1:3"], "`sum` works on arrays"),
        (["x[0]", "--over", "x=0:1:3"], "`[0]` is not in a number"),
        (["[x, 2*x]*x", "--over", "x=0:1:3"], "the expression gives a vector of 2"),
        (["x, sum(x)", "--over", "x=0:1:3"], "`sum` works on arrays"),
        (["x", "--over", "x=0:1:3", "--grad", "--hessian"], "both say how far to derive"),
        (["x", "--over", "x=0:1:3", "-o", "out.foo"], "`out.foo` is no table"),
        (["x", "--over", "x=0:1:2000000", "--json"], "2,000,000 points are too many to be printed"),
        (["x", "--over", "x=0:1:3", "-o", "/dev/full"], "no space left on device"),
    ],
)
def test_what_is_refused(capsys: pytest.CaptureFixture[str], argv: list[str], message: str) -> None:
    assert main(["sweep", *argv]) in (1, 2, 3)
    seen = capsys.readouterr()
    assert seen.out == ""
    assert message in seen.err
    assert "hint" in seen.err or "/dev/full" in argv or "twice" in message


@pytest.mark.parametrize("columns", ["30", "80"])
def test_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["sweep", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= int(columns) or len(line.split()) <= 2 for line in lines[1:])
