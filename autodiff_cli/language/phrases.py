"""Translate expressions and questions in English into expressions and commands."""

from __future__ import annotations

import re

from autodiff_cli.language.foreign_functions import command_of
from autodiff_cli.language.names import functions

__all__ = ["asked", "in_signs"]

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

_WORDS = {
    r"\bthe\s+(?=\w+ (root|log|value|sine|cosine|tangent)\b)": "",
    r"\bthe\s+(?=(?:root|sine|cosine|tangent|logarithm)\b)": "",
    r"\bcube root\s+of\s+": "cbrt ",
    r"\b(?:square root|root|sqrt)\s+of\s+": "sqrt ",
    r"\bnatural log(?:arithm)?\s+of\s+": "log ",
    r"\blog(?:arithm)?\s+base\s+(\w+)\s+of\s+(\w+|\([^()]*\))": r"log(\2)/log(\1)",
    r"\babsolute value\s+of\s+": "abs ",
    r"\b(?:inverse|arc)\s+(sin|cos|tan)(?:e|ine|gent)?\s+(?:of\s+)?": r"a\1 ",
    r"\bhyperbolic\s+(sin|cos|tan)(?:e|ine|gent)?\s+(?:of\s+)?": r"\1h ",
    r"\b(sin|cos|tan)(?:e|ine|gent)\s+(?:of\s+)?": r"\1 ",
    r"\bsum\s+of\s+(\w+)\s+and\s+(\w+)\b": r"(\1 + \2)",
    r"\bproduct\s+of\s+(\w+)\s+and\s+(\w+)\b": r"(\1*\2)",
    r"\b(\w+)\s+of\s+(\w+)\s+and\s+(\w+)\b": r"\1(\2, \3)",
    r"\b(\d+(?:\.\d+)?)\s*(?:%|percent)\s+of\s+": r"\1/100*",
    r"\blogarithm\s+of\s+": "log ",
    r"\s+squared\b": "^2",
    r"\s+cubed\b": "^3",
    r"\s+(?:raised\s+)?to\s+the\s+power\s+(?:of\s+)?": "^",
    r"\s+raised\s+to\s+(?!the\b)": "^",
    r"\s+to\s+the\s+(\d+)(?:st|nd|rd|th)?(?:\s+power)?\b": r"^\1",
    r"\s+to\s+the\s+(?:minus\s+|[-−]\s*)(\w+)\b": r"^(-\1)",
    r"\s+to\s+the\s+(\w)\b": r"^\1",
    r"\s+to\s+the\s+(\d\w)\b": r"^(\1)",
    r"\s+to\s+the\s+(?=\()": "^",
    r"^half\s+(?:of\s+)?(?=\w)": "1/2*",
    r"^(?:twice|double)\s+(?=\w)": "2*",
    r"\b(\w+)\s+choose\s+(\w+)\b": r"gamma(\1 + 1)/(gamma(\2 + 1)*gamma(\1 - \2 + 1))",
    **{rf"(?<=[a-z] ){word}\b|^{word}(?= )": str(k) for k, word in enumerate(_NUMBERS, 1)},
    r"\s+(?:divided\s+by|over)\s+": "/",
    r"\s+(?:multiplied\s+by|times)\s+": "*",
    r"\s+plus\s+": " + ",
    r"\s+minus\s+": " - ",
    r"\s+(?:mod|modulo|rem)\s+(?=\w+$|\([^()]*\)$)": " % ",
}
"""From English phrases for operations, as regular expressions, to operators and functions."""

_ORDERS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "2nd": 2, "3rd": 3, "4th": 4}

_QUESTION = re.compile(
    r"(?:(?:what|find|compute|calculate|is|the|a)\s+)*"
    rf"(?:(?P<order>{'|'.join(_ORDERS)}|first|1st)\s+)?(?:partial\s+)?(?:order\s+)?"
    r"(?P<what>derivative|deriv|gradient|grad|slope|hessian|jacobian|taylor\s+series|series|value)(?:\s+of)?\s+"
    r"(?P<expression>.+)"
)
_ORDER = re.compile(
    r"(?:adiff\s+)?(?P<what>differentiate|derive|diff|grad|hessian|jacobian|taylor|eval)\s+"
)

