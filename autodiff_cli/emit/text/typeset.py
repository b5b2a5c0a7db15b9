"""Define formulas that notebooks typeset."""

from __future__ import annotations

from autodiff_cli.errors import AdiffError
from autodiff_cli.language.parser import parse

__all__ = ["Formula"]


class Formula(str):
    """The text of a formula, which notebooks show as LaTeX."""

    __slots__ = ()

    def _repr_latex_(self) -> str | None:
        from autodiff_cli.emit.text.latex import latex
        from autodiff_cli.symbolic.derivatives import successive_terms
        from autodiff_cli.symbolic.rewrite import new_algebra

        algebra = new_algebra()
        try:
            program = parse(self)
            (terms,) = successive_terms(algebra, program, [""], 0)
            return f"${latex(algebra, terms[''])}$"
        except AdiffError:
            return None
