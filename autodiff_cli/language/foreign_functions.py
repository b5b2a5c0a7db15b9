"""Functions of other languages in terms of those of this language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from autodiff_cli.language.names import function

__all__ = [
    "base_of",
    "command_of",
    "formula_of",
    "logarithm",
    "missing_function",
    "misused_function",
    "split_arguments",
]

_FORMULAS = {
    "rms": "sqrt(mean({0}**2))",
    "leakyrelu": "leaky_relu({0})",
    "relu6": "clip({0}, 0, 6)",
    "softsign": "{0}/(1 + abs({0}))",
    **{short: f"{long}({{0}})" for short, long in (("sh", "sinh"), ("ch", "cosh"), ("th", "tanh"))},
    "cth": "coth({0})",
    "binomial": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "ncr": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "npr": "gamma({0} + 1)/gamma({0} - {1} + 1)",
    "slogdet": "logdet({0})",
    "logabsdet": "logdet({0})",
    "σ": "sigmoid({0})",
    "Γ": "gamma({0})",
    "Φ": "ndtr({0})",
    "cross_entropy": "-sum({0}*log({1}))",
    "crossentropy": "-sum({0}*log({1}))",
    "kl_div": "sum({0}*log({0}/{1}))",
    "kl": "sum({0}*log({0}/{1}))",
    "entropy": "-sum({0}*log({0}))",
    "mae": "mean(abs({0} - {1}))",
    "huber": "where(abs({0}) < 1, {0}**2/2, abs({0}) - 1/2)",
    "lerp": "{0} + ({1} - {0})*{2}",
    "step": "where({0} > 0, 1, 0)",
    "factorial": "gamma({0} + 1)",
    "fact": "gamma({0} + 1)",
    "binom": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "comb": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "fmod": "{0} % {1}",
    "root": "{0}**(1/{1})",
    "nthroot": "{0}**(1/{1})",
    "frac": "({0})/({1})",
    "rational": "({0})/({1})",
    "exp10": "10**({0})",
    "sqr": "({0})**2",
    "cube": "({0})**3",
    "recip": "1/({0})",
    "reciprocal": "1/({0})",
    "trunc": "sign({0})*floor(abs({0}))",
    "fix": "sign({0})*floor(abs({0}))",
    "deg": "({0})*180/pi",
    "degrees": "({0})*180/pi",
    "rad2deg": "({0})*180/pi",
    "rad": "({0})*pi/180",
    "radians": "({0})*pi/180",
    "deg2rad": "({0})*pi/180",
    "sind": "sin(({0})*pi/180)",
    "cosd": "cos(({0})*pi/180)",
    "tand": "tan(({0})*pi/180)",
    "versin": "1 - cos({0})",
    "haversin": "(1 - cos({0}))/2",
    "phi": "ndtr({0})",
    "gaussian": "normpdf({0})",
    "iif": "where({0}, {1}, {2})",
    "ifelse": "where({0}, {1}, {2})",
    "select": "where({0}, {1}, {2})",
    "piecewise": "where({0}, {1}, {2})",
    "mse": "mean(({0} - {1})**2)",
    "dist": "norm({0} - {1})",
    "distance": "norm({0} - {1})",
    "cosine_similarity": "dot({0}, {1})/(norm({0})*norm({1}))",
    "vdot": "dot({0}, {1})",
    "tr": "trace({0})",
    "power": "{0}**{1}",
    "times": "{0}*{1}",
    "plus": "{0} + {1}",
    "surd": "{0}**(1/{1})",
    "cuberoot": "cbrt({0})",
    "unitstep": "where({0} >= 0, 1, 0)",
    "heavisidetheta": "where({0} > 0, 1, 0)",
    "total": "sum({0})",
    "reduce_sum": "sum({0})",
    "reduce_mean": "mean({0})",
    "sumproduct": "sum({0}*{1})",
    "clamp": "clip({0}, {1}, {2})",
    "array": "{0}",
    "asarray": "{0}",
    "tensor": "{0}",
    "betrag": "abs({0})",
    "absolute": "abs({0})",
    "inverse": "inv({0})",
    "sorted": "sort({0})",
    "percentile": "quantile({0}, {1}/100)",
    **dict.fromkeys(("float", "double", "float64", "float32"), "{0}"),
    **dict.fromkeys(("sine", "sinus"), "sin({0})"),
    **dict.fromkeys(("cosine", "cosinus"), "cos({0})"),
    **dict.fromkeys(("tangent", "tangens"), "tan({0})"),
    "potenz": "{0}**{1}",
    "wurzel": "sqrt({0})",
    "racine": "sqrt({0})",
    "ld": "log2({0})",
    "lb": "log2({0})",
    "divide": "{0}/{1}",
    "subtract": "{0} - {1}",
    "multiply": "{0}*{1}",
    "norm2": "norm({0})",
    "if": "where({0}, {1}, {2})",
    "boole": "where({0}, 1, 0)",
    "kroneckerdelta": "where({0} == {1}, 1, 0)",
    "logisticsigmoid": "sigmoid({0})",
    "quotient": "floor({0}/{1})",
    "re": "{0}",
    **dict.fromkeys(("evalf", "simplify", "expand", "factor", "expression"), "{0}"),
    "sgn": "sign({0})",
    "pnorm": "erfc(-({0})/sqrt(2))/2",
    "dnorm": "exp(-({0})**2/2)/sqrt(2*pi)",
    "plogis": "sigmoid({0})",
    "qlogis": "log({0}/(1 - {0}))",
    "dexp": "exp(-({0}))",
    "choose": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "fmax": "max({0}, {1})",
    "fmin": "min({0}, {1})",
    "stdev": "sqrt(mean(({0} - mean({0}))**2))",
    "sumsq": "sum(({0})**2)",
    "mtimes": "{0} @ {1}",
}
"""For each missing function a formula of its arguments in terms of existing functions."""

_COMMANDS = {
    "grad": "grad",
    "diff": "grad",
    "derivative": "grad",
    "derive": "grad",
    "d": "grad",
    "deriv": "grad",
    "differentiate": "grad",
    "gradient": "grad",
    "hessian": "hessian",
    "jacobian": "jacobian",
    "taylor": "taylor",
    "series": "taylor",
    "eval": "eval",
    "subs": "eval",
    "D": "grad",
}
"""Functions of other languages that are commands of adiff."""

_NOT_THERE = {
    "integrate": "there are no integrals: `adiff` differentiates",
    "integral": "there are no integrals: `adiff` differentiates",
    "int": "there are no integrals, and a number is made whole by `floor` or `round`",
    "limit": "there are no limits: `adiff taylor` expands about a point",
    "lim": "there are no limits: `adiff taylor` expands about a point",
    "print": "the last line is what is printed",
    **dict.fromkeys(
        ("range", "arange", "linspace", "zeros", "ones", "list", "tuple", "len"),
        "a vector is written in square brackets: `[1, 2]`",
    ),
    **dict.fromkeys(("eye", "identity"), "a matrix is a list of its rows: `[[1, 0], [0, 1]]`"),
    **dict.fromkeys(
        ("random", "rand", "randn", "rnorm", "runif"),
        "there are no random numbers: a variable is given its value",
    ),
    **dict.fromkeys(
        ("gcd", "lcm", "prime", "isprime"), "there are no functions of whole numbers alone"
    ),
    "vector": "a vector is written in square brackets: `[1, 2]`",
    "vec": "a vector is written in square brackets: `[1, 2]`",
    "matrix": "a matrix is a list of its rows: `[[1, 2], [3, 4]]`",
    "Matrix": "a matrix is a list of its rows: `[[1, 2], [3, 4]]`",
    **dict.fromkeys(
        ("table", "seq", "sequence"),
        "a vector is written in square brackets: `[1, 2]`",
    ),
    **dict.fromkeys(
        ("solve_for", "fzero", "fsolve", "nsolve", "findroot", "roots"),
        "equations are not solved: `adiff` differentiates",
    ),
    **dict.fromkeys(
        ("mode", "rank", "argmax", "argmin"),
        "there are no places of values, but `sort`, `median` and `quantile`",
    ),
}


def missing_function(name: str, arguments: str, count: int) -> str | None:
    """Return what to write for a function known from elsewhere; None if it is not known.

    Parameters
    ----------
    arguments
        The text of the arguments, with their brackets.
    """
    inside = split_arguments(arguments[1:-1])
    if (command := command_of(name, inside)) is not None:
        return f"this is a command: `{command}`"
    plain = name if name in _FORMULAS else name.lower()
    if (there := _NOT_THERE.get(name) or _NOT_THERE.get(plain)) is not None:
        return there
    formula = formula_of(name, inside)
    return None if formula is None else f"write `{formula}`"


def is_not_there(name: str) -> bool:
    """Return whether a function of other languages has no equivalent in this one."""
    return name in _NOT_THERE or name.lower() in _NOT_THERE


def formula_of(name: str, arguments: Sequence[str], complete: bool = False) -> str | None:
    """Return a call of a missing function as a formula of its arguments.

    Parameters
    ----------
    complete
        Whether to return None if arguments are missing; otherwise letters replace all of them.
    """
    plain = name if name in _FORMULAS else name.lower()
    formula = _FORMULAS.get(plain)
    if formula is None and (base := base_of(plain)):
        inside = list(arguments) or ["x"]
        return logarithm(inside[0], base) if len(inside) == 1 else None
    if formula is None:
        return None
    inside = list(arguments)
    named = any(re.match(r"\w+\s*=(?!=)", part) for part in inside)
    if complete and (named or f"{{{len(inside) - 1}}}" not in formula):
        return None
    if f"{{{len(inside)}}}" in formula or not inside:
        inside = ["x", "y", "z"]
    whole = [part if part.isidentifier() or _closed(part) else f"({part})" for part in inside]
    for k, part in enumerate(inside):
        # An argument that the formula encloses in brackets needs none of its own.
        formula = formula.replace(f"({{{k}}})", f"({part})")
    return formula.format(*whole)


def base_of(name: str) -> str | None:
    """Return the base in the name of a logarithm: ``log3``, ``log_a``, ``log₂``."""
    match = re.fullmatch(r"log(?:_?(\d+)|_([a-z])|([₀-₉]+|[ₐ-ₜ]))", name.lower())
    return unicodedata.normalize("NFKC", match[1] or match[2] or match[3]) if match else None


def logarithm(x: str, base: str) -> str:
    """Return the text of the logarithm of ``x`` to a base."""
    if base in ("2", "10"):
        return f"log{base}({x})"
    return f"log({x})" if base == "e" else f"log({x})/log({base})"


def misused_function(name: str, arguments: Sequence[str]) -> str | None:
    """Return what to write for a call with more arguments than the function takes here."""
    operation = function(name)
    if operation is None or len(arguments) != 2:
        return None
    argument, given = arguments[0], re.sub(r"^(base|decimals|digits|n)\s*=\s*", "", arguments[1])
    x, other = (a if a.isalnum() else f"({a})" for a in (argument, given))
    if operation.name == "norm" and given.strip("'\"") in ("2", "fro"):
        return f"write `norm({argument})`"
    if operation.name == "norm" and given in ("1", "inf"):
        return f"write `{'sum' if given == '1' else 'max'}(abs({argument}))`"
    if operation.name == "log":
        return f"to base {given} write `{logarithm(argument, given)}`"
    if operation.name == "atan":
        return f"of a quotient write `atan({x}/{other})`, of a point `atan2({argument}, {given})`"
    if operation.name == "sqrt":
        return f"the root of another degree is written `{x}**(1/{other})`"
    if operation.name == "round":
        return f"to {given} decimals write `round({x}*10**{other})/10**{other}`"
    return None


def command_of(name: str, arguments: Sequence[str]) -> str | None:
    """Return the command for a call of another language: ``diff(x^3, x, 2)``, ``D[x^3, {x, 2}]``.

    None if there is no command that does what the call does.
    """
    command = _COMMANDS.get(name) or _COMMANDS.get(name.lower())
    if command is None:
        return None
    expression, *rest = arguments or ["x**2"]
    # R quotes what it differentiates, and the names of variables.
    expression = re.sub(r"^expression\((.*)\)$|^~\s*(.*)", r"\1\2", expression)
    rest = [re.sub(r"^([\"'])(.*)\1$", r"\2", part) for part in rest]
    parts = [
        piece.strip()
        for part in rest
        for piece in re.split(r"[,$]", part[1:-1] if part[:1] in ("[", "{", "(") else part)
    ]
    names = [part for part in parts if part.isidentifier()]
    numbers = [part for part in parts if re.fullmatch(r"-?\d+(\.\d*)?", part)]
    places = [part for part in parts if re.fullmatch(r"\w+\s*=\s*[-\w./]+", part)]
    if len(names) + len(numbers) + len(places) < len(parts):
        return f'adiff {command} "{expression}"'
    options = ""
    if command == "eval":
        places += [f"{n}={number}" for n, number in zip(names, numbers, strict=False)]
        names, numbers = [], []
    if command == "taylor" and len(numbers) > 1:
        center = numbers.pop(0)
        places += [f"{n}={center}" for n in names[:1] if float(center)]
    if command == "taylor" and places and not names:
        names = [places[0].partition("=")[0].strip()]
    if command == "grad" and len(names) > 1 and len(set(names)) == 1:
        numbers, names = [str(len(names))], names[:1]
    if names:
        options += f" --wrt {','.join(names)}"
    if command == "grad" and len(names) > 1 and not (rest[0][:1] in "[{" and "," in rest[0]):
        options += " --mixed"
    options += "".join(f" --at {place.replace(' ', '')}" for place in places)
    options += f" --order {numbers[0]}" if numbers and numbers[0] != "1" else ""
    return f'adiff {command} "{expression}"{options}'


def split_arguments(inside: str, separator: str = ",") -> list[str]:
    """Split a text at the separators that are outside of brackets."""
    found, begin, depth = [], 0, 0
    for k, character in enumerate(inside):
        depth += (character in "([{") - (character in ")]}")
        if character == separator and not depth:
            found.append(inside[begin:k])
            begin = k + 1
    found.append(inside[begin:])
    stripped = [part.strip() for part in found]
    return [part for part in stripped if part]


def _closed(text: str) -> bool:
    """Return whether a text is one number, list or call, and therefore needs no brackets."""
    if text.replace(".", "", 1).isdigit():
        return True
    depth = 0
    for k, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth and k < len(text) - 1 and not (character.isalnum() or character == "_"):
            return False
    return text[-1:] in (")", "]")
