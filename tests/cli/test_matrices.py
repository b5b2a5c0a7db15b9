"""Hessians and Jacobians on the command line: pipes, terminals, files and formulas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from processes import Run

Terminal = Callable[..., tuple[int, str]]

ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"
VALLEY = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"
FIFTY = "x=[" + ",".join(f"{0.1 + k / 7:.6f}" for k in range(50)) + "]"


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (
            ["hessian", ROSENBROCK, "--at", "x=1,y=1"],
            "x,x = 802\nx,y = -400\ny,x = -400\ny,y = 200",
        ),
        (["hessian", "sum(x**3)", "--at", "x=[1,2]"], "[[6, 0], [0, 12]]"),
        (["hessian", ROSENBROCK, "--at", "x=1,y=1", "--wrt", "y"], "200"),
        (["hessian", ROSENBROCK, "--at", "x=1,y=1", "--hvp", "x=1,y=2"], "x = 2\ny = 0"),
        (["hessian", "sum(x**3)", "--at", "x=[1,2]", "--hvp", "x=[1,-1]"], "[6, -12]"),
        (
            ["hessian", ROSENBROCK],
            "x,x = 1200*x**2 - 400*y + 2\nx,y = -400*x\ny,x = -400*x\ny,y = 200",
        ),
        (["hessian", "x**3"], "6*x"),
        (["hessian", "norm([x, y])", "--wrt", "y"], "x**2/(x**2 + y**2)**(3/2)"),
        (["hessian", "det([[x, y], [y, 2]])", "--wrt", "y"], "-2"),
        (["jacobian", "r*x, r + x", "--at", "r=2,x=3"], "f[0] = [3, 2]\nf[1] = [1, 1]"),
        (["jacobian", "[x, 2*x]", "--at", "x=3"], "[1, 2]"),
        (
            ["jacobian", "A @ x", "--at", "A=[[1,2],[3,4]],x=[5,6]"],
            "A = [[[5, 6], [0, 0]], [[0, 0], [5, 6]]]\nx = [[1, 2], [3, 4]]",
        ),
        (
            ["jacobian", "r*cos(t), r*sin(t)"],
            "f[0],r = cos(t)\nf[0],t = -r*sin(t)\nf[1],r = sin(t)\nf[1],t = r*cos(t)",
        ),
        (["jacobian", "x*[1, y]"], "f[0],x = 1\nf[0],y = 0\nf[1],x = y\nf[1],y = x"),
        (["jacobian", "[[1, 2], [3, x]] @ [x, 1]"], "f[0],x = 1\nf[1],x = 4"),
    ],
)
def test_a_pipe_gets_each_block_by_name(adiff: Run, argv: list[str], out: str) -> None:
    assert adiff(*argv) == (0, out + "\n", "")


def test_the_blocks_read_back(adiff: Run) -> None:
    outcome = adiff("hessian", "s*sum(x**4)", "--at", "s=0.1,x=[0.3,1/3]")
    for line in outcome.out.splitlines():
        names, block = line.split(" = ")
        assert adiff("eval", block).out.strip() == block
        assert re.fullmatch(r"[sx],[sx]", names)


# --- JSON -----------------------------------------------------------------------------------------


def test_json_of_a_hessian(adiff: Run) -> None:
    outcome = adiff("hessian", "s*sum(x**2)", "--at", "s=3,x=[1,2]", "--json")
    assert json.loads(outcome.out) == {
        "schema": 1,
        "command": "hessian",
        "expression": "s*sum(x**2)",
        "at": {"s": 3.0, "x": [1.0, 2.0]},
        "wrt": ["s", "x"],
        "value": 15.0,
        "hessian": {
            "s": {"s": 0.0, "x": [2.0, 4.0]},
            "x": {"s": [2.0, 4.0], "x": [[6.0, 0.0], [0.0, 6.0]]},
        },
        "proven": True,
    }


def test_json_of_the_others(adiff: Run) -> None:
    found = json.loads(adiff("jacobian", "x*y, x", "--at", "x=2,y=3", "--json").out)
    assert found["jacobian"] == {"x": [3.0, 1.0], "y": [2.0, 0.0]}
    found = json.loads(adiff("hessian", "x**2*y", "--json").out)
    assert found["formulas"] == {"x": {"x": "2*y", "y": "2*x"}, "y": {"x": "2*x", "y": "0"}}
    found = json.loads(adiff("jacobian", "x*y, x", "--json").out)
    assert found["formulas"] == {"f[0]": {"x": "y", "y": "x"}, "f[1]": {"x": "1", "y": "0"}}
    argv = ["hessian", "x**2*y", "--at", "x=1,y=2", "--hvp", "x=1,y=1", "--json"]
    assert json.loads(adiff(*argv).out)["hvp"] == {"x": 6.0, "y": 2.0}


# --- notes ----------------------------------------------------------------------------------------


def test_notes_say_what_is_wrong_with_the_numbers(adiff: Run) -> None:
    kink = adiff("hessian", "abs(x)*y", "--at", "x=0,y=2")
    assert kink.err.startswith("note: `abs` has a kink here; ∂f/∂x is -2 from the left and 2")
    steep = adiff("hessian", "x**1.5", "--at", "x=0")
    assert steep.out == "inf\n"
    assert steep.err.startswith("note: ∂f/∂x exists here, but ∂²f/∂x² is inf\n")
    slope = adiff("jacobian", "sqrt(x), x", "--at", "x=0")
    assert slope.out == "[inf, 1]\n"
    assert "vertical tangent; ∂f/∂x is inf" in slope.err
    assert adiff("jacobian", "1/x, x", "--at", "x=0", "--strict").code == 1


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["h.csv", "h.npy", "h.json"])
def test_a_file_has_the_whole_matrix_and_reads_back(adiff: Run, tmp_path: Path, name: str) -> None:
    argv = ["hessian", "exp(x*y)/3", "--at", "x=0.1,y=0.7"]
    assert adiff(*argv, "-o", name) == (0, "", "")
    blocks = [line.split(" = ")[1] for line in adiff(*argv).out.splitlines()]
    back = adiff("eval", "A", "--at", f"A=@{name}").out
    assert back == "[[{}, {}], [{}, {}]]\n".format(*blocks)


def test_a_file_has_the_variables_of_a_jacobian_side_by_side(adiff: Run, tmp_path: Path) -> None:
    argv = ["jacobian", "s*(A @ x)", "--at", "A=[[1,2],[3,4]],x=[5,6],s=2"]
    assert adiff(*argv, "-o", "j.npy").code == 0
    whole = np.load(tmp_path / "j.npy")
    expected = [[10, 12, 0, 0, 2, 4, 17], [0, 0, 10, 12, 6, 8, 39]]
    np.testing.assert_array_equal(whole, expected)


def test_what_is_not_finite_goes_into_files_too(adiff: Run, tmp_path: Path) -> None:
    for name in ("j.csv", "j.json", "j.npy"):
        assert adiff("jacobian", "sqrt(x), x", "--at", "x=0", "-o", name, "-q").code == 0
        assert adiff("eval", "A", "--at", f"A=@{name}", "-q").out in (
            "[inf, 1]\n",
            "[[inf], [1]]\n",
        )


def test_a_failure_leaves_the_file_as_it_was(adiff: Run, tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("before\n")
    assert adiff("hessian", "x, y", "--at", "x=1,y=1", "-o", "h.csv").code == 1
    assert (tmp_path / "h.csv").read_text() == "before\n"
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]


# --- terminals ------------------------------------------------------------------------------------


def grid(seen: str) -> list[list[str]]:
    """Return the cells of a table, its headings first."""
    lines = [line.split() for line in seen.splitlines() if re.search(r"\w", line)]
    return [line for line in lines if not line[0].startswith("─")]


def test_two_by_two_is_a_table_with_headings(on_terminal: Terminal) -> None:
    code, seen = on_terminal("hessian", ROSENBROCK, "--at", "x=1,y=1", NO_COLOR="1")
    assert code == 0
    assert grid(seen) == [["x", "y"], ["x", "802", "-400"], ["y", "-400", "200"]]
    assert "shown" not in seen


def test_one_number_is_no_table(on_terminal: Terminal) -> None:
    assert on_terminal("hessian", "x**2", "--at", "x=1", NO_COLOR="1") == (0, "2\n")


def test_formulas_of_a_graph_have_its_shapes(adiff: Run) -> None:
    graph = ["--to", "json", "--order", "0", "-o", "g.json"]
    assert adiff("export", "sum(x)**2 * y**2", "--at", "x=[1,2],y=3", *graph).code == 0
    assert adiff("hessian", "-f", "g.json", "--wrt", "y").out == "2*sum(x)**2\n"
    assert adiff("jacobian", "-f", "g.json", "--wrt", "y").out == "2*y*sum(x)**2\n"
    assert adiff("grad", "-f", "g.json", "--wrt", "y,y").out == "2*sum(x)**2\n"
    assert adiff("grad", "-f", "g.json", "--wrt", "y").out == "2*y*sum(x)**2\n"
    for command in ("hessian", "jacobian"):
        refused = adiff(command, "-f", "g.json")
        assert (refused.code, "`x` is a vector of 2" in refused.err) == (2, True)
    for mixed in (["--wrt", "y,x,y"], ["--order", "2"]):
        refused = adiff("grad", "-f", "g.json", *mixed)
        assert (refused.code, "`x` is a vector of 2" in refused.err) == (1, True)


def test_formulas_are_listed_on_a_terminal(on_terminal: Terminal) -> None:
    _, seen = on_terminal("hessian", ROSENBROCK, NO_COLOR="1")
    assert re.search(r"^ *x,x +1200\*x\*\*2 - 400\*y \+ 2 *$", seen, re.MULTILINE)


@pytest.mark.parametrize("columns", [36, 80, 200])
def test_fifty_by_fifty_is_shown_by_its_corners(on_terminal: Terminal, columns: int) -> None:
    argv = ["hessian", VALLEY, "--at", FIFTY]
    code, seen = on_terminal(*argv, NO_COLOR="1", COLUMNS=str(columns), LINES="24")
    assert code == 0
    table = seen.split("50x50")[0]
    assert max(map(len, table.splitlines())) <= columns
    assert len(seen.splitlines()) <= 24
    headings, *rows = grid(table)
    assert headings[0] == "x[0]"
    assert headings[-1] == "x[49]"
    assert "…" in headings
    assert rows[0][:2] == ["x[0]", "-83.1428"]
    assert rows[-1][0] == "x[49]"
    assert rows[-1][-1] == "200"
    assert len({len(row) for row in rows}) == 1
    assert "50x50 numbers, shown in part and to 6 digits: `-o FILE` writes them all" in seen


def test_a_quiet_table_says_nothing_else(on_terminal: Terminal) -> None:
    _, seen = on_terminal("hessian", VALLEY, "--at", FIFTY, "-q", NO_COLOR="1")
    assert "shown" not in seen


def test_asked_digits_are_those_shown(on_terminal: Terminal) -> None:
    argv = ["jacobian", "r*cos(t), r*sin(t)", "--at", "r=2,t=1"]
    _, seen = on_terminal(*argv, "--round", "3", NO_COLOR="1")
    assert grid(seen) == [["r", "t"], ["f[0]", "0.54", "-1.68"], ["f[1]", "0.841", "1.08"]]
    assert "0.5403023058681398" in on_terminal(*argv, NO_COLOR="1")[1]
    short = on_terminal(*argv, NO_COLOR="1", COLUMNS="40")[1]
    assert "0.540302 " in short
    assert "2x2 numbers, shown to 6 digits" in short


def test_where_no_table_fits_there_are_lines(on_terminal: Terminal) -> None:
    _, seen = on_terminal("hessian", ROSENBROCK, "--at", "x=1,y=1", COLUMNS="8", NO_COLOR="1")
    assert seen == "x,x = 802\nx,y = -400\ny,x = -400\ny,y = 200\n"
    argv = ["hessian", ROSENBROCK, "--at", "x=1,y=1"]
    assert on_terminal(*argv, TERM="dumb")[1] == seen


def test_a_tensor_variable_has_a_table_of_its_own(on_terminal: Terminal) -> None:
    argv = ["jacobian", "A @ x", "--at", "A=[[1,2],[3,4]],x=[5,6]"]
    _, seen = on_terminal(*argv, NO_COLOR="1")
    assert "A[0, 0]   A[0, 1]   A[1, 0]   A[1, 1]" in seen
    assert re.search(r"x\[0\] +x\[1\]", seen)
