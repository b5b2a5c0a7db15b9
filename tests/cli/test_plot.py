"""`adiff plot` as people use it: in a terminal, in a pipe, into files, with mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.cli import main


@pytest.fixture
def plot(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["plot", *argv])
        seen = capsys.readouterr()
        return int(code), seen.out, seen.err

    return run


def test_a_pipe_gets_characters_without_colors(plot: Any) -> None:
    code, out, err = plot("x**3 - 3*x", "--over", "x=-2.5:2.5", "--order", "1")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].strip() == "x**3 - 3*x"
    assert lines[-2:] == ["  ── f", "  ╌╌ ∂f/∂x"]
    assert "\x1b" not in out
    assert any("⠀" <= c <= "⣿" for c in out)


def test_one_variable_needs_no_range(plot: Any) -> None:
    _, out, _ = plot("-x**2", "--json")
    fields = json.loads(out)
    assert fields["over"] == {"x": [-5, 5]}
    assert fields["at"] == {}


def test_json_tells_breaks_and_marks(plot: Any) -> None:
    _, out, _ = plot("a/x + abs(x - 1)", "--at", "a=2", "--over", "x=-2:3", "--json")
    fields = json.loads(out)
    assert fields["at"] == {"a": 2}
    assert fields["breaks"]["f"] == [{"kind": "pole", "at": 0}]
    assert [(mark["kind"], mark["x"]) for mark in fields["marks"]] == [("kink", 1)]
    assert len(fields["points"]) == len(fields["values"]["f"])


def test_a_tangent_is_exact(plot: Any) -> None:
    # The slopes of both sides agree here, though the rules pass a kink.
    code, out, _ = plot("abs(x)*x", "--over", "x=-1:1", "--tangent", "x=0")
    assert code == 0
    assert "tangent at x = 0" in out


WRONG = {
    ("x", "--over", "x=2:1"): "the interval of `x` is empty",
    ("x*y",): "no range or value is given for `x`",
    ("x*y", "--over", "y=0:1"): "no range or value is given for `x`",
    ("2",): "there is no variable to plot over",
    ("2", "--over", "x=0:1"): "the expression has no variable `x`",
    ("x", "--over", "x=0:1,z=0:1"): "the expression has no variable `z`",
    ("2*a", "--over", "x=0:1", "--at", "a=1"): "the expression has no variable `x`",
    ("x*y*z", "--over", "x=0:1,y=0:1,z=0:1"): "3 variables are too many",
    ("sqrt(x)", "--over", "x=-2:-1"): "there is nothing to plot",
    ("x", "--theme", "blue"): "`--theme` takes",
    ("x", "-o", "x.gif"): "`x.gif` is no picture",
    ("x", "-o", "missing/x.png"): "cannot write `missing/x.png`",
    ("abs(x)", "--tangent", "x=0"): "there is no tangent at x = 0",
    ("1/x", "--tangent", "x=0"): "there is no tangent at x = 0",
    ("x", "--tangent", "y=0"): "has no tangent at a value of `y`",
    ("x", "--tangent", "0"): "gives no point",
    ("x", "--taylor", "2"): "`--taylor` needs a point",
    ("x, x**2, x**3", "--parametric"): "two coordinates, not 3",
    ("[[x, 1], [1, x]]",): "which is no curve",
    ("x*y", "--over", "x=0:1,y=0:1"): "contours are drawn into a file",
    ("x*y", "--over", "x=0:1,y=0:1", "--order", "1"): "`--order` is for functions of one variable",
    ("x + )",): "`)` closes nothing",
}


@pytest.mark.parametrize("argv", WRONG, ids=" ".join)
def test_mistakes_are_one_clear_error(
    plot: Any, argv: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = plot(*argv)
    assert code != 0
    assert out == ""
    assert err.startswith("error: ")
    assert WRONG[argv] in err
    assert not list(tmp_path.iterdir())


def test_only_a_plot_loads_what_draws_it() -> None:
    code = (
        "import sys; from autodiff_cli.cli import main; main(['grad', 'x**2', '--at', 'x=2'])\n"
        "print([m for m in ('matplotlib', 'plotille') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4", "[]"]
