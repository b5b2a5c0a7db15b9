"""The engine as a library: what people who know NumPy, DeZero or torch type."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import signal
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Config, Function, Operation, Variable, as_variable, grad, registry
from autodiff_cli.errors import AdiffError


def var(data: Any, name: str | None = None) -> Variable:
    return Variable(np.array(data), name)


V, M = [1.0, 2.0, 3.0], [[1.0, 4.0], [3.0, 2.0]]


# --- one Variable, and seeds ---------------------------------------------------------------------


@pytest.mark.parametrize("data", [2.0, V, M], ids=["scalar", "vector", "matrix"])
def test_one_variable_instead_of_a_list(data: Any) -> None:
    x = var(data)
    vector = np.cos(x.data)
    y = (x**3).sum()
    np.testing.assert_allclose(grad(y, x).data, 3 * x.data**2)
    np.testing.assert_allclose(ad.vjp(x**3, x, vector.tolist()).data, 3 * x.data**2 * vector)
    np.testing.assert_allclose(ad.jvp(x**3, x, vector.tolist()).data, 3 * x.data**2 * vector)
    np.testing.assert_allclose(ad.hvp(y, x, vector.tolist()).data, 6 * x.data * vector)
    for found in (grad(y, [x]), ad.hvp(y, (x,), [vector])):
        assert isinstance(found, list)


def test_what_is_no_variable_is_refused_as_what_to_differentiate_by() -> None:
    with pytest.raises(TypeError, match="derivatives are by Variables"):
        grad(var(2.0), [np.array(1.0)])  # type: ignore[list-item]
    x = var(V)
    with pytest.raises(ValueError, match="part of the vector"):
        ad.hvp((x * x).sum(), x, [1.0])


@pytest.mark.parametrize("seed", [[1.0, 2.0, 3.0], (1, 2, 3), np.array([1, 2, 3])], ids=repr)
@pytest.mark.parametrize("create", [False, True])
def test_a_list_is_a_seed(seed: Any, create: bool) -> None:
    x = var(V)
    y = x * x
    assert grad(y, x, create, gy=seed).data.tolist() == [2.0, 8.0, 18.0]
    y.grad = seed
    assert isinstance(y.grad, Variable)
    y.backward(create_graph=create)
    assert x.grad.data.tolist() == [2.0, 8.0, 18.0]
    with pytest.raises(TypeError):
        y.grad = "abc"


# --- axes, comparisons, masks --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_second_argument_of_an_extreme_is_an_axis(name: str) -> None:
    x, op, reference = var(M), getattr(ad, name), getattr(np, name)
    for given in [(0,), (1,), (-1,), (0, True), (None,), ((0, 1),)]:
        expected = reference(x.data, *given[:1], keepdims=len(given) > 1)
        assert np.array_equal(op(x, *given).data, expected)
        assert np.array_equal(getattr(x, name)(*given).data, expected)
    for other in (x, 1.5, [1.5]):
        with pytest.raises(TypeError, match=f"element by element it is {name}imum"):
            op(x, other)


def test_comparisons_are_by_elements_and_hashing_by_identity() -> None:
    x, z = var(V), var(V)
    assert (x == z).data.tolist() == [1.0, 1.0, 1.0]
    assert (x != 2.0).data.tolist() == [1.0, 0.0, 1.0]
    assert (2.0 == x).data.tolist() == [0.0, 1.0, 0.0]  # noqa: SIM300
    assert (np.array(V) == x).data.tolist() == [1.0, 1.0, 1.0]
    assert bool(var(0.0) != 0.0) is False
    assert var(0.0) == 0.0
    assert x is not None
    assert [x == None, x != None, x == "x", x == object()] == [False, True, False, False]  # noqa: E711
    assert len({x, z}) == 2
    assert {x: 1, z: 2}[z] == 2


def test_membership_in_sets_never_compares_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    def compared(*_: Any) -> Any:
        raise AssertionError("elements were compared")

    xs = [var(V) for _ in range(1000)]
    monkeypatch.setattr(Variable, "__eq__", compared)
    monkeypatch.setattr(Variable, "__ne__", compared)
    assert all(x in set(xs) for x in xs)
    x = xs[0]
    y = ad.sin(x * x) + x / (1.0 + x * x)
    with ad.sharing():
        ad.hessian((y * y).sum(), x)
    ad.jvp(y, x, V)
    s = as_variable(0.5)
    ad.derivative(ad.exp(ad.sin(s)), [s, s, s])
    ad.kinks(y)
    ad.get_dot_graph(y)


def test_masks_index() -> None:
    x = var(V)
    assert x[x > 1.0].data.tolist() == [2.0, 3.0]
    assert grad((x[x > 1.0] ** 2).sum(), x).data.tolist() == [0.0, 4.0, 6.0]
    assert x[x > 9.0].shape == (0,)
    m = var(M)
    assert m[m > 2.0].data.tolist() == [4.0, 3.0]
    assert m[m[:, 0] > 2.0].data.tolist() == [[3.0, 2.0]]
    assert m[:, m[0] > 2.0].data.tolist() == [[4.0], [2.0]]
    assert x[var([2, 0])].data.tolist() == [3.0, 1.0]
    assert x[var(1)].item() == 2.0
    with pytest.raises(IndexError, match="whole numbers, or a mask"):
        x[var([0.5, 1.0, 0.0])]


# --- what Python and NumPy expect ----------------------------------------------------------------


def test_operations_on_arrays_give_types_of_numpy() -> None:
    for y in (ad.sin(np.array(1.0)), ad.sum(np.array(V)), ad.add(np.float64(1.0), 2.0), ad.sum(V)):
        assert isinstance(y, np.float64)
        assert (y.shape, y.dtype, y.copy()) == ((), np.float64, y)
    assert type(ad.sin(1.0)) is float
    assert ad.exp(np.array(V, "f4")).dtype == np.float32


@pytest.mark.parametrize(
    "array", [np.ma.array(V, mask=[0, 1, 0]), np.array(M).view(np.matrix)], ids=["masked", "matrix"]
)
def test_arrays_whose_arithmetic_is_another_are_refused(array: Any) -> None:
    x = var(2.0)
    for call in (Variable, as_variable, ad.sin, lambda a: x * a, lambda a: a * x, x.__add__):
        with pytest.raises(TypeError, match=r"arithmetic is another|derivative would be lost"):
            call(array)


def test_other_subclasses_are_plain_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array(V))
    x = Variable(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert type(x.data) is np.ndarray
    assert grad((x * x).sum(), x).data.tolist() == [2.0, 4.0, 6.0]


@pytest.mark.parametrize("op", registry.values(), ids=lambda op: op.name)
def test_an_operation_is_like_a_function(op: Operation) -> None:
    assert op.__name__ == op.name
    assert pickle.loads(pickle.dumps(op)) is op
    assert copy.deepcopy({"f": op})["f"] is op
    assert list(inspect.signature(op).parameters)[: op.arity]
    inspect.signature(op).bind(*range(op.arity), **dict.fromkeys(op.statics))


def test_formats_and_conversions() -> None:
    s, m = var(2.0), var(M)
    assert (f"{s}", f"{s:.2f}", f"{m:.1f}") == ("variable(2.0)", "2.00", "[[1.0 4.0]\n [3.0 2.0]]")
    assert (s.item(), int(s), m.tolist()) == (2.0, 2, M)
    assert (round(s * 0.7).item(), round(s * 0.628, 2).item()) == (1.0, 1.26)
    assert grad(+s * 3.0, s).item() == 3.0
    for same in (s.copy(), s.flatten()[0], s.ravel()[0], s.reshape(1, 1).squeeze()):
        assert grad(same * same, s).item() == 4.0
    assert grad(s * s.detach(), s).item() == 2.0
    assert var(np.ones((1, 3, 1))).squeeze(0).shape == (3, 1)
    with pytest.raises(ValueError, match="squeeze"):
        m.squeeze(0)
    for data in (m.copy().data, m.flatten().data):
        assert not np.shares_memory(data, m.data)
    assert var([1, 2]).copy().data.tolist() == [1.0, 2.0]
    assert m.dot(m).tolist() == m.matmul(m).tolist() == (np.array(M) @ np.array(M)).tolist()


# --- the founding tutorial -----------------------------------------------------------------------


def test_names_of_the_tutorial() -> None:
    x, y = var(3.0), var(2.0)
    assert ad.as_array(x) is ad.as_variable(x) is x
    assert (ad.rsub(x, 1.0).item(), ad.rdiv(x, y).item()) == (-2.0, 2.0 / 3.0)
    z = ad.sin(x)
    assert (z.creator.__class__.__name__, z.creator.input, z.creator.output) == ("Sin", x, z)
    assert ad.sum_to(var(M), (1, 2)).creator.__class__.__name__ == "SumTo"
    assert repr(as_variable(None)) == "variable(None)"


class Linear(Function):
    """As DeZero has it: the last input may be missing."""

    def forward(self, x: Any, w: Any, b: Any) -> Any:
        return x @ w if b is None else x @ w + b

    def backward(self, gy: Any) -> Any:
        x, w, b = self.inputs
        gb = None if b.data is None else ad.sum_to(gy, b.shape)
        return gy @ w.T, x.T @ gy, gb


class Rows(Function):
    """Its `backward` leaves the last adjoint out."""

    def forward(self, x: Any, n: Any) -> Any:
        return x * 2.0

    def backward(self, gy: Any) -> Any:
        return gy * 2.0


def test_missing_inputs_and_adjoints() -> None:
    x, w, b = var(M), var(M), var([1.0, 2.0])
    for bias in (None, b):
        y = Linear()(x, w, bias).sum()
        y.backward()
        ones = np.ones((2, 2))
        assert np.array_equal(x.grad.data, ones @ w.data.T)
        assert np.array_equal(w.grad.data, x.data.T @ ones)
        x.cleargrad()
        w.cleargrad()
    assert b.grad.data.tolist() == [2.0, 2.0]
    n = var(3.0)
    assert [g.data.tolist() for g in grad(Rows()(b, n), [b, n])] == [[2.0, 2.0], 0.0]


class Forgotten(Rows):
    """It leaves out an adjoint that is not zero."""

    def forward(self, x: Any, n: Any) -> Any:
        return x * n


def test_an_adjoint_that_is_left_out_though_it_counts_is_told() -> None:
    x, n = var(V), var(2.0)
    y = Forgotten()(x, n)
    for derive in (
        lambda: grad(y, x),
        lambda: grad(y, x, create_graph=True),
        lambda: ad.jvp(y, x, V),
        lambda: y.sum().backward(),
    ):
        with pytest.raises(ValueError, match=r"Forgotten.*1 adjoint for 2 inputs.*None"):
            derive()
    # Labels, which are whole numbers, have no derivative.
    labels = Variable(np.array([2, 2, 2]))
    assert grad(Forgotten()(x, labels), x).data.tolist() == [2.0] * 3


class Sine(Function):
    """With a call of its own, which ties the graph by hand."""

    def __call__(self, *inputs: Any) -> Any:
        xs = [as_variable(x) for x in inputs]
        y = Variable(np.asarray(self.forward(*(x.data for x in xs))))
        self.generation = max(x.generation for x in xs)
        y.set_creator(self)
        self.inputs = xs
        self.outputs = [weakref.ref(y)]
        return y

    def forward(self, x: Any) -> Any:
        return np.sin(x)

    def backward(self, gy: Any) -> Any:
        return gy * ad.cos(self.input)


def test_a_graph_tied_by_hand() -> None:
    x = var(0.5)
    y = Sine()(ad.exp(x)) * x
    second = grad(grad(y, x, create_graph=True), x)
    z = as_variable(0.5)
    expected = grad(grad(ad.sin(ad.exp(z)) * z, z, create_graph=True), z)
    assert second.item() == pytest.approx(expected.item(), rel=1e-15)


def test_pictures_and_formulas(tmp_path: Path) -> None:
    x = var(2.0, "x")
    y = ad.sin(x) ** 2 + x / 4
    assert ad.get_dot_graph(y).startswith("digraph")
    ad.plot_dot_graph(y, to_file=tmp_path / "y.dot")
    assert (tmp_path / "y.dot").read_text() == ad.get_dot_graph(y)
    ad.plot_dot_graph(y, False, str(tmp_path / "y.svg"))
    assert "<svg" in (y._repr_svg_() or "")
    assert y._repr_latex_() == r"$\frac{x}{4} + \sin^{2}\left(x\right)$"
    a, b = var(2.0), var(3.0)
    assert (a * b)._repr_latex_() == "$x_{1} x_{2}$"
    assert x._repr_svg_() is x._repr_latex_() is var(V).sum()._repr_latex_() is None


# --- rules of the user that cannot be differentiated ---------------------------------------------


class Values(Function):
    """Its `backward` computes with values only."""

    def forward(self, x: Any) -> Any:
        return x**2

    def backward(self, gy: Any) -> Any:
        return 2.0 * self.inputs[0].data * gy.data


class Mixed(Values):
    """Its `backward` computes with the adjoint and with its data."""

    def forward(self, x: Any) -> Any:
        return 3.0 * x

    def backward(self, gy: Any) -> Any:
        return gy + as_variable(2.0 * gy.data)


class Shaped(Mixed):
    """Its `backward` takes only the shape of the data."""

    def backward(self, gy: Any) -> Any:
        return gy * np.full(gy.data.shape, 3.0)


class Half(Values):
    """Its `backward` is linear in the adjoint, but does not know what it depends on."""

    def backward(self, gy: Any) -> Any:
        return gy * (2.0 * self.inputs[0].data)


class Ramp(Values):
    """Its `backward` reads data as it may: a mask does not change with them."""

    def forward(self, x: Any) -> Any:
        return np.maximum(x, 0.0)

    def backward(self, gy: Any) -> Any:
        return gy * (self.inputs[0].data > 0.0)


def test_a_rule_that_ignores_its_variables_is_told() -> None:
    x = var([3.0, -1.0])
    for function in (Values(), Half()):
        assert grad(function(x), x).data.tolist() == [6.0, -2.0]
        with pytest.raises(AdiffError, match="cannot be differentiated") as caught:
            grad(function(x), x, create_graph=True)
        assert caught.value.hint
    with pytest.raises(AdiffError, match="adjoint that it is given"):
        ad.jvp(Values()(x), x, [1.0, 1.0])
    assert ad.jvp(Half()(x), x, [1.0, 1.0]).data.tolist() == [6.0, -2.0]
    assert grad(Mixed()(x), x).data.tolist() == [3.0, 3.0]
    for derive in (
        lambda y: ad.jvp(y, x, [1.0, 5.0]),
        lambda y: ad.jvp(y, x, [1.0, 5.0], create_graph=True),
        lambda y: grad(y, x, create_graph=True),
    ):
        with pytest.raises(AdiffError, match="`data` of the adjoint that it is given"):
            derive(Mixed()(x))
        derive(Shaped()(x))
    assert ad.jvp(Shaped()(x), x, [1.0, 5.0]).data.tolist() == [3.0, 15.0]
    y = Ramp()(x)
    assert ad.jvp(y, x, [1.0, 1.0], create_graph=True).data.tolist() == [1.0, 0.0]
    assert ad.hessian((y * y).sum(), x).data.tolist() == [[2.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("create", [False, True])
def test_directional_derivatives_of_linear_calls(create: bool) -> None:
    class Triple(Function):
        def forward(self, x: Any) -> Any:
            return 3 * x

        def backward(self, gy: Any) -> Any:
            return gy * 3

    a, v, m = np.array([[2.0, 1.0], [1.0, 3.0]]), var([1.0, 2.0]), var(M)
    direction = np.array([1.0, -1.0])
    for y, expected in [
        (a @ v, a @ direction),
        (v @ a, direction @ a),
        (v @ [1.0, 2.0], direction @ [1.0, 2.0]),
        (ad.solve(a, v), np.linalg.solve(a, direction)),
        (Triple()(v), 3 * direction),
        (Triple()(v.sum()), 0.0),
    ]:
        np.testing.assert_allclose(ad.jvp(y, v, direction, create).data, expected, atol=1e-15)
    assert ad.jvp(ad.trace(m), m, a, create).item() == 5.0
    np.testing.assert_allclose(ad.jvp(m @ a, m, a, create).data, a @ a)


# --- signals, interrupts, threads ----------------------------------------------------------------


def test_the_engine_may_be_entered_from_within() -> None:
    class Index:
        def __index__(self) -> int:
            return int(ad.sum(ad.sin(var([0.0, 0.0]))).item()) + 1

    assert var(V)[Index()].item() == 2.0
    assert var(V).sum(axis=Index() if False else 0).item() == 6.0
    assert var(M).sum(axis=Index()).data.tolist() == [5.0, 5.0]


def interrupt(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_an_interrupt_leaves_everything_as_it_was() -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    x = var(V)
    y = x
    for _ in range(10):
        y = ad.sin(y) * x
    before, previous = np.geterr(), signal.signal(signal.SIGALRM, stop)
    rng = np.random.default_rng(0)
    try:
        for _ in range(300):
            try:
                interrupt(rng.uniform(1e-5, 2e-3))
                end = time.perf_counter() + 3e-3
                while time.perf_counter() < end:
                    ad.grad(y, x)
                    ad.jvp(y, x, V)
                    y.backward()
            except KeyboardInterrupt:
                pass
            finally:
                interrupt(0)
            assert Config.enable_backprop is True
            assert np.geterr() == before
            assert gc.isenabled()
    finally:
        interrupt(0)
        signal.signal(signal.SIGALRM, previous)


def test_a_signal_handler_may_differentiate() -> None:
    found: list[float] = []

    def handle(*_: Any) -> None:
        z = var(2.0)
        y = ad.exp(z * np.ones(1)).sum()
        y.backward()
        found.append(z.grad.item())

    previous = signal.signal(signal.SIGALRM, handle)
    try:
        x = var(np.linspace(0.1, 1.0, 20_000))
        end = time.perf_counter() + 0.3
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
        while time.perf_counter() < end:
            ad.erf(x).sum().backward()
    finally:
        interrupt(0)
        signal.signal(signal.SIGALRM, previous)
    assert found
    assert all(value == pytest.approx(np.exp(2.0)) for value in found)


def test_threads_lose_no_update_of_a_leaf_they_share() -> None:
    x, rounds, threads = var(np.ones(3)), 300, 4

    def work() -> None:
        for _ in range(rounds):
            (x * 2.0).sum().backward()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert x.grad.data.tolist() == [2.0 * rounds * threads] * 3


@pytest.mark.parametrize("value", [3, 2.5, None, [1.0], "y", np.ones(2)])
def test_what_is_no_variable_is_told_of(value: Any) -> None:
    for show in (ad.kinks, ad.get_dot_graph, ad.plot_dot_graph, lambda y: ad.grad(y, var(1.0))):
        with pytest.raises(TypeError, match=r"is of a Variable, not of an? "):
            show(value)
