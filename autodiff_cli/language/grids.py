"""Read the grids of options such as ``--over x=-3:3:1001``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.errors import UsageError
from autodiff_cli.language.assignments import pieces, read_values, split_assignment
from autodiff_cli.language.format import described
from autodiff_cli.language.ranges import end_number

__all__ = ["read_axes"]

Axis = NDArray[np.float64]

MOST_VALUES = 100_000_000
"""The values of one variable, in order."""

_EXAMPLE = "x=-3:3:1001"


def read_axes(texts: Iterable[str], option: str = "--over") -> dict[str, Axis]:
    """Return the values that each variable runs through.

    Parameters
    ----------
    texts
        Such as ``x=-3:3:1001``, both ends and 999 values between them at equal distances;
        ``x=1e-3:1e3:61:log``, where each value is the same multiple of the one before it;
        ``x=[1, 2, 5]`` or ``x=@file.npy``.

    Raises
    ------
    AdiffError
        If one cannot be read.
    """
    axes: dict[str, Axis] = {}
    for text in texts:
        for start, end in pieces(text):
            name, place = split_assignment(text, start, option, _EXAMPLE)
            if name in axes:
                raise UsageError(f"`{name}` is given values twice", code="repeated-value")
            written = text[place:end].rstrip(" ,").strip()
            is_list = written.startswith(("[", "@"))
            axes[name] = (
                _listed(name, written, option) if is_list else _range(name, written, option)
            )
    return axes


def _listed(name: str, written: str, option: str) -> Axis:
    value: Any = np.asarray(read_values([f"{name}={written}"], option)[name], dtype=np.float64)
    if value.ndim != 1:
        raise UsageError(
            f"`{name}` runs through a list of numbers, not {described(value.shape)}",
            code="bad-value",
            hint=f"write it as `{option} {name}=[1, 2, 5]`",
        )
    return np.array(value)


def _range(name: str, written: str, option: str) -> Axis:
    parts = [part.strip() for part in written.split(":")]
    if len(parts) not in (3, 4) or not all(parts) or parts[3:] not in ([], ["log"]):
        raise UsageError(
            f"`{option} {name}={written}` does not say from where to where, and in how many values",
            code="bad-range",
            hint=f"write it as `{option} {name}=-3:3:1001`, `{option} {name}=1e-3:1e3:61:log`"
            f" or `{option} {name}=[1, 2, 5]`",
        )
    first, last = (float(end_number(part, option)) for part in parts[:2])
    count = int(parts[2]) if parts[2].isdecimal() and len(parts[2]) < 19 else 0
    if not 2 <= count <= MOST_VALUES:
        raise UsageError(
            f"`{parts[2]}` is no number of values from `{parts[0]}` to `{parts[1]}`",
            code="bad-range",
            hint=f"write a whole number from 2 to {MOST_VALUES},"
            f" as in `{option} {name}={parts[0]}:{parts[1]}:101`",
        )
    if parts[3:] and not (first > 0.0 < last or first < 0.0 > last):
        raise UsageError(
            f"the values of `{name}` cannot grow by the same factor from `{parts[0]}`"
            f" to `{parts[1]}`",
            code="bad-range",
            hint=f"give two ends of one sign, as in `{option} {name}=1e-3:1e3:61:log`",
        )
    return np.geomspace(first, last, count) if parts[3:] else np.linspace(first, last, count)
