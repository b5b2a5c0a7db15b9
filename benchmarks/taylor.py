"""Taylor series beside gradients of gradients: milliseconds to order 12, 20 and 50.

    python benchmarks/taylor.py [--rounds 5]

Reading the expression and its value are not counted; the figures are the median over the rounds of
the best of some calls.  Graphs are of the derivative of an order alone, to 20.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from autodiff_cli.derive.taylor import coefficients, partials
from autodiff_cli.engine import as_variable, derivative
from autodiff_cli.language.parser import parse

ORDERS = (12, 20, 50)

EXPRESSIONS = (
    "tanh(x)",
    "exp(sin(x))",
    "x**4 - 2*x**2",
    "1/(1 + x**2)",
    "sin(x)*exp(-x**2)/(1 + x**2) + log(1 + x**2)*tanh(x)",
)

SURFACE = "exp(-x**2)*sin(3*x*y) + log(1 + y**2)/(1 + x**2)"


def milliseconds(task: Callable[[], Any], rounds: int) -> float:
    """Return the median over the rounds of a task's best time."""
    times = []
    for _ in range(rounds):
        best, start = float("inf"), time.perf_counter()
        while time.perf_counter() - start < 0.1 or best == float("inf"):
            t = time.perf_counter()
            task()
            best = min(best, time.perf_counter() - t)
        times.append(best)
    return 1e3 * statistics.median(times)


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    heads = [f"n={order}" for order in ORDERS] + [f"graph n={order}" for order in ORDERS[:2]]
    print(f"{'':54}" + "".join(f"{head:>12}" for head in heads))
    for text in EXPRESSIONS:
        x = as_variable(0.7, "x")
        y = parse(text).run({"x": x})
        tasks = [partial(coefficients, y, {x: 1.0}, order) for order in ORDERS]
        tasks += [partial(derivative, y, [x] * order) for order in ORDERS[:2]]
        print(f"{text:54}" + "".join(f"{milliseconds(task, rounds):12.3f}" for task in tasks))
    x, y = as_variable(0.5, "x"), as_variable(2.0, "y")
    z = parse(SURFACE).run({"x": x, "y": y})
    print(f"\nall partial derivatives of {SURFACE}")
    for total in (2, 4, 8, 16):
        task = partial(partials, z, [x, y], total)
        print(f"to total order {total:2}: {milliseconds(task, rounds):8.3f}")


if __name__ == "__main__":
    main()
