"""Numbers in derivative rules that float64 only holds rounded, and what they are exactly."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["constant", "exact_constants"]

_references: dict[float, str] = {}


def constant(value: float, reference: str) -> float:
    """Declare a rounded constant, and return it.

    A graph holds it as a literal like any other; who runs the graph again at a higher precision
    finds here what it stands for.

    Parameters
    ----------
    reference
        What it is, in the words of mpmath.
    """
    _references[value] = reference
    _references[-value] = f"-({reference})"
    return value


def exact_constants() -> Mapping[float, str]:
    """Return what the declared constants are, by their float64 values."""
    return _references
