"""Render operations in another language: templates from the declarations, filled and nested.

The notation of an operation is part of its declaration.  This module adds what follows from it:
templates where the declaration has none, brackets where a part needs them, and names that are valid
in the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from autodiff_cli.emit.picture.value_text import printable
from autodiff_cli.emit.precedence import ATOM, CHOICE, PRODUCT, SIGN, SUM, Piece
from autodiff_cli.engine import Operation
from autodiff_cli.graph.straight_line import Assignment, Constant, StraightLine

__all__ = [
    "Language",
    "Names",
    "ascii_name",
    "described",
    "lines",
    "placeholders",
    "with_what",
]

MOST_IN_A_LINE = 68
"""The largest number of characters of an expression, beyond which a part gets its own line."""

WORTH_A_NAME = 16
"""The smallest number of characters of such a part."""

MOST_OF_EXPRESSION = 1000
"""The most characters of an expression that a comment shows."""


@dataclass(frozen=True)
class Language:
    """The properties of a language that are needed to render straight-line programs in it.

    Attributes
    ----------
    template
        A function from an operation to its template.
    statics
        A function from a call to the texts of its placeholders that are not arguments.
    constant
        A function from a number or array to its text.
    assignment
        The template of an assignment, such as ``const double {name} = {text};``.
    """

    template: Callable[[Operation], str]
    statics: Callable[[Assignment], Mapping[str, str]]
    constant: Callable[[Constant], Piece]
    assignment: str


class Names:
    """The names in use, so that no two things have the same name.

    Parameters
    ----------
    taken
        The names that the language or the surrounding code already uses.
    as_identifier
        A function from a name that the user wrote to the nearest valid name of the language.
    """

    def __init__(self, taken: Collection[str], as_identifier: Callable[[str], str]) -> None:
        self.taken = set(taken)
        self.as_identifier = as_identifier

    def take(self, wanted: str) -> str:
        """Return a name that is similar to the requested one and not in use, and reserve it."""
        name = self.as_identifier(wanted)
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def take_all(self, wanted: Sequence[str]) -> list[str]:
        """Return a name for each of several; those that can stay unchanged are reserved first."""
        order = sorted(wanted, key=lambda name: self.as_identifier(name) != name)
        found = {name: self.take(name) for name in order}
        return [found[name] for name in wanted]


def ascii_name(name: str) -> str:
    """Return a name in ASCII letters, with Greek letters spelled out and without accents."""
    return "".join(map(_in_ascii, name))


def _in_ascii(letter: str) -> str:
    if letter.isascii():
        return letter
    greek = re.fullmatch(
        r"(?:MATHEMATICAL .*)?GREEK (SMALL|CAPITAL) LETTER (\w+)",
        unicodedata.name(unicodedata.normalize("NFKC", letter)[0], ""),
    )
    if greek:
        # Only Unicode spells this letter lamda.
        letter_name = greek[2].replace("LAMDA", "LAMBDA")
        return letter_name.lower() if greek[1] == "SMALL" else letter_name.capitalize()
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain if plain.isalnum() else f"u{ord(letter):04x}"


def placeholders(operation: Operation) -> list[str]:
    """Return the placeholders of the arguments of an operation in a template."""
    return [f"{{{name}}}" for name in operation.arguments]


def described(expression: str) -> list[str]:
    """Return the lines of an expression in a form that is safe in a comment."""
    lines = [line.strip() for line in expression.strip().splitlines()]
    return [printable(line, MOST_OF_EXPRESSION) for line in lines[:20]] + ["…"] * (len(lines) > 20)


def with_what(code: StraightLine) -> str:
    """Return the outputs other than the value as text for a comment."""
    *_, last = code.groups
    if last.name.startswith("order"):
        return f", with its derivatives up to order {last.name.removeprefix('order')}"
    names = [group.name.replace("hessian", "Hessian") for group in code.groups[1:]]
    return f", with its {' and '.join(names)}" if names else ""


# --- templates -----------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


_OPERATOR = re.compile(r"\{\w+\} ([-+*/]) \{\w+\}")


def filled(template: str, operands: Mapping[str, Piece], statics: Mapping[str, str]) -> Piece:
    """Return a template with its placeholders replaced, with brackets where they are needed.

    Brackets around the right operand of a sum or product stay, because without them the result
    would be rounded differently.
    """
    binds, left, right = CHOICE, ATOM, ATOM
    if operator := _OPERATOR.fullmatch(template):
        left = binds = SUM if operator[1] in "+-" else PRODUCT
        right = binds + 1
    elif template.startswith("-{"):
        binds = SIGN

    def replaced(match: re.Match[str]) -> str:
        if (operand := operands.get(match[1])) is None:
            return statics[match[1]]
        before, after = template[: match.start()], template[match.end() :]
        if before.endswith(("(", "[", ", ")) and after.startswith((")", "]", ", ", "{statics")):
            return operand.text
        return operand.within(right if before else left)

    text = _PLACEHOLDER.sub(replaced, template)
    return Piece(text, ATOM if is_whole(text) else binds)


def is_whole(text: str) -> bool:
    """Return whether all operators in a text are inside of brackets, so that it needs none."""
    depth = 0
    for character in text:
        depth -= character in ")]"
        if depth == 0 and not (character.isalnum() or character in "_.()[]"):
            return False
        depth += character in "(["
    return True


# --- lines ---------------------------------------------------------------------------------------


def lines(
    code: StraightLine, language: Language, arguments: Sequence[str], names: Names
) -> tuple[list[str], list[Piece]]:
    """Return the assignments that compute all nodes, and for each node the text that refers to it.

    A node that is used once is inlined where it is used, as far as it fits on a line; a node that
    is used several times, or has a name in the expression, is assigned to a name of its own.
    """
    uses = _uses(code, language)
    value = code.groups[0].nodes[0]
    texts = [Piece(name) for name in arguments]
    assignments: list[str] = []
    numbers = count(1)

    def assign(k: int, wanted: str = "") -> None:
        name = names.take(wanted or f"t{next(numbers)}")
        assignments.append(language.assignment.format(name=name, text=texts[k].text))
        texts[k] = Piece(name)

    for k, node in enumerate(code.nodes[len(texts) :], len(texts)):
        if isinstance(node, Constant):
            texts.append(language.constant(node))
            if uses[k] > 1 and type(node.value) is not float:
                assign(k)
            continue
        assert isinstance(node, Assignment)
        template, statics = language.template(node.operation), language.statics(node)
        texts.append(filled(template, _operands(node, texts), statics))
        excess = len(texts[k].text) - MOST_IN_A_LINE
        if excess > 0:
            # The longest parts get a name first.
            for i in sorted(node.inputs, key=lambda i: -len(texts[i].text)):
                part = texts[i].text
                if excess > 0 and len(part) >= WORTH_A_NAME and not part.isidentifier():
                    excess -= len(part)
                    assign(i)
            texts[k] = filled(template, _operands(node, texts), statics)
        if uses[k] > 1 or node.name or k == value:
            assign(k, node.name or ("value" if k == value else ""))
    return assignments, texts


def _uses(code: StraightLine, language: Language) -> list[int]:
    """Return how often the text of each node would occur in those of other nodes and outputs."""
    uses = [0] * len(code.nodes)
    for group in code.groups:
        for k in group.nodes:
            uses[k] += 1
    for node in code.calls:
        template = language.template(node.operation)
        for i, k in enumerate(node.inputs):
            uses[k] += template.count(f"{{{_argument(node, i)}}}")
    return uses


def _argument(call: Assignment, i: int) -> str:
    """Return the name of an argument; all arguments of a variadic operation share one name."""
    return call.operation.arguments[0 if call.operation.variadic else i]


def _operands(call: Assignment, texts: Sequence[Piece]) -> dict[str, Piece]:
    found = [texts[k] for k in call.inputs]
    if call.operation.variadic:
        return {_argument(call, 0): Piece(", ".join(text.text for text in found))}
    return {_argument(call, i): text for i, text in enumerate(found)}
