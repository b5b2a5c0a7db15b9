"""Linearize outputs of a graph into a straight-line program, the common form for its readers.

A function, its gradient and its Hessian become one list of nodes, each of which uses earlier ones
and is computed once.  Arguments come first, then constants and calls; a call has an operation, the
places of its inputs, static parameters, a shape, and its name and span in the text if it has them.
`StraightLine.groups` states which nodes are the value, the gradient and so on.

The program computes what the engine computes, operation by operation.  Nodes are shared only if
operation, inputs and static parameters are equal, and left out only if IEEE 754 guarantees the same
number, including nan, infinities and signed zeros.

Examples
--------
>>> from autodiff_cli.engine import as_variable, sin, grad
>>> x = as_variable(2.0)
>>> y = x * sin(x)
>>> slope = grad(y, x, create_graph=True)
>>> groups = [("value", {"f": y}, 0), ("gradient", {"∂f/∂x": slope}, 1)]
>>> code = linearize(groups, {"x": x}, "x*sin(x)", {y: (0, 8)})
>>> for k, node in enumerate(code.nodes):
...     print(k, node if k == 0 else (node.operation.name, node.inputs, node.span))
0 Argument(name='x', shape=())
1 ('sin', (0,), None)
2 ('mul', (0, 1), (0, 8))
3 ('cos', (0,), None)
4 ('mul', (0, 3), None)
5 ('add', (1, 4), None)
>>> code.outputs
{'f': 2, '∂f/∂x': 5}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff_cli.engine import Operation, Variable, ops
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.values import Value, normalize_result
from autodiff_cli.engine.variable import stored_value

__all__ = ["Argument", "Assignment", "Constant", "Group", "Node", "StraightLine", "linearize"]


class Argument(NamedTuple):
    """A variable of the expression: its name as the user wrote it, and the shape of its value."""

    name: str
    shape: tuple[int, ...]


class Constant(NamedTuple):
    """A number or array that depends on no variable."""

    value: Value

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return np.shape(self.value)


class Assignment(NamedTuple):
    """A call of an operation on earlier nodes.

    Attributes
    ----------
    inputs
        The places of its tensors in the list of nodes, all of them earlier than the call.
    params
        The given static parameters by name.
    name
        The name of the value in the text; empty if it has none.
    span
        The half-open range of character offsets of the call in the text; None for a call that is
        computed for a derivative only.
    """

    operation: Operation
    inputs: tuple[int, ...]
    params: Mapping[str, Any]
    shape: tuple[int, ...]
    name: str = ""
    span: tuple[int, int] | None = None


Node: TypeAlias = Argument | Constant | Assignment


class Group(NamedTuple):
    """Outputs that belong together, such as the entries of a gradient.

    Attributes
    ----------
    name
        ``value``, ``gradient``, ``hessian``, or ``order3`` for third derivatives.
    titles
        The notation of each entry, such as ``∂f/∂x``.
    nodes
        The place of each entry in the list of nodes.
    rows
        The number of rows of the entries; 0 if the group is a single output.
    """

    name: str
    titles: tuple[str, ...]
    nodes: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class StraightLine:
    """A function and its derivatives as one straight-line program.

    Attributes
    ----------
    expression
        The text of the function.
    nodes
        The arguments, in the order of their first occurrence in the expression; then constants and
        calls, each after the nodes it uses.  Only nodes needed for an output are included.
    groups
        The outputs, the value first.
    """

    expression: str
    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The variables of the expression."""
        return tuple(node for node in self.nodes if isinstance(node, Argument))

    @cached_property
    def calls(self) -> tuple[Assignment, ...]:
        """The calls of the program, in order."""
        return tuple(node for node in self.nodes if isinstance(node, Assignment))

    @cached_property
    def elementwise(self) -> bool:
        """Whether all values are single numbers: the program then applies to arrays by element."""
        return all(
            node.shape == () and isinstance(getattr(node, "operation", None), Elementwise | None)
            for node in self.nodes
        )

    @cached_property
    def outputs(self) -> dict[str, int]:
        """The place of each output by its title."""
        return {
            title: node
            for group in self.groups
            for title, node in zip(group.titles, group.nodes, strict=True)
        }


def linearize(
    groups: Iterable[tuple[str, Mapping[str, Variable], int]],
    variables: Mapping[str, Variable],
    expression: str = "",
    spans: Mapping[Variable, tuple[int, int]] = MappingProxyType({}),
) -> StraightLine:
    """Return the straight-line program that computes some outputs.

    Parameters
    ----------
    groups
        The name of each group, its outputs by title, and its number of rows.
    variables
        The leaves that are arguments, by name; all others are constants.
    expression
        The text of the function.
    spans
        The range of each call of the text in it.
    """
    line = _Linearizer(variables, spans)
    found = [
        (name, tuple(outputs), [line.place(y) for y in outputs.values()], rows)
        for name, outputs, rows in groups
    ]
    kept = line.needed([k for _, _, places, _ in found for k in places])
    moved = {old: new for new, old in enumerate(kept)}
    return StraightLine(
        expression,
        tuple(_moved(line.nodes[k], moved) for k in kept),
        tuple(
            Group(name, titles, tuple(moved[k] for k in places), rows)
            for name, titles, places, rows in found
        ),
    )


