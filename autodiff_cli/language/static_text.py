"""Static parameters and indices as text: axes, shapes, slices, in the notation of any language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["LANGUAGE", "PYTHON", "Notation"]


class Notation(NamedTuple):
    """How a language writes static parameters.

    Attributes
    ----------
    sequence
        From the texts of the elements of a list or tuple, and that itself, to its text.
    scalar
        From a number or array to its text.
    slices
        Where a slice stands outside of an index: from the texts of its three parts to its text.
    """

    sequence: Callable[[list[str], tuple[Any, ...] | list[Any]], str]
    scalar: Callable[[Any], str]
    slices: Callable[[list[str]], str] | None = None

    def value(self, value: Any) -> str:
        """Return a static parameter as it stands among the arguments of a call."""
        match value:
            case tuple() | list():
                return self.sequence([self.value(part) for part in value], value)
            case slice():
                if self.slices is None:
                    return self._element(value)
                parts = (value.start, value.stop, value.step)
                return self.slices([self.value(part) for part in parts])
        return self.scalar(value)

    def subscript(self, index: Any) -> str:
        """Return an index as it stands in square brackets."""
        parts = index if isinstance(index, tuple) and index else (index,)
        return ", ".join(map(self._element, parts))

    def _element(self, part: Any) -> str:
        """Return a part of an index; several places are a list, for a tuple would be axes."""
        match part:
            case slice():
                parts = [part.start, part.stop, *([] if part.step is None else [part.step])]
                return ":".join("" if part is None else self.value(part) for part in parts)
            case tuple() if part:
                return self.value(list(part))
        return "..." if part is ... else self.value(part)


def _in_language(value: Any) -> str:
    # The language has no names for truth values, and none for what is absent.
    value = int(value) if isinstance(value, bool) else "none" if value is None else value
    return str(value.tolist() if isinstance(value, np.ndarray) else value)


def _in_python(value: Any) -> str:
    return f"np.array({value.tolist()})" if isinstance(value, np.ndarray) else repr(value)


def _tuple(parts: list[str], value: tuple[Any, ...] | list[Any]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(parts)}]"
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


LANGUAGE = Notation(lambda parts, _: f"[{', '.join(parts)}]", _in_language)
"""The language of expressions."""

PYTHON = Notation(_tuple, _in_python, lambda parts: f"slice({', '.join(parts)})")
"""Python with NumPy."""
