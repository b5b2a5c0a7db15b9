"""The public functions of the library: they take expressions as text and values by name.

They compute in float64 by the rules of the operations.  At a kink, a jump, a pole or 0/0 these
follow conventions: the derivative of ``abs`` at 0 is 0, that of ``max`` at a tie the mean of both.
`autodiff_cli.proven` has the same functions without conventions: they return a derivative that
exists, whatever the rules give, and say what is true where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.matrices import Hessian, Jacobian, hessian_of, hvp_of, jacobian_of
from autodiff_cli.derive.notebooks import Gradient
from autodiff_cli.derive.partials import Method, derivatives, mixed_derivative
from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.errors import UsageError
from autodiff_cli.language.binding import by_turns, check_directions, chosen, is_mixed
from autodiff_cli.language.given import (
    check_text,
    given_choice,
    given_names,
    given_order,
    given_values,
)
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import Problem, pose

if TYPE_CHECKING:
    from autodiff_cli.compiling import Output
    from autodiff_cli.graph.columns import CompiledExpression

__all__ = ["compile", "evaluate", "formula", "grad", "hessian", "hvp", "jacobian", "taylor"]


def compile(
    expression: str,
    outputs: Output | Sequence[Output] = ("value", "grad"),
    wrt: str | Sequence[str] | None = None,
    order: int = 1,
    threads: int | None = None,
) -> CompiledExpression:
    """Return a function that computes an expression and derivatives for columns of points.

    Parameters
    ----------
    expression
        In the language of the command line, of operations on single numbers.
    outputs
        What the function returns: ``"value"``, ``"grad"``, ``"hessian"``, or several of them.
    wrt
        The variables to differentiate with respect to; all of them if not given.
    order
        The order of the derivatives in ``"grad"``, with respect to each variable alone.
    threads
        The largest number of threads; as many as there are processors if not given.

    Returns
    -------
    CompiledExpression
        It takes a number or array for each variable, by name or in the order of its `variables`,
        and returns the outputs in a tuple, or the only one: an array for the value, for the others
        dicts as `grad` and `hessian` return them, but with an entry for each point.

    Raises
    ------
    AdiffError
        If the expression cannot be read, or works on arrays and not on single numbers.

    Examples
    --------
    >>> f = compile("x**2 * y")
    >>> f(x=[1, 2, 3], y=10)
    (array([10., 40., 90.]), {'x': array([20., 40., 60.]), 'y': array([1., 4., 9.])})
    >>> compile("x**2 * y", "hessian")([1, 2], [3, 4])["x", "y"]
    array([2., 4.])
    """
    from autodiff_cli.compiling import compiled

    order, by = given_order(order), given_names(wrt)
    return compiled(expression, outputs, by, order, threads)


def evaluate(expression: str, at: Mapping[str, Any] | None = None) -> NDArray[Any]:
    """Return the value of an expression.

    Parameters
    ----------
    expression
        An expression in the language of the command line.
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
    return np.asarray(pose(expression, at).y.data)


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
        The variables to differentiate with respect to; all of them if not given.  If the list
        contains a name twice, the result is one mixed partial derivative with respect to each name
        in turn.
    order
        The order of the derivative with respect to each variable alone, 1 if not given; 0 is the
        value.
    method
        ``"graph"`` differentiates the graph of the derivative of the order before, which grows
        with each order; ``"taylor"`` uses a Taylor series; ``"auto"`` uses the series for order 3
        and above where there is one.
    mixed
        Whether to return one mixed partial derivative even if ``wrt`` names each variable once.

    Returns
    -------
    dict
        For each variable its partial derivative of that order, in the shape of its value; the mixed
        derivative under all its names, as in ``"x,x,y"``.  At a kink or a singularity the rules
        give it: 0 for ``abs``, nan for ``0*sqrt(x) + x``; `autodiff_cli.proven.grad` has the truth.

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
    order = None if order is None else given_order(order)
    method, wrt = given_choice("method", method, Method), given_names(wrt)
    problem = pose(expression, at, wrt)
    program, y, env = problem.program, problem.y, problem.env
    if is_mixed(wrt, mixed, order):
        sequence = by_turns(program, wrt)
        derivative = mixed_derivative(y, env, sequence, method=method)
        return Gradient({",".join(sequence): np.array(derivative.data)})
    names, order = chosen(program, wrt, env), 1 if order is None else order
    found = derivatives(y, env, names, order, method=method)
    # Copy, because a derivative may be one of the given arrays itself.
    return Gradient({n: np.array(d.data) for n, d in found.items()})


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
        As for `evaluate`, but a variable of the series that has no value is 0.
    wrt
        The variable of the series; not needed if there is only one.
    order
        The order of the last coefficient.
    direction
        The direction of the line, instead of ``wrt``: for each variable that changes along it, its
        rate of change, in the shape of its value.

    Returns
    -------
    ndarray
        ``order + 1`` coefficients, each in the shape of the value: the k-th derivative over k!.

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

    order, by = given_order(order), given_names(wrt)
    line = None if direction is None else given_values(direction, "direction")
    if by is not None and line is not None:
        raise UsageError(
            "`wrt` and `direction` both say along what to expand",
            code="contradiction",
            hint="give one of them",
        )
    moving = dict.fromkeys(by) if by is not None else line
    problem = pose(expression, at, tuple(moving or ()), about=moving or {})
    program, y, env = problem.program, problem.y, problem.env
    if line is None:
        names = chosen(program, by, env if by else problem.unknown or env)
        if len(names) != 1:
            raise UsageError(
                f"a series is in one variable, and there are {len(names)}",
                code="several-variables",
                hint="say which with `wrt`, or give a `direction`",
            )
        check_scalars(as_variable(0.0), {names[0]: env[names[0]]}, "give a `direction`")
        line = {names[0]: 1.0}
    along = check_directions(program, env, line)
    return coefficients(y, {env[name]: d for name, d in along.items()}, order)