def _moved(node: Node, moved: Mapping[int, int]) -> Node:
    if isinstance(node, Assignment):
        return node._replace(inputs=tuple(moved[k] for k in node.inputs))
    return node


class _Linearizer:
    """A list of nodes without duplicates."""

    def __init__(
        self, variables: Mapping[str, Variable], spans: Mapping[Variable, tuple[int, int]]
    ) -> None:
        self.spans = spans
        self.nodes: list[Node] = [Argument(name, x.shape) for name, x in variables.items()]
        self.places = {x: k for k, x in enumerate(variables.values())}
        self.known: dict[Any, int] = {}

    def place(self, y: Variable) -> int:
        """Return the place of the node that computes ``y``, adding it and its inputs if missing."""
        stack = [y]
        while stack:
            v = stack[-1]
            missing = [x for x in v.inputs if isinstance(x, Variable) and x not in self.places]
            if v in self.places or not missing:
                stack.pop()
                if v not in self.places:
                    self.places[v] = self._add(v)
            else:
                stack.extend(reversed(missing))
        return self.places[y]

    def _add(self, v: Variable) -> int:
        if v.operation is None:
            return self.constant(stored_value(v))
        inputs = tuple(
            self.places[x] if isinstance(x, Variable) else self.constant(x) for x in v.inputs
        )
        operation: Any = v.operation
        if operation is ops.total:
            # The engine also adds the terms one after the other.
            return reduce(lambda k, other: self.apply(ops.add, v.shape, k, other), inputs)
        place = self.call(operation, inputs, v.params, v.shape)
        node = self.nodes[place]
        if isinstance(node, Assignment):
            # The first of several equal calls determines the name and the span.
            name, span = node.name or v.name or "", node.span or self.spans.get(v)
            self.nodes[place] = node._replace(name=name, span=span)
        return place

    def constant(self, value: Any) -> int:
        """Return the place of the node of a number or array."""
        array = np.asarray(value, dtype=np.float64)
        key = (array.shape, array.tobytes())
        return self._node(key, Constant(normalize_result(array)))

    def call(
        self,
        operation: Operation,
        inputs: tuple[int, ...],
        params: Mapping[str, Any] = MappingProxyType({}),
        shape: tuple[int, ...] = (),
    ) -> int:
        """Return the place of the node of a call, or of an earlier node of the same number."""
        nodes = [self.nodes[k] for k in inputs]
        if all(isinstance(node, Constant) for node in nodes):
            values = [node.value for node in nodes if isinstance(node, Constant)]
            return self.constant(operation.compute(*values, **params))
        identity = operation.metadata.identity
        same = identity(self, shape, *inputs) if identity else None
        if same is not None:
            return same
        ordered = sorted(inputs) if operation.metadata.commutes else inputs
        key = (operation.name, tuple(ordered), repr(sorted(params.items())))
        return self._node(key, Assignment(operation, inputs, MappingProxyType(dict(params)), shape))

    def _node(self, key: Any, node: Node) -> int:
        place = self.known.setdefault(key, len(self.nodes))
        if place == len(self.nodes):
            self.nodes.append(node)
        return place

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """Return the places of all arguments, and of the other nodes that the outputs depend on."""
        found = {k for k, node in enumerate(self.nodes) if isinstance(node, Argument)}
        stack = list(outputs)
        while stack:
            k = stack.pop()
            if k not in found:
                found.add(k)
                node = self.nodes[k]
                if isinstance(node, Assignment):
                    stack.extend(node.inputs)
        return sorted(found)

    # --- the protocol of identities ---

    def shape(self, k: int) -> tuple[int, ...]:
        return self.nodes[k].shape

    def is_number(self, k: int, number: float) -> bool:
        """Return whether a node is this number, with the same sign if it is zero."""
        node = self.nodes[k]
        return (
            isinstance(node, Constant)
            and type(node.value) is float
            and node.value == number
            and np.signbit(node.value) == np.signbit(number)
        )

    def call_at(self, k: int) -> Assignment | None:
        """Return the node at place k if it is a call, else None."""
        node = self.nodes[k]
        return node if isinstance(node, Assignment) else None

    def apply(self, operation: Operation, shape: tuple[int, ...], *inputs: int) -> int:
        return self.call(operation, inputs, shape=shape)
