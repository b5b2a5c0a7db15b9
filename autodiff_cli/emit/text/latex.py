"""Terms as LaTeX, in the notation of amsmath."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from autodiff_cli.emit import precedence
from autodiff_cli.emit.precedence import ATOM, CHOICE, POWER, PRODUCT, SUM
from autodiff_cli.emit.text.term_order import factors, spread, summands, variables
from autodiff_cli.engine import registry
from autodiff_cli.language.exact_numbers import Exact, magnitude, written
from autodiff_cli.language.static_text import PYTHON
from autodiff_cli.symbolic.shorten import postorder
from autodiff_cli.symbolic.terms import Algebra, Apply, Constant, Number, Product, Sum, Symbol, Term

__all__ = ["latex", "symbol"]

_HALF = Fraction(1, 2)

_LETTERS = {
    letter: unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")
    for letter in "αβγδεζηθικλμνξπρστυφχψω"
}
_LETTERS |= {
    letter.upper(): name.title() for letter, name in _LETTERS.items() if letter in "γδθλξπσυφψω"
}


class Piece(precedence.Piece):
    """A piece of LaTeX, and how tightly its outermost operation binds."""

    __slots__ = ()

    def bracketed(self) -> str:
        """Return it with brackets around that are as large as what is in them."""
        return rf"\left({self.text}\right)"


def latex(to: Algebra, term: Term) -> str:
    """Return a term as LaTeX for a formula, without the signs around it."""
    return _Writer(to, term).text(term)


def symbol(name: str) -> str:
    r"""Return a name as LaTeX: ``x_{1}``, ``\theta``, ``\mathit{speed}``."""
    if name == "inf":
        return r"\infty"
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
    return f"{shown}_{{{index.replace('_', ',')}}}" if index else shown


class _Writer:
    def __init__(self, to: Algebra, whole: Term) -> None:
        self.to = to
        self.variables = variables(whole)
        self.pieces: dict[Term, Piece] = {}

    def text(self, term: Term) -> str:
        """Return a term where nothing is to its left or right."""
        text = self._piece(term).text
        whole = spread(self.to, term) if isinstance(term, Product) else term
        return min(text, self._piece(whole).text, key=len) if isinstance(whole, Sum) else text

    def _piece(self, term: Term) -> Piece:
        for inner in postorder([term], self.pieces):
            self.pieces[inner] = self._written(inner)
        return self.pieces[term]

    def _written(self, term: Term) -> Piece:
        match term:
            case Constant() if term.name in self.variables:
                return Piece(_CONSTANTS[term.name], ATOM)
            case Symbol():
                return Piece(symbol(term.name), ATOM)
            case Sum():
                return self._sum(term)
            case Apply():
                return self._applied(term)
        return self._product(term)

    def _sum(self, term: Sum) -> Piece:
        pieces: list[str] = []
        for part, weight in summands(self.to, term):
            scaled = self.to.multiply(self.to.number(magnitude(weight)), part)
            text = self._piece(scaled).within(PRODUCT)
            sign = "-" if weight < 0 else "+"
            if pieces:
                pieces.append(f" {sign} {text}")
            else:
                pieces.append(f"-{text}" if weight < 0 else text)
        return Piece("".join(pieces), SUM)

    def _product(self, term: Term) -> Piece:
        negative, above, below, over, under = factors(self.to, term)
        top = self._side(above, over)
        if below != 1 or under:
            bottom = self._side(Fraction(below), under)
            text, binds = rf"\frac{{{top.text}}}{{{bottom.text}}}", PRODUCT
        else:
            text, binds = top
        if negative:
            return Piece(f"-{text}" if binds > SUM else rf"-\left({text}\right)", SUM)
        return Piece(text, binds)

    def _side(self, size: Exact, powers: object) -> Piece:
        pieces = [self._power(base, exponent) for base, exponent in powers]  # type: ignore[attr-defined]
        if size != 1 or not pieces:
            pieces.insert(0, Piece(_number(size), ATOM))
        if len(pieces) == 1:
            return pieces[0]
        text = pieces[0].within(PRODUCT)
        for piece in pieces[1:]:
            shown = piece.within(POWER)
            # Two numbers side by side would be one.
            text += rf" \cdot {shown}" if shown[:1].isdigit() else f" {shown}"
        return Piece(text, PRODUCT)

    def _power(self, base: Term, exponent: Term | None) -> Piece:
        if exponent is None:
            return self._piece(base)
        raised = self.text(exponent)
        if base is self.to.e:
            if "e" in self.variables:
                return Piece(rf"\exp\left({raised}\right)", ATOM)
            return Piece(f"e^{{{raised}}}", POWER)
        if isinstance(exponent, Number) and exponent.value == _HALF:
            return Piece(rf"\sqrt{{{self.text(base)}}}", ATOM)
        if isinstance(base, Apply) and isinstance(exponent, Number) and _is_named(base):
            head, _, rest = self.text(base).partition(r"\left(")
            return Piece(rf"{head}^{{{raised}}}\left({rest}", POWER)
        return Piece(f"{self._piece(base).within(ATOM)}^{{{raised}}}", POWER)

    def _applied(self, term: Apply) -> Piece:
        facts = registry[term.name].facts
        arguments = [self._piece(argument) for argument in term.arguments]
        if facts.latex:
            names = zip(registry[term.name].arguments, arguments, strict=False)
            texts = dict.fromkeys(registry[term.name].statics, "0")
            texts |= {name: PYTHON.value(value) for name, value in term.params}
            texts |= {name: piece.text for name, piece in names}
            text = re.sub(r"<(\w+)>", lambda match: texts[match[1]], facts.latex)
            tight = text.endswith(("}", r"\right)", r"\right|", r"\rfloor", r"\rceil"))
            return Piece(text, ATOM if tight else CHOICE)
        if facts.symbol and len(arguments) == 2:
            x, y = (piece.within(SUM) for piece in arguments)
            return Piece(f"{x} {_SIGNS.get(facts.symbol, facts.symbol)} {y}", CHOICE)
        inside = [piece.text for piece in arguments]
        inside += [f"{name}={PYTHON.value(value)}" for name, value in term.params]
        return Piece(rf"{_head(term.name)}\left({', '.join(inside)}\right)", ATOM)


_SIGNS = {
    "<=": r"\le",
    ">=": r"\ge",
    "==": "=",
    "!=": r"\ne",
    "and": r"\land",
    "or": r"\lor",
    "%": r"\bmod",
}


_CONSTANTS = {"e": r"\exp\left(1\right)", "pi": r"\arccos\left(-1\right)"}
"""What constants are where a variable has their name."""


def _head(name: str) -> str:
    spelled = name.replace("_", r"\_")
    return rf"\operatorname{{{spelled}}}"


def _is_named(term: Apply) -> bool:
    """Return whether a function is written as a name and brackets, so that sin² is sin squared."""
    shown = registry[term.name].facts.latex
    return not shown or (shown.endswith(r"\right)") and r"\left(" in shown[1:])


def _number(value: Exact) -> str:
    text = written(value)
    size, e, exponent = text.partition("e")
    if value in (float("inf"), float("-inf")):
        return r"\infty"
    return rf"{size} \cdot 10^{{{int(exponent)}}}" if e else text
