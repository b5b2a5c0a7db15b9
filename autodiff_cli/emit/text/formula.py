"""Render terms as formulas in the language of adiff, as short as in a textbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import Any, ClassVar

from autodiff_cli.emit.precedence import ATOM, CHOICE, POWER, PRODUCT, SIGN, SUM, Piece
from autodiff_cli.emit.text.call_text import filled_template, given, language_name, written_out
from autodiff_cli.emit.text.term_order import distributed, factors, variables
from autodiff_cli.emit.text.term_writer import TermWriter
from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import ComputationError, formula_too_long
from autodiff_cli.language.exact_numbers import written
from autodiff_cli.language.format import one_text
from autodiff_cli.language.names import functions
from autodiff_cli.language.static_text import LANGUAGE
from autodiff_cli.symbolic import (
    Algebra,
    Apply,
    Array,
    NamedConstant,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
)
from autodiff_cli.symbolic.arithmetic import applied
from autodiff_cli.symbolic.nodes import children, postorder
from autodiff_cli.symbolic.rules import is_symmetric
from autodiff_cli.symbolic.shorten import expanded_size, least_length

__all__ = ["MOST_CHARACTERS", "FormulaWriter", "formula", "one_formula"]

_HALF = Fraction(1, 2)


MOST_CHARACTERS = 10_000
"""The most characters of a formula by default."""


def formula(
    algebra: Algebra, term: Term, *, expand: bool = False, most: int = MOST_CHARACTERS
) -> str:
    """Return a term as one expression, or as one after lines that name its common subexpressions.

    Parameters
    ----------
    expand
        Whether to write one expression even if names for common subexpressions make it shorter.
    most
        The most characters of the formula.

    Raises
    ------
    ComputationError
        If the formula would be longer.
    """
    if (least := least_length(term)) > most:
        raise formula_too_long(
            f"the formula has more than {least:,} characters, and {most:,} are the most"
        )
    algebra.begin()
    size = expanded_size(term)
    texts = [FormulaWriter(algebra, term).text(term)] if size <= _WIDEST * most else []
    if not expand and (named := _named(algebra, term)) is not None:
        # Names have to be read as well, so they must shorten the formula enough.
        texts = [text for text in texts if len(text) * _WORTH <= len(named)] or [named]
    best = texts[0] if texts else None
    if best is None or len(best) > most:
        length = f"{len(best):,}" if best is not None else "many more"
        raise formula_too_long(f"the formula has {length} characters, and {most:,} are the most")
    return best


def one_formula(
    algebra: Algebra, terms: Sequence[Term], texts: Iterable[str], most: int = MOST_CHARACTERS
) -> str | None:
    """Return several scalar terms as one formula, a list; None if each has one line, or it is long.

    Parameters
    ----------
    texts
        The formula of each term.
    """
    if len(terms) < 2 or not any("\n" in text for text in texts):
        return None
    try:
        return formula(algebra, applied(algebra, registry["stack"], list(terms)), most=most)
    except ComputationError:
        return None


_WIDEST = 4
"""The most leaves per allowed character for which a single expression is tried."""

_DISTRIBUTED = 0.95
"""The greatest length of a multiplied-out sum, relative to the product, for it to be written."""

_WORTH = 0.8
"""The greatest length of a formula with names, relative to one expression, for it to be written."""


def _named(algebra: Algebra, term: Term) -> str | None:
    """Return a term with names for common subexpressions; None if there are none."""
    order = postorder([term])
    uses: dict[Term, int] = {}
    for inner in order:
        for child in children(inner):
            uses[child] = uses.get(child, 0) + 1
    constants = {inner.name for inner in order if isinstance(inner, NamedConstant)}
    taken = variables(algebra, term) | constants | functions().keys()
    names = (name for name in _names() if name not in taken)
    writer = FormulaWriter(algebra, term)
    lines = []
    for inner in order:
        if uses.get(inner, 0) < 2 or isinstance(inner, Array | Symbol | Number):
            continue
        text = writer.text(inner)
        if (uses[inner] - 1) * len(text) > len("u = \n") + uses[inner]:
            name = next(names)
            lines.append(f"{name} = {text}")
            writer.texts[inner] = Piece(name, ATOM)
            writer.named.add(inner)
    return one_text([*lines, writer.text(term)]) if lines else None


def _names() -> Iterator[str]:
    yield from "uvw"
    for k in count(1):
        yield f"u{k}"


class FormulaWriter(TermWriter[Piece]):
    """Writes terms in the language."""

    kind = Piece
    constants: ClassVar = {"e": "exp(1)", "pi": "acos(-1)"}

    def __init__(self, algebra: Algebra, whole: Term) -> None:
        super().__init__(algebra, whole)
        self.named: set[Term] = set()
        self.minus = algebra.number(Fraction(-1))

    def text(self, term: Term) -> str:
        """Return the text of a term without operators on its left or right."""
        text = self.piece(term)
        if isinstance(term, Product) and term not in self.named:
            distributed = self._distributed(term)
            # A group in brackets is easy to read, so the sum is used only if it is clearly shorter.
            text = distributed if len(distributed.text) < _DISTRIBUTED * len(text.text) else text
        return text.text

    def _symbol(self, name: str) -> str:
        return name

    def _product(self, term: Term) -> Piece:
        if not isinstance(term, Product):
            return self._quotient(term)
        within = self._quotient(self._number_within(term))
        return min(self._quotient(term), within, key=lambda text: len(text.text))

    def _number_within(self, term: Product) -> Term:
        """Return a product with its coefficient multiplied into a sum, if it contains one."""
        sums = [x for x, n in term.powers.items() if isinstance(x, Sum) and n is self.algebra.one]
        if len(sums) != 1 or abs(term.coefficient) == 1:
            return term
        scaled = self.algebra.combine([(sums[0], term.coefficient)])
        if scaled not in self.texts:
            self.texts[scaled] = self._written(scaled)
        inverse = self.algebra.number(1 / term.coefficient)
        return self.algebra.multiply(
            term, inverse, scaled, self.algebra.raised(sums[0], self.minus)
        )

    def _distributed(self, term: Product) -> Piece:
        """Return a product that contains one sum, multiplied out term by term."""
        whole = distributed(self.algebra, term)
        return self._sum(whole) if isinstance(whole, Sum) else self._quotient(term)

    def _quotient(self, term: Term) -> Piece:
        negative, above, below, over, under = factors(self.algebra, term)
        top = [self._power(base, exponent) for base, exponent in over]
        if above != 1 or not top:
            top.insert(0, Piece(written(above), ATOM))
        bottom = [self._power(base, exponent) for base, exponent in under]
        if below != 1:
            bottom.insert(0, Piece(written(Fraction(below)), ATOM))
        binds = PRODUCT if len(top) > 1 or bottom else top[0].binds
        text = "*".join(piece.within(SIGN) for piece in top) if len(top) > 1 else top[0].text
        if bottom:
            text = text if len(top) > 1 else top[0].within(PRODUCT)
            divisor = "*".join(piece.within(SIGN) for piece in bottom)
            text += f"/({divisor})" if len(bottom) > 1 else f"/{bottom[0].within(POWER)}"
        if not negative:
            return Piece(text, binds)
        return Piece(f"-{text}" if binds > SUM else f"-({text})", PRODUCT)

    def _power(self, base: Term, exponent: Term | None) -> Piece:
        text = self.piece(base)
        if exponent is None:
            return text
        if base is self.algebra.e:
            return Piece(f"exp({self.text(exponent)})", ATOM)
        if isinstance(exponent, Number) and exponent.value == _HALF:
            return Piece(f"sqrt({self.text(base)})", ATOM)
        raised = self.piece(exponent)
        shown = raised.within(ATOM)
        return Piece(f"{text.within(ATOM)}**{shown}", POWER)

    # --- functions ---

    def _connected(self, term: Term) -> str:
        """Return an operand of `and` or `or`, in brackets unless it is a comparison."""
        text = self.piece(term)
        metadata = registry[term.name].metadata if isinstance(term, Apply) else None
        compares = metadata is not None and metadata.symbol and metadata.truth != "connective"
        return text.within(CHOICE if compares and text.binds == CHOICE else ATOM)

    def _applied(self, term: Apply) -> Piece:
        arguments = [self.piece(argument) for argument in term.arguments]
        symbol = registry[term.name].metadata.symbol
        if symbol and len(arguments) == 2 and not term.params:
            x, y = (argument.within(SUM) for argument in arguments)
            if symbol in ("%", "@"):
                x, y = arguments[0].within(SIGN), arguments[1].within(SIGN)
            if registry[term.name].metadata.truth == "connective":
                x, y = (self._connected(argument) for argument in term.arguments)
            return Piece(f"{x} {symbol} {y}", PRODUCT if symbol in ("%", "@") else CHOICE)
        inside = [self.text(argument) for argument in term.arguments]
        if is_symmetric(term.name):
            inside.sort()
        operation = registry[term.name]
        params = given(operation, term.params)
        if (special := self._spelled(operation, params, arguments)) is not None:
            return Piece(special, ATOM)
        if operation.metadata.leading:
            inside = [*map(LANGUAGE.value, params.values()), *inside]
        else:
            inside += [f"{name}={LANGUAGE.value(value)}" for name, value in params.items()]
        if operation.metadata.internal:
            raise ComputationError(
                "the language has no name for an operation of this formula",
                code="no-formula",
                hint="`adiff export` writes it as code",
            )
        return Piece(f"{language_name(operation)}({', '.join(inside)})", ATOM)

    def _spelled(
        self, operation: Operation, params: Mapping[str, Any], arguments: Sequence[Piece]
    ) -> str | None:
        """Return a call by its declared template, or by elements; None for a plain call."""
        template = operation.metadata.spelling
        least = ATOM if template.startswith("{") else CHOICE
        texts = ", ".join(argument.within(least) for argument in arguments)
        if (
            text := filled_template(operation, template, {operation.arguments[0]: texts}, params)
        ) is None:
            return written_out(operation, params, lambda index: _element(arguments[0], index))
        return text


def _element(tensor: Piece, index: tuple[int, ...]) -> str:
    return f"{tensor.within(ATOM)}[{LANGUAGE.subscript(index)}]" if index else tensor.text
