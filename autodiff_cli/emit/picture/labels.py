"""The labels and tooltips of a DOT picture, in the HTML dialect of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, fault
from autodiff_cli.emit.picture.value_text import brief, exact, kind, printable

__all__ = [
    "FONT",
    "INK",
    "STYLES",
    "WIRE",
    "call_label",
    "call_tip",
    "caption",
    "datum_label",
    "datum_tip",
    "is_inlined",
]


class Style(NamedTuple):
    """The style of one kind of node, and its title in the legend, if it is listed there."""

    title: str
    glyph: str
    line: str
    fill: str


# Dark letters on light fills are readable on any background; edges, and letters outside of nodes,
# have a medium lightness, so that they are visible on white and on near-black.
STYLES = {
    "variable": Style("variable", "■", "#3b82f6", "#dbeafe"),
    "value": Style("", "■", "#93c5fd", "#eff6ff"),
    "operation": Style("operation", "●", "#d97706", "#fde68a"),
    "constant": Style("constant", "■", "#9ca3af", "#f3f4f6"),
    "output": Style("output", "■", "#16a34a", "#bbf7d0"),
    "origin": Style("where nan or inf begins", "■", "#dc2626", "#fecaca"),
}
FONT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
INK, WIRE = "#111827", "#747c8a"
_QUIET, _GRAD, _ALARM = "#4b5563", "#7c3aed", "#b91c1c"

_SYMBOLS = {"*": "×", "-": "−"}


def call_label(call: CallNode) -> str:
    """Return the label of a call: the operation and its static parameters."""
    return _lines([_spelling(call), _font(call.params, 7.5, _QUIET)])


def call_tip(call: CallNode) -> str:
    """Return the tooltip of a call: the name and description of the operation."""
    return _text(f"{call.name}: {call.doc}")


def is_inlined(datum: DataNode) -> bool:
    """Return whether a data node is written in the calls that use it: a literal number.

    A node for every 2 in ``x**2`` would double the picture without adding information.
    """
    return datum.literal and not kind(datum.value)


def _spelling(call: CallNode) -> str:
    """Return the operation with its literal numbers: ``2 ×``, ``** 2``, ``atan2(·, 1)``."""
    symbol = f"<B>{_text(_SYMBOLS.get(call.symbol, call.symbol))}</B>"
    if not any(map(is_inlined, call.arguments)):
        return symbol
    numbers = [_font("".join(brief(x.value)), 10, INK) * is_inlined(x) for x in call.arguments]
    if call.symbol == call.name:
        return f"{symbol}({', '.join(number or '·' for number in numbers)})"
    return "&#160;".join(part for part in (numbers[0], symbol, *numbers[1:]) if part)


def datum_label(datum: DataNode, values: bool) -> str:
    """Return the label of a data node: its names, its value and its adjoint."""
    names = _text(" = ".join(datum.names))
    size, colour = (10 if names else 9), (_ALARM if datum.fault else INK)
    lines = [f"<B>{names}</B>" if names else ""]
    if values or datum.constant:
        lines += [_font(row, size, colour) for row in brief(datum.value)]
        lines.append(_font(kind(datum.value), 7.5, _QUIET))
    colour = _ALARM if fault(datum.grad) else _GRAD
    for i, row in enumerate(brief(datum.grad)):
        lines.append(_font(row if i else f"∂ {row}", 8, colour))
    return _lines(lines)


def datum_tip(datum: DataNode, values: bool) -> str:
    """Return the tooltip of a data node, which shows every digit."""
    parts = [" = ".join(datum.names)]
    if values or datum.constant:
        parts.append(exact(datum.value))
        parts.append(f"{datum.fault} begins here" if datum.origin else "")
    if datum.grad is not None:
        parts.append(f"derivative of the output by it: {exact(datum.grad)}")
    # A space, because without a tooltip Graphviz shows the markup of the label.
    return _text("\n".join(filter(None, parts)) or " ").replace("\n", "\\n")


def caption(title: str, roles: set[str], with_grad: bool) -> str:
    """Return the title with the legend below it."""
    legend = [
        f'<FONT COLOR="{style.line}">{style.glyph}</FONT> {style.title}'
        for role, style in STYLES.items()
        if role in roles and style.title
    ]
    if with_grad:
        legend.append(f'<FONT COLOR="{_GRAD}"><B>∂</B></FONT> derivative of the output')
    title = "; ".join(filter(None, map(str.strip, title.splitlines())))
    rows = [
        f'<FONT POINT-SIZE="12">{_text(printable(title, 96))}</FONT>' if title else "",
        f'<FONT POINT-SIZE="8">{"&#160; &#160;".join(legend)}</FONT>' if legend else "",
    ]
    cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows if row)
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{cells}</TABLE>>' if cells else ""


def _lines(lines: Iterable[str]) -> str:
    """Return a label of HTML lines without the empty ones; the label itself is never empty."""
    return f"<{'<BR/>'.join(filter(None, lines)) or ' '}>"


def _font(text: str, size: float, colour: str) -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{_text(text)}</FONT>' if text else ""


def _text(text: str) -> str:
    """Return a text escaped so that Graphviz shows it unchanged."""
    # Graphviz searches a tooltip for `\N` more than once, so doubling a backslash does not help;
    # the sign for set difference looks the same.
    return escape(text).replace("\\", "∖")
