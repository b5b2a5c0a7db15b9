"""Taylor polynomials, and series with other exponents, as text: in the language, or in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from autodiff_cli.language.format import number

__all__ = ["Term", "series_latex", "series_text"]

Term: TypeAlias = tuple[Fraction | int, float | str | Fraction]
"""An exponent and its coefficient."""


def series_text(
    terms: Sequence[Term],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    remainder: Fraction | int | None = None,
    from_left: bool = False,
) -> str:
    """Return a series in ``name - center`` as an expression that adiff reads.

    Parameters
    ----------
    terms
        Exponents with coefficients; those that are 0 are left out.
    digits
        Significant digits; all of them if not given.
    remainder
        Of which order the rest is, which is for people only.
    from_left
        Whether it is in ``center - name``.
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
    return _joined(written) + rest


def series_latex(
    terms: Sequence[Term],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    remainder: Fraction | int | None = None,
    from_left: bool = False,
) -> str:
    """Return a series in ``name - center`` and the order of the rest, in LaTeX."""
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
    return _joined(written) + ("" if remainder is None else rf" + O\left({power(remainder)}\right)")


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


def _joined(terms: Sequence[str]) -> str:
    """Return a sum, its terms with the signs they have."""
    if not terms:
        return "0"
    signed = [f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:]]
    return terms[0] + "".join(signed)
