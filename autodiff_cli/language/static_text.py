"""Format static parameters and indices, such as axes, shapes and slices, in any language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["LANGUAGE", "PYTHON", "Notation"]


class Notation(NamedTuple):
    """The notation of static parameters in a language.

    Attributes
    ----------
    sequence
        A function from the texts of the elements of a list or tuple, and the sequence, to its text.
    scalar
        A function from a number or array to its text.
    slices
        A function from the texts of the three parts of a slice outside of an index to its text.
    """

    sequence: Callable[[list[str], tuple[Any, ...] | list[Any]], str]
    scalar: Callable[[Any], str]
    slices: Callable[[list[str]], str] | None = None

    def value(self, value: Any) -> str:
        """Return the text of a static parameter in the arguments of a call."""
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
        """Return the text of an index in square brackets."""
        parts = index if isinstance(index, tuple) and index else (index,)
        return ", ".join(map(self._element, parts))

    def _element(self, part: Any) -> str:
        """Return the text of a part of an index; several positions are a list, a tuple is axes."""
        match part:
            case slice():
                parts = [part.start, part.stop, *([] if part.step is None else [part.step])]
                return ":".join("" if part is None else self.value(part) for part in parts)
            case tuple() if part:
                return self.value(list(part))
        return "..." if part is ... else self.value(part)


def _in_language(value: Any) -> str:
    # The language has no booleans and no None.
    value = int(value) if isinstance(value, bool) else "none" if value is None else value
    return str(value.tolist() if isinstance(value, np.ndarray) else value)


def _in_python(value: Any) -> str:
    return f"np.array({value.tolist()})" if isinstance(value, np.ndarray) else repr(value)


def _tuple(parts: list[str], value: tuple[Any, ...] | list[Any]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(parts)}]"
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


LANGUAGE = Notation(lambda parts, _: f"[{', '.join(parts)}]", _in_language)
"""The notation of the language of expressions."""

PYTHON = Notation(_tuple, _in_python, lambda parts: f"slice({', '.join(parts)})")
"""The notation of Python with NumPy."""
