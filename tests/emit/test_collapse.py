"""Large pictures: what is summed up in boxes, and that nothing is lost in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.emit.picture.collapse import collapse, expanded
from autodiff_cli.emit.picture.groups import Graph, grouped
from autodiff_cli.emit.picture.picture_graph import PictureGraph, picture_graph
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.engine import as_variable
from emit.graphs import chain, exp, sin


@st.composite
def graphs(draw: Any) -> Graph:
    """Return an acyclic graph of up to 60 nodes, of which some are to be seen."""
    size = draw(st.integers(1, 60))
    reach = draw(st.integers(1, 60))
    inputs = [
        draw(
            st.lists(st.none() | st.integers(max(0, k - reach), k - 1), min_size=1, max_size=3)
            if k
            else st.just([None])
        )
        for k in range(size)
    ]
    kinds = draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size))
    fixed = draw(st.frozensets(st.integers(0, size - 1), max_size=3))
    return Graph(inputs, kinds, fixed | {size - 1})


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs(), st.integers(1, 30))
def test_groups_are_a_partition_whose_graph_is_acyclic(graph: Graph, most: int) -> None:
    groups = grouped(graph, most)
    members = [k for group in groups for k in group.members]
    assert sorted(members) == list(range(len(graph.inputs)))
    place = {k: g for g, group in enumerate(groups) for k in group.members}
    for k, inputs in enumerate(graph.inputs):
        assert all(place[i] <= place[k] for i in inputs if i is not None)
    for group in groups:
        assert len(group.unit) * group.times == len(group.members)
        assert set(group.unit) <= set(group.members)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(graphs())
def test_connected_graph_becomes_as_small_as_is_wanted(graph: Graph) -> None:
    size = len(graph.inputs)
    # One node that uses all others connects the graph.
    whole = Graph([*graph.inputs, list(range(size))], [*graph.kinds, "c"], frozenset({size}))
    for most in (1, 3, 10):
        assert len(grouped(whole, most)) <= most


def test_small_graph_stays_as_it_is() -> None:
    groups = grouped(Graph([[None], [0], [1]], "abc"), 3)
    assert [group.members for group in groups] == [(0,), (1,), (2,)]


@pytest.mark.parametrize("most", [1, 4, 20])
def test_chain_of_equal_nodes_is_one_run(most: int) -> None:
    (group,) = grouped(Graph([[None], *([k] for k in range(99))], "a" * 100), most)
    assert (group.times, group.unit) == (100, (99,))


def test_loop_is_a_run_of_its_body() -> None:
    # f = f + b(a(x)), 50 times.
    inputs: list[list[int | None]] = [[None]]
    for _ in range(50):
        last = len(inputs)
        inputs += [[None], [last], [last - 1, last + 1]]
    run = grouped(Graph(inputs, "s" + "ab+" * 50), 8)[-1]
    assert run.times == 50
    assert len(run.unit) == 3


def test_parts_used_by_one_node_are_copies() -> None:
    inputs: list[list[int | None]] = [[None]] * 20
    for _ in range(19):
        inputs = [*inputs, [len(inputs) - 20, len(inputs) - 1]]
    groups = grouped(Graph(inputs, "a" * 20 + "+" * 19), 5)
    assert [group.times for group in groups] == [20, 19]


def with_boxes(most: int) -> tuple[PictureGraph, PictureGraph]:
    xs = [as_variable(0.1 * k, f"x{k}") for k in range(40)]
    f = xs[0]
    u = f
    for k, x in enumerate(xs):
        f = exp(f * x) + sin(x / 3) if k % 3 else f * u - x
        if k == 20:
            u = f
            u.name = "u"
    seen = share(picture_graph({"f": f, "g": sin(u)}))
    return seen, collapse(seen, most)


@pytest.mark.parametrize("most", [5, 12, 30, 60])
def test_boxes_hold_every_call_once(most: int) -> None:
    seen, small = with_boxes(most)
    held = list(expanded(small.calls))
    assert len(held) == len(seen.calls)
    assert {call.name for call in held} == {call.name for call in seen.calls}
    assert [y.names for y in small.outputs] == [("f",), ("g",)]
    # Results come before their uses, and every use is of a result or of a variable.
    known: set[Any] = {x for x in small.data if x.call is None}
    for call in small.calls:
        assert all(x in known for x in call.arguments if not x.literal)
        known |= set(call.results)
    assert set(small.outputs) <= known
    assert len(small.calls) < len(seen.calls)


def test_value_of_a_box_is_that_of_its_result() -> None:
    _, small = with_boxes(12)
    alone = [call.results[0] for call in small.calls if len(call.results) == 1 and call.members]
    assert all(datum.value is not None for datum in alone)


def test_variables_that_only_one_box_uses_are_left_to_it() -> None:
    _, small = with_boxes(12)
    assert len([x for x in small.data if x.call is None]) < 12


def test_box_says_what_it_computes() -> None:
    (box,) = collapse(share(picture_graph({"f": chain(100)})), 5).calls
    assert box.title == "100 times sin(·)"
    x = as_variable(0.5, "x")
    y = sin(exp(x) + 2)
    seen = share(picture_graph({"f": y * sin(y), "g": exp(y)}))
    assert {call.title for call in collapse(seen, 6).calls} >= {"sin(exp(x) + 2)"}
