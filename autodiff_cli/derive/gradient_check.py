"""Check gradients against difference quotients, and find the rule that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.derive.differences import Difference, difference, plain
from autodiff_cli.engine import Variable, as_variable, grad, jvp, ops, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import ComputationError, UsageError

__all__ = ["Checked", "WrongGradientError", "check_grads"]

Array: TypeAlias = NDArray[Any]
Function: TypeAlias = Callable[..., Any]

MOST_ERROR = 1e-6
"""The default tolerance, a relative error."""

SMALL = 1e-9
"""The size, relative to the largest element of a gradient, that is attributed to rounding."""

DOUBTFUL = 1e-3
"""The relative error estimate above which a difference quotient is ignored."""


class WrongGradientError(ComputationError, AssertionError):
    """A gradient differs from the derivative."""


@dataclass(frozen=True)
class Checked:
    """The result of a successful check of gradients.

    Attributes
    ----------
    error
        The largest relative error of an element.
    worst
        The place of that error: order, argument, element.
    undecided
        The number of elements for which difference quotients are unreliable, as at a kink or pole.
    """

    error: float
    worst: tuple[int, int, tuple[int, ...]]
    undecided: int = 0


@dataclass(frozen=True)
class _Comparison:
    """The derivative of one order by one argument, by rules and by difference quotients."""

    order: int
    argument: int
    rules: Array
    quotients: Difference

    def errors(self) -> Array:
        """Return the relative error of each element, nan where quotients are unreliable."""
        with np.errstate(all="ignore"):
            want, spread = self.quotients
            size = np.maximum(np.abs(want), np.abs(self.rules))
            known = np.isfinite(want) & (spread <= DOUBTFUL * np.maximum(size, _largest(want)))
            apart = np.maximum(np.abs(self.rules - want) - 10 * spread, 0.0)
            least = np.maximum(size, SMALL / MOST_ERROR * max(_largest(want), _largest(self.rules)))
            found = np.where(apart == 0.0, 0.0, apart / least)
            # A rule that gives nan where the derivative exists has an infinite error.
            found = np.where(np.isnan(found), np.inf, found)
        return np.where(known, found, np.nan)


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(np.max(finite, initial=0.0))


def check_grads(
    f: Function,
    x: Any,
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    *,
    grads: Function | Sequence[Function] = (),
    rtol: float = MOST_ERROR,
) -> Checked:
    """Check the gradients of a function against difference quotients of its values.

    Parameters
    ----------
    f
        A function on the engine, to check its rules and user-defined `Function` classes; or a
        function on plain NumPy.
    x
        The argument of the function; a tuple for several arguments.
    order
        The highest order of the gradients, each of which is checked against the one before.
    modes
        Which derivatives to check: those of reverse mode, ``"rev"``, and those of forward mode,
        ``"fwd"``, along a direction.
    grads
        For a function on plain NumPy: the function that computes its derivative, then that of the
        second derivative and so on, each of the same arguments.  The derivative of a number by one
        argument is the gradient.
    rtol
        The tolerance, a relative error.

    Returns
    -------
    Checked
        The largest error.

    Raises
    ------
    WrongGradientError
        If a gradient is wrong.  The message names the worst element, the relative error, and the
        wrong rule, which is found by checking each call separately.
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
        # The derivative by several arguments is several arrays, which have no quotients here.
        found = _of_functions([f, *own][: 1 + (order if len(xs) == 1 else 1)], xs)
    elif isinstance(f(*map(as_variable, xs)), Variable):
        if unknown := set(modes) - {"fwd", "rev"}:
            raise UsageError(
                f"there is no mode `{unknown.pop()}`", code="bad-mode", hint='give "fwd" or "rev"'
            )
        found = chain.from_iterable(
            (_of_rules if mode == "rev" else _of_tangents)(f, xs, order)
            for mode in sorted(modes, reverse=True)
        )
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
    """Yield the comparison of each given derivative with quotients of the function before it."""
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
    """Yield the comparison of gradients on the engine, order by order.

    A value with several elements is reduced to one number with weights that are not in small
    integer ratios, so that errors of elements do not cancel.
    """
    for n in range(1, order + 1):
        lower = _contracted(f, n - 1)
        variables = [as_variable(x.copy()) for x in xs]
        rules = grad(lower(*variables), variables)
        for i, (x, g) in enumerate(zip(xs, rules, strict=True)):
            quotients = difference(_alone(_on_values(lower), xs, i), x)
            yield _Comparison(n, i, np.asarray(value_of(g), float), quotients)


def _of_tangents(f: Function, xs: Sequence[Array], order: int) -> Iterator[_Comparison]:
    """Yield the comparison of derivatives along a line, by forward mode, order by order."""
    rng = np.random.default_rng(2)
    directions = [rng.uniform(0.5, 1.5, x.shape) for x in xs]

    def along(n: int, t: Any) -> Variable:
        """Return the derivative of order n of the function on the line."""
        variables = [as_variable(x.copy()) + t * d for x, d in zip(xs, directions, strict=True)]
        y = f(*variables)
        s = _weighted(list(y) if isinstance(y, tuple) else [y])
        for _ in range(n):
            s = jvp(s, t, np.ones(()), create_graph=True)
        return s

    for n in range(1, order + 1):
        rules = value_of(along(n, as_variable(np.array(0.0))))
        values = _on_values(partial(along, n - 1))
        yield _Comparison(n, 0, np.asarray(rules, float), difference(values, np.array(0.0)))


def _alone(f: Function, xs: Sequence[Array], i: int) -> Callable[[Any], Any]:
    """Return ``f`` as a function of argument i alone."""
    return lambda v: f(*xs[:i], v, *xs[i + 1 :])


def _on_values(f: Function) -> Function:
    return lambda *values: value_of(f(*(as_variable(np.asarray(v)) for v in values)))


def _contracted(f: Function, order: int) -> Function:
    """Return a scalar function that is a weighted sum of the derivatives of an order."""

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
    """Return a text that names the wrong rule, by checking each call alone; None if none is."""
    for n in range(1, order + 1):
        # First derivatives of calls in a derivative come first: they are closer to the mistake.
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
    """Return the argument for which the rule of a call is wrong, or None."""
    inputs = [np.array(plain(x), float) for x in call.inputs]
    try:
        found = list(_of_rules(_again(call), inputs, order))
    except (ComputationError, ArithmeticError, TypeError, ValueError):
        # The operation cannot be called alone.
        return None
    for comparison in found:
        # The derivative by a literal, such as an exponent, is not needed.
        wanted = isinstance(call.inputs[comparison.argument], Variable)
        if wanted and np.any(comparison.errors() > rtol):
            return comparison.argument
    return None


def _again(call: Variable) -> Function:
    """Return a function that repeats a call of an operation or of a user-defined function."""
    op, params = call.operation, call.params
    apply: Any = getattr(op, "apply", op)
    return lambda *inputs: apply(*inputs, **params)
