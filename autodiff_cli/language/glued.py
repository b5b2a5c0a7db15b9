"""Recognize names that look like a formula: ``sinx``, ``2pix``, ``xy``, ``PI``, ``eˣ``.

A function or a constant at the beginning of a name is no evidence: ``cost``, ``logk`` and ``pin``
are names.  The evidence is that the rest of the name is a quantity itself: a name that the text
uses, a usual letter for an unknown, or a letter that does not occur in words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from functools import cache

from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.characters import is_greek, look_alike
from autodiff_cli.language.foreign_functions import base_of, logarithm
from autodiff_cli.language.names import CONSTANTS, functions, inverse_of

__all__ = ["coefficient_of", "meant", "of_power"]

_OTHER_SPELLINGS = {"infinity": "inf", "oo": "inf", "m_pi": "pi", "m_e": "e"}
"""From names of constants in other languages to the constants."""

_LETTERS = "xyz"
"""The usual letters for unknowns."""

MOST_LETTERS = 20


def meant(name: str, known: Collection[str], part: str | None = None) -> str | None:
    """Return the formula that a name of one variable looks like; None if it looks like none.

    Parameters
    ----------
    known
        The other names in use, which may be factors of a product.
    part
        A name that must be one of the factors; then every other single letter may be one, too.
    """
    if len(name) > MOST_LETTERS:
        return None
    others = {other for other in known if other != name}
    if part is None and ((alike := _alike(name)) in CONSTANTS or alike in others):
        return alike
    if "ᵀ" in name:
        return _transposed(name)
    if (plain := _raised(name)) is not None:
        return plain
    if len(name) > 1 and name not in CONSTANTS and name.casefold() in CONSTANTS:
        return name.casefold()
    if (constant := _OTHER_SPELLINGS.get(name.casefold())) is not None:
        return constant
    if (found := _function(name, others) or _coefficient(name, others)) is not None:
        return found
    if (found := _logarithm(name, others) or _of_factors(name)) is not None:
        return found
    if part is not None and re.fullmatch(r"[^\W\d_]{2,3}", name) and part in name:
        return "*".join(name) if len(part) == 1 else None
    return _product(name, others)


def of_power(name: str) -> str | None:
    """Return the product that the base of a power looks like: ``x*e`` for ``xe`` in ``xe^-x``."""
    if name == "E":
        return "e"
    return f"{name[0]}*e" if len(name) == 2 and name[1] == "e" else None


def _alike(name: str) -> str | None:
    """Return the name in common letters that another one looks like, as ``x`` for a Cyrillic х."""
    if name.isascii():
        return None
    plain = unicodedata.normalize("NFKC", name)
    return plain if plain != name else look_alike(name)


def _transposed(name: str) -> str | None:
    """Return ``xᵀAx`` as a product of matrices."""
    factors = re.findall(r"[^\W\dᵀ]ᵀ?", name)
    if "".join(factors) != name:
        return None
    return " @ ".join(factor.replace("ᵀ", ".T") for factor in factors)


def _raised(name: str) -> str | None:
    """Return a name with superscript letters as a power."""
    base = name
    while base and unicodedata.decomposition(base[-1]).startswith("<super>"):
        base = base[:-1]
    if not base or base == name:
        return None
    return f"{base}**{unicodedata.normalize('NFKC', name[len(base) :])}"


@cache
def _glued() -> re.Pattern[str]:
    """Return the pattern of a name that contains a function of one number, the longest first."""
    names = [
        name
        for name, operation in functions().items()
        if isinstance(operation, Elementwise)
        and operation.arity == 1
        and not operation.metadata.symbol
        and name.isalnum()
        and not is_greek(name)
    ]
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(\w??)({'|'.join(longest)})(\d*)([^\W\d].*)?", re.IGNORECASE)


def _function(name: str, known: Collection[str]) -> str | None:
    """Return the call of a function glued to its argument, possibly with a factor before it."""
    match = _glued().fullmatch(name)
    if match is None:
        return None
    factor, function, digits, rest = match.groups()
    function = function.lower()
    if factor and not (_is_quantity(factor, known) and rest):
        return None
    if rest is None:
        return f"{function}({digits})" if len(digits) > 1 and not factor else None
    before = f"{factor}*" if factor else ""
    coefficient = f"{digits}*" if digits else ""
    if _is_quantity(rest[0], known) and (following := _function(rest[1:], known)) is not None:
        return f"{before}{function}({coefficient}{rest[0]})*{following}"
    argument = _factors(rest, known) or (None if digits else _function(rest, known))
    if argument is None and inverse_of(function) and (is_greek(rest) or rest in [*_ANGLES]):
        # An angle, whose Greek letter may be spelled out; ``logsigma`` is the name of a parameter.
        argument = rest
    return f"{before}{function}({coefficient}{argument})" if argument else None


_ANGLES = "abcuvwABC"
"""Letters for angles that make no word and no other function of the name before them."""


def _logarithm(name: str, known: Collection[str]) -> str | None:
    """Return ``log₂x`` as a call."""
    match = re.fullmatch(r"(log[₀-₉]+)(\w+)", name)
    argument = match and _factors(match[2], known)
    base = match and base_of(match[1])
    return logarithm(argument, base) if argument and base else None


def _of_factors(name: str) -> str | None:
    """Return ``x₁x₂`` and ``αβ`` as products, and ``Σx`` as a sum."""
    indexed = re.findall(r"[^\W\d_](?:_?\d+|[₀-₉]+)", name)
    if len(indexed) > 1 and "".join(indexed) == name:
        return "*".join(indexed)
    if name[0] in "ΣΠ" and len(name) > 1:
        return f"{'sum' if name[0] == 'Σ' else 'prod'}({name[1:]})"
    return "*".join(name) if re.fullmatch(r"[α-ωħ]{2,3}", name) else None


def coefficient_of(
    name: str, names: Collection[str], defined: Collection[str], parameters: Collection[str]
) -> str | None:
    """Return ``m*x`` for ``mx`` where it is a coefficient and an unknown; None if it is a name.

    It is where the text defines ``y`` or ``f(x)`` or has several such names, as in ``ax^2 + bx``,
    and does not use the unknown otherwise; ``vx`` beside ``vy`` is a component.  A usual letter
    for a coefficient needs no ``y``: any quantity of one letter may be defined, as in ``F = -kx``.

    Parameters
    ----------
    names
        The names of the variables that the text uses.
    defined
        The names that it defines.
    parameters
        The parameters of the functions that it defines.
    """
    if not _COEFFICIENT.fullmatch(name) or name[1] in names or name[1] in defined:
        return None
    alike = [other for other in names if other != name and _COEFFICIENT.fullmatch(other)]
    if any(other[0] == name[0] for other in alike):
        return None
    is_usual = name[0] in "abckmn" and any(len(other) == 1 for other in defined)
    is_graph = name[1] == "x" and "y" in defined
    is_meant = alike or name[1] in parameters or is_graph or is_usual
    return "*".join(name) if is_meant else None


_COEFFICIENT = re.compile(rf"[a-ceA-Zf-z][{_LETTERS}]")


def _coefficient(name: str, known: Collection[str]) -> str | None:
    """Return a product of a constant and variables: ``pix``, ``πr``, ``taux``, ``xpi``."""
    for constant, value in CONSTANTS.items():
        # ``xinf`` is an ordinary name, and any name may begin or end with ``e``.
        pairs = [(name.removeprefix(constant), "{0}*{1}")]
        pairs += [(name.removesuffix(constant), "{1}*{0}")] * (value == math.pi)
        for rest, form in pairs if constant != "e" else ():
            if rest in (name, ""):
                continue
            letters = constant == "π" and rest.isalpha() and len(rest) < 4
            found = "*".join(rest) if letters else _factors(rest, known)
            if found is not None:
                return form.format(constant, found)
    return None


def _product(name: str, known: Collection[str]) -> str | None:
    """Return a product of known variables of one letter each: ``xy``."""
    letters = re.fullmatch(r"[^\W\d_]{2,4}", name) is not None
    if (
        letters
        and name[0] not in "d∂"
        and all(letter in known or letter in _LETTERS for letter in name)
    ):
        return "*".join(name) if any(letter in known for letter in name) else None
    return None


def _factors(text: str, known: Collection[str]) -> str | None:
    """Return a text as a product of quantities."""
    if _is_quantity(text, known):
        return text
    if text.isalpha() and not text.isascii() and len(text) < 4:
        return "*".join(text)
    for size in range(len(text) - 1, 0, -1):
        head, rest = text[:size], text[size:]
        if _is_quantity(head, known) and (tail := _factors(rest, known)) is not None:
            return f"{head}*{tail}"
    return None


def _is_quantity(text: str, known: Collection[str]) -> bool:
    """Return whether a part of a name is a quantity itself."""
    if text in known or (text in CONSTANTS and text != "e"):
        return True
    if len(text) == 1 and not text.isascii():
        return text.isalpha()
    return re.fullmatch(rf"[{_LETTERS}](_?\d+)?", text) is not None
