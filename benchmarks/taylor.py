"""Taylor series beside gradients of gradients: milliseconds to order 12, 20 and 50.

    python benchmarks/taylor.py [--rounds 5]

Reading the expression and its value are not counted; the figures are the median over the rounds of
the best of some calls.  Graphs, which grow with each order, take part as far as their limit allows.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from autodiff_cli.derive.partial import partial as derivative
from autodiff_cli.derive.taylor import coefficients, partials
from autodiff_cli.engine import as_variable
from autodiff_cli.errors import AdiffError
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


def by_graph(text: str, order: int, rounds: int) -> str:
    """Return how long the derivative of an order alone takes by graphs, if it can be had."""
    x = as_variable(0.7, "x")
    y = parse(text).run({"x": x})
    try:
        return f"{milliseconds(partial(derivative, y, x, order), rounds):.3g}"
    except AdiffError:
        return "-"


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'':54}" + "".join(f"{f'n={order}':>8}" for order in ORDERS) + f"{'graph n=8':>12}")
    for text in EXPRESSIONS:
        x = as_variable(0.7, "x")
        y = parse(text).run({"x": x})
        tasks = [partial(coefficients, y, {x: 1.0}, order) for order in ORDERS]
        times = "".join(f"{milliseconds(task, rounds):8.3f}" for task in tasks)
        print(f"{text:54}{times}{by_graph(text, 8, 1):>12}")
    x, y = as_variable(0.5, "x"), as_variable(2.0, "y")
    z = parse(SURFACE).run({"x": x, "y": y})
    print(f"\nall partial derivatives of {SURFACE}")
    for total in (2, 4, 8, 16):
        task = partial(partials, z, [x, y], total)
        print(f"to total order {total:2}: {milliseconds(task, rounds):8.3f}")


if __name__ == "__main__":
    main()
