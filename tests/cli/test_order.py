"""Variables come in one order everywhere: that of `--wrt`, of the values, or the natural one."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff_cli
from processes import Run

NAMES = ["a", "B", "x2", "x10"]
"""In natural order."""
TEXT = "x10*a**2 + B*x2*x10 + a*B"


@pytest.mark.parametrize("order", list(itertools.permutations(NAMES))[::9], ids=",".join)
@pytest.mark.parametrize("by", ["values", "wrt"])
def test_every_answer_is_in_the_order_asked_for(
    adiff: Run, tmp_path: Path, order: tuple[str, ...], by: str
) -> None:
    given = order if by == "values" else NAMES
    options = ["--at", ",".join(f"{name}={NAMES.index(name) + 2}" for name in given)]
    options += ["--wrt", ",".join(order)] if by == "wrt" else []
    at = {name: NAMES.index(name) + 2 for name in given}
    wrt = list(order) if by == "wrt" else None

    def found(*argv: str) -> Any:
        return json.loads(adiff(*argv, TEXT, *options, "--json").out)

    assert list(found("grad")["derivatives"]) == list(order)
    assert list(found("hessian")["hessian"]) == list(order)
    assert list(found("jacobian")["jacobian"]) == list(order)
    first = [p["orders"] for p in found("taylor", "--total", "1")["partials"][1:]]
    assert first == [{name: 1} for name in order]
    lines = adiff("grad", TEXT, *options).out.splitlines()
    assert [line.partition(" = ")[0] for line in lines] == list(order)
    # The second derivatives as textbooks have them.
    a, b, x2, x10 = (NAMES.index(name) + 2 for name in NAMES)
    whole = np.array([[2 * x10, 1, 0, 2 * a], [1, 0, x10, x2], [0, x10, 0, b], [2 * a, x2, b, 0]])
    places = [NAMES.index(name) for name in order]
    wanted = whole[np.ix_(places, places)].tolist()
    assert autodiff_cli.hessian(TEXT, at, wrt).matrix.tolist() == wanted
    target = tmp_path / "h.json"
    adiff("hessian", TEXT, *options, "-o", str(target))
    assert json.loads(target.read_text()) == wanted
    slopes = np.array([2 * a * x10 + b, x2 * x10 + a, b * x10, a**2 + b * x2])[places]
    assert autodiff_cli.jacobian(TEXT, at, wrt).matrix.tolist() == [slopes.tolist()]
    assert list(autodiff_cli.grad(TEXT, at, wrt)) == list(order)


@pytest.mark.parametrize("command", ["grad", "hessian", "jacobian"])
def test_formulas_are_in_natural_order(adiff: Run, command: str) -> None:
    formulas = json.loads(adiff(command, TEXT, "--json").out)["formulas"]
    assert list(formulas.get("f", formulas)) == NAMES


def test_code_takes_its_arguments_in_natural_order(adiff: Run) -> None:
    code = adiff("export", TEXT, "--to", "c").out
    assert "double f(double a, double B, double x2, double x10," in code


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ([], "f[0] = [1, 2, 3]\nf[1] = [20, 10, 0]"),
        (["-o", "-"], "1,2,3\n20,10,0"),
    ],
)
def test_rows_of_a_jacobian_are_outputs(adiff: Run, show: list[str], shown: str) -> None:
    argv = ["jacobian", "x + 2*y + 3*z, x*y", "--at", "x=10,y=20,z=0"]
    assert adiff(*argv, *show) == (0, shown + "\n", "")
    assert json.loads(adiff(*argv, "--json").out)["matrix"] == [[1, 2, 3], [20, 10, 0]]


@pytest.mark.parametrize(
    "argv",
    [
        ["hessian", "x*y", "--at", "x=1,y=2"],
        ["jacobian", "x*y, x", "--at", "x=1,y=2"],
        ["graph", "x*y"],
        ["export", "x*y", "--to", "c"],
    ],
    ids=lambda argv: argv[0],
)
def test_a_dash_is_standard_output(
    adiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = adiff(*argv, "-o", "-")
    assert (code, err) == (0, "")
    assert out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("order", ["0", "1", "2"])
@pytest.mark.parametrize("text", ["abs(x)", "max(x, 0)", "1/x", "sqrt(x)"])
def test_a_graph_has_the_notes_of_its_derivatives(adiff: Run, text: str, order: str) -> None:
    grad = adiff("grad", text, "--at", "x=0", "--order", order if order != "0" else "1")
    graph = adiff("graph", text, "--at", "x=0", "--order", order)
    assert grad.err
    assert graph.err == grad.err
    assert adiff("graph", text, "--at", "x=0", "--order", order, "--strict").code == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# about\n\n  x**2 + 1  # so\n", "x**2 + 1"),
        ("u = x\nu*u\n", "u = x"),
    ],
)
def test_a_picture_of_a_file_has_a_short_title(
    adiff: Run, tmp_path: Path, text: str, title: str
) -> None:
    file = tmp_path / "model.txt"
    file.write_text(text)
    assert f">{title}</FONT>" in adiff("graph", "-f", str(file)).out
    graph = tmp_path / "model.json"
    adiff("export", "x**2", "-o", str(graph))
    assert ">model.json</FONT>" in adiff("graph", "-f", str(graph)).out


ZEROS: list[Callable[[str], list[str]]] = [
    lambda text: ["eval", text, "--at", "x=0"],
    lambda text: ["eval", f"[{text}, {text}]", "--at", "x=0"],
    lambda text: ["grad", f"x*({text})", "--at", "x=0"],
    lambda text: ["hessian", f"x*x*({text})", "--at", "x=0"],
    lambda text: ["jacobian", f"x*({text}), x*({text})", "--at", "x=0"],
    lambda text: ["taylor", text, "--at", "x=0"],
    lambda text: ["graph", text, "--at", "x=0"],
]


@pytest.mark.parametrize("json_", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("text", ["-x", "-sin(x)", "0/(-1 - x)"])
@pytest.mark.parametrize("argv", ZEROS)
def test_zero_has_no_sign(
    adiff: Run, argv: Callable[[str], list[str]], text: str, json_: list[str]
) -> None:
    out = adiff(*argv(text), *json_).out.replace(text, "")
    numbers = re.findall(r"(?<![\w.*])-?[0-9.]+(?:e[+-]?[0-9]+)?", out)
    assert not [n for n in numbers if n.startswith("-") and float(n) == 0.0]


def test_files_keep_the_sign_of_zero(adiff: Run) -> None:
    argv = ["-(x*y), x", "--at", "x=0,y=1", "--float64", "-o", "-"]
    assert adiff("jacobian", *argv).out == "-1,-0\n1,0\n"
