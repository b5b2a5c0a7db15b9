"""Lines in the notation of LaTeX and of textbooks, rewritten in the language.

A rewritten line is a hint, so it is given only if it can be read.
"""

from __future__ import annotations

import re

from autodiff_cli.errors import AdiffError
from autodiff_cli.language.characters import is_greek
from autodiff_cli.language.lexer import CLOSING, Kinds, Token, closing_of, words
from autodiff_cli.language.names import CONSTANTS, function, inverse_of

__all__ = ["is_readable", "rewritten"]

MOST_CHARACTERS = 2000
"""Longer lines are not rewritten."""

_BARS = {"|": "abs", "‖": "norm", "∥": "norm"}

_COMMANDS = {"cdot": "*", "times": "*", "ast": "*", "div": "/", "pm": "±", "infty": "inf"}
_COMMANDS |= {"le": "<=", "leq": "<=", "ge": ">=", "geq": ">=", "ne": "!=", "neq": "!="}
_COMMANDS |= {"lt": "<", "gt": ">", "vert": "|", "mid": "|", "lbrack": "[", "rbrack": "]"}
_COMMANDS |= {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "mod": "%"}
_COMMANDS |= dict.fromkeys(("left", "right", "displaystyle", "quad", "qquad", "limits"), "")
_COMMANDS |= dict.fromkeys(("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"), "")

_NOT_REWRITTEN = re.compile(
    r"\\(sum|prod|int|lim|max|min|sup|inf)\s*[_^]|\\(partial|nabla|gamma|psi)(?![a-z])"
    r"|\\[dt]?frac\s*\{\s*d\W?\d?\w?\s*\}\s*\{\s*d|\^\s*\{?\s*(T|\\top|\\intercal|\\mathsf)(?!\w)"
)
"""Sums over a range, derivatives, letters that are functions here, and transposes."""

_LETTERS = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|boldsymbol|bm|text|operatorname)\*?\s*\{\s*(?P<font>\w+)\s*\}"
    r"|\\[A-Za-z]+|_\{?\w+\}?|[A-Za-z]\w*[\d_]\w*|(?P<letters>[A-Za-z]{2,})"
)
"""Names and commands; letters that belong to neither are factors."""

_ONE = re.compile(r"[^\W\d]\w*|\d+(\.\d+)?|\w*\([^()]*\)")

_TIGHT = ("/", "÷", "%", "@", "√")
"""Behind these a product without a sign can be read in two ways."""


def rewritten(line: str) -> str | None:
    """Return a line in the language; None if it is not known how to write it."""
    line = line.split("#")[0].strip()
    if not 0 < len(line) < MOST_CHARACTERS:
        return None
    text = _from_latex(line) if set(line) & set("\\{$") else line
    text = text and _from_signs(text)
    return text if text and text != line and is_readable(text) else None


def is_readable(text: str) -> bool:
    """Return whether a text is one of the language."""
    from autodiff_cli.language.parser import parse

    try:
        parse(text)
    except AdiffError:
        return False
    return True


# --- LaTeX ----------------------------------------------------------------------------------------


def _from_latex(text: str) -> str | None:
    """Return a formula of LaTeX with its commands in words and its braces as brackets."""
    if _NOT_REWRITTEN.search(text):
        return None
    text = re.sub(r"^\$+|\$+$|^\\[\[(]|\\[\])]$", "", text)
    text = re.sub(r"\\[,;:!> ]|~|&", " ", text)
    text = re.sub(r"\\left\s*\||\\lvert(?![a-z])", " abs(", text)
    text = re.sub(r"\\left\s*\\(?:\||[lr]?Vert)|\\lVert", " norm(", text)
    text = re.sub(r"\\right\s*(?:\||\\\||\\[lr]?Vert)|\\r[vV]ert", ")", text)
    text = re.sub(r"\\\||\\Vert", "‖", text)
    text = re.sub(r"‖\s*_\{?2\}?", "‖", text)
    text = re.sub(r"\\log_(?:\{(2|10)\}|(2))", r" log\1\2 ", text)
    text = re.sub(r"\\Gamma(?=\s*(?:\\left)?\s*\()", "gamma", text)
    text = _LETTERS.sub(_separated, text)
    text = re.sub(r"(\w)_\{\s*(\w+)\s*,\s*(\w+)\s*\}", r"\1_\2_\3", text)
    text = re.sub(r"(\w)_\{\s*(\w+)\s*\}", r"\1_\2", text)
    text = re.sub(r"\^(\d)(?=\w)", r"^\1 ", text)
    innermost = r"\s*\{([^{}]*)\}"
    before = None
    while text != before:
        before = text
        text = re.sub(rf"\\[dt]?frac{innermost}{innermost}", _fraction, text)
        text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"(\1/\2)", text)
        text = re.sub(rf"\\sqrt\s*\[\s*(\w+)\s*\]{innermost}", _root, text)
        text = re.sub(rf"\\sqrt{innermost}", r" sqrt(\1)", text)
        text = re.sub(rf"\^{innermost}", lambda match: f"^{_grouped(match[1])}", text)
        if text == before:
            text = re.sub(r"(?<![\\\w}\]^_])\{([^{}]*)\}", lambda match: _grouped(match[1]), text)
        if text == before:
            text = re.sub(r"\{([^{}]*)\}", lambda match: _grouped(match[1]), text)
    text = re.sub(r"\\([A-Za-z]+)(_\w+)?", _command, text)
    return None if set(text) & set("\\{}$") else " ".join(text.split())


