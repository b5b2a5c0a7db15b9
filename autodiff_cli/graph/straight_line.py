"""Outputs of a graph as a straight line of operations: what the other readers of a graph share.

A function, its gradient and its Hessian become one list of nodes, each of which uses earlier ones
and is computed once.  The first nodes are the arguments, then come constants and calls; a call has
its operation, the places of its inputs, its static parameters, its shape, and the name and the span
it has in the text.  `Code.groups` says which nodes are the value, the gradient and so on.

What is computed is what the engine computes, operation by operation: nodes are shared only where
operation, inputs and static parameters are the same, and left out only where IEEE 754 guarantees
the same number, nan, infinities and signed zeros included.

Examples
--------
>>> from autodiff_cli.engine import as_variable, sin, grad
>>> x = as_variable(2.0)
>>> y = x * sin(x)
>>> slope = grad(y, x, create_graph=True)
>>> groups = [("value", {"f": y}, 0), ("gradient", {"∂f/∂x": slope}, 1)]
>>> code = straight(groups, {"x": x}, "x*sin(x)", {y: (0, 8)})
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

__all__ = ["Argument", "Call", "Code", "Constant", "Group", "Node", "straight"]


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


class Call(NamedTuple):
    """A call of an operation on earlier nodes.

    Attributes
    ----------
    inputs
        The places of its tensors in the list of nodes, each before its own.
    params
        Its static parameters by name, those that were given.
    name
        What the text calls it; empty for most.
    span
        Where it stands in the text, as offsets of its first character and of the one behind it;
        None for what is computed for a derivative only.
    """

    operation: Operation
    inputs: tuple[int, ...]
    params: Mapping[str, Any]
    shape: tuple[int, ...]
    name: str = ""
    span: tuple[int, int] | None = None


Node: TypeAlias = Argument | Constant | Call


class Group(NamedTuple):
    """Outputs that belong together, such as the entries of a gradient.

    Attributes
    ----------
    name
        ``value``, ``gradient``, ``hessian``, or ``order3`` for third derivatives.
    titles
        What each entry is, as in ``∂f/∂x``.
    nodes
        The place of each entry in the list of nodes.
    rows
        How many rows the entries make, 0 if the group is a single output.
    """

    name: str
    titles: tuple[str, ...]
    nodes: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class Code:
    """A function and what was derived from it, as one straight line.

    Attributes
    ----------
    expression
        The text it comes from.
    nodes
        The arguments, in the order in which the expression names them; then constants and calls,
        each behind what it needs and each needed for an output.
    groups
        What is computed, the value first.
    """

    expression: str
    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The variables of the expression."""
        return tuple(node for node in self.nodes if isinstance(node, Argument))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """What there is to compute."""
        return tuple(node for node in self.nodes if isinstance(node, Call))

    @cached_property
    def elementwise(self) -> bool:
        """Whether all is made of single numbers, so that it holds for arrays element by element."""
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


def straight(
    groups: Iterable[tuple[str, Mapping[str, Variable], int]],
    variables: Mapping[str, Variable],
    expression: str = "",
    spans: Mapping[Variable, tuple[int, int]] = MappingProxyType({}),
) -> Code:
    """Return the straight line of operations that computes some outputs.

    Parameters
    ----------
    groups
        For each group its name, its outputs by title, and its number of rows.
    variables
        The leaves that are arguments, by name; all others are constants.
    expression
        The text that this comes from.
    spans
        Where the calls that the text makes stand in it.
    """
    line = _Line(variables, spans)
    found = [
        (name, tuple(outputs), [line.place(y) for y in outputs.values()], rows)
        for name, outputs, rows in groups
    ]
    kept = line.needed([k for _, _, places, _ in found for k in places])
    moved = {old: new for new, old in enumerate(kept)}
    return Code(
        expression,
        tuple(_moved(line.nodes[k], moved) for k in kept),
        tuple(
            Group(name, titles, tuple(moved[k] for k in places), rows)
            for name, titles, places, rows in found
        ),
    )


def _moved(node: Node, moved: Mapping[int, int]) -> Node:
    if isinstance(node, Call):
        return node._replace(inputs=tuple(moved[k] for k in node.inputs))
    return node


class _Line:
    """Nodes, each of which is there once."""

    def __init__(
        self, variables: Mapping[str, Variable], spans: Mapping[Variable, tuple[int, int]]
    ) -> None:
        self.spans = spans
        self.nodes: list[Node] = [Argument(name, x.shape) for name, x in variables.items()]
        self.places = {x: k for k, x in enumerate(variables.values())}
        self.known: dict[Any, int] = {}

    def place(self, y: Variable) -> int:
        """Return the node that computes ``y``, after whatever it needs."""
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
            # The engine adds one after the other too.
            return reduce(lambda k, other: self.apply(ops.add, v.shape, k, other), inputs)
        place = self.call(operation, inputs, v.params, v.shape)
        node = self.nodes[place]
        if isinstance(node, Call):
            # Of calls that are the same the first one gives name and place in the text.
            name, span = node.name or v.name or "", node.span or self.spans.get(v)
            self.nodes[place] = node._replace(name=name, span=span)
        return place

    def constant(self, value: Any) -> int:
        """Return the node of a number or array."""
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
        """Return the node of a call, or an earlier one that is the same number."""
        nodes = [self.nodes[k] for k in inputs]
        if all(isinstance(node, Constant) for node in nodes):
            values = [node.value for node in nodes if isinstance(node, Constant)]
            return self.constant(operation.compute(*values, **params))
        identity = operation.facts.identity
        same = identity(self, shape, *inputs) if identity else None
        if same is not None:
            return same
        ordered = sorted(inputs) if operation.facts.commutes else inputs
        key = (operation.name, tuple(ordered), repr(sorted(params.items())))
        return self._node(key, Call(operation, inputs, MappingProxyType(dict(params)), shape))

    def _node(self, key: Any, node: Node) -> int:
        place = self.known.setdefault(key, len(self.nodes))
        if place == len(self.nodes):
            self.nodes.append(node)
        return place

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """Return the arguments, and of the other nodes those that the outputs depend on."""
        found = {k for k, node in enumerate(self.nodes) if isinstance(node, Argument)}
        stack = list(outputs)
        while stack:
            k = stack.pop()
            if k not in found:
                found.add(k)
                node = self.nodes[k]
                if isinstance(node, Call):
                    stack.extend(node.inputs)
        return sorted(found)

    # --- what the identities ask ---

    def shape(self, k: int) -> tuple[int, ...]:
        return self.nodes[k].shape

    def is_number(self, k: int, number: float) -> bool:
        """Whether a node is this number, sign of a zero included."""
        node = self.nodes[k]
        return (
            isinstance(node, Constant)
            and type(node.value) is float
            and node.value == number
            and np.signbit(node.value) == np.signbit(number)
        )

    def call_at(self, k: int) -> Call | None:
        """Return the call that a node is; None if it is none."""
        node = self.nodes[k]
        return node if isinstance(node, Call) else None

    def apply(self, operation: Operation, shape: tuple[int, ...], *inputs: int) -> int:
        return self.call(operation, inputs, shape=shape)
