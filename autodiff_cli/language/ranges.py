"""Read intervals of variables, as in ``--over x=-2:2``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from autodiff_cli.errors import UsageError
from autodiff_cli.language.assignments import pieces, split_assignment
from autodiff_cli.language.parser import parse

__all__ = ["Range", "end_number", "read_ranges", "split_intervals"]

Range = tuple[Fraction, Fraction]
"""The ends of an interval."""


def read_ranges(texts: Iterable[str], option: str = "--over") -> dict[str, Range]:
    """Return the intervals that texts give to variables.

    Parameters
    ----------
    texts
        Texts such as ``x=-2:2`` or ``x=0:1, y=-pi:pi``.

    Raises
    ------
    AdiffError
        If an interval cannot be read, or is empty.
    """
    given: dict[str, Range] = {}
    for text in texts:
        for start, end in pieces(text):
            name, place = split_assignment(text, start, option, "x=-2:2")
            low, colon, high = text[place:end].rstrip(" ,").partition(":")
            if not colon:
                low, colon, high = text[place:end].rstrip(" ,").partition("..")
            if not colon or not low.strip() or not high.strip():
                raise UsageError(
                    f"`{option} {text}` gives no interval",
                    code="bad-interval",
                    hint=f"write it as `{option} {name}=-2:2`",
                )
            if name in given:
                raise UsageError(f"`{name}` is given an interval twice", code="repeated-value")
            ends = (end_number(low, option), end_number(high, option))
            if ends[0] >= ends[1]:
                raise UsageError(
                    f"the interval of `{name}` is empty: `{low.strip()}` is not less than"
                    f" `{high.strip()}`",
                    code="bad-interval",
                    hint=f"write it as `{option} {name}=-2:2`",
                )
            given[name] = ends
    return given


def split_intervals(at: Iterable[str]) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """Return assignments with each interval replaced by its midpoint, and the ends of intervals.

    An interval is written as ``x=2±0.1`` or ``x=[1.9..2.1]``.

    Returns
    -------
    tuple
        The assignments; and for each variable with an interval the expressions of its ends.
    """
    plain: list[str] = []
    ends: dict[str, tuple[str, str]] = {}
    for text in at:
        if "±" not in text and "+/-" not in text and ".." not in text:
            plain.append(text)
            continue
        for start, end in pieces(text):
            name, place = split_assignment(text, start, "--at", "x=2±0.1")
            value = text[place:end].rstrip(" ,").replace("+/-", "±").strip()
            middle, sign, radius = value.partition("±")
            low, dots, high = value.removeprefix("[").removesuffix("]").partition("..")
            if sign and middle.strip() and radius.strip():
                ends[name] = (f"({middle}) - ({radius})", f"({middle}) + ({radius})")
                plain.append(f"{name}={middle}")
            elif dots and value.startswith("[") and value.endswith("]") and low and high:
                ends[name] = (low, high)
                plain.append(f"{name}=(({low}) + ({high}))/2")
            else:
                plain.append(text[start:end].rstrip(" ,"))
    return plain, ends


def end_number(text: str, option: str) -> Fraction:
    """Return a rational as it is written, another number as the float64 nearest to it."""
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        pass
    program = parse(text, option)
    needed = program.variables()
    value = float("nan") if needed else float(program.run({}))
    if not math.isfinite(value):
        raise UsageError(
            f"an end of an interval has to be a number, not `{text.strip()}`",
            code="bad-interval",
            hint=f"write it as `{option} x=-2:2`",
        )
    return Fraction(value)
