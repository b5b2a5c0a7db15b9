"""Render straight-line programs as a C99 function of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from autodiff_cli.emit.precedence import ATOM, SIGN, Piece
from autodiff_cli.emit.source.templates import (
    Language,
    Names,
    ascii_name,
    described,
    lines,
    placeholders,
    with_what,
)
from autodiff_cli.engine import Operation
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.errors import ComputationError
from autodiff_cli.graph.straight_line import Argument, Assignment, Constant, StraightLine
from autodiff_cli.language.format import described as kind
from autodiff_cli.language.static_text import PYTHON
from autodiff_cli.version import __version__

__all__ = ["template", "to_c"]

_OPERATORS = ("+", "-", "*", "/")

# `round` is not among them, because that of C rounds halves away from zero.
_FUNCTIONS = """
    acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 log log10 log1p
    log2 cbrt fabs hypot pow sqrt erf erfc lgamma ceil floor
"""
_MATH = frozenset(_FUNCTIONS.split())

# The keywords of C99, those that C23, C++ or compilers add, and then the names of <math.h>,
# including those that operating systems add.
_WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while alignas alignof and asm bitand bitor bool catch class compl
    constexpr delete explicit export false friend mutable namespace new not nullptr operator or
    private protected public template this thread_local throw true try typeid typename typeof using
    virtual xor linux unix main

    double_t float_t fpclassify isfinite isinf isnan isnormal signbit isgreater isgreaterequal
    isless islessequal islessgreater isunordered frexp ilogb ldexp logb modf scalbn scalbln
    nearbyint rint lrint llrint round lround llround trunc fmod remainder remquo copysign nan
    nextafter nexttoward fdim fmax fmin fma tgamma gamma j0 j1 jn y0 y1 yn signgam errno
    math_errhandling HUGE_VAL HUGE_VALF HUGE_VALL INFINITY NAN NULL FP_INFINITE FP_NAN FP_NORMAL
    FP_SUBNORMAL FP_ZERO FP_FAST_FMA FP_ILOGB0 FP_ILOGBNAN MATH_ERRNO MATH_ERREXCEPT MAXFLOAT M_E
    M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2
    DOMAIN SING OVERFLOW UNDERFLOW PLOSS TLOSS HUGE exp10 pow10 sincos drem significand scalb finite
    infinity
"""

_MOST_LETTERS = 48
_WIDTH = 88


def to_c(code: StraightLine, name: str = "f") -> str:
    """Return a C99 file with one function that computes a straight-line program.

    It takes a double for each variable, returns the value, and writes the other outputs into arrays
    that it takes as arguments: ``double f(double x, double y, double gradient[2])``.

    Raises
    ------
    ComputationError
        If the program contains tensors, or an operation that has no equivalent in C.
    """
    _refuse_tensors(code)
    helpers = {text: _called(text) for call in code.calls if (text := _helper(call.operation))}
    names = Names({*_WORDS.split(), *_MATH, *helpers.values(), name}, _identifier)
    arguments = names.take_all([argument.name for argument in code.arguments])
    assignments, texts = lines(code, _LANGUAGE, arguments, names)
    used = {k for call in code.calls for k in call.inputs}
    used |= {k for group in code.groups for k in group.nodes}
    body = [f"(void){name};" for k, name in enumerate(arguments) if k not in used]
    body += assignments
    parameters = [f"double {argument}" for argument in arguments]
    for group in code.groups[1:]:
        array = names.take(group.name)
        parameters.append(f"double {array}[{len(group.nodes)}]")
        for i, k in enumerate(group.nodes):
            body.append(f"{array}[{i}] = {texts[k].text};")
    body.append(f"return {texts[code.groups[0].nodes[0]].text};")
    signature = _signature(name, parameters)
    parts = [
        _header(code, arguments, signature),
        "#include <math.h>\n",
        *helpers,
        f"{signature}\n{{\n" + "".join(f"    {line}\n" for line in body) + "}",
    ]
    return "\n".join(parts) + "\n"


