"""Graphs in files: nothing in them is trusted, and what is wrong is said in a line."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from autodiff_cli.engine import as_variable
from autodiff_cli.errors import AdiffError, ComputationError, ExpressionError
from autodiff_cli.language.graph_file import read_graph
from autodiff_cli.limits import Limits

GOOD: dict[str, Any] = {
    "schema": 1,
    "expression": "sum(x) + 2",
    "variables": [{"name": "x", "shape": [2]}],
    "nodes": [
        {"id": 0, "op": "variable", "name": "x"},
        {"id": 1, "op": "sum", "inputs": [0], "params": {"axis": 0, "keepdims": False}},
        {"id": 2, "op": "constant", "value": 2},
        {"id": 3, "op": "add", "inputs": [1, 2]},
    ],
    "outputs": {"f": 3},
}


def changed(*path: Any, to: Any) -> str:
    """Return the good graph with one thing in it replaced, as text."""
    graph = copy.deepcopy(GOOD)
    place: Any = graph
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(graph)


def test_a_good_graph_is_run() -> None:
    program = read_graph(json.dumps(GOOD), "g.json")
    y = program.run({"x": as_variable(np.array([1.0, 2.0]))})
    assert float(y) == 5.0


WRONG = [
    ("{", "expecting property name enclosed in double quotes in line 1"),
    ('{"schema": NaN}', "`NaN` is not JSON"),
    ("[" * 100_000, "it is nested too deeply"),
    ("[]", "the file is no object"),
    ("{}", "it is no graph of schema 1"),
    (changed("schema", to=2), "it is no graph of schema 1"),
    (changed("nodes", to=None), "`expression`, `variables` or `nodes` is missing"),
    (changed("expression", to=3), "`expression`, `variables` or `nodes` is missing"),
    (changed("variables", 0, to="x"), "a variable is no object"),
    (changed("variables", 0, "name", to="x y"), "a variable has no name"),
    (changed("variables", 0, "name", to="pi"), "`pi` cannot be the name of a variable"),
    (changed("variables", 0, "shape", to=[-1]), "the shape of `x` is not a list of whole"),
    (changed("variables", 0, "shape", to=[True]), "the shape of `x` is not a list of whole"),
    (changed("variables", 0, "shape", to=[1.5]), "the shape of `x` is not a list of whole"),
    (changed("nodes", 0, to=7), "node 0 is no object"),
    (changed("nodes", 1, "id", to=2), "node 1 has the id 2"),
    (changed("nodes", 0, "name", to="z"), "node 0 is a variable that is not listed"),
    (changed("nodes", 3, "op", to="system"), "node 3 has an unknown operation"),
    (changed("nodes", 3, "op", to="__class__"), "node 3 has an unknown operation"),
    (changed("nodes", 3, "op", to=["add"]), "node 3 has an unknown operation"),
    (changed("nodes", 1, "inputs", to=[1]), "the inputs of node 1 are not ids of nodes before"),
    (changed("nodes", 1, "inputs", to=[3]), "the inputs of node 1 are not ids of nodes before"),
    (changed("nodes", 1, "inputs", to=[-1]), "the inputs of node 1 are not ids of nodes before"),
    (changed("nodes", 1, "inputs", to=["0"]), "the inputs of node 1 are not ids of nodes before"),
    (changed("nodes", 3, "inputs", to=[1]), "node 3 has 1 inputs, and `add` takes 2"),
    (changed("nodes", 1, "params", to=[]), "`params` is no object"),
    (changed("nodes", 1, "params", to={"dtype": 1}), "`sum` in node 1 has no such parameter"),
    (changed("nodes", 1, "params", to={"axis": "0"}), "a parameter of node 1 is not made of"),
    (changed("nodes", 1, "params", to={"axis": 2**40}), "a parameter of node 1 is not made of"),
    (changed("nodes", 1, "params", to={"axis": [[0]]}), "a parameter of node 1 is not made of"),
    (changed("nodes", 1, "params", to={"axis": {"slice": [1]}}), "a parameter of node 1 is not"),
    (changed("nodes", 2, "value", to=None), "node 2 has no value that is a number"),
    (changed("nodes", 2, "value", to="two"), "node 2 has no value that is a number"),
    (changed("nodes", 2, "value", to=True), "node 2 has no value that is a number"),
    (changed("nodes", 2, "value", to=[1, 2]), "node 2 has no value that is a number"),
    (changed("nodes", 2, "shape", to=[3]), "node 2 has no value that is a number"),
    (changed("nodes", 2, "shape", to=3), "node 2 has no value that is a number"),
    (changed("outputs", to={}), "it has no outputs"),
    (changed("outputs", to=[3]), "`outputs` is no object"),
    (changed("outputs", to={"f": 4}), "an output is not the id of a node"),
    (changed("outputs", to={"f": True}), "an output is not the id of a node"),
    (changed("outputs", to={"\x1b[31m": 3}), "an output has a name that cannot be shown"),
]


@pytest.mark.parametrize(("text", "why"), WRONG, ids=lambda part: part[-60:])
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_graph(text, "g.json")
    assert caught.value.message.startswith("`g.json` is not a graph that adiff can read: ")
    assert why in caught.value.message


def test_two_variables_of_one_name() -> None:
    with pytest.raises(ExpressionError, match="or is that of two"):
        read_graph(changed("variables", to=[{"name": "x", "shape": []}] * 2), "g.json")


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(ExpressionError) as caught:
        read_graph(changed("nodes", 1, "op", to="summ"), "g.json")
    assert caught.value.hint == "did you mean `sum`?"


def big(*nodes: dict[str, Any]) -> str:
    first = GOOD["nodes"][0]
    numbered = [{"id": k, **node} for k, node in enumerate(nodes, 1)]
    return json.dumps({**GOOD, "nodes": [first, *numbered], "outputs": {"f": len(nodes)}})


SHAPE = [100_000, 100_000]


@pytest.mark.parametrize(
    "text",
    [
        big({"op": "broadcast_to", "inputs": [0], "params": {"shape": SHAPE}}),
        big({"op": "scatter", "inputs": [0], "params": {"shape": SHAPE, "index": 0}}),
        big(*({"op": "concatenate", "inputs": [k] * 8} for k in range(12))),
        big(*({"op": "stack", "inputs": [k] * 8} for k in range(12))),
    ],
)
def test_absurd_sizes_are_refused(text: str) -> None:
    program = read_graph(text, "g.json")
    with pytest.raises(ComputationError, match="too large"):
        program.run({"x": as_variable(np.ones(2))})


def test_limits_of_the_file_itself() -> None:
    with pytest.raises(ComputationError, match="too long"):
        read_graph(json.dumps(GOOD), "g.json", Limits(length=100))
    with pytest.raises(ComputationError, match="too large"):
        read_graph(json.dumps(GOOD), "g.json", Limits(calls=3))
    with pytest.raises(ComputationError, match="`x` is too large"):
        read_graph(changed("variables", 0, "shape", to=SHAPE), "g.json")


@pytest.mark.parametrize(
    "node",
    [
        {"op": "reshape", "inputs": [0]},
        {"op": "reshape", "inputs": [0], "params": {"shape": [3]}},
        {"op": "reshape", "inputs": [0], "params": {"shape": {"slice": [0, 1, None]}}},
        {"op": "sum", "inputs": [0], "params": {"axis": 5}},
        {"op": "getitem", "inputs": [0], "params": {"index": 9}},
        {"op": "astype", "inputs": [0], "params": {"dtype": 3}},
        {"op": "trace", "inputs": [0]},
        {"op": "inv", "inputs": [0]},
        {"op": "sinc_derivative", "inputs": [0], "params": {"n": -5}},
        {"op": "cofactors", "inputs": [0, 0]},
    ],
)
def test_calls_that_do_not_fit_are_errors_of_ours(node: dict[str, Any]) -> None:
    program = read_graph(big(node), "g.json")
    with pytest.raises(AdiffError) as caught:
        program.run({"x": as_variable(np.ones(2))})
    assert caught.value.span is not None
