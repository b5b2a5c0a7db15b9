"""Compute local partial derivatives: those of one call by its arguments."""

from __future__ import annotations

import numpy as np

from autodiff_cli.engine import Operation, Variable, as_variable, grad, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.values import Value
from autodiff_cli.engine.variable import stored_value

__all__ = ["local_partials"]


def local_partials(v: Variable) -> list[Value | None]:
    """Return the derivative of the call that computed a Variable by each of its arguments.

    Returns
    -------
    list
        For each argument, in the shape of the call if it is elementwise, in that of the argument if
        the call gives a single number; None for a literal.  Other calls, and those of a user's
        Function, have an empty list.
    """
    operation = v.operation
    each = isinstance(operation, Elementwise)
    if not isinstance(operation, Operation) or stored_value(v) is None or (v.shape and not each):
        return []
    values = [value_of(x) for x in v.inputs]
    if each and v.shape:
        # Else the rule sums over the elements with which an argument is broadcast.
        values = [np.broadcast_to(value, v.shape).copy() for value in values]
    leaves = {
        i: as_variable(value)
        for i, (value, x) in enumerate(zip(values, v.inputs, strict=True))
        if isinstance(x, Variable)
    }
    if not leaves:
        return []
    z = operation.apply(*(leaves.get(i, value) for i, value in enumerate(values)), **v.params)
    found = dict(zip(leaves, grad(z, list(leaves.values())), strict=True))
    return [value_of(found[i]) if i in found else None for i in range(len(values))]
