"""Render straight-line programs as a Python function that needs only NumPy."""

from __future__ import annotations

import builtins
import keyword
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.emit.precedence import ATOM, SIGN, Piece
from autodiff_cli.emit.source.helper_sources import HelperSources, Import
from autodiff_cli.emit.source.templates import (
    Language,
    Names,
    ascii_name,
    described,
    lines,
    placeholders,
    with_what,
)
from autodiff_cli.engine import Operation
from autodiff_cli.graph.straight_line import Assignment, Constant, Group, StraightLine
from autodiff_cli.language.static_text import PYTHON
from autodiff_cli.version import __version__

__all__ = ["template", "to_python"]

_OPERATORS = ("+", "-", "*", "/", "**", "%", "@")
_SPELLINGS = {"numpy": "NumPy", "scipy": "SciPy"}
_WIDTH = 88
_INDENT = "    "


def to_python(code: StraightLine, name: str = "f") -> str:
    """Return a Python module with one function that computes a straight-line program.

    It takes arguments that `numpy.asarray` accepts, under the names of the variables, and returns
    the value, or a tuple of the value, the gradient and the other outputs.
    """
    helpers = HelperSources()
    for call in code.calls:
        helpers.add(call.operation, template(call.operation))
    names = Names({*dir(builtins), *helpers.names, "ArrayLike", "Floats", name}, _identifier)
    arguments = names.take_all([argument.name for argument in code.arguments])
    assignments, texts = lines(code, _LANGUAGE, arguments, names)
    value, *rest = (_result(code, group, texts, arguments) for group in code.groups)
    body = _prologue(code, arguments) + assignments
    results = [value]
    for group, result in zip(code.groups[1:], rest, strict=True):
        results.append(names.take(group.name))
        body.append(f"{results[-1]} = {result}")
    body.append(f"return {', '.join(results)}")
    text = "\n".join([*_docstring(code, arguments), *body])
    parts = [
        _header(code, helpers.packages),
        "from __future__ import annotations",
        helpers.imports(Import("numpy.typing", name) for name in ("ArrayLike", "NDArray")),
        "Floats = np.float64 | NDArray[np.float64]",
        *(f"\n{source}" for source in helpers.sources),
        f'\n@np.errstate(all="ignore")\n{_signature(code, name, arguments)}',
    ]
    return "\n\n".join(parts) + "\n" + _indented(text) + "\n"


def _identifier(name: str) -> str:
    """Return a valid name that Python does not change, because it normalizes some letters."""
    if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
        name = ascii_name(name)
    name = name if name.isidentifier() else f"x{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _indented(text: str) -> str:
    return "\n".join(_INDENT + line if line else line for line in text.splitlines())


# --- the head of the function --------------------------------------------------------------------


def _header(code: StraightLine, packages: Sequence[str]) -> str:
    needed = " and ".join(_SPELLINGS.get(package, package) for package in packages)
    return f'"""{_what(code)}\n\nWritten by adiff {__version__}.  It needs {needed} only.\n"""'


def _what(code: StraightLine) -> str:
    """Return what the function computes, as the first paragraph of a docstring."""
    text = "\n".join(described(code.expression)) or "A function"
    text = text.replace("\\", "\\\\").replace('"""', '\\"""')
    return f"{text}{with_what(code)}."


def _signature(code: StraightLine, name: str, arguments: Sequence[str]) -> str:
    parameters = [f"{argument}: ArrayLike" for argument in arguments]
    kinds = ["Floats"]
    for group in code.groups[1:]:
        matrix = group.name == "hessian"
        kinds.append("tuple[tuple[Floats, ...], ...]" if matrix else "tuple[Floats, ...]")
    returned = kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]"
    text = f"def {name}({', '.join(parameters)}) -> {returned}:"
    if len(text) <= _WIDTH:
        return text
    inside = "".join(f"{_INDENT}{parameter},\n" for parameter in parameters)
    return f"def {name}(\n{inside}) -> {returned}:"


def _docstring(code: StraightLine, arguments: Sequence[str]) -> list[str]:
    first, *rest = f'"""{_what(code)}'.splitlines()
    text = [first, *rest, ""]
    if arguments:
        text += ["Parameters", "----------"]
    if arguments and code.elementwise:
        text.append(", ".join(arguments))
        text.append(f"{_INDENT}Numbers, or arrays of them that broadcast together.")
    for name, argument in zip(arguments, code.arguments, strict=True):
        if not code.elementwise:
            kind = f"An array of shape {argument.shape}" if argument.shape else "A number"
            text += [name, f"{_INDENT}{kind}."]
    renamed = [
        f"`{name}` is the variable `{argument.name}`."
        for name, argument in zip(arguments, code.arguments, strict=True)
        if name != argument.name
    ]
    text += ["", *renamed] if renamed else []
    text += ["", "Returns", "-------", *_returns(code.groups), '"""']
    return text


