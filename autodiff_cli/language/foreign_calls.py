"""Translate calls in the notation of other languages into that of this language."""

from __future__ import annotations

import re

from autodiff_cli.language.foreign_functions import (
    base_of,
    command_of,
    formula_of,
    is_not_there,
    logarithm,
    misused_function,
    split_arguments,
)
from autodiff_cli.language.names import CONSTANTS, function
from autodiff_cli.language.operands import closing_at, operand_start, without_brackets

__all__ = ["MODULES", "UnknownNotationError", "with_plain_calls", "with_plain_keywords"]

MODULES = [
    "np",
    "numpy",
    "jnp",
    "math",
    "Math",
    "cmath",
    "scipy",
    "sp",
    "special",
    "sympy",
    "mpmath",
    "mp",
    "torch",
    "nn",
    "F",
    "tf",
    "K",
    "std",
    "functional",
    "linalg",
    "jax",
    "Tensor",
    "cupy",
    "cp",
]
"""The modules and objects by which other languages call functions."""


_MODULE = re.compile(rf"(?<![\w.])(?:(?:{'|'.join(MODULES)})\s*(?:\.|::)\s*)+(?=[^\W\d])")

_NAME = re.compile(r"(?<![^\W\d])(?<![_.])[^\W\d][\w₀-₉ₐ-ₜ]*[\[(]")
"""The name of a called function, with the opening bracket after it."""


class UnknownNotationError(Exception):
    """A line is in a known notation, but has no equivalent in the language."""


def with_plain_calls(text: str) -> str:
    """Return a text in which functions are called by their plain names and with round brackets.

    Raises
    ------
    UnknownNotationError
        If it calls something that has no equivalent in the language.
    """
    return _with_calls(_with_calls_of_methods(_without_modules(text)))


def _without_modules(text: str) -> str:
    """Return a text without the modules of its functions and the types of its numbers."""
    return re.sub(r"(?<=\d\.)(\d*)[fF]\b(?!\()", r"\1", _MODULE.sub("", text))


def _with_calls_of_methods(text: str) -> str:
    """Return ``x.sin()`` as ``sin(x)``."""
    text = re.sub(r"\.(?:t|T|transpose)\(\)", ".T", text)
    while match := re.search(r"\.([^\W\d]\w*)\s*\(", text):
        start, closing = operand_start(text, match.start()), closing_at(text, match.end() - 1)
        owner = text[start : match.start()]
        if closing is None or not owner:
            return text
        inside = text[match.end() : closing].strip()
        arguments = ", ".join(filter(None, [without_brackets(owner), inside]))
        text = f"{text[:start]}{match[1]}({arguments}){text[closing + 1 :]}"
    return text


def with_plain_keywords(arguments: str) -> str:
    """Return the arguments of a call with the names that they have here."""
    return re.sub(r"\bkeepdim\s*=", "keepdims=", re.sub(r"\bdim\s*=", "axis=", arguments))


def _with_calls(text: str) -> str:
    """Return a text with calls of foreign functions replaced by those of the language."""
    out, position = "", 0
    while match := re.compile(r"(?<![^\W\d])(?<![_.])[^\W\d][\w₀-₉ₐ-ₜ]*[\[(]").search(
        text, position
    ):
        opening = match.end() - 1
        closing = closing_at(text, opening)
        if closing is None:
            break
        name, inside = match[0][:-1], text[opening + 1 : closing]
        out += text[position : match.start()]
        position = closing + 1
        index = ""
        if text[opening] == "[" and text[position : position + 1] == "(":
            # The base may be between the function and its argument: log[2](x).
            behind = closing_at(text, position)
            if behind is not None and name.lower() == "log":
                name, index = "log", inside.strip()
                inside, position = text[position + 1 : behind], behind + 1
        elif text[opening] == "[" and not name[0].isupper() and not _is_argument(name, inside):
            out += f"{name}[{_with_calls(inside)}]"
            continue
        inside = with_plain_keywords(inside)
        arguments = [_with_calls(part) for part in _arguments(name, inside)]
        written = _call(name, [index, *arguments] if index else arguments, bool(index))
        if written is None:
            bracket = text[opening] + text[closing]
            written = f"{name}{bracket[0]}{', '.join(arguments)}{bracket[1]}"
        whole = not out.strip() and not text[position:].strip()
        out += written if whole or re.fullmatch(r"\w+(\(.*\))?", written) else f"({written})"
    return out + text[position:]


def _is_argument(name: str, inside: str) -> bool:
    """Return whether square brackets contain an argument, as in ``sin[x]``, and not an index."""
    return function(name) is not None and re.fullmatch(r"[\s\d:,-]*", inside) is None


def _arguments(name: str, inside: str) -> list[str]:
    """Return the arguments of a call, which may be separated by ``;`` and have decimal commas."""
    if len(split_arguments(inside, ";")) > 1:
        decimal = re.sub(r"(?<=\d),(?=\d)", ".", inside)
        return [part.strip() for part in split_arguments(decimal, ";")]
    parts = split_arguments(inside)
    operation = function(name.lower())
    unary = operation is not None and operation.arity == 1 and not operation.statics
    if unary and len(parts) == 2 and re.search(r"\d,\d", inside) and name.lower() not in _BASES:
        return [re.sub(r"(?<=\d),(?=\d)", ".", inside).strip()]
    return parts