def _separated(match: re.Match[str]) -> str:
    """Return letters side by side as factors, and the name in a command for a font alone."""
    font, name = match["font"], match["letters"]
    if font or not name or function(name) or name in CONSTANTS:
        return f" {font} " if font else match[0]
    return " ".join(name)


def _fraction(match: re.Match[str]) -> str:
    return f" ({_grouped(match[1])}/{_grouped(match[2])})"


def _root(match: re.Match[str]) -> str:
    degree, under = match.groups()
    return f" cbrt({under})" if degree == "3" else f"{_grouped(under)}^(1/{degree})"


def _grouped(text: str) -> str:
    """Return a part of a formula in brackets, if it is not one token, one call or one bracket."""
    text = text.strip()
    if "," in text:
        return f"[{text}]"
    return text if _ONE.fullmatch(text) else f"({text})"


def _command(match: re.Match[str]) -> str:
    name = match[1]
    if name in _COMMANDS:
        return f" {_COMMANDS[name]}{match[2] or ''} "
    known = function(name) or name in CONSTANTS or is_greek(name)
    return f" {name}{match[2] or ''} " if known else match[0]


# --- bars, and functions without brackets ---------------------------------------------------------


def _from_signs(text: str) -> str | None:
    """Return a text with a call for each pair of bars and brackets around each argument."""
    text = re.sub(r"\s+(?=[|‖∥])|(?<=[|‖∥])\s+", " ", text)
    if (called := _from_bars(text)) is None:
        return None
    found = words(called)
    try:
        return _tidy(_Product(called, [word for word in found if word.text]).text())
    except _AmbiguousError:
        return None


def _tidy(text: str) -> str:
    """Return a text without brackets around brackets, and without blanks beside them."""
    text = re.sub(r"(?<=[(\[])\s+|\s+(?=[)\],])", "", text.strip())
    texts = [word.text for word in words(text)]
    closing = {k: closing_of(texts, k, k + 1) for k, one in enumerate(texts) if one == "("}
    inner = [
        k
        for k, end in closing.items()
        if end is not None
        and ((k and closing.get(k - 1) == end + 1) or (not k and end == len(texts) - 2))
    ]
    places = words(text)
    drop = {places[j].start for k in inner for j in (k, closing[k] or 0)}
    return "".join(one for k, one in enumerate(text) if k not in drop)


def _from_bars(text: str) -> str | None:
    """Return a text with ``abs(x)`` for ``|x|`` and ``norm(x)`` for ``‖x‖`` and ``||x||``."""
    if not set(text) & set(_BARS):
        return text
    # A pair of bars around all between is a norm; apart from each other they are nested.
    text = re.sub(r"\|\|([^|]+)\|\|", r"‖\1‖", text)
    out: list[str] = []
    opened: list[str] = []
    for k, sign in enumerate(text):
        before = text[:k].rstrip()[-1:]
        if sign not in _BARS:
            out.append(sign)
            continue
        ends = bool(before) and (before.isalnum() or before in "_)]" or before in _BARS)
        if before in _BARS and before:
            # Behind a bar: it goes on as that one did.
            ends = out[-1][-1:] == ")"
        if opened and opened[-1] == sign and ends:
            opened.pop()
            out.append(")")
        else:
            opened.append(sign)
            out.append(f"{' ' * before.isalnum()}{_BARS[sign]}(")
    return None if opened else "".join(out)


