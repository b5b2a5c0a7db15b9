"""Declare constants of derivative rules that float64 rounds, with their exact definitions."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["constant", "exact_constants"]

_references: dict[float, str] = {}


def constant(value: float, reference: str) -> float:
    """Declare a rounded constant, and return it.

    A graph contains it as an ordinary literal.  Evaluation at a higher precision looks up its exact
    definition here.

    Parameters
    ----------
    reference
        The exact value as an mpmath expression.
    """
    _references[value] = reference
    _references[-value] = f"-({reference})"
    return value


def exact_constants() -> Mapping[float, str]:
    """Return the mpmath expressions of the declared constants, by their float64 values."""
    return _references