_AND = r"\s*(?:,|\band\b)\s*"

_BY = re.compile(rf"\s+(?:with\s+respect\s+to|w\.?r\.?t\.?|by|in)\s+(?P<names>\w+(?:{_AND}\w+)*)$")

_PLACE = r"\w+\s*=\s*-?[\w./]+"

_AT = re.compile(
    rf"\s+(?:evaluated\s+)?(?:at|for|when|where|if|with)\s+(?P<place>{_PLACE}(?:{_AND}{_PLACE})*)$"
)

_REPLACED = re.compile(r"\s*(?:/\.|\|(?:_)?)\s*\{?\s*(\w+)\s*(?:->|→|=)\s*(-?[\w./]+)\s*\}?$")
"""A value given after an expression: ``/. x -> 3``, ``|_{x=3}``."""

_FRACTION = re.compile(
    r"^\\[dt]?frac\s*\{\s*(?:d|\\partial)(?:\s*\^\s*\{?(\d)\}?)?\s*\}"
    r"\s*\{\s*(?:d|\\partial)\s*(\w)(?:\s*\^\s*\{?\d\}?)?\s*\}\s*"
)
"""The operator of a derivative in LaTeX."""

_OPERATOR = re.compile(
    r"(?:d|∂)(?:\^?(?P<order>\d|²|³))?\s*/\s*(?:d|∂)(?P<name>[^\W\d²³])(?:\^?[\d²³])?\s*(?:of\s+)?"
    r"(?P<expression>.+)"
)

_POWERS = str.maketrans("²³", "23")


def in_signs(text: str) -> str:
    """Return a text with operators for words: ``x squared plus 1`` as ``x^2 + 1``."""
    if not re.search(r"[a-z]{2} |\w [a-z]{2}", text):
        return text
    for words, written in _WORDS.items():
        # The whole sum before it may be intended.
        of_sum = "%" in written and re.search(r"[+\-<>=](?![^()]*\))", text[1:])
        text = text if of_sum else re.sub(words, written, text)
    names = "|".join(name for name in functions() if name.isalpha())
    return re.sub(rf"\b({names})\s+of\s+", r"\1 ", text)


def asked(text: str) -> tuple[str, str, str] | None:
    """Return the command that a text asks for, its expression, and its options.

    None if the text asks for no command.
    """
    text = _REPLACED.sub(r" at \1=\2", text.strip().rstrip("?."))
    options: list[str] = []
    command = None
    text = _FRACTION.sub(r"d^\1/d\2 ", text).replace("d^/", "d/")
    if match := _AT.search(text) or _AT.search(_BY.sub("", text)):
        options += [f"--at {''.join(place.split())}" for place in re.split(_AND, match["place"])]
        by = _BY.search(text)
        text = text[: match.start()] + (by[0] if by and by.start() >= match.end() else "")
        command = "grad"
    if match := _BY.search(text):
        names = ",".join(re.split(_AND, match["names"]))
        options.insert(0, f"--wrt {names}")
        text, command = text[: match.start()], "grad"
    text = re.sub(r"^\(?([d∂]/[d∂]\w)\)?\s*", r"\1 ", text)
    text = re.sub(r"^[d∂]\s*(\(.*\))\s*/\s*[d∂](\w)$", r"d/d\2 \1", text)
    if match := _QUESTION.fullmatch(text) or _OPERATOR.fullmatch(text):
        known = match.groupdict()
        what = str(known.get("what") or "derivative").split()[0]
        command = {"value": "eval", "slope": "grad"}.get(what) or _command(what)
        if known.get("name"):
            options.insert(0, f"--wrt {known['name']}")
        order = _ORDERS.get(known["order"] or "") or str(known["order"] or "").translate(_POWERS)
        if str(order).isdigit() and str(order) != "1":
            options.append(f"--order {order}")
        text = match["expression"]
    elif (match := _ORDER.match(text)) and not text[match.end() :].startswith(("=", "+", "*")):
        command, text = _command(match["what"]), text[match.end() :]
    if command is None:
        return None
    return command, text.strip(), " ".join(options)


def _command(word: str) -> str:
    return str(command_of(word, ["x"])).split()[1]
