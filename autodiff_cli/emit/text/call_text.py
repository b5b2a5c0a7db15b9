"""Calls as text: as their declarations spell them, or by elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, registry
from autodiff_cli.language.static_text import LANGUAGE

__all__ = ["given", "language_name", "spelled", "written_out"]

_PAIRWISE = {o.pairwise.name: o.name for o in registry.values() if o.pairwise is not None}


def language_name(operation: Operation) -> str:
    """Return what the language calls an operation: one of pairs, what it calls one of several."""
    return _PAIRWISE.get(operation.name, operation.name)


def given(operation: Operation, params: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the static parameters of a call that are not what they are without being given."""
    left_out = operation.defaults
    return {
        name: value for name, value in params if not (name in left_out and value is left_out[name])
    }


def spelled(
    operation: Operation, template: str, operands: Mapping[str, str], params: Mapping[str, Any]
) -> str | None:
    """Return a template of a declaration filled in; None where a call gives other parameters.

    Parameters
    ----------
    template
        With ``{x}`` or ``<x>`` in the place of an argument or a static parameter.
    operands
        The text of each argument; of a variadic operation, those of all together.
    """
    pattern = r"<(\w+)>" if "<" in template else r"\{(\w+)\}"
    places = set(re.findall(pattern, template))
    if not template or set(params) != places - set(operation.arguments):
        return None
    texts = {**operands, **{name: LANGUAGE.subscript(value) for name, value in params.items()}}
    return re.sub(pattern, lambda place: texts[place[1]], template)


class _Sum:
    """Texts of elements that are added to each other."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def __add__(self, other: Any) -> _Sum:
        # What an element is added to first is 0.
        return _Sum(*self.texts, *other.texts) if isinstance(other, _Sum) else self

    __radd__ = __add__


def written_out(
    operation: Operation, params: Mapping[str, Any], element: Callable[[tuple[int, ...]], str]
) -> str | None:
    """Return what a linear operation makes of a tensor as a list of its elements.

    None where its static parameters do not tell the shape of the tensor.

    Parameters
    ----------
    element
        Returns the text of an element of the tensor, from its index.
    """
    if operation.facts.given_shape is None:
        return None
    elements = np.empty(operation.facts.given_shape(**params), object)
    for index in np.ndindex(elements.shape):
        elements[index] = _Sum(element(index))
    return _nested(np.asarray(operation.forward(elements, **params)))


def _nested(elements: Any) -> str:
    if isinstance(elements, np.ndarray):
        if elements.ndim == 0:
            return _nested(elements.item())
        return f"[{', '.join(map(_nested, elements))}]"
    return " + ".join(elements.texts) if isinstance(elements, _Sum) else "0"
