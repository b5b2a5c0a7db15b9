"""Choose which data have nodes in a picture, and limit the effort of its layout."""

from __future__ import annotations

from dataclasses import dataclass

from autodiff_cli.emit.picture.call_label import is_inlined
from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, PictureGraph

__all__ = ["ROOM", "ROOMY", "SLIDE", "Boxes", "haste", "size_of"]

ROOM = 80
"""The number of nodes above which a picture is collapsed, if no other is given."""

SLIDE = 32
"""The number of nodes that it is collapsed to."""

ROOMY = 44
"""The number of nodes up to which each value has a node of its own."""

_MANY_USES = 3
"""The number of uses of a variable from which a picture without that room repeats it."""

# The effort of dot to order and to place the nodes, in its own units: about half a second each.
_ORDERING = 1_500
_PLACING = 3_000_000
# The load up to which it needs no limits, and up to which edges may be curves.
_EASY = 1_000
_CURVED = 6_000


@dataclass(frozen=True)
class Boxes:
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


def size_of(seen: PictureGraph, boxes: Boxes) -> int:
    """Return the number of nodes of a picture."""
    literals = sum(x.literal and not is_inlined(x) for call in seen.calls for x in call.arguments)
    data = sum(boxes.has(datum) and not boxes.tagged(datum) for datum in seen.data)
    return data + literals + len(seen.calls)


def haste(seen: PictureGraph, size: int) -> dict[str, str]:
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
        # Straight edges run across nodes, so nodes are drawn over them.
        haste |= {"mclimit": f"{_ORDERING / load:.3f}", "splines": "line"}
        haste |= {"outputorder": "edgesfirst"}
    return haste
