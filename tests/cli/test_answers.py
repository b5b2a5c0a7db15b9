"""What adiff answers: the usages it exists for, in the forms in which people call it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.cli import main
from processes import PROGRAM, Run, clean_environment

ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["grad", "x**4 - 2*x**2", "--at", "x=2"], "24"),
        (["grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "2"], "44"),
        (["grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "3"], "48"),
        (["grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "4"], "24"),
        (["grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "5"], "0"),
        (["grad", "x**4 - 2*x**2", "--at", "x=2", "--order", "0"], "8"),
        (["eval", "sin(pi/6)", "--float64"], "0.49999999999999994"),
        (["eval", "1/3", "--round", "4"], "0.3333"),
        (["eval", "1/0 - 2", "-q"], "inf"),
        (["eval", "0/0", "-q"], "nan"),
        (["eval", "1e22 * 1"], "1e+22"),
        (["eval", "[[1, 2.5], [x, 4]]", "--at", "x=3"], "[[1, 2.5], [3, 4]]"),
        (["eval", "-x**2", "--at", "x=3"], "-9"),
        (["eval", "-3 + 1"], "-2"),
        (["eval", "--at", "x=-3", "-x"], "3"),
        (["eval", "--", "-1"], "-1"),
        (["grad", "-x^2", "--at", "x=-2"], "4"),
        (["grad", "x*y", "--at", "x=2, y=pi/2", "--wrt", "x"], "1.5707963267948966"),
        (["grad", "x*y", "--at", "x=2", "--at", "y=3"], "x = 3\ny = 2"),
        (["grad", "y*x", "--at", "x=2", "--at", "y=3", "--wrt", "x,y"], "x = 3\ny = 2"),
        (["grad", "sum(A*A)", "--at", "A=[[1,2],[3,4]]"], "[[2, 4], [6, 8]]"),
        (["grad", "gamma**2", "--at", "gamma=3"], "6"),
        (["grad", "x**3*y", "--at", "x=2, y=5", "--wrt", "x,x,y"], "12"),
        (["grad", "x**3*y", "--at", "x=2, y=5", "--wrt", "x,y", "--mixed"], "12"),
        (["grad", "x**3*y", "--wrt", "y,x,x"], "6*x"),
    ],
)
def test_standard_output_is_the_answer_and_nothing_else(
    adiff: Run, argv: list[str], out: str
) -> None:
    assert adiff(*argv) == (0, out + "\n", "")


def test_every_partial_derivative_of_rosenbrocks_function(adiff: Run) -> None:
    outcome = adiff("grad", ROSENBROCK, "--at", "x=-1.2", "--at", "y=1")
    found = dict(line.split(" = ") for line in outcome.out.splitlines())
    # Moré, Garbow, Hillstrom (1981), problem 1: the gradient at the standard start (-1.2, 1).
    assert float(found["x"]) == pytest.approx(-215.6, rel=1e-14)
    assert float(found["y"]) == pytest.approx(-88.0, rel=1e-14)
    only = adiff("grad", ROSENBROCK, "--at", "x=-1.2", "--at", "y=1", "--wrt", "y")
    assert only.out.strip() == found["y"]


def test_a_number_in_a_pipe_reads_back_exactly(adiff: Run) -> None:
    import math

    assert float(adiff("eval", "exp(1.1)*1e-300").out) == math.exp(1.1) * 1e-300


# --- notes ---------------------------------------------------------------------------------------

KINK = """\
note: `abs` has a kink here; ∂f/∂x is -3 from the left and 3 from the right, 0 is given
  --> EXPR:1:3
   |
 1 | 3*abs(x) + 1
   |   ^^^^^^