def _returns(groups: Sequence[Group]) -> list[str]:
    text = ["value", f"{_INDENT}What the expression gives."]
    for group in groups[1:]:
        text.append(group.name)
        columns = len(group.titles) // group.rows
        for row in range(group.rows):
            titles = ", ".join(group.titles[row * columns : (row + 1) * columns])
            text.append(f"{_INDENT}{titles}{',' if row < group.rows - 1 else '.'}")
    return text


def _prologue(code: StraightLine, arguments: Sequence[str]) -> list[str]:
    """Return the lines that convert the arguments to arrays and check their shapes."""
    arrays = [f"np.asarray({name}, dtype=float)" for name in arguments]
    if code.elementwise and len(arguments) > 1:
        targets = ", ".join(arguments)
        line = f"{targets} = np.broadcast_arrays({', '.join(arrays)})"
        if len(line) + len(_INDENT) <= _WIDTH:
            return [line]
        inside = "".join(f"{_INDENT}{array},\n" for array in arrays)
        return [f"{targets} = np.broadcast_arrays(\n{inside})"]
    body = [f"{name} = {array}" for name, array in zip(arguments, arrays, strict=True)]
    if not code.elementwise and arguments:
        shapes = [argument.shape for argument in code.arguments]
        pairs = list(zip(arguments, shapes, strict=True))
        given = ", ".join(f"{name}.shape" for name in arguments)
        body.append(f"if [{given}] != {shapes}:")
        listed = ", ".join(f"{name} {shape}" for name, shape in pairs)
        body.append(f'{_INDENT}raise ValueError("the shapes have to be: {listed}")')
    return body


# --- results -------------------------------------------------------------------------------------


def _result(
    code: StraightLine, group: Group, texts: Sequence[Piece], arguments: Sequence[str]
) -> str:
    """Return the expression of a group of outputs, with a tuple for each row."""
    entries = [_entry(code, k, texts[k], arguments) for k in group.nodes]
    if not group.rows:
        return entries[0]
    columns = len(entries) // group.rows
    rows = [
        _tuple(entries[row * columns : (row + 1) * columns], len(group.name))
        for row in range(group.rows)
    ]
    return rows[0] if group.rows == 1 else _tuple(rows, _WIDTH)


def _entry(code: StraightLine, k: int, text: Piece, arguments: Sequence[str]) -> str:
    """Return the expression of an output; a constant gets the shape that all others have."""
    if not isinstance(code.nodes[k], Constant) or code.nodes[k].shape:
        return text.text
    if code.elementwise and arguments:
        return f"np.full({arguments[0]}.shape, {text.text})"
    return f"np.float64({text.text})"


def _tuple(entries: Sequence[str], used: int) -> str:
    text = f"({', '.join(entries)}{',' * (len(entries) == 1)})"
    if len(text) + used <= _WIDTH - 8 and "\n" not in text:
        return text
    inside = "".join(f"{_indented(entry)},\n" for entry in entries)
    return f"(\n{inside})"


# --- the language --------------------------------------------------------------------------------


def template(operation: Operation) -> str:
    """Return the template of an operation in NumPy, from its declaration."""
    if operation.metadata.numpy:
        return operation.metadata.numpy
    if operation.metadata.symbol in _OPERATORS:
        return f" {operation.metadata.symbol} ".join(placeholders(operation))
    forward = operation.forward
    module, statics = ("np.", "") if isinstance(forward, np.ufunc) else ("", "{statics}")
    return f"{module}{forward.__name__}({', '.join(placeholders(operation))}{statics})"


def _literal(number: float) -> Piece:
    level = SIGN if math.copysign(1.0, number) < 0.0 else ATOM
    if math.isfinite(number):
        return Piece(repr(number), level)
    return Piece("np.nan") if math.isnan(number) else Piece("-np.inf"[number > 0.0 :], level)


def _constant(constant: Constant) -> Piece:
    value = np.asarray(constant.value)
    if value.ndim == 0:
        return _literal(float(value))
    first = value.flat[0] if value.size else 0.0
    if value.tobytes() == np.full(value.shape, first).tobytes():
        if first == 0.0 and not np.signbit(first):
            return Piece(f"np.zeros({value.shape})")
        return Piece(f"np.full({value.shape}, {_literal(float(first)).text})")
    return Piece(f"np.array({_nested(value.tolist())})")


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_nested, value))}]"
    return _literal(value).text


def _statics(call: Assignment) -> Mapping[str, str]:
    found = {**call.operation.defaults, **call.params}
    texts = {name: PYTHON.value(value) for name, value in found.items()}
    texts["statics"] = "".join(f", {name}={PYTHON.value(v)}" for name, v in call.params.items())
    if "index" in found:
        texts["index"] = PYTHON.subscript(found["index"])
    return texts


_LANGUAGE = Language(template, _statics, _constant, "{name} = {text}")
