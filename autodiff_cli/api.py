"""The library in the words of the command line: expressions as text, values by name."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive import Partials
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.engine import grad as grad_of
from autodiff_cli.errors import (
    ComputationError,
    ExpressionError,
    NoSeriesError,
    UsageError,
    not_a_number,
)
from autodiff_cli.language.format import described
from autodiff_cli.language.lexer import closing_of
from autodiff_cli.language.names import CONSTANTS, example_call, function, functions, nearest
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.limits import Limits

__all__ = [
    "Method",
    "about_zero",
    "bind",
    "check_directions",
    "chosen",
    "derivatives",
    "evaluate",
    "formula",
    "grad",
    "natural_order",
    "taylor",
]

Method: TypeAlias = Literal["auto", "graph", "taylor"]
"""How derivatives are had: one sweep for each order, or all orders at once as a Taylor series."""

MOST_CALLS = 20_000
"""How large a graph may be that is tried where a series has come to nothing."""

LOW_ORDER = 2
"""Up to which order the graph of a derivative is sooner had than a series."""

MOST_NAMES = 10
"""How many variables a message names."""


def evaluate(expression: str, at: Mapping[str, Any] | None = None) -> NDArray[Any]:
    """Return the value of an expression.

    Parameters
    ----------
    expression
        In the language of the command line.
    at
        A number or array for each variable of the expression.

    Raises
    ------
    AdiffError
        If the expression cannot be read, or a variable has no value.

    Examples
    --------
    >>> evaluate("x**4 - 2*x**2", {"x": 2})
    array(8.)
    """
    program = parse(expression)
    return np.asarray(as_variable(program.run(bind(program, at or {}))).data)


def grad(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    order: int | None = None,
    method: Method = "auto",
    mixed: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the derivatives of an expression with respect to its variables.

    Parameters
    ----------
    expression, at
        As for `evaluate`.
    wrt
        With respect to which variables; all of them if not given.  A list that names one twice is
        one mixed partial derivative, by each in turn.
    order
        Of the derivative with respect to each variable alone, 1 if not given; 0 is the value.
    method
        From the graph of the derivative before, whose size grows with each order, or from a Taylor
        series; if not given, from a series for order 3 and above where there is one.
    mixed
        Take one mixed partial derivative even if ``wrt`` names each variable once.

    Returns
    -------
    dict
        For each variable its partial derivative of that order, of the shape of its value; the mixed
        one under all its names, as in ``"x,x,y"``.

    Raises
    ------
    AdiffError
        If the expression cannot be read, a variable has no value, or it is not a single number.

    Examples
    --------
    >>> grad("x**4 - 2*x**2", {"x": 2}, order=2)
    {'x': array(44.)}
    >>> grad("x**3 * y", {"x": 2, "y": 5}, wrt=["x", "x", "y"])
    {'x,x,y': array(12.)}
    """
    program = parse(expression)
    program.release([wrt] if isinstance(wrt, str) else wrt or ())
    env = bind(program, at or {})
    y = as_variable(program.run(env))
    wrt = [wrt] if isinstance(wrt, str) else wrt
    if is_mixed(wrt, mixed, order):
        sequence = by_turns(program, wrt)
        derivative = mixed_derivative(y, env, sequence, method=method)
        return {",".join(sequence): np.array(derivative.data)}
    names, order = chosen(program, wrt, env), 1 if order is None else order
    found = derivatives(y, env, names, order, method=method)
    # Copies, for a derivative may be one of the values given.
    return {n: np.array(d.data) for n, d in found.items()}


