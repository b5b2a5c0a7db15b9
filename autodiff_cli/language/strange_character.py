"""Explain characters, and pairs of characters, that the language does not have."""

from __future__ import annotations

import re
import unicodedata

from autodiff_cli.errors import Span
from autodiff_cli.language.around import SyntaxProblem
from autodiff_cli.language.characters import latex, look_alike, spoken
from autodiff_cli.language.foreign import SPELLED_OTHERWISE
from autodiff_cli.language.foreign_calls import MODULES, with_plain_keywords
from autodiff_cli.language.format import DIVIDING
from autodiff_cli.language.lexer import CLOSING, LINE_END, closing_of, innermost_open
from autodiff_cli.language.missing_operator import MissingOperator
from autodiff_cli.language.names import CONSTANTS, function
from autodiff_cli.language.rewritten import is_readable, rewritten

__all__ = ["StrangeCharacter"]

_FRACTION = re.compile(r"(\d*)([¼-¾⅐-⅞])(\w*)")

_WRITTEN = {
    "\\": "this is not LaTeX: write",
    "{": "braces are written as brackets:",
    "@@": "a function is applied to arguments in brackets:",
    "/@": "a function is applied to each element of a vector:",
    "$": "leave them out:",
    "|": "the absolute value is written with `abs`:",
    "||": "the length of a vector is written with `norm`:",
    "‖": "the length of a vector is written with `norm`:",
    "∥": "the length of a vector is written with `norm`:",
}
"""The beginning of the hint for a line that is rewritten because of a character."""


