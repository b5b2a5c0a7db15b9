"""How long whole processes take, from start to answer, beside `import numpy` alone.

    python benchmarks/start.py [ROUNDS]

Rounds are interleaved, so that whatever else the machine does falls on all alike.  The figures are
CPU time of the process: the median, and its ratio to that of `import numpy`.
"""

from __future__ import annotations

import os
import statistics
import sys

GRAD = ["-m", "autodiff_cli", "grad", "x**4 - 2*x**2"]
PROCESSES = {
    "import numpy": ["-c", "import numpy"],
    "python alone": ["-c", "pass"],
    "grad --at": [*GRAD, "--at", "x=2"],
    "grad --at --float64": [*GRAD, "--at", "x=2", "--float64"],
    "grad, formula": GRAD,
    "eval": ["-m", "autodiff_cli", "eval", "2 + 3*sin(1)"],
    "--help": ["-m", "autodiff_cli", "--help"],
    "error of usage": [*GRAD, "--nonsense"],
}


def cpu_seconds(arguments: list[str]) -> float:
    """Return the CPU time of a Python process, whose output is discarded."""
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    argv = [sys.executable, *arguments]
    pid = os.posix_spawn(sys.executable, argv, os.environ, file_actions=quiet)
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print one line for each kind of process."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in PROCESSES}
    # The first round only warms the caches.
    for _ in range(rounds + 1):
        for name, arguments in PROCESSES.items():
            times[name].append(cpu_seconds(arguments))
    floor = statistics.median(times["import numpy"][1:])
    for name, each in times.items():
        median = statistics.median(each[1:])
        print(f"{name:22} {median * 1e3:7.1f} ms {median / floor:6.2f}")


if __name__ == "__main__":
    main()
