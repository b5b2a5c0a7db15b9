"""Collapse the parts of a large graph into boxes, until it is small enough to be read.

A box is a call like any other, whose members are the calls that it stands for.  No call is lost:
`expanded` gives all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from autodiff_cli.emit.picture.call_label import is_inlined, notation, shown_name
from autodiff_cli.emit.picture.groups import CallGroup, Graph, grouped
from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, PictureGraph
from autodiff_cli.emit.picture.value_text import brief
from autodiff_cli.emit.text.operation_text import operation_text
from autodiff_cli.engine import Operation
from autodiff_cli.errors import ComputationError

__all__ = ["MOST_CALLS", "collapse", "expanded"]

MOST_CALLS = 20_000
"""The most calls of a graph that is collapsed."""

_LONGEST = 26
"""The most characters of a formula on a box."""

_DEEPEST = 8
"""The deepest nesting of a formula on a box."""


def collapse(seen: PictureGraph, most: int) -> PictureGraph:
    """Return a graph with groups of calls in boxes, so that at most ``most`` nodes are drawn.

    Variables and outputs stay visible, and so do other named values if there is room for them;
    where there are many variables, those that only one box uses are left to that box.

    Raises
    ------
    ComputationError
        If there are too many calls (``graph-too-large``).
    """
    if len(seen.calls) > MOST_CALLS:
        raise ComputationError(
            f"the graph has {len(seen.calls):,} operations, more than the {MOST_CALLS:,} that a"
            " picture can sum up",
            code="graph-too-large",
            hint="draw a smaller expression, or leave `-o` out for a tree in the terminal",
        )
    numbers = {call: k for k, call in enumerate(seen.calls)}
    leaves = [datum for datum in seen.data if datum.call is None]
    named = [datum for datum in seen.data if datum.call is not None and datum.names]
    outputs = [datum for datum in named if datum.output]
    shown = named if len(named) <= most // 3 else outputs
    room = max(3, most - len(shown) - min(len(leaves), most // 2))
    graph = Graph(
        [[numbers.get(x.call) if x.call else None for x in call.arguments] for call in seen.calls],
        [_kind(call) for call in seen.calls],
        frozenset(numbers[datum.call] for datum in shown if datum.call is not None),
    )
    groups = grouped(graph, room)
    boxes = [_box([seen.calls[k] for k in group.members], group, seen) for group in groups]
    return _view(boxes, leaves, seen, hide=len(leaves) > most // 2)


def expanded(calls: Sequence[CallNode]) -> Iterator[CallNode]:
    """Yield all calls that some calls and boxes stand for."""
    for call in calls:
        yield from expanded(call.members) if call.members else [call]


def _kind(call: CallNode) -> Hashable:
    """Return a key that is equal for calls of the same shape; numbers in them may differ."""
    own = call if call.operation is None else None
    return call.name, call.params, call.derived, own, tuple(x.literal for x in call.arguments)


def _box(members: list[CallNode], group: CallGroup, seen: PictureGraph) -> CallNode:
    """Return the call itself if it is alone, else a box without arguments and results as yet."""
    if len(members) == 1:
        return replace(members[0])
    title = _formula([seen.calls[k] for k in group.unit], alike=group.times > 1)
    if group.times > 1:
        title = f"{group.times} times {title}"
    derived = {call.derived for call in members}
    return CallNode(
        name="several operations",
        symbol="",
        doc=_summary(members),
        ordered=False,
        derived=derived.pop() if len(derived) == 1 else None,
        kink=next((call.kink for call in members if call.kink), ""),
        members=members,
        title=title,
    )


def _formula(calls: Sequence[CallNode], *, alike: bool) -> str:
    """Return connected calls as a formula, with a dot for each value from outside.

    It is as deep as there is room for.

    Parameters
    ----------
    alike
        Whether the formula stands for other calls too, with other numbers and variables.
    """
    inside = set(calls)
    used = {x.call for call in calls for x in call.arguments}
    last = [call for call in calls if call not in used]
    for depth in range(_DEEPEST, -1, -1):
        text = ", ".join(_text(call, inside, depth, alike) for call in last[:3])
        if len(last) <= 3 and len(text) <= _LONGEST:
            return text
    return _summary(calls)


def _text(call: CallNode, inside: set[CallNode], depth: int, alike: bool) -> str:
    operands = []
    for x in call.arguments:
        if x.call is None or x.call not in inside:
            operands.append("·" if alike else _outside(x))
        else:
            operands.append(_text(x.call, inside, depth - 1, alike) if depth else "…")
    operation: Any = call.operation
    if operation is None:
        return f"{call.name}({', '.join(operands)})"
    if len(operands) > 1 or _is_operator(operation):
        loose = bool(operation.metadata.signs)
        operands = [f"({t})" if _needs_brackets(t, loose) else t for t in operands]
    if operation.variadic and operation.metadata.signs == (1,):
        return " + ".join(operands)
    if operation.metadata.notation:
        return notation(call, operands)
    return operation_text(operation, operands, call.statics)


def _outside(x: DataNode) -> str:
    if is_inlined(x):
        return "".join(brief(x.value))
    return x.names[0] if x.call is None and x.names else "·"


def _is_operator(operation: Operation) -> bool:
    return bool(
        operation.metadata.symbol or operation.metadata.signs or operation.metadata.exponents
    )


def _needs_brackets(text: str, loose: bool) -> bool:
    """Return whether an operand needs brackets: next to ``+`` and ``-`` products do not."""
    while text != (text := re.sub(r"\([^()]*\)", "", text)):
        pass
    return " " in text or (not loose and re.search(r"[*/@%]", text) is not None)


def _summary(calls: Sequence[CallNode]) -> str:
    """Return the most frequent operations of some calls: ``12 ×, 8 sin, 3 +, …``."""
    counts = Counter(shown_name(call) for call in calls).most_common()
    text = ", ".join(f"{n} {name}" for name, n in counts[:3])
    return text + ", …" * (len(counts) > 3)


def _view(
    boxes: list[CallNode], leaves: list[DataNode], seen: PictureGraph, *, hide: bool
) -> PictureGraph:
    """Return the graph of boxes, with their arguments and results linked to each other."""
    home: dict[DataNode, CallNode] = {}
    users: dict[DataNode, dict[CallNode, None]] = {}
    for box in boxes:
        for call in box.members or [box]:
            home.update(dict.fromkeys(call.results, box))
            for x in call.arguments:
                users.setdefault(x, {})[box] = None
    new: dict[DataNode, DataNode] = {}
    for leaf in leaves:
        if not hide or leaf.output or len(users.get(leaf, ())) > 1:
            new[leaf] = replace(leaf, uses=int(leaf.output))
    for box in boxes:
        parts = box.members or [box]
        used = [x for call in parts for x in call.arguments if home.get(x) is not box]
        if box.members:
            # What a box uses is drawn once, and its literals are its own.
            used = [x for x in dict.fromkeys(used) if not x.literal]
        results = [datum for call in parts for datum in call.results]
        # A variable that only this box uses may be hidden.
        box.arguments = [x if x.literal else new[x] for x in used if x.literal or x in new]
        if len(box.arguments) < len(used):
            box.partials = []
        if box.members:
            box.arguments = list(dict.fromkeys(box.arguments))
        for x in box.arguments:
            x.uses += not x.literal
        depth = 1 + max((x.generation for x in box.arguments), default=0)
        leaving = [
            datum
            for datum in results
            if datum.output or any(user is not box for user in users.get(datum, ()))
        ]
        bundled = [datum for datum in leaving if not datum.names] if box.members else []
        if len(bundled) > 1:
            # One edge stands for several values.
            new.update(dict.fromkeys(bundled, DataNode(None, call=box, generation=depth)))
        for datum in leaving:
            if datum not in new:
                place = 0 if box.members else datum.place
                new[datum] = replace(
                    datum, call=box, uses=int(datum.output), generation=depth, place=place
                )
        box.results = list(dict.fromkeys(new[datum] for datum in leaving))
    data = list(dict.fromkeys(new.values()))
    return PictureGraph(data, boxes, [new[y] for y in seen.outputs])
