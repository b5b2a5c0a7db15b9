"""The expression on the command line: minus signs, pieces torn by the shell, files and pipes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autodiff_cli.errors import UsageError

__all__ = ["complaint", "guarded", "read_expression", "whole_number"]

_LONG_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)


def guarded(argv: Sequence[str], group: Any) -> list[str]:
    """Return the arguments with expressions that begin with a minus kept from being options.

    ``group`` is the command line as Typer has built it: which options there are, and which of
    them take a value, is read off it.
    """
    at = next((i for i, word in enumerate(argv) if not word.startswith("-")), len(argv))
    if at == len(argv) or argv[at] not in group.commands:
        return list(argv)
    takes_value = {
        option: not getattr(param, "is_flag", False)
        for param in group.commands[argv[at]].params
        for option in getattr(param, "opts", ())
        if option.startswith("-")
    }
    takes_value |= {"-h": False, "--help": False}
    options = list(argv[: at + 1])
    expressions: list[str] = []
    words = iter(argv[at + 1 :])
    for word in words:
        if word == "--":
            expressions += words
        elif word in takes_value:
            options.append(word)
            if takes_value[word]:
                value = next(words, None)
                if value is None:
                    # Nothing may follow, or it would be taken for the value that is missing.
                    return options
                options.append(value)
        elif _LONG_OPTION.fullmatch(word):
            options.append(word)
        else:
            expressions.append(word)
    return [*options, "--", *expressions]


def whole_number(text: str, option: str, least: int, most: int) -> int:
    """Return the value of an option that takes a whole number.

    Raises
    ------
    UsageError
        If it is none, or out of range.
    """
    if re.fullmatch(r"[+-]?[0-9]{1,9}", text) and least <= int(text) <= most:
        return int(text)
    raise UsageError(
        f"`{option}` takes a whole number from {least} to {most}, not `{text}`", code="bad-option"
    )


def complaint(error: Any) -> UsageError:
    """Return what Typer has to say about the options in our words."""
    names = getattr(error, "possibilities", None) or []
    hint = "did you mean " + " or ".join(f"`{name}`" for name in names[:3]) + "?"
    if option := getattr(error, "option_name", None):
        if "requires an argument" in error.format_message():
            return UsageError(f"`{option}` is given without a value", code="bad-option")
        return UsageError(
            f"there is no option `{option}`",
            code="unknown-option",
            hint=hint if names else "`-h` lists the options",
        )
    message = error.format_message().rstrip(".").replace("Input should be", "it has to be")
    message = re.sub(r"'([^']*)'", r"`\1`", message)
    message, _, guess = message.partition(". Did you mean ")
    return UsageError(
        message[:1].lower() + message[1:],
        code="bad-usage",
        hint=f"did you mean {guess}" if guess else "`adiff -h` says what it takes",
    )


def read_expression(words: Sequence[str], file: Path | None) -> tuple[str, str]:
    """Return the text of the expression and what to call the place it came from.

    Raises
    ------
    UsageError
        If there is none, more than one, or the file cannot be read.
    """
    if file is not None:
        if words:
            raise UsageError(
                f"the expression is given twice: as `{words[0]}` and with `-f`",
                code="two-expressions",
            )
        return _read_file(file), str(file)
    if len(words) > 1:
        pieces = " ".join(f"`{word}`" for word in words[:4]) + (" ..." if len(words) > 4 else "")
        raise UsageError(
            f"the expression came in {len(words)} pieces: {pieces}",
            code="torn-expression",
            hint='put it in quotes, as in adiff grad "x**2 + 1" --at x=2',
        )
    if words and words[0] != "-":
        return words[0], "EXPR"
    if not words and sys.stdin.isatty():
        raise UsageError(
            "no expression is given",
            code="no-expression",
            hint='give one in quotes, as in adiff grad "x**2 + 1" --at x=2',
        )
    return _decoded(sys.stdin.buffer.read(), "standard input"), "STDIN"


def _read_file(file: Path) -> str:
    try:
        return _decoded(file.read_bytes(), f"`{file}`")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise UsageError(f"cannot read `{file}`: {reason}", code="cannot-read") from None


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not text: byte {error.start} is not UTF-8", code="not-text"
        ) from None
