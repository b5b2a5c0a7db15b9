"""An unexpected token and its context: the operands before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.format import SIGNS
from autodiff_cli.language.lexer import CLOSING, LINE_END, Kinds, Token, closing_of
from autodiff_cli.language.names import function

__all__ = ["OPENING", "Around", "SyntaxProblem"]

OPENING = {closing: opening for opening, closing in CLOSING.items()}


class SyntaxProblem(NamedTuple):
    """A syntax error as data: a message, a hint, a span, and a stable code."""

    message: str
    hint: str | None
    span: Span
    code: str


_TIMES = ("*", "×", "·", "⋅", "/", "÷", "%", "@", "^", "**")
"""The operators within a product."""


class Around:
    """A token of a text with its context."""

    def __init__(self, source: str, tokens: Sequence[Token], at: int) -> None:
        self.source = source
        self.kinds = Kinds()
        self.tokens = tokens
        self.at = at
        self.here = tokens[at]
        self.before = [w for w in tokens[:at] if self.kinds[w.text] != LINE_END]
        self.starts_line = not at or self.kinds[tokens[at - 1].text] == LINE_END
        self.previous = self.before[-1] if self.before else None
        self.after = tokens[at + 1 :]
        self.next = self.after[0] if self.after else None
        self.ends = not self.here.text or self.kinds[self.here.text] == LINE_END

    # --- kinds of tokens ---

    def _is_name(self, token: Token) -> bool:
        return self.kinds[token.text] == "NAME"

    def _is_number(self, token: Token) -> bool:
        return self.kinds[token.text] == "NUMBER"

    def _is_operand_end(self, token: Token) -> bool:
        kind = self.kinds[token.text]
        return kind in ("NAME", "NUMBER", "SUPERSCRIPT", "TRANSPOSED") or token.text in OPENING

    def _is_operand_start(self, token: Token) -> bool:
        return self._is_name(token) or self._is_number(token) or token.text in ("(", "[", "√")

    # --- operands, by their tokens ---

    def _text(self, first: int, last: int) -> str:
        """Return the text of some tokens, without the content of brackets if that is long."""
        if last <= first:
            return ""
        return self.source[self.tokens[first].start : self.tokens[last - 1].end]

    def _end(self, first: int) -> int:
        """Return the token after the operand that begins with a token."""
        texts = [token.text for token in self.tokens]
        last = first
        while last < len(texts) - 1 and texts[last] == "√":
            last += 1
        if last + 1 == len(texts):
            return last
        if self._is_name(self.tokens[last]) and texts[last + 1] == "(":
            last += 1
        if texts[last] in CLOSING:
            closing = closing_of(texts, last, last + 1)
            last = last if closing is None else closing
        while True:
            following = texts[last + 1]
            closing = closing_of(texts, last + 1, last + 2) if following == "[" else None
            if closing is not None and not self._is_number(self.tokens[last]):
                last = closing
            elif self.kinds[following] in ("SUPERSCRIPT", "TRANSPOSED"):
                last += 1
            else:
                return last + 1

    def _start(self, last: int) -> int:
        """Return the first token of the operand that ends with a token."""
        first = last
        while first and self.kinds[self.tokens[first].text] in ("SUPERSCRIPT", "TRANSPOSED"):
            first -= 1
        depth = 0
        while (first and self.tokens[first].text in OPENING) or depth:
            text = self.tokens[first].text
            depth += (text in OPENING) - (text in CLOSING)
            if not depth:
                if first and text == "(" and self._is_name(self.tokens[first - 1]):
                    first -= 1
                elif first and text == "[" and self._is_operand_end(self.tokens[first - 1]):
                    # The indexed expression belongs to the operand.
                    return self._start(first - 1)
                break
            if not first:
                break
            first -= 1
        return first

    def _product_start(self, first: int) -> int:
        """Return the first token of the product whose last operand begins with a token."""
        while first:
            if self.tokens[first - 1].text == "√":
                first -= 1
                continue
            k = first - 1
            while k > 0 and self.tokens[k].text in SIGNS and self.tokens[k - 1].text in ("^", "**"):
                k -= 1
            if k == 0 or self.tokens[k].text not in _TIMES:
                break
            first = self._start(k - 1)
        return first

    def _line(self) -> str:
        """Return the line that contains the token."""
        first, last = self.at, self.at
        while first and self.kinds[self.tokens[first - 1].text] != LINE_END:
            first -= 1
        while self.tokens[last].text and self.kinds[self.tokens[last].text] != LINE_END:
            last += 1
        return self._text(first, last)

    def _power(self, first: int) -> str:
        """Return the exponent of the operand that begins with a token, with its operator."""
        sign = last = self._end(first)
        if self.tokens[sign].text not in ("**", "^"):
            return ""
        last += 1
        while self.tokens[last].text in SIGNS:
            last += 1
        if not self._is_operand_start(self.tokens[last]):
            return ""
        return self._text(sign, self._end(last))

    def _operand(self, first: int) -> str:
        """Return the operand that begins with a token; a call has its argument in brackets."""
        end = self._end(first)
        name = self.tokens[first]
        bare = self._is_name(name) and function(name.text) is not None and end == first + 1
        if bare and self._is_operand_start(self.tokens[end]):
            argument = self._operand(end)
            behind = self.tokens[self._end(end)]
            if self._is_number(self.tokens[end]) and self._is_operand_start(behind):
                argument = f"{argument}*{self._operand(self._end(end))}"
            return f"{name.text}{argument if argument[0] == '(' else f'({argument})'}"
        return self._text(first, end)
