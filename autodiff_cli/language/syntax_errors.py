"""Explain syntax errors: what is wrong, where, and what to write instead.

The parser knows only which token is unexpected.  The explanation is derived from that token and
the tokens around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autodiff_cli.errors import Span
from autodiff_cli.language.around import OPENING, SyntaxProblem
from autodiff_cli.language.foreign import FUNCTION
from autodiff_cli.language.format import SIGNS
from autodiff_cli.language.lexer import CLOSING, STRANGE, Token, innermost_open
from autodiff_cli.language.names import KEYWORDS
from autodiff_cli.language.rewritten import is_readable
from autodiff_cli.language.strange_character import StrangeCharacter

__all__ = ["SyntaxProblem", "explain"]

_FOLLOWS = "a number, a name or `(`"

_CHOICE = "a choice is written `a if condition else b`"

_LEFT_OF_EQUALS = re.compile(r"\s*[d∂](\w)\s*/\s*[d∂](\w)\s*$")
"""A derivative on the left side of an equation, as in ``dy/dx = x**2``."""


def explain(source: str, tokens: Sequence[Token], at: int) -> SyntaxProblem:
    """Return the problem of an unexpected token of a text."""
    return _UnexpectedToken(source, tokens, at).problem()


class _UnexpectedToken(StrangeCharacter):
    """One unexpected token, and its explanation."""

    def problem(self) -> SyntaxProblem:
        """Return the problem of the token."""
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

    def _begins(self, here: Token) -> SyntaxProblem:
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
        return SyntaxProblem(message, hint, here.span, "missing-operand")

    def _ended(self) -> SyntaxProblem:
        here, at = self.here, innermost_open([w.text for w in self.before])
        if not self.before and self.next and self.next.text:
            return SyntaxProblem(
                "nothing stands before this `;`", "leave it out", here.span, "missing-operand"
            )
        if not self.before:
            return SyntaxProblem(
                "the expression is empty",
                'give one, such as "x**2 + 1"',
                Span(0, 0),
                "empty-expression",
            )
        last = self.before[-1]
        what = "the expression" if not here.text else "the line"
        if not self._is_operand_end(last) and (at is None or last.text not in (",", ":")):
            hint = "behind `=` stands what the name means" if last.text == "=" else None
            if last.text == ",":
                hint = "leave it out, or write another output behind it"
            if last.text == "%":
                hint = "`%` is the remainder of a division; 50 percent are `50/100`"
            return SyntaxProblem(
                f"{what} ends after `{last.text}`, where {_FOLLOWS} has to follow",
                hint,
                last.span,
                "missing-operand",
            )
        if at is not None and ";" in here.text and self._is_closed():
            bracket = self.before[at].text
            return SyntaxProblem(
                f"`;` ends a line, and cannot stand inside of `{bracket}`",
                "each row of a matrix is a list of its own: `[[1, 2], [3, 4]]`"
                if bracket == "["
                else "arguments are separated by commas",
                here.span,
                "misplaced-token",
            )
        if at is not None:
            return self._never_closed(self.before[at])
        return SyntaxProblem(
            f"{what} ends after `{last.text}`, where `else` has to follow",
            _CHOICE,
            last.span,
            "missing-else",
        )

    def _is_closed(self) -> bool:
        """Return whether the innermost open bracket is closed by a later token."""
        depth = 1
        for token in self.after:
            depth += (token.text in CLOSING) - (token.text in OPENING)
            if not depth:
                return True
        return False

    def _closing(self) -> SyntaxProblem:
        here, previous = self.here, self.previous
        at = innermost_open([w.text for w in self.before])
        if at is None or previous is None:
            return SyntaxProblem(
                f"`{here.text}` closes nothing",
                f"remove it, or add `{OPENING[here.text]}` before it",
                here.span,
                "unopened-bracket",
            )
        bracket = self.before[at]
        if CLOSING[bracket.text] != here.text:
            return SyntaxProblem(
                f"`{here.text}` cannot close `{bracket.text}`",
                f"write `{CLOSING[bracket.text]}`",
                Span(bracket.start, here.end),
                "mismatched-bracket",
            )
        if previous is bracket:
            return SyntaxProblem(
                f"nothing stands between `{bracket.text}` and `{here.text}`",
                None,
                Span(bracket.start, here.end),
                "missing-operand",
            )
        if self._is_operand_end(previous):
            return SyntaxProblem(
                f"`else` is missing before `{here.text}`",
                _CHOICE,
                here.span,
                "missing-else",
            )
        return self._missing_between(previous)

    def _keyword(self) -> SyntaxProblem | None:
        here, previous = self.here, self.previous
        if here.text in ("if", "and", "or", "else") and previous and self._is_operand_end(previous):
            if here.text == "else":
                return SyntaxProblem(
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
        return SyntaxProblem(message, hint, here.span, "misplaced-keyword")

    def _missing_between(self, previous: Token) -> SyntaxProblem:
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
        if self.kinds[here.text] == "SUPERSCRIPT" and previous.text in ("^", "**"):
            hint = f"leave out `{previous.text}`, as in `x{here.text}`"
        if (previous.text + here.text).replace("^", "*").strip("*") == "":
            hint = "a power is written `x**2` or `x^2`"
        if here.text == "=" and previous.text in ("<", ">", "="):
            hint = "comparisons are `<`, `<=`, `>`, `>=`, `==`, `!=`"
        return SyntaxProblem(
            f"`{here.text}` cannot follow `{previous.text}`: {_FOLLOWS} is missing between",
            hint,
            Span(previous.start, here.end),
            "missing-operand",
        )

    def _is_equation(self) -> bool:
        """Return whether the line is an equation between two expressions."""
        left, sign, right = self._line().partition("=")
        return bool(sign and "=" not in right) and is_readable(left) and is_readable(right)

    def _misplaced(self, previous: Token) -> SyntaxProblem:
        text, hint = self.here.text, None
        raises = text in ("**", "^") or self.kinds[text] == "SUPERSCRIPT"
        first = self._start(self.at - 1)
        if raises and first and self.tokens[first - 1].text == "√":
            root, under = self._text(first - 1, self.at), self._text(first, self.at)
            end = self.at + 1
            if text in ("**", "^"):
                while self.tokens[end].text in SIGNS:
                    end += 1
                end = self._end(end)
            power = self._text(self.at, end)
            return SyntaxProblem(
                f"`{root}{power}` can be read in two ways",
                f"write `({root}){power}` or `√({under}{power})`",
                Span(self.tokens[first - 1].start, self.here.end),
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
        return SyntaxProblem(f"`{text}` cannot stand here", hint, self.here.span, "misplaced-token")
