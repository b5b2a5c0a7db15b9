"""Write derivations as lines of text, in the language and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, cast

from autodiff_cli.emit import precedence
from autodiff_cli.emit.precedence import ATOM, POWER, PRODUCT, SIGN, SUM, signed_sum
from autodiff_cli.emit.text import latex
from autodiff_cli.emit.text.formula import FormulaWriter
from autodiff_cli.emit.text.partials import latex_partial, partial
from autodiff_cli.emit.text.term_writer import TermWriter
from autodiff_cli.symbolic import Algebra, Product, Term
from autodiff_cli.symbolic.derivation import Addend, Derivation, Ratio, Step
from autodiff_cli.symbolic.nodes import postorder

__all__ = ["DerivationLines", "DerivationNotation", "Equation", "block", "primed", "title"]

LONGEST = 60
"""The length up to which an unsimplified result is always shown."""

LONGER = 1.6
"""The factor by which a longer one may exceed the simplified result."""


@dataclass(frozen=True)
class Equation:
    """An equation.

    Attributes
    ----------
    left, right
        Its sides; the left one is empty if it is that of the line before.
    rules
        The names of the rules by which it follows.
    formula
        The right side in terms of the variables alone, in the language; empty if a later line with
        the same left side has it.
    plain
        The right side in the language, with primes for derivatives.
    """

    left: str
    right: str
    rules: tuple[str, ...] = ()
    formula: str = ""
    plain: str = ""


@dataclass(frozen=True)
class DerivationLines:
    """The lines of a derivation.

    Attributes
    ----------
    title
        The heading; empty if none is needed.
    function
        The function that is differentiated; None if the lines before contain it.
    parts
        The names of its parts, and the function in terms of them; empty without parts.
    steps
        The derivatives of the parts and, last, that of the function.
    """

    title: str
    function: Equation | None = None
    parts: Sequence[Equation] = field(default_factory=list)
    steps: Sequence[Equation] = field(default_factory=list)

    @property
    def groups(self) -> list[Sequence[Equation]]:
        """The lines, in groups that stand apart."""
        function = [self.function] if self.function else []
        return [group for group in (function, self.parts, self.steps) if group]


class DerivationNotation:
    """A writer of the lines of one derivation.

    Parameters
    ----------
    as_latex
        Whether to write LaTeX; otherwise the language.
    """

    def __init__(self, algebra: Algebra, derivation: Derivation, as_latex: bool = False) -> None:
        self.algebra = algebra
        self.as_latex = as_latex
        whole = derivation.steps[-1].part.term
        notation = latex.LatexWriter if as_latex else FormulaWriter
        self.writer = cast("type[TermWriter[precedence.Piece]]", notation)(algebra, whole)
        for symbol, prime in derivation.primes.items():
            self.writer.texts[symbol] = self._piece(f"{self._marked(prime.of)}'", ATOM)

    def name(self, name: str) -> str:
        """Return the name of a part."""
        return latex.symbol(name) if self.as_latex else name

    def text(self, term: Term) -> str:
        """Return a term."""
        return self.writer.text(term)

    def ratio(self, ratio: Ratio) -> str:
        """Return an unsimplified sum over a divisor."""
        alone = len(ratio.addends) == 1 and not ratio.addends[0].negative and ratio.below is None
        addends = [(addend.negative, self._addend(addend, alone)) for addend in ratio.addends]
        text = signed_sum(addends) or "0"
        if ratio.below is None:
            return text
        piece = self._piece(text, SUM if len(addends) > 1 or text.startswith("-") else PRODUCT)
        return self._over(piece, ratio.below).text

    def _piece(self, text: str, binds: int) -> precedence.Piece:
        return latex.LatexPiece(text, binds) if self.as_latex else precedence.Piece(text, binds)

    def _marked(self, term: Term) -> str:
        return self.writer.piece(term).within(ATOM)

    def _addend(self, addend: Addend, alone: bool = False) -> str:
        pieces = [self._factor(factor) for factor in addend.factors]
        if not pieces:
            return self._over(self._piece("1", ATOM), addend.below).text
        if len(pieces) == 1:
            whole = self.writer.piece(addend.factors[0])
            if addend.below is None:
                return whole.within(SUM if alone else PRODUCT)
            return self._over(whole, addend.below).text
        if self.as_latex:
            joined = pieces[0]
            for piece in pieces[1:]:
                dot = piece[:1].isdigit() or (joined[-1:].isdigit() and not piece.startswith("\\"))
                joined += rf" \cdot {piece}" if dot else f" {piece}"
        else:
            joined = "*".join(pieces)
        return self._over(self._piece(joined, PRODUCT), addend.below).text

    def _factor(self, factor: Term) -> str:
        piece = self.writer.piece(factor)
        if piece.text.startswith("-"):
            return piece.bracketed()
        # The factors of a product need no brackets in another one.
        return piece.within(PRODUCT if isinstance(factor, Product) else SIGN)

    def _over(self, above: precedence.Piece, below: Term | None) -> precedence.Piece:
        if below is None:
            return above
        if self.as_latex:
            return self._piece(rf"\frac{{{above.text}}}{{{self.writer.text(below)}}}", PRODUCT)
        return self._piece(
            f"{above.within(PRODUCT)}/{self.writer.piece(below).within(POWER)}", PRODUCT
        )


def primed(name: str, order: int) -> str:
    """Return the name of a derivative: ``f'``, ``f''``, ``f^(4)``."""
    return name + "'" * order if order <= 3 else f"{name}^({order})"


