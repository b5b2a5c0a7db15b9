"""Functions: the calls of a graph, those that users write and those that operations leave."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Config, Function, Variable, grad


def var(value: Any) -> Variable:
    return Variable(np.array(value))


class Square(Function):
    """One in, one out, as the tutorial's first."""

    def forward(self, x: np.ndarray) -> Any:
        return x**2

    def backward(self, gy: Variable) -> Any:
        (x,) = self.inputs
        return 2 * x * gy


class Cartesian(Function):
    """Two in, two out: polar coordinates to Cartesian ones."""

    def forward(self, r: np.ndarray, t: np.ndarray) -> Any:
        return r * np.cos(t), r * np.sin(t)

    def backward(self, gx: Variable, gy: Variable) -> Any:
        r, t = self.inputs
        return (
            gx * ad.cos(t) + gy * ad.sin(t),
            gy * r * ad.cos(t) - gx * r * ad.sin(t),
        )


class Powers(Function):
    """One in, three out."""

    def forward(self, x: np.ndarray) -> Any:
        return x, x**2, x**3

    def backward(self, g1: Variable, g2: Variable, g3: Variable) -> Any:
        (x,) = self.inputs
        return g1 + 2 * x * g2 + 3 * x**2 * g3


# --- forward -----------------------------------------------------------------------------------


def test_forward_is_given_arrays_and_backward_variables() -> None:
    seen: list[type] = []

    class Spy(Function):
        def forward(self, *xs: Any) -> Any:
            seen.extend(type(x) for x in xs)
            return xs[0] + 1.0

        def backward(self, *gys: Any) -> Any:
            seen.extend(type(g) for g in gys)
            return gys[0], None, None, None

    y = Spy()(var(1.0) * 2, 2.0, [1, 2], np.ones(3))
    assert seen == [np.ndarray] * 4
    y.backward()
    assert seen == [np.ndarray] * 4 + [Variable]


@pytest.mark.parametrize("x", [3.0, [3.0, 4.0]], ids=["scalar", "vector"])
def test_one_output_comes_as_it_is_and_several_as_a_tuple(x: Any) -> None:
    y = Square()(var(x))
    assert isinstance(y, Variable)
    assert isinstance(y.data, np.ndarray)
    assert y.data.tolist() == (np.array(x) ** 2).tolist()
    ys = Powers()(var(x))
    assert isinstance(ys, tuple)
    assert [v.data.tolist() for v in ys] == [(np.array(x) ** n).tolist() for n in (1, 2, 3)]


def test_a_tuple_of_one_is_one_output() -> None:
    class Single(Function):
        def forward(self, x: np.ndarray) -> Any:
            return (x * 2,)

        def backward(self, gy: Variable) -> Any:
            return (gy * 2,)

    x = var(3.0)
    y = Single()(x)
    assert y.data == 6.0
    y.backward()
    assert x.grad.data == 2.0


def test_plain_inputs_are_lifted() -> None:
    for x in (2, 2.0, np.float64(2.0), np.array(2.0)):
        f = Square()
        y = f(x)
        assert y.data == 4.0
        assert isinstance(f.inputs[0], Variable)


def test_what_is_not_written_is_named() -> None:
    class Half(Function):
        def forward(self, x: np.ndarray) -> Any:
            return x / 2

    with pytest.raises(NotImplementedError, match="Function"):
        Function()(var(1.0))
    with pytest.raises(NotImplementedError, match="Half"):
        Half()(var(1.0)).backward()


# --- the graph ---------------------------------------------------------------------------------


def test_creators_inputs_outputs_and_generations_as_in_the_tutorial() -> None:
    x = var(0.5)
    f, g = Square(), Square()
    a = f(x)
    b = ad.exp(a)
    y = g(b)
    assert y.creator is g
    assert y.creator.inputs == (b,)
    assert y.creator.inputs[0].creator.inputs[0] is a
    assert y.creator.inputs[0].creator.inputs[0].creator is f
    assert f.inputs == (x,)
    assert x.creator is None
    assert [v.generation for v in (x, a, b, y)] == [0, 1, 2, 3]
    assert [f.generation, b.creator.generation, g.generation] == [0, 1, 2]


