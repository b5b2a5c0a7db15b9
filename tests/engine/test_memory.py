"""Memory: a graph that nobody holds is gone at once, without the collector, whatever its size."""

from __future__ import annotations

import contextlib
import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Function, Variable, grad, no_grad

MILLION = 1_000_000


def var(value: Any) -> Variable:
    return Variable(np.array(value))


@pytest.fixture(autouse=True)
def _without_the_collector() -> Iterator[None]:
    gc.collect()
    # What other tests left is not scanned again by each collection here.
    gc.freeze()
    gc.disable()
    yield
    gc.enable()


class Split(Function):
    """A user's Function of several outputs."""

    def forward(self, x: np.ndarray) -> Any:
        return x * 2, x * 3

    def backward(self, ga: Variable, gb: Variable) -> Any:
        return 2 * ga + 3 * gb


class Cube(Function):
    """A user's Function that looks at its inputs."""

    def forward(self, x: np.ndarray) -> Any:
        return x**3

    def backward(self, gy: Variable) -> Any:
        (x,) = self.inputs
        return 3 * x**2 * gy


# --- no cycles -----------------------------------------------------------------------------------

Maker = Callable[[Variable], list[Any]]


def only_forward(x: Variable) -> list[Any]:
    a = ad.exp(x)
    return [a, a * x + a]


def only_backward(x: Variable) -> list[Any]:
    kept = only_forward(x)
    kept[-1].backward()
    return kept


def retained(x: Variable) -> list[Any]:
    kept = only_forward(x)
    kept[-1].backward(retain_grad=True)
    return [*kept, kept[0].grad]


def creators(x: Variable) -> list[Any]:
    kept = only_forward(x)
    calls = [v.creator for v in kept]
    inputs = [u.creator for call in calls for u in call.inputs]
    return [*kept, *calls, *filter(None, inputs)]


def creators_then_backward(x: Variable) -> list[Any]:
    kept = creators(x)
    kept[1].backward()
    return kept


def higher_order(x: Variable) -> list[Any]:
    kept = only_forward(x)
    for _ in range(3):
        kept += grad(kept[-1], [x], create_graph=True)
    return kept


def higher_order_with_creators(x: Variable) -> list[Any]:
    kept = higher_order(x)
    return kept + [v.creator for v in kept]


def create_graph_and_clear(x: Variable) -> list[Any]:
    kept = only_forward(x)
    for _ in range(3):
        # While `x.grad` holds a graph that ends in x, x holds itself: so it is cleared each time.
        kept[-1].backward(create_graph=True)
        kept.append(x.grad)
        x.cleargrad()
    return kept


def user_functions(x: Variable) -> list[Any]:
    a, b = Split()(x)
    y = Cube()(a) * b
    (g,) = grad(y, [x], create_graph=True)
    y.backward()
    return [a, b, y, g, a.creator, y.creator]


def one_function_twice(x: Variable) -> list[Any]:
    f = Cube()
    y = f(f(x))
    y.backward()
    return [f, y]


def unused_outputs(x: Variable) -> list[Any]:
    y = Split()(x)[1]
    y.backward()
    return [y]


def shapes(x: Variable) -> list[Any]:
    y = ad.broadcast_to(ad.reshape(x, (1, x.size)), (2, x.size)).T @ np.ones(2)
    g = grad(y.sum(), [x], create_graph=True)
    y.backward()
    return [y, *g]


def seeds(x: Variable) -> list[Any]:
    y = x * x
    y.grad = Variable(np.ones(y.shape))
    y.backward()
    return [y, *grad(y, [x], gy=Variable(np.ones(y.shape)))]


def looked_at(x: Variable) -> list[Any]:
    y = x * x
    repr(y), y.data, y.T, y.shape, str(y.creator), repr(y.creator.inputs)
    return [y]


def cut(x: Variable) -> list[Any]:
    kept = creators(x)
    kept[1].unchain_backward()
    return kept


def without_recording(x: Variable) -> list[Any]:
    with no_grad():
        return only_forward(x)


class Broken(Cube):
    """A user's Function that fails."""

    def backward(self, gy: Variable) -> Any:
        raise ZeroDivisionError


MAKERS: list[Maker] = [
    only_forward,
    only_backward,
    retained,
    creators,
    creators_then_backward,
    higher_order,
    higher_order_with_creators,
    create_graph_and_clear,
    user_functions,
    one_function_twice,
    unused_outputs,
    shapes,
    seeds,
    looked_at,
    cut,
    without_recording,
]


@pytest.mark.parametrize("data", [0.5, [0.5, 0.25]], ids=["scalar", "vector"])
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_dropped_graph_is_freed_by_reference_counting(make: Maker, data: Any) -> None:
    make(var(data))  # what is made once and kept for good is made now
    gc.collect()
    x = var(data)
    kept = make(x)
    alive = [weakref.ref(v) for v in kept if isinstance(v, Variable)]
    x_alive = weakref.ref(x)
    assert alive
    del kept
    assert [ref() for ref in alive] == [None] * len(alive)
    del x
    assert x_alive() is None
    assert gc.collect() == 0


@pytest.mark.parametrize("data", [0.5, [0.5, 0.25]], ids=["scalar", "vector"])
def test_a_failed_sweep_leaves_nothing_behind(data: Any) -> None:
    gc.collect()  # what pytest kept of the test before
    x = var(data)
    y = Broken()(ad.exp(x)) * 2
    # Not pytest.raises: it keeps the traceback, and with it the frames of the sweep.
    with contextlib.suppress(ZeroDivisionError):
        y.backward()
    alive = weakref.ref(y)
    del y
    assert alive() is None
    assert gc.collect() == 0


