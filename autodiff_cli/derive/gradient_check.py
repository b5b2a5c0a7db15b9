"""Gradients checked against difference quotients; where they differ, the rule that is at fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.differences import Difference, difference, plain
from autodiff_cli.engine import Variable, as_variable, grad, ops, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import ComputationError, UsageError

__all__ = ["Checked", "WrongGradientError", "check_grads"]

Array: TypeAlias = NDArray[Any]
Function: TypeAlias = Callable[..., Any]

MOST_ERROR = 1e-6
"""The relative error that is allowed if none is given."""

SMALL = 1e-9
"""Beside the largest element of a gradient, what is taken for rounding."""

DOUBTFUL = 1e-3
"""An estimate of a difference quotient's error, relative to it, that makes it worth nothing."""


class WrongGradientError(ComputationError, AssertionError):
    """A gradient is not the derivative."""


@dataclass(frozen=True)
class Checked:
    """What a check of gradients has found to be right.

    Attributes
    ----------
    error
        The largest relative error of an element.
    worst
        Where that is: order, argument, element.
    undecided
        How many elements difference quotients can tell nothing of, as at a kink or a pole.
    """

    error: float
    worst: tuple[int, int, tuple[int, ...]]
    undecided: int = 0


@dataclass(frozen=True)
class _Comparison:
    """One argument's derivative of one order by rules and by difference quotients."""

    order: int
    argument: int
    rules: Array
    quotients: Difference

    def errors(self) -> Array:
        """Return the relative error of each element, NaN where quotients tell nothing."""
        with np.errstate(all="ignore"):
            want, spread = self.quotients
            size = np.maximum(np.abs(want), np.abs(self.rules))
            known = np.isfinite(want) & (spread <= DOUBTFUL * np.maximum(size, _largest(want)))
            apart = np.maximum(np.abs(self.rules - want) - 10 * spread, 0.0)
            least = np.maximum(size, SMALL / MOST_ERROR * max(_largest(want), _largest(self.rules)))
            found = np.where(apart == 0.0, 0.0, apart / least)
            # A rule that gives no number where there is one is as wrong as can be.
            found = np.where(np.isnan(found), np.inf, found)
        return np.where(known, found, np.nan)


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(np.max(finite, initial=0.0))


def check_grads(
    f: Function,
    x: Any,
    order: int = 2,
    *,
    grads: Function | Sequence[Function] = (),
    rtol: float = MOST_ERROR,
) -> Checked:
    """Check the gradients of a function against difference quotients of its values.

    Parameters
    ----------
    f
        On the engine, to check its rules and your own `Function` classes; or on plain NumPy.
    x
        Its argument; a tuple of several.
    order
        Up to which order the gradients are checked, each against the one before.
    grads
        For a function on plain NumPy: what computes its derivative, and the derivative of that,
        each from the same arguments; of one argument and a number the gradient.
    rtol
        The relative error that is allowed.

    Returns
    -------
    Checked
        How large the largest error is.

    Raises
    ------
    WrongGradientError
        If a gradient is wrong: it names the worst element, the relative error, and the rule that is
        at fault, found by checking each call for itself.
    UsageError
        If there is nothing to check: the function is not on the engine, and ``grads`` is empty.

    Examples
    --------
    >>> from autodiff_cli.engine import sin
    >>> check_grads(lambda x: (sin(x)**2).sum(), [1.0, 2.0]).error < 1e-9
    True
    >>> check_grads(lambda x: (x**2).sum(), [1.0, 2.0], grads=lambda x: 3*x)
    Traceback (most recent call last):
    ...
    autodiff_cli.derive.gradient_check.WrongGradientError: the derivative of order 1 is wrong at \
element [0]: it gives 3, difference quotients 2 (relative error 0.33)
    """
    xs = [np.array(plain(one), dtype=float) for one in (x if isinstance(x, tuple) else (x,))]
    own = [grads] if callable(grads) else list(grads)
    if own:
        # Of several arguments the derivative is several arrays, which no quotients are taken of.
        found = _of_functions([f, *own][: 1 + (order if len(xs) == 1 else 1)], xs)
    elif isinstance(f(*map(as_variable, xs)), Variable):
        found = _of_rules(f, xs, order)
    else:
        raise UsageError(
            "the function is not on the engine, so it has no gradient to check",
            code="no-gradient",
            hint="give a function for its derivative, as in `check_grads(f, x, grads=g)`",
        )
    worst, undecided = Checked(0.0, (1, 0, ())), 0
    for comparison in found:
        errors = comparison.errors()
        undecided += int(np.isnan(errors).sum())
        if errors.size == 0 or np.isnan(errors).all():
            continue
        place = tuple(map(int, np.unravel_index(np.nanargmax(errors), errors.shape)))
        error = float(errors[place])
        if error > rtol:
            fault = None if own else _fault(f, xs, comparison.order, rtol)
            raise _wrong(comparison, place, len(xs), error, fault)
        if error >= worst.error:
            worst = Checked(error, (comparison.order, comparison.argument, place))
    return Checked(worst.error, worst.worst, undecided)