def taylor(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | None = None,
    order: int = 5,
    direction: Mapping[str, Any] | None = None,
) -> NDArray[Any]:
    """Return the Taylor coefficients of an expression in one variable, or along a line.

    Parameters
    ----------
    expression, at
        As for `evaluate`, but what the series is in is 0 if it has no value.
    wrt
        In which variable; not needed if there is only one.
    order
        Of the last coefficient.
    direction
        Instead of ``wrt``: how fast each variable moves along the line that does, each in the shape
        of its value.

    Returns
    -------
    ndarray
        ``order + 1`` coefficients, each of the shape of the value: the k-th derivative over k!.

    Raises
    ------
    AdiffError
        If the expression cannot be read, a variable has no value, or an operation has no series.

    Examples
    --------
    >>> taylor("1/(1 - x)", {"x": 0.5}, order=3)
    array([ 2.,  4.,  8., 16.])
    """
    from autodiff_cli.derive.taylor import check_scalars, coefficients

    program = parse(expression)
    moving = direction if wrt is None else {wrt: None}
    program.release(moving or ())
    env = bind(program, about_zero(program, at or {}, moving))
    y = as_variable(program.run(env))
    if direction is None:
        names = chosen(program, None if wrt is None else [wrt], env)
        if len(names) != 1:
            raise UsageError(
                f"a series is in one variable, and there are {len(names)}",
                code="several-variables",
                hint="say which with `wrt`, or give a `direction`",
            )
        check_scalars(as_variable(0.0), {names[0]: env[names[0]]}, "give a `direction`")
        direction = {names[0]: 1.0}
    along = check_directions(program, env, direction)
    return coefficients(y, {env[name]: d for name, d in along.items()}, order)


def check_directions(
    program: Program, env: Mapping[str, Variable], direction: Mapping[str, Any]
) -> dict[str, Any]:
    """Return how fast each variable moves along a line, in the shape of its value.

    Raises
    ------
    UsageError
        If the expression does not have a variable, or its value is of another shape.
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


def formula(expression: str, wrt: str | None = None, order: int = 0, expand: bool = False) -> str:
    """Return an expression, or a derivative of it, as a formula made short.

    Parameters
    ----------
    expression
        In the language of the command line, in which the formula is written too.
    wrt
        With respect to which variable; the only one if not given.
    order
        Of the derivative; 0 is the expression itself.
    expand
        Write one expression even if it is shorter with names for what occurs several times.

    Raises
    ------
    AdiffError
        If the expression cannot be read or is not one number, or there is no such variable.

    Examples
    --------
    >>> formula("x**4 - 2*x**2", order=1)
    '4*x**3 - 4*x'
    """
    from autodiff_cli.emit.text.formula import MOST_CHARACTERS
    from autodiff_cli.emit.text.formula import formula as written
    from autodiff_cli.symbolic.derivatives import derivative_terms
    from autodiff_cli.symbolic.rewrite import algebra

    program = parse(expression)
    program.release([] if wrt is None else [wrt])
    names = chosen(program, None if wrt is None else [wrt])
    if order and len(names) != 1:
        raise UsageError(
            "a formula is the derivative with respect to one variable",
            code="no-variable",
            hint="say which one with `wrt`" if names else None,
        )
    to = algebra(MOST_CHARACTERS)
    wanted = names[:1] or [""]
    (term,) = derivative_terms(to, program, wanted, order, most=MOST_CHARACTERS).values()
    return written(to, term, expand=expand)


def bind(program: Program, at: Mapping[str, Any]) -> dict[str, Variable]:
    """Return a Variable for each name of a program, holding the value given for it.

    They are in the order of the values given, which is the order of all answers.

    Raises
    ------
    UsageError
        If a variable has no value, or a value no variable.
    ExpressionError
        If a name without a value is that of a function.
    """
    program.release(at)
    needed = program.names
    for name in at:
        if name not in needed:
            raise UsageError(
                f"the expression has no variable `{name}`",
                code="unknown-variable",
                hint=_meant(name, needed, at),
            )
    missing = [name for name in needed if name not in at]
    if not missing:
        return _bound(program, at)
    for name in missing:
        # A function's name may be a variable's too, as gamma often is: giving it a value says so.
        if (operation := function(name)) is not None:
            raise ExpressionError(
                f"`{name}` is a function: it needs arguments in brackets",
                code="function-without-arguments",
                **program.at(program.variables()[name]),
                hint=f"write `{example_call(operation)}`",
            )
        if (parameters := program.functions.get(name)) is not None:
            raise ExpressionError(
                f"`{name}` is a function: it needs arguments in brackets",
                code="function-without-arguments",
                **program.at(program.variables()[name]),
                hint=f"write `{name}({', '.join(parameters)})`",
            )
    if missing:
        told = missing[:MOST_NAMES]
        rest = f" and {len(missing) - len(told)} more" if len(missing) > len(told) else ""
        raise UsageError(
            f"no value is given for {', '.join(f'`{name}`' for name in told)}{rest}",
            code="missing-value",
            **program.at(program.variables()[missing[0]]),
            hint=_mistaken(missing, {**needed, **at}, program)
            or "give one: " + " ".join(f"`--at {name}=...`" for name in told),
        )
    return _bound(program, at)


def _bound(program: Program, at: Mapping[str, Any]) -> dict[str, Variable]:
    """Return a Variable for each name of a program, all of which have values."""
    env = {name: as_variable(given_value(name, value), name) for name, value in at.items()}
    for name, shape in program.shapes.items():
        if env[name].shape != shape:
            raise UsageError(
                f"`{name}` is {described(shape)} in this graph, not {described(env[name].shape)}",
                code="bad-value",
            )
    return env


def _indexed_call(program: Program, name: str) -> str | None:
    """Return what `Sin[x]` is in the language; None if a name is no function's in capitals."""
    from autodiff_cli.language.foreign import missing_function

    token = program.names[name].token
    texts = [word.text for word in program.words]
    closing = closing_of(texts, token + 1, token + 2) if texts[token + 1] == "[" else None
    if closing is None:
        return None
    inside = program.text(token + 2, closing)
    if name != name.lower() and function(name.lower()) is not None:
        call = f"{name.lower()}({inside})"
        return f"a function is called with round brackets: write `{call}`"
    return missing_function(name, f"({inside})", 1)


