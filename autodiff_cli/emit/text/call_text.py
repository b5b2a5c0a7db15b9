"""Calls as text: by the template of their declaration, or by elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, registry
from autodiff_cli.language.static_text import LANGUAGE

__all__ = ["filled_template", "given", "language_name", "written_out"]

_PAIRWISE = {o.pairwise.name: o.name for o in registry.values() if o.pairwise is not None}


def language_name(operation: Operation) -> str:
    """Return the name of an operation in the language, for a pairwise one that of its reduction."""
    return _PAIRWISE.get(operation.name, operation.name)


def given(operation: Operation, params: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the static parameters of a call that differ from their defaults."""
    left_out = {} if operation.metadata.leading else operation.defaults
    return {
        name: value for name, value in params if not (name in left_out and value is left_out[name])
    }


def filled_template(
    operation: Operation, template: str, operands: Mapping[str, str], params: Mapping[str, Any]
) -> str | None:
    """Return a filled template of a declaration; None if a call has parameters it does not show.

    Parameters
    ----------
    template
        The template, with ``{x}`` or ``<x>`` in place of an argument or a static parameter.
    operands
        The text of each argument; for a variadic operation one text for all arguments together.
    """
    pattern = r"<(\w+)>" if "<" in template else r"\{(\w+)\}"
    places = set(re.findall(pattern, template))
    if not template or set(params) != places - set(operation.arguments):
        return None
    texts = {**operands, **{name: LANGUAGE.subscript(value) for name, value in params.items()}}
    return re.sub(pattern, lambda place: texts[place[1]], template)


class _TextSum:
    """The texts of elements that are added to each other."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def __add__(self, other: Any) -> _TextSum:
        # A sum begins with 0, to which the first element is added.
        return _TextSum(*self.texts, *other.texts) if isinstance(other, _TextSum) else self

    __radd__ = __add__


def written_out(
    operation: Operation, params: Mapping[str, Any], element: Callable[[tuple[int, ...]], str]
) -> str | None:
    """Return the result of a linear operation on a tensor as a list of its elements.

    None if the static parameters do not determine the shape of the tensor.

    Parameters
    ----------
    element
        A function from the index of an element of the tensor to its text.
    """
    if operation.metadata.given_shape is None:
        return None
    elements = np.empty(operation.metadata.given_shape(**params), object)
    for index in np.ndindex(elements.shape):
        elements[index] = _TextSum(element(index))
    return _nested(np.asarray(operation.forward(elements, **params)))


def _nested(elements: Any) -> str:
    if isinstance(elements, np.ndarray):
        if elements.ndim == 0:
            return _nested(elements.item())
        return f"[{', '.join(map(_nested, elements))}]"
    return " + ".join(elements.texts) if isinstance(elements, _TextSum) else "0"
