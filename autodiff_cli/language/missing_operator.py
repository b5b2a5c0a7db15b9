"""Explain a missing operator between two operands."""

from __future__ import annotations

import re
import unicodedata

from autodiff_cli.errors import Span
from autodiff_cli.language.around import Around, SyntaxProblem
from autodiff_cli.language.foreign import FOREIGN_WORDS
from autodiff_cli.language.format import DIVIDING, SIGNS
from autodiff_cli.language.lexer import CLOSING, LINE_END, Token, innermost_open
from autodiff_cli.language.names import example_call, function, inverse_of

__all__ = ["MissingOperator"]

_DERIVATIVE = re.compile(
    r"\bd(?:[²³]|(?:\^|\*\*)\d)?[^\W\d]?\s*/\s*d([^\W\d²³])([²³]|(?:\^|\*\*)\d)?\s*$"
)
"""The operator of a derivative, as in ``d/dx`` and ``d²/dx²``."""


class MissingOperator(Around):
    """Explains an operand that directly follows another one."""

    def _missing_operator(self, previous: Token) -> SyntaxProblem:
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
            return SyntaxProblem(
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
        if right == "for" and any(token.text == "in" for token in self.after[:2]):
            foreign = "a sum is taken of a vector: `sum([1, 4, 9])`"
        readings = None if foreign else self._two_readings(right_whole + self._power(self.at))
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
        return SyntaxProblem(
            f"an operator is missing between `{left}` and `{right}`",
            foreign or hint,
            span,
            "missing-operator",
        )

    def _meant(self, text: str) -> str:
        """Return the formula that a name looks like; any other operand unchanged."""
        from autodiff_cli.language.glued import meant

        known = {token.text for token in self.tokens if self._is_name(token)}
        formula = meant(text, known - {text}) if text.isidentifier() else None
        return formula or text

    def _two_numbers(self, previous: Token) -> SyntaxProblem | None:
        """Return the problem of a mixed number, ``1 1/2``, or of grouped digits, ``1 000``."""
        if not (self._is_number(previous) and self._is_number(self.here)):
            return None
        if innermost_open([w.text for w in self.before]) is None and self._is_between_digits():
            return self._grouped_digits()
        texts = [token.text for token in self.after[:2]]
        if texts[:1] != ["/"] or not self._is_number(self.after[1]):
            return None
        fraction = f"{self.here.text}/{texts[1]}"
        return SyntaxProblem(
            f"`{previous.text} {fraction}` could be a sum or a product",
            f"a mixed number is written `({previous.text} + {fraction})`; to multiply, write"
            f" `{previous.text}*{fraction}`",
            Span(previous.start, self.after[1].end),
            "missing-operator",
        )

    def _is_between_digits(self) -> bool:
        """Return whether the token, or the blank before it, separates two groups of digits."""
        left = self.previous
        right = self.here if self._is_number(self.here) else self.next
        return (
            left is not None
            and right is not None
            and left.text.isdigit()
            and re.fullmatch(r"\d{3}(\.\d+)?", right.text) is not None
        )

    def _grouped_digits(self) -> SyntaxProblem:
        left, right = self.previous, self.here if self._is_number(self.here) else self.next
        assert left is not None
        assert right is not None
        return SyntaxProblem(
            f"`{self.source[left.start : right.end]}` is not a number",
            f"digits are grouped as in `{left.text}_{right.text}`",
            Span(left.start, right.end),
            "malformed-number",
        )

    def _raised_function(self, argument: str) -> SyntaxProblem | None:
        """Return the problem of ``sin^2(x)`` or ``sin² x``: an exponent before the argument."""
        k = self.at - 1
        if self.kinds[self.tokens[k].text] == "SUPERSCRIPT":
            k -= 1
        else:
            if not self._is_operand_end(self.tokens[k]):
                return None
            k = self._start(k)
            while k > 0 and self.tokens[k - 1].text in SIGNS:
                k -= 1
            if k < 2 or self.tokens[k - 1].text not in ("**", "^"):
                return None
            k -= 2
        name = self.tokens[k]
        if k < 0 or not self._is_name(name) or function(name.text) is None:
            return None
        power = self._text(k + 1, self.at)
        called = argument if argument[:1] == "(" else f"({argument})"
        inverse = inverse_of(name.text) if power.strip("^*⁻-−()") in ("1", "¹") else None
        negative = bool(set(power) & set("-−⁻"))
        hint = f"write `{name.text}{called}{power}`"
        if inverse and negative:
            hint = f"the inverse function is written `{inverse}{called}`, the power" + hint[5:]
        return SyntaxProblem(
            f"a power of `{name.text}` stands behind its argument",
            hint,
            Span(name.start, self.tokens[self.at - 1].end),
            "function-without-brackets",
        )

    def _derivative(self) -> SyntaxProblem | None:
        """Return the problem of ``d/dx x**2``."""
        begin = self.source.rfind("\n", 0, self.here.start) + 1
        match = _DERIVATIVE.search(self.source[begin : self.here.start])
        if match is None:
            return None
        order = unicodedata.normalize("NFKC", match[2] or "").strip("^*")
        end = self.at
        while self.tokens[end].text and self.kinds[self.tokens[end].text] != LINE_END:
            end += 1
        rest = self._text(self.at, end)
        options = f"--wrt {match[1]}" + f" --order {order}" * (order.isdigit() and order != "1")
        return SyntaxProblem(
            f"`{match[0].strip()}` is no operator here",
            f'a derivative is what `adiff grad "{rest}" {options}` gives',
            Span(begin + match.start(), self.tokens[self.at - 1].end),
            "missing-operator",
        )

    def _indexed_number(self, right: str) -> SyntaxProblem:
        number = self.tokens[self.at - 1].text
        return SyntaxProblem(
            f"`{number}[...]` could be a product or a part of `{number}`",
            f"to multiply, write `{number}*{right}`; a number has no parts",
            Span(self.tokens[self.at - 1].start, self.here.end),
            "ambiguous-product",
        )

    def _two_readings(self, right: str) -> SyntaxProblem | None:
        """Return the problem of a product without an operator in a divisor, exponent or root."""
        first = self._start(self.at - 1)
        # The operator may be followed by signs, as in 2^-3x.
        k = first - 1
        while k > 0 and self.tokens[k].text in SIGNS:
            k -= 1
        if k < 0 or self.tokens[k].text not in (*DIVIDING, "**", "^", "√"):
            return None
        factor, op = self._text(first, self.at), self._text(k, first)
        base = self._start(k - 1) if k else 0
        # A division applies to the whole product on its left, a power to its last operand only.
        kept = self._text(base if op in ("^", "**") else self._product_start(base), k)
        if factor == "T" and self.tokens[k].text in ("^", "**"):
            return SyntaxProblem(
                f"`{kept}{op}T` is a power, not a transpose",
                f"the transpose is written `{kept}.T`, a product of matrices with `@`",
                Span(self.tokens[k].start, self.here.end),
                "ambiguous-product",
            )
        if self.tokens[k].text == "√":
            one, other = f"√{factor}*{right}", f"√({factor}*{right})"
        else:
            one, other = f"({kept}{op}{factor})*{right}", f"{kept}{op}({factor}*{right})"
        from autodiff_cli.language.rewritten import in_language

        one, other = in_language(one) or one, in_language(other) or other
        return SyntaxProblem(
            f"`{self._text(k, self._end(self.at))}` can be read in two ways",
            f"write `{one}` or `{other}`",
            Span(self.tokens[k].start, self.here.end),
            "ambiguous-product",
        )

    def _never_closed(self, bracket: Token) -> SyntaxProblem:
        return SyntaxProblem(
            f"`{bracket.text}` is never closed",
            f"add `{CLOSING[bracket.text]}`",
            bracket.span,
            "unclosed-bracket",
        )
