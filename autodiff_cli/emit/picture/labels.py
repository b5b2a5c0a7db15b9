"""Write the labels and tooltips of a DOT picture, in the HTML dialect of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from autodiff_cli.emit.picture.call_label import spelling
from autodiff_cli.emit.picture.picture_graph import CallNode, DataNode, fault
from autodiff_cli.emit.picture.themes import ROLES, Theme
from autodiff_cli.emit.picture.value_text import brief, exact, kind, printable

__all__ = ["Labels", "Legend"]

MOST_OF_TITLE = 96
"""The most characters of a title that are shown."""

MOST_LISTED = 8
"""The most variables that are listed above a picture."""


class Legend(NamedTuple):
    """The parts of a picture that a legend explains.

    Attributes
    ----------
    roles
        The kinds of node that there are.
    adjoints, partials
        Whether there are adjoints, and local partial derivatives.
    """

    roles: set[str]
    adjoints: bool
    partials: bool


class Labels:
    """Labels in the colours of a theme.

    Parameters
    ----------
    values
        Whether values are shown.
    """

    def __init__(self, theme: Theme, values: bool) -> None:
        self.theme = theme
        self.values = values

    def call(self, call: CallNode, held: DataNode | None = None) -> str:
        """Return the label of a call: the operation, its static parameters, and its value.

        Parameters
        ----------
        held
            The result that has no node of its own, if there is one.
        """
        lines = [self._operation(call)]
        if call.members:
            lines.append(self._font(_counted(len(call.members)), 7.5, self.theme.quiet))
        lines.append(self._font(call.params, 7.5, self.theme.quiet))
        if call.kink:
            lines.append(self._font(f"{call.kink} here", 7.5, self.theme.alarm))
        if held is not None:
            lines += self._value(held, 8)
        return _lines(lines)

    def _operation(self, call: CallNode) -> str:
        """Return the operation with its literal numbers: ``2 ×``, ``** 2``, ``atan2(·, 1)``."""
        if call.members:
            return f'<FONT POINT-SIZE="10"><B>{_text(call.title)}</B></FONT>'
        ink = self.theme.ink
        parts = [
            f"<B>{_text(part.text)}</B>" if part.bold else self._font(part.text, 10, ink)
            for part in spelling(call)
        ]
        is_call = len(parts) > 1 and spelling(call)[0].text.endswith("(")
        return ("" if is_call else "&#160;").join(parts)

    def call_tip(self, call: CallNode, held: DataNode | None = None) -> str:
        """Return the tooltip of a call: what it is, and the value that has no other place."""
        tip = f"{call.name}: {call.doc}"
        return _tip([tip, *(self._tip_lines(held) if held is not None else [])])

    def datum(self, datum: DataNode) -> str:
        """Return the label of a data node: its names, its value and its adjoint."""
        names = _text(" = ".join(datum.names))
        head = [f"<B>{names}</B>"] if names else []
        return _lines(head + self._value(datum, 10 if names else 9))

    def _value(self, datum: DataNode, size: float) -> list[str]:
        lines = []
        if self.values or datum.constant:
            colour = self.theme.alarm if datum.fault else self.theme.ink
            lines += [self._font(row, size, colour) for row in brief(datum.value)]
            lines.append(self._font(kind(datum.value), 7.5, self.theme.quiet))
        colour = self.theme.alarm if fault(datum.grad) else self.theme.grad
        for i, row in enumerate(brief(datum.grad)):
            lines.append(self._font(row if i else f"∂ {row}", 8, colour))
        return lines

    def datum_tip(self, *data: DataNode) -> str:
        """Return the tooltip of data nodes, which shows every digit."""
        return _tip(line for datum in data for line in self._tip_lines(datum))

    def _tip_lines(self, datum: DataNode) -> list[str]:
        parts = [" = ".join(datum.names)]
        if self.values or datum.constant:
            parts.append(exact(datum.value))
            parts.append(f"{datum.fault} begins here" if datum.origin else "")
        if datum.grad is not None:
            parts.append(f"derivative of the output by it: {exact(datum.grad)}")
        return parts

    def partial(self, rows: list[str]) -> str:
        """Return the label of an edge: the local partial derivative."""
        return _lines(self._font(row, 8, self.theme.partial) for row in rows)

    def names(self, variables: Sequence[DataNode]) -> str:
        """Return the label of variables without their values."""
        names = [" = ".join(datum.names) for datum in variables]
        text = ", ".join(names[:MOST_LISTED]) + ", …" * (len(names) > MOST_LISTED)
        return _lines([f"<B>{_text(text)}</B>"])

    def caption(self, title: str, variables: Sequence[DataNode], legend: Legend | None) -> str:
        """Return the title, with the legend and values below it; nothing if there are none.

        Parameters
        ----------
        variables
            The variables whose values are listed.
        """
        title = printable(one_line(title), MOST_OF_TITLE)
        entries = self._entries(legend) if legend is not None else []
        gap = "&#160; &#160;"
        rows = [
            f'<FONT POINT-SIZE="12">{_text(title)}</FONT>' * bool(title),
            f'<FONT POINT-SIZE="8">{gap.join(entries)}</FONT>' * bool(entries),
            f'<FONT POINT-SIZE="9">{gap.join(self._listed(variables))}</FONT>' * bool(variables),
        ]
        cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows if row)
        table = '<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">'
        return f"<{table}{cells}</TABLE>>" if cells else ""

    def _entries(self, legend: Legend) -> list[str]:
        styles = self.theme.styles
        entries = [
            self._entry(styles[name].line, styles[name].glyph or role.glyph, role.title)
            for name, role in ROLES.items()
            if name in legend.roles and role.title
        ]
        if legend.adjoints:
            entries.append(self._entry(self.theme.grad, "<B>∂</B>", "derivative of the output"))
        if legend.partials:
            entries.append(self._entry(self.theme.partial, "→ <B>∂</B>", "local derivative"))
        return entries

    def _listed(self, variables: Sequence[DataNode]) -> list[str]:
        """Return the values of variables that are not written where the variables are drawn."""
        rows = []
        for datum in variables[:MOST_LISTED]:
            value = " ".join(brief(datum.value)) if self.values else ""
            row = _text(f"{' = '.join(datum.names)}{' = ' * bool(value)}{value}")
            if datum.grad is not None:
                row += " " + self._font(f"∂ {' '.join(brief(datum.grad))}", 9, self.theme.grad)
            rows.append(row)
        return rows + ["…"] * (len(variables) > MOST_LISTED)

    @staticmethod
    def _entry(colour: str, sign: str, meaning: str) -> str:
        return f'<FONT COLOR="{colour}">{sign}</FONT> {meaning}'

    def _font(self, text: str, size: float, colour: str) -> str:
        return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{_text(text)}</FONT>' if text else ""


def one_line(title: str) -> str:
    """Return a title of several lines as one."""
    return "; ".join(filter(None, map(str.strip, title.splitlines())))


def _counted(n: int) -> str:
    return f"{n:,} operations"


def _lines(lines: Iterable[str]) -> str:
    """Return a label of HTML lines without the empty ones; the label itself is never empty."""
    return f"<{'<BR/>'.join(filter(None, lines)) or ' '}>"


def _tip(parts: Iterable[str]) -> str:
    # A space, because without a tooltip Graphviz shows the markup of the label.
    return _text("\n".join(filter(None, parts)) or " ").replace("\n", "\\n")


def _text(text: str) -> str:
    """Return a text escaped so that Graphviz shows it unchanged."""
    # Graphviz searches a tooltip for `\N` more than once, so doubling a backslash does not help;
    # the sign for set difference looks the same.
    return escape(text).replace("\\", "∖")
