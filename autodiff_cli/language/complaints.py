"""What to say about a text the grammar refuses: what is wrong, where, and what to write instead.

The parser knows only which token it could not take.  What the writer meant is read off that token
and those around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from autodiff_cli.errors import Span
from autodiff_cli.language.lexer import CLOSING, LINE_END, STRANGE, Kinds, Word, innermost_open
from autodiff_cli.language.names import KEYWORDS, function

__all__ = ["Complaint", "about", "look_alike"]


class Complaint(NamedTuple):
    """What is wrong, what to do, where, and its stable name."""

    message: str
    hint: str | None
    span: Span
    code: str


_OPENING = {closing: opening for opening, closing in CLOSING.items()}

_FOLLOWS = "a number, a name or `(`"

_SPELLED_OTHERWISE = {
    "&": "the logical connective is written `and`",
    "&&": "the logical connective is written `and`",
    "||": "the logical connective is written `or`",
    "|": "the absolute value is written `abs(x)`, the logical connective `or`",
    "!": "the factorial of n is written `gamma(n + 1)`, the negation `not`",
    "~": "the negation is written `not`",
    "'": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "{": "to group, write `(`",
    "}": "to group, write `(` and `)`",
    "\\": "this is not LaTeX: write `sin(x)`, `a/b`, `sqrt(x)`",
    "$": "leave out what is meant for the shell or for LaTeX",
    "?": "a choice is written `a if condition else b`",
    "//": "the whole part of a quotient is written `floor(a/b)`",
    "<>": "unequal is written `!=`",
    "=>": "at least is written `>=`",
    "=<": "at most is written `<=`",
    ":=": "a name is given a meaning with `=`",
    "++": "there is no `++`",
}


def about(source: str, words: Sequence[Word], at: int) -> Complaint:
    """Return the complaint about a token of a text that cannot stand where it stands."""
    return _About(source, words, at).complaint()


class _About:
    """One misplaced token, and what stands around it."""

    def __init__(self, source: str, words: Sequence[Word], at: int) -> None:
        self.source = source
        self.kinds = Kinds()
        self.here = words[at]
        self.before = [w for w in words[:at] if self.kinds[w.text] != LINE_END]
        self.starts_line = not at or self.kinds[words[at - 1].text] == LINE_END
        self.previous = self.before[-1] if self.before else None
        self.next = words[at + 1] if at + 1 < len(words) else None
        self.ends = not self.here.text or self.kinds[self.here.text] == LINE_END

    def complaint(self) -> Complaint:
        """Return what is wrong."""
        here, previous = self.here, self.previous
        if self.kinds[here.text] == STRANGE:
            return self._strange()
        if self.ends:
            return self._ended()
        if here.text in _OPENING:
            return self._closing()
        if here.text in KEYWORDS and (clash := self._keyword()):
            return clash
        pair = (previous.text if previous else "") + here.text
        if previous and previous.end == here.start and pair in _SPELLED_OTHERWISE:
            return Complaint(
                f"`{pair}` has no meaning",
                _SPELLED_OTHERWISE[pair],
                Span(previous.start, here.end),
                "unknown-operator",
            )
        if previous is None or self.starts_line:
            return Complaint(
                f"{'an expression' if previous is None else 'a line'} cannot begin with"
                f" `{here.text}`",
                f"{_FOLLOWS} comes first"
                if previous is None
                else "to go on from the line before, end that one with the operator",
                here.span,
                "missing-operand",
            )
        if self._is_operand_end(previous) and self._is_operand_start(here):
            return self._missing_operator(previous)
        if not self._is_operand_end(previous):
            return self._missing_between(previous)
        return self._misplaced(previous)

    # --- kinds of words ---

    def _is_name(self, word: Word) -> bool:
        return self.kinds[word.text] == "NAME"

    def _is_number(self, word: Word) -> bool:
        return self.kinds[word.text] == "NUMBER"

    def _is_operand_end(self, word: Word) -> bool:
        kind = self.kinds[word.text]
        return kind in ("NAME", "NUMBER", "SUPERSCRIPT", "TRANSPOSED") or word.text in _OPENING

    def _is_operand_start(self, word: Word) -> bool:
        return self._is_name(word) or self._is_number(word) or word.text in ("(", "[", "√")

    # --- what may be wrong ---

    def _strange(self) -> Complaint:
        text, here = self.here.text, self.here
        if text[0].isdigit() or (text[0] == "." and text[1:2].isdigit()):
            return self._malformed_number()
        if text[0] == "." and len(text) > 1:
            return Complaint(
                f"`{text}` has no meaning here",
                "there are no attributes but `.T`; functions are called as in `sin(x)`",
                here.span,
                "unknown-attribute",
            )
        previous, following = self.previous, self.next
        for pair, span in (
            (text + (following.text if following else ""), Span(here.start, here.end + 1)),
            ((previous.text if previous else "") + text, Span(here.start - 1, here.end)),
        ):
            if len(pair) == 2 and pair in _SPELLED_OTHERWISE:
                return Complaint(
                    f"`{pair}` has no meaning", _SPELLED_OTHERWISE[pair], span, "unknown-operator"
                )
        if previous is not None and text == "." and self._is_number(previous):
            return self._malformed_number()
        hint = _SPELLED_OTHERWISE.get(text)
        if alike := look_alike(text):
            hint = f"it looks like `{alike}` but is another character: write `{alike}`"
        return Complaint(
            f"{_character(text[0])} has no meaning here", hint, here.span, "unknown-character"
        )

    def _malformed_number(self) -> Complaint:
        text = self.here.text
        hint = "numbers are written as 12, 1_000, 0.5, .5 or 2e-3"
        if re.fullmatch(r"0[xXbBoO]\w+", text):
            hint = "numbers are decimal; to multiply, write a `*`"
        elif match := re.fullmatch(r"(\d[\d_]*(?:\.\d*)?|\.\d+)[eE]", text):
            hint = f"for a multiple of e write `{match[1]}*e`, for an exponent digits after the `e`"
        elif match := re.fullmatch(r"(\d+)\.([^\W\d]\w*)", text):
            hint = f"to multiply, write `{match[1]}*{match[2]}`"
        return Complaint(f"`{text[:40]}` is not a number", hint, self.here.span, "malformed-number")

    def _ended(self) -> Complaint:
        at = innermost_open([w.text for w in self.before])
        if not self.before:
            return Complaint(
                "the expression is empty",
                'give one, such as "x**2 + 1"',
                Span(0, 0),
                "empty-expression",
            )
        last = self.before[-1]
        if at is not None and self._is_operand_end(last):
            return self._never_closed(self.before[at])
        what = "the expression" if not self.here.text else "the line"
        hint = None
        if "IF" in (self.kinds[w.text] for w in self.before[-8:]):
            hint = "a choice is written `a if condition else b`"
        elif last.text == "=":
            hint = "behind `=` stands what the name means"
        return Complaint(
            f"{what} ends after `{last.text}`, where {_FOLLOWS} has to follow"
            if not self._is_operand_end(last)
            else f"{what} ends after `{last.text}`, where `else` has to follow",
            hint,
            last.span,
            "missing-operand" if not self._is_operand_end(last) else "missing-else",
        )

    def _never_closed(self, bracket: Word) -> Complaint:
        return Complaint(
            f"`{bracket.text}` is never closed",
            f"add `{CLOSING[bracket.text]}`",
            bracket.span,
            "unclosed-bracket",
        )

    def _closing(self) -> Complaint:
        here, previous = self.here, self.previous
        at = innermost_open([w.text for w in self.before])
        if at is None or previous is None:
            return Complaint(
                f"`{here.text}` closes nothing",
                f"remove it, or add `{_OPENING[here.text]}` before it",
                here.span,
                "unopened-bracket",
            )
        bracket = self.before[at]
        if CLOSING[bracket.text] != here.text:
            return Complaint(
                f"`{here.text}` cannot close `{bracket.text}`",
                f"write `{CLOSING[bracket.text]}`",
                Span(bracket.start, here.end),
                "mismatched-bracket",
            )
        if previous is bracket:
            return Complaint(
                f"nothing stands between `{bracket.text}` and `{here.text}`",
                None,
                Span(bracket.start, here.end),
                "missing-operand",
            )
        if any(self.kinds[w.text] == "COMMA" for w in self.before[at:]) and bracket.text == "(":
            hint = "a vector is written in square brackets: `[1, 2]`"
            return Complaint(
                "commas stand in the brackets of a call only",
                hint,
                Span(bracket.start, here.end),
                "tuple",
            )
        return self._missing_between(previous)

    def _keyword(self) -> Complaint | None:
        here, previous = self.here, self.previous
        if here.text in ("if", "and", "or", "else") and previous and self._is_operand_end(previous):
            if here.text == "else":
                return Complaint(
                    "`else` stands without `if`",
                    "a choice is written `a if condition else b`",
                    here.span,
                    "misplaced-keyword",
                )
            return None
        if here.text == "if":
            message = "`if` stands behind the value it is about"
            hint = "write `a if condition else b`"
        elif here.text == "not" and previous and self._is_operand_end(previous):
            message, hint = "`not` stands before a condition", "write `x and not y`"
        elif previous is not None and not self._is_operand_end(previous):
            message = f"`{here.text}` cannot follow `{previous.text}`"
            hint = f"`{here.text}` is a word of the language and cannot be the name of a variable"
        else:
            message = f"`{here.text}` cannot stand here"
            hint = f"`{here.text}` is a word of the language and cannot be the name of a variable"
        return Complaint(message, hint, here.span, "misplaced-keyword")

    def _missing_between(self, previous: Word) -> Complaint:
        here = self.here
        if previous.text in KEYWORDS and self.kinds[previous.text] != "NOT":
            hint = f"`{previous.text}` is a word of the language and cannot be a name"
        else:
            hint = None
        if here.text == "=" and previous.text in ("<", ">", "!", "="):
            hint = "comparisons are `<`, `<=`, `>`, `>=`, `==`, `!=`"
        return Complaint(
            f"`{here.text}` cannot follow `{previous.text}`: {_FOLLOWS} is missing between",
            hint,
            Span(previous.start, here.end),
            "missing-operand",
        )

    def _missing_operator(self, previous: Word) -> Complaint:
        here, left, right = self.here, previous.text, self.here.text
        span = Span(previous.start, here.end)
        at = innermost_open([w.text for w in self.before])
        if at is not None and "\n" in self.source[previous.end : here.start]:
            return self._never_closed(self.before[at])
        if self._is_name(previous) and function(left) is not None:
            return Complaint(
                f"`{left}` is a function: its argument has to stand in brackets",
                f"write `{left}({right})`" if self._is_operand(here) else None,
                span,
                "function-without-brackets",
            )
        if self._is_number(previous) and not self._is_number(here):
            return self._two_readings(previous)
        whole = self._is_operand(here) and self._is_operand(previous)
        return Complaint(
            f"an operator is missing between `{left}` and `{right}`",
            f"to multiply, write `{left}*{right}`"
            if whole
            else "to multiply, write `*` between them",
            span,
            "missing-operator",
        )

    def _is_operand(self, word: Word) -> bool:
        return self._is_name(word) or self._is_number(word)

    def _two_readings(self, number: Word) -> Complaint:
        """Complain of a product without a sign in a divisor or an exponent, or under a root."""
        operator = self.before[-2] if len(self.before) > 1 else number
        left = self.before[-3].text if len(self.before) > 2 else ""
        n, op, right = number.text, operator.text, self.here.text
        right += "...)" if right == "(" else "...]" if right == "[" else ""
        left = left if left and left not in _OPENING else "..."
        return Complaint(
            f"`{op}{n}{right}` can be read in two ways",
            f"write `({left}{op}{n})*{right}` or `{left}{op}({n}*{right})`",
            Span(operator.start, self.here.end),
            "ambiguous-product",
        )

    def _misplaced(self, previous: Word) -> Complaint:
        text, hint = self.here.text, None
        raises = text in ("**", "^") or self.kinds[text] == "SUPERSCRIPT"
        if raises and len(self.before) > 1 and self.before[-2].text == "√":
            return Complaint(
                f"`√{previous.text}{text}` can be read in two ways",
                "put brackets around the root, or around what is under it",
                Span(self.before[-2].start, self.here.end),
                "ambiguous-root",
            )
        if text == "=":
            hint = "a name is given a meaning at the beginning of a line; equality is `==`"
            if innermost_open([w.text for w in self.before]) is not None:
                hint = "an argument is named inside the brackets of a call; equality is `==`"
        elif text == ":":
            hint = "`:` stands in an index, as in `A[1:, 0]`"
        elif text == "," and innermost_open([w.text for w in self.before]) is not None:
            hint = "a vector is written in square brackets: `[1, 2]`"
        return Complaint(f"`{text}` cannot stand here", hint, self.here.span, "misplaced-token")


_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԛԝАВЕКМНОРСТХІЈЅαορτυνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ–—‐‑⁃∗✕✖•∙∕⁄﹢",
    "aeopcyxijshqwABEKMHOPCTXIJSaoptuvABEZHIKMNOPTYX-----*****//+",
)


def look_alike(text: str) -> str | None:
    """Return what a text of other characters looks like in plain ones; None if like nothing."""
    plain = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES)
    return plain if plain != text and plain.isascii() and plain.strip() else None


def _character(character: str) -> str:
    if not character.isprintable() or character.isspace():
        return f"the character U+{ord(character):04X}"
    if ord(character) > 126:
        return f"`{character}` ({unicodedata.name(character, 'unnamed').lower()})"
    return f"`{character}`"
