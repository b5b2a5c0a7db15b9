"""The notation of derivatives, such as ``∂²f/∂x∂y``, in plain text and in LaTeX."""

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
"""The notation of any entry of a Jacobian, and of a Hessian."""

HESSIAN_PRODUCT = "∇²f·v"
"""The notation of the product of a Hessian and a vector."""

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def pure_partial(name: str, order: int) -> str:
    """Return the notation of a derivative by one variable: ``∂f/∂x``, ``∂²f/∂x²``."""
    return partial([name] * order)


def partial(names: Sequence[str]) -> str:
    """Return the notation of a derivative by variables in turn: ``∂³f/∂x²∂y``; by none it is f."""
    below = "".join(f"∂{name}{_power(times)}" for name, times in _turns(names))
    return f"∂{_power(len(names))}f/{below}" if names else "f"


def latex_partial(names: Sequence[str]) -> str:
    r"""Return the notation in LaTeX: ``\frac{\partial^{2} f}{\partial x^{2}}``."""
    # The renderer of formulas takes time to import, and notes do not need it.
    from autodiff_cli.emit.text.latex import symbol

    if not names:
        return "f"
    below = [rf"\partial {symbol(name)}{_raised(times)}" for name, times in _turns(names)]
    return rf"\frac{{\partial{_raised(len(names))} f}}{{{' '.join(below)}}}"


def _turns(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return each variable with the number of consecutive differentiations by it."""
    return [(name, len(list(turns))) for name, turns in groupby(names)]


def _power(n: int) -> str:
    return "" if n == 1 else str(n).translate(_SUPERSCRIPTS)


def _raised(n: int) -> str:
    return "" if n == 1 else f"^{{{n}}}"


def latex_equations(algebra: Algebra, terms: Mapping[tuple[str, ...], Term]) -> str:
    """Return a value and its derivatives as equations, one below the other, for amsmath.

    Parameters
    ----------
    terms
        The terms, by the variables that they are differentiated by, in turn.
    """
    from autodiff_cli.emit.text.latex import latex

    lines = [f"{latex_partial(names)} &= {latex(algebra, term)}" for names, term in terms.items()]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"
