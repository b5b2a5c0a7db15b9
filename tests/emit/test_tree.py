"""Graphs as trees of lines: what is drawn once, what is left out, and that nothing recurses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.tree import to_tree
from autodiff_cli.engine import Variable, as_variable
from emit.graphs import BUILDERS, NASTY, chain, exp, same_as_golden, sin, sqrt


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_golden(build: Callable[[], dict[str, Any]]) -> None:
    graph = build()
    values = graph.get("look", Look()).values
    tree = to_tree(graph["outputs"], values=values, known=graph.get("known"))
    assert same_as_golden(f"{tree}\n", f"{build.__name__}.tree")


def test_shared_subgraph_is_drawn_once() -> None:
    u = exp(as_variable(0.0, "x"))
    assert to_tree({"f": u * sin(u)}).splitlines() == [
        "f = * → 0.841471",
        "├─ #1 exp → 1",
        "│  └─ x = 0",
        "└─ sin → 0.841471",
        "   └─ exp → 1, see #1",
    ]


def test_doubling_graph_stays_small() -> None:
    y = as_variable(1.0, "x")
    for _ in range(200):
        y = y + y
    assert len(to_tree({"f": y}).splitlines()) < 500


def test_output_that_was_drawn_is_referred_to() -> None:
    f = exp(as_variable(0.0, "x"))
    assert to_tree({"g": sin(f), "f": f}).splitlines() == [
        "g = sin → 0.841471",
        "└─ #1 f = exp → 1",
        "   └─ x = 0",
        "f = exp → 1, see #1",
    ]


def test_leaves() -> None:
    x = as_variable(2.0, "x")
    assert to_tree({"f": x}) == "f = x = 2"
    assert to_tree({"f": x}, values=False) == "f = x"
    assert to_tree({"df/dx": as_variable(0.0)}, values=False) == "df/dx = 0"
    assert to_tree({"f": Variable(None, "x")}) == "f = x"
    assert to_tree({"": Variable(None)}) == "variable"
    assert to_tree({}) == ""


def test_where_nan_begins_is_said() -> None:
    y = sqrt(as_variable(-1.0, "x")) + 1
    assert to_tree({"f": y}).count("nan begins here") == 1
    assert "begins" not in to_tree({"f": y}, values=False)
    y = sqrt(as_variable(np.array([1.0, np.inf]), "x"))
    assert to_tree({"f": y}).splitlines()[1] == "└─ x = [1, inf] float64[2]  ← inf begins here"


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_no_name_can_act_on_a_terminal(name: str) -> None:
    lines = to_tree({name: sin(as_variable(1.0, name))}).split("\n")
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_lines_end_at_the_width() -> None:
    x = as_variable(np.arange(4.0), "a-rather-long-name")
    for width in (1, 10, 20, 33):
        lines = to_tree({"f": sin(x) * sin(x)}, width=width).splitlines()
        assert max(map(len, lines)) == width
        assert all(len(line) < width or "…" in line for line in lines) or width == 1


def test_cut_line_still_says_what_it_refers_to() -> None:
    u = sin(as_variable(np.arange(4.0), "x"))
    assert to_tree({"f": u * exp(u)}, width=24).splitlines()[-1] == "   └─ sin → [0,…, see #1"
    v = sqrt(as_variable(-np.arange(4.0), "x"))
    assert to_tree({"f": v}, width=30).splitlines()[0] == "f = sqrt →…  ← nan begins here"


def test_deep_chain_is_cut_into_trees() -> None:
    lines = to_tree({"f": chain(100)}, width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("…") for line in lines)
    assert lines[16].endswith(", see #1")
    assert lines[17].startswith("#1 sin → ")
    assert sum(line.lstrip(" └─#0123456789").startswith("sin") for line in lines) == 99 + 6
    assert lines[-1].endswith("x = 1")


def test_what_waited_and_was_drawn_meanwhile_is_not_drawn_again() -> None:
    u = y = chain(10)
    for _ in range(10):
        y = sin(y)
    lines = to_tree({"f": y + u}, width=40).splitlines()
    assert sum(line.endswith("x = 1") for line in lines) == 1
    assert len([line for line in lines if "see #" not in line]) == 22
    assert [line[:2] for line in lines if line.startswith("#")] == ["#1", "#3"]


def test_very_long_chain_is_cut_and_counted() -> None:
    shown = to_tree({"f": chain(20_000)}, width=80, max_lines=10).splitlines()
    assert len(shown) == 11
    everything = to_tree({"f": chain(20_000)}, width=80, max_lines=10**6).splitlines()
    assert shown[-1] == f"… {len(everything) - 10:,} more lines"
    assert to_tree({"f": chain(2)}, max_lines=2).endswith("\n… 1 more line")
    assert "…" not in to_tree({"f": chain(2)}, max_lines=3)


def test_same_text_on_every_run() -> None:
    for build in BUILDERS:
        first, second = (to_tree(build()["outputs"]) for _ in range(2))
        assert first == second
