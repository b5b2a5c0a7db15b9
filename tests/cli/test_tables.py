"""`adiff sweep --data`: tables of each format in and out, rows that fail, memory, interruption."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv as arrow_csv
from pyarrow import json as arrow_json
from pyarrow import parquet

import autodiff_cli
from autodiff_cli.cli import main
from autodiff_cli.files.tables import csv_table, json_lines_table, npz_table, parquet_table
from autodiff_cli.terminal import bar
from processes import PROGRAM, Run, clean_environment

FORMATS = ["csv", "npz", "parquet", "jsonl"]
EXPRESSION = "exp(-x**2)*sin(a*y) + x/n"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tables of a few rows have several blocks."""
    for module in (json_lines_table, npz_table, parquet_table):
        monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    for module in (json_lines_table, csv_table):
        monkeypatch.setattr(module, "CHUNK", 300)


def columns(rows: int = 40) -> dict[str, Any]:
    """Return columns of a table: whole numbers, numbers, one of which is missing, and texts."""
    rng = np.random.default_rng(rows)
    y = rng.uniform(0.5, 2.5, rows)
    y[3] = np.nan
    names = [('a "b", c' if k % 5 == 0 else f"name{k}") for k in range(rows)]
    identity = 2**60 + np.arange(rows)
    n, x = np.arange(1, rows + 1), rng.normal(size=rows)
    return {"id": identity, "n": n, "x": x, "y": y, "name": names}


def write(path: Path, table: dict[str, Any]) -> None:
    if path.suffix == ".npz":
        np.savez(path, **{k: v for k, v in table.items() if k != "name"})
        return
    arrow = pa.table({k: pa.array(v, from_pandas=True) for k, v in table.items()})
    if path.suffix == ".parquet":
        parquet.write_table(arrow, path, row_group_size=11)
    elif path.suffix == ".csv":
        arrow_csv.write_csv(arrow, path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in arrow.to_pylist()))


def read(path: Path) -> dict[str, list[Any]]:
    if path.suffix == ".npz":
        with np.load(path) as loaded:
            return {name: column.tolist() for name, column in loaded.items()}
    readers: dict[str, Callable[[Path], Any]] = {
        ".parquet": parquet.read_table,
        ".csv": arrow_csv.read_csv,
        ".jsonl": arrow_json.read_json,
    }
    found: dict[str, list[Any]] = readers[path.suffix](path).to_pydict()
    return found


def same(got: list[Any], want: Any) -> bool:
    """Return whether numbers are the same to the last bit, and null where there is nan."""
    array = np.array([np.nan if v is None else v for v in got], np.float64)
    return np.array_equal(array, np.asarray(want, np.float64), equal_nan=True)


def point(table: dict[str, Any], k: int) -> dict[str, float]:
    return {"x": table["x"][k], "y": table["y"][k], "a": 3.0, "n": float(table["n"][k])}


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.usefixtures("small_blocks")
def test_each_format_into_each(tmp_path: Path, source: str, target: str) -> None:
    table = columns()
    data, out = tmp_path / f"in.{source}", tmp_path / f"out.{target}"
    write(data, table)
    before = data.read_bytes()
    argv = [EXPRESSION, "--data", str(data), "--at", "a=3", "--wrt", "x,y", "--grad"]
    assert main(["sweep", *argv, "-o", str(out)]) == 0
    assert data.read_bytes() == before
    found = read(out)
    has_names = "npz" not in (source, target)
    kept = ["id", "n", "x", "y", *["name"] * has_names]
    assert list(found) == [*kept, "f", "∂f/∂x", "∂f/∂y"]
    assert found["n"] == table["n"].tolist()
    if (source, target) != ("csv", "npz"):
        assert found["id"] == table["id"].tolist()
    assert same(found["x"], table["x"])
    assert same(found["y"], table["y"])
    if has_names:
        assert found["name"] == table["name"]
    for k in range(0, 40, 9):
        at = point(table, k)
        slopes = autodiff_cli.grad(EXPRESSION, at, ["x", "y"])
        # Functions of NumPy may give another last bit for a single number.
        assert found["f"][k] == pytest.approx(float(autodiff_cli.evaluate(EXPRESSION, at)), 4e-15)
        for name, slope in slopes.items():
            assert found[f"∂f/∂{name}"][k] == pytest.approx(float(slope), 4e-15)
    nothing = found["f"][3]
    assert nothing is None or np.isnan(nothing)


