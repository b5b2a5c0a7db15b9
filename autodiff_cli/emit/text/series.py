"""Render Taylor polynomials, and series with other exponents, in the language or in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from autodiff_cli.emit.precedence import signed_sum
from autodiff_cli.language.format import number

__all__ = ["Term", "series_latex", "series_text"]

Term: TypeAlias = tuple[Fraction | int, float | str | Fraction]
"""A term of a series: an exponent and its coefficient."""


def series_text(
    terms: Sequence[Term],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    remainder: Fraction | int | None = None,
    from_left: bool = False,
) -> str:
    """Return a series in ``name - center`` as an expression that adiff can parse.

    Parameters
    ----------
    terms
        The exponents with their coefficients; coefficients that are 0 are omitted.
    digits
        The number of significant digits; all of them if not given.
    remainder
        The order of the remainder to append, which adiff cannot parse; None for no remainder.
    from_left
        Whether the series is in ``center - name``.
    """
    base = _base(name, center, digits, from_left)
    rest = "" if remainder is None else f" + O({_power(base, remainder)})"
    written = []
    for k, c in terms:
        text, power = _text(c, digits), _power(base, k)
        if text.lstrip("-") != "0":
            written.append(
                {"1": power, "-1": f"-{power}"}.get(text, f"{text}*{power}") if k else text
            )
    return _sum_of(written) + rest


def series_latex(
    terms: Sequence[Term],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    remainder: Fraction | int | None = None,
    from_left: bool = False,
) -> str:
    """Return a series in ``name - center``, with the order of the remainder, in LaTeX."""
    distance = _latex(_text(_magnitude(center), digits)) if center else ""
    if from_left:
        shown = rf"\left({distance} - {name}\right)" if center > 0 else rf"\left(-{name}\right)"
        shown = rf"\left(-{distance} - {name}\right)" if center < 0 else shown
    else:
        sign = "+" if center < 0 else "-"
        shown = rf"\left({name} {sign} {distance}\right)" if center else name

    def power(k: Fraction | int) -> str:
        return shown if k == 1 else f"{shown}^{{{k}}}"

    written = []
    for k, c in terms:
        text = _latex(_text(c, digits))
        if text.lstrip("-") != "0":
            written.append({"1": power(k), "-1": f"-{power(k)}"}.get(text, f"{text} {power(k)}"))
            if not k:
                written[-1] = text
    return _sum_of(written) + ("" if remainder is None else rf" + O\left({power(remainder)}\right)")


def _text(c: float | str | Fraction, digits: int | None) -> str:
    return str(c) if isinstance(c, Fraction) else number(c, digits)


def _latex(text: str) -> str:
    if "/" in text:
        sign = "-" if text.startswith("-") else ""
        return sign + r"\frac{{{}}}{{{}}}".format(*text.lstrip("-").split("/"))
    mantissa, _, exponent = text.partition("e")
    if text.removeprefix("-") in ("inf", "nan"):
        return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text


def _base(name: str, center: float | Fraction, digits: int | None, from_left: bool) -> str:
    if from_left:
        return f"({_text(center, digits)} - {name})" if center else f"(-{name})"
    if center == 0:
        return name
    return f"({name} {'+' if center < 0 else '-'} {_text(_magnitude(center), digits)})"


def _magnitude(x: float | Fraction) -> float | Fraction:
    return -x if x < 0 else x


def _power(base: str, k: Fraction | int) -> str:
    if k == 1:
        return base
    return f"{base}**{k}" if Fraction(k).denominator == 1 else f"{base}**({k})"


def _sum_of(terms: Sequence[str]) -> str:
    """Return the text of a sum of signed terms."""
    return signed_sum((term.startswith("-"), term.removeprefix("-")) for term in terms) or "0"
