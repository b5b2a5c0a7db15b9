"""How a term depends on one variable: its constant factors, and the parts that are not constant."""

from __future__ import annotations

from fractions import Fraction

from autodiff_cli.engine import registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.exact_numbers import Exact
from autodiff_cli.symbolic.choices import chosen
from autodiff_cli.symbolic.nodes import Apply, Product, Sum, Term, children, symbols
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["Dependence", "is_choice"]


class Dependence:
    """Answers how terms depend on a variable."""

    def __init__(self, algebra: Algebra, variable: str) -> None:
        self.algebra = algebra
        self.variable = variable
        self.x = algebra.symbol(variable)
        self.dependent: dict[Term, bool] = {}

    def depends(self, term: Term) -> bool:
        """Return whether a term depends on the variable."""
        if (known := self.dependent.get(term)) is None:
            known = self.dependent[term] = self.variable in symbols(term)
        return known

    def pieces(self, term: Term) -> dict[Term, Term]:
        """Return the parts of a sum that depend on the variable, with their constant factors."""
        algebra = self.algebra
        addends: list[tuple[Term, Exact]] = [(term, Fraction(1))]
        if isinstance(term, Sum):
            addends = list(term.parts.items())
        found: dict[Term, Term] = {}
        for part, weight in addends:
            if self.depends(part):
                constant, core = self.split(part)
                constant = algebra.multiply(algebra.number(weight), constant)
                found[core] = algebra.add(found[core], constant) if core in found else constant
        return found

    def split(self, term: Term) -> tuple[Term, Term]:
        """Return the constant factor of a term, and the rest."""
        algebra = self.algebra
        if not isinstance(term, Product):
            return algebra.one, term
        powers = term.powers.items()
        moving = [(b, n) for b, n in powers if self.depends(b) or self.depends(n)]
        fixed = [power for power in powers if power not in moving]
        return algebra.collect(
            [(algebra.number(term.coefficient), algebra.one), *fixed]
        ), algebra.collect(moving)

    def is_affine(self, term: Term) -> bool:
        """Return whether a term is a multiple of the variable and a constant."""
        return all(core is self.x for core in self.pieces(term))

    def is_immediate(self, term: Term) -> bool:
        """Return whether one rule gives the derivative: it is a function of the variable itself."""
        if self.is_affine(term):
            return True
        if isinstance(term, Sum):
            return False
        _, core = self.split(term)
        if isinstance(core, Product):
            return len(core.powers) == 1 and all(
                not self.depends(x) or x is self.x for x in children(core)
            )
        is_function = isinstance(core, Apply) and isinstance(registry[core.name], Elementwise)
        if not is_function or (
            isinstance(chosen(self.algebra, core), Apply) and is_choice(self.algebra, core)
        ):
            return False
        return all(not self.depends(x) or x is self.x for x in children(core))


def is_choice(algebra: Algebra, term: Term) -> bool:
    """Return whether a function is declared as a choice between its arguments."""
    choice = chosen(algebra, term)
    return isinstance(choice, Apply) and choice.name == "where"
