"""Names that other languages, or other hands, give to what is written otherwise here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autodiff_cli.language.names import function

__all__ = ["FOREIGN_WORDS", "FUNCTION", "SPELLED_OTHERWISE", "missing_function", "misused_function"]

_CHOICE = "a choice is written `a if condition else b`"

FUNCTION = "a function is defined in a line of its own, as in `f(x) = x**2`"

_COMMENT = "a comment begins with `#`"

SPELLED_OTHERWISE = {
    "&": "the logical connective is written `and`",
    "&&": "the logical connective is written `and`",
    "||": "the logical connective is written `or`",
    "|": "the absolute value is written `abs(x)`, the logical connective `or`",
    "!": "the factorial of n is written `gamma(n + 1)`, the negation `not`",
    "~": "the negation is written `not`",
    "'": "a derivative is what `adiff grad` gives; it is not written in the expression",
    '"': "quotes are for the shell, around the whole expression",
    "`": "quotes are for the shell, around the whole expression",
    "{": "to group, write `(`",
    "}": "to group, write `(` and `)`",
    "\\": "this is not LaTeX: write `sin(x)`, `a/b`, `sqrt(x)`",
    "$": "leave out what is meant for the shell or for LaTeX",
    "“": "quotes are for the shell, around the whole expression",
    "”": "quotes are for the shell, around the whole expression",
    "′": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "∂": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "’": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "‘": "quotes are for the shell, around the whole expression",
    "«": "quotes are for the shell, around the whole expression",
    "»": "quotes are for the shell, around the whole expression",
    "∇": "a gradient is what `adiff grad` gives; it is not written in the expression",
    "∫": "there are no integrals: `adiff` differentiates",
    "±": "there is one value: ask for the one with `+` and the one with `-` apart",
    "∓": "there is one value: ask for the one with `-` and the one with `+` apart",
    "‖": "the length of a vector is written `norm(x)`",
    "∥": "the length of a vector is written `norm(x)`",
    "⌊": "the whole part is written `floor(x)`",
    "⌋": "the whole part is written `floor(x)`",
    "⌈": "the next whole number is written `ceil(x)`",
    "⌉": "the next whole number is written `ceil(x)`",
    "∛": "the cube root is written `cbrt(x)`",
    "∜": "the fourth root is written `x**(1/4)`",
    "‰": "a thousandth of x is written `x/1000`",
    "→": FUNCTION,
    "↦": FUNCTION,
    ".^": "elements are raised by `**`",
    ".*": "elements are multiplied by `*`",
    "./": "elements are divided by `/`",
    "->": FUNCTION,
    "≈": "equality is written `==`",
    "≡": "equality is written `==`",
    "…": "write out what the dots stand for, or give a vector: `sum([1, 2, 3])`",
    "∘": "functions are composed as in `sin(cos(x))`",
    "⊙": "elements are multiplied by `*`",
    "∞": "infinity is written `inf`",
    "°": "angles are in radians: 30 degrees are `30*pi/180`",
    "∑": "the sum of a vector is written `sum([1, 2])`",
    "∏": "the product of a vector is written `prod([1, 2])`",
    "∧": "the logical connective is written `and`",
    "∨": "the logical connective is written `or`",
    "¬": "the negation is written `not`",
    "?": _CHOICE,
    "//": f"the whole part of a quotient is written `floor(a/b)`; {_COMMENT}",
    "/*": _COMMENT,
    "\\sum": "the sum of a vector is written `sum([1, 2])`",
    "\\prod": "the product of a vector is written `prod([1, 2])`",
    "\\int": "there are no integrals: `adiff` differentiates",
    "\\lim": "there are no limits: `adiff taylor` expands about a point",
    "\\top": "the transpose is written `x.T`",
    "\\partial": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "\\nabla": "a gradient is what `adiff grad` gives; it is not written in the expression",
    "<>": "unequal is written `!=`",
    "=>": f"at least is written `>=`; {FUNCTION}",
    "=<": "at most is written `<=`",
    ":=": "a name is given a meaning with `=`",
    "+=": "a name keeps its meaning: give the new value a new name",
    "-=": "a name keeps its meaning: give the new value a new name",
    "*=": "a name keeps its meaning: give the new value a new name",
    "/=": "a name keeps its meaning: give the new value a new name; unequal is written `!=`",
    "===": "equality is written `==`",
    "!==": "unequal is written `!=`",
}
"""What to say of signs that mean something elsewhere."""

FOREIGN_WORDS = {
    "lambda": FUNCTION,
    "def": FUNCTION,
    "let": "a name is given a meaning as in `u = x + 1`",
    "var": "a name is given a meaning as in `u = x + 1`",
    "const": "a name is given a meaning as in `u = x + 1`",
    "return": "the last line is what is computed",
    "wrt": 'by which variable is said outside: `adiff grad "x**2*y" --wrt y`',
    "at": 'the value of a variable is given outside: `adiff grad "x**2" --at x=2`',
    "when": 'the value of a variable is given outside: `adiff grad "x**2" --at x=2`',
    "for": 'the value of a variable is given outside: `adiff grad "x**2" --at x=2`',
    "where": "a name is given a meaning in a line before: `u = x + 1; u**2`",
    "lim": "there are no limits: `adiff taylor` expands about a point",
    "int": "there are no integrals: `adiff` differentiates",
    "then": "a choice is written `a if condition else b`",
    "is": "equality is written `==`",
    **dict.fromkeys(("function", "func", "fn", "fun", "Function"), FUNCTION),
    **dict.fromkeys(
        ("double", "float", "real", "auto", "val"), "a name is given a meaning as in `u = x + 1`"
    ),
    "derivative": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "differentiate": "a derivative is what `adiff grad` gives; it is not written in the expression",
    "plus": "a sum is written `a + b`",
    "minus": "a difference is written `a - b`",
    "times": "a product is written `a * b`",
    "over": "a quotient is written `a / b`",
    "squared": "a power is written `x**2`",
    "cubed": "a power is written `x**3`",
    "degrees": "angles are in radians: 30 degrees are `30*pi/180`",
    "degree": "angles are in radians: 30 degrees are `30*pi/180`",
    "deg": "angles are in radians: 30 degrees are `30*pi/180`",
    "import": "there is nothing to import: `adiff functions` lists what is known",
    "from": "there is nothing to import: `adiff functions` lists what is known",
}
"""What to say of words that mean something in other languages."""

_FORMULAS = {
    "var": "mean(({0} - mean({0}))**2)",
    "std": "sqrt(mean(({0} - mean({0}))**2))",
    "rms": "sqrt(mean({0}**2))",
    "silu": "{0}*sigmoid({0})",
    "swish": "{0}*sigmoid({0})",
    "mish": "{0}*tanh(softplus({0}))",
    "elu": "where({0} > 0, {0}, exp({0}) - 1)",
    "leaky_relu": "max({0}, 0.01*({0}))",
    "leakyrelu": "max({0}, 0.01*({0}))",
    "relu6": "clip({0}, 0, 6)",
    "softsign": "{0}/(1 + abs({0}))",
    "logit": "log({0}/(1 - {0}))",
    "logsigmoid": "-softplus(-({0}))",
    **{short: f"{long}({{0}})" for short, long in (("sh", "sinh"), ("ch", "cosh"), ("th", "tanh"))},
    "cth": "coth({0})",
    "binomial": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "ncr": "gamma({0} + 1)/(gamma({1} + 1)*gamma({0} - {1} + 1))",
    "npr": "gamma({0} + 1)/gamma({0} - {1} + 1)",
    "logdet": "log(det({0}))",
    "slogdet": "log(abs(det({0})))",
    "logabsdet": "log(abs(det({0})))",
    "σ": "sigmoid({0})",
    "Γ": "gamma({0})",
    "Φ": "erfc(-({0})/sqrt(2))/2",
    "cross_entropy": "-sum({0}*log({1}))",
    "crossentropy": "-sum({0}*log({1}))",
    "kl_div": "sum({0}*log({0}/{1}))",
    "kl": "sum({0}*log({0}/{1}))",
    "entropy": "-sum({0}*log({0}))",
    "mae": "mean(abs({0} - {1}))",
    "huber": "where(abs({0}) < 1, {0}**2/2, abs({0}) - 1/2)",
    "lerp": "{0} + ({1} - {0})*{2}",
    "log_softmax": "{0} - logsumexp({0})",
    "heaviside": "where({0} > 0, 1, 0)",
    "step": "where({0} > 0, 1, 0)",
    "factorial": "gamma({0} + 1)",
    "fact": "gamma({0} + 1)",
    "beta": "gamma({0})*gamma({1})/gamma({0} + {1})",
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
    "normcdf": "erfc(-({0})/sqrt(2))/2",
    "phi": "erfc(-({0})/sqrt(2))/2",
    "normpdf": "exp(-({0})**2/2)/sqrt(2*pi)",
    "gaussian": "exp(-({0})**2/2)/sqrt(2*pi)",
    "iif": "where({0}, {1}, {2})",
    "ifelse": "where({0}, {1}, {2})",
    "select": "where({0}, {1}, {2})",
    "piecewise": "where({0}, {1}, {2})",
    "mse": "mean(({0} - {1})**2)",
    "dist": "norm({0} - {1})",
    "distance": "norm({0} - {1})",
    "cosine_similarity": "dot({0}, {1})/(norm({0})*norm({1}))",
    "inner": "dot({0}, {1})",
    "vdot": "dot({0}, {1})",
    "tr": "trace({0})",
}
"""What functions that are missing are in those there are: a formula of their arguments."""

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
}
"""Functions elsewhere that are commands here."""

_NOT_THERE = {
    "integrate": "there are no integrals: `adiff` differentiates",
    "integral": "there are no integrals: `adiff` differentiates",
    "int": "there are no integrals, and a number is made whole by `floor` or `round`",
    "limit": "there are no limits: `adiff taylor` expands about a point",
    "lim": "there are no limits: `adiff taylor` expands about a point",
    "print": "the last line is what is printed",
    **dict.fromkeys(
        ("range", "arange", "linspace", "zeros", "ones", "list", "tuple", "tensor", "len"),
        "a vector is written in square brackets: `[1, 2]`",
    ),
    **dict.fromkeys(
        ("eye", "identity", "diag"), "a matrix is a list of its rows: `[[1, 0], [0, 1]]`"
    ),
    **dict.fromkeys(
        ("random", "rand", "randn"), "there are no random numbers: a variable is given its value"
    ),
    **dict.fromkeys(
        ("gcd", "lcm", "prime", "isprime"), "there are no functions of whole numbers alone"
    ),
    "array": "a vector is written in square brackets: `[1, 2]`",
    "Array": "a vector is written in square brackets: `[1, 2]`",
    "vector": "a vector is written in square brackets: `[1, 2]`",
    "vec": "a vector is written in square brackets: `[1, 2]`",
    "matrix": "a matrix is a list of its rows: `[[1, 2], [3, 4]]`",
    "Matrix": "a matrix is a list of its rows: `[[1, 2], [3, 4]]`",
    "cross": "there is no cross product: write out its elements, as in `a[0]*b[1] - a[1]*b[0]`",
    "if": "a choice is written `a if condition else b`",
}


def missing_function(name: str, arguments: str, count: int) -> str | None:
    """Return what to write for a function that is missing but known elsewhere; None if it is not.

    Parameters
    ----------
    arguments
        How they are written, with their brackets.
    """
    plain = name if name in _FORMULAS else name.lower()
    if (command := _COMMANDS.get(plain)) is not None:
        inside = _split(arguments)
        by = f" --wrt {inside[1]}" if len(inside) > 1 and inside[1].isidentifier() else ""
        inner = inside[0] if inside else "x**2"
        return f'this is a command: `adiff {command} "{inner}"{by}`'
    if (there := _NOT_THERE.get(name) or _NOT_THERE.get(plain)) is not None:
        return there
    formula = _FORMULAS.get(plain)
    if formula is None and (match := re.fullmatch(r"log_?(\d+|[a-z])", plain)):
        formula = f"log({{0}})/log({match[1]})"
    if formula is None:
        return None
    inside = _split(arguments)
    if f"{{{len(inside)}}}" in formula or not inside:
        # With arguments missing, letters stand for all of them.
        inside = ["x", "y", "z"]
    whole = [part if part.isidentifier() or _closed(part) else f"({part})" for part in inside]
    for k, part in enumerate(inside):
        # Where the formula has brackets around it, it needs none of its own.
        formula = formula.replace(f"({{{k}}})", f"({part})")
    return f"write `{formula.format(*whole)}`"


def misused_function(name: str, arguments: Sequence[str]) -> str | None:
    """Return what to write for a function that takes more arguments elsewhere."""
    operation = function(name)
    if operation is None or len(arguments) != 2:
        return None
    x, base = (a if a.isalnum() else f"({a})" for a in arguments)
    if operation.name == "log":
        if base in ("2", "10"):
            return f"to base {base} write `log{base}({arguments[0]})`"
        return f"to base {arguments[1]} write `log({arguments[0]})/log({arguments[1]})`"
    if operation.name == "atan":
        return f"of a quotient write `atan({x}/{base})`, of a point `atan2({', '.join(arguments)})`"
    if operation.name == "sqrt":
        return f"the root of another degree is written `{x}**(1/{base})`"
    if operation.name == "round":
        return f"to {arguments[1]} decimals write `round({x}*10**{base})/10**{base}`"
    return None


def _split(arguments: str) -> list[str]:
    """Return the arguments of a call as written, without keywords."""
    found, begin, depth = [], 1, 0
    for k, character in enumerate(arguments[:-1]):
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 1:
            found.append(arguments[begin:k])
            begin = k + 1
    found.append(arguments[begin:-1])
    stripped = [part.strip() for part in found]
    return [part for part in stripped if part]


def _closed(text: str) -> bool:
    """Return whether a text is one number, one list or one call, and so needs no brackets."""
    if text.replace(".", "", 1).isdigit():
        return True
    depth = 0
    for k, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if not depth and k < len(text) - 1 and not (character.isalnum() or character == "_"):
            return False
    return text[-1:] in (")", "]")
