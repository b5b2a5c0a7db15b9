"""A large table of Parquet gets its derivatives: adiff beside the same by hand with other tools.

    python benchmarks/tables.py --folder /somewhere [--gigabytes 5] [--only adiff,polars]

A table of random columns `id`, `x` and `y` is written, and from it by each tool a table of

    exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)

and its partial derivatives by x and y, which are written by hand for all but adiff.  The columns
are rows per second, CPU time, and the peak memory of the process.  Files are removed again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROWS = 1 << 20

EXPRESSION = "exp(-x**2)*sin(3*x*y) + log(1+y**2)/(1+x**2)"

BY_HAND = """
import sys
import numpy as np
def derived(x, y):
    e, q, w = np.exp(-x * x), 1 + x * x, 1 + y * y
    a = 3 * x * y
    s, c, r = e * np.sin(a), 3 * e * np.cos(a), np.log(w) / q
    return s + r, c * y - 2 * x * (s + r / q), c * x + 2 * y / (w * q)
source, target = sys.argv[1:]
"""

PANDAS = (
    BY_HAND
    + """
import pandas as pd, pyarrow as pa, pyarrow.parquet as pq
writer = None
for batch in pq.ParquetFile(source).iter_batches(1 << 20):
    frame = batch.to_pandas()
    frame["f"], frame["fx"], frame["fy"] = derived(frame["x"].to_numpy(), frame["y"].to_numpy())
    table = pa.Table.from_pandas(frame, preserve_index=False)
    writer = writer or pq.ParquetWriter(target, table.schema)
    writer.write_table(table)
writer.close()
"""
)

POLARS = """
import sys
import polars as pl
source, target = sys.argv[1:]
x, y = pl.col("x"), pl.col("y")
e, q, w, a = (-x * x).exp(), 1 + x * x, 1 + y * y, 3 * x * y
s, c, r = e * a.sin(), 3 * e * a.cos(), w.log() / q
pl.scan_parquet(source).with_columns(
    f=s + r, fx=c * y - 2 * x * (s + r / q), fy=c * x + 2 * y / (w * q)
).sink_parquet(target, compression="snappy")
"""

TOOLS = {
    "adiff": [sys.executable, "-m", "autodiff_cli", "sweep", EXPRESSION, "--grad", "--data"],
    "pandas + NumPy": [sys.executable, "-c", PANDAS],
    "polars": [sys.executable, "-c", POLARS],
}


def generate(file: Path, size: float) -> int:
    """Write a table of so many bytes, and return how many rows it has."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(1)
    rows = 0
    schema = pa.schema({"id": pa.int64(), "x": pa.float64(), "y": pa.float64()})
    with parquet.ParquetWriter(file, schema, use_dictionary=False) as writer:
        while not rows or file.stat().st_size < size:
            x, y = rng.uniform(-2, 2, ROWS), rng.uniform(0.5, 2.5, ROWS)
            columns = {"id": rng.integers(0, 1 << 62, ROWS), "x": x, "y": y}
            writer.write_table(pa.table(columns, schema))
            rows += ROWS
    return rows


def main() -> None:
    """Let each tool do it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--only", default=",".join(TOOLS))
    given = parser.parse_args()
    source, target = given.folder / "source.parquet", given.folder / "target.parquet"
    rows = generate(source, given.gigabytes * 1e9)
    print(f"{rows:,} rows, {source.stat().st_size / 1e9:.2f} GB")
    print("tool            million rows/s  CPU s  peak MB")
    try:
        for tool in given.only.split(","):
            files = [str(source), *["-o"] * (tool == "adiff"), str(target)]
            begin = time.perf_counter()
            process = subprocess.Popen([*TOOLS[tool], *files])
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - begin
            target.unlink(missing_ok=True)
            cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000
            failed = f"  failed: {process.returncode}" * (process.returncode != 0)
            print(
                f"{tool:15} {rows / wall / 1e6:14.2f} {cpu:6.0f} {memory:8.0f}{failed}", flush=True
            )
    finally:
        source.unlink()


if __name__ == "__main__":
    main()
