"""Write straight-line programs as JSON, for other programs and for adiff itself.

The text is one object of strict JSON:

``schema``
    1; incremented when a change breaks readers.
``expression``
    The text of the function.
``variables``
    The ``name`` and ``shape`` of each variable, in the order of their first occurrence in the
    expression.  A shape is the list of the lengths of the axes, ``[]`` for a number.
``nodes``
    The computation, each node after those it uses.  ``id`` counts from 0, and ``op`` is

    - ``variable``, with its ``name``;
    - ``constant``, with its ``value``: a number, or nested lists of numbers with their ``shape``,
      or one of the strings ``"inf"``, ``"-inf"`` and ``"nan"``, which JSON has no numbers for;
    - or the name of an operation, with the ids of its arguments as ``inputs``.  If it has static
      parameters they are ``params``, such as ``{"axis": 0}``, and if the expression names the value
      that is ``name``.

    Static parameters are integers, true, false, null, lists of these, and slices in an index:
    ``{"slice": [start, stop, step]}``.
``outputs``
    The id of the node that computes each output, by the output's name: ``f`` is the value of the
    expression, ``∂f/∂x`` a derivative.

`autodiff_cli.language.graph_file` reads it.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from autodiff_cli.graph.straight_line import Argument, Constant, Node, StraightLine

__all__ = ["SCHEMA", "to_json"]

SCHEMA = 1


def to_json(code: StraightLine) -> str:
    """Return a straight-line program as JSON text, with one line for each node."""
    variables = [{"name": x.name, "shape": list(x.shape)} for x in code.arguments]
    nodes = [{"id": k, **_node(node)} for k, node in enumerate(code.nodes)]
    fields = [
        f'"schema": {SCHEMA}',
        f'"expression": {_text(code.expression)}',
        f'"variables": {_lines(variables)}',
        f'"nodes": {_lines(nodes)}',
        f'"outputs": {_text(code.outputs)}',
    ]
    return "{\n  " + ",\n  ".join(fields) + "\n}\n"


def _lines(items: list[dict[str, Any]]) -> str:
    inside = ",\n    ".join(map(_text, items))
    return f"[\n    {inside}\n  ]" if items else "[]"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _node(node: Node) -> dict[str, Any]:
    match node:
        case Argument():
            return {"op": "variable", "name": node.name}
        case Constant():
            value = np.asarray(node.value)
            shape = {"shape": list(value.shape)} if value.ndim else {}
            return {"op": "constant", "value": _number(value.tolist()), **shape}
    fields: dict[str, Any] = {"op": node.operation.name, "inputs": list(node.inputs)}
    if node.params:
        fields["params"] = {name: _parameter(value) for name, value in node.params.items()}
    if node.name:
        fields["name"] = node.name
    return fields


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(element) for element in value]
    if not math.isfinite(value):
        return str(value)
    # An integer reads back as the same number without `.0`, but -0 would lose its sign.
    whole = value.is_integer() and abs(value) < 1e15 and repr(value) != "-0.0"
    return int(value) if whole else value


def _parameter(value: Any) -> Any:
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if isinstance(value, tuple | list):
        return [_parameter(part) for part in value]
    return value
