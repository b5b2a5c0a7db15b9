"""Points with kinks, jumps or poles: CPU time beside that of a smooth point of the expression.

    python benchmarks/kinks.py [--rounds 7] [--orders 1,2,4,8]

Both answers are those of `adiff grad`, read, proven and with notes, without the start of a process.
They are taken in turn; a figure is the best of the rounds, and the table gives the ratios.
"""

from __future__ import annotations

import argparse
import statistics
import time

from autodiff_cli.commands.grad import run
from autodiff_cli.problem import load

POINTS = (
    # Expression, the point that is not smooth, and one that is.
    ("abs(x)**2", "0", "0.7"),
    ("abs(x)", "0", "0.7"),
    ("x*abs(x)", "0", "0.7"),
    ("abs(sin(x))**2", "0", "0.7"),
    ("abs(sin(x))", "pi", "0.7"),
    ("exp(-abs(x))", "0", "0.7"),
    ("sqrt(x**4)", "0", "0.7"),
    ("sqrt(x**2)", "0", "0.7"),
    ("relu(x) - relu(-x)", "0", "0.7"),
    ("relu(x)*exp(x)", "0", "0.7"),
    ("sign(x)*x**2", "0", "0.7"),
    ("max(x, x**2)", "1", "0.7"),
    ("max(sin(x), cos(x))", "pi/4", "0.7"),
    ("min(exp(x), 1 + x)", "0", "0.7"),
    ("clip(x, -1, 1)**2", "1", "0.7"),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 0.5)", "0", "0.7"),
    ("where(abs(x) <= 1, x**2/2, abs(x) - 0.5)", "1", "0.7"),
    ("where(x != 0, sin(x)/x, 1)", "0", "0.7"),
    ("(exp(x) - 1)/x if x != 0 else 1", "0", "0.7"),
    ("1 if x == 1 else x**2", "1", "0.7"),
    ("5 if x == 0 else x", "0", "0.7"),
    ("exp(-1/x) if x > 0 else 0", "0", "0.7"),
    ("sin(x)/x", "0", "0.7"),
    ("(1 - cos(x))/x**2", "0", "0.7"),
    ("log(1 + x)/log(1 - x)", "0", "0.2"),
    ("1/(x**-2 + x**-3)", "0", "0.7"),
    ("1/x", "0", "0.7"),
    ("1/sin(x)", "0", "0.7"),
    ("tan(x)", "pi/2", "0.7"),
    ("sqrt(x)*exp(x)", "0", "0.7"),
    ("sqrt(x)**2", "0", "0.7"),
    ("1/(1/x)", "0", "0.7"),
    ("x**1.5", "0", "0.7"),
    ("cbrt(x)", "0", "0.7"),
    ("cos(acos(x))", "1", "0.7"),
    ("acos(cos(x))", "pi", "0.7"),
    ("acos(cos(x))*tan(x)", "0", "0.7"),
    ("floor(x)*x**2", "2", "1.7"),
    ("round(x)*sin(x)", "0.5", "0.7"),
    ("atan2(abs(x), 1)", "0", "0.7"),
    ("gamma(x)", "0", "0.7"),
    ("x*log(abs(x))", "0", "0.7"),
    ("exp(sin(abs(x)))*cos(x)/(2 + abs(x))", "0", "0.7"),
    ("hypot(x, 3*x)", "0", "0.7"),
)


def seconds(text: str, at: str, order: int) -> float:
    """Return the CPU time of an answer."""
    start = time.process_time()
    run(load(text, "EXPR", [f"x={at}"], exactly=True), [], order)
    return time.process_time() - start


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--orders", default="1,2,4,8")
    options = parser.parse_args()
    orders = [int(n) for n in options.orders.split(",")]
    print(f"{'':46}" + "".join(f"{f'n={order}':>22}" for order in orders))
    ratios = []
    for text, kink, smooth in POINTS:
        line = f"{f'{text}, x={kink}':46}"
        for order in orders:
            times = [
                (seconds(text, kink, order), seconds(text, smooth, order))
                for _ in range(options.rounds)
            ]
            one, other = (1e3 * min(each) for each in zip(*times, strict=True))
            ratios.append((one / other, text, kink, order))
            line += f"{one:7.2f}/{other:5.2f} ={one / other:5.1f}"
        print(line, flush=True)
    print(f"\nratio: median {statistics.median(r for r, *_ in ratios):.1f}, the highest")
    for ratio, text, kink, order in sorted(ratios, reverse=True)[:5]:
        print(f"{ratio:6.1f}  {text} at {kink}, order {order}")


if __name__ == "__main__":
    main()
