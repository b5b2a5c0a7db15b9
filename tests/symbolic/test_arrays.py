"""Arrays of numbers in formulas: terms that hold the numbers, not their text."""

from __future__ import annotations

import numpy as np

import autodiff_cli
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.engine import Variable, registry
from autodiff_cli.symbolic import terms_of
from autodiff_cli.symbolic.rewrite import new_algebra
from autodiff_cli.symbolic.to_graph import graph_of

NUMBERS = np.array([0.1 + 0.2, -0.0, 5e-324, 1e300])


def test_an_array_comes_back_to_the_last_bit() -> None:
    x, algebra = Variable(np.full(4, np.nan), "x"), new_algebra()
    (term,) = terms_of(algebra, [x + NUMBERS])
    zeros = Variable(np.full(4, -0.0))
    y = graph_of(algebra, term, {"x": zeros}, {})
    assert y.data.tobytes() == NUMBERS.tobytes()
    assert (
        autodiff_cli.evaluate(formula(algebra, term), {"x": np.zeros(4)}).tolist()
        == NUMBERS.tolist()
    )


def test_arrays_that_are_the_same_are_one_term() -> None:
    x, algebra = Variable(np.full(2, np.nan), "x"), new_algebra()
    sin = registry["sin"]
    same, again, other, zero = terms_of(
        algebra,
        [sin(x * np.array(a)) for a in ([1.0, 0.0], [1.0, 0.0], [1.0, -0.0], [[1.0, 0.0]])],
    )
    assert same is again
    assert len({same, other, zero}) == 3
