"""Bind values to the variables of a program, and choose the variables to differentiate by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import ExpressionError, UsageError
from autodiff_cli.language.format import SIGNS, described
from autodiff_cli.language.given import given_value
from autodiff_cli.language.names import (
    CONSTANTS,
    example_call,
    function,
    functions,
    is_reserved,
    nearest,
)
from autodiff_cli.language.program import Program

__all__ = [
    "about_zero",
    "bind",
    "bracketed_call",
    "by_turns",
    "check_directions",
    "check_names",
    "chosen",
    "is_mixed",
    "natural_order",
]

MOST_NAMES = 10
"""The most variables that a message names."""


def bind(program: Program, at: Mapping[str, Any]) -> dict[str, Variable]:
    """Return a Variable for each name of a program, with the value given for it.

    They are in the order of the values given, which is the order of all answers.

    Raises
    ------
    UsageError
        If a variable has no value, or a value belongs to no variable.
    ExpressionError
        If a name without a value is the name of a function.
    """
    program.release(at)
    needed = program.names
    check_names(program, at)
    missing = natural_order(name for name in needed if name not in at)
    if missing:
        raise _without_values(program, at, missing)
    env = {name: as_variable(given_value(name, value), name) for name, value in at.items()}
    for name, shape in program.shapes.items():
        if env[name].shape != shape:
            raise UsageError(
                f"`{name}` is {described(shape)} in this graph, not {described(env[name].shape)}",
                code="bad-value",
            )
    return env


def _without_values(
    program: Program, at: Mapping[str, Any], missing: Sequence[str]
) -> ExpressionError | UsageError:
    """Return the error for names without a value: the first is a function, or needs a value."""
    for name in missing:
        # The name of a function, such as gamma, may also be a variable if it is given a value.
        if is_reserved(name) and (operation := function(name)) is not None:
            call = _applied(program, name) or example_call(operation)
        elif (parameters := program.functions.get(name)) is not None:
            call = f"{name}({', '.join(parameters)})"
        else:
            continue
        return ExpressionError(
            f"`{name}` is a function: it needs arguments in brackets",
            code="function-without-arguments",
            **program.at(program.variables()[name]),
            hint=f"write `{call}`",
        )
    listed = missing[:MOST_NAMES]
    rest = f" and {len(missing) - len(listed)} more" if len(missing) > len(listed) else ""
    return UsageError(
        f"no value is given for {', '.join(f'`{name}`' for name in listed)}{rest}",
        code="missing-value",
        **program.at(program.variables()[missing[0]]),
        hint=_mistaken(missing, {**program.names, **at}, program)
        or "give one: " + " ".join(f"`--at {name}=...`" for name in listed),
    )


def _applied(program: Program, name: str) -> str | None:
    """Return ``norm(x)`` if a text multiplies a function, as in ``norm*x``."""
    tokens, k = program.tokens, program.names[name].token + 1
    if tokens[k].text == "[" and (line := bracketed_call(program, name)) is not None:
        return line.partition("`")[2].rstrip("`")
    if tokens[k].text in SIGNS and tokens[k - 1].end < tokens[k].start:
        # A sign with a blank before it and none after it belongs to the argument.
        operand = tokens[k + 1]
        if tokens[k].end == operand.start and operand.text.isalnum():
            return f"{name}({tokens[k].text}{operand.text})"
    known = len(tokens) > k + 2 and tokens[k].text == "*" and tokens[k + 1].text.isidentifier()
    alone = known and tokens[k + 2].text not in ("(", "[", "**", "^")
    return f"{name}({tokens[k + 1].text})" if alone else None


def bracketed_call(program: Program, name: str) -> str | None:
    """Return what to write for ``Sin[x]`` or ``D[x^2, x]``; None if the name is no function."""
    from autodiff_cli.language.foreign_functions import missing_function
    from autodiff_cli.language.rewritten import instead

    texts, token = [token.text for token in program.tokens], program.names[name].token
    sign = texts[token + 1]
    known = function(name.lower()) or missing_function(name, "[x]", 1) is not None
    line = instead(program.source) if sign in ("[", "@") else None
    if line is None or not (known or line.startswith("adiff ") or name == "Which"):
        if sign != "[" or not name[0].isupper() or len(name) < 2:
            return None
        return missing_function(name, "[x]", 1) or (
            "functions have small letters and round brackets, as in `sin(x)`:"
            " `adiff functions` lists them all"
        )
    what = "this is a command:" if line.startswith("adiff ") else "write"
    return f"{what} `{line}`"


def _mistaken(missing: Iterable[str], known: Iterable[str], program: Program) -> str | None:
    """Return the hint for the first name without a value that looks like something else."""
    from autodiff_cli.language.characters import look_alike
    from autodiff_cli.language.glued import meant

    known = set(known)
    for name in missing:
        token = program.names[name].token
        if name == "T" and token and program.tokens[token - 1].text in ("^", "**"):
            base = program.tokens[token - 2].text
            return f"the transpose is written `{base}.T`, a product of matrices `{base}.T @ {base}`"
        if (call := bracketed_call(program, name)) is not None:
            return call
        if name.casefold() in ("true", "false"):
            return f"truth is `1`, and falsehood is `0`: write `{int(name.casefold() == 'true')}`"
        alike = look_alike(name)
        if alike is not None and (alike in known or alike in CONSTANTS):
            return f"`{name}` looks like `{alike}`, but with letters of another script"
        if (formula := meant(name, known)) is not None:
            return f"`{name}` is one name: write `{formula}` if that is meant"
    return None


def check_names(program: Program, given: Iterable[str]) -> None:
    """Check that all names are variables of a program.

    Raises
    ------
    UsageError
        If one is not.
    """
    needed = program.names
    for name in given:
        if name not in needed:
            raise UsageError(
                f"the expression has no variable `{name}`",
                code="unknown-variable",
                hint=_meant(name, needed, given),
            )


def _meant(name: str, needed: Iterable[str], given: Iterable[str] = ()) -> str | None:
    from autodiff_cli.language.characters import look_alike
    from autodiff_cli.language.glued import meant

    needed = list(needed)
    for other in needed:
        # A missing name may be a part of another one.
        if other not in given and (formula := meant(other, {*needed, *given, name}, name)):
            if isinstance(given, Mapping) and _are_arrays(formula.split("*"), given):
                formula = formula.replace("*", " @ ")
            return f"`{other}` is one name: write `{formula}` if that is meant"
    for other in needed:
        if other in (look_alike(name), name) or look_alike(other) == name:
            return f"`{name}` looks like `{other}`, but with letters of another script"
    if names := nearest(name, needed):
        return f"did you mean `{names[0]}`?"
    if not needed:
        return "it has no variables at all"
    rest = f" and {len(needed) - MOST_NAMES} more" if len(needed) > MOST_NAMES else ""
    return f"its variables are {', '.join(f'`{name}`' for name in needed[:MOST_NAMES])}{rest}"


def _are_arrays(names: Iterable[str], values: Mapping[str, Any]) -> bool:
    """Return whether all names have arrays as their values, and at least one is a matrix."""
    axes = [np.ndim(values.get(name, 0)) for name in names]
    return min(axes) > 0 and max(axes) > 1


def natural_order(names: Iterable[str]) -> list[str]:
    """Return names in the order in which people list them.

    Examples
    --------
    >>> natural_order(["x10", "B", "x2", "a"])
    ['a', 'B', 'x2', 'x10']
    """

    def key(name: str) -> tuple[list[str | int], str]:
        # Letters and digits alternate, so that only parts of the same kind are compared.
        parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
        return [int(part) if k % 2 else part for k, part in enumerate(parts)], name

    return sorted(names, key=key)


def about_zero(
    program: Program, at: Mapping[str, Any], names: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values given, and 0 for each variable of a series that has none.

    Parameters
    ----------
    names
        The variables of the series, each with a value of its shape; all that have no value if not
        given.
    """
    known = {*functions(), *program.functions}
    if names is None:
        names = dict.fromkeys(natural_order(name for name in program.names if name not in known))
    point = dict(at)
    for name, like in names.items():
        if name in program.names and name not in point:
            point[name] = np.zeros(program.shapes.get(name, () if like is None else np.shape(like)))
    return point


