"""The value of a graph as a term of the elements of its variables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autodiff_cli.engine import Variable
from autodiff_cli.symbolic.elements import elements_of_graph, symbols
from autodiff_cli.symbolic.nodes import Term
from autodiff_cli.symbolic.terms import Algebra

__all__ = ["term_of_elements"]


def term_of_elements(algebra: Algebra, y: Variable, env: Mapping[str, Variable]) -> Term | None:
    """Return a number as a term of the elements of variables, without using their values.

    None if an operation has no formula by elements, or there are too many elements.  Unlike
    `autodiff_cli.symbolic.elements.components` it reads the operations that a composed one calls.
    """
    known = {x: symbols(algebra, name, np.shape(x.data)) for name, x in env.items()}
    found = elements_of_graph(algebra, y, known)
    if found is None:
        return None
    (element,) = found.flat
    return element.term  # type: ignore[no-any-return]