def formula(expression: str, wrt: str | None = None, order: int = 0, expand: bool = False) -> str:
    """Return an expression, or a derivative of it, as a simplified formula.

    Parameters
    ----------
    expression
        An expression in the language of the command line; the formula is in this language too.
    wrt
        The variable to differentiate with respect to; the only one if not given.
    order
        The order of the derivative; 0 is the expression itself.
    expand
        Whether to write one expression even if names for its common subexpressions make the formula
        shorter.

    Raises
    ------
    AdiffError
        If the expression cannot be read or is not a single number, there is no such variable, or
        the formula is too long or takes too much time.

    Examples
    --------
    >>> formula("x**4 - 2*x**2", order=1)
    '4*x**3 - 4*x'
    """
    from autodiff_cli.emit.text.formula import MOST_CHARACTERS
    from autodiff_cli.emit.text.formula import formula as written
    from autodiff_cli.emit.text.typeset import Formula
    from autodiff_cli.symbolic.derivatives import derivative_terms
    from autodiff_cli.symbolic.rewrite import new_algebra

    order, by = given_order(order), given_names(wrt)
    check_text(expression)
    program = parse(expression)
    program.release(by or [])
    names = chosen(program, by)
    if order and len(names) != 1:
        raise UsageError(
            "a formula is the derivative with respect to one variable",
            code="no-variable",
            hint="say which one with `wrt`" if names else None,
        )
    algebra = new_algebra(MOST_CHARACTERS, program.limits.seconds)
    wanted = names[:1] or [""]
    (term,) = derivative_terms(algebra, program, wanted, order, most=MOST_CHARACTERS).values()
    return Formula(written(algebra, term, expand=expand))


def hessian(
    expression: str, at: Mapping[str, Any] | None = None, wrt: str | Sequence[str] | None = None
) -> Hessian:
    """Return the second derivatives of an expression with respect to every pair of its variables.

    Parameters
    ----------
    expression
        An expression in the language of the command line; its value must be a single number.
    at
        A number or array for each variable of the expression.
    wrt
        The variables to differentiate with respect to; all of them if not given.

    Returns
    -------
    Hessian
        A mapping from the names of two variables to an array whose shape is the shape of the first
        variable followed by that of the second.  Its ``matrix`` contains all blocks in one array.

    Raises
    ------
    AdiffError
        If the expression cannot be read, a variable has no value, or it is not a single number.

    Examples
    --------
    >>> h = hessian("x**2 * y", {"x": 3, "y": 5})
    >>> h["x", "y"]
    array(6.)
    >>> h.matrix
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    problem, xs = _posed(expression, at, wrt)
    return hessian_of(problem.y, xs)


def jacobian(
    expression: str, at: Mapping[str, Any] | None = None, wrt: str | Sequence[str] | None = None
) -> Jacobian:
    """Return the derivatives of each element of an expression by each element of its variables.

    Parameters
    ----------
    expression
        An expression in the language of the command line; values separated by commas are a vector.
    at, wrt
        As for `hessian`.

    Returns
    -------
    Jacobian
        A dict: for each variable an array whose shape is that of the value followed by that of the
        variable.  Its ``matrix`` contains all of them in one array, with a row for each output.

    Raises
    ------
    AdiffError
        If the expression cannot be read, or a variable has no value.

    Examples
    --------
    >>> jacobian("x*y, x + y", {"x": 2, "y": 3})
    {'x': array([3., 1.]), 'y': array([2., 1.])}
    >>> jacobian("x*y, x + y", {"x": 2, "y": 3}).matrix
    array([[3., 2.],
           [1., 1.]])
    """
    problem, xs = _posed(expression, at, wrt)
    return jacobian_of(problem.y, xs)


def hvp(
    expression: str, at: Mapping[str, Any] | None, v: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """Return the product of the Hessian of an expression and a vector, without forming the Hessian.

    Parameters
    ----------
    expression, at
        As for `hessian`.
    v
        The vector: for each variable a block in the shape of its value.

    Returns
    -------
    dict
        For each variable the block of the product, in the shape of its value.

    Raises
    ------
    AdiffError
        As for `hessian`, or if a block of the vector is missing or has the wrong shape.

    Examples
    --------
    >>> hvp("x**2 * y", {"x": 3, "y": 5}, {"x": 1, "y": 0})
    {'x': array(10.), 'y': array(6.)}
    """
    vector = given_values(v, "v")
    problem, xs = _posed(expression, at, None)
    return hvp_of(problem.y, xs, vector)


def _posed(
    expression: str, at: Mapping[str, Any] | None, wrt: str | Sequence[str] | None
) -> tuple[Problem, dict[str, Variable]]:
    """Return the problem of an expression at a point, and the variables to differentiate by."""
    by = given_names(wrt)
    problem = pose(expression, at, by)
    names = chosen(problem.program, by, problem.env)
    return problem, {name: problem.env[name] for name in names}