def chosen(
    program: Program, wrt: Sequence[str] | None, given: Iterable[str] | None = None
) -> list[str]:
    """Return the names of the variables to differentiate by: those of ``wrt``, or all.

    All of them are in the order of the values ``given``, or in natural order if there are none.

    Raises
    ------
    UsageError
        If the expression has no such variable.
    """
    if wrt is None:
        return natural_order(program.names) if given is None else list(given)
    names = by_turns(program, wrt)
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(
                f"`{name}` is named twice among the variables to differentiate with respect to",
                code="repeated-variable",
                hint="to differentiate by it twice is a mixed partial derivative, as `adiff grad"
                f" --wrt {','.join(names)}` gives it",
            )
        seen.add(name)
    return names


def is_mixed(wrt: Sequence[str] | None, asked: bool, order: int | None) -> bool:
    """Return whether one mixed partial derivative is requested, explicitly or by a repeated name.

    Raises
    ------
    UsageError
        If there are no names, or there is an order although the names determine it.
    """
    names = list(wrt or [])
    if not asked and len(names) == len(set(names)):
        return False
    if not names:
        raise UsageError(
            "a mixed partial derivative needs the variables to differentiate by, in turn",
            code="no-variable",
            hint="name them, as in `--wrt x,y`",
        )
    if order is not None:
        raise UsageError(
            f"a mixed partial derivative by {', '.join(f'`{name}`' for name in names)} is of order"
            f" {len(names)}: it takes no other",
            code="mixed-order",
            hint="leave `--order` away, or name each variable once",
        )
    return True


def by_turns(program: Program, names: Sequence[str] | None) -> list[str]:
    """Return the names to differentiate by in turn, in which names may be repeated.

    Raises
    ------
    UsageError
        If the expression has no such variable.
    """
    needed = program.names
    for name in names or ():
        if name not in needed:
            raise UsageError(
                f"cannot differentiate with respect to `{name}`: the expression does not have it",
                code="unknown-variable",
                hint=_meant(name, needed),
            )
    return list(names or ())


def check_directions(
    program: Program, env: Mapping[str, Variable], direction: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the rate of change of each variable along a line, in the shape of its value.

    Raises
    ------
    UsageError
        If the expression does not have such a variable, or its value has another shape.
    """
    for name in chosen(program, list(direction)):
        if np.shape(direction[name]) != env[name].shape:
            raise UsageError(
                f"the direction of `{name}` is {described(np.shape(direction[name]))},"
                f" but its value is {described(env[name].shape)}",
                code="bad-direction",
                hint="they have to be of the same shape",
            )
    return {name: given_value(name, given) for name, given in direction.items()}
