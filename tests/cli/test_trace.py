"""`adiff trace`: every intermediate, with its value, local partials, and adjoint or tangents."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from autodiff_cli import evaluate
from autodiff_cli.cli import main
from formulas import FORMULAS, Formula
from processes import Run

# Evaluation traces with values from outside: see the README of the cases.
TRACES = json.loads(
    (Path(__file__).parents[1] / "cases" / "data" / "trace.json").read_text(encoding="utf-8")
)
SURVEY = ("log(x1) + x1*x2 - sin(x2)", "--at", "x1=2,x2=5")
MP = mpmath.MPContext()
MP.dps = 40

every_trace = pytest.mark.parametrize("case", TRACES, ids=[case["id"] for case in TRACES])


@pytest.fixture
def trace(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*argv: str) -> tuple[int, str, str]:
        code = main(["trace", *argv])
        seen = capsys.readouterr()
        return int(code), seen.out, seen.err

    return run


def asked(case: dict[str, Any]) -> list[str]:
    return [case["expr"], *(f"--at={name}={value}" for name, value in case["at"].items())]


def written_out(nodes: list[dict[str, Any]]) -> dict[str, str]:
    """Return for each line by name what it is of the variables alone."""
    whole: dict[str, str] = {}
    for node in nodes:
        text = re.sub(r"[A-Za-z]\w*", lambda word: whole.get(word[0], word[0]), node["formula"])
        whole[node["name"]] = f"({text})" if node["inputs"] else text
    return whole


# --- the cases -----------------------------------------------------------------------------------


@every_trace
def test_values_partials_and_adjoints_are_those_of_the_literature(
    trace: Any, case: dict[str, Any]
) -> None:
    code, out, err = trace(*asked(case), "--json")
    assert (code, err) == (0, "")
    nodes = json.loads(out)["nodes"]
    # The order of independent lines is free, and with it their names.
    whole = written_out(nodes)
    found = {whole[node["name"]]: node for node in nodes}
    names = written_out(case["nodes"])
    assert found.keys() == set(names.values())
    for wanted in case["nodes"]:
        got = found[names[wanted["name"]]]
        assert got["value"] == pytest.approx(wanted["value"], rel=1e-13)
        assert got["adjoint"] == pytest.approx(wanted["adjoint"], rel=1e-13)
        for use in wanted["contributions"]:
            user = found[names[use["from"]]]
            partial = user["partials"][got["name"]]
            assert partial * user["adjoint"] == pytest.approx(use["adds"], rel=1e-13)
            assert abs(partial) == pytest.approx(abs(use["partial"]), rel=1e-13) or (
                use["partial"] == use["adds"]
            )
        users = {names[use["from"]] for use in wanted["contributions"]}
        assert users == {whole[n["name"]] for n in nodes if got["name"] in n["inputs"]}
    assert nodes[-1]["value"] == pytest.approx(case["value"], rel=1e-13)


@every_trace
def test_tangents_are_derivatives_of_each_line(trace: Any, case: dict[str, Any]) -> None:
    nodes = json.loads(trace(*asked(case), "--json", "--mode", "forward")[1])["nodes"]
    point = [MP.mpf(value) for value in case["at"].values()]
    functions = {name: getattr(MP, name) for name in ("log", "sin", "exp")}
    for node, text in zip(nodes, written_out(nodes).values(), strict=True):
        line = eval(f"lambda {', '.join(case['at'])}: {text}", functions)
        for k, name in enumerate(case["at"]):
            turns = tuple(int(j == k) for j in range(len(point)))
            want = MP.diff(line, point, turns)
            assert node["tangents"][name] == pytest.approx(float(want), rel=1e-13, abs=1e-13)


def test_the_numbers_of_the_survey(trace: Any) -> None:
    _, out, _ = trace(*SURVEY, "--to", "table", "--round", "4")
    rows = {line.split()[0]: line.split() for line in out.splitlines()}
    assert (rows["x1"][-1], rows["x2"][-1]) == ("5.5", "1.716")
    assert rows["v5"][:5] == ["v5", "v3", "-", "v4", "11.65"]
    assert "11.652" in trace(*SURVEY, "--to", "table", "--round", "5")[1]


# --- the chain rule ------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", FORMULAS[::4], ids=lambda formula: formula.name)
def test_adjoints_and_tangents_follow_from_local_partials(trace: Any, formula: Formula) -> None:
    argv = [formula.text, *(f"--at={name}={value!r}" for name, value in formula.at.items())]
    first = next(iter(formula.at))
    nodes = json.loads(trace(*argv, "--json")[1])["nodes"]
    sums = {node["name"]: [] for node in nodes}
    sums[nodes[-1]["name"]].append(1.0)
    for node in nodes:
        for name, partial in node["partials"].items():
            sums[name].append(partial * node["adjoint"])
    for node in nodes:
        terms = sums[node["name"]]
        size = max(map(abs, terms), default=0.0)
        assert node["adjoint"] == pytest.approx(sum(terms), rel=1e-12, abs=1e-13 * size)
    forward = json.loads(trace(*argv, "--json", "--mode", "forward", "--wrt", first)[1])["nodes"]
    tangents = {node["name"]: node.get("tangents", {}).get(first, 0.0) for node in forward}
    for node in forward[len(formula.at) :]:
        terms = [partial * tangents[name] for name, partial in node["partials"].items()]
        size = max(map(abs, terms), default=0.0)
        assert tangents[node["name"]] == pytest.approx(sum(terms), rel=1e-12, abs=1e-13 * size)
    # Both modes give the same derivative.
    assert tangents[nodes[-1]["name"]] == pytest.approx(
        next(node["adjoint"] for node in nodes if node["name"] == first), rel=1e-11
    )


@pytest.mark.parametrize("formula", FORMULAS[1::6], ids=lambda formula: formula.name)
def test_a_span_is_the_text_of_its_line(trace: Any, formula: Formula) -> None:
    argv = [formula.text, *(f"--at={name}={value!r}" for name, value in formula.at.items())]
    for node in json.loads(trace(*argv, "--json")[1])["nodes"]:
        if "span" in node:
            first, last = node["span"]
            assert node["text"] == formula.text[first:last]
            at = {
                name: x for name, x in formula.at.items() if re.search(rf"\b{name}\b", node["text"])
            }
            assert evaluate(node["text"], at) == pytest.approx(node["value"], rel=1e-14)


# --- tensors, choices, names ---------------------------------------------------------------------


def test_tensors_have_shapes_and_are_elided(trace: Any) -> None:
    argv = ("sum((A @ x)**2)", "--at", "x=[1,2]", "--at", "A=[[1,2],[3,4]]")
    nodes = {n["name"]: n for n in json.loads(trace(*argv, "--json")[1])["nodes"]}
    a, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 2.0])
    np.testing.assert_array_equal(nodes["x"]["adjoint"], 2.0 * a.T @ (a @ x))
    np.testing.assert_array_equal(nodes["A"]["adjoint"], 2.0 * np.outer(a @ x, x))
    np.testing.assert_array_equal(nodes["v2"]["partials"]["v1"], 2.0 * a @ x)
    forward = json.loads(trace(*argv, "--json", "--mode", "forward", "--wrt", "x")[1])["nodes"]
    columns = next(n for n in forward if n["name"] == "v1")["tangents"]
    np.testing.assert_array_equal(np.transpose([columns["x[0]"], columns["x[1]"]]), a)
    argv = ("sum(v)", "--at", "v=[[1,2,3,4],[5,6,7,8]]")
    table = trace(*argv, "--to", "table")[1]
    assert "2x4 [1, 2, 3, …, 8]" in table
    assert "[[1, 2, 3, 4], [5, 6, 7, 8]]" in trace(*argv)[1]


def test_what_is_broadcast_has_a_partial_for_each_element(trace: Any) -> None:
    nodes = json.loads(trace("sum(s*x)", "--at", "s=3", "--at", "x=[1,2]", "--json")[1])["nodes"]
    (line,) = (node for node in nodes if node["formula"] == "s*x")
    assert line["partials"] == {"s": [1.0, 2.0], "x": [3.0, 3.0]}


def test_what_is_not_selected_has_no_adjoint(trace: Any) -> None:
    code, out, _ = trace("where(x > 0, log(x), 0*x)", "--at", "x=0", "--json")
    assert code == 0
    adjoints = {node["formula"]: node["adjoint"] for node in json.loads(out)["nodes"]}
    assert (adjoints["log(x)"], adjoints["x"]) == (0, 0)


def test_names_of_lines_are_none_of_the_text(trace: Any) -> None:
    nodes = json.loads(trace("v1 = x*w; v1 + sin(v1)", "--at", "x=2,w=3", "--json")[1])["nodes"]
    names = [node["name"] for node in nodes]
    assert names == ["x", "w", "t1", "t2", "t3"]
    assert nodes[2]["called"] == "v1"


def test_lines_that_do_not_depend_on_the_variables_have_no_derivatives(trace: Any) -> None:
    nodes = json.loads(trace("sin(x)*y", "--at", "x=1,y=2", "--wrt", "y", "--json")[1])["nodes"]
    assert [node["name"] for node in nodes if "adjoint" in node] == ["y", "v2"]
    assert [list(node["partials"]) for node in nodes] == [[], [], [], ["y"]]


# --- how it looks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "headings"),
    [(200, True), (80, True), (52, True), (30, False), (20, False)],
)
def test_on_a_terminal_it_fits(
    on_terminal: Callable[..., tuple[int, str]], columns: int, headings: bool
) -> None:
    code, seen = on_terminal("trace", *SURVEY, "-q", COLUMNS=str(columns))
    lines = seen.splitlines()
    assert code == 0
    assert lines[0].startswith("name  operation  value") == headings
    assert max(map(len, lines)) <= columns
    assert re.search(r"5\.5\b", seen)
    assert "v1 = log(x1)" in lines or headings
    if headings:
        starts = {re.search(r"(-?[\d.]+)$", line).start() for line in lines[1:]}  # type: ignore[union-attr]
        assert starts == {lines[0].index("adjoint")}


def test_a_list_tells_local_partials_from_tangents(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    argv = ("x*exp(x)", "--at", "x=0", "--mode", "forward")
    lines = on_terminal("trace", *argv, COLUMNS="16")[1].split("v2 = x*v1\n")[1].split()
    # v2 has the local partials v1 and x there, and the derivative (1 + x)*exp(x).
    assert dict(zip(lines[::2], lines[1::2], strict=True)) == {
        "value": "0",
        "∂/∂x": "1",
        "∂/∂v1": "0",
        "d/dx": "1",
    }


def test_in_a_pipe_there_are_tabs_and_all_digits(trace: Any) -> None:
    code, out, err = trace(*SURVEY)
    assert (code, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert {len(row) for row in rows} == {5}
    assert [row[0] for row in rows] == ["x1", "x2", "v1", "v2", "v3", "v4", "v5"]
    assert float(rows[5][2]) == pytest.approx(float(MP.sin(5)), rel=1e-16)
    spans = [line.split("\t")[5] for line in trace(*SURVEY, "--spans")[1].splitlines()]
    assert spans[4:] == ["log(x1) + x1*x2", "sin(x2)", "log(x1) + x1*x2 - sin(x2)"]


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_formats_have_a_row_for_each_line(trace: Any, mode: str) -> None:
    argv = (*SURVEY, "--mode", mode, "--spans")
    nodes = json.loads(trace(*argv, "--to", "json")[1])["nodes"]
    rows = list(csv.DictReader(trace(*argv, "--to", "csv")[1].splitlines()))
    assert [row["name"] for row in rows] == [node["name"] for node in nodes]
    assert [float(row["value"]) for row in rows] == [node["value"] for node in nodes]
    of = "adjoint" if mode == "reverse" else "d/dx1"
    wanted = [n["adjoint"] if mode == "reverse" else n["tangents"]["x1"] for n in nodes]
    assert [float(row[of]) for row in rows] == wanted
    latex = trace(*argv, "--to", "latex")[1].splitlines()
    assert latex[0].startswith(r"\begin{array}{")
    assert latex[-1] == r"\end{array}"
    columns = latex[0].count("l", len(r"\begin{array}"))
    assert {line.count("&") + 1 for line in latex[1:-1]} == {columns}
    assert len(latex) == len(nodes) + 3
    assert r"v_{2} = x_{1} x_{2}" in latex[5]
    assert r"\frac{\partial v_{2}}{\partial x_{1}} = 5" in latex[5]
    assert json.loads(trace(*argv, "--json")[1])["nodes"] == nodes


def test_notes_are_those_of_the_derivative(trace: Any) -> None:
    for mode in ("reverse", "forward"):
        code, _, err = trace("abs(x) + x", "--at", "x=0", "--mode", mode, "--strict")
        assert code == 1
        assert "`abs` has a kink here; ∂f/∂x is 0 from the left and 2 from the right" in err


@pytest.mark.parametrize("command", ["trace", "explain", "graph"])
def test_conventions_of_single_operations_are_told(adiff: Run, command: str) -> None:
    convention = "has a kink here: its own derivative is a convention"
    # The derivative of x**2 exists, and is what is shown: --strict accepts it.
    outcome = adiff(command, "abs(x)**2", "--at", "x=0", "--strict")
    assert outcome.code == 0
    assert f"note: `abs` {convention}\n" in outcome.err
    # An array of one element is the same.
    assert adiff(command, "[abs(x)**2]", "--at", "x=0", "--strict").code == 0
    # This is x, whose derivative the rules give as 0, and `adiff grad` as 1.
    outcome = adiff(command, "relu(x) - relu(-x)", "--at", "x=0", "--strict")
    shown = command == "explain"
    assert outcome.code == (0 if shown else 1)
    assert f"note: `relu` {convention}{'' if shown else ', and ∂f/∂x is 1'}\n" in outcome.err
