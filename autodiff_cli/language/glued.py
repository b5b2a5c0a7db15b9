"""Names that look like something else: ``sinx``, ``2pix``, ``xy``, ``PI``, ``eˣ``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache

from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.characters import is_greek, look_alike
from autodiff_cli.language.names import CONSTANTS, functions

__all__ = ["meant", "of_power"]

_INFINITY = {"infinity": "inf", "oo": "inf"}

_WORDS = {"cost", "cosy", "sine", "sing", "sink", "sins", "since", "tang", "tank", "tans"}
_WORDS |= {"logs", "logo", "logp", "expo", "exps", "signs", "signal", "erfs", "lns", "absolute"}
_WORDS |= {"pin", "pit", "pig", "pip", "pie", "pid", "pic", "pis"}
"""Words that begin like a function or a constant, and are names for what they say."""

_LETTERS = "xyz"

MOST_LETTERS = 20


def meant(name: str, known: Collection[str], part: str | None = None) -> str | None:
    """Return the formula that a name of one variable looks like; None if it looks like none.

    Parameters
    ----------
    known
        The other names in use, of which a product may be made.
    part
        A name that has to be one of the factors; then all other single letters may be, too.
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
    if (infinity := _INFINITY.get(name.casefold())) is not None:
        return infinity
    if (found := _function(name, others) or _coefficient(name, others)) is not None:
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
    """Return the name in common letters that another one looks like: ``x`` for one in Cyrillic."""
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
    """Return a name with letters above the line as a power."""
    base = name
    while base and unicodedata.decomposition(base[-1]).startswith("<super>"):
        base = base[:-1]
    if not base or base == name:
        return None
    return f"{base}**{unicodedata.normalize('NFKC', name[len(base) :])}"


@cache
def _glued() -> re.Pattern[str]:
    """Return what matches a name with a function of one number in it, the longest first."""
    names = [
        name
        for name, operation in functions().items()
        if isinstance(operation, Elementwise)
        and operation.arity == 1
        and not operation.facts.symbol
        and name.isalnum()
        and not is_greek(name)
    ]
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"(\w??)({'|'.join(longest)})(\d*)([^\W\d].*)?", re.IGNORECASE)


def _function(name: str, known: Collection[str]) -> str | None:
    """Return a function glued to its argument, perhaps with a factor before it."""
    match = _glued().fullmatch(name)
    if match is None or (name in _WORDS and match[4] not in known):
        return None
    factor, function, digits, rest = match.groups()
    function = function.lower()
    if factor and not (_is_factor(factor, known) and rest):
        return None
    if rest is None:
        return f"{function}({digits})" if len(digits) > 1 and not factor else None
    single = re.fullmatch(r"[^\W\d_](_?\d+)?", rest) is not None
    argument = rest if single else None
    if argument is None:
        first, following = rest[0], _function(rest[1:], known)
        if following is not None and _is_factor(first, known):
            inner = f"{digits}*{first}" if digits else first
            return f"{factor + '*' if factor else ''}{function}({inner})*{following}"
        nested = None if digits else _function(rest, known)
        argument = nested or _factors(rest, known)
        if argument is None:
            return None
    whole = f"{digits}*{argument}" if digits else argument
    return f"{factor + '*' if factor else ''}{function}({whole})"


def _coefficient(name: str, known: Collection[str]) -> str | None:
    """Return a product of pi and variables: ``pix``, ``πr``, ``xpi``."""
    for pi in ("pi", "π"):
        for rest, form in (
            (name.removeprefix(pi), "{0}*{1}"),
            (name.removesuffix(pi), "{1}*{0}"),
        ):
            if rest in (name, ""):
                continue
            sure = pi == "π" and rest.isalpha() and len(rest) < 4
            single = rest in "xyzr" and len(rest) == 1
            if name in _WORDS and rest not in known:
                continue
            found = "*".join(rest) if sure or single else _factors(rest, known)
            if found is not None:
                return form.format(pi, found)
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
    """Return a text as a product of known variables, Greek letters, pi and x, y, z."""
    if text in known or is_greek(text):
        return text
    if text.isalpha() and not text.isascii() and len(text) < 4:
        return "*".join(text)
    for size in range(len(text) - 1, 0, -1):
        head, rest = text[:size], text[size:]
        if _is_factor(head, known) and (tail := _factors(rest, known)) is not None:
            return f"{head}*{tail}"
    return text if _is_factor(text, known) else None


def _is_factor(text: str, known: Collection[str]) -> bool:
    foreign = len(text) == 1 and text.isalpha() and not text.isascii()
    return text in known or text in ("pi", "π") or text in [*_LETTERS] or foreign or is_greek(text)