def _wrong(
    comparison: _Comparison,
    place: tuple[int, ...],
    arguments: int,
    error: float,
    fault: str | None,
) -> WrongGradientError:
    where = [f"element {list(place)}"] if place else []
    where += [f"argument {comparison.argument}"] if arguments > 1 else []
    given, want = (float(v[place]) for v in (comparison.rules, comparison.quotients.value))
    said = f"the derivative of order {comparison.order} is wrong"
    said += f" at {' of '.join(where)}" if where else ""
    said += f": it gives {given:.10g}, difference quotients {want:.10g}"
    said += f" (relative error {error:.2g})"
    return WrongGradientError(said + (f"; {fault}" if fault else ""), code="wrong-gradient")


def _of_functions(functions: Sequence[Function], xs: Sequence[Array]) -> Iterator[_Comparison]:
    """Yield how functions that are given compare, each with quotients of the one before."""
    for order, (f, g) in enumerate(pairwise(functions), 1):
        given = g(*xs)
        parts = given if len(xs) > 1 else (given,)
        for i, part in enumerate(parts):
            quotients = difference(_alone(f, xs, i), xs[i])
            rules = np.asarray(plain(part), float)
            if rules.shape != quotients.value.shape:
                raise UsageError(
                    f"the derivative of order {order} has shape {rules.shape},"
                    f" and not {quotients.value.shape}",
                    code="bad-shape",
                )
            yield _Comparison(order, i, rules, quotients)


def _of_rules(f: Function, xs: Sequence[Array], order: int) -> Iterator[_Comparison]:
    """Yield how gradients on the engine compare, order by order.

    What has several elements is made one number with weights that are no small fractions of each
    other, so that no element's error hides behind another's.
    """
    for n in range(1, order + 1):
        lower = _contracted(f, n - 1)
        variables = [as_variable(x.copy()) for x in xs]
        rules = grad(lower(*variables), variables)
        for i, (x, g) in enumerate(zip(xs, rules, strict=True)):
            quotients = difference(_alone(_on_values(lower), xs, i), x)
            yield _Comparison(n, i, np.asarray(value_of(g), float), quotients)


def _alone(f: Function, xs: Sequence[Array], i: int) -> Callable[[Any], Any]:
    """Return a function of one of the arguments."""
    return lambda v: f(*xs[:i], v, *xs[i + 1 :])


def _on_values(f: Function) -> Function:
    return lambda *values: value_of(f(*(as_variable(np.asarray(v)) for v in values)))


def _contracted(f: Function, order: int) -> Function:
    """Return a function whose one value stands for the derivative of an order."""

    def contracted(*xs: Variable) -> Variable:
        y = f(*xs)
        parts = list(y) if isinstance(y, tuple) else [y]
        s = _weighted(parts)
        for _ in range(order):
            s = _weighted(grad(s, xs, create_graph=True))
        return s

    return contracted


def _weighted(parts: Sequence[Variable]) -> Variable:
    rng = np.random.default_rng(1)
    total = as_variable(np.array(0.0))
    for part in parts:
        total = total + ops.sum(part * rng.uniform(0.5, 1.5, part.shape))
    return total


def _fault(f: Function, xs: Sequence[Array], order: int, rtol: float) -> str | None:
    """Return which rule is at fault, by checking each call alone; None if none is."""
    for n in range(1, order + 1):
        # A derivative of the first order of a call in a derivative is nearer to the mistake.
        variables = [as_variable(x.copy()) for x in xs]
        y = _contracted(f, order - n)(*variables)
        for call in reversed(reachable([y])):
            if (argument := _wrong_argument(call, n, rtol)) is not None:
                name = getattr(call.operation, "name", type(call.creator).__name__)
                of = f" for argument {argument}" if len(call.inputs) > 1 else ""
                return (
                    f"the rule of `{name}`{of} {'differentiates wrongly' if n > 1 else 'is wrong'}"
                )
    return None


def _wrong_argument(call: Variable, order: int, rtol: float) -> int | None:
    """Return for which argument the rule of a call is wrong, if it is."""
    inputs = [np.array(plain(x), float) for x in call.inputs]
    try:
        found = list(_of_rules(_again(call), inputs, order))
    except (ComputationError, ArithmeticError, TypeError, ValueError):
        # It cannot be called alone.
        return None
    for comparison in found:
        # A literal, such as an exponent, has no derivative that anybody asks for.
        wanted = isinstance(call.inputs[comparison.argument], Variable)
        if wanted and np.any(comparison.errors() > rtol):
            return comparison.argument
    return None


def _again(call: Variable) -> Function:
    """Return what calls the operation, or the function of somebody's own, of a call again."""
    op, params = call.operation, call.params
    apply: Any = getattr(op, "apply", op)
    return lambda *inputs: apply(*inputs, **params)
