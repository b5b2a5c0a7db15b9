"""Describe in words the behaviour that values close to a point suggest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.emit.text.partials import pure_partial
from autodiff_cli.engine import Variable, value_of
from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.derive.close_by import Seen
    from autodiff_cli.derive.one_sided import Side

__all__ = ["described"]

MOST_NUMBERS = 1000
"""The most numbers in the evaluation of an expression that is evaluated close to the point."""

FEW_DIGITS = 3
"""The digits of values."""


def described(
    problem: Problem,
    line: Sequence[tuple[Variable, tuple[int, ...], Any]],
    place: tuple[int, ...],
    sides: Sequence[tuple[str, Side]],
    name: str = "",
) -> str:
    """Return the behaviour that values suggest of the first derivative that is not known.

    The text is empty if the values cannot be computed, or only with much work.

    Parameters
    ----------
    line
        The elements of variables that move, each with its rate of change.
    place
        The index of an element of the value.
    sides
        The sides of the point, ``left`` and ``right``, on which there are values.
    name
        The name of the element that moves.
    """
    if sum(np.size(value_of(result)) for result in problem.results) > MOST_NUMBERS:
        return ""
    from autodiff_cli.derive.close_by import seen_close_by

    texts: dict[str, list[str]] = {}
    order = min(len(side.derivatives) for _, side in sides)
    for where, side in sides:
        before, way = side.derivatives[:order], -1 if where == "left" else 1
        seen = seen_close_by(problem.y, problem.known, line, place, before, way)
        if seen is not None:
            texts.setdefault(_text(seen, name), []).append(where)
    if not texts:
        return ""
    said = [
        f"{text} on {'both sides' if len(where) == 2 else f'the {where[0]}'}"
        for text, where in texts.items()
    ]
    return f"evaluated up to 1e-9 from the point, {' and '.join(said)}"


def _text(seen: Seen, name: str) -> str:
    from autodiff_cli.derive.close_by import Trend

    what = "f"
    if seen.order:
        what = f"the difference quotient of {pure_partial(name, seen.order - 1)}"
    low, high = map(_number, seen.range)
    match seen.trend:
        case Trend.GROWS:
            return f"{what} grows without bound, to {_number(seen.ranges[-1][0])}"
        case Trend.TENDS:
            return f"{what} tends to about {_number(seen.limit)}"
        case Trend.VARIES:
            return f"{what} varies between {low} and {high}"
        case Trend.WIDENS:
            return f"{what} varies more and more, at last between {low} and {high}"
    values = ", ".join(_number(pair[0]) for pair in seen.ranges)
    return f"{what} is about {values} at distances of 1e-3, 1e-6, 1e-9"


def _number(x: Any) -> str:
    text: str = x.str(FEW_DIGITS, radius=False)
    return text.removesuffix(".00").removesuffix(".0")