"""


def test_a_note_says_where_a_derivative_was_chosen(adiff: Run) -> None:
    argv = ["grad", "3*abs(x) + 1", "--at", "x=0"]
    assert adiff(*argv) == (0, "0\n", KINK)
    assert adiff(*argv, "--quiet") == (0, "0\n", "")
    assert adiff("grad", "3*abs(x) + 1", "--at", "x=1") == (0, "3\n", "")
    (note,) = strict(adiff(*argv, "--json").out)["notes"]
    assert note["span"] == [2, 8]


def test_a_jump_is_said_to_have_no_derivative(adiff: Run) -> None:
    outcome = adiff("grad", "floor(x)*x", "--at", "x=2")
    assert outcome.out == "2\n"
    assert "`floor` jumps here: f is 2 from the left and 4 from the right" in outcome.err
    assert "∂f/∂x does not exist, 2 is given" in outcome.err


# --- where the expression comes from -------------------------------------------------------------


def test_from_a_file(adiff: Run, tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("\ufeffx**2 + # a comment\n 1\n")
    assert adiff("grad", "-f", "f.txt", "--at", "x=5") == (0, "10\n", "")


@pytest.mark.parametrize("argv", [["eval"], ["eval", "-"]])
def test_from_standard_input(adiff: Run, argv: list[str]) -> None:
    assert adiff(*argv, stdin="1 +\n 2\n") == (0, "3\n", "")


def test_from_a_real_shell(tmp_path: Path) -> None:
    script = tmp_path / "adiff"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m autodiff_cli "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(
        'echo "x^2" | ./adiff grad --at x=4 | cat'
        " && ./adiff eval '2*3' && ./adiff eval -x --at x=1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=clean_environment(),
    )
    assert (done.stdout, done.stderr) == ("8\n6\n-1\n", "")


# --- JSON ----------------------------------------------------------------------------------------


def strict(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(text, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


def test_json_of_a_value(adiff: Run) -> None:
    found = strict(adiff("eval", "x/y", "--at", "x=1", "--at", "y=0", "--json").out)
    assert found == {
        "schema": 1,
        "command": "eval",
        "expression": "x/y",
        "at": {"x": 1.0, "y": 0.0},
        "value": "inf",
        "proven": True,
        "notes": [
            {
                "message": "`1 / 0` gives inf;"
                " pole of order 1: f is -inf from the left and inf from the right",
                "span": [0, 3],
            }
        ],
    }


def test_json_of_derivatives(adiff: Run) -> None:
    argv = ["grad", "sum(a*x**2)", "--at", "a=3", "--at", "x=[1,2]", "--json"]
    found = strict(adiff(*argv).out)
    assert found["order"] == 1
    assert found["value"] == 15.0
    assert found["derivatives"] == {"a": 5.0, "x": [6.0, 12.0]}


def test_json_of_an_error_goes_to_standard_error(adiff: Run) -> None:
    outcome = adiff("eval", "2 * sni(1) + foo(2)", "--json")
    assert (outcome.code, outcome.out) == (3, "")
    found = strict(outcome.err)
    assert found["error"]["code"] == "unknown-function"
    assert found["error"]["span"] == [4, 7]
    assert [other["code"] for other in found["others"]] == ["unknown-function"]


# --- terminals and pipes -------------------------------------------------------------------------


def test_several_derivatives_make_a_table_on_a_terminal(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    code, seen = on_terminal("grad", "x*y", "--at", "x=2", "--at", "y=3", NO_COLOR="1")
    assert code == 0
    assert "\x1b[" not in seen
    assert re.search(r"variable +∂f/∂·", seen)
    assert re.search(r"^ *x +y +3 *$", seen, re.MULTILINE)


def test_a_narrow_terminal_keeps_every_digit(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    argv = ["grad", "sin(x)*y", "--at", "x=1", "--at", "y=1/3"]
    _, seen = on_terminal(*argv, NO_COLOR="1")
    digits = re.search(r"x +y\*cos\(x\) +(0\.\d+)", seen)
    assert digits
    _, narrow = on_terminal(*argv, NO_COLOR="1", COLUMNS="20")
    assert digits[1] in re.sub(r"\s+", "", narrow)


def test_errors_have_colors_on_a_terminal_only(
    adiff: Run, on_terminal: Callable[..., tuple[int, str]]
) -> None:
    assert "\x1b[" not in adiff("eval", "2x").err
    assert "\x1b[1;31m" in on_terminal("eval", "2x")[1]
    assert "\x1b[" not in on_terminal("eval", "2x", NO_COLOR="1")[1]
    assert "\x1b[" not in on_terminal("eval", "2x", TERM="dumb")[1]
    assert "\x1b[" not in on_terminal("eval", "2x", "--color", "never")[1]
    assert "\x1b[1;31m" in adiff("eval", "2x", "--color", "always").err
    assert "\x1b[1;31m" in adiff("eval", "2x", FORCE_COLOR="1").err


def test_without_an_expression_on_a_terminal_it_does_not_wait(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    code, seen = on_terminal("eval")
    assert code == 2
    assert "no expression is given" in seen


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "eval", "[" + "1," * 50_000 + "1]"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def test_an_interrupt_ends_it_with_130(tmp_path: Path) -> None:
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [*PROGRAM, "eval", "-f", str(fifo)],
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_an_interrupt_before_the_command_line_is_read_is_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from autodiff_cli import __main__, cli

    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert __main__.main() == 130


def test_output_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    def run(command: str, **env: str) -> tuple[int, str]:
        line = f"{sys.executable} -m autodiff_cli {command}"
        done = subprocess.run(
            line, shell=True, capture_output=True, text=True, env=clean_environment(**env)
        )
        return done.returncode, done.stderr

    assert run("eval 1 >/dev/full") == (
        1,
        "error: cannot write the answer: no space left on device\n",
    )
    assert run("eval 1 >&-") == (0, "")
    assert run("eval 1+ 2>&-")[0] == 3
    assert run("eval 1+ 2>/dev/full")[0] == 3
    assert run("graph 'sin(x)' >/dev/null", PYTHONIOENCODING="cp1252") == (0, "")


def test_many_kinks_are_not_many_words(adiff: Run) -> None:
    outcome = adiff("grad", "+".join(["abs(x)"] * 1000), "--at", "x=0")
    assert outcome.out == "0\n"
    assert outcome.err.count("note:") == 1
    assert "is -1000 from the left and 1000 from the right" in outcome.err


def test_many_variables_take_one_sweep(adiff: Run) -> None:
    names = [f"v{i}" for i in range(1000)]
    at = ",".join(f"{name}=1" for name in names)
    outcome = adiff("grad", "*".join(names), "--at", at)
    assert outcome.out == "".join(f"{name} = 1\n" for name in names)


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["-h"],
        *(
            [name, "--help"]
            for name in ("eval", "grad", "taylor", "hessian", "jacobian", "graph", "functions")
        ),
    ],
)
def test_help(adiff: Run, argv: list[str]) -> None:
    outcome = adiff(*argv)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: adiff")
    # A user has no use for the names of Python's types.
    assert not re.search(r"\b(str|int|list\[|path|TEXT|INTEGER)\b", outcome.out)


@pytest.mark.parametrize("columns", [20, 30, 40, 80, 200])
@pytest.mark.parametrize("name", ["", "eval", "grad", "taylor", "jacobian", "export"])
def test_help_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([*[name] * bool(name), "--help"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    # A word is not broken, such as the name of an option with its choices.
    assert all(len(line) <= columns or len(line.split()) <= 2 for line in lines[1:])
    assert max(map(len, lines)) <= 80


def test_version(adiff: Run) -> None:
    from autodiff_cli import __version__

    assert adiff("--version") == (0, f"adiff {__version__}\n", "")
    assert adiff("-V").out == f"adiff {__version__}\n"
