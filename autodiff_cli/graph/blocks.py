"""Run straight-line programs over columns of numbers: NumPy calls on blocks, in several threads.

Each operation runs on a block of some ten thousand points before the next one does, and writes to a
buffer that is reused as soon as its content is not needed any more.  The columns are thus read and
written once, and intermediate values stay in the cache.  NumPy lets other threads run meanwhile.

The numbers are those that the engine computes with the same functions, but for operations that
declare another computation for columns, which is faster and as accurate.  Values that depend on no
column are computed once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff_cli.engine import Operation
from autodiff_cli.engine.values import without_warnings
from autodiff_cli.graph.straight_line import Argument, Assignment, Constant, StraightLine

__all__ = ["BLOCK", "BlockProgram", "Column"]

BLOCK = 65_536
"""The number of points computed at a time; some ten buffers of them fit the third-level cache.

Half of it would fit the second level, but costs more: threads wait for each other between calls.
"""

_GAP = 40
"""The gap between buffers: at distances of a power of two they would compete for cache lines."""

Column = NDArray[Any]
"""Real numbers of any type, along one axis."""


class _SlotCall(NamedTuple):
    """A call of a NumPy function on slots, which writes one of them."""

    function: Callable[..., Any]
    inputs: tuple[int, ...]
    output: int


@dataclass(frozen=True)
class _BlockPlan:
    """What to compute where, for some columns and some single numbers.

    A slot for each node of the straight line comes first, then one for each buffer.

    Attributes
    ----------
    fixed
        The values that depend on no column, by slot.
    steps
        The calls for each block.
    columns
        The arguments that are columns, by their slots.
    direct
        The slots that are results, each with its place among them.
    copies
        The results that are copies of slots.
    buffers
        The number of buffers.
    """

    fixed: list[_SlotCall]
    steps: list[_SlotCall]
    columns: Sequence[int]
    direct: Mapping[int, int]
    copies: Sequence[tuple[int, int]]
    buffers: int


class BlockProgram:
    """A straight line of operations on single numbers, made to run over columns.

    Parameters
    ----------
    code
        A program of single numbers: `StraightLine.elementwise` is true.
    results
        The places of the nodes that are wanted, in the order in which they are returned.
    threads
        The largest number of threads.
    block
        The number of points of a block.
    as_engine
        Whether all is computed as the engine does, to the last bit.
    """

    def __init__(
        self,
        code: StraightLine,
        results: Sequence[int],
        threads: int,
        block: int = BLOCK,
        as_engine: bool = False,
    ) -> None:
        self.code = code
        self.nodes, places = _calls(code, as_engine)
        self.results = tuple(places[k] for k in results)
        self.threads = threads
        self.block = block
        self._plans: dict[frozenset[int], _BlockPlan] = {}

    def run(
        self, columns: Sequence[Column], results: Sequence[NDArray[np.float64]], length: int
    ) -> None:
        """Compute the results for each point.

        Parameters
        ----------
        columns
            One for each argument: of that length, or of length 1 for a number that is the same for
            all points.
        results
            Arrays of that length to write into.
        """
        fixed = frozenset(k for k, column in enumerate(columns) if column.size == 1 != length)
        plan = self.plan(fixed)
        slots = self._prepared(plan, columns, fixed)
        starts = deque(range(0, length, self.block))
        work = partial(_work, plan, slots, columns, results, starts, length, self.block)
        others = min(self.threads, len(starts)) - 1
        if others < 1:
            work()
            return
        with ThreadPoolExecutor(others) as pool:
            running = [pool.submit(work) for _ in range(others)]
            work()
            for other in running:
                other.result()

    def plan(self, numbers: frozenset[int]) -> _BlockPlan:
        """Return what to compute where, if some arguments are single numbers."""
        plan = self._plans.get(numbers)
        if plan is None:
            plan = self._plans[numbers] = _plan(self.nodes, self.results, numbers)
        return plan

    def _prepared(
        self, plan: _BlockPlan, columns: Sequence[Column], fixed: Iterable[int]
    ) -> list[Any]:
        """Return the slots, filled with everything that is the same for every block."""
        slots: list[Any] = [
            node.value if isinstance(node, Constant) else None for node in self.nodes
        ]
        for k in fixed:
            slots[k] = columns[k].astype(np.float64)
        for step in plan.fixed:
            slots[step.output] = np.empty(1)
        _run(plan.fixed, slots)
        return slots + [None] * plan.buffers


@without_warnings
def _run(steps: Iterable[_SlotCall], slots: Sequence[Any]) -> None:
    for function, inputs, output in steps:
        function(*[slots[k] for k in inputs], out=slots[output])


@without_warnings
def _work(
    plan: _BlockPlan,
    prepared: Sequence[Any],
    columns: Sequence[Column],
    results: Sequence[NDArray[np.float64]],
    starts: deque[int],
    length: int,
    block: int,
) -> None:
    """Compute one block after the other, each taken from those left by all threads."""
    block = min(block, length)
    slots = list(prepared)
    nodes = len(slots) - plan.buffers
    buffers = _buffers(plan.buffers, block)
    # NumPy would make a contiguous copy of its own in each call that reads them.
    converted = [k for k in plan.columns if not _is_plain(columns[k])]
    copies = dict(zip(converted, _buffers(len(converted), block), strict=True))
    try:
        while True:
            try:
                start = starts.popleft()
            except IndexError:
                return
            stop = min(start + block, length)
            for k, buffer in enumerate(buffers, nodes):
                slots[k] = buffer[: stop - start]
            for k in plan.columns:
                slots[k] = columns[k][start:stop]
                if k in copies:
                    slots[k] = copies[k][: stop - start]
                    np.copyto(slots[k], columns[k][start:stop], casting="same_kind")
            for k, place in plan.direct.items():
                slots[k] = results[place][start:stop]
            for function, inputs, output in plan.steps:
                function(*[slots[k] for k in inputs], out=slots[output])
            for place, k in plan.copies:
                np.copyto(results[place][start:stop], slots[k])
    except BaseException:
        # The other threads stop as well.
        starts.clear()
        raise


def _buffers(count: int, block: int) -> list[NDArray[np.float64]]:
    return [row[:block] for row in np.empty((count, block + _GAP))]


def _is_plain(column: Column) -> bool:
    """Return whether NumPy's loops accept a column without a copy."""
    flags = column.flags
    return column.dtype == np.float64 and flags.c_contiguous and flags.aligned


