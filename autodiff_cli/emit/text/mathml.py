r"""Convert the LaTeX of formulas to MathML, which browsers typeset without a library.

It reads the part of LaTeX that `autodiff_cli.emit.text.latex` and the declarations of operations
use; another command becomes a word of its name.

Examples
--------
>>> print(mathml(r"\sqrt{2}"))
<math displaystyle="true"><msqrt><mn>2</mn></msqrt></math>
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

__all__ = ["mathml"]

NO_BREAK = "\u00a0"
"""A space that is kept at the end of an element."""

PRIME = '<mo lspace="0em" rspace="0em">′</mo>'
"""The sign is raised in most fonts, and would be too high as an exponent."""

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S", re.DOTALL)

_OPERATORS = {
    r"\cdot": "⋅",
    r"\le": "≤",
    r"\ge": "≥",
    r"\ne": "≠",
    r"\land": "∧",
    r"\lor": "∨",
    r"\lnot": "¬",
    r"\bmod": "mod",
    r"\partial": "∂",
    "-": "−",
}

_FENCES = {
    r"\lfloor": "⌊",
    r"\rfloor": "⌋",
    r"\lceil": "⌈",
    r"\rceil": "⌉",
    r"\|": "‖",
    r"\{": "{",
    r"\}": "}",
    ".": "",
}

_WORDS = {r"\operatorname", r"\mathrm", r"\mathit", r"\mathsf", r"\text"}
"""Commands whose argument is one word, or a text."""


def mathml(latex: str, alternative: str = "") -> str:
    """Return LaTeX as a MathML element.

    Parameters
    ----------
    alternative
        The same as plain text.
    """
    spoken = f' alttext="{escape(alternative)}"' if alternative else ""
    return f'<math displaystyle="true"{spoken}>{_Parser(latex).row()}</math>'


class _Parser:
    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = list(_TOKEN.finditer(latex))
        self.place = 0

    def _next(self) -> str:
        return self.tokens[self.place][0] if self.place < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self.place += 1
        return token

    def row(self, *ends: str) -> str:
        """Return the elements up to one of some tokens, which stays, or to the end."""
        found: list[str] = []
        while (token := self._next()) and token not in ends and token != "}":
            element = self._scripted()
            if (
                found
                and not found[-1].startswith("<mo>")
                and re.match(r"(<msup>)?<mi[^>]*>..", element)
            ):
                # A function is set apart from the factor before it.
                found.append('<mspace width="0.17em"/>')
            found.append(element)
        return "".join(found)

    def _scripted(self) -> str:
        """Return an element with its exponent, its index and its primes."""
        base = self._element()
        below = above = primes = ""
        while self._next() in ("^", "_", "'"):
            token = self._take()
            if token == "'":
                primes += PRIME
            elif token == "_":
                below = self._argument()
            else:
                above = self._argument()
        if below and above:
            base = f"<msubsup>{base}{below}{above}</msubsup>"
        elif below or above:
            tag = "msub" if below else "msup"
            base = f"<{tag}>{base}{below or above}</{tag}>"
        return f"<mrow>{base}{primes}</mrow>" if primes else base

    def _argument(self) -> str:
        """Return an argument in braces, or a single element, as one element."""
        if self._next() != "{":
            return self._element()
        self._take()
        inside = self.row()
        self._take()
        return _one(inside)

    def _text(self) -> str:
        """Return the argument of a command as it is."""
        opened = self.tokens[self.place].end()
        while self._take() != "}":
            pass
        return self.latex[opened : self.tokens[self.place - 1].start()].replace("\\", "")

    def _element(self) -> str:
        token = self._take()
        match token:
            case "{":
                self.place -= 1
                return self._argument()
            case r"\frac":
                return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
            case r"\sqrt":
                return self._root()
            case r"\left":
                return self._fenced()
            case r"\begin":
                return self._table()
        if token in _WORDS:
            text = self._text()
            if token == r"\text":
                return f"<mtext>{escape(text.replace(' ', NO_BREAK))}</mtext>"
            style = "" if token == r"\mathit" else ' mathvariant="normal"'
            return f"<mi{style}>{escape(text)}</mi>"
        if token in _OPERATORS or token in "+=<>,;:!|()[]/%@*&":
            return f"<mo>{escape(_OPERATORS.get(token, token))}</mo>"
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        return f"<mi>{escape(_letter(token))}</mi>"

    def _root(self) -> str:
        if self._next() != "[":
            return f"<msqrt>{self._argument()}</msqrt>"
        self._take()
        index = _one(self.row("]"))
        self._take()
        return f"<mroot>{self._argument()}{index}</mroot>"

    def _fenced(self) -> str:
        first = self._take()
        inside = self.row(r"\right")
        self._take()
        fences = (_FENCES.get(fence, fence) for fence in (first, self._take()))
        left, right = (f'<mo fence="true">{escape(fence)}</mo>' for fence in fences)
        return f"<mrow>{left}{inside}{right}</mrow>"

    def _table(self) -> str:
        """Return an environment: rows of cells, with a brace before cases."""
        name = self._text()
        rows: list[list[str]] = [[]]
        while self._next() != r"\end":
            rows[-1].append(self.row("&", r"\\", r"\end"))
            if self._next() == r"\\":
                rows.append([])
            if self._next() != r"\end":
                self._take()
        self._take()
        self._text()
        body = "".join(
            f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows if row
        )
        brace = '<mo fence="true">{</mo>' if name == "cases" else ""
        return f"<mrow>{brace}<mtable>{body}</mtable></mrow>"


def _one(inside: str) -> str:
    """Return elements as one element."""
    first = re.match(r"<(\w+)[^>]*>[^<]*</\1>$", inside)
    return inside if first else f"<mrow>{inside}</mrow>"


def _letter(token: str) -> str:
    """Return the character of a letter or a command, or the name of the command."""
    if not token.startswith("\\"):
        return token
    name = token[1:]
    if name == "infty":
        return "∞"
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    word = {"lambda": "LAMDA"}.get(name.lower(), name.upper())
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {word}")
    except KeyError:
        return name.strip()
