"""Render a graph in the DOT language of Graphviz, which `render` turns into a picture file.

A Variable is a box with rounded corners and an operation an ellipse.  A Variable without a name is
a small box on the edge from the call that made it to those that use it, or, in a large picture, a
line in the ellipse of that call.  Literal numbers are written in the operation that they are an
argument of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.emit.picture.boxes import ROOM, ROOMY, SLIDE, Boxes, haste, size_of
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
from autodiff_cli.emit.picture.rows import is_long, rows_of
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.themes import FONT, THEMES, Theme
from autodiff_cli.emit.picture.value_text import brief
from autodiff_cli.engine import Variable
from autodiff_cli.errors import ComputationError

if TYPE_CHECKING:
    from graphviz import Digraph

__all__ = ["Drawing", "draw", "drawing", "to_dot"]

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
_LINK = {"shape": "circle", "style": "filled", "fontsize": "8", "margin": "0.01", "width": "0.22"}

# The fewest nodes that a graph is collapsed to.
_SMALLEST = 4

# A graph of more generations than this runs from top to bottom, the direction of scrolling.
_LONG = 16


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


def drawing(seen: PictureGraph, look: Look, *, wrap: bool = True) -> Drawing:
    """Return a graph in the DOT language, with what its nodes stand for.

    Parameters
    ----------
    wrap
        Whether a wide graph is wrapped into rows, unless its direction is given.
    """
    from graphviz import Digraph

    most = look.max_nodes or ROOM
    boxes = Boxes(look, roomy=False, repeated=True)
    if collapsed := size_of(seen, boxes) > most:
        seen = _collapsed(seen, look, boxes)
    boxes = Boxes(look, roomy=True, repeated=collapsed)
    if size_of(seen, boxes) > min(ROOMY, look.max_nodes or ROOMY):
        boxes = Boxes(look, roomy=False, repeated=True)
    size = size_of(seen, boxes)
    limit = min(look.max_nodes or MOST_NODES, MOST_NODES)
    if size > limit:
        raise _too_large(size, limit)
    theme = THEMES[look.theme]
    layout = {**_GRAPH, "bgcolor": theme.background, "fontcolor": theme.text}
    rows: Mapping[CallNode, int] = {}
    if wrap and look.direction is None and size <= ROOM:
        rows = rows_of(seen)
        if not rows and is_long(seen):
            boxes = Boxes(look, roomy=False, repeated=True)
    layout["rankdir"] = look.direction or ("LR" if rows else _direction(seen))
    node = _NODE | {"fontcolor": theme.ink}
    edge = _EDGE | {"color": theme.wire, "fontcolor": theme.wire}
    layout |= haste(seen, size)
    graph = Digraph("adiff", graph_attr=layout, node_attr=node, edge_attr=edge)
    picture = _Picture(graph, boxes, theme, rows)
    picture.draw(seen)
    with_grad = any(datum.grad is not None for datum in seen.data)
    partials = look.partials and any(call.partials for call in seen.calls)
    tagged = [datum for datum in seen.data if boxes.tagged(datum)]
    caption = picture.labels.caption(
        look.title, tagged, Legend(picture.roles, with_grad, partials) if look.legend else None
    )
    graph.attr(label=caption)
    return Drawing(str(graph.source), picture.nodes)


def _collapsed(seen: PictureGraph, look: Look, boxes: Boxes) -> PictureGraph:
    """Return a graph with boxes, as large as is wanted if that is possible."""
    wanted = room = look.max_nodes or SLIDE
    found = collapse(seen, room)
    # A value that several boxes use takes a node of its own beside theirs.
    while (excess := size_of(found, boxes) - wanted) > 0 and room > _SMALLEST:
        room = max(_SMALLEST, room - excess)
        smaller = collapse(seen, room)
        if size_of(smaller, boxes) >= size_of(found, boxes):
            break
        found = smaller
    return found


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


class _Picture:
    """A picture under construction, with nodes numbered in the order in which they are added.

    Attributes
    ----------
    rows
        The row of each call, if the graph is wrapped.  No edge leaves a row: a value that is used
        in another one ends in a link and begins again in a link of the same number.
    """

    def __init__(
        self, graph: Digraph, boxes: Boxes, theme: Theme, rows: Mapping[CallNode, int]
    ) -> None:
        self.graph = graph
        self.rows = rows
        self.boxes = boxes
        self.theme = theme
        self.values = boxes.look.values
        self.partials = boxes.look.partials
        self.labels = Labels(theme, self.values)
        self.count = 0
        self.roles: set[str] = set()
        self.nodes: dict[str, CallNode | Sequence[DataNode]] = {}
        self.calls: dict[CallNode, str] = {}
        # The start of the edges of a data node in a row: a node, and which of its results this is.
        self.sources: dict[tuple[DataNode, int], tuple[str, int]] = {}
        self.links: dict[DataNode, int] = {}
        # What is drawn in each row.
        parts = [type(graph)(f"cluster{row}") for row in range(max(rows.values(), default=-1) + 1)]
        self.parts = parts or [graph]

    def draw(self, seen: PictureGraph) -> None:
        first: dict[DataNode, int] = {}
        for call in seen.calls:
            for x in call.arguments:
                first[x] = min(first.get(x, len(self.parts)), self.row(call))
        for datum in seen.data:
            row = self.row(datum.call) if datum.call else first.get(datum, 0)
            if datum.call is None:
                if self.boxes.tagged(datum):
                    self.roles.add("variable")
                else:
                    self.sources[datum, row] = self.box(datum, row), 0
                continue
            maker = self.calls.get(datum.call) or self.call(datum.call)
            if not self.boxes.has(datum):
                self.sources[datum, row] = maker, datum.place
                continue
            box = self.box(datum, row)
            self.sources[datum, row] = box, 0
            arrow = "" if datum.names else "none"
            self.edge(row, maker, box, taillabel=datum.place, arrowhead=arrow)
        # Graphviz draws the first one at the bottom.
        for part in reversed(self.parts) if self.rows else []:
            part.attr(peripheries="0", label="")
            self.graph.subgraph(part)

    def row(self, call: CallNode) -> int:
        """Return the row of a call; 0 if the graph is not wrapped."""
        return self.rows.get(call, 0)

    def call(self, call: CallNode) -> str:
        """Add a call and the edges from its arguments; return its node."""
        row, held = self.row(call), self.boxes.held(call)
        look = _GROUP if call.members else _CALL
        label, tip = self.labels.call(call, held), self.labels.call_tip(call, held)
        node = self.calls[call] = self.node(self.call_role(call), label, tip, look, row)
        self.nodes[node] = call
        lines = {i: x for i, x in enumerate(call.arguments, start=1) if not is_inlined(x)}
        numbered = call.ordered and len(lines) > 1
        tags = self.tags(call)
        for i, x in lines.items():
            if x in tags and call.members:
                continue
            tail, place = (tags[x], 0) if x in tags else self.source(x, row)
            partial = call.partials[i - 1] if call.partials and self.partials else None
            self.edge(
                row,
                tail,
                node,
                taillabel=place,
                headlabel=i if numbered else "",
                label=self.labels.partial(brief(partial)) if partial is not None else "",
            )
        for tag in dict.fromkeys(tags.values()) if call.members else ():
            self.edge(row, tag, node)
        return node

    def source(self, x: DataNode, row: int) -> tuple[str, int]:
        """Return where the edges of a data node start in a row, adding what is missing there."""
        if x.literal:
            return self.box(x, row), 0
        if (x, row) not in self.sources:
            if x.call is None:
                self.sources[x, row] = self.box(x, row), 0
            else:
                self.sources[x, row] = self.link(x, row), 0
        return self.sources[x, row]

    def link(self, x: DataNode, row: int) -> str:
        """Add the link at which a value begins in another row, and the one at which it ends."""
        assert x.call is not None
        text = f"value of {' = '.join(x.names)}" if x.names else "value from another row"
        if x not in self.links:
            self.links[x] = len(self.links) + 1
            home = self.row(x.call)
            tail, place = self.sources[x, home]
            end = self.node("link", f"<{self.links[x]}>", text, _LINK, home)
            self.nodes[end] = [x]
            self.edge(home, tail, end, taillabel=place)
        begin = self.node("link", f"<{self.links[x]}>", text, _LINK, row)
        self.nodes[begin] = [x]
        return begin

    def tags(self, call: CallNode) -> dict[DataNode, str]:
        """Add the names of variables beside one of their uses; return their nodes.

        A box of several operations has one node for all of them.
        """
        variables = [x for x in dict.fromkeys(call.arguments) if self.boxes.tagged(x)]
        found: dict[DataNode, str] = {}
        for some in [variables] if call.members else [[x] for x in variables]:
            if some:
                label, tip = self.labels.names(some), self.labels.datum_tip(*some)
                tag = self.node("variable", label, tip, _NAMED, self.row(call))
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

    def box(self, datum: DataNode, row: int) -> str:
        """Add a data node; return its node in the picture."""
        if datum.origin and (self.values or datum.constant):
            role = "origin"
        elif datum.output:
            role = "output"
        elif datum.literal:
            role = "constant"
        else:
            role = "variable" if datum.call is None else "value"
        label, tip = self.labels.datum(datum), self.labels.datum_tip(datum)
        node = self.node(role, label, tip, _NAMED if datum.names else {}, row)
        self.nodes[node] = [datum]
        return node

    def node(self, role: str, label: str, tip: str, look: Mapping[str, str], row: int) -> str:
        self.roles.add(role)
        name = f"n{self.count}"
        self.count += 1
        style = self.theme.styles[role]
        colours = {"color": style.line, "fillcolor": style.fill, **style.more}
        attributes = {**look, **colours}
        self.parts[row].node(name, label=label, tooltip=tip, _attributes=attributes)
        return name

    def edge(self, row: int, tail: str, head: str, **look: str | int) -> None:
        """Add an edge; attributes that are empty or 0 are omitted."""
        attributes = {k: str(v) for k, v in look.items() if v}
        self.parts[row].edge(tail, head, _attributes=attributes)