@pytest.mark.parametrize("target", ["csv", "npz"])
@pytest.mark.parametrize("source", ["csv", "npz"])
@pytest.mark.usefixtures("small_blocks")
def test_what_needs_no_arrow_is_the_same_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str
) -> None:
    table = columns()
    # Texts of numbers of all sizes.
    table["x"] = np.array([1.0, -0.0, 1e-5, 1e10, 1e16, 1e300, 5e-324, 0.1] * 5)
    data = tmp_path / f"in.{source}"
    write(data, table)
    argv = ["sweep", "x*y + n", "--data", str(data), "--grad"]
    assert main([*argv, "-o", str(tmp_path / f"with.{target}")]) == 0
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main([*argv, "-o", str(tmp_path / f"without.{target}")]) == 0
    if target == "csv":
        found = [(tmp_path / f"{name}.csv").read_bytes() for name in ("with", "without")]
        assert found[0] == found[1]
    else:
        one, other = (read(tmp_path / f"{name}.npz") for name in ("with", "without"))
        assert list(one) == list(other)
        assert all(same(one[name], other[name]) for name in one)


def test_what_needs_arrow_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "t.parquet", columns())
    write(tmp_path / "t.npz", columns())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for argv in (["--data", "t.parquet"], ["--data", "t.npz", "-o", "u.jsonl"]):
        assert main(["sweep", "x", *argv]) == 1
        assert 'hint: run `pip install "autodiff-cli[arrow]"`' in capsys.readouterr().err


@pytest.mark.parametrize("chunk", [1, 5, 1000])
def test_csv_as_people_write_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    chunk: int,
) -> None:
    monkeypatch.setattr(csv_table, "CHUNK", chunk)
    file = tmp_path / "t.csv"
    text = 'name,x, y\r\n"two\r\nlines",1, 2\r\n\r\n"a,b",+3,4e0\r\n,"5",6'
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert main(["sweep", "x*y", "--data", str(file)]) == 0
    assert capsys.readouterr().out == (
        'name,x, y,f\n"two\nlines",1, 2,2\n"a,b",+3,4e0,12\n,"5",6,30\n'
    )
    file.write_text("x,y,z\n1,2,a\n\n3,4,b\n\n5,six,c\n")
    assert main(["sweep", "x*y", "--data", str(file)]) == 2
    assert "line 6, column `y`: `six` is not a number" in capsys.readouterr().err


def test_several_files_and_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], adiff: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "a.csv").write_text("x,y\n1,2\n3,\n")
    (folder / "b.csv").write_text("x,y\n0,1\n,7\n")
    for argv in (["parts"], ["parts/*.csv"], ["parts/a.csv", "--data", "parts/b.csv"]):
        assert main(["sweep", "y/x", "--data", *argv]) == 0
        seen = capsys.readouterr()
        assert seen.out == "x,y,f\n1,2,2\n3,,nan\n0,1,inf\n,7,nan\n"
        places = "rows 2 of `parts/a.csv`, 1 of `parts/b.csv`, 2 of `parts/b.csv`"
        assert f"3 of 4 rows give nan or infinity: {places}; `y` is missing" in seen.err
    (folder / "b.csv").write_text("y,x\n1,0\n")
    assert main(["sweep", "y/x", "--data", "parts"]) == 2
    assert "`parts/b.csv` has other columns than `parts/a.csv`" in capsys.readouterr().err
    assert main(["sweep", "y/x", "--data", "parts", "--keep", "used"]) == 0
    for text in ("x,y\n1,2\n", '{"x": 1, "y": 2}\n'):
        done = adiff("sweep", "x + y", "--data", "-", "--keep", "none", stdin=text)
        assert (done.code, done.out) == (0, "f\n3\n")


