"""Value and both partial derivatives of a table of points, beside other tools.

    python benchmarks/sweep.py [--points 10000000] [--rounds 5] [--only adiff,numexpr]

Each tool has a process of its own, which waits between its turns, so that all of them meet the same
noise; what counts is the best turn of each.  Tools that are not installed are left out.  They get

    mixed   exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)
    gauss   exp(-(x/y)**2/2)/(sqrt(2*pi)*y)

`numexpr` and `NumPy` have derivatives by hand, with common parts computed once; the others derive
them.  The columns are millions of points per second, how many times as fast adiff is by wall clock
and by CPU time, the time of the first call with all preparations, peak memory in bytes a point
beside inputs and outputs, and the largest difference from NumPy.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

THREADS = 2

TEXTS = {
    "mixed": "exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)",
    "gauss": "exp(-(x/y)**2/2)/(sqrt(2*pi)*y)",
}

Prepared = tuple[Callable[..., Any], Callable[[Any], Any]]


def general(library: Any, name: str) -> Callable[[Any, Any], Any]:
    """Return a function in the words of a library like NumPy."""

    def mixed(x: Any, y: Any) -> Any:
        e = library.exp(-(x**2))
        return e * library.sin(3 * x * y) + library.log(1 + y**2) / (1 + x**2)

    def gauss(x: Any, y: Any) -> Any:
        return library.exp(-((x / y) ** 2) / 2) / ((2 * math.pi) ** 0.5 * y)

    return {"mixed": mixed, "gauss": gauss}[name]


def adiff(name: str) -> Prepared:
    """Return what adiff computes."""
    import autodiff_cli

    f = autodiff_cli.compile(TEXTS[name], outputs=("value", "grad"), threads=THREADS)

    def call(x: Any, y: Any) -> Any:
        value, slopes = f(x, y)
        return value, slopes["x"], slopes["y"]

    return call, lambda column: column


def numpy_by_hand(name: str) -> Prepared:
    """Return derivatives by hand, whole arrays at a time."""
    import numpy as np

    def mixed(x: Any, y: Any) -> Any:
        e, q, w = np.exp(-x * x), 1 + x * x, 1 + y * y
        a = 3 * x * y
        s, c, r = e * np.sin(a), 3 * e * np.cos(a), np.log(w) / q
        return s + r, c * y - 2 * x * (s + r / q), c * x + 2 * y / (w * q)

    def gauss(x: Any, y: Any) -> Any:
        z = x / y
        f = np.exp(-0.5 * z * z) / (math.sqrt(2 * math.pi) * y)
        h = f / y
        return f, -h * z, h * (z * z - 1)

    return {"mixed": mixed, "gauss": gauss}[name], lambda column: column


def numexpr(name: str) -> Prepared:
    """Return derivatives by hand, compiled by numexpr."""
    import numexpr as ne

    ne.set_num_threads(THREADS)

    def mixed(x: Any, y: Any) -> Any:
        known = {"x": x, "y": y}
        for part, text in (
            ("p", "exp(-x*x)"),
            ("s", "p*sin(3*x*y)"),
            ("c", "3*p*cos(3*x*y)"),
            ("q", "1/(1+x*x)"),
            ("g", "log(1+y*y)*q"),
        ):
            known[part] = ne.evaluate(text, known)
        texts = "s+g", "c*y - 2*x*(s + g*q)", "c*x + 2*y*q/(1+y*y)"
        return tuple(ne.evaluate(text, known) for text in texts)

    def gauss(x: Any, y: Any) -> Any:
        known = {"x": x, "y": y, "k": 1 / math.sqrt(2 * math.pi)}
        known["f"] = ne.evaluate("exp(-0.5*(x/y)**2)*k/y", known)
        texts = "-f*x/(y*y)", "f*((x/y)**2-1)/y"
        return known["f"], *(ne.evaluate(text, known) for text in texts)

    return {"mixed": mixed, "gauss": gauss}[name], lambda column: column


def jax(name: str) -> Prepared:
    """Return what JAX derives and compiles."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax as jx
    import jax.numpy as jnp

    jx.config.update("jax_enable_x64", True)
    f = jx.jit(jx.vmap(jx.value_and_grad(general(jnp, name), argnums=(0, 1))))

    def call(x: Any, y: Any) -> Any:
        value, slopes = jx.block_until_ready(f(x, y))
        return value, *slopes

    return call, jnp.asarray


