"""Prove answers: the float64 nearest to the exact value, or a requested number of digits.

The functions have the names and parameters of those in `autodiff_cli.api`, and give the answers of
the command line.  A value given as text is an expression and is exact: ``"0.1"`` is a tenth and
``"pi/3"`` a third of π.  A value given as a number is exactly the float64 that it is.

Nothing here follows a convention: at a kink, a jump, a pole or 0/0 a derivative is returned if it
exists, whatever the rules of the operations give, and otherwise an error says what is true there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.commands import eval as eval_command
from autodiff_cli.commands import grad as grad_command
from autodiff_cli.commands import hessian as hessian_command
from autodiff_cli.commands import jacobian as jacobian_command
from autodiff_cli.commands import taylor as taylor_command
from autodiff_cli.derive.matrices import Hessian, Jacobian
from autodiff_cli.engine import value_of
from autodiff_cli.errors import ComputationError
from autodiff_cli.language.given import given_choice, given_names, given_order
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem, exact_problem, pose

__all__ = ["evaluate", "grad", "hessian", "jacobian", "taylor"]

Side = Literal["left", "right"]


def evaluate(
    expression: str,
    at: Mapping[str, Any] | None = None,
    digits: int | None = None,
    extend: bool = False,
) -> NDArray[Any]:
    """Return the proven value of an expression.

    Parameters
    ----------
    expression
        An expression in the language of the command line.
    at
        A number, array or text for each variable.
    digits
        The number of correct digits to return; the precision of float64 if not given.
    extend
        Whether to return the limit where the value is no number, or is not the limit.

    Returns
    -------
    ndarray
        An array of floats; an array of strings if ``digits`` is given.

    Raises
    ------
    AdiffError
        If the expression cannot be read, a variable has no value, or the answer cannot be proven.

    Examples
    --------
    >>> evaluate("x + 0.2", {"x": "0.1"})
    array(0.3)
    >>> evaluate("exp(1)", digits=30)
    array('2.71828182845904523536028747135', dtype=object)
    >>> evaluate("sin(x)/x", {"x": 0}, extend=True)
    array(1.)
    """
    found = eval_command.run(_problem(expression, at, digits), extended=extend)
    return _array(_sure(found)["value"])


def grad(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    order: int | None = None,
    digits: int | None = None,
    mixed: bool = False,
    extend: bool = False,
) -> dict[str, NDArray[Any]]:
    """Return the proven derivatives of an expression with respect to its variables.

    Parameters
    ----------
    expression, at, digits
        As for `evaluate`.
    wrt, order, mixed
        As for `autodiff_cli.grad`.
    extend
        Whether to differentiate the continuous extension where the value is no number.

    Raises
    ------
    AdiffError
        As for `evaluate`, if the value is not a single number, or if there is no derivative.

    Examples
    --------
    >>> grad("(1 - cos(x))/x**2", {"x": "1e-8"})
    {'x': array(-8.33333333e-10)}

    A derivative that exists is returned even if intermediate operations have kinks:

    >>> grad("abs(x)**2", {"x": 0}, order=2)
    {'x': array(2.)}
    """
    by = list(given_names(wrt) or [])
    order = None if order is None else given_order(order)
    problem = _problem(expression, at, digits, by)
    found = grad_command.run(problem, by, order, mixed=mixed, extended=extend)
    return {name: _array(value) for name, value in _sure(found)["derivatives"].items()}


def hessian(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    digits: int | None = None,
) -> Hessian:
    """Return the proven second derivatives by every pair of variables.

    Parameters
    ----------
    expression, at, digits
        As for `evaluate`.
    wrt
        The variables to differentiate with respect to; all of them if not given.

    Raises
    ------
    AdiffError
        As for `grad`.

    Examples
    --------
    >>> hessian("hypot(x, y)**2", {"x": 0, "y": 0}).matrix
    array([[2., 0.],
           [0., 2.]])
    """
    by = list(given_names(wrt) or [])
    found = _sure(hessian_command.run(_problem(expression, at, digits, by), by))["hessian"]
    made: Hessian = found.hessian
    return made


def jacobian(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    digits: int | None = None,
) -> Jacobian:
    """Return the proven derivatives of each element of an expression by each of its variables.

    Parameters
    ----------
    expression, at, digits
        As for `evaluate`.
    wrt
        The variables to differentiate with respect to; all of them if not given.

    Raises
    ------
    AdiffError
        As for `grad`.

    Examples
    --------
    >>> jacobian("abs(v)*v", {"v": [0, -3]})["v"]
    array([[0., 0.],
           [0., 6.]])
    """
    by = list(given_names(wrt) or [])
    found = jacobian_command.run(_problem(expression, at, digits, by), by)
    made: Jacobian = _sure(found)["jacobian"]
    return made


def taylor(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: str | None = None,
    order: int = 5,
    side: Side | None = None,
    digits: int | None = None,
) -> dict[Fraction, Any]:
    """Return the proven terms of a series about a point: Taylor, Laurent or Puiseux.

    Parameters
    ----------
    expression, at, digits
        As for `evaluate`, but a variable of the series that has no value is 0.
    wrt
        The variable of the series; not needed if there is only one.
    order
        The greatest exponent.
    side
        The side on which the series holds; both if not given.

    Returns
    -------
    dict
        The exponents, in rising order, with their coefficients: floats, or strings if ``digits`` is
        given.  Fractional powers are those of the distance from the point.

    Raises
    ------
    AdiffError
        As for `evaluate`, or if there is no such series; the error gives those of both sides.

    Examples
    --------
    >>> taylor("1/sin(x)", order=1)
    {Fraction(-1, 1): 1.0, Fraction(1, 1): 0.16666666666666666}
    >>> taylor("abs(x)*exp(x)", order=2, side="left")
    {Fraction(1, 1): -1.0, Fraction(2, 1): -1.0}
    """
    by = list(given_names(wrt) or [])
    side = None if side is None else given_choice("side", side, Side)
    problem = _problem(expression, at, digits, by, about=dict.fromkeys(by))
    found = taylor_command.run(problem, by, (), given_order(order), False, way=side)
    _sure(found)
    return {Fraction(e): c for e, c in found.terms if float(c)}


def _problem(
    expression: str,
    at: Mapping[str, Any] | None,
    digits: int | None,
    wrt: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> Problem:
    """Return the problem of an expression with exact values."""
    sources: dict[str, tuple[Any, Program | None]] = {}
    for name, value in (at or {}).items():
        source = parse(value, name) if isinstance(value, str) else None
        sources[name] = (value if source is None else value_of(source.run({})), source)
    values = {name: value for name, (value, _) in sources.items()}
    return exact_problem(pose(expression, values, wrt, about), sources, digits)


def _array(value: Any) -> NDArray[Any]:
    return np.asarray(value)


def _sure(found: Any) -> Mapping[str, Any]:
    """Return the fields of a result, if it is proven and does not follow a convention."""
    proven = found.fields["proven"]
    notes = [note for note in found.notes if not note.harmless] or [*found.notes][: not proven]
    if notes or not proven:
        # Notes on what is not proven come last.
        note = notes[0 if proven else -1] if notes else None
        raise ComputationError(
            "the answer cannot be proven" if note is None else note.message,
            code="not-proven",
            hint=(note and note.hint) or "float64's is in `autodiff_cli`",
            span=note and note.span,
            source=note and note.source,
        )
    fields: Mapping[str, Any] = found.fields
    return fields
