"""Translate operators, calls and definitions of other notations into those of the language.

Each step takes a whole line and returns it with one kind of notation replaced; it leaves the rest
unchanged.  The caller has to check whether the result can be parsed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from autodiff_cli.language.characters import look_alike
from autodiff_cli.language.foreign_calls import UnknownNotationError, with_plain_calls
from autodiff_cli.language.names import function
from autodiff_cli.language.operands import operand_end, operand_start, without_brackets

__all__ = ["translated"]

_FRACTIONS = "¼-¾⅐-⅞"

_QUOTES = ('""', "''", "``", "“”", "‘’", "«»", "„“", "$$")

_SIGNS: dict[str, str | Callable[[re.Match[str]], str]] = {
    r"\.(?=\s*[\^*/])": "",
    r"<>|~=|!==": "!=",
    r"===|≈|≡": "==",
    r"=<": "<=",
    r"\s*(?:&&?|∧)\s*": " and ",
    r"\s*∨\s*": " or ",
    r"¬": "not ",
    r"\^\^": "^",
    r":=": "=",
    r"↑": "^",
    r"(\d+(?:\.\d+)?)\s*%(?=\s*(?:[*+)\-]|$))": r"(\1/100)",
    r"(?<![\w)\]])%(pi|e|inf)\b": r"\1",
    r"(?<!\w)(?:Pi|PI|M_PI)(?!\w)": "pi",
    r"(?<!\w)(?:Infinity|Inf|oo)(?!\w)": "inf",
    r"\blog_(2|10)\b(?!\()": r"log\1",
    r"(?<![\w.)\]])!\s*(?=[\w(])": "not ",
    r"(?<![\w.])\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?!\w)": lambda m: re.sub(r"\D", "_", m[0]),
    r"(?<![\w.])\d{1,3}(?:\.\d{3}){2,}(?![\w.])": lambda m: m[0].replace(".", "_"),
    r"(?<!\w)E\s*(?=\^|\*\*)": "e",
    r"\bsgn\s+(?=\w)": "sign ",
    r"(?<![\^/*])π(?=[^\W\d_])": "π*",
    r"%\*%": " @ ",
    r"%%": " % ",
    r"\$([A-Z]{1,2})\$?(?=\d)": r"\1",
    r"\b([A-Z]+)(\d+):\1(\d+)\b": lambda m: f"[{', '.join(_cells(*m.groups()))}]",
    r"\blog₂": "log2",
    r"\blog₁₀": "log10",
    r"\[\s*(-?[\d.]+(?:\s+-?[\d.]+)+)\s*\]": lambda m: f"[{', '.join(m[1].split())}]",
}
"""From operators and constants of other languages, as regular expressions, to the ones here."""

_PARAMETERS = r"\(?\s*(?P<parameters>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*\)?"

_FUNCTIONS = (
    rf"(?:(?P<name>\w+)\s*:?=\s*)?@\s*{_PARAMETERS}\s*(?P<body>.+)",
    rf"(?:(?P<name>\w+)\s*(?:<-|=)\s*)?(?:\\|function\s*)\({_PARAMETERS[:-3]}\)\s*(?P<body>.+)",
    rf"(?:(?P<name>\w+)\s*:?=\s*)?(?:\\|lambda\s+|λ\s*|fun\s+){_PARAMETERS}\s*(?::|->|\.)\s*(?P<body>.+)",
    rf"(?:(?P<name>\w+)\s*:?=\s*)?{_PARAMETERS}\s*(?:->|=>|→|↦|\|->)\s*(?P<body>.+)",
    rf"(?P<name>\w+)\s*:?\s*{_PARAMETERS}\s*(?:->|=>|→|↦)\s*(?P<body>.+)",
    r"(?P<name>\w+)\((?P<parameters>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\)\s*:\s*(?P<body>[^=].*)",
    rf"def\s+(?P<name>\w+)\s*{_PARAMETERS}\s*:\s*return\s+(?P<body>.+)",
    r"(?P<name>\w+)\[(?P<parameters>[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\]\s*:?=(?!=)\s*(?P<body>.+)",
)
"""Definitions of functions in other languages; each pattern matches a whole line."""

_KEYWORDS = (
    r"^return\s+|^(?:let|var|const|val|auto|double|float|real)\s+(?=\w+\s*(?:\([^()]*\))?\s*=)"
)
"""Keywords before a result or a definition in other languages."""

_PAIRS = {"⟨": ("⟩", "dot"), "⌊": ("⌋", "floor"), "⌈": ("⌉", "ceil")}


def translated(line: str) -> str:
    """Return a line with all known foreign notation replaced by that of the language."""
    steps: tuple[Callable[[str], str], ...] = (
        _decimal_commas,
        _unwrapped,
        _plain_characters,
        _definition,
        _applications,
        _transposes,
        _indices,
        _signs,
        _operators,
        with_plain_calls,
    )
    for step in steps:
        line = step(line)
    return line.strip()


# --- characters -----------------------------------------------------------------------------------


def _decimal_commas(text: str) -> str:
    """Return a text with decimal points for commas, if no comma can be a separator."""
    tight = r"(?<![\w.,])(\d+),(\d+)(?![\d,])"
    grouped = re.compile(r"(?<![\w)\]])\([^()]*\)")
    if grouped.fullmatch(text) is None:
        text = grouped.sub(lambda match: re.sub(tight, r"\1.\2", match[0]), text)
    if match := re.match(r"=|\w+\([\w, ]*\)\s*=(?!=)", text):
        # A spreadsheet cell and the body of a definition are one value each.
        text = match[0] + re.sub(tight + r"(?![^(]*\))", r"\1.\2", text[match.end() :])
    return text


def _unwrapped(text: str) -> str:
    """Return a text without enclosing quotes, and without signs of other tools at its ends."""
    before = None
    while text != before:
        before = text
        text = re.sub(r"^=\s*|\s*[;,$]+$|(?<=[^\W\d])\.$|(?<=[)\]])\.$", "", text.strip())
        if len(text) > 2 and text[0] + text[-1] in _QUOTES:
            text = text[1:-1]
    return text


def _plain_characters(text: str) -> str:
    """Return a text with Unicode fractions, superscripts and operators as plain characters."""
    text = re.sub(r"(?<![\w.])(\d+)\u2044(\d+)", r"(\1/\2)", text)
    text = "".join(map(_plain, text))
    text = re.sub(rf"((?<![\w.])\d+)?\s*([{_FRACTIONS}])", _fraction, text)
    above = "".join(sign for sign in set(text) if _is_above(sign))
    return re.sub(rf"(?<=[\w)\]])[{above}]+", _power, text) if above else text


def _is_above(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    kept = unicodedata.decomposition(character).startswith(("<super>", "<sub>", "<fraction>"))
    wide = unicodedata.normalize("NFKC", character)
    alike = None if kept else wide if wide.isascii() else look_alike(character)
    return (
        alike if alike and len(alike) == 1 and (alike == wide or not alike.isalpha()) else character
    )


def _fraction(match: re.Match[str]) -> str:
    """Return ``½`` and ``2½`` as a sum in brackets."""
    before, behind = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :]
    if before in ("^", "/") and re.match(r"\w|\(", behind):
        # The fraction may be only the beginning of an exponent or a divisor.
        raise UnknownNotationError
    above, below = unicodedata.normalize("NFKC", match[2]).split("\u2044")
    whole = f"{match[1]} + " if match[1] else ""
    apart = " " * match.string[: match.start()][-1:].isalnum()
    return f"{apart}({whole}{above}/{below})"


def _power(match: re.Match[str]) -> str:
    """Return superscript letters as a power; those that the language reads stay unchanged."""
    if re.fullmatch(r"⁻?[⁰¹²³⁴-⁹]+", match[0]) or "ᵀ" in match[0]:
        return match[0]
    exponent = unicodedata.normalize("NFKC", match[0])
    return f"^{exponent}" if exponent.isalnum() else f"^({exponent})"


# --- definitions and operators --------------------------------------------------------------------


def _definition(text: str) -> str:
    """Return a function of another language as a definition, or its body if it has no name."""
    text = re.sub(_KEYWORDS, "", text)
    for pattern in _FUNCTIONS:
        if (match := re.fullmatch(pattern, text)) is None:
            continue
        name = match.groupdict().get("name")
        parameters = [part.strip().rstrip("_") for part in match["parameters"].split(",")]
        body = match["body"].strip()
        if not all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", body) for part in parameters):
            # It may be a limit or a substitution.
            continue
        return f"{name}({', '.join(parameters)}) = {body}" if name else body
    return text


def _cells(column: str, first: str, last: str) -> list[str]:
    """Return the names of the cells of a range in one column of a spreadsheet."""
    rows = range(int(first), min(int(last), int(first) + MOST_CELLS) + 1)
    return [f"{column}{row}" for row in rows]


MOST_CELLS = 20
"""The most cells of a range that are written out."""


def _applications(text: str) -> str:
    """Return Mathematica's ``Sin@x`` and ``x // Sin``, and R's ``x |> sin()``, as calls."""
    text = re.sub(r"([^\W\d]\w*)\s*(?:@@|/@)\s*\{([^{}]*)\}", _applied_to_list, text)
    applied = re.compile(r"(?<![\w)\]])([A-Z]\w*)\s*@\s*(?=[\w(\[])")
    for name in reversed([m for m in applied.finditer(text) if function(m[1].lower())]):
        end = operand_end(text, name.end())
        inside = without_brackets(text[name.end() : end])
        text = f"{text[: name.start()]}{name[1]}[{inside}]{text[end:]}"
    if match := re.fullmatch(r"(.+?)\s*//\s*([A-Z]\w*)", text):
        text = f"{match[2]}[{match[1]}]"
    while match := re.fullmatch(r"(.+?)\s*\|>\s*(\w+)\(\)(.*)", text):
        text = f"{match[2]}({match[1]}){match[3]}"
    return text


def _applied_to_list(match: re.Match[str]) -> str:
    """Return ``Times@@{x, y}`` as ``Times[x, y]``, and ``Sin/@{x, y}`` as a call on a vector."""
    if "/@" in match[0]:
        return f"{match[1]}[[{match[2]}]]"
    several = {"Times": "prod", "Plus": "sum"}.get(match[1])
    return f"{several}([{match[2]}])" if several else f"{match[1]}[{match[2]}]"


def _transposes(text: str) -> str:
    """Return products with ``'`` for the transpose, as in ``x'*A*x``, as products of matrices."""
    factors = re.fullmatch(r"(?:[^\W\d]\w*'?\s*\*\s*)*[^\W\d]\w*'?", text)
    if "'" not in text or (factors is None and not re.fullmatch(r"(?:[^\W\d]'?){2,3}", text)):
        return text
    parts = re.split(r"\s*\*\s*", text) if "*" in text else re.findall(r"[^\W\d]'?", text)
    return " @ ".join(part.replace("'", ".T") for part in parts)


def _indices(text: str) -> str:
    """Return indices of MATLAB, which count from 1, as those of the language."""

    def written(match: re.Match[str]) -> str:
        parts = [_slice(part) for part in match[2].replace(" ", "").split(",")]
        return match[1] if parts == [":"] else f"{match[1]}[{', '.join(parts)}]"

    return re.sub(r"\b([^\W\d]\w*)\(((?:[\d:, ]|end)*:(?:[\d:, ]|end)*)\)", written, text)


def _slice(part: str) -> str:
    first, colon, last = part.partition(":")
    if not colon:
        return "-1" if part == "end" else str(int(part) - 1)
    return f"{int(first) - 1 if first.isdigit() else ''}:{last if last.isdigit() else ''}"


def _signs(text: str) -> str:
    for sign, written in _SIGNS.items():
        text = re.sub(sign, written, text)
    for left, (right, name) in _PAIRS.items():
        text = re.sub(rf"{left}([^{left}{right}]*){right}", rf" {name}(\1)", text)
    before = text if "\\" in text else ""
    while text != before:
        before = text
        text = re.sub(r"\{([^{}]*)\}", _braces, text)
    return text


def _braces(match: re.Match[str]) -> str:
    """Return braces as square brackets around a list, and as round ones around a group."""
    return f"[{match[1]}]" if "," in match[1] else f"({match[1]})"


def _operators(text: str) -> str:
    """Return a text with prefix and postfix operators replaced by functions."""
    text = _applied(text, r"(?<![\w)\]])([²³⁴-⁹])√\s*|([∛∜])\s*", _rooted, behind=True)
    text = _applied(text, r"\s*(?:°|\bdegrees?\b|\bdeg\b)", lambda m, x: f"({x}*pi/180)")
    text = _applied(text, r"\s*!(?![=!])", lambda m, x: f"gamma({without_brackets(x)} + 1)")
    if match := re.fullmatch(r"([^?:]+)\?([^?:]+):([^?:]+)", text):
        return f"where({', '.join(part.strip() for part in match.groups())})"
    if match := re.fullmatch(r"(\w+)\s*:\s*(\w+)", text):
        return f"{match[1]}/{match[2]}"
    if match := re.fullmatch(r"(\w+)\s*//\s*(\w+)", text):
        left, right = match.groups()
        call = right[0].isupper() and function(right.lower())
        return f"{right.lower()}({left})" if call else f"floor({left}/{right})"
    if match := re.fullmatch(r"([^\W\d]\w*)\s*\\\s*([^\W\d])", text):
        return f"solve({match[1]}, {match[2]})"
    return text


def _applied(
    text: str,
    operator: str,
    write: Callable[[re.Match[str], str], str],
    behind: bool = False,
) -> str:
    """Return a text with a prefix or postfix operator applied to its operand."""
    while match := re.search(operator, text):
        if behind:
            start, end = match.end(), operand_end(text, match.end())
            operand = text[start:end]
            text = f"{text[: match.start()]} {write(match, operand)}{text[end:]}"
        else:
            start = operand_start(text, match.start())
            operand = text[start : match.start()]
            text = f"{text[:start]}{write(match, operand)}{text[match.end() :]}"
        if not operand:
            return text
    return text


def _rooted(match: re.Match[str], operand: str) -> str:
    degree = unicodedata.normalize("NFKC", match[1]) if match[1] else "34"["∛∜".index(match[2])]
    if degree in "23":
        return f"{'sqrt' if degree == '2' else 'cbrt'}({without_brackets(operand)})"
    return f"{operand}^(1/{degree})"