def test_a_result_holds_what_it_was_computed_from_and_nothing_else() -> None:
    x = var(2.0)
    a = x * x
    side = a * 3
    y = a + 1
    refs = [weakref.ref(v) for v in (x, a, side, y)]
    del x, a, side
    assert [ref() is not None for ref in refs] == [True, True, False, True]
    del y
    assert [ref() for ref in refs] == [None] * 4


def test_gradients_do_not_hold_the_graph() -> None:
    x = var(2.0)
    y = ad.exp(x) * x
    alive = weakref.ref(y)
    for _ in range(2):
        y.backward()
    gradients = grad(y, [x])
    del y
    assert alive() is None
    assert gradients[0].data == x.grad.data / 2


@pytest.mark.parametrize("looked", [False, True], ids=["", "creator looked at"])
@pytest.mark.parametrize("cut", [Variable.unchain, Variable.unchain_backward])
def test_unchaining_frees_what_came_before(cut: Callable[[Variable], None], looked: bool) -> None:
    x = var(2.0)
    a = x * x
    y = a * 3
    if looked:
        assert y.creator.inputs[0].creator is not None
    alive = weakref.ref(a)
    del a
    cut(y)
    assert alive() is None


def test_a_loop_that_accumulates_does_not_grow() -> None:
    x = var(2.0)
    counts = []
    for _ in range(3):
        for _ in range(50):
            (x * x).backward()
        counts.append(len(gc.get_objects()))
    assert counts[2] - counts[1] < 10


# --- a million -----------------------------------------------------------------------------------


def step(y: Variable) -> Variable:
    # Of slope 1 taken together, and never far from where it began.
    return ((y + 1.0) * 0.5 - 0.5) * 2.0


def test_a_chain_of_a_million_calls_is_built_differentiated_and_freed() -> None:
    gc.collect()  # what pytest kept of the test before
    x = var(0.25)
    before = len(gc.get_objects())
    y = x
    for _ in range(MILLION // 4):
        y = step(y)
    assert y.generation == MILLION
    assert y.data == 0.25
    middle = weakref.ref(y.creator.inputs[0])
    assert grad(y, [x])[0].data == 1.0
    y.backward()
    assert x.grad.data == 1.0
    del y
    assert middle() is None
    assert abs(len(gc.get_objects()) - before) < 50
    assert gc.collect() == 0


def test_a_long_chain_of_arrays_to_the_second_order() -> None:
    x = var([1.0, 2.0])
    before = len(gc.get_objects())
    y = x * x
    for _ in range(20_000):
        y = step(y)
    (g,) = grad(y, [x], create_graph=True)
    assert g.data.tolist() == [2.0, 4.0]
    assert grad(g, [x])[0].data.tolist() == [2.0, 2.0]
    del y, g
    assert abs(len(gc.get_objects()) - before) < 50


def test_a_long_chain_of_scalars_to_the_third_order() -> None:
    x = var(3.0)
    y = x
    for _ in range(20_000):
        y = step(y)
    y = y * x * x
    for expected in (27.0, 27.0, 18.0, 6.0):
        assert y.data == expected
        (y,) = grad(y, [x], create_graph=True)
    assert sys.getrecursionlimit() < 20_000


@pytest.mark.parametrize("make", [lambda v: Cube()(v), lambda v: Split()(v)[0]])
def test_a_long_chain_of_users_functions(make: Callable[[Variable], Variable]) -> None:
    x = var(1.0)
    before = len(gc.get_objects())
    y = x
    for _ in range(20_000):
        y = make(y) * 0.5
    y.backward()
    assert x.grad is not None
    del y
    x.cleargrad()
    assert abs(len(gc.get_objects()) - before) < 50


@pytest.mark.parametrize("drop", ["del", "unchain_backward"])
def test_a_long_chain_whose_creators_were_looked_at(drop: str) -> None:
    x = var(1.0)
    y = x
    for _ in range(100_000):
        y = -y
    v = y
    while v.creator is not None:
        v = v.creator.inputs[0]
    assert v is x
    alive = weakref.ref(y.creator.inputs[0])
    if drop == "del":
        del y
    else:
        y.unchain_backward()
    assert alive() is None


def test_a_sum_of_a_hundred_thousand() -> None:
    xs = [var(float(i)) for i in range(100_000)]
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    assert total.data == sum(range(100_000))
    total.backward()
    assert all(x.grad.data == 1.0 for x in xs)
    assert len({id(x.grad) for x in xs}) == 100_000


def test_one_variable_used_a_hundred_thousand_times() -> None:
    x, total = var(2.0), var(0.0)
    for i in range(100_000):
        total = total + x * float(i)
    total.backward()
    assert x.grad.data == sum(range(100_000))


def test_a_function_of_ten_thousand_inputs() -> None:
    class Total(Function):
        def forward(self, *xs: np.ndarray) -> Any:
            return sum(xs)

        def backward(self, gy: Variable) -> Any:
            return (gy,) * len(self.inputs)

    xs = [var(float(i)) for i in range(10_000)]
    Total()(*xs).backward()
    assert all(x.grad.data == 1.0 for x in xs)
    xs[0].grad.data[...] = 5.0
    assert xs[1].grad.data == 1.0