def _mistaken(missing: Iterable[str], known: Iterable[str], program: Program) -> str | None:
    """Return what to say of a name without a value that looks like something else."""
    from autodiff_cli.language.characters import look_alike
    from autodiff_cli.language.glued import meant

    others = {*known, *CONSTANTS}
    for name in missing:
        token = program.names[name].token
        if name == "T" and token and program.words[token - 1].text in ("^", "**"):
            base = program.words[token - 2].text
            return f"the transpose is written `{base}.T`, a product of matrices `{base}.T @ {base}`"
        if (call := _indexed_call(program, name)) is not None:
            return call
        if name.casefold() in ("true", "false"):
            return f"truth is `1`, and falsehood is `0`: write `{int(name.casefold() == 'true')}`"
        alike = look_alike(name)
        if alike is not None and alike in others:
            return f"`{name}` looks like `{alike}`, but with letters of another script"
        if (formula := meant(name, others)) is not None:
            return f"`{name}` is one name: write `{formula}` if that is meant"
    return None


def given_value(name: str, value: Any) -> Any:
    """Return a value given for a variable as the engine takes it.

    Raises
    ------
    UsageError
        If it is not made of real numbers.
    """
    try:
        array = np.asarray(value)
        # Words would be read as numbers, and complex numbers cut to their real part.
        if array.dtype.kind in "cUSMm":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(
            f"the value given for `{name}` is not a number or an array of numbers",
            code="bad-value",
        ) from None
    return array.item() if array.ndim == 0 else array


def _meant(name: str, needed: Iterable[str], given: Iterable[str] = ()) -> str | None:
    from autodiff_cli.language.characters import look_alike
    from autodiff_cli.language.glued import meant

    needed = list(needed)
    for other in needed:
        # A name that is missing may be a part of another one.
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
    """Return whether names have arrays as their values, of which one is a matrix."""
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
        # Words and numbers take turns, so that only like is compared with like.
        parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
        return [int(part) if k % 2 else part for k, part in enumerate(parts)], name

    return sorted(names, key=key)