# --- the plan ------------------------------------------------------------------------------------


class _ColumnCall(NamedTuple):
    """A call of a function that writes into a buffer, on earlier nodes."""

    function: Callable[..., Any]
    inputs: tuple[int, ...]


_Node: TypeAlias = Argument | Constant | _ColumnCall


def _calls(code: StraightLine, as_engine: bool) -> tuple[list[_Node], list[int]]:
    """Return a straight line as calls of functions on columns, and the place of each of its nodes.

    Arguments keep their places.
    """
    nodes: list[_Node] = []
    known: dict[Hashable, int] = {}
    places: list[int] = []

    def add(node: _Node, key: Hashable) -> int:
        place = known.setdefault(key, len(nodes))
        if place == len(nodes):
            nodes.append(node)
        return place

    def call(function: Callable[..., Any], *inputs: int | float) -> int:
        found = tuple(i if isinstance(i, int) else add(Constant(i), ("number", i)) for i in inputs)
        return add(_ColumnCall(function, found), (function, found))

    for k, node in enumerate(code.nodes):
        if not isinstance(node, Assignment):
            places.append(add(node, k))
            continue
        inputs = [places[i] for i in node.inputs]
        expand = node.operation.metadata.in_blocks
        if expand is not None and not as_engine:
            places.append(expand(call, *inputs))
        else:
            places.append(call(_function(node.operation, node.params), *inputs))
    return nodes, places


def _plan(nodes: Sequence[_Node], results: Sequence[int], numbers: frozenset[int]) -> _BlockPlan:
    """Return what to compute where, if some arguments are single numbers."""
    fixed = _fixed(nodes, numbers)
    direct: dict[int, int] = {}
    for place, k in enumerate(results):
        if isinstance(nodes[k], _ColumnCall) and k not in fixed:
            direct.setdefault(k, place)
    slots, buffers = _slots(nodes, fixed, direct)
    steps: dict[bool, list[_SlotCall]] = {True: [], False: []}
    for k, node in enumerate(nodes):
        if isinstance(node, _ColumnCall):
            inputs = tuple(slots[i] for i in node.inputs)
            steps[k in fixed].append(_SlotCall(node.function, inputs, slots[k]))
    return _BlockPlan(
        steps[True],
        steps[False],
        [k for k, node in enumerate(nodes) if isinstance(node, Argument) and k not in fixed],
        direct,
        [(place, k) for place, k in enumerate(results) if direct.get(k) != place],
        buffers,
    )


def _fixed(nodes: Sequence[_Node], numbers: frozenset[int]) -> set[int]:
    """Return the nodes that depend on no column."""
    fixed = set(numbers)
    for k, node in enumerate(nodes):
        if isinstance(node, Constant) or (
            isinstance(node, _ColumnCall) and all(i in fixed for i in node.inputs)
        ):
            fixed.add(k)
    return fixed


def _slots(
    nodes: Sequence[_Node], fixed: set[int], direct: Mapping[int, int]
) -> tuple[list[int], int]:
    """Return the slot of each node, and how many buffers there are.

    A buffer is free after the last call that reads it; that call may write to it already, because
    it works element by element.
    """
    calls = [(k, node) for k, node in enumerate(nodes) if isinstance(node, _ColumnCall)]
    last = {i: k for k, call in calls for i in call.inputs}
    slots = list(range(len(nodes)))
    free: list[int] = []
    buffers = 0
    for k, call in calls:
        if k in fixed:
            continue
        done = [slots[i] for i in dict.fromkeys(call.inputs) if last[i] == k]
        free += [slot for slot in done if slot >= len(slots)]
        if k in direct:
            continue
        if not free:
            free.append(len(slots) + buffers)
            buffers += 1
        slots[k] = free.pop()
    return slots, buffers


def _function(operation: Operation, params: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a function that writes an operation's result to a buffer: its ufunc if it has one."""
    forward = operation.forward
    if isinstance(forward, np.ufunc) and not params:
        return forward

    def copied(*inputs: Any, out: NDArray[np.float64]) -> None:
        np.copyto(out, forward(*inputs, **params))

    return copied
