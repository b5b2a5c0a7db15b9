"""What a Variable is: the data it takes, how it shows itself, how it copies."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Variable, as_array, as_variable, grad

SHAPES: list[tuple[int, ...]] = [(), (1,), (3,), (1, 1), (2, 3), (2, 1, 3), (0,), (0, 3), (3, 0)]


def var(value: Any, dtype: Any = None) -> Variable:
    return Variable(np.array(value, dtype))


def numbers(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(1.0, np.prod(shape, dtype=int) + 1.0).reshape(shape)


# --- names -------------------------------------------------------------------------------------


NAMES = [
    "Variable", "Function", "Config", "using_config", "no_grad", "as_array", "as_variable", "grad",
    "add", "sub", "mul", "div", "neg", "pow", "square", "exp", "log", "sin", "cos", "tan",
    "sinh", "cosh", "tanh", "sqrt", "abs", "reshape", "transpose", "sum", "broadcast_to", "sum_to",
    "matmul",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_tutorial_finds_its_names(name: str) -> None:
    assert callable(getattr(ad, name))
    assert name in ad.__all__


# --- data --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [2.0, 2, True, 1j, "2", [1.0], (1.0,), {1.0}, np.float64(2.0), np.int64(2), Variable, object()],
    ids=lambda data: type(data).__name__,
)
def test_data_that_is_no_array_is_a_type_error_that_names_the_type(data: Any) -> None:
    with pytest.raises(TypeError, match=rf"\b{type(data).__name__}\b"):
        Variable(data)


@pytest.mark.parametrize(
    "data",
    [
        np.array(["a"]),
        np.array([object()]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    ],
    ids=lambda data: data.dtype.kind,
)
def test_an_array_that_is_not_of_real_numbers_is_a_type_error_that_names_its_dtype(
    data: np.ndarray,
) -> None:
    with pytest.raises(TypeError, match=re.escape(str(data.dtype))):
        Variable(data)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_data_is_a_clear_type_error(dtype: type) -> None:
    with pytest.raises(TypeError, match="complex"):
        Variable(np.ones(2, dtype))
    with pytest.raises(TypeError, match="complex"):
        as_variable(dtype(1j))
    with pytest.raises(TypeError, match="complex"):
        var(1.0) * dtype(1j)
    with pytest.raises(TypeError, match="complex"):
        ad.exp(dtype(1j))


def test_data_is_held_as_it_was_given() -> None:
    data = np.array([1, 2, 3])
    x = Variable(data)
    assert x.data is data
    assert x.dtype == data.dtype


def test_a_variable_without_data_shows_so_and_says_so_when_used() -> None:
    x = Variable(None)
    assert x.data is None
    assert repr(x) == "variable(None)"
    with pytest.raises(TypeError, match="no data"):
        x + 1


def test_the_data_of_a_result_is_an_array_and_writing_into_it_counts() -> None:
    y = var(2.0) * 3.0
    assert isinstance(y.data, np.ndarray)
    assert y.data.shape == ()
    assert y.data is y.data
    y.data[...] = 10.0
    assert (y + 1.0).data == 11.0


def test_data_can_be_replaced_by_an_array_but_by_nothing_else() -> None:
    x = var(2.0)
    x.data = np.array([1.0, 2.0])
    assert x.shape == (2,)
    assert (x * 2).data.tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match="float"):
        x.data = 3.0
    with pytest.raises(TypeError, match="complex"):
        x.data = np.array(1j)


def test_gradient_descent_on_a_scalar_as_the_tutorial_writes_it() -> None:
    # `array(2.0) - 0.1 * array(1.0)` is a NumPy scalar, no longer an array.
    x, z = var(2.0), var(2.0)
    for _ in range(100):
        y = (x - 1.0) ** 2 + (z - 3.0) ** 2
        x.cleargrad()
        z.cleargrad()
        y.backward()
        x.data = x.data - 0.1 * x.grad.data
        z.data -= 0.1 * z.grad.data
    assert isinstance(x.data, np.ndarray)
    # The distance shrinks by 0.8 at each step.
    assert float(x) - 1.0 == pytest.approx(0.8**100, abs=1e-15)
    assert float(z) - 3.0 == pytest.approx(-(0.8**100), abs=1e-15)


@pytest.mark.parametrize("value", [3, 2.5, True, [1, 2], [[1.0], [2.0]], np.float32(2), (1, 2)])
def test_as_array_and_as_variable_lift(value: Any) -> None:
    array = as_array(value)
    assert isinstance(array, np.ndarray)
    assert array.tolist() == np.array(value).tolist()
    lifted = as_variable(value)
    assert isinstance(lifted, Variable)
    assert isinstance(lifted.data, np.ndarray)
    assert lifted.data.tolist() == np.array(value).tolist()


def test_lifting_what_is_lifted_changes_nothing() -> None:
    array, x = np.ones(3), var(1.0)
    assert as_array(array) is array
    assert as_variable(x) is x
    assert as_variable(array).data is array


@pytest.mark.parametrize(
    "value", ["a", None, object(), [1, "a"], {}], ids=lambda v: type(v).__name__
)
def test_what_is_no_number_cannot_be_lifted(value: Any) -> None:
    with pytest.raises(TypeError):
        var(1.0) + value


def test_a_ragged_list_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"(?i)shape|ragged|inhomogeneous"):
        as_variable(1.0) * [[1.0], [1.0, 2.0]]


# --- what it tells about itself ------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("made", [False, True], ids=["leaf", "result"])
def test_shape_and_kin_are_those_of_the_array(shape: tuple[int, ...], made: bool) -> None:
    array = numbers(shape)
    x = Variable(array) * 1.0 if made else Variable(array)
    assert (x.shape, x.ndim, x.size, x.dtype) == (shape, len(shape), array.size, np.float64)
    assert x.T.shape == shape[::-1]
    if shape:
        assert len(x) == shape[0]
    else:
        with pytest.raises(TypeError):
            len(x)


def test_a_new_variable_is_a_leaf() -> None:
    x = var(1.0)
    assert x.creator is None
    assert x.generation == 0
    assert x.grad is None
    assert x.name is None


def test_names_are_kept() -> None:
    assert Variable(np.array(1.0), "x").name == "x"
    assert Variable(np.array(1.0), name="x").name == "x"
    assert as_variable(1.0, name="c").name == "c"
    assert as_variable([1, 2], name="v").name == "v"
    y = var(1.0) + 1
    y.name = "y"
    assert y.name == "y"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (np.array(2.0), "variable(2.0)"),
        (np.array(2), "variable(2)"),
        (np.array([1, 2, 3]), "variable([1 2 3])"),
        (np.array([[1, 2, 3], [4, 5, 6]]), "variable([[1 2 3]\n          [4 5 6]])"),
        (np.zeros(0), "variable([])"),
    ],
    ids=["scalar", "integer", "vector", "matrix", "empty"],
)
def test_repr_is_aligned(data: np.ndarray, text: str) -> None:
    assert repr(Variable(data)) == text
    assert str(Variable(data)) == text


def test_numbers_come_out_again() -> None:
    assert float(var(2.5) * 2) == 5.0
    assert isinstance(float(var(2)), float)
    assert not var(0.0)
    assert var(1.0)


def test_variables_are_told_apart_by_identity() -> None:
    x, z = var([1.0, 2.0]), var([1.0, 2.0])
    assert {x: 1, z: 2} == {x: 1, z: 2}
    assert len({x, z}) == 2
    assert (x.grad == None) is True  # noqa: E711  # the tutorial's first way to ask


# --- dtypes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64, np.bool_])
def test_integers_compute_and_differentiate_as_float64(dtype: type) -> None:
    x = var([1, 1], dtype)
    y = x * 200 * x - x / 3 + x**-1
    assert y.dtype == np.float64
    assert y.data.tolist() == [200 - 1 / 3 + 1] * 2
    y.backward()
    assert x.grad.dtype == np.float64
    assert x.grad.data == pytest.approx([400 - 1 / 3 - 1] * 2, rel=1e-15, abs=0.0)
    assert x.dtype == dtype


def test_integers_neither_wrap_nor_refuse() -> None:
    assert (var(200, np.uint8) + var(100, np.uint8)).data == 300.0
    assert (var(1, np.uint8) - 2).data == -1.0
    assert (-var(1, np.uint8)).data == -1.0
    assert (var(True) - var(True)).data == 0.0
    assert (var(7) / 2).data == 3.5
    assert (var(2) ** -1).data == 0.5
    assert (var([2, 4]) ** -1).data.tolist() == [0.5, 0.25]
    assert (var(10) ** 30).data == 1e30
    assert (var([[1, 2]]) @ var([[3], [4]])).data.tolist() == [[11.0]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
def test_narrow_floats_stay_narrow_to_any_order(dtype: type, shape: tuple[int, ...]) -> None:
    x = Variable(np.full(shape, 2.0, dtype))
    y = ad.sum(ad.sin(x) * 2 + x**3 - 0.5 / x + ad.exp(x) + np.float64(1.0) * x)
    for _ in range(3):
        assert y.dtype == dtype
        (y,) = grad(y, [x], create_graph=True)
        assert y.shape == shape
    assert y.data == pytest.approx(
        np.full(shape, -2 * np.cos(2.0) + 6 + 3 / 16 + np.exp(2.0)),
        rel=20 * float(np.finfo(dtype).eps),
        abs=0.0,
    )
    x.backward()
    assert x.grad.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
def test_a_gradient_has_the_dtype_of_its_primal(dtype: type, shape: tuple[int, ...]) -> None:
    expected = np.float32 if dtype is np.float32 else np.float64
    x, wide = Variable(np.ones(shape, dtype)), Variable(np.ones(shape))
    absent = Variable(np.ones(shape, dtype))
    y = x * wide
    y.backward()
    assert x.grad.dtype == expected
    assert wide.grad.dtype == np.float64
    for create_graph in (False, True):
        gx, gabsent = grad(x * wide, [x, absent], create_graph)
        assert gx.dtype == expected
        assert gabsent.dtype == expected


# --- shapes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_shape_goes_through_value_and_gradients(shape: tuple[int, ...]) -> None:
    array = numbers(shape)
    x = Variable(array)
    y = x**3 + 2 * x
    assert y.shape == shape
    assert y.data == pytest.approx(array**3 + 2 * array, rel=1e-15, abs=0.0)
    (gx,) = grad(y, [x], create_graph=True)
    assert gx.shape == shape
    assert gx.data == pytest.approx(3 * array**2 + 2, rel=1e-15, abs=0.0)
    (ggx,) = grad(gx, [x])
    assert ggx.shape == shape
    assert ggx.data == pytest.approx(6 * array, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)], ids=str)
def test_nothing_sums_to_zero(shape: tuple[int, ...]) -> None:
    x, s = Variable(np.ones(shape)), var(2.0)
    y = ad.sum(x * s)
    assert y.data == 0.0
    y.backward()
    assert x.grad.shape == shape
    assert s.grad.shape == ()
    assert s.grad.data == 0.0


# --- copies ------------------------------------------------------------------------------------


def chain(x: Variable) -> Variable:
    y = x
    for _ in range(20_000):
        y = y + 1.0
    y.name = "y"
    y.grad = var([5.0, 6.0])
    return y


def test_a_copy_of_a_result_keeps_its_history_however_long() -> None:
    x = var([1.0, 2.0])
    y = chain(x)
    twin = copy.copy(y)
    assert twin is not y
    assert twin.data.tolist() == [20_001.0, 20_002.0]
    assert (twin.name, twin.grad) == ("y", None)
    twin.data[0] = 0.0
    assert y.data[0] == 20_001.0
    assert grad(copy.copy(x * x), x).data.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps], ids=["deepcopy", "pickle"])
def test_what_would_lose_the_history_is_refused(duplicate: Any) -> None:
    x = var([1.0, 2.0])
    y = chain(x)
    for result in (y, [y], (x * 2.0).sum(), ad.exp(x)):
        with pytest.raises(TypeError, match="detach"):
            duplicate(result)
    assert copy.deepcopy(y.detach()).data.tolist() == y.data.tolist()
    with ad.no_grad():
        assert duplicate(x * 2.0) is not None


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_deep_copy_shares_no_memory(duplicate: Any) -> None:
    x = var([1.0, 2.0])
    twin = duplicate(x)
    twin.data[0] = 99.0
    assert x.data.tolist() == [1.0, 2.0]


def test_copies_of_nothing_and_of_scalars() -> None:
    assert copy.deepcopy(Variable(None)).data is None
    assert copy.deepcopy([var(2.0)])[0].data == 2.0
