"""The value of a graph as a term of the elements of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autodiff_cli.engine import Variable
from autodiff_cli.engine.variable import reachable
from autodiff_cli.symbolic.arithmetic import number
from autodiff_cli.symbolic.elements import (
    MOST_COMPONENTS,
    ElementTerm,
    applied_to_elements,
    symbols,
)
from autodiff_cli.symbolic.nodes import Term
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["term_of_elements"]


def term_of_elements(algebra: Algebra, y: Variable, env: Mapping[str, Variable]) -> Term | None:
    """Return a number as a term of the elements of variables, without using their values.

    None if an operation has no formula by elements, or there are too many elements.  Unlike
    `autodiff_cli.symbolic.elements.components` it reads the operations that a composed one calls.
    """
    known: dict[Any, Any] = {
        x: symbols(algebra, name, np.shape(x.data)) for name, x in env.items() if x is not None
    }

    def elements(x: Any) -> Any:
        if x not in known:
            value = np.asarray(x.data, float)
            known[x] = np.empty(value.shape, dtype=object)
            for index in np.ndindex(value.shape):
                term = number(algebra, float(value[index]))
                known[x][index] = ElementTerm(algebra, term)
        return known[x]

    room = MOST_COMPONENTS
    for result in reversed(reachable([y])):
        call = result.creator
        inputs = [elements(x) for x in call.inputs]
        found = applied_to_elements(algebra, call.op, inputs, call.params)
        room -= 0 if found is None else found.size
        if found is None or room < 0:
            return None
        known[result] = found
    (element,) = elements(y).flat
    return element.term  # type: ignore[no-any-return]
