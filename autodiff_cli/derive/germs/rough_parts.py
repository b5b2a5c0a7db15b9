"""Define rough parts: parts of a germ of which only a bound is known, such as ``sin(1/h)``."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple

__all__ = ["OSCILLATES", "Rough", "rougher"]

OSCILLATES = "it oscillates"


class Rough(NamedTuple):
    """A part of a function of which only a bound is known.

    Attributes
    ----------
    exponent
        The exponent of the bound.
    loss
        By how much each derivative lowers it.
    reason
        Why no more is known.
    """

    exponent: Any
    loss: Any
    reason: str = OSCILLATES

    def shifted(self, by: Any) -> Rough:
        """Return the bound times a power of the step."""
        return self._replace(exponent=self.exponent + by)

    def derivative(self) -> Rough:
        """Return the bound of the derivative."""
        return self.shifted(-self.loss)


def rougher(a: Rough | None, b: Rough | None) -> Rough | None:
    """Return the bound of a sum of two parts; None stands for no such part."""
    if a is None or b is None:
        return b if a is None else a
    lower = min(a, b, key=attrgetter("exponent"))
    return lower._replace(loss=max(a.loss, b.loss))