def torch(name: str) -> Prepared:
    """Return what PyTorch derives and compiles."""
    import torch as th

    th.set_num_threads(THREADS)
    f = th.compile(general(th, name))

    def call(x: Any, y: Any) -> Any:
        x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
        z = f(x, y)
        return z.detach(), *th.autograd.grad(z, (x, y), th.ones_like(z))

    return call, th.from_numpy


TOOLS = {
    "adiff": adiff,
    "torch.compile": torch,
    "jax.jit": jax,
    "numexpr": numexpr,
    "NumPy": numpy_by_hand,
}


def peak() -> int:
    """Return the peak memory of this process in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(tool: str, name: str, points: int) -> None:
    """Run a tool: a turn for each line of standard input."""
    import numpy as np

    rng = np.random.default_rng(1)
    x, y = rng.uniform(-2, 2, points), rng.uniform(0.5, 2.5, points)
    # What is imported is no preparation of a function.
    tiny = np.ones(4)
    warm, convert = TOOLS[tool]("gauss" if name == "mixed" else "mixed")
    warm(convert(tiny), convert(tiny))
    begin = time.perf_counter()
    call, convert = TOOLS[tool](name)
    few = [np.asarray(one) for one in call(convert(x[:1000].copy()), convert(y[:1000].copy()))]
    first = time.perf_counter() - begin
    want = numpy_by_hand(name)[0](x[:1000], y[:1000])
    error = max(float(np.max(np.abs(a - b))) for a, b in zip(few, want, strict=True))
    columns = convert(x), convert(y)
    base = peak()
    print(json.dumps({"first": first, "error": error}), flush=True)
    for _ in sys.stdin:
        begin, cpu = time.perf_counter(), time.process_time()
        out = call(*columns)
        turn = {"wall": time.perf_counter() - begin, "cpu": time.process_time() - cpu}
        del out
        memory = (peak() - base) / points - 24
        print(json.dumps({**turn, "memory": memory}), flush=True)


def main() -> None:
    """Give each tool its turns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(TOOLS))
    parser.add_argument("--serve", nargs=2)
    given = parser.parse_args()
    if given.serve:
        serve(*given.serve, given.points)
        return
    for name in TEXTS:
        processes = {tool: start(tool, name, given.points) for tool in given.only.split(",")}
        started = {tool: answer(process) for tool, process in processes.items()}
        running = {tool: processes[tool] for tool, found in started.items() if found}
        turns: dict[str, list[dict[str, float]]] = {tool: [] for tool in running}
        for _ in range(given.rounds):
            for tool, process in running.items():
                assert process.stdin is not None
                process.stdin.write("turn\n")
                process.stdin.flush()
                turns[tool].append(answer(process))
        for process in processes.values():
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        report(name, given.points, started, turns)


def start(tool: str, name: str, points: int) -> subprocess.Popen[str]:
    """Start the process of a tool."""
    command = [sys.executable, __file__, "--serve", tool, name, "--points", str(points)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def answer(process: subprocess.Popen[str]) -> dict[str, float]:
    """Return what a process says next; nothing if it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    return dict(json.loads(line)) if line else {}


def report(
    name: str,
    points: int,
    started: dict[str, dict[str, float]],
    turns: dict[str, list[dict[str, float]]],
) -> None:
    """Print the figures of all tools."""
    print(f"\n{name}: {points:,} points, {THREADS} threads")
    print("tool            Mpoints/s  adiff is: by CPU     first  B/point    error")
    best = {tool: min(turn["wall"] for turn in found) for tool, found in turns.items()}
    used = {tool: min(turn["cpu"] for turn in found) for tool, found in turns.items()}
    for tool, wall in best.items():
        ratio = wall / best.get("adiff", wall)
        by_cpu = used[tool] / used.get("adiff", used[tool])
        first, error = started[tool]["first"], started[tool]["error"]
        memory = max(turn["memory"] for turn in turns[tool])
        print(
            f"{tool:15} {points / wall / 1e6:9.1f} {ratio:8.2f}x {by_cpu:6.2f}x"
            f" {first * 1e3:6.0f} ms {memory:8.1f} {error:8.0e}"
        )


if __name__ == "__main__":
    main()
