"""Draw equal parts of a graph once, and leave out what only a sweep has added to it.

A sweep starts from a seed of 1, multiplies by it, and computes for each variable anew what others
have computed before.  In a picture these calls carry no information: equal calls become one, and in
a derivative those that multiply by 1 or add 0, or have numbers as arguments only, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, PictureGraph
from autodiff_cli.emit.picture.value_text import kind
from autodiff_cli.engine import Operation, registry
from autodiff_cli.engine.hash_consing import key

__all__ = ["share"]


def share(seen: PictureGraph) -> PictureGraph:
    """Return a graph with equal calls once, and without those that leave a number unchanged.

    A call that is known to be one of the function, not of its derivative, is only left out if an
    equal one is there.  Calls of a user's Function are all kept.  The adjoint of a call that stands
    for several is the sum of theirs.
    """
    shared = _Sharing()
    for datum in seen.data:
        shared.add(datum)
    return _needed(shared.data.values(), [shared.data[y] for y in seen.outputs])


class _Sharing:
    """Calls without duplicates.

    Attributes
    ----------
    data
        The data node that stands for each data node of the recorded graph.
    """

    def __init__(self) -> None:
        self.data: dict[DataNode, DataNode] = {}
        self._results: dict[Any, DataNode] = {}
        self._own: dict[CallNode, CallNode] = {}

    def add(self, datum: DataNode) -> None:
        """Add a data node whose arguments have been added."""
        call = datum.call
        if call is None:
            # A leaf without a name, such as a seed, is written like a literal.
            is_number = datum.constant and not datum.output and kind(datum.value) == ""
            literal = is_number and datum.value is not None
            self.data[datum] = replace(datum, literal=literal)
        elif call.operation is None:
            self.data[datum] = self._own_result(datum, call)
        else:
            arguments = [self.data.get(x, x) for x in call.arguments]
            same = self._unchanged(datum, call, arguments) if call.derived is not False else None
            self.data[datum] = same or self._result(datum, call, arguments)

    def _own_result(self, datum: DataNode, call: CallNode) -> DataNode:
        if call not in self._own:
            arguments = [self.data.get(x, x) for x in call.arguments]
            self._own[call] = replace(call, arguments=arguments, results=[])
        new = replace(datum, call=self._own[call])
        self._own[call].results.append(new)
        return new

    def _unchanged(
        self, datum: DataNode, call: CallNode, arguments: list[DataNode]
    ) -> DataNode | None:
        """Return the data node, or the literal, that a call only repeats, if there is one."""
        if datum.origin or (datum.names and not call.derived):
            return None
        if all(x.literal and not kind(x.value) for x in arguments) and not kind(datum.value):
            return replace(datum, call=None, generation=0, literal=not datum.output, constant=True)
        if len(arguments) == 2 and not call.statics and call.operation is not None:
            units = call.operation.metadata.units
            for unit, x, other in zip(units, arguments, reversed(arguments), strict=True):
                if unit is not None and _is_number(x, unit) and _alike(other, datum):
                    return _named_too(other, datum)
        return None

    def _result(self, datum: DataNode, call: CallNode, arguments: list[DataNode]) -> DataNode:
        if call.derived is not False and (x := _negated(call, arguments)):
            negation = _negation()
            call = replace(
                call,
                name=negation.name,
                symbol=negation.name,
                doc=negation.metadata.doc,
                operation=negation,
                partials=[p for p, y in zip(call.partials, arguments, strict=False) if y is x],
            )
            arguments = [x]
        places: list[Any] = [
            (key(x.value), kind(x.value)) if x.literal else id(x) for x in arguments
        ]
        if not call.ordered:
            places.sort(key=str)
        # Data may have been changed in place between two calls, which are not equal then.
        name = (call.name, call.params, *places, np.asarray(datum.value).tobytes())
        first = self._results.get(name)
        if first is None:
            new = replace(datum, call=replace(call, arguments=arguments, results=[]), uses=0)
            new.call.results.append(new)  # type: ignore[union-attr]
            self._results[name] = new
            return new
        _named_too(first, datum)
        first.grad = _sum(first.grad, datum.grad)
        assert first.call is not None
        if first.call.derived and not call.derived:
            first.call.derived = call.derived
        first.call.kink = first.call.kink or call.kink
        first.call.span = first.call.span or call.span
        return first


def _named_too(x: DataNode, other: DataNode) -> DataNode:
    """Return a data node with the names of another one that has the same value."""
    if x.literal and other.output:
        x = replace(x, literal=False)
    x.names = tuple(dict.fromkeys((*other.names, *x.names)))
    x.output |= other.output
    return x


def _is_number(x: DataNode, number: float) -> bool:
    return x.literal and isinstance(x.value, float) and x.value == number


def _alike(x: DataNode, y: DataNode) -> bool:
    if x.value is None or y.value is None:
        return x.value is y.value
    return np.shape(x.value) == np.shape(y.value) and kind(x.value) == kind(y.value)


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _negation() -> Operation:
    return next(o for o in registry.values() if o.metadata.signs == (-1,))


def _negated(call: CallNode, arguments: list[DataNode]) -> DataNode | None:
    """Return the argument that a call multiplies by -1, if it does."""
    if call.operation is None or call.operation.metadata.exponents != (1, 1):
        return None
    for x, other in (arguments, reversed(arguments)):
        if _is_number(x, -1.0) and not other.literal and _alike(other, call.results[0]):
            return other
    return None


def _needed(data: Iterable[DataNode], outputs: list[DataNode]) -> PictureGraph:
    """Return the graph of what outputs depend on, with the uses of each data node counted."""
    needed, stack = set(outputs), list(outputs)
    while stack:
        call = stack.pop().call
        for x in call.arguments if call is not None else ():
            if x not in needed and not x.literal:
                needed.add(x)
                stack.append(x)
    kept = [datum for datum in dict.fromkeys(data) if datum in needed]
    calls = list(dict.fromkeys(datum.call for datum in kept if datum.call is not None))
    outputs = list(dict.fromkeys(outputs))
    for datum in kept:
        datum.uses = outputs.count(datum)
    for call in calls:
        call.results = [datum for datum in call.results if datum in needed]
        for x in call.arguments:
            x.uses += not x.literal
    return PictureGraph(kept, calls, outputs)
