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
from autodiff_cli.language.around import OPENING, Around
from autodiff_cli.language.characters import latex, look_alike, spoken
from autodiff_cli.language.foreign import FOREIGN_WORDS, FUNCTION, SPELLED_OTHERWISE
from autodiff_cli.language.lexer import (
    CLOSING,
    LINE_END,
    STRANGE,
    Word,
    closing_of,
    innermost_open,
)
from autodiff_cli.language.names import CONSTANTS, KEYWORDS, example_call, function, inverse_of
from autodiff_cli.language.rewritten import is_readable, rewritten
from autodiff_cli.language.words import SIGNS

__all__ = ["Complaint", "about"]


class Complaint(NamedTuple):
    """What is wrong, what to do, where, and its stable name."""

    message: str
    hint: str | None
    span: Span
    code: str


_FOLLOWS = "a number, a name or `(`"

_CHOICE = "a choice is written `a if condition else b`"

_TIGHT = ("/", "÷", "%", "@", "**", "^", "√")
"""Behind what a product needs its sign."""

_DERIVATIVE = re.compile(
    r"\bd(?:[²³]|(?:\^|\*\*)\d)?[^\W\d]?\s*/\s*d([^\W\d²³])([²³]|(?:\^|\*\*)\d)?\s*$"
)
"""The operator of a derivative, as in ``d/dx`` and ``d²/dx²``."""

_LEFT_OF_EQUALS = re.compile(r"\s*[d∂](\w)\s*/\s*[d∂](\w)\s*$")
"""A derivative that is given a meaning, as in ``dy/dx = x**2``."""

_FRACTION = re.compile(r"(\d*)([¼-¾⅐-⅞])(\w*)")

_MODULES: tuple[str, ...] = (
    "F",
    "np",
    "numpy",
    "math",
    "Math",
    "jnp",
    "torch",
    "tf",
    "cmath",
    "scipy",
    "sp",
)
_MODULES += ("sympy", "special", "mpmath", "mp", "nn", "K")
"""What functions are called by elsewhere."""


_WRITTEN = {
    "\\": "this is not LaTeX: write",
    "{": "braces are written as brackets:",
    "$": "leave them out:",
    "|": "the absolute value is written with `abs`:",
    "||": "the length of a vector is written with `norm`:",
    "‖": "the length of a vector is written with `norm`:",
    "∥": "the length of a vector is written with `norm`:",
}
"""What to say of a line that is rewritten because of a sign."""


def about(source: str, words: Sequence[Word], at: int) -> Complaint:
    """Return the complaint about a token of a text that cannot stand where it stands."""
    return _About(source, words, at).complaint()


