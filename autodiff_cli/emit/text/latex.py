"""Render terms as LaTeX, in the notation of amsmath."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from autodiff_cli.emit import precedence
from autodiff_cli.emit.precedence import ATOM, CHOICE, POWER, PRODUCT, SUM
from autodiff_cli.emit.text.call_text import filled_template, given, written_out
from autodiff_cli.emit.text.term_order import distributed, factors
from autodiff_cli.emit.text.term_writer import TermWriter
from autodiff_cli.engine import Operation, registry
from autodiff_cli.errors import formula_too_long
from autodiff_cli.language.exact_numbers import Exact, written
from autodiff_cli.language.static_text import LANGUAGE
from autodiff_cli.symbolic import (
    Algebra,
    Apply,
    Number,
    Product,
    Sum,
    Term,
)
from autodiff_cli.symbolic.shorten import expanded_size

__all__ = ["MOST_CHARACTERS", "LatexPiece", "LatexWriter", "call_piece", "latex", "symbol"]

_HALF = Fraction(1, 2)

_LETTERS = {
    letter: unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")
    for letter in "αβγδεζηθικλμνξπρστυφχψω"
}
_LETTERS |= {
    letter.upper(): name.title() for letter, name in _LETTERS.items() if letter in "γδθλξπσυφψω"
}


class LatexPiece(precedence.Piece):
    """A piece of LaTeX with the precedence of its outermost operation."""

    __slots__ = ()

    def bracketed(self) -> str:
        """Return the text in brackets that are as tall as their content."""
        return rf"\left({self.text}\right)"


MOST_CHARACTERS = 100_000
"""The most characters of a formula; each part is written wherever it is used."""


def latex(algebra: Algebra, term: Term, most: int = MOST_CHARACTERS) -> str:
    """Return a term as LaTeX for a formula, without math delimiters.

    Raises
    ------
    ComputationError
        If the formula has more than ``most`` characters.
    """
    if (size := expanded_size(term)) > most:
        raise formula_too_long(
            f"the formula has more than {size:,} characters, and {most:,} are the most"
        )
    algebra.begin()
    text = LatexWriter(algebra, term).text(term)
    if len(text) > most:
        raise formula_too_long(
            f"the formula has {len(text):,} characters, and {most:,} are the most"
        )
    return text


def symbol(name: str) -> str:
    r"""Return a name as LaTeX: ``x_{1}``, ``\theta``, ``\mathit{speed}``, ``A_{0,1}``."""
    if name == "inf":
        return r"\infty"
    name, _, element = name.removesuffix("]").partition("[")
    stem, _, index = name.strip("_").partition("_")
    if not index and (match := re.fullmatch(r"(\D+)(\d+)", stem)):
        stem, index = match.groups()
    stem = _LETTERS.get(stem, stem)
    if stem in _LETTERS.values():
        shown = f"\\{stem}"
    elif len(stem) <= 1:
        shown = stem or r"\_"
    else:
        shown = rf"\mathit{{{stem}}}"
    indices = filter(None, [index.replace("_", ","), element.replace(" ", "")])
    index = ",".join(indices)
    return f"{shown}_{{{index}}}" if index else shown


class LatexWriter(TermWriter[LatexPiece]):
    """Writes terms in LaTeX."""

    kind = LatexPiece
    constants: ClassVar = {"e": r"\exp\left(1\right)", "pi": r"\arccos\left(-1\right)"}

    def text(self, term: Term) -> str:
        """Return the text of a term without operators on its left or right."""
        text = self.piece(term).text
        whole = distributed(self.algebra, term) if isinstance(term, Product) else term
        return min(text, self.piece(whole).text, key=len) if isinstance(whole, Sum) else text

    def _symbol(self, name: str) -> str:
        return symbol(name)

    def _product(self, term: Term) -> LatexPiece:
        negative, above, below, over, under = factors(self.algebra, term)
        top = self._side(above, over)
        if below != 1 or under:
            bottom = self._side(Fraction(below), under)
            text, binds = rf"\frac{{{top.text}}}{{{bottom.text}}}", PRODUCT
        else:
            text, binds = top
        if negative:
            return LatexPiece(f"-{text}" if binds > SUM else rf"-\left({text}\right)", SUM)
        return LatexPiece(text, binds)

    def _side(self, size: Exact, powers: object) -> LatexPiece:
        pieces = [self._power(base, exponent) for base, exponent in powers]  # type: ignore[attr-defined]
        if size != 1 or not pieces:
            pieces.insert(0, LatexPiece(_number(size), ATOM))
        if len(pieces) == 1:
            return pieces[0]
        text = pieces[0].within(PRODUCT)
        for piece in pieces[1:]:
            shown = piece.within(POWER)
            # Two adjacent numbers would look like one.
            text += rf" \cdot {shown}" if shown[:1].isdigit() else f" {shown}"
        return LatexPiece(text, PRODUCT)

    def _power(self, base: Term, exponent: Term | None) -> LatexPiece:
        if exponent is None:
            return self.piece(base)
        raised = self.text(exponent)
        if base is self.algebra.e:
            if "e" in self.variables:
                return LatexPiece(rf"\exp\left({raised}\right)", ATOM)
            return LatexPiece(f"e^{{{raised}}}", POWER)
        if isinstance(exponent, Number) and exponent.value == _HALF:
            return LatexPiece(rf"\sqrt{{{self.text(base)}}}", ATOM)
        if isinstance(base, Apply) and isinstance(exponent, Number) and _is_named(base):
            head, _, rest = self.text(base).partition(r"\left(")
            return LatexPiece(rf"{head}^{{{raised}}}\left({rest}", POWER)
        return LatexPiece(f"{self.piece(base).within(ATOM)}^{{{raised}}}", POWER)

    def _applied(self, term: Apply) -> LatexPiece:
        arguments = [self.piece(argument) for argument in term.arguments]
        return call_piece(registry[term.name], arguments, dict(term.params))


def call_piece(
    operation: Operation, arguments: Sequence[LatexPiece], params: Mapping[str, Any]
) -> LatexPiece:
    """Return a call by the LaTeX template of its declaration, else as a name and brackets."""
    metadata, params = operation.metadata, given(operation, params.items())
    # A static parameter that is not given is a number, and 0.
    defaults = {name: 0 for name in operation.statics if f"<{name}>" in metadata.latex}
    texts = {name: p.text for name, p in zip(operation.arguments, arguments, strict=False)}
    if operation.variadic:
        texts = {operation.arguments[0]: ", ".join(piece.text for piece in arguments)}
    elif metadata.latex.startswith("<"):
        texts[operation.arguments[0]] = _marked(arguments[0])
    template = metadata.latex if "<" in metadata.latex else ""
    if (text := filled_template(operation, template, texts, {**defaults, **params})) is not None:
        if metadata.latex.startswith("<"):
            return LatexPiece(text, POWER if "^" in metadata.latex else ATOM)
        return LatexPiece(text, ATOM if text.endswith(_CLOSED) else CHOICE)
    if metadata.symbol and len(arguments) == 2:
        x, y = (piece.within(SUM) for piece in arguments)
        return LatexPiece(f"{x} {_SIGNS.get(metadata.symbol, metadata.symbol)} {y}", CHOICE)
    # An empty array has no element to be shown.
    inside = [piece.text for piece in arguments if piece.text != "[]"]
    out = written_out(operation, params, lambda index: _element(arguments[0], index))
    if out is not None:
        return LatexPiece(out, ATOM)
    head = metadata.latex if metadata.latex and not template else _head(operation.name)
    # That an axis is kept matters to the shape alone, which a formula does not show.
    params.pop("keepdims", None)
    if (axis := params.pop("axis", None)) is not None:
        head += f"_{{{LANGUAGE.subscript(axis)}}}"
    inside += [f"{_word(name)}={LANGUAGE.value(value)}" for name, value in params.items()]
    return LatexPiece(rf"{head}\left({', '.join(inside)}\right)", ATOM)


_CLOSED = ("}", r"\right)", r"\right]", r"\right|", r"\right\|", r"\rfloor", r"\rceil")
"""The ends of texts that need no brackets."""


_SIGNS = {
    "<=": r"\le",
    ">=": r"\ge",
    "==": "=",
    "!=": r"\ne",
    "and": r"\land",
    "or": r"\lor",
    "%": r"\bmod",
    "@": r"\cdot",
}


def _element(tensor: LatexPiece, index: tuple[int, ...]) -> str:
    return f"{_marked(tensor)}_{{{LANGUAGE.subscript(index)}}}" if index else tensor.text


def _marked(piece: LatexPiece) -> str:
    """Return a piece before an index or an exponent, of which LaTeX rejects a second one."""
    return piece.bracketed() if "_" in piece.text else piece.within(ATOM)


def _word(name: str) -> str:
    return rf"\mathrm{{{_escaped(name)}}}"


def _head(name: str) -> str:
    return rf"\operatorname{{{_escaped(name)}}}"


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def _is_named(term: Apply) -> bool:
    """Return whether a function is written as a name and brackets, so that sin² is its square."""
    shown = registry[term.name].metadata.latex
    return "<" not in shown or (shown.endswith(r"\right)") and r"\left(" in shown[1:])


def _number(value: Exact) -> str:
    text = written(value)
    size, e, exponent = text.partition("e")
    if value in (float("inf"), float("-inf")):
        return r"\infty"
    if value != value:
        return r"\mathrm{nan}"
    return rf"{size} \cdot 10^{{{int(exponent)}}}" if e else text
