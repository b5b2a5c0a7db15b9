"""The switches: what they switch, that they come back, that threads do not see each other's."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

import autodiff_cli.engine as ad
from autodiff_cli.engine import Config, Function, Variable, grad, no_grad, sharing, using_config
from autodiff_cli.engine.config import paused_collector, recording


class Twice(Function):
    """A user's Function, for it is recorded on a way of its own."""

    def forward(self, x: np.ndarray) -> Any:
        return 2 * x

    def backward(self, gy: Variable) -> Any:
        return 2 * gy


CALLS: dict[str, Callable[[Variable], Variable]] = {
    "operator": lambda x: x * 2,
    "scalar": lambda x: ad.exp(x.sum()),
    "elementwise": ad.exp,
    "reduction": lambda x: x.sum(axis=0),
    "shape": lambda x: x.reshape(2, 1),
    "matmul": lambda x: x @ x,
    "function": lambda x: Twice()(x),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_no_grad_leaves_no_graph(call: Callable[[Variable], Variable]) -> None:
    x = Variable(np.array([1.0, 2.0]))
    recorded = call(x)
    with no_grad():
        y = call(x)
    assert y.data.tolist() == recorded.data.tolist()
    assert recorded.creator is not None
    assert y.creator is None
    assert y.generation == 0
    y.backward()
    assert x.grad is None


def test_a_graph_from_before_can_be_swept_inside_no_grad() -> None:
    x = Variable(np.array(3.0))
    y = x * x
    with no_grad():
        y.backward()
        assert not Config.enable_backprop
    assert x.grad.data == 6.0
    assert x.grad.creator is None


def test_the_default_is_to_record() -> None:
    assert Config.enable_backprop is True


@pytest.mark.parametrize("value", [False, True])
def test_using_config_sets_and_restores(value: bool) -> None:
    with using_config("enable_backprop", value):
        assert Config.enable_backprop is value
        with using_config("enable_backprop", not value):
            assert Config.enable_backprop is not value
        assert Config.enable_backprop is value
    assert Config.enable_backprop is True


def fail() -> None:
    assert not Config.enable_backprop
    raise ZeroDivisionError


@pytest.mark.parametrize("switch", [no_grad, lambda: using_config("enable_backprop", False)])
def test_switches_are_restored_upon_an_exception(switch: Any) -> None:
    with pytest.raises(ZeroDivisionError), switch():
        fail()
    assert Config.enable_backprop is True
    assert (Variable(np.array(1.0)) * 2).creator is not None


def test_switches_nest() -> None:
    with no_grad():
        with no_grad():
            pass
        assert not Config.enable_backprop
        with using_config("enable_backprop", True):
            x = Variable(np.array(3.0))
            y = x * x
        assert not Config.enable_backprop
    y.backward()
    assert x.grad.data == 6.0


def test_a_switch_may_be_set_for_good() -> None:
    try:
        Config.enable_backprop = False
        assert (Variable(np.array(1.0)) * 2).creator is None
    finally:
        Config.enable_backprop = True
    assert (Variable(np.array(1.0)) * 2).creator is not None


def test_a_switch_that_does_not_exist_is_an_error_and_not_a_new_switch() -> None:
    with pytest.raises(AttributeError, match="enable_backprop"), using_config("backprop", True):
        pytest.fail("entered")
    with pytest.raises(AttributeError, match="enable_backprop"):
        Config.backprop = True
    with pytest.raises(AttributeError, match="enable_backprop"):
        Config.backprop  # noqa: B018


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run ``work(0)``, ``work(1)``, ... at the same time; raise what the first of them raised."""
    errors: list[BaseException] = []

    def guarded(i: int) -> None:
        try:
            work(i)
        except BaseException as error:  # a thread has nobody to raise to
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def test_threads_do_not_see_each_others_switches() -> None:
    barrier = threading.Barrier(2, timeout=30)
    seen: dict[tuple[int, str], bool] = {}

    def work(i: int) -> None:
        x = Variable(np.array(3.0))
        if i == 0:
            with no_grad():
                barrier.wait()  # the other one computes while this one does not record
                seen[i, "inside"] = (x * x).creator is not None
                barrier.wait()
            seen[i, "after"] = (x * x).creator is not None
        else:
            barrier.wait()
            seen[i, "inside"] = (x * x).creator is not None
            with no_grad():
                barrier.wait()  # now the other one leaves its block while this one is in one
                seen[i, "own"] = (x * x).creator is not None

    in_threads(2, work)
    assert seen == {
        (0, "inside"): False,
        (0, "after"): True,
        (1, "inside"): True,
        (1, "own"): False,
    }
    assert Config.enable_backprop is True


def test_a_thread_does_not_switch_for_the_one_that_started_it() -> None:
    with no_grad():
        in_threads(1, lambda i: setattr(Config, "enable_backprop", True))
        assert not Config.enable_backprop


def test_sweeps_in_many_threads_at_once() -> None:
    barrier = threading.Barrier(8, timeout=30)
    gradients: dict[int, list[float]] = {}

    def work(i: int) -> None:
        x = Variable(np.array(1.0 + i))
        barrier.wait()
        for _ in range(20):
            y = x
            for _ in range(50):
                y = y + x * x
            (g,) = grad(y, [x], create_graph=bool(i % 2))
            gradients.setdefault(i, []).append(float(g))

    in_threads(8, work)
    assert gradients == {i: [1.0 + 100.0 * (1.0 + i)] * 20 for i in range(8)}


def test_tasks_do_not_see_each_others_switches() -> None:
    async def silent(entered: asyncio.Event, done: asyncio.Event) -> bool:
        with no_grad():
            entered.set()
            await done.wait()
            return Config.enable_backprop

    async def both() -> tuple[bool, bool]:
        entered, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(silent(entered, done))
        await entered.wait()
        mine = Config.enable_backprop
        done.set()
        return mine, await task

    assert asyncio.run(both()) == (True, False)


BLOCKS: dict[str, Callable[[], Any]] = {
    "no_grad": no_grad,
    "using_config": lambda: using_config("enable_backprop", False),
    "sharing": sharing,
    "paused_collector": paused_collector,
}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_an_interrupt_at_either_end_of_a_block_leaves_the_switches(
    block: Callable[[], Any],
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, stop)
    rng, left = np.random.default_rng(0), 0
    end = time.perf_counter() + 1.0
    try:
        while time.perf_counter() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(2e-5, 3e-4))
                while True:
                    with block():
                        pass
            except KeyboardInterrupt as caught:
                # Looked at while its traceback keeps everything alive.
                left += recording.get() is not True or not gc.isenabled() or caught is None
                recording.set(True)
                gc.enable()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert left == 0


def test_a_block_may_be_entered_again_from_within() -> None:
    block = no_grad()
    for _ in range(2):
        with block, using_config("enable_backprop", True):
            assert Config.enable_backprop
            with block:
                assert not Config.enable_backprop
            assert Config.enable_backprop
        assert Config.enable_backprop
    with ExitStack() as stack:
        stack.enter_context(block)
        assert not Config.enable_backprop
    assert Config.enable_backprop


def test_a_block_hides_no_exception() -> None:
    for block in BLOCKS.values():
        with pytest.raises(ZeroDivisionError), block():
            raise ZeroDivisionError
        assert recording.get() is True
        assert gc.isenabled()


def test_a_block_as_a_decorator() -> None:
    x = Variable(np.array(3.0))

    @no_grad()
    def values(depth: int) -> Variable:
        return values(depth - 1) if depth else x * x

    assert values(3).creator is None
    assert (x * x).creator is not None


def test_a_block_around_a_yield() -> None:
    def inside() -> Iterator[bool]:
        with no_grad():
            yield Config.enable_backprop

    generator = inside()
    assert next(generator) is False
    generator.close()
    assert Config.enable_backprop is True
