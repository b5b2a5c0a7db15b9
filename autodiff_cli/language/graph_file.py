"""Read a graph that `adiff export --to json` wrote as a program.

Nothing in such a file is trusted: the result is a straight-line program of calls of registered
operations, each with earlier results as its arguments, and it is run within the same limits as any
text.  The format is described in `autodiff_cli.graph.json_graph`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np

from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import ExpressionError
from autodiff_cli.language.names import CONSTANTS, KEYWORDS, did_you_mean
from autodiff_cli.language.program import Name, Program, Static
from autodiff_cli.limits import Limits

__all__ = ["read_graph"]

SCHEMA = 1

_NAME = re.compile(r"[^\W\d]\w*")
_MOST = 2**31
_NONFINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def read_graph(text: str, origin: str, limits: Limits | None = None) -> Program:
    """Return the program of a graph.

    Raises
    ------
    ExpressionError
        If it is not a graph that adiff could have written.
    ComputationError
        If it exceeds a limit.
    """
    limits = limits or Limits()
    limits.check("length", len(text), "the graph is too long")
    return _Reader(text, origin, limits).program


class _Reader:
    """Checks a graph part by part and writes the program at the same time."""

    def __init__(self, text: str, origin: str, limits: Limits) -> None:
        self.origin = origin
        graph = self._object(self._parsed(text), "the file")
        if graph.get("schema") != SCHEMA:
            raise self._wrong(f"it is no graph of schema {SCHEMA}")
        expression = graph.get("expression", "")
        nodes, variables = graph.get("nodes"), graph.get("variables")
        if not isinstance(expression, str) or not _is_list(nodes) or not _is_list(variables):
            raise self._wrong("`expression`, `variables` or `nodes` is missing")
        limits.check("calls", len(nodes), "the graph is too large")
        self.program = Program(expression, origin, limits)
        self.end = max(1, len(self.program.tokens) - 1)
        self.slots: list[int] = []
        for variable in variables:
            self._variable(variable)
        for k, node in enumerate(nodes):
            self._node(k, node)
        self._outputs(graph.get("outputs"))

    def _wrong(self, why: str) -> ExpressionError:
        return ExpressionError(
            f"`{self.origin}` is not a graph that adiff can read: {why}",
            code="bad-graph",
            hint="`adiff export EXPR --to json` writes one",
        )

    def _parsed(self, text: str) -> Any:
        def refused(token: str) -> Any:
            raise ValueError(f"`{token}` is not JSON")

        try:
            return json.loads(text, parse_constant=refused)
        except json.JSONDecodeError as error:
            why = f"{error.msg[:1].lower()}{error.msg[1:]} in line {error.lineno}"
            raise self._wrong(why) from None
        except (ValueError, RecursionError) as error:
            nested = isinstance(error, RecursionError)
            raise self._wrong("it is nested too deeply" if nested else str(error)) from None

    def _object(self, value: Any, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(f"{what} is no object")
        return value

    # --- leaves ---

    def _leaf(self, value: Any) -> int:
        self.program.leaves.append(value)
        return ~(len(self.program.leaves) - 1)

    def _variable(self, value: Any) -> None:
        fields = self._object(value, "a variable")
        name, shape = fields.get("name"), fields.get("shape")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._wrong("a variable has no name")
        if name in CONSTANTS or name in KEYWORDS or name in self.program.names:
            raise self._wrong(f"`{name}` cannot be the name of a variable, or is that of two")
        if not _is_list(shape) or not all(_is_whole(n) and n >= 0 for n in shape):
            raise self._wrong(f"the shape of `{name}` is not a list of whole numbers")
        elements = math.prod(shape)
        self.program.limits.check("elements", elements, f"`{name}` is too large")
        self.program.names[name] = Name(self._leaf(None), 0)
        self.program.shapes[name] = tuple(shape)

    def _number(self, value: Any, k: int, shape: Any) -> Any:
        """Return a constant: a float, or an array of them."""
        try:
            flat = _flat(value)
            if shape is None:
                if len(flat) == 1 and not isinstance(value, list):
                    return flat[0]
            elif all(map(_is_whole, shape)):
                return np.array(flat, dtype=np.float64).reshape(shape)
        except (TypeError, ValueError, OverflowError, KeyError):
            pass
        raise self._wrong(f"node {k} has no value that is a number or an array of a shape")

    # --- calls ---

    def _node(self, k: int, value: Any) -> None:
        node = self._object(value, f"node {k}")
        op = node.get("op")
        if node.get("id") != k:
            raise self._wrong(f"node {k} has the id {json.dumps(node.get('id'))[:20]}")
        if op == "variable":
            name = node.get("name")
            if not isinstance(name, str) or name not in self.program.names:
                raise self._wrong(f"node {k} is a variable that is not listed")
            self.slots.append(self.program.names[name].slot)
        elif op == "constant":
            self.slots.append(self._leaf(self._number(node.get("value"), k, node.get("shape"))))
        else:
            self._call(k, node, op)

    def _call(self, k: int, node: Mapping[str, Any], op: Any) -> None:
        operation = registry.get(op) if isinstance(op, str) else None
        if operation is None:
            hint = did_you_mean(op, registry) if isinstance(op, str) else None
            error = self._wrong(f"node {k} has an unknown operation")
            error.hint = hint or error.hint
            raise error
        inputs, params = node.get("inputs"), self._object(node.get("params", {}), "`params`")
        if not _is_list(inputs) or not all(_is_whole(i) and 0 <= i < k for i in inputs):
            raise self._wrong(f"the inputs of node {k} are not ids of nodes before it")
        if len(inputs) != operation.arity and not (operation.variadic and inputs):
            raise self._wrong(
                f"node {k} has {len(inputs)} inputs, and `{operation.name}` takes {operation.arity}"
            )
        statics = {
            name: self._static(k, operation, name, value) for name, value in params.items()
        } or None
        slots = tuple(self.slots[i] for i in inputs)
        self.slots.append(len(self.program.calls))
        if isinstance(name := node.get("name"), str) and _NAME.fullmatch(name):
            self.program.definitions[name] = self.slots[-1]
        self.program.calls.append((operation, slots, statics, 0, 0, self.end))

    def _static(self, k: int, operation: Operation, name: str, value: Any) -> Static:
        if name not in operation.statics:
            raise self._wrong(f"`{operation.name}` in node {k} has no such parameter")
        if isinstance(value, list):
            return tuple(self._part(k, part) for part in value)
        return None if value is None else self._part(k, value)

    def _part(self, k: int, value: Any) -> int | slice:
        if isinstance(value, dict) and _is_list(value.get("slice")) and len(value["slice"]) == 3:
            return slice(
                *(None if part is None else self._part(k, part) for part in value["slice"])
            )
        if isinstance(value, bool) or (_is_whole(value) and abs(value) < _MOST):
            return self._leaf(float(value))
        raise self._wrong(f"a parameter of node {k} is not made of whole numbers")

    def _outputs(self, value: Any) -> None:
        outputs = self._object(value, "`outputs`")
        if not outputs:
            raise self._wrong("it has no outputs")
        for name, k in outputs.items():
            if not name.isprintable():
                raise self._wrong("an output has a name that cannot be shown")
            if not _is_whole(k) or not 0 <= k < len(self.slots):
                raise self._wrong("an output is not the id of a node")
            self.program.outputs[name] = self.slots[k]
        self.program.result = next(iter(self.program.outputs.values()))


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _flat(value: Any) -> list[float]:
    """Return the numbers in nested lists as one flat list."""
    flat: list[float] = []
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack.extend(reversed(part))
        elif isinstance(part, str):
            flat.append(_NONFINITE[part])
        elif isinstance(part, bool):
            raise TypeError("a number is wanted")
        else:
            flat.append(float(part))
    return flat