def _refuse_tensors(code: StraightLine) -> None:
    for node in code.nodes:
        if node.shape:
            shape = kind(node.shape)
            what = (
                f"`{node.name}` is {shape}" if isinstance(node, Argument) else f"{shape} is in it"
            )
            raise ComputationError(
                f"code in C computes single numbers, and {what}",
                code="no-spelling",
                hint="`--to python` takes tensors too",
            )


def _identifier(name: str) -> str:
    """Return a valid name in C, where names with leading underscores are reserved."""
    name = re.sub(r"[^0-9A-Za-z_]", "_", ascii_name(name))[:_MOST_LETTERS]
    return name if re.match(r"[A-Za-z]", name) else f"x{name}"


def _signature(name: str, parameters: Sequence[str]) -> str:
    text = f"double {name}({', '.join(parameters) or 'void'})"
    if len(text) <= _WIDTH:
        return text
    separator = f",\n{' ' * (len(name) + 8)}"
    return f"double {name}({separator.join(parameters)})"


def _header(code: StraightLine, arguments: Sequence[str], signature: str) -> str:
    """Return the comment that describes what the function computes, and how to use it."""
    *text, last = described(code.expression) or ["A function"]
    text += [f"{last}{with_what(code)}.", ""]
    text += [f"{signature.splitlines()[0]}...;" if "\n" in signature else f"{signature};", ""]
    text.append("It returns the value.")
    for group in code.groups[1:]:
        columns = len(group.titles) // group.rows
        text.append(f"Into {group.name} it writes{' row by row' * (group.rows > 1)}:")
        for row in range(group.rows):
            text.append(f"    {', '.join(group.titles[row * columns : (row + 1) * columns])}")
    for name, argument in zip(arguments, code.arguments, strict=True):
        if name != argument.name:
            text.append(f"{name} is the variable {argument.name}.")
    text += ["", f"Written by adiff {__version__}.  It needs <math.h> only:"]
    # A fused multiply-add would be rounded once instead of twice.
    text += ["cc -std=c99 -ffp-contract=off ... -lm"]
    inside = "\n".join(f" * {line}".rstrip() for line in map(_harmless, text))
    return f"/*{inside[2:]}\n */"


def _harmless(text: str) -> str:
    """Return a text that neither begins nor ends a comment, and contains no trigraph."""
    return re.sub(r"\*(?=/)|/(?=\*)|\?(?=\?)", lambda match: f"{match[0]} ", text)


# --- the language --------------------------------------------------------------------------------


def template(operation: Operation) -> str:
    """Return the template of an operation in C, from its declaration.

    Raises
    ------
    ComputationError
        If the operation has no equivalent in C.
    """
    metadata = operation.metadata
    if helper := _helper(operation):
        statics = [f"{{{name}}}" for name in operation.statics]
        return f"{_called(helper)}({', '.join([*placeholders(operation), *statics])})"
    if metadata.c:
        return metadata.c
    if metadata.symbol in _OPERATORS:
        return f" {metadata.symbol} ".join(placeholders(operation))
    name = next((name for name in (operation.name, *metadata.aliases) if name in _MATH), None)
    if name is None or not isinstance(operation, Elementwise):
        raise ComputationError(
            f"`{operation.name}` has no function in C",
            code="no-spelling",
            hint="`--to python` has one, and `--order 0` leaves derivatives out",
        )
    return f"{name}({', '.join(placeholders(operation))})"


def _helper(operation: Operation) -> str:
    """Return the helper function of an operation in C; an empty text if it has none."""
    return operation.metadata.c if operation.metadata.c.startswith("static ") else ""


def _called(helper: str) -> str:
    match = re.match(r"static double (\w+)\(", helper)
    assert match, "a function in C begins with `static double` and its name"
    return match[1]


def _constant(constant: Constant) -> Piece:
    number = float(constant.value)
    positive = math.copysign(1.0, number) > 0.0
    if math.isnan(number):
        return Piece("NAN")
    text = repr(number).replace("inf", "INFINITY")
    return Piece(text, ATOM if positive else SIGN)


def _statics(call: Assignment) -> Mapping[str, str]:
    found = {**call.operation.defaults, **call.params}
    return {name: PYTHON.value(value) for name, value in found.items()}


_LANGUAGE = Language(template, _statics, _constant, "const double {name} = {text};")
