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

_CHOICE = "a choice is written `a if condition else b`"

_SPELLED_OTHERWISE = {
    "&": "the logical connective is written `and`",
    "&&": "the logical connective is written `and`",
    "||": "the logical connective is written `or`",
    "|": "the absolute value is written `abs(x)`, the logical connective `or`",
    "!": "the factorial of n is written `gamma(n + 1)`, the negation `not`",
    "~": "the negation is written `not`",
    "'": "a derivative is what `adiff grad` gives; it is not written in the expression",
    '"': "quotes are for the shell, around the whole expression",
    "`": "quotes are for the shell, around the whole expression",
    "{": "to group, write `(`",
    "}": "to group, write `(` and `)`",
    "\\": "this is not LaTeX: write `sin(x)`, `a/b`, `sqrt(x)`",
    "$": "leave out what is meant for the shell or for LaTeX",
    "“": "quotes are for the shell, around the whole expression",
    "”": "quotes are for the shell, around the whole expression",
    "′": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "∂": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "∞": "infinity is written `inf`",
    "°": "angles are in radians: 30 degrees are `30*pi/180`",
    "∑": "the sum of a vector is written `sum([1, 2])`",
    "∏": "the product of a vector is written `prod([1, 2])`",
    "∧": "the logical connective is written `and`",
    "∨": "the logical connective is written `or`",
    "¬": "the negation is written `not`",
    "?": _CHOICE,
    "//": "the whole part of a quotient is written `floor(a/b)`",
    "<>": "unequal is written `!=`",
    "=>": "at least is written `>=`",
    "=<": "at most is written `<=`",
    ":=": "a name is given a meaning with `=`",
    "+=": "a name keeps its meaning: give the new value a new name",
    "-=": "a name keeps its meaning: give the new value a new name",
    "*=": "a name keeps its meaning: give the new value a new name",
    "/=": "a name keeps its meaning: give the new value a new name; unequal is written `!=`",
    "===": "equality is written `==`",
    "!==": "unequal is written `!=`",
}


_SIGNS = ("+", "-", "−")

