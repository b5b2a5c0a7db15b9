"""The library in the words of the command line, continued: Hessians and Jacobians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.api import bind, chosen, given_value
from autodiff_cli.derive import matrices as second
from autodiff_cli.derive.matrices import Hessian
from autodiff_cli.engine import Variable, as_array, as_variable
from autodiff_cli.engine import hvp as engine_hvp
from autodiff_cli.errors import ComputationError, UsageError
from autodiff_cli.language.format import described
from autodiff_cli.language.parser import parse
from autodiff_cli.limits import Limits

__all__ = [
    "Jacobian",
    "element_names",
    "hessian",
    "hessian_of",
    "hvp",
    "hvp_of",
    "jacobian",
    "jacobian_of",
    "scalar",
]


class Jacobian(dict[str, NDArray[Any]]):
    """The derivatives of every element of a value by each variable, under the variable's name.

    Attributes
    ----------
    size
        How many elements the value has.
    """

    def __init__(self, blocks: Mapping[str, NDArray[Any]], size: int) -> None:
        super().__init__(blocks)
        self.size = size

    @property
    def matrix(self) -> NDArray[Any]:
        """All of them in one: a row for each output, a column for each element of a variable."""
        flat = [block.reshape(self.size, -1) for block in self.values() if block.size]
        return np.hstack([np.zeros((self.size, 0)), *flat])


def hessian(
    expression: str, at: Mapping[str, Any] | None = None, wrt: str | Sequence[str] | None = None
) -> Hessian:
    """Return the second derivatives of an expression by every pair of its variables.

    Parameters
    ----------
    expression
        In the language of the command line; its value has to be a single number.
    at
        A number or array for each variable of the expression.
    wrt
        With respect to which variables; all of them if not given.

    Returns
    -------
    Hessian
        A mapping: under the names of two variables, an array of their two shapes, one after the
        other.  Its ``matrix`` holds all of them in one.

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
    y, env, names = _asked(expression, at, wrt)
    return hessian_of(y, {name: env[name] for name in names})


def jacobian(
    expression: str, at: Mapping[str, Any] | None = None, wrt: str | Sequence[str] | None = None
) -> Jacobian:
    """Return the derivatives of every element of an expression by every element of its variables.

    Parameters
    ----------
    expression
        In the language of the command line; values with commas between them are a vector.
    at, wrt
        As for `hessian`.

    Returns
    -------
    Jacobian
        A dict: for each variable an array of the shape of the value followed by that of the
        variable.  Its ``matrix`` holds all of them in one, a row for each output.

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
    y, env, names = _asked(expression, at, wrt)
    return jacobian_of(y, {name: env[name] for name in names})


def hvp(
    expression: str, at: Mapping[str, Any] | None, v: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """Return the product of the Hessian of an expression with a vector, without the Hessian.

    Parameters
    ----------
    expression, at
        As for `hessian`.
    v
        The vector: for each variable a part of the shape of its value.

    Returns
    -------
    dict
        For each variable the part of the product, of the shape of its value.

    Raises
    ------
    AdiffError
        As for `hessian`, or if a part of the vector is missing or has not the right shape.

    Examples
    --------
    >>> hvp("x**2 * y", {"x": 3, "y": 5}, {"x": 1, "y": 0})
    {'x': array(10.), 'y': array(6.)}
    """
    y, env, names = _asked(expression, at, None)
    return hvp_of(y, {name: env[name] for name in names}, v)


def _asked(
    expression: str, at: Mapping[str, Any] | None, wrt: str | Sequence[str] | None
) -> tuple[Variable, dict[str, Variable], list[str]]:
    program = parse(expression)
    program.release([wrt] if isinstance(wrt, str) else wrt or ())
    env = bind(program, at or {})
    names = chosen(program, [wrt] if isinstance(wrt, str) else wrt, env)
    return as_variable(program.run(env)), env, names


def scalar(y: Variable) -> None:
    """Refuse the second derivatives of what is not a single number.

    Raises
    ------
    ComputationError
        If it is not.
    """
    if y.size != 1:
        raise ComputationError(
            f"a Hessian needs a single number, but the expression gives {described(y.shape)}",
            code="not-a-scalar",
            hint="make it one number, for example with `sum`, or ask `adiff jacobian`",
        )


def hessian_of(y: Variable, xs: Mapping[str, Variable], limits: Limits | None = None) -> Hessian:
    """Return the Hessian of a value by some of the variables it was computed from.

    Raises
    ------
    ComputationError
        If the value is not a single number, or the matrix is too large.
    """
    scalar(y)
    size = sum(x.size for x in xs.values())
    (limits or Limits()).check("elements", size**2, "the Hessian is too large")
    return second.hessian(y, xs)


def jacobian_of(y: Variable, xs: Mapping[str, Variable], limits: Limits | None = None) -> Jacobian:
    """Return the Jacobian of a value by some of the variables it was computed from.

    Raises
    ------
    ComputationError
        If it is too large.
    """
    size = y.size * sum(x.size for x in xs.values())
    (limits or Limits()).check("elements", size, "the Jacobian is too large")
    return Jacobian(second.jacobian(y, xs), y.size)


def hvp_of(
    y: Variable, xs: Mapping[str, Variable], v: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """Return the product of a Hessian with a vector.

    Raises
    ------
    ComputationError
        If the value is not a single number.
    UsageError
        If a part of the vector is missing, has not the right shape, or belongs to no variable.
    """
    scalar(y)
    for name in v:
        if name not in xs:
            raise UsageError(
                f"the vector has a part for `{name}`, by which nothing is differentiated",
                code="unknown-variable",
                hint="the variables are " + ", ".join(f"`{x}`" for x in xs),
            )
    if missing := [name for name in xs if name not in v]:
        raise UsageError(
            f"the vector has no part for {', '.join(f'`{name}`' for name in missing)}",
            code="missing-value",
            hint="every variable has one, 0 perhaps: add "
            + ", ".join(f"`{name}=0`" for name in missing),
        )
    vector = {name: as_variable(given_value(name, v[name]), name) for name in xs}
    for name, x in xs.items():
        if vector[name].shape != x.shape:
            raise UsageError(
                f"the part of the vector for `{name}` is {described(vector[name].shape)},"
                f" but `{name}` is {described(x.shape)}",
                code="bad-value",
            )
    products = engine_hvp(y, list(xs.values()), list(vector.values())) if xs else []
    return {name: as_array(p.data) for name, p in zip(xs, products, strict=True)}


def element_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return what the elements of a variable are called: ``x``, ``x[0]``, ``A[0, 1]``."""
    if not shape:
        return [name]
    places: list[str] = [""]
    for n in shape:
        places = [f"{place}, {k}" for place in places for k in range(n)]
    return [f"{name}[{place[2:]}]" for place in places]
