"""The expression on the command line: minus signs, pieces torn by the shell, files and pipes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from autodiff_cli.errors import UsageError

__all__ = ["complaint", "decimal_number", "protect_minus", "read_expression", "whole_number"]

_NEIGHBOURS = {
    **dict.fromkeys(("d", "dx", "ddx", "diff", "differentiate", "deriv"), "grad"),
    **dict.fromkeys(("derivative", "derivatives", "derive", "gradient", "partial"), "grad"),
    **dict.fromkeys(("plot", "draw", "show", "dot", "tree", "picture"), "graph"),
    **dict.fromkeys(("evaluate", "value", "calc", "compute", "run"), "eval"),
    **dict.fromkeys(("series", "expand", "maclaurin"), "taylor"),
    **dict.fromkeys(("jac", "divergence", "curl"), "jacobian"),
    **dict.fromkeys(("hess", "hvp", "laplacian", "second"), "hessian"),
    **dict.fromkeys(("code", "codegen", "compile", "generate", "latex", "write"), "export"),
    **dict.fromkeys(("list", "ls", "function", "constants", "operations"), "functions"),
}
"""The command that another word for one stands for."""

_SHORT = {"-n": "--order", "-j": "--json", "-w": "--wrt", "-a": "--at", "-v": "--version"}
"""The options that have no letter, by the one that they would have."""

MOST_BYTES = 50_000_000
"""How much is read of an expression: a stream may have no end."""

_LONG_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)


def protect_minus(argv: Sequence[str], group: Any) -> list[str]:
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
    single = {
        option: param.opts[-1]
        for param in group.commands[argv[at]].params
        for option in getattr(param, "opts", ())
        if takes_value.get(option) and not getattr(param, "multiple", False)
    }
    options = list(argv[: at + 1])
    expressions: list[str] = []
    given: set[str] = set()
    words = iter(argv[at + 1 :])
    following: str | None
    for word in words:
        option, equals, following = word.partition("=")
        if word == "--":
            expressions += words
        elif word in takes_value or (_LONG_OPTION.fullmatch(word) and takes_value.get(option)):
            options.append(word)
            if takes_value[option]:
                if not equals:
                    following = next(words, None)
                if following is None:
                    # Nothing may follow, or it would be taken for the value that is missing.
                    return options
                _check_option(option, following, single.get(option), given)
                options += [] if equals else [following]
        elif _LONG_OPTION.fullmatch(word):
            options.append(word)
        else:
            expressions.append(word)
    return [*options, "--", *expressions]


def _check_option(option: str, value: str, name: str | None, given: set[str]) -> None:
    """Refuse a value that is empty, or a second one for an option that takes one."""
    if not value:
        raise UsageError(f"`{option}` is given an empty value", code="bad-option")
    if name in given:
        raise UsageError(f"`{option}` is given twice", code="repeated-option")
    if name is not None:
        given.add(name)


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


def decimal_number(text: str, option: str) -> float:
    """Return the value of an option that takes a number that is 0 or more.

    Raises
    ------
    UsageError
        If it is none.
    """
    if re.fullmatch(r"[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?", text):
        return float(text)
    raise UsageError(
        f"`{option}` takes a number from 0 on, not `{text}`",
        code="bad-option",
        hint=f"write it as `{option} 1e-6`",
    )


def complaint(error: Any) -> UsageError:
    """Return what Typer has to say about the options in our words."""
    names = getattr(error, "possibilities", None) or []
    hint = "did you mean " + " or ".join(f"`{name}`" for name in names[:3]) + "?"
    if option := getattr(error, "option_name", None):
        if "requires an argument" in error.format_message():
            return UsageError(f"`{option}` is given without a value", code="bad-option")
        if "does not take a value" in error.format_message():
            return UsageError(f"`{option}` takes no value", code="bad-option")
        if getattr(error.ctx, "parent", None) is None and not names:
            hint = 'a command comes first, as in adiff eval "x**2" --at x=2'
        elif not names:
            hint = f"`-h` lists the options; to have it read as an expression write `-- {option}`"
        return UsageError(f"there is no option `{option}`", code="unknown-option", hint=hint)
    message = error.format_message().rstrip(".").replace("Input should be", "it has to be")
    message = re.sub(r"'([^']*)'", r"`\1`", message.replace("Value error, ", ""))
    if extra := re.fullmatch(r"Got unexpected extra argument\(?s?\)? \((.*)\)", message):
        return UsageError(f"there is no place for `{extra[1]}`", code="bad-usage")
    if choice := re.fullmatch(
        r"Invalid value for `(.*?)`: `(.*)` is not one of (.*)", message, re.S
    ):
        return UsageError(
            f"`{choice[1]}` takes {' or '.join(choice[3].rsplit(', ', 1))}, not `{choice[2]}`",
            code="bad-option",
        )
    message, _, guess = message.partition(". Did you mean ")
    if (wrong := re.fullmatch(r"No such command `(.*)`", message, re.S)) and not wrong[1].isalpha():
        return UsageError(
            f"there is no command `{wrong[1]}`",
            code="unknown-command",
            hint='a command comes first, as in adiff eval "x**2" --at x=2',
        )
    if wrong and (neighbour := _NEIGHBOURS.get(wrong[1].lower())):
        guess = f"`{neighbour}`?"
    if wrong:
        return UsageError(
            f"there is no command `{wrong[1]}`",
            code="unknown-command",
            hint=f"did you mean {guess}" if guess else "`adiff -h` lists the commands",
        )
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
    from autodiff_cli.language.rewritten import is_readable

    option = next((word for word in words if re.fullmatch(r"-[A-Za-z][a-z-]*", word)), None)
    if len(words) > 1 and option is not None:
        whole = " ".join(words)
        hint = "`-h` lists the options"
        if (long := _SHORT.get(option)) is not None:
            hint += f"; did you mean `{long}`?"
        elif is_readable(whole):
            hint += f'; if it belongs to the expression, put all of that in quotes: "{whole}"'
        raise UsageError(f"there is no option `{option}` here", code="unknown-option", hint=hint)
    if len(words) > 1:
        pieces = " ".join(f"`{word}`" for word in words[:4]) + (" ..." if len(words) > 4 else "")
        hint = 'put it in quotes, as in adiff grad "x**2 + 1" --at x=2'
        if all(re.match(r"[^\W\d]\w*=(?!=)", word) for word in words[1:]):
            hint = f"each value has an `--at` of its own, as in --at {words[1]}"
        raise UsageError(
            f"the expression came in {len(words)} pieces: {pieces}",
            code="torn-expression",
            hint=hint,
        )
    if words and words[0] != "-":
        return words[0], "EXPR"
    if not words and sys.stdin.isatty():
        raise UsageError(
            "no expression is given",
            code="no-expression",
            hint='give one in quotes, as in adiff grad "x**2 + 1" --at x=2',
        )
    return _decoded(_read(sys.stdin.buffer), "standard input"), "STDIN"


def _read_file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return _decoded(_read(stream), f"`{file}`")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise UsageError(f"cannot read `{file}`: {reason}", code="cannot-read") from None


def _read(stream: IO[bytes]) -> bytes:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError(
            f"the expression has more than {MOST_BYTES // 1_000_000} million bytes",
            code="too-large",
        )
    return data


def _decoded(data: bytes, name: str) -> str:
    try:
        # Lines end as they do everywhere, whichever system the file is from.
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not text: byte {error.start} is not UTF-8", code="not-text"
        ) from None