def test_the_creator_of_a_result_is_one_object_whose_inputs_are_variables() -> None:
    x = var([1.0, 2.0])
    for y in (x * 3.0, 3.0 - x, ad.exp(x), x.sum(), x.reshape(2, 1), x @ [1.0, 2.0]):
        assert y.creator is y.creator
        assert isinstance(y.creator, Function)
        assert all(isinstance(v, Variable) for v in y.creator.inputs)
        assert any(x is v for v in y.creator.inputs)
        assert y.creator.inputs[0] is y.creator.inputs[0]
        (ref,) = y.creator.outputs
        assert ref() is y
    assert [v.data.tolist() for v in (3.0 - x).creator.inputs] == [3.0, [1.0, 2.0]]


def test_a_generation_is_the_longest_way_from_a_leaf() -> None:
    x, z = var(1.0), var(2.0)
    a = ad.exp(ad.exp(x))
    y = z * a
    assert (a.generation, y.generation) == (2, 3)
    assert (a * z).generation == (z * a).generation == 3
    assert Cartesian()(z, a)[1].generation == 3


def test_backpropagation_by_hand_through_creators() -> None:
    x = var(0.5)
    for y in (ad.square(ad.exp(ad.square(x))), Square()(ad.exp(Square()(x)))):
        v, v.grad = y, var(1.0)
        while v.creator is not None:
            f = v.creator
            (u,) = f.inputs
            u.grad = f.backward(v.grad)
            v = u
        assert v is x
        # d/dx exp(x²)² = 4 x exp(2 x²)
        assert x.grad.data == pytest.approx(2.0 * np.exp(0.5), rel=1e-15, abs=0.0)


def test_outputs_are_held_weakly() -> None:
    f, x = Powers(), var(2.0)
    ys = f(x)
    assert all(isinstance(ref, weakref.ref) for ref in f.outputs)
    assert tuple(ref() for ref in f.outputs) == ys
    kept = ys[1]
    del ys
    assert [ref() for ref in f.outputs] == [None, kept, None]


def test_one_function_called_twice_records_two_calls() -> None:
    f, x, z = Square(), var(3.0), var(4.0)
    a, b = f(x), f(z)
    assert a.creator.inputs == (x,)
    assert b.creator.inputs == (z,)
    (a * b).backward()
    assert x.grad.data == 6.0 * 16.0
    assert z.grad.data == 9.0 * 8.0
    y = f(f(f(x)))
    x.cleargrad()
    y.backward()
    assert x.grad.data == 8 * 3.0**7


# --- backward ------------------------------------------------------------------------------------


def test_several_inputs_and_outputs() -> None:
    r, t = var(2.0), var(0.5)
    x, y = Cartesian()(r, t)
    # x² + y² = r², whatever the angle
    gr, gt = grad(x * x + y * y, [r, t], create_graph=True)
    assert gr.data == pytest.approx(4.0, rel=1e-15, abs=0.0)
    assert gt.data == pytest.approx(0.0, abs=1e-15)
    # xy = r² sin(2t)/2
    first = grad(x * y, [r, t], create_graph=True)
    assert [g.data for g in first] == pytest.approx(
        [2 * np.sin(1), 4 * np.cos(1)], rel=1e-15, abs=0.0
    )
    second = [grad(g, [r, t]) for g in first]
    assert second[0][0].data == pytest.approx(np.sin(1), rel=1e-14, abs=0.0)
    assert second[0][1].data == pytest.approx(4 * np.cos(1), rel=1e-14, abs=0.0)
    assert second[1][0].data == pytest.approx(4 * np.cos(1), rel=1e-14, abs=0.0)
    assert second[1][1].data == pytest.approx(-8 * np.sin(1), rel=1e-14, abs=0.0)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("shape", [(), (2,)], ids=str)
