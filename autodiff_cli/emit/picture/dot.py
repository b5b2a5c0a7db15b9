"""Render a graph in the DOT language of Graphviz, which `render` turns into a picture file.

A Variable is a box with rounded corners and an operation an ellipse.  A Variable without a name is
a small box on the edge from the call that made it to those that use it, or, in a large picture, a
line in the ellipse of that call.  Literal numbers are written in the operation that they are an
argument of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.emit.picture.call_label import is_inlined
from autodiff_cli.emit.picture.collapse import collapse
from autodiff_cli.emit.picture.labels import Labels, Legend
from autodiff_cli.emit.picture.look import MOST_NODES, Look
from autodiff_cli.emit.picture.picture_graph import (
    CallNode,
    DataNode,
    Known,
    PictureGraph,
    picture_graph,
)
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.themes import FONT, THEMES, Theme
from autodiff_cli.emit.picture.value_text import brief
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError

if TYPE_CHECKING:
    from graphviz import Digraph

__all__ = ["Drawing", "draw", "drawing", "to_dot"]

ROOM = 80
"""The number of nodes above which a picture is collapsed, if no other is given."""

SLIDE = 32
"""The number of nodes that it is collapsed to."""

_ROOMY = 44
"""The number of nodes up to which each value has a node of its own."""

_MANY_USES = 3
"""The number of uses of a variable from which a picture without that room repeats it."""

_GRAPH = {
    "nodesep": "0.16",
    "ranksep": "0.26",
    "pad": "0.15",
    "labelloc": "t",
    "fontname": FONT,
    "fontsize": "10",
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
}
_EDGE = {
    "penwidth": "1.1",
    "arrowsize": "0.6",
    "labeldistance": "1.3",
    "fontname": FONT,
    "fontsize": "7",
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
_GROUP = {**_CALL, "shape": "box", "margin": "0.08,0.05"}
_NAMED = {"fontsize": "11"}

# A graph of more generations than this runs from top to bottom, the direction of scrolling.
_LONG = 16
# The effort of dot to order and to place the nodes, in its own units: about half a second each.
_ORDERING = 1_500
_PLACING = 3_000_000
# The load up to which it needs no limits, and up to which edges may be curves.
_EASY = 1_000
_CURVED = 6_000


def to_dot(
    outputs: Mapping[str, Variable],
    look: Look | None = None,
    *,
    known: Known | None = None,
    raw: bool = False,
) -> str:
    """Return the graph of some Variables in the DOT language of Graphviz.

    Parameters
    ----------
    outputs
        The Variables, by the name to show.
    known
        What is known about them beside the graph, such as adjoints.
    raw
        Whether equal calls are drawn as often as they were recorded.

    Returns
    -------
    str
        The same text for the same graph, on every run.

    Raises
    ------
    ComputationError
        If there are too many nodes (``graph-too-large``).
    """
    seen = picture_graph(outputs, known)
    return draw(seen if raw else share(seen), look)


class Drawing(NamedTuple):
    """A graph in the DOT language, and what its nodes stand for.

    Attributes
    ----------
    dot
        The text for Graphviz.
    nodes
        What each node stands for: a call, or data nodes, of which a tag has several.
    """

    dot: str
    nodes: Mapping[str, CallNode | Sequence[DataNode]]


def draw(seen: PictureGraph, look: Look | None = None) -> str:
    """Return a graph in the DOT language: see `to_dot`."""
    return drawing(seen, look or Look()).dot


def drawing(seen: PictureGraph, look: Look) -> Drawing:
    """Return a graph in the DOT language, with what its nodes stand for."""
    from graphviz import Digraph

    most = look.max_nodes or ROOM
    boxes = _Boxes(look, roomy=False, repeated=True)
    if collapsed := _size(seen, boxes) > most:
        seen = collapse(seen, look.max_nodes or SLIDE)
    boxes = _Boxes(look, roomy=True, repeated=collapsed)
    if _size(seen, boxes) > _ROOMY:
        boxes = _Boxes(look, roomy=False, repeated=True)
    size = _size(seen, boxes)
    limit = min(look.max_nodes or MOST_NODES, MOST_NODES)
    if size > limit:
        raise _too_large(size, limit)
    theme = THEMES[look.theme]
    layout = {**_GRAPH, "bgcolor": theme.background, "fontcolor": theme.text}
    layout["rankdir"] = look.direction or _direction(seen)
    node = _NODE | {"fontcolor": theme.ink}
    edge = _EDGE | {"color": theme.wire, "fontcolor": theme.wire}
    layout |= _haste(seen, size)
    graph = Digraph("adiff", graph_attr=layout, node_attr=node, edge_attr=edge)
    picture = _Picture(graph, boxes, theme)
    picture.draw(seen)
    with_grad = any(datum.grad is not None for datum in seen.data)
    partials = look.partials and any(call.partials for call in seen.calls)
    tagged = [datum for datum in seen.data if boxes.tagged(datum)]
    caption = picture.labels.caption(
        look.title, tagged, Legend(picture.roles, with_grad, partials) if look.legend else None
    )
    graph.attr(label=caption)
    return Drawing(str(graph.source), picture.nodes)


def _too_large(size: int, most: int) -> ComputationError:
    return ComputationError(
        f"the picture would have {size:,} nodes, more than the limit of {most:,}",
        code="graph-too-large",
        hint=f"leave `--max-nodes` away, or try `--max-nodes {size}`"
        if size <= MOST_NODES
        else "draw a smaller expression, or leave `-o` out for a tree in the terminal",
    )


def _direction(seen: PictureGraph) -> str:
    return "TB" if any(y.generation > _LONG for y in seen.outputs) else "LR"


@dataclass(frozen=True)
class _Boxes:
    """Which data nodes have a box of their own.

    Attributes
    ----------
    roomy
        Whether Variables without a name have one, for their value.
    repeated
        Whether a variable of many uses is drawn beside each of them.
    """

    look: Look
    roomy: bool
    repeated: bool

    def has(self, datum: DataNode) -> bool:
        """Return whether a data node has a box; without one it is only the edge from its call."""
        if datum.call is None or datum.names or len(datum.call.results) > 1:
            return datum.call is None or bool(datum.names) or self.shown(datum)
        return self.roomy and self.shown(datum)

    def shown(self, datum: DataNode) -> bool:
        """Return whether there is anything to show about a data node without a name."""
        return (self.look.values and datum.value is not None) or datum.grad is not None

    def tagged(self, datum: DataNode) -> bool:
        """Return whether a variable is drawn wherever it is used, as edges would cross much."""
        return (
            self.repeated
            and datum.call is None
            and bool(datum.names)
            and not datum.output
            and datum.uses >= _MANY_USES
        )

    def held(self, call: CallNode) -> DataNode | None:
        """Return the result that is shown in the ellipse of its call, if there is one."""
        for datum in call.results:
            if not self.has(datum) and self.shown(datum):
                return datum
        return None


def _size(seen: PictureGraph, boxes: _Boxes) -> int:
    """Return the number of nodes of a picture."""
    literals = sum(x.literal and not is_inlined(x) for call in seen.calls for x in call.arguments)
    data = sum(boxes.has(datum) and not boxes.tagged(datum) for datum in seen.data)
    return data + literals + len(seen.calls)


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
    haste = {"nslimit": f"{_PLACING / (size * load):.3f}", "nslimit1": "0.5"}
    if load > _CURVED:
        haste |= {"mclimit": f"{_ORDERING / load:.3f}", "splines": "line"}
    return haste


class _Picture:
    """A picture under construction, with nodes numbered in the order in which they are added."""

    def __init__(self, graph: Digraph, boxes: _Boxes, theme: Theme) -> None:
        self.graph = graph
        self.boxes = boxes
        self.theme = theme
        self.values = boxes.look.values
        self.partials = boxes.look.partials
        self.labels = Labels(theme, self.values)
        self.count = 0
        self.roles: set[str] = set()
        self.nodes: dict[str, CallNode | Sequence[DataNode]] = {}
        self.calls: dict[CallNode, str] = {}
        # The start of the edges of a data node: a node, and which of its results this is.
        self.sources: dict[DataNode, tuple[str, int]] = {}

    def draw(self, seen: PictureGraph) -> None:
        for datum in seen.data:
            if datum.call is None:
                if self.boxes.tagged(datum):
                    self.roles.add("variable")
                else:
                    self.sources[datum] = self.box(datum), 0
                continue
            maker = self.calls.get(datum.call) or self.call(datum.call)
            if not self.boxes.has(datum):
                self.sources[datum] = maker, datum.place
                continue
            box = self.box(datum)
            self.sources[datum] = box, 0
            self.edge(maker, box, taillabel=datum.place, arrowhead="" if datum.names else "none")

    def call(self, call: CallNode) -> str:
        """Add a call and the edges from its arguments; return its node."""
        held = self.boxes.held(call)
        look = _GROUP if call.members else _CALL
        label, tip = self.labels.call(call, held), self.labels.call_tip(call, held)
        node = self.calls[call] = self.node(self.call_role(call), label, tip, look)
        self.nodes[node] = call
        lines = {i: x for i, x in enumerate(call.arguments, start=1) if not is_inlined(x)}
        numbered = call.ordered and len(lines) > 1
        tags = self.tags(call)
        for i, x in lines.items():
            if x in tags and call.members:
                continue
            if x in tags:
                tail, place = tags[x], 0
            else:
                tail, place = (self.box(x), 0) if x.literal else self.sources[x]
            partial = call.partials[i - 1] if call.partials and self.partials else None
            self.edge(
                tail,
                node,
                taillabel=place,
                headlabel=i if numbered else "",
                label=self.labels.partial(brief(partial)) if partial is not None else "",
            )
        for tag in dict.fromkeys(tags.values()) if call.members else ():
            self.edge(tag, node)
        return node

    def tags(self, call: CallNode) -> dict[DataNode, str]:
        """Add the names of variables beside one of their uses; return their nodes.

        A box of several operations has one node for all of them.
        """
        variables = [x for x in dict.fromkeys(call.arguments) if self.boxes.tagged(x)]
        found: dict[DataNode, str] = {}
        for some in [variables] if call.members else [[x] for x in variables]:
            if some:
                label = self.labels.names(some)
                tag = self.node("variable", label, self.labels.datum_tip(*some), _NAMED)
                self.nodes[tag] = some
                found |= dict.fromkeys(some, tag)
        return found

    def call_role(self, call: CallNode) -> str:
        written = [x for x in call.arguments if is_inlined(x)]
        results = [x for member in call.members or [call] for x in member.results]
        if any(x.origin for x in (results if self.values else []) + written):
            return "origin"
        if call.kink:
            return "kink"
        if call.members:
            return "group"
        return "derivative" if call.derived else "operation"

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
        label, tip = self.labels.datum(datum), self.labels.datum_tip(datum)
        node = self.node(role, label, tip, _NAMED if datum.names else {})
        self.nodes[node] = [datum]
        return node

    def node(self, role: str, label: str, tip: str, look: Mapping[str, str]) -> str:
        self.roles.add(role)
        name = f"n{self.count}"
        self.count += 1
        style = self.theme.styles[role]
        colours = {"color": style.line, "fillcolor": style.fill, **style.more}
        self.graph.node(name, label=label, tooltip=tip, _attributes={**look, **colours})
        return name

    def edge(self, tail: str, head: str, **look: str | int) -> None:
        """Add an edge; attributes that are empty or 0 are omitted."""
        self.graph.edge(tail, head, _attributes={k: str(v) for k, v in look.items() if v})
