"""What the engine is given by mistake is told of in its own words, never computed with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Operation, Variable, as_variable, registry

INTERNALS = re.compile(r"__call__|Unary|Binary|lambda|NoneType|\b_\w+\(")
"""What tells how the engine is written, or that nobody has thought of the case."""

FIXED = [op for op in registry.values() if not op.variadic]


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_wrong_numbers_of_arguments_are_counted(op: Operation) -> None:
    x = as_variable(0.5)
    most = op.arity + len(op.statics)
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((), {}),
        ((x,) * (op.arity - 1), {}),
        ((x,) * op.arity, {"no_such_keyword": 1}),
    ]
    if not op.varargs:
        calls.append(((x,) * op.arity + (0,) * (most - op.arity + 1), {}))
    for args, params in calls:
        with pytest.raises(TypeError, match=rf"^{op.name}\(\) (takes|knows)") as caught:
            op(*args, **params)
        assert not INTERNALS.search(str(caught.value))


@pytest.mark.parametrize(
    "value",
    [None, "1", [None], 1j, object(), {}, {1.0}, b"1"],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
@pytest.mark.parametrize("op", [ad.sin, ad.add, ad.where, ad.sum, ad.matmul, ad.concatenate])
def test_what_is_no_number_is_no_operand(op: Any, value: Any) -> None:
    x = as_variable(np.array([1.0, 2.0]))
    for place in range(op.arity if not op.variadic else 2):
        arguments: list[Any] = [x] * (2 if op.variadic else op.arity)
        arguments[place] = value
        with pytest.raises(TypeError, match=r"number|supported"):
            op(*arguments)


REFUSED: dict[str, Callable[[Variable], Any]] = {
    "astype int": lambda x: x.astype(int),
    "astype bool": lambda x: x.astype(bool),
    "astype text": lambda x: x.astype("U"),
    "order": lambda x: ad.polygamma(x, 1.5),
    "name": lambda x: Variable(x.data, 3),  # type: ignore[arg-type]
    "by nothing": lambda x: ad.grad(x, None),  # type: ignore[call-overload]
    "by text": lambda x: ad.grad(x, "x"),  # type: ignore[call-overload]
    "by number": lambda x: ad.jacobian(x, 3),  # type: ignore[arg-type]
    "masked": lambda x: x * np.ma.array([1.0, 2.0], mask=[0, 1]),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_what_has_no_meaning_is_refused(call: Callable[[Variable], Any]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call(as_variable(np.array([1.0, 2.0])))
    assert not re.search(r"iterable|asarray", str(caught.value))


DTYPES = [np.bool_, np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64, np.longdouble]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.__name__)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (3, 0)], ids=str)
def test_numbers_of_every_type_and_shape_differentiate(dtype: Any, shape: tuple[int, ...]) -> None:
    values = np.resize(np.array([1, 0, 1, 1, 0, 1]), shape).astype(dtype)
    x = Variable(values)
    slope = ad.grad((x * x * 3.0 - x).sum(), x)
    assert slope.shape == shape
    assert slope.dtype == (dtype if np.dtype(dtype).kind == "f" else np.float64)
    assert np.array_equal(slope.data, 6.0 * values.astype(float) - 1.0)


@pytest.mark.parametrize(
    "form",
    [
        lambda a: np.asfortranarray(a),
        lambda a: a[::-1, ::-1][::-1, ::-1],
        lambda a: a.astype(">f8"),
        lambda a: np.broadcast_to(a, a.shape),
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: a.tolist(),
        lambda a: tuple(map(tuple, a.tolist())),
    ],
)
def test_arrays_of_every_layout_differentiate(form: Callable[[Any], Any]) -> None:
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    x, other = as_variable(form(values)), form(values)
    # The slope of the sum of a product by the left factor is the sums of the rows of the right.
    want = np.tile(values.sum(1), (2, 1))
    assert np.array_equal(ad.grad((x @ as_variable(other)).sum(), x).data, want)
    assert np.array_equal(ad.grad((as_variable(values) * other).sum(), x).data, np.zeros((2, 2)))
