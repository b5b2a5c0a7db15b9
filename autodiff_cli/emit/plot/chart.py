"""Define the content of plots, as data that does not depend on how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "Chart", "Contour", "Line", "Mark", "Range", "joined", "padded"]

Column: TypeAlias = NDArray[np.float64]
Range: TypeAlias = tuple[float, float]


class Line(NamedTuple):
    """A curve, as pieces between which nothing is drawn: columns of x and of y."""

    label: str
    pieces: Sequence[tuple[Column, Column]]
    style: Literal["solid", "dashed", "dotted"] = "solid"


class Mark(NamedTuple):
    """A marked point of a curve, with its label in the legend."""

    kind: Literal["point", "kink", "hole"]
    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Curves over one axis, or in the plane.

    Attributes
    ----------
    x_range, y_range
        The visible part of the plane.
    in_plane
        Whether both axes have the same unit, so that a circle is round.
    """

    title: str
    x_label: str
    y_label: str
    x_range: Range
    y_range: Range
    lines: Sequence[Line]
    marks: Sequence[Mark] = ()
    in_plane: bool = False


@dataclass(frozen=True)
class Contour:
    """A function of two variables on a grid.

    Attributes
    ----------
    x, y, z
        The axes, and a row of values for each y.
    arrows
        Columns of the coordinates of the arrows, and of the components of the gradient there.
    """

    title: str
    x_label: str
    y_label: str
    x: Column
    y: Column
    z: Column
    arrows: tuple[Column, Column, Column, Column]


LARGEST = 1e307
"""The largest number that is shown."""


def padded(low: float, high: float) -> Range:
    """Return a range with a margin, so that curves do not run along the frame."""
    # The width of a range, and ticks beside it, have to be numbers.
    low, high = max(low, -LARGEST), min(high, LARGEST)
    margin = (high - low) * 0.05 or max(abs(high), 1.0) * 0.5
    return low - margin, high + margin


def joined(ranges: Sequence[Range]) -> Range:
    """Return the range that contains all given ranges."""
    return min(low for low, _ in ranges), max(high for _, high in ranges)
