"""Define the choices that a user has for the content and style of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["MOST_NODES", "Look", "ThemeName"]

MOST_NODES = 3000
"""The most nodes of a picture."""

ThemeName: TypeAlias = Literal["auto", "light", "dark", "print"]
"""``auto`` is readable on white and on black, and an SVG in it follows the reader's preference."""


@dataclass(frozen=True)
class Look:
    """The content and style of a picture.

    Attributes
    ----------
    title
        A line above the picture.
    values
        Whether to show the value of each Variable, its shape and dtype unless it is a scalar, and
        where nan or inf first occurred.
    legend
        Whether to explain the colours.
    direction
        Where the edges point: ``"LR"`` to the right, ``"TB"`` down; by the length if not given.
    theme
        The colours.
    partials
        Whether to show local partial derivatives on the edges, if they are known.
    max_nodes
        The number of nodes to which the picture is collapsed.  If it is not given, a picture of
        more nodes than fit a page is collapsed until it fits a slide.
    """

    title: str = ""
    values: bool = True
    legend: bool = True
    direction: Literal["LR", "TB"] | None = None
    theme: ThemeName = "auto"
    max_nodes: int | None = None
    partials: bool = True
