"""`adiff grad`: derivatives with respect to each variable."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff_cli.api import derivatives
from autodiff_cli.commands.question import Question
from autodiff_cli.results import Numbers

__all__ = ["run", "spelled"]

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def run(question: Question, wrt: Sequence[str], order: int) -> Numbers:
    """Return the derivative of the given order with respect to each variable alone."""
    names = question.names(wrt)
    found = derivatives(question.y, question.env, names, order)
    values = {name: derivative.data for name, derivative in found.items()}
    fields = {
        "command": "grad",
        **question.fields,
        "order": order,
        "value": question.y.data,
        "derivatives": values,
    }
    return Numbers(values, fields, headings=("variable", spelled("·", order)))


def spelled(name: str, order: int) -> str:
    """Return how a derivative is written: ``∂f/∂x``, ``∂²f/∂x²``."""
    power = "" if order == 1 else str(order).translate(_SUPERSCRIPTS)
    return f"∂{power}f/∂{name}{power}" if order else "f"
