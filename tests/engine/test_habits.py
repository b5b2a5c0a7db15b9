"""What people who come from NumPy or torch type: it works, or a sentence says what to do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, as_variable, derivative, grad, no_grad, registry
from autodiff_cli.errors import ComputationError


def var(data: Any) -> Variable:
    return Variable(np.array(data, dtype=float))


V = [0.5, 2.0, 3.0]


# --- NumPy's functions on Variables --------------------------------------------------------------

UFUNCS = {op.name: op for op in registry.values() if isinstance(op.forward, np.ufunc)}


@pytest.mark.parametrize("name", UFUNCS)
def test_a_ufunc_is_the_operation_that_computes_it(name: str) -> None:
    op = UFUNCS[name]
    ufunc: Any = op.forward
    data = np.full((2, 2), 0.4)
    arguments = [var(data), *[data + 0.1] * (op.arity - 1)]
    if name == "acosh":
        arguments = [var(data + 1.0)]
    y, z = ufunc(*arguments), op(*arguments)
    assert isinstance(y, Variable)
    assert y.creator is not None
    assert np.array_equal(y.data, z.data)
    x = arguments[0]
    assert np.array_equal(grad(y.sum(), x).data, grad(z.sum(), x).data)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min"])
def test_reductions_of_numpy_ask_the_variable(name: str) -> None:
    x, m = var(V), var([V, V])
    reduce = getattr(np, name)
    assert np.array_equal(reduce(m, axis=1).data, reduce(m.data, axis=1))
    expected = grad(getattr(ad, name)(x), x)
    assert np.array_equal(grad(reduce(x), x).data, expected.data)


def test_spread_and_masks_of_numpy_ask_the_variable() -> None:
    x, m = var(V), var([V, [1.0, 0.0, 5.0]])
    for reduce in (np.std, np.var, np.all, np.any):
        for keywords in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
            np.testing.assert_allclose(reduce(m, **keywords).data, reduce(m.data, **keywords))
    assert np.std(x, ddof=1).item() == pytest.approx(np.std(V, ddof=1), rel=1e-15)
    assert grad(np.var(x), x).data.tolist() == grad(x.var(), x).data.tolist()
    assert grad(np.clip(x, 1.0, 2.5).sum(), x).data.tolist() == [0.0, 1.0, 0.0]
    with pytest.raises(TypeError, match="with `dtype`"):
        np.std(x, dtype=np.float32)


def test_powers_and_comparisons_of_numpy() -> None:
    x = var(V)
    assert np.array_equal(grad(np.power(x, 2.0).sum(), x).data, 2.0 * x.data)
    assert np.greater(x, 1.0).data.tolist() == [0.0, 1.0, 1.0]
    assert (np.array([1.0, 2.0, 3.0]) <= x).data.tolist() == [0.0, 1.0, 1.0]


LOSING: dict[str, Callable[[Variable, Any], Any]] = {
    "array": lambda x, a: np.array(x),
    "asarray": lambda x, a: np.asarray(x, dtype=float),
    "list": lambda x, a: np.array([x, x]),
    "elements": lambda x, a: np.array(list(x)),
    "r_": lambda x, a: np.r_[x, 1.0],
    "c_": lambda x, a: np.c_[x, x],
    "clip": lambda x, a: np.clip(x, 0.0, 1.0, out=a),
    "full": lambda x, a: np.full(3, x),
    "fft": lambda x, a: np.fft.fft(x),
    "interp": lambda x, a: np.interp(x, a, a),
    "reduceat": lambda x, a: np.add.reduceat(x, [0, 1]),
    "at": lambda x, a: np.add.at(a, [0], x),
    "slice": lambda x, a: a.__setitem__(slice(None), x),
    "in place": lambda x, a: a.__iadd__(x),
    "out": lambda x, a: np.add(a, x, out=a),
}


@pytest.mark.parametrize("call", LOSING.values(), ids=LOSING.keys())
def test_what_would_lose_the_derivative_is_refused(call: Callable[[Variable, Any], Any]) -> None:
    for x in (var(V), var(V) * 2.0):
        with pytest.raises(TypeError, match=r"`v\.data`, the numbers alone"):
            call(x, np.ones(3))


def test_numbers_are_taken_where_nothing_is_differentiated() -> None:
    x, a = var(V), np.ones(3)
    with no_grad():
        assert np.array(x).tolist() == np.concatenate([x, x])[:3].tolist() == V
        assert not np.shares_memory(np.array(x), x.data)
        assert not np.isnan(x).any()
        a -= 0.5 * x
        x.data -= 0.5 * x
    assert a.tolist() == [0.75, 0.0, -0.5]
    assert x.data.tolist() == [0.25, 1.0, 1.5]
    assert x.numpy() is x.data


# --- masks ---------------------------------------------------------------------------------------


def test_masked_elements_at_higher_order_and_forwards() -> None:
    x = var(V)
    y = (x[x > 1.0] ** 3).sum()
    assert grad(y, x).data.tolist() == [0.0, 12.0, 27.0]
    assert ad.hessian(y, x).data.tolist() == np.diag([0.0, 12.0, 18.0]).tolist()
    for create in (False, True):
        assert ad.jvp(x[x > 1.0] ** 2, x, [1.0, 1.0, 1.0], create).data.tolist() == [4.0, 6.0]
    t = as_variable(1.0)
    z = t * np.array(V)
    w = (z[z > 1.0] ** 4).sum()
    for n, expected in enumerate([4.0, 12.0, 24.0, 24.0, 0.0], start=1):
        assert derivative(w, [t] * n).item() == expected * (2.0**4 + 3.0**4)
    # The logarithm of what is not selected has a pole.
    x = var([0.0, 2.0])
    assert ad.hessian(ad.log(x[x > 1.0]).sum(), x).data.tolist() == [[0.0, 0.0], [0.0, -0.25]]


def test_masks_are_combined() -> None:
    x, a = var(V), np.array([True, True, False])
    for mask, expected in [
        ((x > 1.0) & (x < 3.0), [2.0]),
        ((x < 1.0) | (x > 2.0), [0.5, 3.0]),
        (~(x > 1.0), [0.5]),
        ((x > 1.0) & a, [2.0]),
        (a & (x > 1.0), [2.0]),
        (a | (x > 2.0), V),
    ]:
        assert x[mask].data.tolist() == expected
        assert np.count_nonzero(grad(x[mask].sum(), x).data) == len(expected)
    for wrong in (lambda: x & 1, lambda: ~x, lambda: np.array([1, 2, 3]) | (x > 1.0)):
        with pytest.raises(TypeError, match="combine masks"):
            wrong()


def test_one_element_is_a_number() -> None:
    for x in (var(2.5), var([2.5]), var([[2.5]])):
        assert (float(x), int(x), x.item(), bool(x)) == (2.5, 2, 2.5, True)
    with pytest.raises(TypeError):
        float(var(V))


# --- functions of one's own ----------------------------------------------------------------------


class Keeps(Function):
    """Its `backward` uses what `forward` has kept."""

    def forward(self, x: Any) -> Any:
        self.y = np.exp(x)
        return self.y

    def backward(self, gy: Any) -> Any:
        return gy * self.y


class KeepsInput(Keeps):
    """In a tuple, as other libraries have it."""

    def forward(self, x: Any) -> Any:
        self.saved = (x.copy(),)
        return np.exp(x)

    def backward(self, gy: Any) -> Any:
        return gy * np.exp(self.saved[0])


class Mask(Function):
    """It keeps what is the same nearby."""

    def forward(self, x: Any) -> Any:
        self.mask = (x > 0.0).astype(float)
        return x * self.mask

    def backward(self, gy: Any) -> Any:
        return gy * self.mask


class Dropout(Function):
    """It keeps what is different each time."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)
        self.calls: list[float] = []

    def forward(self, x: Any) -> Any:
        self.mask = self.rng.uniform(size=x.shape)
        self.calls.append(1.0)
        return x * self.mask

    def backward(self, gy: Any) -> Any:
        return gy * self.mask


