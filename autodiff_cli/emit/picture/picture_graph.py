"""The graph that pictures show: data nodes and calls in a fixed order.

`dot`, `tree` and `page` draw the same graph differently.  This module determines for all of them
which nodes there are, their order and names, and where the first nan comes from.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff_cli.emit.picture.local import local_partials
from autodiff_cli.emit.picture.value_text import parameters, printable
from autodiff_cli.engine import Function, Operation, Variable
from autodiff_cli.engine.values import Value
from autodiff_cli.engine.variable import stored_value

__all__ = ["CallNode", "DataNode", "Known", "PictureGraph", "fault", "picture_graph"]


@dataclass(frozen=True)
class Known:
    """What is known about a graph beside the graph itself.

    Attributes
    ----------
    adjoints
        The adjoints of any Variables of the graph.
    function
        The Variables of the function, if the graph is that of a derivative: all other calls are
        those of the derivative.
    kinks
        ``"kink"`` or ``"jump"`` for results of calls that were evaluated at one.
    spans
        The range of each call of the text in it, by the result of the call.
    local
        Whether to compute the partial derivatives of each call.
    """

    adjoints: Mapping[Variable, Variable] = field(default_factory=dict)
    function: Collection[Variable] = frozenset()
    kinks: Mapping[Variable, str] = field(default_factory=dict)
    spans: Mapping[Variable, tuple[int, int]] = field(default_factory=dict)
    local: bool = False


@dataclass(slots=True, eq=False)
class DataNode:
    """A Variable or a literal.

    Attributes
    ----------
    value
        The value; None for a Variable without data.
    names
        The names: as an output, then as a Variable.  They are safe to show on a terminal.
    call
        The call that made it; None for a leaf.
    generation
        The length of the longest chain of calls that leads to it.
    place
        The number of the result of its call that it is, from 1; 0 if the call has only one result.
    grad
        The value of its adjoint, if that is given.
    uses
        The number of times that it is an argument or an output.
    literal, output
        Whether it is a literal, and whether it is an output.
    constant
        Whether it is a literal or a leaf without a name.
    fault
        ``"nan"`` or ``"inf"`` if the value contains any.
    origin
        Whether nan or inf first occurred here: all arguments of its call are finite.
    """

    value: Value | None
    names: tuple[str, ...] = ()
    call: CallNode | None = None
    generation: int = 0
    place: int = 0
    grad: Value | None = None
    uses: int = 0
    literal: bool = False
    output: bool = False
    constant: bool = False
    fault: str = ""
    origin: bool = False


@dataclass(slots=True, eq=False)
class CallNode:
    """A call of an operation, or of a user's Function.

    Attributes
    ----------
    name, doc
        The operation's name and its line of documentation.
    symbol
        The operator of the operation, or its name if it has none.
    params
        Its static parameters as text, such as ``axis=0``.
    ordered
        Whether the order of the arguments matters.
    operation, statics
        The operation and its static parameters; None for a user's Function.
    derived
        Whether it belongs to a derivative, not to the function; None if that is not known.
    kink
        ``"kink"`` or ``"jump"`` if it was evaluated at one.
    span
        The half-open range of character offsets of the call in the text, if it is known.
    arguments, results
        The arguments and results in order.  Each use of a literal is a separate data node.
    partials
        The derivative by each argument, if it was requested and is a number or elementwise.
    members
        The calls that this one stands for, in order, if it is a box of several: see `collapse`.
    title
        The text on such a box.
    """

    name: str
    symbol: str
    doc: str
    params: str = ""
    ordered: bool = True
    operation: Operation | None = None
    statics: Mapping[str, Any] = field(default_factory=dict)
    derived: bool | None = None
    kink: str = ""
    span: tuple[int, int] | None = None
    arguments: list[DataNode] = field(default_factory=list)
    results: list[DataNode] = field(default_factory=list)
    partials: list[Value | None] = field(default_factory=list)
    members: list[CallNode] = field(default_factory=list)
    title: str = ""


@dataclass(slots=True)
class PictureGraph:
    """The graph to draw.

    Attributes
    ----------
    data
        Every Variable once, arguments before results, in the order in which a formula is evaluated
        from left to right.  That order, unlike addresses and hashes, is the same on every run.
    calls
        The calls that made them, once each, in the same order.
    outputs
        The requested outputs in the order of the request, once each.
    """

    data: list[DataNode]
    calls: list[CallNode]
    outputs: list[DataNode]


def picture_graph(outputs: Mapping[str, Variable], known: Known | None = None) -> PictureGraph:
    """Return the graph of some outputs, as it was recorded.

    Parameters
    ----------
    outputs
        Variables, which may be leaves, by the name to show.
    known
        What else is to be shown.
    """
    known = known or Known()
    titles: dict[Variable, list[str]] = {}
    for title, y in outputs.items():
        titles.setdefault(y, []).append(title)

    data: dict[Variable, DataNode] = {}
    calls: dict[int, CallNode] = {}
    stack = list(reversed(titles))
    while stack:
        v = stack[-1]
        if v in data:
            stack.pop()
            continue
        missing = [x for x in v.inputs if isinstance(x, Variable) and x not in data]
        if missing:
            stack.extend(reversed(missing))
            continue
        stack.pop()
        datum = data[v] = _datum(v, titles.get(v, ()), known.adjoints.get(v))
        if v.operation is not None:
            _link(datum, v, data, calls, known)
        arguments = datum.call.arguments if datum.call else []
        datum.origin = bool(datum.fault) and not any(x.fault for x in arguments)
    return PictureGraph(list(data.values()), list(calls.values()), [data[y] for y in titles])


def _datum(v: Variable, titles: Sequence[str], adjoint: Variable | None) -> DataNode:
    names = (*titles, v.name) if v.name else titles
    return DataNode(
        value=stored_value(v),
        names=tuple(dict.fromkeys(map(printable, names))),
        generation=v.generation,
        grad=None if adjoint is None else stored_value(adjoint),
        uses=len(titles),
        output=bool(titles),
        constant=v.operation is None and not v.name,
        fault=fault(stored_value(v)),
    )


def _literal(value: Value) -> DataNode:
    wrong = fault(value)
    return DataNode(value, uses=1, literal=True, constant=True, fault=wrong, origin=bool(wrong))


def _link(
    datum: DataNode,
    v: Variable,
    data: Mapping[Variable, DataNode],
    calls: dict[int, CallNode],
    known: Known,
) -> None:
    """Link a data node to the call that made it, which results of a user's Function share."""
    op: Any = v.operation
    own = isinstance(op, Function)
    key = id(op) if own else id(v)
    if key not in calls:
        call = calls[key] = _function(op) if own else _operation(op, v.params)
        for x in v.inputs:
            argument = data[x] if isinstance(x, Variable) else _literal(x)
            argument.uses += not argument.literal
            call.arguments.append(argument)
        call.derived = v not in known.function if known.function else None
        call.kink, call.span = known.kinks.get(v, ""), known.spans.get(v)
        call.partials = local_partials(v) if known.local else []
    datum.call = calls[key]
    datum.call.results.append(datum)
    if own and len(op.outputs) > 1:
        datum.place = 1 + next(i for i, output in enumerate(op.outputs) if output() is v)


def _operation(op: Any, params: Mapping[str, Any]) -> CallNode:
    return CallNode(
        name=op.name,
        symbol=op.metadata.symbol or op.name,
        doc=op.metadata.doc,
        params=parameters(params),
        ordered=not op.metadata.commutes and not op.variadic,
        operation=op,
        statics=params,
    )


def _function(function: Function) -> CallNode:
    name = printable(type(function).__name__) or "function"
    return CallNode(name, name, "a function of your own")


def fault(value: Value | None) -> str:
    """Return ``"nan"`` or ``"inf"`` if a value contains any, otherwise an empty text."""
    if value is None or (isinstance(value, float) and math.isfinite(value)):
        return ""
    if np.isnan(value).any():
        return "nan"
    return "inf" if np.isinf(value).any() else ""
