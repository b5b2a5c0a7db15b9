"""How derivatives are written: ``∂²f/∂x∂y``, in plain text and in LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autodiff_cli.symbolic import Algebra, Term

__all__ = [
    "ANY_ENTRY",
    "ANY_SECOND",
    "HESSIAN_PRODUCT",
    "latex_equations",
    "latex_partial",
    "partial",
    "pure_partial",
]

ANY_ENTRY, ANY_SECOND = "∂·/∂·", "∂²f/∂·∂·"
"""An entry of a Jacobian, and of a Hessian."""

HESSIAN_PRODUCT = "∇²f·v"
"""A Hessian times a vector."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def pure_partial(name: str, order: int) -> str:
    """Return how a derivative by one variable is written: ``∂f/∂x``, ``∂²f/∂x²``."""
    return partial([name] * order)


def partial(names: Sequence[str]) -> str:
    """Return how a derivative by variables in turn is written: ``∂³f/∂x²∂y``; that by none is f."""
    below = "".join(f"∂{name}{_power(times)}" for name, times in _turns(names))
    return f"∂{_power(len(names))}f/{below}" if names else "f"


def latex_partial(names: Sequence[str]) -> str:
    r"""Return the same in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""
    # What writes formulas takes a while to import, and notes do without it.
    from autodiff_cli.emit.text.latex import symbol

    if not names:
        return "f"
    below = [rf"\partial {symbol(name)}{_raised(times)}" for name, times in _turns(names)]
    return rf"\frac{{\partial{_raised(len(names))} f}}{{{' '.join(below)}}}"


def _turns(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return each variable, and how often it is derived by in a row."""
    return [(name, len(list(turns))) for name, turns in groupby(names)]


def _power(n: int) -> str:
    return "" if n == 1 else str(n).translate(_SUPERSCRIPTS)


def _raised(n: int) -> str:
    return "" if n == 1 else f"^{{{n}}}"


def latex_equations(algebra: Algebra, terms: Mapping[tuple[str, ...], Term]) -> str:
    """Return a value and derivatives as equations, one below the other, for amsmath.

    Parameters
    ----------
    terms
        Each under the variables that it is the derivative by, in turn.
    """
    from autodiff_cli.emit.text.latex import latex

    lines = [f"{latex_partial(names)} &= {latex(algebra, term)}" for names, term in terms.items()]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"
