"""Rewrite lines in the notation of other tools and of textbooks in the language.

A rewritten line is used as a hint, so it is returned only if it can be parsed.
"""

from __future__ import annotations

import re

from autodiff_cli.errors import AdiffError
from autodiff_cli.language.characters import is_greek
from autodiff_cli.language.foreign_calls import UnknownNotationError
from autodiff_cli.language.foreign_functions import command_of, split_arguments
from autodiff_cli.language.format import DIVIDING, SIGNS
from autodiff_cli.language.latex import from_latex
from autodiff_cli.language.lexer import CLOSING, Kinds, Token, closing_of, tokenize
from autodiff_cli.language.names import CONSTANTS, KEYWORDS, function, inverse_of
from autodiff_cli.language.notations import translated
from autodiff_cli.language.operands import closing_at, without_brackets
from autodiff_cli.language.phrases import asked, in_signs

__all__ = ["in_language", "instead", "is_readable", "rewritten", "with_line"]

MOST_CHARACTERS = 1000
"""The most characters of a line that is rewritten."""

MOST_DEPTH = 40
"""The deepest nesting of brackets in a line that is rewritten."""

_BARS = {"|": "abs", "‖": "norm", "∥": "norm"}

_LATEX = re.compile(r"\\[A-Za-z|,;:!]|[\^_]\{")

_CALL = re.compile(r"(?:\w+\.)?([^\W\d]\w*)[\[(].*", re.DOTALL)


def rewritten(line: str) -> str | None:
    """Return a line rewritten in the language; None if there is no known way to write it."""
    line = line.split("#")[0].strip()
    if not 0 < len(line) < MOST_CHARACTERS or _depth(line) > MOST_DEPTH:
        return None
    latex = from_latex(line) if _LATEX.search(line) else None
    try:
        plain = translated(latex or line)
    except UnknownNotationError:
        return None
    in_english = in_signs(plain)
    if in_english != plain and any(map(is_word, re.findall(r"\w+", in_english))):
        return None
    text = _from_signs(in_english, numbers=latex is not None)
    text = text and _closed(text)
    return text if text and text != line and is_readable(text) else None


def instead(line: str) -> str | None:
    """Return what to write instead of a line: a line of the language, or an adiff command."""
    line = line.split("#")[0].strip()
    if not 0 < len(line) < MOST_CHARACTERS or _depth(line) > MOST_DEPTH:
        return None
    if (question := asked(line)) is not None:
        command, expression, options = question
        if (called := _command(expression)) is not None and "--at" in options:
            return f"{called} {options}"
        grouped = re.fullmatch(r"\[([^,\[\]]*)\]", expression)
        if (readable := in_language(grouped[1] if grouped else expression)) is not None:
            return f'adiff {command} "{without_brackets(readable)}" {options}'.rstrip()
    if re.fullmatch(r"(adiff\s+)?(--)?version", line):
        return "adiff --version"
    return _command(line) or rewritten(line)


def _command(line: str) -> str | None:
    """Return the command for a line that is a call of one in another language."""
    if (match := _CALL.fullmatch(line)) and closing_at(line, match.end(1)) == len(line) - 1:
        inside = line[match.end(1) + 1 : -1].replace("{", "[").replace("}", "]")
        first, *rest = split_arguments(inside) or [""]
        written = in_language(first)
        return None if written is None else command_of(match[1], [written, *rest])
    return None


def in_language(text: str) -> str | None:
    """Return a part of a line as an expression of the language; None if it cannot be rewritten."""
    foreign = re.search(r"\b[A-Z]\w*\[", text) is not None
    if is_readable(text) and not foreign:
        return text
    return rewritten(text)


def _depth(text: str) -> int:
    """Return the nesting depth of the brackets in a text, counting unmatched ones too."""
    depth = deepest = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    return deepest


def is_word(name: str) -> bool:
    """Return whether a name is an ordinary word: no function, constant, keyword or Greek letter."""
    plain = len(name) > 1 and name.isalpha() and name.isascii()
    return plain and not (function(name) or name in (*CONSTANTS, *KEYWORDS) or is_greek(name))