_FOREIGN = {
    "lambda": "a function is defined in a line of its own, as in `f(x) = x**2`",
    "def": "a function is defined in a line of its own, as in `f(x) = x**2`",
    "let": "a name is given a meaning as in `u = x + 1`",
    "var": "a name is given a meaning as in `u = x + 1`",
    "const": "a name is given a meaning as in `u = x + 1`",
    "return": "the last line is what is computed",
    "is": "equality is written `==`",
    "import": "there is nothing to import: `adiff functions` lists what is known",
    "from": "there is nothing to import: `adiff functions` lists what is known",
}
"""What to say of words that mean something in other languages."""


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
        self.after = words[at + 1 :]
        self.next = self.after[0] if self.after else None
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
        if pair := self._pair():
            return pair
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

    def _pair(self) -> Complaint | None:
        """Return what is wrong with two tokens that are one operator in another language."""
        for left, right in ((self.previous, self.here), (self.here, self.next)):
            if left and right and left.text and right.text and left.end == right.start:
                pair = left.text + right.text
                if pair in _SPELLED_OTHERWISE:
                    span = Span(left.start, right.end)
                    hint = _SPELLED_OTHERWISE[pair]
                    return Complaint(f"`{pair}` has no meaning", hint, span, "unknown-operator")
        return None

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
        if text[0] == "." and text.strip("."):
            return Complaint(
                f"`{text}` has no meaning here",
                "there are no attributes but `.T`; functions are called as in `sin(x)`",
                here.span,
                "unknown-attribute",
            )
        if pair := self._pair():
            return pair
        hint = _SPELLED_OTHERWISE.get(text)
        if text == "\\" and self.next and self.next.start == here.end and self._is_name(self.next):
            span = Span(here.start, self.next.end)
            text = f"\\{self.next.text}"
            return Complaint(f"`{text}` has no meaning here", hint, span, "unknown-character")
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
        elif alike := look_alike(text):
            hint = f"it looks like `{alike}` but has other characters: write `{alike}`"
        elif match := re.fullmatch(r"(\d[\d_]*(?:\.\d*)?|\.\d+)[eE]", text):
            hint = f"for a multiple of e write `{match[1]}*e`, for an exponent digits after the `e`"
        elif match := re.fullmatch(r"(\d+)\.([^\W\d]\w*)", text):
            hint = f"to multiply, write `{match[1]}*{match[2]}`"
        return Complaint(f"`{text}` is not a number", hint, self.here.span, "malformed-number")

    def _ended(self) -> Complaint:
        here, at = self.here, innermost_open([w.text for w in self.before])
        if not self.before and self.next and self.next.text:
            return Complaint(
                "nothing stands before this `;`", "leave it out", here.span, "missing-operand"
            )
        if not self.before:
            return Complaint(
                "the expression is empty",
                'give one, such as "x**2 + 1"',
                Span(0, 0),
                "empty-expression",
            )
        last = self.before[-1]
        what = "the expression" if not here.text else "the line"
        if not self._is_operand_end(last) and (at is None or last.text not in (",", ":")):
            hint = "behind `=` stands what the name means" if last.text == "=" else None
            if last.text == "%":
                hint = "`%` is the remainder of a division; 50 percent are `50/100`"
            return Complaint(
                f"{what} ends after `{last.text}`, where {_FOLLOWS} has to follow",
                hint,
                last.span,
                "missing-operand",
            )
        if at is not None and ";" in here.text and self._is_closed():
            bracket = self.before[at].text
            return Complaint(
                f"`;` ends a line, and cannot stand inside of `{bracket}`",
                "each row of a matrix is a list of its own: `[[1, 2], [3, 4]]`"
                if bracket == "["
                else "arguments are separated by commas",
                here.span,
                "misplaced-token",
            )
        if at is not None:
            return self._never_closed(self.before[at])
        return Complaint(
            f"{what} ends after `{last.text}`, where `else` has to follow",
            _CHOICE,
            last.span,
            "missing-else",
        )

    def _is_closed(self) -> bool:
        """Return whether the innermost open bracket is closed further on."""
        depth = 1
        for word in self.after:
            depth += (word.text in CLOSING) - (word.text in _OPENING)
            if not depth:
                return True
        return False

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
        if self._is_operand_end(previous):
            return Complaint(
                f"`else` is missing before `{here.text}`",
                _CHOICE,
                here.span,
                "missing-else",
            )
        return self._missing_between(previous)

    def _keyword(self) -> Complaint | None:
        here, previous = self.here, self.previous
        if here.text in ("if", "and", "or", "else") and previous and self._is_operand_end(previous):
            if here.text == "else":
                return Complaint(
                    "`else` stands without `if`",
                    _CHOICE,
                    here.span,
                    "misplaced-keyword",
                )
            return None
        if here.text == "if":
            message = "`if` stands behind the value it is about"
            hint = "write `a if condition else b`"
        elif here.text == "not" and previous and self._is_operand_end(previous):
            message, hint = "`not` stands before a condition", "write `x and not y`"
        elif here.text == "else" and previous is not None and previous.text == "if":
            message, hint = "a condition is missing between `if` and `else`", _CHOICE
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
        if here.text == "=" and previous.text in ("<", ">", "="):
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
        if self.kinds[left] == "SUPERSCRIPT" and right == "(" and self._raises_function(-2):
            return self._raised_function(self.before[-2], left)
        if self._is_number(previous) and not self._is_number(here):
            raised = right == "(" and self._raises_function(-3)
            if raised and self.before[-2].text in ("**", "^"):
                return self._raised_function(self.before[-3], self.before[-2].text + left)
            return self._two_readings(previous)
        whole = self._is_operand(here) and self._is_operand(previous)
        hint = f"to multiply, write `{left}*{right}`"
        if not whole:
            hint = "to multiply, write `*` between them"
        elif at is not None and (
            self.before[at].text == "[" or (at and self._is_name(self.before[at - 1]))
        ):
            hint += f"; for two values write `{left}, {right}`"
        return Complaint(
            f"an operator is missing between `{left}` and `{right}`",
            _FOREIGN.get(left, _FOREIGN.get(right, hint)),
            span,
            "missing-operator",
        )

    def _raises_function(self, k: int) -> bool:
        return len(self.before) >= -k and function(self.before[k].text) is not None

    def _raised_function(self, name: Word, power: str) -> Complaint:
        return Complaint(
            f"a power of `{name.text}` stands behind its argument",
            f"write `{name.text}(...){power}`",
            Span(name.start, self.before[-1].end),
            "function-without-brackets",
        )

    def _is_operand(self, word: Word) -> bool:
        return self._is_name(word) or self._is_number(word)

    def _two_readings(self, number: Word) -> Complaint:
        """Complain of a product without a sign in a divisor or an exponent, or under a root."""
        # The operator may have signs behind it, as in 2^-3x.
        k = len(self.before) - 2
        while k > 0 and self.before[k].text in _SIGNS:
            k -= 1
        n, right = number.text, self.here.text
        op = "".join(word.text for word in self.before[k:-1])
        right += {"(": "...)", "[": "...]", "√": "..."}.get(right, "")
        if self.next and self.next.text == "(" and self._is_name(self.here):
            right += "(...)"
        left = self.before[k - 1] if k > 0 else number
        kept = left.text if self._is_operand(left) else "..."
        first, second = f"({kept}{op}{n})*{right}", f"{kept}{op}({n}*{right})"
        if self.before[k].text == "√":
            first, second = f"√{n}*{right}", f"√({n}*{right})"
        return Complaint(
            f"`{op}{n}{right}` can be read in two ways",
            f"write `{first}` or `{second}`",
            Span(self.before[k].start, self.here.end),
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
            if previous.text == ")" and self.before[-2].text == "(":
                hint = "what has no parameters is no function: leave the brackets out"
            elif innermost_open([w.text for w in self.before]) is not None:
                hint = "an argument is named inside the brackets of a call; equality is `==`"
        elif text == ":":
            hint = "`:` stands in an index, as in `A[1:, 0]`"
        elif text == ",":
            hint = "a vector is written in square brackets: `[1, 2]`"
            if self._is_number(previous) and self.next and self._is_number(self.next):
                hint = (
                    f"a decimal point is written `{previous.text}.{self.next.text}`, a vector in"
                    f" square brackets: `[{previous.text}, {self.next.text}]`"
                )
        return Complaint(f"`{text}` cannot stand here", hint, self.here.span, "misplaced-token")


# Letters of Cyrillic and Greek first, then signs.
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