class _AmbiguousError(Exception):
    """A product can be read in two ways."""


class _Product:
    """A text without bars, of which products and calls are completed."""

    def __init__(self, source: str, found: list[Token]) -> None:
        self.source = source
        self.words = found
        self.texts = [word.text for word in found]
        self.kinds = Kinds()
        self.k = 0

    def text(self) -> str:
        """Return the whole of it."""
        return self._until(len(self.words))

    def _until(self, end: int) -> str:
        out = ""
        tight = False
        while self.k < end:
            text = self.texts[self.k]
            start = self.k
            if not self._starts(start):
                gap = start and self.words[start - 1].end < self.words[start].start
                out += " " * bool(gap) + text
                self.k += 1
                tight = text in _TIGHT or (tight and text in ("+", "-") and not out[:-1].strip())
                continue
            if start and self._ends(start - 1):
                # Behind a divisor the line is left as it is, and cannot be read.
                out += " " if tight else "*"
            elif start and self.words[start - 1].end < self.words[start].start:
                out += " "
            out += self._factor(end)
        return out

    def _starts(self, k: int) -> bool:
        """Return whether an operand starts with a token."""
        return self.kinds[self.texts[k]] in ("NAME", "NUMBER") or self.texts[k] in ("(", "[", "√")

    def _ends(self, k: int) -> bool:
        text = self.texts[k]
        kinds = ("NAME", "NUMBER", "SUPERSCRIPT", "TRANSPOSED")
        return self.kinds[text] in kinds or text in CLOSING.values()

    def _factor(self, end: int) -> str:
        """Return the operand that starts here, with its index and its power."""
        k = self.k
        text = self.texts[k]
        self.k += 1
        if text in CLOSING:
            out = text + self._inside(k)
        elif function(text) is not None:
            out = self._call(text, end)
        elif self.texts[self.k : self.k + 1] == ["("] and self._touches(self.k):
            # A call of a function that the text defines, or its definition.
            self.k += 1
            out = f"{text}({self._inside(k + 1)}"
        else:
            out = text
            if self.texts[self.k : self.k + 1] == ["["]:
                out += "[" + self._inside(self.k, skip=1)
        return out + self._power(end)

    def _inside(self, opening: int, skip: int = 0) -> str:
        self.k += skip
        closing = closing_of(self.texts, opening, opening + 1)
        if closing is None:
            return self._until(len(self.words))
        inside = self._until(closing)
        self.k = closing + 1
        return inside + self.texts[closing]

    def _power(self, end: int) -> str:
        """Return the power that stands here, if there is one."""
        if self.k < end and self.kinds[self.texts[self.k]] in ("SUPERSCRIPT", "TRANSPOSED"):
            self.k += 1
            return self.texts[self.k - 1] + self._power(end)
        if self.k + 1 < end and self.texts[self.k] in ("^", "**"):
            out = self.texts[self.k]
            self.k += 1
            while self.k < end and self.texts[self.k] in ("-", "+", "−"):
                out += self.texts[self.k]
                self.k += 1
            if self.k < end and self._starts(self.k):
                return out + self._factor(end)
            return out
        return ""

    def _call(self, name: str, end: int) -> str:
        """Return a function with its argument in brackets, and with its power behind that."""
        power = self._power(end)
        if self.texts[self.k : self.k + 1] == ["("]:
            self.k += 1
            argument = "(" + self._inside(self.k - 1)
        else:
            factors: list[str] = []
            while self.k < end and self._starts(self.k) and not self._is_function(self.k):
                if factors and (self.texts[self.k] == "(" or self.texts[self.k] in CONSTANTS):
                    # There is no telling whether it belongs to the argument.
                    raise _AmbiguousError
                factors.append(self._factor(end))
            if not factors and self.k < end and self._starts(self.k):
                factors = [self._factor(end)]
            if not factors:
                return name + power
            argument = f"({'*'.join(factors)})"
        inverse = inverse_of(name) if re.fullmatch(r"(\^|\*\*)?\(?[-−⁻][1¹]\)?", power) else None
        return f"{inverse}{argument}" if inverse else f"{name}{argument}{power}"

    def _touches(self, k: int) -> bool:
        is_name = self.kinds[self.texts[k - 1]] == "NAME"
        return is_name and self.words[k - 1].end == self.words[k].start

    def _is_function(self, k: int) -> bool:
        return function(self.texts[k]) is not None
