"""The table of simplification rules of functions, written in the language itself.

A rule states that its left side may be written as its right side; x stands for any term.  The rules
hold wherever both sides have a value, which suffices for formulas; code is not generated from them.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import NamedTuple

from autodiff_cli.engine import operations, registry
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.exact_numbers import Exact
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Instruction, Program
from autodiff_cli.symbolic.arithmetic import of_program
from autodiff_cli.symbolic.nodes import Apply, Product, Sum, Term
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["Pair", "Rules", "Squares", "is_symmetric", "rules"]

TABLE = """
square(x) = x**2
sqrt(x) = x**(1/2)
exp(x) = e**x
exp2(x) = 2**x

log(e**x) = x
log(1) = 0
sqrt(x**2) = abs(x)
sin(asin(x)) = x
cos(acos(x)) = x
tan(atan(x)) = x
cos(asin(x)) = sqrt(1 - x**2)
sin(acos(x)) = sqrt(1 - x**2)
cos(atan(x)) = 1/sqrt(1 + x**2)
sin(atan(x)) = x/sqrt(1 + x**2)
cosh(asinh(x)) = sqrt(1 + x**2)
sinh(asinh(x)) = x
cosh(acosh(x)) = x
tanh(atanh(x)) = x

sin(-x) = -sin(x)
cos(-x) = cos(x)
tan(-x) = -tan(x)
sec(-x) = sec(x)
csc(-x) = -csc(x)
cot(-x) = -cot(x)
asin(-x) = -asin(x)
atan(-x) = -atan(x)
sinh(-x) = -sinh(x)
cosh(-x) = cosh(x)
tanh(-x) = -tanh(x)
sech(-x) = sech(x)
csch(-x) = -csch(x)
coth(-x) = -coth(x)
asinh(-x) = -asinh(x)
atanh(-x) = -atanh(x)
erf(-x) = -erf(x)
abs(-x) = abs(x)
abs(abs(x)) = abs(x)
sign(-x) = -sign(x)
cbrt(-x) = -cbrt(x)

sin(x)/cos(x) = tan(x)
tan(x)*cos(x) = sin(x)
cos(x)/sin(x) = cot(x)
cot(x)*sin(x) = cos(x)
sec(x)*cos(x) = 1
csc(x)*sin(x) = 1
sinh(x)/cosh(x) = tanh(x)
tanh(x)*cosh(x) = sinh(x)
coth(x)*sinh(x) = cosh(x)
sec(x)/tan(x) = csc(x)
csc(x)/cot(x) = sec(x)
sech(x)/tanh(x) = csch(x)
csch(x)/coth(x) = sech(x)
sech(x)*cosh(x) = 1
csch(x)*sinh(x) = 1
abs(x)*sign(x) = x

abs(x)**2 = x**2
hypot(x, y)**2 = x**2 + y**2

sin(x)**2 + cos(x)**2 = 1
1 - sin(x)**2 = cos(x)**2
1 - cos(x)**2 = sin(x)**2
1 + tan(x)**2 = sec(x)**2
1 + cot(x)**2 = csc(x)**2
sec(x)**2 - tan(x)**2 = 1
sec(x)**2 - 1 = tan(x)**2
cosh(x)**2 - sinh(x)**2 = 1
1 + sinh(x)**2 = cosh(x)**2
cosh(x)**2 - 1 = sinh(x)**2
1 - tanh(x)**2 = sech(x)**2
tanh(x)**2 + sech(x)**2 = 1
coth(x)**2 - 1 = csch(x)**2
"""


def is_symmetric(name: str) -> bool:
    """Return whether the two arguments of an operation may be swapped in a formula."""
    metadata = registry[name].metadata
    return metadata.commutes or metadata.symmetric


class Pair(NamedTuple):
    """A rule for a product of powers of two functions of the same argument."""

    other: str
    own: Fraction
    others: Fraction
    right: Term


class Squares(NamedTuple):
    """A rule for a sum with the square of a function: its other term, and the result."""

    own: Exact
    other: str
    others: Exact
    right: Term


class Rules:
    """The table, sorted by the left sides of its rules."""

    def __init__(self) -> None:
        self.plain = Algebra()
        self.x = self.plain.symbol("x")
        self.functions: dict[str, list[tuple[Term, Term]]] = {}
        self.products: dict[str, list[Pair]] = {}
        self.squares: dict[str, Term] = {}
        self.sums: dict[str, list[Squares]] = {}
        self.choices: dict[str, tuple[tuple[str, ...], Term]] = {}
        self.slopes: dict[str, tuple[tuple[str, ...], Term]] = {}
        self.rewritten: dict[str, tuple[tuple[str, ...], Term]] = {}
        for line in filter(None, TABLE.splitlines()):
            left, right = line.split(" = ")
            self._sort(parse(left), self._term(right))
        for operation in operations().values():
            for text, into in (
                (operation.metadata.choice, self.choices),
                (operation.metadata.slope, self.slopes),
            ):
                if text:
                    into[operation.name] = operation.arguments, self._term(text)
            plain = not operation.statics and isinstance(operation, Elementwise)
            if operation.metadata.internal and operation.metadata.reference and plain:
                term = self._term(operation.metadata.reference)
                self.rewritten[operation.name] = ("x", "y", "z"), term

    def _term(self, text: str) -> Term:
        return of_program(self.plain, parse(text))

    def _sort(self, left: Program, right: Term) -> None:
        operation, slots, *_ = Instruction(*left.calls[left.result])
        if not operation.metadata.symbol:
            if slots[0] == left.names.get("x", (0,))[0]:
                self.rewritten[operation.name] = ("x",), right
            else:
                inner = of_program(self.plain, left, result=slots[0])
                self.functions.setdefault(operation.name, []).append((inner, right))
            return
        term = of_program(self.plain, left)
        if isinstance(term, Product) and len(term.powers) == 1:
            ((base, _),) = term.powers.items()
            self.squares[base.name] = right  # type: ignore[attr-defined]
        elif isinstance(term, Product):
            self._sort_product(term, right)
        elif isinstance(term, Sum):
            self._sort_sum(term, right)

    def _sort_product(self, term: Product, right: Term) -> None:
        factors = [(f.name, n.value) for f, n in term.powers.items()]  # type: ignore[attr-defined]
        for (name, own), (other, others) in (factors, factors[::-1]):
            self.products.setdefault(name, []).append(Pair(other, own, others, right))

    def _sort_sum(self, term: Sum, right: Term) -> None:
        squares = [(_squared(part), weight) for part, weight in term.parts.items()]
        if len(squares) == 1:
            squares.append(("", term.constant))
        for (name, own), (other, others) in (squares, squares[::-1]):
            if name:
                rule = Squares(own, other, others, right)
                self.sums.setdefault(name, []).append(rule)


def _squared(term: Term) -> str:
    assert isinstance(term, Product)
    ((base, _),) = term.powers.items()
    assert isinstance(base, Apply)
    return base.name


@cache
def _rules(declared: int) -> Rules:
    return Rules()


def rules() -> Rules:
    """Return the sorted table, including the rules of all operations declared so far."""
    return _rules(len(operations()))