_BASES = ("log", "ln", "sqrt", "round", "atan", "arctan")
"""The functions that take a second argument in other languages."""


def _call(name: str, arguments: list[str], base_first: bool) -> str | None:
    """Return a call in the language; None if there is neither such a function nor a formula."""
    plain = name if function(name) else name.lower()
    capital = name[0].isupper()
    if command_of(name, arguments) is not None:
        return None
    over_a_range = len(arguments) > 1 and re.match(r"\[\s*[^\W\d]\w*\s*,", arguments[1])
    if is_not_there(name):
        raise UnknownNotationError
    if capital and over_a_range and plain in ("sum", "product", "prod"):
        return _over_a_range(plain, arguments)
    if plain in ("log", "ln") and len(arguments) == 2:
        turned = base_first or (capital and not name.isupper())
        x, base = arguments[::-1] if turned else arguments
        return logarithm(x, re.sub(r"^base\s*=\s*", "", base))
    if (named := base_of(name)) is not None:
        return logarithm(arguments[0], named) if len(arguments) == 1 else None
    if name == "Round" and len(arguments) == 2:
        # Mathematica rounds to multiples of the second argument.
        x, unit = (a if re.fullmatch(r"[\w.]+", a) else f"({a})" for a in arguments)
        return f"round({x}/{unit})*{unit}"
    if plain == "round" and len(arguments) == 2:
        places = re.sub(r"^\w+\s*=\s*", "", arguments[1])
        return f"round({arguments[0]}*10**{places})/10**{places}"
    if plain in ("arctan", "atan") and len(arguments) == 2:
        # Mathematica takes the abscissa first.
        y, x = arguments if not capital else arguments[::-1]
        return f"atan2({y}, {x})"
    if not arguments and plain in CONSTANTS:
        return plain
    if name == "Which" or plain == "piecewise":
        return _choices(arguments)
    if (operation := function(plain)) is not None:
        last = arguments[-1:] and re.fullmatch(r"\[(.*)\]", arguments[-1])
        if last and operation.arity > 1 and len(arguments) == 2:
            # The bounds of Mathematica's Clip are a list.
            arguments = [arguments[0], *split_arguments(last[1])]
        if operation.name == "norm" and (said := misused_function(plain, arguments)):
            return said.partition("`")[2].rstrip("`")
        several = len(arguments) > 1 and operation.arity == 1 and operation.pairwise is None
        if several and operation.statics and not re.fullmatch(r"(\w+\s*=)?.*[\d\]]", arguments[1]):
            return f"{plain}([{', '.join(arguments)}])"
        return f"{plain}({', '.join(arguments)})"
    if name[1:].isalpha() and function(name[1:]) and name[0] in "xyzt" and arguments:
        return f"{name[0]}*{name[1:]}({', '.join(arguments)})"
    if plain[-1:] in ("f", "l") and function(plain[:-1]) and name.islower():
        # C has a function for each type of numbers.
        return f"{plain[:-1]}({', '.join(arguments)})"
    return formula_of(name, arguments, complete=True)


MOST_TERMS = 12
"""The most terms of a sum over a range that are written out."""


def _over_a_range(plain: str, arguments: list[str]) -> str:
    """Return ``Sum[x^k, {k, 1, 3}]`` written out: the sum, or the product, of a vector."""
    bounds = re.fullmatch(r"\[\s*(\w+)\s*(?:,\s*(-?\d+)\s*)?,\s*(-?\d+)\s*\]", arguments[1])
    if bounds is None or len(arguments) != 2:
        raise UnknownNotationError
    name, first, last = bounds[1], int(bounds[2] or 1), int(bounds[3])
    if not 0 <= last - first < MOST_TERMS:
        raise UnknownNotationError
    numbers = (f"({k})" if k < 0 else str(k) for k in range(first, last + 1))
    terms = (re.sub(rf"\b{name}\b", number, arguments[0]) for number in numbers)
    return f"{'sum' if plain == 'sum' else 'prod'}([{', '.join(terms)}])"


def _choices(arguments: list[str]) -> str | None:
    """Return a choice between several values, as nested choices between two.

    Parameters
    ----------
    arguments
        Conditions and values in turn, or a list of pairs of a value and a condition; then what
        holds otherwise, if that is given.
    """
    pairs: list[tuple[str, str]] = []
    otherwise = ""
    if arguments and (rows := re.fullmatch(r"\[(\s*\[.*\])\s*\]", arguments[0])):
        for row in split_arguments(rows[1]):
            parts = split_arguments(row[1:-1])
            if len(parts) != 2:
                return None
            pairs.append((parts[1], parts[0]))
        otherwise = (arguments[1:] or ["0"])[0]
    else:
        pairs = list(zip(arguments[::2], arguments[1::2], strict=False))
        otherwise = arguments[-1] if len(arguments) % 2 else ""
    if pairs and pairs[-1][0] in ("True", "1", "otherwise"):
        otherwise = pairs.pop()[1]
    if not pairs or not otherwise:
        return None
    for condition, value in reversed(pairs):
        otherwise = f"where({condition}, {value}, {otherwise})"
    return otherwise
