"""Compute the graphs of a value and its derivatives up to an order, for export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autodiff_cli.derive.partials import Partials, derivatives, refuse_tensor
from autodiff_cli.engine import Variable, grad, jacobian
from autodiff_cli.engine.variable import reachable
from autodiff_cli.limits import Limits

__all__ = ["Outputs", "outputs"]


class Outputs(NamedTuple):
    """Derivatives of one order.

    Attributes
    ----------
    name
        ``value``, ``gradient``, ``hessian``, or ``order3`` and so on.
    derivatives
        Each derivative by its variables, in the order of differentiation; the value by ``()``.
    rows
        The number of rows; 0 for a value, and for derivatives by a single variable.
    """

    name: str
    derivatives: Mapping[tuple[str, ...], Variable]
    rows: int


def outputs(
    y: Variable,
    env: Mapping[str, Variable],
    names: Sequence[str],
    order: int,
    *,
    mixed: bool = False,
    limits: Limits,
) -> list[Outputs]:
    """Return a value and its derivatives, order by order.

    Parameters
    ----------
    names
        The variables to differentiate with respect to.
    order
        The highest order of the derivatives by each variable alone.
    mixed
        Whether the second derivatives are those by all pairs of variables, with none above them.
    """
    found = [Outputs("value", {(): y}, 0)]
    if order == 0:
        return found
    gradient = derivatives(y, env, names, 1, True, limits, "graph")
    found.append(Outputs("gradient", {(name,): gy for name, gy in gradient.items()}, 1))
    if mixed:
        found.append(Outputs("hessian", _hessian(gradient, env, limits), len(names)))
        return found
    for n, pure in enumerate(_higher(gradient, env, order, limits), 2):
        found.append(Outputs(f"order{n}", {(name,) * n: gy for name, gy in pure.items()}, 1))
    return found


def _higher(
    gradient: Mapping[str, Variable], env: Mapping[str, Variable], order: int, limits: Limits
) -> Iterator[dict[str, Variable]]:
    """Yield the derivatives of order 2 and above, with respect to each variable alone."""
    partials, again = Partials(limits), order - 1
    for name in gradient if again else ():
        refuse_tensor(name, env[name], 2)
    turns = [partials.in_turn(y, [env[n]] * again, reached=1) for n, y in gradient.items()]
    for found in zip(*turns, strict=True):
        yield dict(zip(gradient, found, strict=True))


def _hessian(
    gradient: Mapping[str, Variable], env: Mapping[str, Variable], limits: Limits
) -> dict[tuple[str, ...], Variable]:
    """Return the second derivatives by all pairs of variables, row by row."""
    calls = len(reachable(list(gradient.values())))
    sweeps = sum(env[name].size for name in gradient)
    limits.check("graph", calls * sweeps, "the second derivatives are too many")
    found: dict[tuple[str, ...], Variable] = {}
    names = list(gradient)
    numbers = all(env[name].shape == () for name in names)
    for i, a in enumerate(names):
        if numbers:
            # The derivatives on the other side of the diagonal are the same.
            row = grad(gradient[a], [env[b] for b in names[i:]], create_graph=True)
            for b, second in zip(names[i:], row, strict=True):
                found[a, b] = found[b, a] = second
        else:
            for b in names:
                found[a, b] = jacobian(gradient[a], env[b], create_graph=True)
    return {(a, b): found[a, b] for a in names for b in names}