@pytest.mark.parametrize("used", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("dropped", [False, True], ids=["held", "dropped"])
def test_outputs_that_were_not_used_count_as_zero(
    used: tuple[int, ...], shape: tuple[int, ...], dropped: bool, create_graph: bool
) -> None:
    x = Variable(np.full(shape, 2.0))
    ys = Powers()(x)
    y = ys[used[0]] * 1.0
    for i in used[1:]:
        y = y + ys[i] * 10.0**i
    if dropped:
        del ys
    y.backward(create_graph=create_graph)
    weights = [1.0] + [10.0**i for i in used[1:]]
    expected = sum(w * (1.0, 4.0, 12.0)[i] for w, i in zip(weights, used, strict=True))
    assert x.grad.data.tolist() == np.full(shape, expected).tolist()


def test_an_output_is_the_start_of_its_own_sweep() -> None:
    x = var(2.0)
    for y, expected in zip(Powers()(x), (1.0, 4.0, 12.0), strict=True):
        x.cleargrad()
        y.backward()
        assert x.grad.data == expected


def test_outputs_used_at_different_depths() -> None:
    x = var(2.0)
    a, b, c = Powers()(x)
    y = ad.square(ad.square(a)) + b * c
    (gx,) = grad(y, [x], create_graph=True)
    assert gx.data == 4 * 2.0**3 + 5 * 2.0**4
    assert grad(gx, [x])[0].data == 12 * 2.0**2 + 20 * 2.0**3
    assert [g.data for g in grad(y, [a, b, c])] == [32.0, 8.0, 4.0]


def test_one_variable_as_several_inputs() -> None:
    t = var(0.5)
    x, y = Cartesian()(t, t)
    (g,) = grad(x, [t])
    assert g.data == pytest.approx(np.cos(0.5) - 0.5 * np.sin(0.5), rel=1e-15, abs=0.0)
    (g,) = grad(y, [t])
    assert g.data == pytest.approx(np.sin(0.5) + 0.5 * np.cos(0.5), rel=1e-15, abs=0.0)


def test_a_function_written_with_operations_has_every_derivative() -> None:
    x = var(2.0)
    y = Square()(x) * Square()(x)
    for expected in (16.0, 32.0, 48.0, 48.0, 24.0, 0.0):
        assert y.data == expected
        (y,) = grad(y, [x], create_graph=True)


def test_none_is_a_gradient_of_zero() -> None:
    class First(Function):
        def forward(self, x: np.ndarray, z: np.ndarray) -> Any:
            return x * 1.0

        def backward(self, gy: Variable) -> Any:
            return gy, None

    x, z = var([1.0, 2.0]), var([3.0, 4.0])
    y = First()(x, z)
    y.backward()
    assert x.grad.data.tolist() == [1.0, 1.0]
    assert z.grad is None
    assert grad(y, [z])[0].data.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_backward_runs_with_recording_as_asked_for(create_graph: bool) -> None:
    seen: list[bool] = []

    class Spy(Square):
        def backward(self, gy: Variable) -> Any:
            seen.append(Config.enable_backprop)
            return super().backward(gy)

    x = var(2.0)
    Spy()(x).backward(create_graph=create_graph)
    assert seen == [create_graph]
    assert (x.grad.creator is not None) is create_graph
    assert Config.enable_backprop


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda gy: (gy, gy), "Wrong.*2.*1 input"),
        (lambda gy: gy.sum(), r"Wrong.*shape \(\).*\(2,\)"),
        (lambda gy: gy.reshape(2, 1), r"Wrong.*shape \(2, 1\).*\(2,\)"),
    ],
    ids=["too many", "scalar", "column"],
)
def test_a_wrong_backward_is_told_of(given: Any, message: str) -> None:
    class Wrong(Function):
        def forward(self, x: np.ndarray) -> Any:
            return x * 1.0

        def backward(self, gy: Variable) -> Any:
            return given(gy)

    with pytest.raises(ValueError, match=message):
        Wrong()(var([1.0, 2.0])).backward()


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("collecting", [False, True])
def test_an_exception_in_backward_leaves_everything_as_it_was(
    create_graph: bool, collecting: bool
) -> None:
    class Broken(Square):
        def backward(self, gy: Variable) -> Any:
            raise ZeroDivisionError("deliberate")

    x, old = var(2.0), var(7.0)
    x.grad = old
    was = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        with np.errstate(all="raise"):
            with pytest.raises(ZeroDivisionError, match="deliberate"):
                (Broken()(x) * 2).backward(create_graph=create_graph)
            assert np.geterr() == dict.fromkeys(np.geterr(), "raise")
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if was else gc.disable)()
    assert x.grad is old
    assert Config.enable_backprop
    assert (x * 1).creator is not None


def test_user_functions_and_operations_mix() -> None:
    x = var([1.0, 2.0])
    y = (Square()(ad.exp(x)) * x).sum()
    (gx,) = grad(y, [x], create_graph=True)
    e = np.exp(2 * x.data)
    assert gx.data == pytest.approx(e * (1 + 2 * x.data), rel=1e-15, abs=0.0)
    assert grad(gx, [x])[0].data == pytest.approx(e * (4 + 4 * x.data), rel=1e-15, abs=0.0)
