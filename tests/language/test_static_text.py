"""Indices and static parameters are read back as what they are, by the language and by Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autodiff_cli import evaluate
from autodiff_cli.language.static_text import LANGUAGE, PYTHON

X = np.arange(24.0).reshape(2, 3, 4)

INDICES: list[Any] = [
    0,
    -1,
    (1, 2, 3),
    slice(None),
    slice(1, None),
    slice(None, None, -1),
    (0, slice(0, 3, 2)),
    (slice(None), 1, slice(-2, None)),
    ((1, 0),),
    (0, (2, 0, 2)),
    ((0, 1), (2, 0)),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_an_index_reads_back(index: Any) -> None:
    np.testing.assert_array_equal(eval(f"X[{PYTHON.subscript(index)}]"), X[index])
    np.testing.assert_array_equal(evaluate(f"X[{LANGUAGE.subscript(index)}]", {"X": X}), X[index])


@pytest.mark.parametrize(
    "value",
    [0, -1, True, 2.5, (), (1,), (0, 1), [1, 2], ((0, 1), (2,)), slice(1, None, 2)],
    ids=str,
)
def test_a_parameter_reads_back_in_python(value: object) -> None:
    assert eval(PYTHON.value(value)) == value


def test_an_array_reads_back_in_python() -> None:
    read = eval(PYTHON.value(X))
    np.testing.assert_array_equal(read, X)


@pytest.mark.parametrize("axes", [(0,), (0, 2), (2, 1, 0)])
def test_axes_read_back_in_the_language(axes: tuple[int, ...]) -> None:
    for keepdims in (True, False):
        text = f"sum(X, axis={LANGUAGE.value(axes)}, keepdims={LANGUAGE.value(keepdims)})"
        expected = X.sum(axis=axes, keepdims=keepdims)
        np.testing.assert_array_equal(evaluate(text, {"X": X}), expected)
