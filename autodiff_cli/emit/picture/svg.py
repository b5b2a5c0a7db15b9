"""Describe the SVG of Graphviz for screen readers, and adapt its colours to dark pages.

Graphviz names nodes and edges by their identifiers, which screen readers would read out, and says
nothing about the picture as a whole.
"""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from autodiff_cli.emit.picture.collapse import expanded
from autodiff_cli.emit.picture.picture_graph import DataNode, PictureGraph
from autodiff_cli.emit.picture.themes import adaptive_css
from autodiff_cli.emit.picture.value_text import brief, printable

__all__ = ["Description", "describe", "described", "for_script"]

_LONGEST_TITLE = 300
"""The most characters of a title that screen readers read out."""

_MOST_NAMED = 8
"""The most variables and outputs that are read out."""


class Description(NamedTuple):
    """The description of a picture in words.

    Attributes
    ----------
    adaptive
        Whether its colours follow the reader's preference for light or dark.
    """

    title: str
    text: str
    adaptive: bool = False


def describe(
    seen: PictureGraph, title: str, *, values: bool = True, adaptive: bool = False
) -> Description:
    """Return the description of a picture of a graph.

    Parameters
    ----------
    values
        Whether the picture shows values.
    adaptive
        Whether its colours follow the reader's preference for light or dark.
    """
    variables = [x for x in seen.data if x.call is None and x.names and not x.output]
    operations = sum(1 for _ in expanded(seen.calls))
    text = f"Computation graph with {operations:,} operation{'s' * (operations != 1)}"
    if variables:
        text += f", from {_listed(variables, values)}"
    if seen.outputs:
        text += f" to {_listed(seen.outputs, values)}"
    title = printable(title, _LONGEST_TITLE) or "computation graph"
    return Description(title, text + ".", adaptive)


def _listed(data: list[DataNode], values: bool) -> str:
    texts = []
    for datum in data[:_MOST_NAMED]:
        value = " ".join(row.strip() for row in brief(datum.value)) if values else ""
        texts.append(" = ".join(filter(None, [*datum.names, value])))
    rest = len(data) - len(texts)
    return ", ".join(texts) + f" and {rest} more" * (rest > 0)


def for_script(svg: str) -> str:
    """Return an SVG of Graphviz whose nodes and edges a script can find.

    Tooltips, fonts and comments, which are most of the text, are left out.
    """
    for pattern, new in _FOR_SCRIPT:
        svg = re.sub(pattern, new, svg)
    return svg


_FOR_SCRIPT = (
    (r'<g id="[^"]*" class="node">\s*<title>(\w+)</title>', r'<g class="node" data-node="\1">'),
    (
        r'<g id="[^"]*" class="edge">\s*<title>(\w+)&#45;&gt;(\w+)</title>',
        r'<g class="edge" data-from="\1" data-to="\2">',
    ),
    (r'<g id="a_[^"]*"><a\b[^>]*>\s*', ""),
    (r"</a>\s*</g>\s*", ""),
    (r' font-family="[^"]*"', ""),
    (r"<!--.*?-->\s*", ""),
)


def described(svg: str, description: Description) -> str:
    """Return an SVG of Graphviz with its role, title and description, and without identifiers."""
    # The titles of nodes and edges are their identifiers; tooltips tell more.
    svg = re.sub(r"<title>[^<]*</title>\n?", "", svg)
    style = f"<style>{adaptive_css('.adiff-graph')}</style>\n" if description.adaptive else ""
    head = (
        f"<title>{escape(description.title)}</title>\n"
        f"<desc>{escape(description.text)}</desc>\n{style}"
    )
    return re.sub(
        r"<svg\b([^>]*)>\n?",
        lambda tag: f'<svg role="img" class="adiff-graph"{tag[1]}>\n{head}',
        svg,
        count=1,
    )
