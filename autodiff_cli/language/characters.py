"""Characters of other scripts and LaTeX commands, and their equivalents in the language."""

from __future__ import annotations

import re
import unicodedata

from autodiff_cli.language.names import CONSTANTS, function

__all__ = ["is_greek", "latex", "look_alike", "spoken"]


def latex(text: str, command: str) -> str | None:
    """Return what to write for a LaTeX command at the beginning of a text."""
    braces = r"\s*\{([^{}]*)\}"
    if command in ("frac", "dfrac", "tfrac") and (
        match := re.match(rf"\\\w+{braces}{braces}", text)
    ):
        if re.match(r"\s*(d|\\partial)", match[1]) and re.match(r"\s*(d|\\partial)", match[2]):
            return "a derivative is what `adiff grad` gives; it is not written in the expression"
        return f"this is not LaTeX: write `({match[1]})/({match[2]})`"
    if match := re.match(rf"\\\w+{braces}", text):
        argument = match[1]
    elif match := re.match(r"\\\w+\s*\(([^()]*)\)|\\\w+\s+(\w+)", text):
        argument = match[1] or match[2]
    else:
        argument = "x"
    if function(command) is not None:
        return f"this is not LaTeX: write `{command}({argument})`"
    sign = {"cdot": "*", "times": "*", "div": "/", "le": "<=", "leq": "<=", "ge": ">="}.get(command)
    sign = sign or {"geq": ">=", "ne": "!=", "neq": "!=", "infty": "inf"}.get(command)
    if sign or len(command) < 2 or command in ("left", "right"):
        return f"this is not LaTeX: write `{sign}`" if sign else "this is not LaTeX: leave it out"
    if command in CONSTANTS or is_greek(command):
        return f"this is not LaTeX: write `{command}`"
    return None


def is_greek(name: str) -> bool:
    """Return whether a name is the name of a Greek letter."""
    try:
        unicodedata.lookup(f"GREEK SMALL LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return False
    return True


# Letters of Cyrillic and Greek come first, then other signs.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԛԝАВЕКМНОРСТХІЈЅαορτυνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ–—‐‑⁃∗✕✖•∙∕⁄﹢",
    "aeopcyxijshqwABEKMHOPCTXIJSaoptuvABEZHIKMNOPTYX-----*****//+",
)


def look_alike(text: str) -> str | None:
    """Return the plain text that a text of other characters looks like; None if there is none."""
    plain = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES)
    return plain if plain != text and plain.isascii() and plain.strip() else None


def spoken(character: str) -> str:
    """Return the name of a character for a message."""
    if not character.isprintable() or character.isspace():
        return f"the character U+{ord(character):04X}"
    if ord(character) > 126:
        return f"`{character}` ({unicodedata.name(character, 'unnamed').lower()})"
    return f"`{character}`"
