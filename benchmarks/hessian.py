"""The Hessian of Rosenbrock's function in n variables, beside one product for each column.

    python benchmarks/hessian.py [--rounds 3]

The text names every variable, x0 + ..., and is read anew at each call; `as a vector` is the same
function of one variable of n elements.  `column by column` computes the same graph's gradient and
sweeps once for each variable, as one does who does not look at the pattern.  HIPS autograd takes
part where it is installed.  All run in one process, in turn; `first` is the first call, `again` the
best of the later ones, `error` the largest against the Hessian by hand, relative to its largest.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from typing import Any

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np

import autodiff_cli
from autodiff_cli.engine import as_variable, grad
from autodiff_cli.language.parser import parse

VECTOR = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"

Task = Callable[[], Any]


def text(n: int) -> str:
    """Return the function of n scalar variables."""
    return " + ".join(f"100*(x{i + 1} - x{i}**2)**2 + (1 - x{i})**2" for i in range(n - 1))


def by_hand(x: Any) -> Any:
    """Return the Hessian as one works it out on paper."""
    n = x.size
    h, diagonal, i = np.zeros((n, n)), np.zeros(n), np.arange(n - 1)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    h[np.arange(n), np.arange(n)] = diagonal
    h[i, i + 1] = h[i + 1, i] = -400 * x[:-1]
    return h


def column_by_column(source: str, at: dict[str, float]) -> Any:
    """Return the Hessian by a sweep for each variable."""
    xs = {name: as_variable(value, name) for name, value in at.items()}
    variables = list(xs.values())
    gradient = grad(parse(source).run(xs), variables, create_graph=True)
    return np.array([[float(entry) for entry in grad(g, variables)] for g in gradient])


def tasks(n: int) -> dict[str, Task]:
    """Return what is to be timed."""
    x, source = np.linspace(-1.2, 1.3, n), text(n)
    at = {f"x{i}": float(value) for i, value in enumerate(x)}
    # The order of the variables is that in which the text names them.
    names = list(parse(source).names)
    order = [names.index(f"x{i}") for i in range(n)]
    place = np.ix_(order, order)
    found: dict[str, Task] = {
        "adiff": lambda: autodiff_cli.hessian(source, at).matrix[place],
        "as a vector": lambda: autodiff_cli.hessian(VECTOR, {"x": x}).matrix,
        "column by column": lambda: column_by_column(source, at),
    }
    if importlib.util.find_spec("autograd"):
        import autograd.numpy as anp
        from autograd import hessian

        h = hessian(lambda x: anp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))
        found["autograd, a vector"] = lambda: h(x)
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"{'n':>5}  {'':<20} {'first ms':>10} {'again ms':>10} {'error':>8}")
    for n in (10, 100, 1000):
        expected = by_hand(np.linspace(-1.2, 1.3, n))
        for name, task in tasks(n).items():
            times = []
            for _ in range(1 + rounds):
                start = time.perf_counter()
                found = task()
                times.append(1e3 * (time.perf_counter() - start))
            error = np.abs(found - expected).max() / np.abs(expected).max()
            first, again = times[0], min(times[1:])
            print(f"{n:>5}  {name:<20} {first:>10.2f} {again:>10.2f} {error:>8.0e}", flush=True)


if __name__ == "__main__":
    main()
