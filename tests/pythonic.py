"""What a text says when Python reads it: its own parser, over NumPy's arithmetic."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

_BINARY = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.MatMult: np.matmul,
}
_COMPARED = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_CONNECTED = {ast.And: np.logical_and, ast.Or: np.logical_or}
_FUNCTIONS = {
    "sin": np.sin,
    "tanh": np.tanh,
    "abs": np.abs,
    "exp": np.exp,
    "floor": np.floor,
    "atan2": np.arctan2,
    "sum": np.sum,
}


def by_python(text: str, point: dict[str, Any]) -> Any:
    """Return the value of a text, read by Python's parser.

    Only what Python's grammar has no word for is put in its words: a function is defined as a
    lambda.  Truth is a number here too, and a list an array.

    Raises
    ------
    SyntaxError
        If Python cannot read it.
    ValueError, IndexError
        If NumPy cannot compute it.
    """
    text = re.sub(r"(?m)(^|;)\s*(\w+)\(([\w, ]*)\) = ", r"\1\2 = lambda \3: ", text)
    *lines, last = ast.parse(re.sub(r"(?m)^\s+|;\s*$", "", text)).body
    names = {name: np.asarray(value, dtype=float) for name, value in point.items()}
    with np.errstate(all="ignore"):
        for line in lines:
            if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
                raise SyntaxError("no assignment")
            names[line.targets[0].id] = _value(line.value, names)
        if not isinstance(last, ast.Expr):
            raise SyntaxError("no expression")
        return np.asarray(_value(last.value, names), dtype=float)


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.float64(number)
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(left, op, right):
            return _BINARY[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(ast.Not(), operand):
            return np.logical_not(_value(operand, names)).astype(float)
        case ast.UnaryOp(op, operand):
            return {ast.USub: np.negative, ast.UAdd: np.positive}[type(op)](_value(operand, names))
        case ast.BoolOp(op, values):
            first, *rest = (_value(value, names) for value in values)
            for value in rest:
                first = _CONNECTED[type(op)](first, value).astype(float)
            return first
        case ast.Compare(left, ops, comparators):
            operands = [_value(operand, names) for operand in (left, *comparators)]
            found = [_COMPARED[type(op)](*operands[k : k + 2]) for k, op in enumerate(ops)]
            result = found[0]
            for other in found[1:]:
                result = np.logical_and(result, other)
            return result.astype(float)
        case ast.IfExp(test, body, orelse):
            x, y = _value(body, names), _value(orelse, names)
            return np.where(_value(test, names), x, y)
        case ast.List(elements):
            return np.stack([_value(element, names) for element in elements])
        case ast.Attribute(value, "T"):
            return np.transpose(_value(value, names))
        case ast.Subscript(value, index):
            return _value(value, names)[_index(index)]
        case ast.Lambda():
            return node
        case ast.Call(ast.Name(id=name), arguments):
            values = [_value(argument, names) for argument in arguments]
            if isinstance(defined := names.get(name), ast.Lambda):
                inner = dict(zip((a.arg for a in defined.args.args), values, strict=True))
                return _value(defined.body, names | inner)
            return _FUNCTIONS[name](*values)
    raise SyntaxError(type(node).__name__)


def _index(node: ast.expr) -> Any:
    match node:
        case ast.Tuple(elements):
            return tuple(_index(element) for element in elements)
        case ast.Slice(lower, upper, step):
            return slice(*(part and _index(part) for part in (lower, upper, step)))
    return ast.literal_eval(node)