class StrangeCharacter(MissingOperator):
    """Explains a character that has no meaning, or none in its position."""

    def _pair(self) -> SyntaxProblem | None:
        """Return the problem of two tokens that are one operator in another language."""
        for left, right in ((self.previous, self.here), (self.here, self.next)):
            if left and right and left.text and right.text and left.end == right.start:
                pair = left.text + right.text
                if pair in SPELLED_OTHERWISE:
                    span = Span(left.start, right.end)
                    hint = self._line_instead(pair) or SPELLED_OTHERWISE[pair]
                    return SyntaxProblem(f"`{pair}` has no meaning", hint, span, "unknown-operator")
        return None

    def _strange(self) -> SyntaxProblem:
        text, here = self.here.text, self.here
        if match := _FRACTION.fullmatch(text):
            return self._fraction(*match.groups())
        if text in "'’" and self._is_between_digits():
            return self._grouped_digits()
        if text[0].isdigit() or (text[0] == "." and text[1:2].isdigit()):
            return self._malformed_number()
        if text[0] == "." and text.strip("."):
            if call := self._attribute(text.rpartition(".")[2]):
                return call
            return SyntaxProblem(
                f"`{text}` has no meaning here",
                "there are no attributes but `.T`; functions are called as in `sin(x)`",
                here.span,
                "unknown-attribute",
            )
        if pair := self._pair():
            return pair
        hint = self._line_instead(text) or self._written_instead() or SPELLED_OTHERWISE.get(text)
        if text == "\\" and self.next and self.next.start == here.end and self._is_name(self.next):
            span = Span(here.start, self.next.end)
            if hint == SPELLED_OTHERWISE[text]:
                found = latex(self.source[here.start :], self.next.text)
                written = (found or "").partition("`")[2].partition("`")[0]
                if found and (len(written) < 3 or written[:5] == "adiff" or is_readable(written)):
                    hint = found
            text = f"\\{self.next.text}"
            if follows := SPELLED_OTHERWISE.get(f"\\{self.next.text.partition('_')[0]}"):
                hint = follows
            return SyntaxProblem(f"`{text}` has no meaning here", hint, span, "unknown-character")
        if hint is None and (alike := look_alike(text)):
            hint = f"it looks like `{alike}` but is another character: write `{alike}`"
        if hint is None and unicodedata.category(text[0])[0] == "M":
            hint = "names have no accents: they consist of letters, digits and `_`"
        return SyntaxProblem(
            f"{spoken(text[0])} has no meaning here", hint, here.span, "unknown-character"
        )

    def _fraction(self, whole: str, sign: str, rest: str) -> SyntaxProblem:
        """Return the problem of a fraction that is one character: ``½``, ``2½``, ``½x``."""
        span = self.here.span
        if self.previous and self._is_number(self.previous) and self.previous.end == span.start:
            whole, span = self.previous.text, Span(self.previous.start, span.end)
        above, below = unicodedata.normalize("NFKC", sign).split("\u2044")
        written = f"({whole} + {above}/{below})" if whole else f"({above}/{below})"
        name = unicodedata.name(sign).lower()
        raised = self.previous and self.previous.text in (*DIVIDING, "^", "**")
        also = f", or `({written}*{rest})` if that is one" if raised else ""
        return SyntaxProblem(
            f"`{sign}` ({name}) has no meaning here",
            f"write `{written}*{rest}`{also}" if rest else f"write `{written}`",
            span,
            "unknown-character",
        )

    def _malformed_number(self) -> SyntaxProblem:
        text = self.here.text
        hint = "numbers are written as 12, 1_000, 0.5, .5 or 2e-3"
        if re.fullmatch(r"0[xXbBoO]\w+", text):
            hint = "numbers are decimal; to multiply, write a `*`"
        elif ".." in text:
            hint = "a range is written out as a vector: `sum([1, 2, 3])`"
        elif alike := look_alike(text):
            hint = f"it looks like `{alike}` but has other characters: write `{alike}`"
        elif match := re.fullmatch(r"(\d[\d_]*(?:\.\d*)?|\.\d+)[eE]", text):
            hint = f"for a multiple of e write `{match[1]}*e`, for an exponent digits after the `e`"
        elif match := re.fullmatch(r"(\d+)\.([^\W\d]\w*)", text):
            hint = f"to multiply, write `{match[1]}*{match[2]}`"
        return SyntaxProblem(f"`{text}` is not a number", hint, self.here.span, "malformed-number")

    def _line_instead(self, sign: str) -> str | None:
        """Return the hint with the whole line rewritten in the language."""
        begin = _WRITTEN.get(sign) or _WRITTEN.get(sign[0])
        apart = self.next is None or self.next.start > self.here.end
        if begin is None or (sign == "\\" and apart) or (whole := rewritten(self._line())) is None:
            return None
        if sign == "||" and "norm" not in whole:
            begin = _WRITTEN["|"]
        return f"{begin} `{whole}`"

    def _written_instead(self) -> str | None:
        """Return the hint with the operand of the character rewritten in the language."""
        text, k = self.here.text, self.at
        operand = ""
        if k and self._is_operand_end(self.tokens[k - 1]):
            operand = self._text(self._start(k - 1), k)
        exponent = unicodedata.normalize("NFKC", text)
        if operand and exponent.isalnum() and unicodedata.decomposition(text[0])[:7] == "<super>":
            return f"a power is written `{operand}**{exponent}`"
        if operand and text == "$" and self.next and not self.next.text:
            return f"leave it out: `{operand}`"
        after = self.next.text if self.next else ""
        if text in "'’′" and operand and after not in ("(", "'", "’", "′"):
            return (
                f"the transpose is written `{operand}.T`; a derivative is what `adiff grad` gives"
            )
        if text == "." and operand and after in CLOSING:
            return f"the dot product is written `{operand} @ {self._operand(self.at + 1)}`"
        ends_line = not after or self.kinds[after] == LINE_END
        if text == "\\" and operand and self.next and not ends_line:
            if self.next.start > self.here.end:
                return f"a system of equations is solved by `solve({operand}, {after})`"
        elif ends_line and not text.strip("\\.") and text != ".":
            return "a line goes on if it ends with an operator, or while a bracket is open"
        if text[0] == "!" and operand:
            return f"the factorial is written `gamma({operand} + 1)`, the negation `not`"
        if text[0] in "|{" and (closing := self.source.find("|}"[text == "{"], self.here.end)) > 0:
            inside = self.source[self.here.end : closing].strip()
            if inside and "\n" not in inside and not set(inside) & set("|{}\\"):
                called = self.previous and function(self.previous.text) is not None
                before = operand if called else ""
                if text == "{" and self.previous and self.previous.text in ("^", "**"):
                    before = self._text(self._start(k - 2), k)
                if text == "{" and re.match(r"[^\W\d]\w*,", inside) and self._over_a_range(k):
                    return SPELLED_OTHERWISE["∑"]
                if text == "{" and "," in inside and not before:
                    return f"a vector is written `[{inside}]`"
                if text == "{":
                    return f"to group, write `{before}({inside})`"
                if is_readable(inside):
                    written = f"{before}(abs({inside}))" if called else f"abs({inside})"
                    return f"the absolute value is written `{written}`"
        if text in "'’" and not operand:
            return SPELLED_OTHERWISE['"']
        if text == "$" and (closing := self.source.find("$", self.here.end)) > 0:
            return f"leave them out: `{self.source[self.here.end : closing].strip()}`"
        return None

    def _over_a_range(self, k: int) -> bool:
        """Return whether a list is the range of a sum, as in ``Sum[k, {k, 1, n}]``."""
        at = innermost_open([token.text for token in self.tokens[:k]])
        return bool(at) and self.tokens[(at or 1) - 1].text in ("Sum", "Product", "Table")

    def _attribute(self, name: str) -> SyntaxProblem | None:
        """Return the problem of a function that is called as an attribute."""
        k = self.at - 1
        if k < 0 or not self._is_operand_end(self.tokens[k]):
            return None
        known = name.lower()
        if function(known) is None and known not in CONSTANTS:
            return None
        start, end = self._start(k), self._end(self.at)
        owner, written = self._text(start, self.at), known
        if self.next and self.next.text == "(":
            closing = closing_of([w.text for w in self.tokens], self.at + 1, self.at + 2)
            end = self.at + 2 if closing is None else closing + 1
            inside = self._text(self.at + 2, end - 1)
            if owner in MODULES:
                written = f"{known}({inside or 'x'})"
            else:
                inside = with_plain_keywords(inside)
                written = f"{known}({', '.join(filter(None, [owner, inside]))})"
        elif function(known) is not None:
            written = f"{known}({'x' if owner in MODULES else owner})"
        return SyntaxProblem(
            f"`.{name}` has no meaning here",
            f"write `{written}`",
            Span(self.tokens[start].start, self.here.end),
            "unknown-attribute",
        )
