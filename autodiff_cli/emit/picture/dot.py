"""Render a graph in the DOT language of Graphviz, which `render` turns into a picture file.

A Variable is a box with rounded corners and an operation an ellipse.  A Variable without a name is
a small box on the edge from the call that made it to those that use it.  Literal numbers are
written in the operation that they are an argument of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from autodiff_cli.emit.picture.labels import (
    FONT,
    INK,
    STYLES,
    WIRE,
    call_label,
    call_tip,
    caption,
    datum_label,
    datum_tip,
    is_inlined,
)
from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, PictureGraph, picture_graph
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError

if TYPE_CHECKING:
    from graphviz import Digraph

__all__ = ["to_dot"]

_GRAPH = {
    "bgcolor": "transparent",
    "rankdir": "LR",
    "nodesep": "0.16",
    "ranksep": "0.26",
    "pad": "0.15",
    "labelloc": "t",
    "fontname": FONT,
    "fontsize": "10",
    "fontcolor": WIRE,
    "tooltip": " ",
}
_NODE = {
    "shape": "box",
    "style": "filled,rounded",
    "penwidth": "1.2",
    "margin": "0.07,0.04",
    "width": "0.2",
    "height": "0.2",
    "fontname": FONT,
    "fontsize": "9",
    "fontcolor": INK,
}
_EDGE = {
    "color": WIRE,
    "penwidth": "1.1",
    "arrowsize": "0.6",
    "labeldistance": "1.3",
    "fontname": FONT,
    "fontsize": "7",
    "fontcolor": WIRE,
    "tooltip": " ",
}
_CALL = {
    "shape": "ellipse",
    "style": "filled",
    "margin": "0.03,0.02",
    "width": "0.38",
    "height": "0.32",
    "fontsize": "12",
}
_NAMED = {"fontsize": "11"}

# A graph of more generations than this runs from top to bottom, the direction of scrolling.
_LONG = 16
# The effort of dot to order and to place the nodes, in its own units: about two seconds each.
_ORDERING = 6_000
_PLACING = 12_000_000
_EASY = 1_000


def to_dot(
    outputs: Mapping[str, Variable],
    *,
    title: str = "",
    values: bool = True,
    adjoints: Mapping[Variable, Variable] | None = None,
    max_nodes: int = 3000,
) -> str:
    """Return the graph of some Variables in the DOT language of Graphviz.

    Parameters
    ----------
    outputs
        The Variables, by the name to show.
    title
        A line above the picture.
    values
        Whether to show the value of each Variable, its shape and dtype unless it is a scalar, and
        where nan or inf first occurred.
    adjoints
        The adjoints of any of the Variables, which are shown after ``∂``.
    max_nodes
        The most nodes of the picture.

    Returns
    -------
    str
        The same text for the same graph, on every run.

    Raises
    ------
    ComputationError
        If there are more nodes than ``max_nodes`` (``graph-too-large``).
    """
    from graphviz import Digraph

    seen = picture_graph(outputs, adjoints)
    size = _size(seen, values)
    if size > max_nodes:
        raise ComputationError(
            f"the picture would have {size:,} nodes, more than the limit of {max_nodes:,}",
            code="graph-too-large",
            hint="draw a smaller expression, or leave `-o` out for a tree in the terminal",
        )
    layout = _GRAPH | _haste(seen, size)
    if any(y.generation > _LONG for y in seen.outputs):
        layout["rankdir"] = "TB"
    graph = Digraph("adiff", graph_attr=layout, node_attr=_NODE, edge_attr=_EDGE)
    picture = _Picture(graph, values)
    picture.draw(seen)
    graph.attr(label=caption(title, picture.roles, bool(adjoints)))
    return str(graph.source)


def _has_box(datum: DataNode, values: bool) -> bool:
    """Return whether a data node gets a box; without one it is only the edge from its call."""
    return datum.call is None or bool(datum.names) or values or datum.grad is not None


def _size(seen: PictureGraph, values: bool) -> int:
    boxes = sum(_has_box(datum, values) for datum in seen.data)
    literals = sum(x.literal and not is_inlined(x) for call in seen.calls for x in call.arguments)
    return boxes + literals + len(seen.calls)


def _haste(seen: PictureGraph, size: int) -> dict[str, str]:
    """Return graph attributes that limit the effort of dot to seconds instead of minutes."""
    # For dot an edge is a chain of nodes, one for every generation that it crosses.
    load = size + sum(
        call.results[0].generation - x.generation
        for call in seen.calls
        for x in call.arguments
        if not x.literal
    )
    if load <= _EASY:
        return {}
    haste = {"nslimit": f"{_PLACING / (size * load):.3f}", "nslimit1": "2"}
    if load > _ORDERING:
        haste |= {"mclimit": f"{_ORDERING / load:.3f}", "splines": "line"}
    return haste


class _Picture:
    """A picture under construction, with nodes numbered in the order in which they are added."""

    def __init__(self, graph: Digraph, values: bool) -> None:
        self.graph = graph
        self.values = values
        self.count = 0
        self.roles: set[str] = set()
        self.calls: dict[CallNode, str] = {}
        # The start of the edges of a data node: a node, and which of its results this is.
        self.sources: dict[DataNode, tuple[str, int]] = {}

    def draw(self, seen: PictureGraph) -> None:
        for datum in seen.data:
            if datum.call is None:
                self.sources[datum] = self.box(datum), 0
                continue
            maker = self.calls.get(datum.call) or self.call(datum.call)
            if not _has_box(datum, self.values):
                self.sources[datum] = maker, datum.place
                continue
            box = self.box(datum)
            self.sources[datum] = box, 0
            self.edge(maker, box, taillabel=datum.place, arrowhead="" if datum.names else "none")

    def call(self, call: CallNode) -> str:
        """Add a call and the edges from its arguments; return its node."""
        written = [x for x in call.arguments if is_inlined(x)]
        alarm = any(x.origin for x in (call.results if self.values else []) + written)
        role = "origin" if alarm else "operation"
        node = self.calls[call] = self.node(role, call_label(call), call_tip(call), _CALL)
        lines = {i: x for i, x in enumerate(call.arguments, start=1) if not is_inlined(x)}
        numbered = call.ordered and len(lines) > 1
        for i, x in lines.items():
            tail, place = (self.box(x), 0) if x.literal else self.sources[x]
            self.edge(tail, node, taillabel=place, headlabel=i if numbered else "")
        return node

    def box(self, datum: DataNode) -> str:
        """Add a data node; return its node in the picture."""
        if datum.origin and (self.values or datum.constant):
            role = "origin"
        elif datum.output:
            role = "output"
        elif datum.literal:
            role = "constant"
        else:
            role = "variable" if datum.names or datum.call is None else "value"
        label, tip = datum_label(datum, self.values), datum_tip(datum, self.values)
        return self.node(role, label, tip, _NAMED if datum.names else {})

    def node(self, role: str, label: str, tip: str, look: Mapping[str, str]) -> str:
        self.roles.add(role)
        name = f"n{self.count}"
        self.count += 1
        style = STYLES[role]
        colours = {"color": style.line, "fillcolor": style.fill}
        self.graph.node(name, label=label, tooltip=tip, _attributes={**look, **colours})
        return name

    def edge(self, tail: str, head: str, **look: str | int) -> None:
        """Add an edge; attributes that are empty or 0 are omitted."""
        self.graph.edge(tail, head, _attributes={k: str(v) for k, v in look.items() if v})
