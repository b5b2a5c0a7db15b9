"""The lexer: a text as tokens, with their spans where they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.parse_tables import tables

__all__ = [
    "CLOSING",
    "LINE_END",
    "STRANGE",
    "Kinds",
    "Token",
    "closing_of",
    "innermost_open",
    "token_texts",
    "tokenize",
]

LINE_END = "_END"
STRANGE = "?"
CLOSING = {"(": ")", "[": "]"}


class Token(NamedTuple):
    """A token and its position."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The span of the token in the text."""
        return Span(self.start, self.end)


class Kinds(dict[str, str]):
    """From the text of each token to its kind, determined once for each text that occurs."""

    def __init__(self) -> None:
        super().__init__(tables().fixed_kinds)

    def __missing__(self, text: str) -> str:
        for kind, regexp in tables().kinds:
            if _compiled(regexp).fullmatch(text):
                self[text] = kind
                return kind
        self[text] = STRANGE
        return STRANGE


_compiled: Callable[[str], re.Pattern[str]] = cache(re.compile)

_TOKEN = re.compile(tables().pattern)


def token_texts(source: str) -> list[str]:
    """Return the texts of the tokens of a text; the last one is empty and marks the end."""
    texts = _TOKEN.findall(source)
    if len(texts) > 1 and not texts[-2]:
        texts.pop()
    if "\n" in source:
        inside = _inside_brackets(texts)
        texts = [text for k, text in enumerate(texts) if k not in inside]
    return texts


def tokenize(source: str) -> list[Token]:
    """Return the tokens of a text as `token_texts` does, with their positions."""
    matches = _TOKEN.finditer(source)
    found = [Token(match[1], *match.span(1)) for match in matches]
    if len(found) > 1 and not found[-2].text:
        found.pop()
    inside = _inside_brackets(token.text for token in found)
    return [token for k, token in enumerate(found) if k not in inside]


def _inside_brackets(texts: Iterable[str]) -> set[int]:
    """Return the indices of line ends inside of brackets, which have no meaning."""
    depth = 0
    found = set()
    for k, text in enumerate(texts):
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        elif depth > 0 and text[:1] == "\n" and ";" not in text:
            found.add(k)
    return found


def innermost_open(texts: Iterable[str]) -> int | None:
    """Return the index of the innermost bracket that is open after some tokens, if any."""
    stack: list[int] = []
    for k, text in enumerate(texts):
        if text in CLOSING:
            stack.append(k)
        elif stack and text in CLOSING.values():
            stack.pop()
    return stack[-1] if stack else None


def closing_of(texts: Sequence[str], opening: int, after: int) -> int | None:
    """Return the index, from ``after`` on, of the token that closes a bracket, if any."""
    stack = [CLOSING[texts[opening]]]
    for k in range(after, len(texts)):
        text = texts[k]
        if text in CLOSING:
            stack.append(CLOSING[text])
        elif text == stack[-1]:
            stack.pop()
            if not stack:
                return k
    return None
