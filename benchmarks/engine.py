"""The engine beside its peers: nanoseconds per scalar node, and a tanh layer beside NumPy by hand.

    python benchmarks/engine.py [--rounds 5]

Peers (torch, autograd) take part where they are installed.  All run in one process on one thread,
in turn, round after round, so that a change of the machine's speed hits them alike; each figure is
the median over the rounds of the best of a few calls, and what counts is the ratio to adiff.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np

from autodiff_cli import engine

Task = Callable[[], Any]


def chain(n: int, xs: list[Any], sin: Any, exp: Any) -> Any:
    """Apply n operations one after the other to one input."""
    x = y = xs[0]
    for _ in range(n // 2):
        y = y * x
        y = y + x
    return y


def tree(n: int, xs: list[Any], sin: Any, exp: Any) -> Any:
    """Add n/2 squares in pairs."""
    level = [x * x for x in xs]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def mixed(n: int, xs: list[Any], sin: Any, exp: Any) -> Any:
    """Apply n operations, a third of them functions, to one input."""
    x = t = xs[0]
    for _ in range(n // 6):
        u = sin(t * x)
        t = exp(u * x) + u
        t = t * x
    return t


def leaves(graph: Callable[..., Any], n: int) -> list[float]:
    """Return the inputs of a graph of n nodes."""
    return [0.5 + 1e-6 * i for i in range(n // 2 if graph is tree else 1)]


def scalar_tasks(graph: Callable[..., Any], n: int) -> dict[str, Task]:
    """Return how each peer builds a graph and differentiates it."""
    inputs = leaves(graph, n)

    def adiff() -> None:
        graph(n, [engine.as_variable(v) for v in inputs], engine.sin, engine.exp).backward()

    tasks: dict[str, Task] = {"adiff": adiff}
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)

        def by_torch() -> None:
            xs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in inputs]
            graph(n, xs, torch.sin, torch.exp).backward()

        tasks["torch"] = by_torch
    # autograd takes minutes for 100,000 nodes.
    if importlib.util.find_spec("autograd") and n <= 1_000:
        import autograd.numpy as anp
        from autograd import grad

        tasks["autograd"] = lambda: grad(lambda v: graph(n, v, anp.sin, anp.exp))(inputs)
    return tasks


def backward_tasks(graph: Callable[..., Any], n: int) -> dict[str, Task]:
    """Return how a gradient is had from a graph that is there: as numbers, and as a graph."""
    xs = [engine.as_variable(v) for v in leaves(graph, n)]
    y = graph(n, xs, engine.sin, engine.exp)
    return {
        "adiff": lambda: engine.grad(y, xs),
        "adiff, create_graph": lambda: engine.grad(y, xs, create_graph=True),
    }


def tensor_tasks(m: int, k: int) -> dict[str, Task]:
    """Return how each peer gets sum(tanh(x @ w + b)**2) and its three gradients."""
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(m, k)), rng.normal(size=(k, k)) / k**0.5, rng.normal(size=k)

    def adiff() -> None:
        leaves = [engine.Variable(a) for a in (x, w, b)]
        engine.sum(engine.tanh(leaves[0] @ leaves[1] + leaves[2]) ** 2).backward()

    def by_hand() -> Any:
        t = np.tanh(x @ w + b)
        g = 2 * t * (1 - t * t)
        return (t * t).sum(), g @ w.T, x.T @ g, g.sum(0)

    tasks: dict[str, Task] = {"adiff": adiff, "numpy by hand": by_hand}
    if importlib.util.find_spec("torch"):
        import torch

        def by_torch() -> None:
            leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
            (torch.tanh(leaves[0] @ leaves[1] + leaves[2]) ** 2).sum().backward()

        tasks["torch"] = by_torch
    return tasks


def measured(tasks: dict[str, Task], rounds: int) -> dict[str, float]:
    """Return the median over the rounds of each task's best time, in seconds."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            gc.collect()
            best, start = float("inf"), time.perf_counter()
            while time.perf_counter() - start < 0.2 or best == float("inf"):
                t = time.perf_counter()
                task()
                best = min(best, time.perf_counter() - t)
            times[name].append(best)
    return {name: statistics.median(found) for name, found in times.items()}


def report(title: str, figures: dict[str, float], unit: float, name: str) -> None:
    """Print a table: each peer's figure, and its ratio to that of adiff."""
    print(f"\n{title}\n{'':24}{name:>12}{'x adiff':>10}")
    for peer, seconds in figures.items():
        print(f"{peer:24}{seconds / unit:12.4g}{seconds / figures['adiff']:10.2f}")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for graph in (chain, tree, mixed):
        per_node = []
        for n in (1_000, 10_000, 100_000):
            title = f"{graph.__name__}, {n:,} nodes: forward and backward"
            figures = measured(scalar_tasks(graph, n), rounds)
            report(title, figures, n * 1e-9, "ns per node")
            per_node.append(figures["adiff"] / n)
        print(f"dearest node / cheapest node of these sizes: {max(per_node) / min(per_node):.2f}")
        title = f"{graph.__name__}, {n:,} nodes: backward alone"
        report(title, measured(backward_tasks(graph, n), rounds), n * 1e-9, "ns per node")
    for m, k in ((8, 4), (512, 256)):
        title = f"sum(tanh(x @ w + b)**2), x {m}x{k}: value and gradients"
        report(title, measured(tensor_tasks(m, k), rounds), 1e-6, "us")


if __name__ == "__main__":
    main()