def with_line(error: AdiffError) -> str | None:
    """Return the hint of an error, extended by what to write instead of its line."""
    hint = error.hint
    if error.source is None or error.span is None:
        return hint
    begin = error.source.rfind("\n", 0, error.span.start) + 1
    line = error.source[begin:].partition("\n")[0]
    shown = re.findall("`([^`]+)`", hint or "")
    if (whole := instead(line)) is None or whole in shown:
        return hint
    if error.code.startswith("ambiguous") and whole[:6] != "adiff " and in_signs(line) == line:
        return hint
    if shown and hint and all(part in whole for part in shown):
        return f"{hint}{'' if hint.endswith('?') else ';'} the line is then `{whole}`"
    return f"write `{whole}`"


def is_readable(text: str) -> bool:
    """Return whether a text can be parsed in the language."""
    from autodiff_cli.language.parser import can_be_read

    return can_be_read(text)


# --- bars, and functions without brackets ---------------------------------------------------------


def _from_signs(text: str, numbers: bool = False) -> str | None:
    """Return a text with a call for each pair of bars and brackets around each argument.

    Parameters
    ----------
    numbers
        Whether adjacent numbers are a product.
    """
    text = re.sub(r"\s+(?=[|‖∥])|(?<=[|‖∥])\s+", " ", text)
    if (called := _from_bars(text)) is None:
        return None
    found = tokenize(called)
    try:
        return _tidy(
            _ProductRewriter(called, [token for token in found if token.text], numbers).text()
        )
    except _AmbiguousError:
        return None


def _tidy(text: str) -> str:
    """Return a text without doubled brackets, and without blanks inside of brackets."""
    text = re.sub(r"(?<=[(\[])\s+|\s+(?=[)\],])", "", text.strip())
    texts = [token.text for token in tokenize(text)]
    closing = {k: closing_of(texts, k, k + 1) for k, one in enumerate(texts) if one == "("}
    inner = [
        k
        for k, end in closing.items()
        if end is not None
        and ((k and closing.get(k - 1) == end + 1) or (not k and end == len(texts) - 2))
    ]
    places = tokenize(text)
    drop = {places[j].start for k in inner for j in (k, closing[k] or 0)}
    return "".join(one for k, one in enumerate(text) if k not in drop)


def _from_bars(text: str) -> str | None:
    """Return a text with ``abs(x)`` for ``|x|`` and ``norm(x)`` for ``‖x‖`` and ``||x||``."""
    if not set(text) & set(_BARS):
        return text
    # `||` around a text without bars is a norm; otherwise its bars are nested absolute values.
    text = re.sub(r"\|\|([^|]+)\|\|", r"‖\1‖", text)
    text = re.sub(r"‖([^‖]*)‖(?:₁|_1\b)", r"sum(abs(\1))", text)
    text = re.sub(r"‖([^‖]*)‖(?:_?∞|_inf\b)", r"max(abs(\1))", text)
    text = re.sub(r"(?<=[‖∥])(?:₂|_2\b)", "", text)
    out: list[str] = []
    opened: list[str] = []
    for k, sign in enumerate(text):
        before = text[:k].rstrip()[-1:]
        if sign not in _BARS:
            out.append(sign)
            continue
        ends = bool(before) and (before.isalnum() or before in "_)]" or before in _BARS)
        if before in _BARS and before:
            # After another bar, this one opens or closes as that one did.
            ends = out[-1][-1:] == ")"
        if opened and opened[-1] == sign and ends:
            opened.pop()
            out.append(")")
        else:
            opened.append(sign)
            out.append(f"{' ' * before.isalnum()}{_BARS[sign]}(")
    return None if opened else "".join(out)


class _AmbiguousError(Exception):
    """A product is ambiguous, or a line is nested too deeply."""


