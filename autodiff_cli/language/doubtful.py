"""Find notation that the grammar reads in one way while another reading is as likely."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from autodiff_cli.errors import Span
from autodiff_cli.language.characters import is_greek
from autodiff_cli.language.foreign import FOREIGN_WORDS
from autodiff_cli.language.foreign_functions import formula_of
from autodiff_cli.language.lexer import Kinds, closing_of, innermost_open
from autodiff_cli.language.program import Program

__all__ = ["doubtful_signs"]

TYPES = ("double", "float", "real", "int", "float64", "complex")
"""The types of numbers in other languages."""

_WORTH_A_LOOK = re.compile(
    r"(?:\^|\*\*)\s*(?:1\s*/|T\b)|\d\.?[^\W\d_]{1,3}\b|\d[CP]\d|\)_|\[[^\[\],]*\]\s*[\^*/]|[*/]\s*\[|%\w+%"
    rf"|\(\s*(?:{'|'.join(TYPES)})\s*\)"
)
"""Matches every such text: most texts do not match, and need no tokens with positions."""


def doubtful_signs(program: Program, given: Collection[str]) -> Iterator[tuple[str, Span]]:
    """Yield a message and a span for each notation that may be intended differently.

    Parameters
    ----------
    given
        The variables that have values, about which there is no doubt.
    """
    if not _WORTH_A_LOOK.search(program.source):
        return

    kinds, tokens = Kinds(), program.tokens
    for k, (text, start, end) in enumerate(tokens[:-1]):
        following = tokens[k + 1]
        after = [token.text for token in tokens[k + 1 : k + 4]]
        if text in ("^", "**") and after[:2] == ["1", "/"] and kinds[after[2]] == "NUMBER":
            span, n = Span(start, tokens[k + 3].end), after[2]
            base = (
                tokens[k - 1].text if kinds[tokens[k - 1].text] in ("NAME", "NUMBER") else "(...)"
            )
            root = f"a root is written `{base}{text}(1/{n})`"
            yield f"`{base}{text}1/{n}` is `({base}{text}1)/{n}`; {root}", span
        elif text == ")" and following.text.startswith("_") and following.start == end:
            said = f"`{following.text}` is taken for a variable; an element is written `v[0]`"
            yield said, following.span
        elif text in ("^", "**") and after[0] == "T" and k and "T" in {*program.names} - {*given}:
            matrix = tokens[k - 1]
            if re.fullmatch(r"[A-Z]", matrix.text):
                said = f"`T` is taken for a variable; the transpose is written `{matrix.text}.T`"
                yield said, Span(matrix.start, following.end)
        elif kinds[text] == "NUMBER" and following.start == end and following.text not in given:
            suffix, span = following.text, Span(start, following.end)
            if suffix in ("i", "j") and suffix in program.names:
                yield f"`{suffix}` is taken for a variable: there are no complex numbers", span
            elif suffix in program.names and re.fullmatch(r"[CP]\d+", suffix):
                name, below = {"C": "binom", "P": "npr"}[suffix[0]], suffix[1:]
                formula = formula_of(name, [text, below])
                yield (
                    f"`{suffix}` is taken for a variable; write `{formula}` if that is meant",
                    span,
                )
            elif suffix in ("f", "F") and "." in text and suffix in program.names:
                yield f"`{suffix}` is taken for a variable; the number is written `{text}`", span
            elif suffix in program.names and _is_product(suffix, program):
                product = "*".join((text, *suffix))
                said = f"`{suffix}` is taken for one variable; write `{product}` if that is meant"
                yield said, span
        elif text == "%" and after[1:2] == ["%"] and _is_tight(program, k):
            named = f"%{following.text}%"
            said = f"`{named}` is taken for two remainders; there are no operators with names"
            yield said, Span(start, tokens[k + 2].end)
        elif text == "[" and (closing := _group(program, k)) is not None:
            inside = program.text(k + 1, closing)
            said = f"`[{inside}]` is a list of one value; to group, write `({inside})`"
            yield said, Span(start, tokens[closing].end)
        elif text in TYPES and text not in given and k and tokens[k - 1].text == "(":
            operand = after[1:2] and (kinds[after[1]] in ("NAME", "NUMBER") or after[1] == "(")
            if after[0] == ")" and operand:
                said = f"`{text}` is taken for a variable: numbers have no types, so leave it out"
                yield said, Span(tokens[k - 1].start, following.end)


def _is_tight(program: Program, k: int) -> bool:
    """Return whether three tokens are one word, apart from others or with a word in them."""
    tokens = program.tokens[k - 1 : k + 4]
    left, first, name, last, right = tokens
    is_word = first.end == name.start and name.end == last.start and name.text.isidentifier()
    apart = left.end < first.start and last.end < right.start
    return is_word and (apart or name.text in FOREIGN_WORDS)


def _is_product(name: str, program: Program) -> bool:
    """Return whether a name looks like a product only because a number directly precedes it."""
    from autodiff_cli.language.glued import meant

    if not re.fullmatch(r"[A-Za-z]{2,3}", name) or name[0] == "d" or is_greek(name):
        return False
    if sum(token.text == name for token in program.tokens) > 1:
        # It may be a name with a coefficient each time, but not if it is used without.
        kinds, texts = Kinds(), ["", *(token.text for token in program.tokens)]
        uses = [before for before, text in pairwise(texts) if text == name]
        if not all(kinds[before] == "NUMBER" for before in uses):
            return False
    letters = len(name) == 2 or any(letter in "xyz" for letter in name)
    is_word = not letters and any(letter in "aeiou" for letter in name)
    return not is_word and meant(name, {*program.names, *program.definitions}) is None


def _group(program: Program, opening: int) -> int | None:
    """Return the closing token of a list of one value that is an operand of a product or power.

    None if it is no such list, or is inside of another bracket.
    """
    texts = [token.text for token in program.tokens]
    before = texts[opening - 1] if opening else ""
    closing = closing_of(texts, opening, opening + 1)
    if closing is None or innermost_open(texts[:opening]) is not None:
        return None
    inside = texts[opening + 1 : closing]
    operand_before = before in (")", "]") or before.isidentifier()
    single = not operand_before and not {",", "[", ":"} & set(inside)
    is_factor = texts[closing + 1] in _FACTORS or before in ("*", "/")
    return closing if single and is_factor else None


_FACTORS = ("^", "**", "*", "/")