class Scale(Function):
    """It is given a number beforehand."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def forward(self, x: Any) -> Any:
        self.shape = x.shape
        return x * self.factor

    def backward(self, gy: Any) -> Any:
        return gy * self.factor


@pytest.mark.parametrize("function", [Keeps, KeepsInput])
@pytest.mark.parametrize("data", [0.5, [0.5, 1.5]], ids=["scalar", "vector"])
def test_what_forward_keeps_is_a_plain_value_at_order_two(function: Any, data: Any) -> None:
    x = var(data)
    y = function()(x)
    np.testing.assert_allclose(grad(y, x).data, np.exp(x.data))
    np.testing.assert_allclose(ad.jvp(y, x, np.ones(x.shape)).data, np.exp(x.data))
    for ask in (lambda: grad(y, x, True), lambda: ad.jvp(y, x, np.ones(x.shape), True)):
        with pytest.raises(
            ComputationError, match=r"by `self\.(y|saved)`, a plain value"
        ) as caught:
            ask()
        assert "self.inputs" in (caught.value.hint or "")


def test_what_forward_may_keep() -> None:
    x = var([1.0, -2.0])
    for function in (Mask(), Scale(3.0)):
        y = (function(x) ** 2).sum()
        slope = function(var([1.0, -1.0])).data * [1.0, -1.0]
        assert np.diag(ad.hessian(y, x).data).tolist() == (2.0 * slope**2).tolist()
    dropout = Dropout()
    y = (dropout(x) ** 2).sum()
    expected = 2.0 * dropout.mask**2
    assert np.diag(ad.hessian(y, x).data).tolist() == expected.tolist()
    assert dropout.calls == [1.0]


class Difference(Function):
    """It broadcasts its inputs, and leaves the sums to the engine."""

    def forward(self, x: Any, y: Any) -> Any:
        return x - y

    def backward(self, gz: Any) -> Any:
        return gz, -gz


def test_an_adjoint_of_a_broadcast_input_is_summed() -> None:
    x, y = var(np.ones((2, 3))), var(V)
    gx, gy = grad((Difference()(x, y) ** 2).sum(), [x, y])
    assert gx.data.tolist() == [[1.0, -2.0, -4.0]] * 2
    assert gy.data.tolist() == [-2.0, 4.0, 8.0]
    assert (
        ad.hessian((Difference()(x, y) ** 2).sum(), y).data.tolist() == np.diag([4.0] * 3).tolist()
    )
    assert grad(Difference()(x, 1.0).sum(), x).shape == (2, 3)


# --- refusals ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Callable[[Variable], Any], str]] = {
    "set an element": (lambda x: x.__setitem__(0, 1.0), "cannot be set"),
    "truth": (lambda x: 1 if x > 0 else 2, "neither true nor false"),
    "seed as switch": (lambda x: (x * x).backward(np.ones(3)), "takes no seed"),
    "seed of a scalar": (lambda x: x.sum().backward(var(2.0)), "takes no seed"),
    "of a number": (lambda x: grad(3.0, x), "not of a float: compute it with operations"),  # type: ignore
    "of a function": (lambda x: grad(lambda z: z, x), "not of a function: call it"),  # type: ignore
    "jvp of a number": (lambda x: ad.jvp(3.0, x, V), "not of a float"),  # type: ignore
    "jacobian of a function": (lambda x: ad.jacobian(abs, x), "call it on Variables"),  # type: ignore
    "hessian of a number": (lambda x: ad.hessian(1.0, x), "a Hessian is of a Variable"),  # type: ignore
    "derivative of a function": (lambda x: derivative(abs, [x]), "call it"),  # type: ignore
    "parts": (lambda x: ad.jvp(x, [x, x], [V]), "1 parts for 2 Variables"),
    "keyword": (lambda x: x.sum(dim=0), "no keyword `dim`: it knows `axis`, `keepdims`"),  # type: ignore
    "no keyword": (lambda x: ad.where(x, x, x, foo=1), "it knows no keyword at all"),
    "setting": (lambda x: ad.polygamma(x, x), "`n` of polygamma.. is a setting"),
    "too few": (lambda x: ad.clip(x, 0.0), "takes 3 arguments, not 2: x, low, high"),
    "too many": (lambda x: ad.clip(x, 0.0, 1.0, 2.0), "takes at most 3 arguments, not 4"),
    "objects": (lambda x: x + {}, "give real numbers"),  # type: ignore
    "text": (lambda x: x + "1", "give real numbers"),
    "complex": (lambda x: x * 1j, "give real and imaginary part"),
    "None": (lambda x: x * None, "None is not a number"),  # type: ignore
}


@pytest.mark.parametrize(("call", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_says_what_to_do(call: Callable[[Variable], Any], sentence: str) -> None:
    x = var(V)
    with pytest.raises((TypeError, ValueError), match=sentence):
        call(x)
    assert x.data.tolist() == V
    assert x.grad is None


def test_fractions_are_numbers() -> None:
    x = var(4.0)
    half = Fraction(1, 2)
    assert [(x * half).item(), (half * x).item(), (x**half).item()] == [2.0, 2.0, 2.0]


def test_functions_of_python_on_tensors() -> None:
    x = var(V)
    squares = x * x
    assert grad(sum(squares), x).data.tolist() == [1.0, 4.0, 6.0]
    assert grad(max(squares), x).data.tolist() == [0.0, 0.0, 6.0]
    assert grad(sorted(squares)[1], x).data.tolist() == [0.0, 4.0, 0.0]
    y = x
    for k in range(3):
        y += k * x
    assert grad(y.sum(), x).data.tolist() == [4.0] * 3
    assert grad(copy.copy(squares)[1], x).data.tolist() == [0.0, 4.0, 0.0]
