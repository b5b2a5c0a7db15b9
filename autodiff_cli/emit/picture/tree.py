"""Render a graph as a tree for the terminal: the output first, its arguments below it.

    f = + → 0.729426
    ├─ sin → 0.479426
    │  └─ #1 ** → 0.5
    │     ├─ x = 0.25
    │     └─ 0.5
    └─ square → 0.25
       └─ ** → 0.5, see #1

A node that is used more than once is drawn at its first occurrence, with a number; so is a node
that is nested too deeply, which is drawn as a separate tree.  The length of the text is therefore
linear in the size of the graph, not quadratic.

If adjoints are known, ``∂`` and the derivative of the output stand behind each value, and if local
partial derivatives are, ``local`` and that of the line above by this one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice

from autodiff_cli.emit.picture.call_label import shown_name
from autodiff_cli.emit.picture.picture_graph import (
    CallNode,
    DataNode,
    Known,
    PictureGraph,
    picture_graph,
)
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.value_text import brief, kind
from autodiff_cli.engine import Variable
from autodiff_cli.engine.values import Value

__all__ = ["draw_tree", "to_tree"]

_USUAL_WIDTH = 120


def to_tree(
    outputs: Mapping[str, Variable],
    *,
    values: bool = True,
    known: Known | None = None,
    raw: bool = False,
    width: int | None = None,
    max_lines: int = 1000,
) -> str:
    """Return the graph of some Variables as a tree of lines.

    Parameters
    ----------
    outputs
        The Variables, by the name to show.
    values
        Whether to show the value of each Variable, its shape and dtype unless it is a scalar, and
        where nan or inf first occurred.
    known
        What is known about them beside the graph, such as adjoints.
    raw
        Whether equal calls are drawn as often as they were recorded.
    width
        The columns of the terminal, at which lines are cut.
    max_lines
        The most lines to show; if there are more, an additional line says how many.

    Returns
    -------
    str
        The same text for the same graph, on every run, without a newline at its end.
    """
    seen = picture_graph(outputs, known)
    return draw_tree(seen if raw else share(seen), values=values, width=width, max_lines=max_lines)


def draw_tree(
    seen: PictureGraph, *, values: bool = True, width: int | None = None, max_lines: int = 1000
) -> str:
    """Return a graph as a tree of lines: see `to_tree`."""
    lines = _Tree(values, width).lines(seen.outputs)
    shown = list(islice(lines, max_lines))
    if rest := sum(1 for _ in lines):
        shown.append(f"… {rest:,} more line{'s' * (rest > 1)}")
    return "\n".join(shown)


class _Tree:
    """A tree under construction, with the nodes that have been drawn."""

    def __init__(self, values: bool, width: int | None) -> None:
        self.values = values
        self.width = width
        # A level takes three columns, so the deepest branches leave two fifths for the text.
        self.depth = max(1, (width or _USUAL_WIDTH) // 5)
        self.drawn: set[CallNode] = set()
        self.numbers: dict[CallNode, int] = {}

    def lines(self, outputs: list[DataNode]) -> Iterator[str]:
        for output in outputs:
            waiting: deque[DataNode] = deque()
            yield from self.branch(output, waiting)
            while waiting:
                root = waiting.popleft()
                if root.call not in self.drawn:
                    yield from self.branch(root, waiting)

    def branch(self, root: DataNode, waiting: deque[DataNode]) -> Iterator[str]:
        """Yield the lines of a tree; nodes that are nested too deeply are added to ``waiting``."""
        stack: list[tuple[DataNode, int, str, str, Value | None]] = [(root, 0, "", "", None)]
        while stack:
            datum, depth, lead, indent, partial = stack.pop()
            call = datum.call
            if call is None:
                yield self.line(lead, datum, partial)
                continue
            if call in self.drawn or (depth >= self.depth and call.arguments):
                if call not in self.drawn and call not in self.numbers:
                    waiting.append(datum)
                yield self.line(lead, datum, partial, f", see #{self.number(call)}")
                continue
            self.drawn.add(call)
            if call in self.numbers or sum(result.uses for result in call.results) > 1:
                lead += f"#{self.number(call)} "
            yield self.line(lead, datum, partial)
            last = len(call.arguments) - 1
            for i in range(last, -1, -1):
                fork, rail = ("└─ ", "   ") if i == last else ("├─ ", "│  ")
                x, partial = call.arguments[i], call.partials[i] if call.partials else None
                stack.append((x, depth + 1, indent + fork, indent + rail, partial))

    def number(self, call: CallNode) -> int:
        return self.numbers.setdefault(call, len(self.numbers) + 1)

    def line(self, lead: str, datum: DataNode, partial: Value | None, tail: str = "") -> str:
        """Return a line of the tree, cut so that its reference can still be read."""
        shown = self.values or datum.constant
        text = _text(datum, shown)
        for sign, value in (("∂", datum.grad), ("local", partial)):
            if value is not None:
                text += f"  {sign} {' '.join(row.strip() for row in brief(value))}"
        if datum.origin and shown:
            tail += f"  ← {datum.fault} begins here"
        if datum.call is not None and datum.call.kink:
            tail += f"  ← {datum.call.kink} here"
        if self.width is not None:
            room = max(1, self.width - len(lead) - len(tail))
            text = text if len(text) <= room else text[: room - 1] + "…"
        return (lead + text + tail)[: self.width]


def _text(datum: DataNode, shown: bool) -> str:
    """Return the text of a data node: ``x = 2``, ``u = sin → 0.909297``, ``sum(axis=0) → 3``."""
    rows = [row.strip() for row in brief(datum.value)]
    value = " ".join(filter(None, [*rows, kind(datum.value)])) if shown else ""
    call = datum.call
    if call is None:
        return " = ".join(filter(None, [*datum.names, value])) or "variable"
    # A notation shows the static parameters.
    is_noted = call.operation is not None and bool(call.operation.metadata.notation)
    params = f"({call.params})" if call.params and not is_noted else ""
    place = f"[{datum.place}]" if datum.place else ""
    name = call.symbol if call.symbol != call.name else shown_name(call)
    made = " = ".join([*datum.names, f"{name}{params}{place}"])
    return f"{made} → {value}" if value else made