class _About(Around):
    """One misplaced token, and what is wrong with it."""

    def complaint(self) -> Complaint:
        """Return what is wrong."""
        here, previous = self.here, self.previous
        if self.kinds[here.text] == STRANGE:
            return self._strange()
        if self.ends:
            return self._ended()
        if here.text in OPENING:
            return self._closing()
        if here.text in KEYWORDS and (clash := self._keyword()):
            return clash
        if pair := self._pair():
            return pair
        if previous is None or self.starts_line:
            return self._begins(here)
        if self._is_operand_end(previous) and self._is_operand_start(here):
            return self._missing_operator(previous)
        if not self._is_operand_end(previous):
            return self._missing_between(previous)
        return self._misplaced(previous)

    def _begins(self, here: Word) -> Complaint:
        what = "an expression" if self.previous is None else "a line"
        if here.text == "%":
            hint = "a comment begins with `#`"
        elif here.text == "@" and self.next and self.next.text == "(":
            hint = FUNCTION
        elif here.text == "<":
            hint = "a vector is written in square brackets: `[1, 2]`"
        elif self.previous is None:
            hint = f"{_FOLLOWS} comes first"
        else:
            hint = "to go on from the line before, end that one with the operator"
        message = f"{what} cannot begin with `{here.text}`"
        return Complaint(message, hint, here.span, "missing-operand")

    def _pair(self) -> Complaint | None:
        """Return what is wrong with two tokens that are one operator in another language."""
        for left, right in ((self.previous, self.here), (self.here, self.next)):
            if left and right and left.text and right.text and left.end == right.start:
                pair = left.text + right.text
                if pair in SPELLED_OTHERWISE:
                    span = Span(left.start, right.end)
                    hint = self._line_instead(pair) or SPELLED_OTHERWISE[pair]
                    return Complaint(f"`{pair}` has no meaning", hint, span, "unknown-operator")
        return None

    # --- what may be wrong ---

    def _strange(self) -> Complaint:
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
            return Complaint(
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
                hint = latex(self.source[here.start :], self.next.text) or hint
            text = f"\\{self.next.text}"
            if follows := SPELLED_OTHERWISE.get(f"\\{self.next.text.partition('_')[0]}"):
                hint = follows
            return Complaint(f"`{text}` has no meaning here", hint, span, "unknown-character")
        if hint is None and (alike := look_alike(text)):
            hint = f"it looks like `{alike}` but is another character: write `{alike}`"
        return Complaint(
            f"{spoken(text[0])} has no meaning here", hint, here.span, "unknown-character"
        )

    def _fraction(self, whole: str, sign: str, rest: str) -> Complaint:
        """Complain of a fraction that is one character: ``½``, ``2½``, ``½x``."""
        span = self.here.span
        if self.previous and self._is_number(self.previous) and self.previous.end == span.start:
            whole, span = self.previous.text, Span(self.previous.start, span.end)
        above, below = unicodedata.normalize("NFKC", sign).split("\u2044")
        written = f"({whole} + {above}/{below})" if whole else f"({above}/{below})"
        name = unicodedata.name(sign).lower()
        return Complaint(
            f"`{sign}` ({name}) has no meaning here",
            f"write `{written}*{rest}`" if rest else f"write `{written}`",
            span,
            "unknown-character",
        )

    def _is_between_digits(self) -> bool:
        """Return whether the token or the blank before it is between two groups of digits."""
        left = self.previous
        right = self.here if self._is_number(self.here) else self.next
        return (
            left is not None
            and right is not None
            and left.text.isdigit()
            and re.fullmatch(r"\d{3}(\.\d+)?", right.text) is not None
        )

    def _grouped_digits(self) -> Complaint:
        left, right = self.previous, self.here if self._is_number(self.here) else self.next
        assert left is not None
        assert right is not None
        return Complaint(
            f"`{self.source[left.start : right.end]}` is not a number",
            f"digits are grouped as in `{left.text}_{right.text}`",
            Span(left.start, right.end),
            "malformed-number",
        )

    def _line(self) -> str:
        """Return the line that the token is in."""
        first, last = self.at, self.at
        while first and self.kinds[self.words[first - 1].text] != LINE_END:
            first -= 1
        while self.words[last].text and self.kinds[self.words[last].text] != LINE_END:
            last += 1
        return self._text(first, last)

    def _line_instead(self, sign: str) -> str | None:
        """Return the hint that writes the whole line in the language."""
        begin = _WRITTEN.get(sign) or _WRITTEN.get(sign[0])
        apart = self.next is None or self.next.start > self.here.end
        if begin is None or (sign == "\\" and apart) or (whole := rewritten(self._line())) is None:
            return None
        if sign == "||" and "norm" not in whole:
            begin = _WRITTEN["|"]
        return f"{begin} `{whole}`"

    def _malformed_number(self) -> Complaint:
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
            depth += (word.text in CLOSING) - (word.text in OPENING)
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
                f"remove it, or add `{OPENING[here.text]}` before it",
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
        if previous.text == "%" and len(self.before) > 1 and self._is_number(self.before[-2]):
            n = self.before[-2].text
            hint = f"`%` is the remainder of a division; {n} percent are `{n}/100`"
        if here.text == "@" and self.next and self.next.text == "(":
            hint = FUNCTION
        if (previous.text + here.text).replace("^", "*").strip("*") == "":
            hint = "a power is written `x**2` or `x^2`"
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
        right_whole = self._operand(self.at)
        if number := self._two_numbers(previous):
            return number
        if self._is_name(previous) and (called := function(left)) is not None:
            argument = right_whole
            if self._is_number(here) and self.next and self._is_name(self.next):
                argument = f"{right}*{self._text(self.at + 1, self._end(self.at + 1))}"
            hint = f"write `{left}({argument})`"
            power = self._power(self.at)
            operand_before = len(self.before) > 1 and self._is_operand_end(self.before[-2])
            if operand_before and (called.arity == 2 or called.pairwise is not None):
                first = self._text(self._start(self.at - 2), self.at - 1)
                hint = f"write `{left}({first}, {argument})`"
            elif called.arity > 1:
                hint = f"write `{example_call(called)}`"
            elif power and argument == right_whole:
                hint = f"write `{left}({argument}){power}` or `{left}({argument}{power})`"
            return Complaint(
                f"`{left}` is a function: its argument has to stand in brackets",
                hint,
                span,
                "function-without-brackets",
            )
        if raised := self._raised_function(right_whole):
            return raised
        if derivative := self._derivative():
            return derivative
        foreign = FOREIGN_WORDS.get(left) or FOREIGN_WORDS.get(right)
        if right == "mod":
            foreign = self._remainder()
        elif right == "for" and any(word.text == "in" for word in self.after[:2]):
            foreign = "a sum is taken of a vector: `sum([1, 4, 9])`"
        readings = None if foreign else self._two_readings(right_whole)
        if readings is not None:
            return readings
        if right == "[" and self._is_number(previous):
            return self._indexed_number(right_whole)
        start = self._start(self.at - 1)
        left_whole = self._meant(self._text(start, self.at))
        right_whole = self._meant(right_whole) + self._power(self.at)
        sign = " @ " if left == ".T" else "*"
        hint = f"to multiply, write `{left_whole}{sign}{right_whole}`"
        if at is not None and (
            self.before[at].text == "[" or (at and self._is_name(self.before[at - 1]))
        ):
            hint += f"; for two values write `{left_whole}, {right_whole}`"
        return Complaint(
            f"an operator is missing between `{left}` and `{right}`",
            foreign or hint,
            span,
            "missing-operator",
        )

    def _meant(self, text: str) -> str:
        """Return an operand; a name that looks like a formula as that."""
        from autodiff_cli.language.glued import meant

        known = {word.text for word in self.words if self._is_name(word)}
        formula = meant(text, known - {text}) if text.isidentifier() else None
        return formula or text

    def _power(self, first: int) -> str:
        """Return the power that the operand which begins with a token is raised to."""
        sign = last = self._end(first)
        if self.words[sign].text not in ("**", "^"):
            return ""
        last += 1
        while self.words[last].text in SIGNS:
            last += 1
        if not self._is_operand_start(self.words[last]):
            return ""
        return self._text(sign, self._end(last))

    def _operand(self, first: int) -> str:
        """Return the operand that begins with a token, a function with its argument in brackets."""
        end = self._end(first)
        name = self.words[first]
        bare = self._is_name(name) and function(name.text) is not None and end == first + 1
        if bare and self._is_operand_start(self.words[end]):
            argument = self._operand(end)
            behind = self.words[self._end(end)]
            if self._is_number(self.words[end]) and self._is_operand_start(behind):
                argument = f"{argument}*{self._operand(self._end(end))}"
            return f"{name.text}{argument if argument[0] == '(' else f'({argument})'}"
        return self._text(first, end)

    def _two_numbers(self, previous: Word) -> Complaint | None:
        """Complain of a mixed number, ``1 1/2``, and of digits in groups, ``1 000``."""
        if not (self._is_number(previous) and self._is_number(self.here)):
            return None
        if innermost_open([w.text for w in self.before]) is None and self._is_between_digits():
            return self._grouped_digits()
        texts = [word.text for word in self.after[:2]]
        if texts[:1] != ["/"] or not self._is_number(self.after[1]):
            return None
        fraction = f"{self.here.text}/{texts[1]}"
        return Complaint(
            f"`{previous.text} {fraction}` could be a sum or a product",
            f"a mixed number is written `({previous.text} + {fraction})`; to multiply, write"
            f" `{previous.text}*{fraction}`",
            Span(previous.start, self.after[1].end),
            "missing-operator",
        )

    def _remainder(self) -> str:
        """Return what to write for ``x mod 3``."""
        start = self._start(self.at - 1)
        alone = not start or self.words[start - 1].text in (*CLOSING, "=", ",", "+", "-")
        if alone and self.next and self._is_operand_start(self.next):
            right = self._text(self.at + 1, self._end(self.at + 1))
            return f"write `{self._text(start, self.at)} % {right}`"
        return "the remainder of a division is written `a % b`"

    def _raised_function(self, argument: str) -> Complaint | None:
        """Complain of a power between a function and its argument: ``sin^2(x)``, ``sin² x``."""
        k = self.at - 1
        if self.kinds[self.words[k].text] == "SUPERSCRIPT":
            k -= 1
        else:
            if not self._is_operand_end(self.words[k]):
                return None
            k = self._start(k)
            while k > 0 and self.words[k - 1].text in SIGNS:
                k -= 1
            if k < 2 or self.words[k - 1].text not in ("**", "^"):
                return None
            k -= 2
        name = self.words[k]
        if k < 0 or not self._is_name(name) or function(name.text) is None:
            return None
        power = self._text(k + 1, self.at)
        called = argument if argument[:1] == "(" else f"({argument})"
        inverse = inverse_of(name.text) if power.strip("^*⁻-−()") in ("1", "¹") else None
        negative = bool(set(power) & set("-−⁻"))
        hint = f"write `{name.text}{called}{power}`"
        if inverse and negative:
            hint = f"the inverse function is written `{inverse}{called}`, the power" + hint[5:]
        return Complaint(
            f"a power of `{name.text}` stands behind its argument",
            hint,
            Span(name.start, self.words[self.at - 1].end),
            "function-without-brackets",
        )

    def _derivative(self) -> Complaint | None:
        """Complain of ``d/dx x**2``."""
        begin = self.source.rfind("\n", 0, self.here.start) + 1
        match = _DERIVATIVE.search(self.source[begin : self.here.start])
        if match is None:
            return None
        order = unicodedata.normalize("NFKC", match[2] or "").strip("^*")
        end = self.at
        while self.words[end].text and self.kinds[self.words[end].text] != LINE_END:
            end += 1
        rest = self._text(self.at, end)
        options = f"--wrt {match[1]}" + f" --order {order}" * (order.isdigit() and order != "1")
        return Complaint(
            f"`{match[0].strip()}` is no operator here",
            f'a derivative is what `adiff grad "{rest}" {options}` gives',
            Span(begin + match.start(), self.words[self.at - 1].end),
            "missing-operator",
        )

    def _is_equation(self) -> bool:
        """Return whether the line is an equation between two expressions."""
        left, sign, right = self._line().partition("=")
        return bool(sign and "=" not in right) and is_readable(left) and is_readable(right)

    def _indexed_number(self, right: str) -> Complaint:
        number = self.words[self.at - 1].text
        return Complaint(
            f"`{number}[...]` could be a product or a part of `{number}`",
            f"to multiply, write `{number}*{right}`; a number has no parts",
            Span(self.words[self.at - 1].start, self.here.end),
            "ambiguous-product",
        )

    def _attribute(self, name: str) -> Complaint | None:
        """Complain of a function that is called as that of a module, or of an object."""
        k = self.at - 1
        if k < 0 or not self._is_operand_end(self.words[k]):
            return None
        known = name.lower()
        if function(known) is None and known not in CONSTANTS:
            return None
        start, end = self._start(k), self._end(self.at)
        owner, written = self._text(start, self.at), known
        if self.next and self.next.text == "(":
            closing = closing_of([w.text for w in self.words], self.at + 1, self.at + 2)
            end = self.at + 2 if closing is None else closing + 1
            inside = self._text(self.at + 2, end - 1)
            if owner in _MODULES:
                written = f"{known}({inside or 'x'})"
            else:
                written = f"{known}({', '.join(filter(None, [owner, inside]))})"
        elif function(known) is not None:
            written = f"{known}({'x' if owner in _MODULES else owner})"
        return Complaint(
            f"`.{name}` has no meaning here",
            f"write `{written}`",
            Span(self.words[start].start, self.here.end),
            "unknown-attribute",
        )

    def _written_instead(self) -> str | None:
        """Return the hint that writes what a sign is about in the language."""
        text, k = self.here.text, self.at
        operand = ""
        if k and self._is_operand_end(self.words[k - 1]):
            operand = self._text(self._start(k - 1), k)
        exponent = unicodedata.normalize("NFKC", text)
        if operand and exponent.isalnum() and unicodedata.decomposition(text[0])[:7] == "<super>":
            return f"a power is written `{operand}**{exponent}`"
        if operand and text == "$" and self.next and not self.next.text:
            return f"leave it out: `{operand}`"
        after = self.next.text if self.next else ""
        if text in "'’′" and operand and after != "(":
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

    def _two_readings(self, right: str) -> Complaint | None:
        """Complain of a product without a sign in a divisor or an exponent, or under a root."""
        first = self._start(self.at - 1)
        # The operator may have signs behind it, as in 2^-3x.
        k = first - 1
        while k > 0 and self.words[k].text in SIGNS:
            k -= 1
        if k < 0 or self.words[k].text not in _TIGHT:
            return None
        factor, op = self._text(first, self.at), self._text(k, first)
        kept = self._text(self._start(k - 1), k) if k else ""
        if factor == "T" and self.words[k].text in ("^", "**"):
            return Complaint(
                f"`{kept}{op}T` is a power, not a transpose",
                f"the transpose is written `{kept}.T`, a product of matrices with `@`",
                Span(self.words[k].start, self.here.end),
                "ambiguous-product",
            )
        if self.words[k].text == "√":
            one, other = f"√{factor}*{right}", f"√({factor}*{right})"
        else:
            one, other = f"({kept}{op}{factor})*{right}", f"{kept}{op}({factor}*{right})"
        return Complaint(
            f"`{self._text(k, self._end(self.at))}` can be read in two ways",
            f"write `{one}` or `{other}`",
            Span(self.words[k].start, self.here.end),
            "ambiguous-product",
        )

    def _misplaced(self, previous: Word) -> Complaint:
        text, hint = self.here.text, None
        raises = text in ("**", "^") or self.kinds[text] == "SUPERSCRIPT"
        first = self._start(self.at - 1)
        if raises and first and self.words[first - 1].text == "√":
            root, under = self._text(first - 1, self.at), self._text(first, self.at)
            end = self.at + 1
            if text in ("**", "^"):
                while self.words[end].text in SIGNS:
                    end += 1
                end = self._end(end)
            power = self._text(self.at, end)
            return Complaint(
                f"`{root}{power}` can be read in two ways",
                f"write `({root}){power}` or `√({under}{power})`",
                Span(self.words[first - 1].start, self.here.end),
                "ambiguous-root",
            )
        if text == "=":
            hint = "a name is given a meaning at the beginning of a line; equality is `==`"
            if previous.text == ")" and self.before[-2].text == "(":
                hint = "what has no parameters is no function: leave the brackets out"
            elif match := _LEFT_OF_EQUALS.search(self._line().partition("=")[0]):
                rest = self._line().partition("=")[2].strip()
                hint = f'a derivative is what `adiff grad "{rest}" --wrt {match[2]}` gives'
            elif self._is_equation():
                left, _, right = self._line().partition("=")
                right = right.strip()
                right = right if right.isalnum() else f"({right})"
                zero = right == "0"
                hint = "an equation is given by what is to be 0: "
                hint += f"`{left.strip()}`" if zero else f"`{left.strip()} - {right}`"
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