class _ProductRewriter:
    """Completes the products and calls of a text that has no bars."""

    def __init__(self, source: str, found: list[Token], numbers: bool) -> None:
        self.source = source
        self.numbers = numbers
        self.tokens = found
        self.texts = [token.text for token in found]
        self.kinds = Kinds()
        self.k = 0
        self.depth = 0

    def text(self) -> str:
        """Return the completed text."""
        return self._until(len(self.tokens))

    def _until(self, end: int) -> str:
        out = ""
        tight = False
        while self.k < end:
            text = self.texts[self.k]
            start = self.k
            if not self._starts(start):
                gap = start and self.tokens[start - 1].end < self.tokens[start].start
                out += " " * bool(gap) + text
                self.k += 1
                signed = tight and text in SIGNS and not out[:-1].strip()
                tight = signed or text in (*DIVIDING, "√")
                continue
            if start and self._ends(start - 1):
                numbers = {self.kinds[self.texts[start - 1]], self.kinds[text]} == {"NUMBER"}
                unclear = numbers and not self.numbers
                if unclear or self._is_word(start - 1) or self._is_word(start):
                    raise _AmbiguousError
                # After a divisor the product stays as it is, so that the line cannot be parsed.
                out += " " if tight else "*"
            elif start and self.tokens[start - 1].end < self.tokens[start].start:
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
        """Return the operand that starts at the current token, with its index and its exponent."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _AmbiguousError
        out = self._operand(end)
        self.depth -= 1
        return out

    def _operand(self, end: int) -> str:
        k = self.k
        text = self.texts[k]
        self.k += 1
        if text in CLOSING:
            out = text + self._inside(k)
        elif function(text) is not None:
            out = self._call(text, end)
        elif self.texts[self.k : self.k + 1] == ["("] and self._is_called(k):
            # This is a call of a function that the text defines, or its definition.
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
            return self._until(len(self.tokens))
        inside = self._until(closing)
        self.k = closing + 1
        return inside + self.texts[closing]

    def _power(self, end: int) -> str:
        """Return the exponent at the current token, with its operator, if there is one."""
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

    def _power_of_function(self, end: int) -> str:
        """Return the exponent between a function and its argument, as in ``sin^n(x)``."""
        power = self.texts[self.k : self.k + 3]
        known = len(power) == 3 and power[0] in ("^", "**") and power[2] == "("
        if known and self.kinds[power[1]] == "NAME" and not function(power[1]):
            self.k += 2
            return "".join(power[:2])
        return self._power(end)

    def _call(self, name: str, end: int) -> str:
        """Return a call with its argument in brackets, followed by its exponent."""
        power = self._power_of_function(end)
        if self.texts[self.k : self.k + 1] == ["("]:
            self.k += 1
            argument = "(" + self._inside(self.k - 1)
        else:
            factors: list[str] = []
            while self.k < end and self._starts(self.k) and not self._is_function(self.k):
                if factors and (self.texts[self.k] == "(" or self.texts[self.k] in CONSTANTS):
                    # It may or may not belong to the argument.
                    raise _AmbiguousError
                alone = not factors and not (self.k + 1 < end and self._starts(self.k + 1))
                if not alone and (self._is_word(self.k) or self._is_word(self.k - 1)):
                    raise _AmbiguousError
                factors.append(self._factor(end))
            if not factors and self.k < end and self._starts(self.k):
                factors = [self._factor(end)]
            if not factors:
                return name + power
            argument = f"({'*'.join(factors)})"
        inverse = inverse_of(name) if re.fullmatch(r"(\^|\*\*)?\(?[-−⁻][1¹]\)?", power) else None
        return f"{inverse}{argument}" if inverse else f"{name}{argument}{power}"

    def _is_called(self, k: int) -> bool:
        """Return whether a name before a bracket is a function and not a factor."""
        plain = any(
            text == self.texts[k] and self.texts[j + 1 : j + 2] != ["("]
            for j, text in enumerate(self.texts)
        )
        return self._touches(k + 1) and not plain

    def _touches(self, k: int) -> bool:
        is_name = self.kinds[self.texts[k - 1]] == "NAME"
        return is_name and self.tokens[k - 1].end == self.tokens[k].start

    def _is_word(self, k: int) -> bool:
        """Return whether a token is an ordinary word: see `is_word`."""
        return is_word(self.texts[k])

    def _is_function(self, k: int) -> bool:
        return function(self.texts[k]) is not None


def _closed(text: str) -> str:
    """Return a text with its brackets closed, if there is only one way to close them."""
    opened: list[int] = []
    signs = list(text)
    for k, sign in enumerate(text):
        if sign in CLOSING:
            opened.append(k)
        elif sign in CLOSING.values():
            if not opened:
                return text
            signs[k] = CLOSING[text[opened.pop()]]
    if not opened:
        return "".join(signs)
    inside = text[opened[-1] + 1 :]
    if opened[0] and re.search(r"[+\-−*/<>=,]|\s", inside):
        return text
    return "".join(signs) + "".join(CLOSING[text[k]] for k in reversed(opened))
