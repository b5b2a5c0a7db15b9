"""Render a Taylor polynomial as text, in the language or in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from autodiff_cli.language.format import number

__all__ = ["series_latex", "series_text"]


def series_text(
    coefficients: Sequence[float],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    remainder: bool = False,
    exact: Sequence[Fraction | None] | None = None,
) -> str:
    """Return a polynomial in ``name - center`` as an expression that adiff can parse.

    Parameters
    ----------
    coefficients
        The coefficients, constant term first; those that are 0 are omitted.
    digits
        The number of significant digits; all of them if not given.
    remainder
        Whether to append the order of the remainder, which adiff cannot parse.
    exact
        The coefficients as fractions, with None for each that is not known to be rational.
    """
    base = _base(name, center, digits)
    rest = f" + O({_power(base, len(coefficients))})" if remainder else ""
    terms = []
    for k, c in enumerate(_best(coefficients, exact)):
        text, power = _text(c, digits), _power(base, k)
        if text.lstrip("-") != "0":
            terms.append(
                {"1": power, "-1": f"-{power}"}.get(text, f"{text}*{power}") if k else text
            )
    return _joined(terms) + rest


def series_latex(
    coefficients: Sequence[float],
    name: str,
    center: float | Fraction,
    digits: int | None = None,
    exact: Sequence[Fraction | None] | None = None,
) -> str:
    """Return a polynomial in ``name - center`` and the order of the remainder, in LaTeX."""
    sign = "+" if center < 0 else "-"
    shown = (
        rf"\left({name} {sign} {_latex(_text(_magnitude(center), digits))}\right)"
        if center
        else name
    )

    def power(k: int) -> str:
        return shown if k == 1 else f"{shown}^{{{k}}}"

    terms = []
    for k, c in enumerate(_best(coefficients, exact)):
        text = _latex(_text(c, digits))
        if text.lstrip("-") != "0":
            terms.append({"1": power(k), "-1": f"-{power(k)}"}.get(text, f"{text} {power(k)}"))
            if not k:
                terms[-1] = text
    return _joined(terms) + rf" + O\left({power(len(coefficients))}\right)"


def _best(
    coefficients: Sequence[float], exact: Sequence[Fraction | None] | None
) -> list[float | Fraction]:
    """Return the coefficients, each as a fraction if it is known to be rational."""
    known = exact or [None] * len(coefficients)
    return [c if f is None else f for c, f in zip(coefficients, known, strict=True)]


def _text(c: float | Fraction, digits: int | None) -> str:
    return str(c) if isinstance(c, Fraction) else number(c, digits)


def _latex(text: str) -> str:
    if "/" in text:
        sign = "-" if text.startswith("-") else ""
        return sign + r"\frac{{{}}}{{{}}}".format(*text.lstrip("-").split("/"))
    mantissa, _, exponent = text.partition("e")
    if text.removeprefix("-") in ("inf", "nan"):
        return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text


def _base(name: str, center: float | Fraction, digits: int | None) -> str:
    if center == 0:
        return name
    return f"({name} {'+' if center < 0 else '-'} {_text(_magnitude(center), digits)})"


def _magnitude(x: float | Fraction) -> float | Fraction:
    return -x if x < 0 else x


def _power(base: str, k: int) -> str:
    return base if k == 1 else f"{base}**{k}"


def _joined(terms: Sequence[str]) -> str:
    """Return the text of a sum of signed terms."""
    if not terms:
        return "0"
    signed = [f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:]]
    return terms[0] + "".join(signed)