def title(names: Sequence[str], others: Sequence[str], as_latex: bool = False) -> str:
    """Return a heading: the derivative by some variables in turn, where others are constant.

    Parameters
    ----------
    names
        The variables to differentiate by, in turn.
    others
        The variables that are constant.
    """
    derivative = latex_partial(names) if as_latex else partial(names)
    if not others:
        return derivative
    shown = ", ".join(map(latex.symbol, others) if as_latex else others)
    are = "is constant" if len(others) == 1 else "are constant"
    if as_latex:
        return rf"{derivative} \text{{, where }} {shown} \text{{ {are}}}"
    return f"{derivative}, where {shown} {are}"


def block(
    algebra: Algebra,
    derivation: Derivation,
    heading: str,
    final: Sequence[str],
    primes: tuple[str, str],
    as_latex: bool = False,
) -> DerivationLines:
    """Return a derivation as lines.

    Parameters
    ----------
    final
        The lines of the result: in the notation that is written, and in the language.
    primes
        The names of the function and of its derivative.
    """
    notation = DerivationNotation(algebra, derivation, as_latex)
    plain = DerivationNotation(algebra, derivation) if as_latex else notation
    *inner, last = derivation.steps
    whole, derivative = primes
    text = plain.text(last.part.term)
    function = Equation(whole, notation.text(last.part.term), formula=text, plain=text)
    parts = [
        Equation(
            notation.name(step.part.name),
            notation.text(step.part.shown),
            formula=plain.text(step.part.term),
            plain=plain.text(step.part.shown),
        )
        for step in inner
    ]
    if parts:
        shown = last.part.shown
        parts.append(Equation(whole, notation.text(shown), plain=plain.text(shown)))
    steps: list[Equation] = []
    for step in inner:
        result = [notation.text(step.result), plain.text(step.result)]
        name = f"{notation.name(step.part.name)}'"
        steps += _step(algebra, derivation, step, (notation, plain), name, result)
    steps += _step(algebra, derivation, last, (notation, plain), derivative, final)
    return DerivationLines(heading, function, parts, steps)


class _Stage(NamedTuple):
    """The right side of a line, as it is written and in the language, and its rules."""

    shown: str
    plain: str
    rules: tuple[str, ...]


def _step(
    algebra: Algebra,
    derivation: Derivation,
    step: Step,
    notations: Sequence[DerivationNotation],
    left: str,
    result: Sequence[str],
) -> list[Equation]:
    """Return a step as one line, or as several with the same left side.

    Parameters
    ----------
    notations
        The notation that is written, and the language.
    result
        The result in both.
    """
    *named, shown = result[0].split("\n")
    formula = result[1]

    def stage(ratio: Ratio, rules: tuple[str, ...]) -> _Stage:
        written, plain = (notation.ratio(ratio) for notation in notations)
        return _Stage(written, plain, rules)

    stages = [stage(step.form, step.rules)] if step.form.addends else []
    factors = [factor for addend in step.form.addends for factor in addend.factors]
    used = [derivation.primes[p] for p in postorder(factors) if p in derivation.primes]
    within = (rule for prime in used for rule in prime.rules if not rule.endswith("' = 1"))
    rules = tuple(dict.fromkeys(within))
    if len(step.form.addends) > 1:
        inside = stage(derivation.substituted(algebra, step), rules)
        if len(inside.shown) <= max(LONGEST, LONGER * len(shown)):
            stages.append(inside)
            rules = ()
    stages.append(_Stage(shown, formula, rules if stages else step.rules))
    lines: list[Equation] = []
    for k, (text, plain, own) in enumerate(stages):
        if k + 1 < len(stages) and _is_same(text, stages[k + 1].shown):
            # A line that only changes the order of terms is not a step.
            stages[k + 1] = stages[k + 1]._replace(rules=own or stages[k + 1].rules)
            continue
        lines.append(Equation("" if lines else left, text, own, plain=plain))
    last = lines.pop()
    if named:
        # The names of the final formula stand before it.
        for k, text in enumerate(named):
            name, _, meaning = text.rstrip(";").partition(" = ")
            said = () if k else ("names in the result",)
            lines.append(Equation(name, meaning, said, plain=meaning))
        last = replace(last, left=left)
    return [*lines, replace(last, formula=formula)]


def _is_same(text: str, other: str) -> bool:
    """Return whether two texts consist of the same factors and terms, in whatever order."""
    return sorted(re.findall(r"[^\s()]", text)) == sorted(re.findall(r"[^\s()]", other))
