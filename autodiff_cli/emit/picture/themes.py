"""The colours and lines of pictures, for each theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from autodiff_cli.emit.picture.look import ThemeName

__all__ = ["FONT", "ROLES", "THEMES", "Role", "Style", "Theme", "adaptive_css"]

FONT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"


class Role(NamedTuple):
    """What a node is: its entry in the legend, or nothing, and the sign before it."""

    title: str
    glyph: str = "■"


ROLES = {
    "variable": Role("variable"),
    "value": Role(""),
    "operation": Role("operation", "●"),
    "derivative": Role("operation of the derivative", "●"),
    "group": Role("several operations", "▣"),
    "constant": Role("constant"),
    "output": Role("output"),
    "link": Role("goes on in another row", "①"),
    "kink": Role("kink or jump here", "●"),
    "origin": Role("where nan or inf begins"),
}


class Style(NamedTuple):
    """The look of one kind of node.

    Attributes
    ----------
    line, fill
        Its colours.
    more
        Other attributes of Graphviz.
    glyph
        The sign before its entry in the legend, if it differs from that of its role.
    """

    line: str
    fill: str
    more: Mapping[str, str] = MappingProxyType({})
    glyph: str = ""


@dataclass(frozen=True)
class Theme:
    """The look of a picture.

    Attributes
    ----------
    styles
        The style of each kind of node.
    ink, quiet, grad, alarm
        The colours of text in nodes: names and values; shapes and parameters; adjoints; nan.
    wire, text
        The colours of edges, and of text outside of nodes.
    partial
        The colour of local partial derivatives, on edges.
    background
        The colour behind everything.
    """

    styles: Mapping[str, Style]
    ink: str
    quiet: str
    grad: str
    alarm: str
    wire: str
    text: str
    partial: str
    background: str = "transparent"
    more: Mapping[str, str] = field(default_factory=dict)


_DASHED = {"style": "filled,dashed", "penwidth": "2"}
_DOUBLE = {"peripheries": "2"}

_LIGHT = {
    "variable": Style("#3b82f6", "#dbeafe"),
    "value": Style("#93c5fd", "#eff6ff"),
    "operation": Style("#d97706", "#fde68a"),
    "derivative": Style("#a855f7", "#e9d5ff"),
    "group": Style("#b45309", "#fef3c7", _DOUBLE),
    "constant": Style("#9ca3af", "#f3f4f6"),
    "output": Style("#16a34a", "#bbf7d0"),
    "link": Style("#6b7280", "#ffffff"),
    "kink": Style("#e11d48", "#fde68a", _DASHED),
    "origin": Style("#dc2626", "#fecaca"),
}
_DARK = {
    "variable": Style("#60a5fa", "#1e3a8a"),
    "value": Style("#3b6fb5", "#172554"),
    "operation": Style("#f59e0b", "#713f12"),
    "derivative": Style("#c084fc", "#581c87"),
    "group": Style("#fbbf24", "#5a3410", _DOUBLE),
    "constant": Style("#71717a", "#27272a"),
    "output": Style("#4ade80", "#14532d"),
    "link": Style("#94a3b8", "#1f2937"),
    "kink": Style("#fb7185", "#723f12", _DASHED),
    "origin": Style("#f87171", "#7f1d1d"),
}
_PRINT = {
    "variable": Style("#000000", "#ffffff", {"penwidth": "2"}, "□"),
    "value": Style("#808080", "#ffffff"),
    "operation": Style("#000000", "#ededed", glyph="○"),
    "derivative": Style("#000000", "#bdbdbd", glyph="◐"),
    "group": Style("#000000", "#f2f2f2", _DOUBLE, "▣"),
    "constant": Style("#808080", "#ffffff", {"style": "filled,dotted"}, "□"),
    "output": Style("#000000", "#ffffff", {"penwidth": "2", **_DOUBLE}, "▣"),
    "link": Style("#000000", "#fefefe"),
    "kink": Style("#000000", "#eeeeee", _DASHED, "◌"),
    "origin": Style("#000000", "#ffffff", {"penwidth": "3.5"}, "■"),
}

# In `auto`, edges and text outside of nodes have a medium lightness, so that they are visible on
# white and on near-black; dark letters on light fills are readable on any background.
THEMES: dict[ThemeName, Theme] = {
    "auto": Theme(
        _LIGHT, "#111827", "#4b5563", "#6d28d9", "#a01414", "#747c8a", "#747c8a", "#0d8a6f"
    ),
    "light": Theme(
        _LIGHT, "#111827", "#4b5563", "#6d28d9", "#a01414", "#4b5563", "#1f2937", "#047857", "white"
    ),
    "dark": Theme(
        _DARK, "#f9fafb", "#cbd5e1", "#d8b4fe", "#fca5a5", "#94a3b8", "#e5e7eb", "#5eead4",
        "#111827",
    ),
    "print": Theme(
        _PRINT, "#000000", "#333333", "#000000", "#000000", "#000000", "#000000", "#000000", "white"
    ),
}  # fmt: skip


def adaptive_css(scope: str) -> str:
    """Return a style sheet that turns an SVG in the theme ``auto`` dark where dark is preferred.

    Parameters
    ----------
    scope
        The selector of the SVG, because a style sheet holds for the whole page that it is in.
    """
    light, dark = THEMES["auto"], THEMES["dark"]
    moved = {}
    for role, style in light.styles.items():
        moved[style.line], moved[style.fill] = dark.styles[role].line, dark.styles[role].fill
    for name in ("ink", "quiet", "grad", "alarm", "partial"):
        moved[getattr(light, name)] = getattr(dark, name)
    rules = [
        f"{scope} [fill='{old}']{{fill:{new}}}{scope} [stroke='{old}']{{stroke:{new}}}"
        for old, new in moved.items()
    ]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"
