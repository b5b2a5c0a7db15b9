"""`adiff export`: code that runs, files written whole, and graphs that come back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from processes import Run

ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"


CALLER = """
import rosenbrock, sys
value, (gx, gy), ((gxx, gxy), (gyx, gyy)) = rosenbrock.f(-1.2, 1)
print(*map(float, (value, gx, gy, gxx, gxy, gyx, gyy)))
print([name for name in sys.modules if name.startswith(("autodiff", "scipy"))])
"""


def test_python_code_runs_without_adiff(adiff: Run, tmp_path: Path) -> None:
    assert adiff("export", ROSENBROCK, "--hessian", "-o", "rosenbrock.py") == (0, "", "")
    done = subprocess.run(
        [sys.executable, "-c", CALLER], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    numbers, modules = done.stdout.splitlines()
    assert modules == "[]"
    # Moré, Garbow, Hillstrom (1981), problem 1.
    want = [24.2, -215.6, -88.0, 1330.0, 480.0, 480.0, 200.0]
    assert [float(number) for number in numbers.split()] == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["f", "∂f/∂x", "∂f/∂y"]),
        (["--gradient"], ["f", "∂f/∂x", "∂f/∂y"]),
        (["--order", "0"], ["f"]),
        (["--order", "2"], ["f", "∂f/∂x", "∂f/∂y", "∂²f/∂x²", "∂²f/∂y²"]),
        (["--order", "2", "--wrt", "y"], ["f", "∂f/∂y", "∂²f/∂y²"]),
        (["--hessian", "--wrt", "y,x"], ["f", "∂f/∂y", "∂f/∂x", "∂²f/∂y²", "∂²f/∂y∂x", "∂²f/∂x∂y",
                                         "∂²f/∂x²"]),
    ],
)  # fmt: skip
def test_what_is_exported(adiff: Run, options: list[str], names: list[str]) -> None:
    outcome = adiff("export", "x**2 * y**3", "--to", "json", *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert list(json.loads(outcome.out)["outputs"]) == names


@pytest.mark.parametrize("language", ["python", "c", "json"])
def test_json_wraps_the_code(adiff: Run, language: str) -> None:
    plain = adiff("export", "x*y", "--to", language).out
    found = json.loads(adiff("export", "x*y", "--to", language, "--json").out)
    assert found["schema"] == 1
    assert (found["command"], found["to"], found["expression"]) == ("export", language, "x*y")
    assert found["code"] == plain


def test_the_suffix_says_which_language(adiff: Run, tmp_path: Path) -> None:
    for name, begin in (("f.py", '"""x'), ("f.c", "/* x"), ("f.json", "{")):
        assert adiff("export", "x", "-o", name).code == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_a_file_is_written_whole_or_not_at_all(adiff: Run, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text("mine")
    for text in ("digamma(x)", "x +"):
        assert adiff("export", text, "-o", "f.c").code in (1, 3)
        assert (tmp_path / "f.c").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["f.c"]


# --- graphs that come back -----------------------------------------------------------------------

TENSORS = ["A=[[1,2],[3,4]]", "v=[1,-2]"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (ROSENBROCK, ["x=-1.2", "y=1"]),
        ("where(x > 0, log(x), sinc(x))*atan2(x, θ) + inf*0", ["x=-1.2", "θ=3"]),
        ("u = A @ v; sum(u[::-1]**2, axis=0, keepdims=0) * det(A) - u[1]", TENSORS),
        ("norm(softmax(A, axis=-1)) + sum(concatenate(A, [[1, 2]]).T @ stack(v, v, v))", TENSORS),
    ],
)
def test_a_graph_gives_what_the_expression_gives(adiff: Run, text: str, at: list[str]) -> None:
    values = [word for value in at for word in ("--at", value)]
    assert adiff("export", text, "-o", "g.json", *values) == (0, "", "")
    outcome = json.loads(adiff("eval", "-f", "g.json", *values, "--json").out)
    value = json.loads(adiff("eval", text, *values, "--json").out)["value"]
    gradient = json.loads(adiff("grad", text, *values, "--json").out)["derivatives"]
    again = json.loads(adiff("grad", "-f", "g.json", *values, "--json").out)["derivatives"]
    assert outcome["value"] == value
    assert again == gradient
    found = {name.split("∂")[-1]: got for name, got in outcome["outputs"].items() if name != "f"}
    assert found.keys() == gradient.keys()
    for name, want in gradient.items():
        # A derivative along with its graph, and one without, may be rounded differently.
        np.testing.assert_allclose(np.float64(found[name]), np.float64(want), rtol=1e-14)


def test_every_output_of_a_graph_is_shown(adiff: Run) -> None:
    adiff("export", "x*y", "-o", "g.json")
    outcome = adiff("eval", "-f", "g.json", "--at", "x=2, y=3")
    assert outcome == (0, "f = 6\n∂f/∂x = 3\n∂f/∂y = 2\n", "")


def test_a_graph_can_be_drawn_and_exported_again(adiff: Run) -> None:
    adiff("export", "x*sin(y)", "-o", "g.json", "--hessian")
    assert adiff("graph", "-f", "g.json").out.startswith("digraph")
    assert adiff("export", "-f", "g.json", "--to", "c") == adiff("export", "x*sin(y)", "--to", "c")


def test_a_value_has_the_shape_that_the_graph_is_for(adiff: Run) -> None:
    adiff("export", "sum(v)*x", "-o", "g.json", "--at", "v=[1,2], x=0")
    outcome = adiff("eval", "-f", "g.json", "--at", "v=[1,2,3], x=1")
    assert outcome.code == 2
    assert "`v` is a vector of 2 in this graph, not a vector of 3" in outcome.err


def test_a_note_fails_an_export_that_is_strict(adiff: Run) -> None:
    assert adiff("export", "sinx", "--to", "latex").code == 0
    outcome = adiff("export", "sinx", "--to", "latex", "--strict")
    assert outcome.code == 1
    assert "`sinx` is taken for one variable" in outcome.err


def test_latex_that_is_too_long_is_refused_with_the_languages_that_share_parts(adiff: Run) -> None:
    outcome = adiff("export", "**".join(["x"] * 200), "--to", "latex")
    assert outcome.code == 1
    assert "100,000 are the most" in outcome.err
    assert "`--to python`" in outcome.err
    assert "--max-length" not in outcome.err
