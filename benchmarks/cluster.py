"""Rows per second of a sweep on Dask, by one and by two workers on this machine.

    python benchmarks/cluster.py --folder /somewhere [--millions 20] [--rounds 3]

A table of Parquet with random columns `x` and `y` is given the value and both derivatives of

    exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)

by a scheduler and workers of one thread each, in processes of their own.  Rounds are interleaved;
the best of each counts.  Rows by CPU second are those of the workers alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tables import EXPRESSION, generate

FLAGS = ["--no-dashboard", "--host", "127.0.0.1"]


def start(name: str, *argv: str) -> subprocess.Popen[bytes]:
    """Start a scheduler or a worker."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *argv, *FLAGS]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cpu(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run the sweep again and again."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--millions", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    source, target = given.folder / "cluster.parquet", given.folder / "cluster"
    rows = generate(source, given.millions * 24e6)
    best: dict[int, tuple[float, float]] = {}
    try:
        for _ in range(given.rounds):
            for count in (1, 2):
                file = given.folder / "scheduler.json"
                file.unlink(missing_ok=True)
                scheduler = start("scheduler", "--port", "0", "--scheduler-file", str(file))
                while not file.exists():
                    time.sleep(0.05)
                address = json.loads(file.read_text())["address"]
                own = ["--nthreads", "1", "--no-nanny", "--local-directory", str(given.folder)]
                workers = [start("worker", address, *own) for _ in range(count)]
                time.sleep(3)
                used = sum(map(cpu, workers))
                begin = time.perf_counter()
                command = ["sweep", EXPRESSION, "--grad", "--data", str(source), "-o", str(target)]
                cluster = ["--engine", "dask", "--scheduler", address]
                subprocess.run(
                    [sys.executable, "-m", "autodiff_cli", *command, *cluster], check=True
                )
                wall = time.perf_counter() - begin
                found = rows / wall, rows / (sum(map(cpu, workers)) - used)
                best[count] = max(best.get(count, found), found)
                for process in (*workers, scheduler):
                    process.kill()
                    process.wait()
                shutil.rmtree(target)
    finally:
        source.unlink()
    for count, (by_wall, by_cpu) in best.items():
        print(
            f"{count} worker{'s' * (count > 1)}: {by_wall / 1e6:.2f} million rows/s,"
            f" {by_cpu / 1e6:.2f} million rows by CPU second of a worker"
        )


if __name__ == "__main__":
    main()