def about_zero(
    program: Program, at: Mapping[str, Any], names: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values given, and 0 for each variable that a series is in and that has none.

    Parameters
    ----------
    names
        The variables that the series is in, each with something of its shape; all that have no
        value if not given.
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
    """Return the names to differentiate with respect to: those of ``wrt``, or all.

    All are in the order of the values ``given``, or without any in natural order.

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
    """Return whether one mixed partial derivative is meant: asked for, or a name is repeated.

    Raises
    ------
    UsageError
        If there is nothing to mix, or an order besides the names, which are one already.
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
    """Return names to differentiate with respect to one after the other, some repeatedly.

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


def derivatives(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    order: int,
    create_graph: bool = False,
    limits: Limits | None = None,
    method: Method = "graph",
) -> dict[str, Variable]:
    """Return the derivative of ``y`` of an order with respect to each of some variables alone.

    Raises
    ------
    ComputationError
        If ``y`` is not a single number, or for order 2 and above a variable is not.
    NoSeriesError
        If an operation has no series, and the method asks for one.
    """
    _refuse_tensors(y, env, names, order)
    if order == 0:
        return dict.fromkeys(names, y)
    scalars = not any(x.shape for x in (y, *(env[name] for name in names)))
    if method == "taylor" or (method == "auto" and order > LOW_ORDER and scalars):
        try:
            found = _by_series(y, env, names, order, limits)
        except NoSeriesError:
            if method == "taylor":
                raise
        else:
            if method == "taylor" or all(math.isfinite(float(d)) for d in found.values()):
                return found
            # A series knows nothing of branches that were not taken once they are behind a choice;
            # a graph does.
            try:
                return _by_graph(y, env, names, order, create_graph, Limits(graph=MOST_CALLS))
            except ComputationError as error:
                if error.code != "graph-too-large":
                    raise
                return found
    return _by_graph(y, env, names, order, create_graph, limits)


def _by_series(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    order: int,
    limits: Limits | None,
) -> dict[str, Variable]:
    from autodiff_cli.derive.taylor import check_scalars, derivatives_along

    check_scalars(y, {name: env[name] for name in names})
    return {
        name: as_variable(derivatives_along(y, {env[name]: 1.0}, order, limits=limits)[-1])
        for name in names
    }


def _by_graph(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    order: int,
    create_graph: bool,
    limits: Limits | None,
) -> dict[str, Variable]:
    partials, xs = Partials(limits), [env[name] for name in names]
    if order > 1 and len(xs) == 1:
        return {names[0]: _shaped(partials.last(y, xs * order), xs[0])}
    # All first derivatives come from one sweep; each is then differentiated on its own.
    first = grad_of(y, xs, create_graph or order > 1)
    return {
        name: partials.last(g, [env[name]] * (order - 1), reached=1)
        for name, g in zip(names, first, strict=True)
    }


def mixed_derivative(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    limits: Limits | None = None,
    method: Method = "graph",
) -> Variable:
    """Return the derivative of ``y`` with respect to each of some variables in turn.

    Raises
    ------
    UsageError
        If the method asks for a series, which has one variable.
    ComputationError
        If ``y`` is not a single number, or for order 2 and above a variable is not.
    """
    if method == "taylor":
        raise UsageError(
            "a series in one variable gives no mixed partial derivative",
            code="contradiction",
            hint=f"leave the method away, or ask `adiff taylor --total {len(names)}`",
        )
    _refuse_tensors(y, env, names, len(names))
    xs = [env[name] for name in names]
    return grad_of(y, xs)[0] if len(xs) == 1 else _shaped(Partials(limits).last(y, xs), xs[-1])


def _shaped(derivative: Variable, x: Variable) -> Variable:
    """Return a derivative in the shape of what it is by, where both are of one element."""
    return derivative if derivative.shape == x.shape else derivative.reshape(x.shape)


def _refuse_tensors(
    y: Variable, env: Mapping[str, Variable], names: Sequence[str], order: int
) -> None:
    if order > 0 and y.size != 1:
        raise not_a_number(described(y.shape))
    for name in names:
        if order > 1:
            refuse_tensor(name, env[name], order)


def refuse_tensor(name: str, x: Variable, order: int) -> None:
    """See to it that a variable can be differentiated by more than once.

    Raises
    ------
    ComputationError
        If it is not a single number.
    """
    if x.size != 1:
        raise ComputationError(
            f"derivatives of order {order} need single numbers, but `{name}` is"
            f" {described(x.shape)}",
            code="not-a-scalar",
        )
