"""Prepare given arguments: leading minus signs, usage errors, the source of the expression."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Literal, get_args, get_origin

from autodiff_cli.errors import UsageError

__all__ = [
    "decimal_number",
    "protect_minus",
    "read_expression",
    "usage_error",
    "whole_number",
]

_NEIGHBOURS = {
    **dict.fromkeys(("d", "dx", "ddx", "diff", "differentiate", "deriv"), "grad"),
    **dict.fromkeys(("derivative", "derivatives", "derive", "gradient", "partial"), "grad"),
    **dict.fromkeys(("dot", "draw", "picture", "show", "tree"), "graph"),
    **dict.fromkeys(("chart", "contour", "figure", "sketch"), "plot"),
    **dict.fromkeys(("evaluate", "value", "calc", "compute", "run"), "eval"),
    **dict.fromkeys(("series", "expand", "maclaurin"), "taylor"),
    **dict.fromkeys(("jac", "divergence", "curl"), "jacobian"),
    **dict.fromkeys(("hess", "hvp", "laplacian", "second"), "hessian"),
    **dict.fromkeys(("code", "codegen", "compile", "generate", "latex", "write"), "export"),
    **dict.fromkeys(("list", "ls", "function", "constants", "operations"), "functions"),
}
"""From an alternative name of a command to the command."""

_SHORT = {"-n": "--order", "-j": "--json", "-w": "--wrt", "-a": "--at", "-v": "--version"}
"""From a short option that does not exist to the long option that it suggests."""

MOST_BYTES = 50_000_000
"""The most bytes of an expression that are read, because a stream may be endless."""

_LONG_OPTION = re.compile(r"--[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)


def protect_minus(argv: Sequence[str], group: Any) -> list[str]:
    """Return the arguments, with expressions that begin with a minus kept from being options.

    ``group`` is the Click group that Typer has built; it says which options there are and which of
    them take a value.
    """
    at = next((i for i, word in enumerate(argv) if not word.startswith("-")), len(argv))
    if at == len(argv) or argv[at] not in group.commands:
        return list(argv)
    command = group.commands[argv[at]]
    takes_value = _takes_value(command)
    single = {
        option: param
        for param in command.params
        for option in param.opts
        if takes_value.get(option) and not getattr(param, "multiple", False)
    }
    options = list(argv[: at + 1])
    expressions: list[str] = []
    given: dict[str, str] = {}
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
                    # Nothing may follow, because it would be parsed as the missing value.
                    return options
                name = single[option].opts[-1] if option in single else None
                _check_option(option, following, name, given)
                options += [] if equals else [following]
        elif _LONG_OPTION.fullmatch(word):
            options.append(word)
        else:
            expressions.append(word)
    if not {"-h", "--help"} & set(options):
        for name, value in given.items():
            _check_choice(name, value, _choices(command, single[name]))
    return [*options, "--", *expressions]


def _takes_value(command: Any) -> dict[str, bool]:
    """Return for each option of a command whether it takes a value."""
    found = {
        option: not getattr(param, "is_flag", False)
        for param in command.params
        for option in param.opts
        if option.startswith("-")
    }
    return found | {"-h": False, "--help": False}


def _choices(command: Any, param: Any) -> Sequence[str]:
    """Return the values that the declaration of an option allows; nothing if it allows any."""
    parameter = inspect.signature(command.callback).parameters.get(param.name)
    kinds = list(get_args(parameter.annotation)[:1] if parameter else ())
    # An optional one may also be None.
    kinds += [inner for kind in kinds for inner in get_args(kind)]
    return next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())


def _check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    """Raise an error if a value is not one of the choices, if there are any."""
    if choices and value not in choices:
        *names, last = (f"`{choice}`" for choice in choices)
        raise UsageError(
            f"`{option}` takes {', '.join(names)} or {last}, not `{value}`", code="bad-option"
        )


def _check_option(option: str, value: str, name: str | None, given: dict[str, str]) -> None:
    """Raise an error if a value is empty, or the second one of an option that takes one."""
    if not value:
        raise UsageError(f"`{option}` is given an empty value", code="bad-option")
    if name in given:
        raise UsageError(f"`{option}` is given twice", code="repeated-option")
    if name is not None:
        given[name] = value


def whole_number(text: str, option: str, least: int, most: int) -> int:
    """Return the value of an option that takes a whole number.

    Raises
    ------
    UsageError
        If the text is not a whole number, or the number is out of range.
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
        If the text is not such a number.
    """
    if re.fullmatch(r"[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,3})?", text):
        return float(text)
    raise UsageError(
        f"`{option}` takes a number from 0 on, not `{text}`",
        code="bad-option",
        hint=f"write it as `{option} 1e-6`",
    )


def usage_error(error: Any, argv: Sequence[str], group: Any) -> UsageError:
    """Return an exception of Typer about the command line as an error of ours.

    The error is determined from the attributes of the exception and from ``argv``, never from the
    message of the exception, which is Typer's own and changes between versions.

    Parameters
    ----------
    group
        The Click group that Typer has built.
    """
    if option := getattr(error, "option_name", None):
        if not hasattr(error, "possibilities"):
            return _misused(option, argv, group)
        names = error.possibilities or []
        hint = _did_you_mean(names[:3], " or ")
        if not names and getattr(error.ctx, "parent", None) is None:
            hint = _COMMAND_FIRST
        elif not names:
            hint = f"`-h` lists the options; to have it read as an expression write `-- {option}`"
        return UsageError(f"there is no option `{option}`", code="unknown-option", hint=hint)
    if (param := getattr(error, "param", None)) is not None:
        # No option reaches this today: values that Typer would reject are rejected earlier.
        return UsageError(
            f"`{param.opts[-1]}` is not given as it has to be", code="bad-option", hint=_HELP
        )
    word = _first_word(argv)
    if word is None:
        return UsageError("missing command", code="bad-usage", hint=_HELP)
    if word in group.commands:
        return UsageError(f"`{word}` is not used like this", code="bad-usage", hint=_HELP)
    return _unknown_command(word, group)


_COMMAND_FIRST = 'a command comes first, as in adiff eval "x**2" --at x=2'
_HELP = "`adiff -h` says what it takes"


def _misused(option: str, argv: Sequence[str], group: Any) -> UsageError:
    """Return the error for a known option that lacks its value, or has one but takes none."""
    command = group.commands.get(_first_word(argv))
    takes_value = _takes_value(group) | (_takes_value(command) if command else {})
    said = "is given without a value" if takes_value.get(option) else "takes no value"
    return UsageError(f"`{option}` {said}", code="bad-option")


def _first_word(argv: Sequence[str]) -> str | None:
    """Return the argument in the position of the command."""
    words = iter(argv)
    for word in words:
        if word == "--":
            return next(words, None)
        if word == "-" or not word.startswith("-"):
            return word
    return None


def _unknown_command(word: str, group: Any) -> UsageError:
    hint = _COMMAND_FIRST
    if word.isalpha():
        neighbour = _NEIGHBOURS.get(word.lower())
        if not neighbour and any(f"--{word}" in option.opts for option in group.params):
            hint = f"it is an option: `adiff --{word}`"
            return UsageError(f"there is no command `{word}`", code="unknown-command", hint=hint)
        names = [neighbour] if neighbour else get_close_matches(word, list(group.commands))
        hint = _did_you_mean(names, ", ") if names else "`adiff -h` lists the commands"
    return UsageError(f"there is no command `{word}`", code="unknown-command", hint=hint)


def _did_you_mean(names: Sequence[str], separator: str) -> str:
    return f"did you mean {separator.join(f'`{name}`' for name in names)}?"


def _is_readable(text: str) -> bool:
    """Return whether a text is an expression; this is only used to explain an error."""
    from autodiff_cli.language.rewritten import is_readable

    return is_readable(text)


def read_expression(words: Sequence[str], file: Path | None, stdin: IO[str]) -> tuple[str, str]:
    """Return the text of the expression and the name of its origin for messages.

    Raises
    ------
    UsageError
        If there is no expression, there is more than one, or the file cannot be read.
    """
    if file is not None:
        if words:
            raise UsageError(
                f"the expression is given twice: as `{words[0]}` and with `-f`",
                code="two-expressions",
            )
        return _read_file(file), str(file)
    option = next((word for word in words if re.fullmatch(r"-[A-Za-z][a-z-]*", word)), None)
    if len(words) > 1 and option is not None:
        whole = " ".join(words)
        hint = "`-h` lists the options"
        if (long := _SHORT.get(option)) is not None:
            hint += f"; did you mean `{long}`?"
        elif _is_readable(whole):
            hint += f'; if it belongs to the expression, put all of that in quotes: "{whole}"'
        raise UsageError(f"there is no option `{option}` here", code="unknown-option", hint=hint)
    if len(words) > 1:
        pieces = " ".join(f"`{word}`" for word in words[:4]) + (" ..." if len(words) > 4 else "")
        whole = " ".join(words)
        # A pattern such as `*` may have come as names of files.
        hint = f': "{whole}"' if _is_readable(whole) else ', as in "x**2 + 1"'
        hint = f"put it in quotes{hint}"
        if all(re.match(r"[^\W\d]\w*=(?!=)", word) for word in words[1:]):
            hint = f"each value has an `--at` of its own, as in --at {words[1]}"
        raise UsageError(
            f"the expression came in {len(words)} pieces: {pieces}",
            code="torn-expression",
            hint=hint,
        )
    if words and words[0] != "-":
        return words[0], "EXPR"
    if not words and stdin.isatty():
        raise UsageError(
            "no expression is given",
            code="no-expression",
            hint='give one in quotes, such as "x**2 + 1"',
        )
    stream = getattr(stdin, "buffer", None)
    if stream is None:
        # The stream has no binary buffer if it is one in memory.
        stream = io.BytesIO(stdin.read(MOST_BYTES + 1).encode("utf-8", "surrogateescape"))
    return _decoded(_read(stream), "standard input"), "STDIN"


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
        # Normalize line endings, because the file may come from another system.
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not text: byte {error.start} is not UTF-8", code="not-text"
        ) from None