def test_renamed_columns_orders_and_strictness(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("speed (m/s),f\n2,1\n3,1\n")
    argv = ["sweep", "v**3", "--data", str(file), "--rename", "speed (m/s)=v"]
    assert main([*argv, "--order", "3", "--keep", "none"]) == 0
    assert capsys.readouterr().out == "f,∂f/∂v,∂²f/∂v²,∂³f/∂v³\n8,12,12,6\n27,27,18,6\n"
    # A column is called f already.
    assert main([*argv, "--hessian", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["columns"] == ["speed (m/s)", "f", "f()", "∂f/∂v", "∂²f/∂v²"]
    assert found["values"]["∂²f/∂v²"] == [12.0, 18.0]
    assert main(["sweep", "1/(f - 1)", "--data", str(file), "--strict"]) == 1


def test_columns_change_their_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "t.jsonl", str(tmp_path / "out.jsonl")
    file.write_text('{"x": 1, "z": 1}\n{"x": 2.5, "z": "a"}\n{"x": null, "z": 3}\n{"z": 4}\n')
    argv = ["sweep", "x*2", "--data", str(file)]
    assert main([*argv, "-o", out]) == 2
    assert "column(/z) changed from number to string" in capsys.readouterr().err
    assert main([*argv, "-o", out, "--keep", "used"]) == 0
    lines = Path(out).read_text().splitlines()
    assert lines[:3] == ['{"x": 1, "f": 2}', '{"x": 2.5, "f": 5}', '{"x": null, "f": null}']


def run_for_memory(*argv: str) -> int:
    """Return the peak memory of a command in bytes."""
    process = subprocess.Popen([*PROGRAM, *argv], env=clean_environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    peaks = []
    for rows in (300_000, 6_000_000):
        data, out = tmp_path / f"{rows}.parquet", tmp_path / f"out{rows}.parquet"
        with parquet.ParquetWriter(data, pa.schema({"x": pa.float64()})) as writer:
            for start in range(0, rows, 300_000):
                writer.write_table(pa.table({"x": np.arange(start, start + 3e5)}))
        argv = ["sweep", "x**2", "--data", str(data), "--keep", "none", "-o", str(out)]
        peaks.append(run_for_memory(*argv))
        assert parquet.read_metadata(out).num_rows == rows
    # All of it would be 46 million bytes more, and as many of results; allocators differ by 30,
    # by which thread frees what when.
    assert peaks[1] < peaks[0] + 60e6


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_an_interrupt_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    argv = ["sweep", "x*y", "--data", "-", "-o", str(out)]
    process = subprocess.Popen(
        [*PROGRAM, *argv], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
    )
    assert process.stdin is not None
    process.stdin.write(b"x,y\n" + b"1,2\n" * 20_000)
    process.stdin.flush()
    # Something has been written, and more is waited for.
    while not any(tmp_path.iterdir()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors == b""
    assert not list(tmp_path.iterdir())


def test_it_ends_when_nobody_reads_any_more() -> None:
    argv = ["sweep", "x*y", "--over", "x=0:1:100000", "--over", "y=0:1:100000"]
    process = subprocess.Popen([*PROGRAM, *argv], stdout=subprocess.PIPE, env=clean_environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"x,y,f\n"
    process.stdout.close()
    assert process.wait(30) == 0


def test_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console as RichConsole

    monkeypatch.setattr(bar, "PATIENCE", 0.0)
    seen = io.StringIO()
    shown = bar.Bar(lambda: RichConsole(file=seen, force_terminal=True, width=80))
    shown.begin -= 10
    shown.step("rows", 2_000_000, 10_000_000)
    shown.progress.refresh()
    shown.stop()
    assert "20%" in seen.getvalue()
    assert "k rows/s, 0:4" in seen.getvalue()
    assert bar._rate(30_000_000, 10.0, None) == "3M rows/s"
    assert bar._rate(50, 10.0, 4000.0) == "5 rows/s, 1:06:40 left"
