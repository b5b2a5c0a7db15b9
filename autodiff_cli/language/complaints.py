"""What to say about a text the grammar refuses: what is wrong, where, and what to write instead.

The parser knows only which token it could not take.  What the writer meant is read off that token
and the one before it, which the lexer is asked for again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.names import function

__all__ = ["Complaint", "about"]


class Complaint(NamedTuple):
    """What is wrong, what to do, where, and its stable name."""

    message: str
    hint: str | None
    span: Span
    code: str


class Word(NamedTuple):
    """A token as the writer sees it."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def is_name(self) -> bool:
        return self.text[0].isalpha() or self.text[0] == "_"

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit() or (self.text[0] == "." and len(self.text) > 1)

    @property
    def ends_operand(self) -> bool:
        return self.is_name or self.is_number or self.text in (")", "]")

    @property
    def starts_operand(self) -> bool:
        return self.is_name or self.is_number or self.text in ("(", "[")


_WORD = re.compile(
    r"\s+|\#[^\n]*"
    r"|(?P<word>(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?|[^\W\d]\w*|\*\*|.)",
    re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]"}
_OPENING = {")": "(", "]": "["}


def about(unexpected: Any, source: str) -> Complaint:
    """Return the complaint about what Lark could not read in ``source``."""
    position = unexpected.pos_in_stream
    at_end = getattr(getattr(unexpected, "token", None), "type", "") == "$END"
    words = list(_words(source))
    if not words:
        return Complaint(
            "the expression is empty",
            'give one, such as "x**2 + 1"',
            Span(0, 0),
            "empty-expression",
        )
    here = None if at_end else next((w for w in words if w.end > position), None)
    before = [w for w in words if w.end <= (position if here else len(source))]
    previous = before[-1] if before else None
    if here is None:
        return _ended(before)
    if not hasattr(unexpected, "token"):
        return _strange(here)
    return _misplaced(here, previous, before)


def _words(source: str) -> Iterator[Word]:
    for match in _WORD.finditer(source):
        if match["word"]:
            yield Word(match["word"], *match.span("word"))


def _open_bracket(words: list[Word]) -> Word | None:
    """Return the innermost bracket that is still open after ``words``."""
    stack = []
    for word in words:
        if word.text in _CLOSING:
            stack.append(word)
        elif word.text in _OPENING and stack:
            stack.pop()
    return stack[-1] if stack else None


def _ended(words: list[Word]) -> Complaint:
    last = words[-1]
    if last.ends_operand and (bracket := _open_bracket(words)):
        return Complaint(
            f"`{bracket.text}` is never closed",
            f"add `{_CLOSING[bracket.text]}`",
            bracket.span,
            "unclosed-bracket",
        )
    return Complaint(
        f"the expression ends after `{last.text}`, where a number, a name or `(` has to follow",
        None,
        last.span,
        "missing-operand",
    )


def _strange(here: Word) -> Complaint:
    character = here.text[0]
    if character.isprintable() and not character.isspace():
        shown = f"`{character}`"
        if ord(character) > 126:
            shown += f" ({unicodedata.name(character, 'unnamed').lower()})"
    else:
        shown = f"the character U+{ord(character):04X}"
    return Complaint(
        f"{shown} has no meaning here", None, Span(here.start, here.start + 1), "unknown-character"
    )


def _misplaced(here: Word, previous: Word | None, before: list[Word]) -> Complaint:
    text = here.text
    if text in _OPENING:
        return _misplaced_closing(here, previous, before)
    if previous is None:
        return Complaint(
            f"an expression cannot begin with `{text}`",
            "a number, a name or `(` comes first",
            here.span,
            "missing-operand",
        )
    if previous.ends_operand and here.starts_operand:
        return _missing_operator(here, previous)
    if not previous.ends_operand:
        return Complaint(
            f"`{text}` cannot follow `{previous.text}`: a number, a name or `(` is missing between",
            None,
            Span(previous.start, here.end),
            "missing-operand",
        )
    hint = "an argument is named inside the brackets of a call" if text == "=" else None
    return Complaint(f"`{text}` cannot stand here", hint, here.span, "misplaced-token")


def _misplaced_closing(here: Word, previous: Word | None, before: list[Word]) -> Complaint:
    bracket = _open_bracket(before)
    if bracket is None:
        return Complaint(
            f"`{here.text}` closes nothing",
            f"remove it, or add `{_OPENING[here.text]}` before it",
            here.span,
            "unopened-bracket",
        )
    if _CLOSING[bracket.text] != here.text:
        return Complaint(
            f"`{here.text}` cannot close `{bracket.text}`",
            f"write `{_CLOSING[bracket.text]}`",
            Span(bracket.start, here.end),
            "mismatched-bracket",
        )
    if previous is not None and previous is bracket:
        return Complaint(
            f"nothing stands between `{bracket.text}` and `{here.text}`",
            None,
            Span(bracket.start, here.end),
            "missing-operand",
        )
    last = previous.text if previous else ""
    return Complaint(
        f"`{here.text}` cannot follow `{last}`: a number, a name or `(` is missing between",
        None,
        Span(previous.start if previous else here.start, here.end),
        "missing-operand",
    )


def _missing_operator(here: Word, previous: Word) -> Complaint:
    left, right = previous.text, here.text
    span = Span(previous.start, here.end)
    if previous.is_name and function(left) is not None:
        return Complaint(
            f"`{left}` is a function: its argument has to stand in brackets",
            f"write `{left}({right})`" if here.text not in _CLOSING else None,
            span,
            "function-without-brackets",
        )
    whole = all(word.is_name or word.is_number for word in (here, previous))
    return Complaint(
        f"an operator is missing between `{left}` and `{right}`",
        f"to multiply, write `{left}*{right}`" if whole else "to multiply, write `*` between them",
        span,
        "missing-operator",
    )
