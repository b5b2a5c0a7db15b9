"""Compute partial derivatives of any order, from graphs up to a limit of size, or from series."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Literal, TypeAlias

from autodiff_cli.engine import Derivatives, Variable, as_variable
from autodiff_cli.engine import grad as grad_of
from autodiff_cli.errors import ComputationError, NoSeriesError, UsageError, not_a_number
from autodiff_cli.language.format import described
from autodiff_cli.limits import Limits
from autodiff_cli.progress import advance

__all__ = ["Method", "Partials", "derivatives", "mixed_derivative", "refuse_tensor"]

Method: TypeAlias = Literal["auto", "graph", "taylor"]
"""The method of computation: one sweep for each order, or one Taylor series for all orders."""

MOST_CALLS = 20_000
"""The largest graph that is tried after a series has failed, in calls."""

LOW_ORDER = 2
"""The highest order at which the graph of a derivative is faster than a series."""


class Partials:
    """Partial derivatives by scalars, in one graph.

    Parameters
    ----------
    limits
        The limits, of which that of the size of the graph applies.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._most = (limits or Limits()).graph
        self._derivatives = Derivatives()

    def in_turn(self, y: Variable, xs: Sequence[Variable], reached: int = 0) -> Iterator[Variable]:
        """Yield the derivative of ``y`` by the first of ``xs``, then by the second too, and so on.

        Parameters
        ----------
        y
            The Variable to differentiate, of any shape.
        xs
            Scalars.
        reached
            The order of derivative that ``y`` is itself, for messages.

        Raises
        ------
        ComputationError
            If the graph grows beyond its limit.
        """
        for order, x in enumerate(xs, reached):
            advance("order", order + 1, reached + len(xs))
            calls = self._derivatives.calls.count
            if calls > self._most:
                raise ComputationError(
                    f"the derivative of order {order} takes {calls:,} calls,"
                    " too many to differentiate again",
                    code="graph-too-large",
                    hint=f"ask for order {order} at most, or try `--limit graph={2 * calls}`",
                )
            y = self._derivatives.of(y, x)
            yield y

    def last(self, y: Variable, xs: Sequence[Variable], reached: int = 0) -> Variable:
        """Return the derivative of ``y`` by all of ``xs`` in turn: the last one of `in_turn`."""
        return reduce(lambda _, derivative: derivative, self.in_turn(y, xs, reached), y)


def derivatives(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    order: int,
    create_graph: bool = False,
    limits: Limits | None = None,
    method: Method = "graph",
) -> dict[str, Variable]:
    """Return the derivative of ``y`` of an order with respect to each variable separately.

    Raises
    ------
    ComputationError
        If ``y`` is not a single number, or a variable is not for order 2 and above.
    NoSeriesError
        If an operation has no series, and the method requires one.
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
            # A series cannot exclude branches that a choice did not select; a graph can.
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
    # One sweep gives all first derivatives; each is then differentiated separately.
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
        If the method requires a series, which has only one variable.
    ComputationError
        If ``y`` is not a single number, or a variable is not for order 2 and above.
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
    """Return a derivative in the shape of its variable, if both have a single element."""
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
    """Check that derivatives of an order above 1 can be taken with respect to a variable.

    Raises
    ------
    ComputationError
        If the variable is not a single number.
    """
    if x.size != 1:
        raise ComputationError(
            f"derivatives of order {order} need single numbers, but `{name}` is"
            f" {described(x.shape)}",
            code="not-a-scalar",
        )
