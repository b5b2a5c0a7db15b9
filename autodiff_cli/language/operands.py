"""Find operands in the text of a line that may not be in the language."""

from __future__ import annotations

import re

__all__ = ["closing_at", "operand_end", "operand_start", "without_brackets"]


def closing_at(text: str, opening: int) -> int | None:
    """Return the position of the bracket that closes the one at a position."""
    depth = 0
    for k in range(opening, len(text)):
        depth += (text[k] in "([{") - (text[k] in ")]}")
        if not depth:
            return k
    return None


def operand_end(text: str, start: int) -> int:
    """Return the end of the operand that starts at a position."""
    match = re.compile(r"\w*(\.\d+)?").match(text, start)
    end = match.end() if match else start
    while text[end : end + 1] in ("(", "["):
        closing = closing_at(text, end)
        if closing is None:
            break
        end = closing + 1
    return end


def operand_start(text: str, end: int) -> int:
    """Return the start of the operand that ends at a position."""
    start = end
    while start and text[start - 1] in ")]":
        depth = 0
        while start:
            start -= 1
            depth += (text[start] in ")]") - (text[start] in "([")
            if not depth:
                break
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    if re.search(r"(?<![\w.])\d*\.$", text[:start]) and text[start : start + 1].isdigit():
        # The digits after a decimal point are the end of a number.
        start = re.search(r"\d*\.$", text[:start]).start()  # type: ignore[union-attr]
    return start


def without_brackets(operand: str) -> str:
    """Return an operand without brackets that enclose all of it."""
    enclosed = operand[:1] == "(" and closing_at(operand, 0) == len(operand) - 1
    return operand[1:-1] if enclosed else operand
