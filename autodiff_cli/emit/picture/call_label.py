"""Write the label of a call in a picture: its operator or name, and its literal numbers.

Only names of the language are used.  An operation that the language has no name for, such as one
that derivatives are made of, declares its notation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode
from autodiff_cli.emit.picture.value_text import brief, kind
from autodiff_cli.emit.text.call_text import language_name
from autodiff_cli.engine import Operation
from autodiff_cli.language.static_text import LANGUAGE

__all__ = ["LabelPart", "is_inlined", "shown_name", "spelling"]

_SYMBOLS = {"*": "×", "-": "−"}
_PLACES = "₁₂₃₄₅₆₇₈₉"


class LabelPart(NamedTuple):
    """A part of the text on a call: a name or operator, which is bold, or a number."""

    text: str
    bold: bool = True


def is_inlined(datum: DataNode) -> bool:
    """Return whether a data node is written in the calls that use it: a literal number.

    A node for every 2 in ``x**2`` would double the picture without adding information.
    """
    return datum.literal and not kind(datum.value)


def spelling(call: CallNode) -> list[LabelPart]:
    """Return the label of a call, with its literal numbers: ``2 ×``, ``** 2``, ``exp``."""
    written = list(map(is_inlined, call.arguments))
    symbol = shown_name(call)
    if not any(written):
        return [LabelPart(symbol)]
    numbers = ["".join(brief(x.value)) * w for x, w in zip(call.arguments, written, strict=True)]
    if call.symbol == call.name and not _is_sum(call.operation):
        return [
            LabelPart(f"{symbol}("),
            LabelPart(", ".join(n or "·" for n in numbers), False),
            LabelPart(")"),
        ]
    if len(numbers) == 2 and not all(written):
        symbol, numbers = _as_in_formulas(call, symbol, numbers)
    parts = [LabelPart(number, False) for number in numbers]
    parts.insert(1, LabelPart(symbol))
    return [part for part in parts if part.text]


def _as_in_formulas(call: CallNode, symbol: str, numbers: list[str]) -> tuple[str, list[str]]:
    """Return symbol and numbers in the order of formulas: ``4 ×`` and ``− 4``, not ``+ -4``."""
    signs: tuple[int, ...] = call.operation.metadata.signs if call.operation is not None else ()
    first, second = numbers
    is_product = call.operation is not None and call.operation.metadata.exponents == (1, 1)
    if (second and is_product) or (first and signs == (1, 1)):
        first, second = second, first
    if signs and second.startswith("-"):
        symbol, second = "−" if signs == (1, 1) else "+", second[1:]
    return symbol, [first, second]


def shown_name(call: CallNode) -> str:
    """Return the operator or the name of a call, as the language has it."""
    operation = call.operation
    if operation is None:
        return call.symbol
    if operation.metadata.signs == (-1,):
        return "−"
    if _is_sum(operation):
        return "+"
    if operation.metadata.symbol:
        return _SYMBOLS.get(call.symbol, call.symbol)
    if operation.metadata.notation or operation.metadata.internal:
        return notation(call, ["·"] if len(call.arguments) == 1 else _numbered(call.arguments))
    return language_name(operation)


def notation(call: CallNode, operands: Sequence[str]) -> str:
    """Return an operation without a name as the declared text, with some operands."""
    operation = call.operation
    assert operation is not None
    metadata = operation.metadata
    template = metadata.notation or metadata.spelling or operation.name
    statics = {**dict(operation.defaults), **call.statics}
    if callable(template):
        template = template(**call.statics)
    texts = {name: LANGUAGE.subscript(value) for name, value in statics.items()}
    texts |= dict(zip(operation.arguments, operands, strict=False))
    for name, text in texts.items():
        template = template.replace(f"{{{name}}}", text)
    return template


def _numbered(arguments: Sequence[DataNode]) -> list[str]:
    return [
        "".join(brief(x.value)) if is_inlined(x) else f"·{_PLACES[i] if i < 9 else ''}"
        for i, x in enumerate(arguments)
    ]


def _is_sum(operation: Operation | None) -> bool:
    """Return whether an operation adds any number of tensors."""
    return operation is not None and operation.variadic and operation.metadata.signs == (1,)
