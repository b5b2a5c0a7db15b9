"""`adiff sweep --engine dask`: a scheduler and workers in processes of their own, on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from autodiff_cli.cli import main
from autodiff_cli.files.tables import parts
from autodiff_cli.files.tables.csv_table import CsvTable
from autodiff_cli.files.tables.many_tables import open_file
from processes import clean_environment

WORKERS = 2

ROWS = 240_000

# Warnings of Dask's are no business of these tests.
pytestmark = pytest.mark.filterwarnings("ignore")


class Cluster:
    """A scheduler and workers."""

    def __init__(self, folder: Path) -> None:
        file = folder / "scheduler.json"
        self.log = (folder / "log.txt").open("w")
        local = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._start("dask_scheduler", *local, "--scheduler-file", str(file))
        while not file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.02)
        self.address = json.loads(file.read_text())["address"]
        own = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        self.workers = [
            self._start("dask_worker", self.address, *own, "--local-directory", str(folder))
            for _ in range(WORKERS)
        ]

    def _start(self, name: str, *argv: str) -> subprocess.Popen[bytes]:
        environment = clean_environment(PYTHONWARNINGS="ignore")
        command = [sys.executable, "-m", f"distributed.cli.{name}", *argv]
        return subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.close()


def adiff(*argv: str, cluster: Cluster | None = None) -> int:
    own = ["--engine", "dask", "--scheduler", cluster.address] if cluster else []
    return main(["sweep", "exp(-x**2)*sin(a*y)", "--at", "a=3", "--grad", *argv, *own])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_parts(folder: Path, rows: int, groups: int) -> None:
    """Write two files of Parquet."""
    rng = np.random.default_rng(5)
    folder.mkdir()
    for name in ("a.parquet", "b.parquet"):
        y = rng.uniform(0.5, 2.5, rows)
        y[rows // 2] = np.nan
        table = pa.table({"id": np.arange(rows), "x": rng.normal(size=rows), "y": y})
        parquet.write_table(table, folder / name, row_group_size=rows // groups)


def test_the_same_to_the_bit_though_a_worker_is_lost(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parts, "PART_ROWS", ROWS // 24)
    monkeypatch.chdir(tmp_path)
    write_parts(Path("parts"), ROWS, 48)
    lost = cluster.workers[0]

    def lose() -> None:
        # Both are at work, and nothing is done with this one's part but what it does.
        while not list(tmp_path.glob(".adiff-*/*.parquet")):
            time.sleep(0.002)
        lost.send_signal(signal.SIGSTOP)
        left.extend(tmp_path.glob(".adiff-*/*.parquet"))
        time.sleep(0.2)
        lost.kill()

    left: list[Path] = []
    thread = threading.Thread(target=lose)
    thread.start()
    assert adiff("--data", "parts", "-o", "out", cluster=cluster) == 0
    thread.join()
    assert len(left) < 48
    assert lost.wait() == -signal.SIGKILL
    errors = capsys.readouterr().err
    place = ROWS // 2 + 1
    assert f"2 of {2 * ROWS:,} rows give nan or infinity" in errors
    places = f"rows {place:,} of `parts/a.parquet`, {place:,} of `parts/b.parquet`; `y` is"
    assert places in errors
    assert len(list(Path("out").iterdir())) == 48
    assert adiff("--data", "parts", "-o", "local.parquet") == 0
    assert capsys.readouterr().err == errors
    one, other = parquet.read_table("out"), parquet.read_table("local.parquet")
    assert one.schema.equals(other.schema)
    for title in one.schema.names:
        pair = one[title].to_numpy(), other[title].to_numpy()
        assert np.array_equal(*(column.view(np.int64) for column in pair)), title
    assert names(tmp_path) == ["local.parquet", "out", "parts"]


@pytest.mark.parametrize("target", ["csv", "parquet", "npz", "jsonl"])
def test_parts_are_put_together(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 20_000)
    data = tmp_path / "t.csv"
    rows = "".join(f'{k},"a ""b"", {k}",{k / 7},{k % 5}\n' for k in range(2000))
    data.write_text("id,name,x,y\n" + rows)
    here, there = tmp_path / f"here.{target}", tmp_path / f"there.{target}"
    assert adiff("--data", str(data), "-o", str(there), cluster=cluster) == 0
    assert adiff("--data", str(data), "-o", str(here)) == 0
    if target == "parquet":
        assert parquet.read_table(here).equals(parquet.read_table(there))
    elif target == "npz":
        with np.load(here) as one, np.load(there) as other:
            assert list(one) == list(other)
            assert all(np.array_equal(one[name], other[name]) for name in one)
    else:
        assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_lines_are_in_one_part_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", size)
    data = tmp_path / "t.csv"
    data.write_text("x,y\n" + "".join(f"{k},{k * k}\n" for k in range(40)) + "\n\n7,8")
    found: list[float] = []
    for part in parts.parts_of([data], ["x"], "all"):
        table = part.open({})
        for block in table.blocks(["x"], "none", True):
            found += block.numbers["x"].tolist()
        table.close()
    assert found == [*range(40), 7.0]


def test_errors_name_the_place_in_the_whole_file(
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 300)
    data = tmp_path / "t.csv"
    data.write_text("x,y\n" + "1,2\n" * 200 + "1,two\n")
    *_, last = parts.parts_of([data], ["x", "y"], "all")
    table = last.open({})
    with pytest.raises(Exception, match="line 202, column `y`: `two` is not a number"):
        list(table.blocks(["x", "y"], "all", True))
    table.close()
    out = tmp_path / "out.csv"
    assert adiff("--data", str(data), "-o", str(out), cluster=cluster) == 2
    assert "line 202, column `y`: `two` is not a number" in capsys.readouterr().err
    assert names(tmp_path) == ["t.csv"]


def test_a_cut_in_a_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 20)
    data = tmp_path / "t.csv"
    data.write_text('x,name\n1,"' + "a line\n" * 9 + '"\n2,b\n')
    first, *_ = parts.parts_of([data], ["x"], "all")
    table = first.open({})
    with pytest.raises(Exception, match="a quote is not closed"):
        list(table.blocks(["x"], "all", True))
    table.close()
    whole = open_file(data)
    assert isinstance(whole, CsvTable)
    assert sum(block.length for block in whole.blocks(["x"], "all", True)) == 2
    whole.close()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--data", "t.csv", "--engine", "dask"], "a cluster writes into files"),
        (["--data", "t.csv", "--scheduler", "tcp://127.0.0.1:9"], "`--scheduler` is of a cluster"),
        (["--over", "x=0:1:3", "--engine", "dask", "-o", "u.csv"], "a cluster reads tables from"),
        (["--data", "t.npz", "--engine", "dask", "-o", "u.npz"], "is neither Parquet nor CSV"),
        (["--data", "t.csv", "--engine", "dask", "-o", "parts"], "`parts` is there already"),
        (
            ["--data", "t.csv", "--engine", "dask", "-o", "u", "--scheduler", "tcp://127.0.0.1:9"],
            "no scheduler answers at `tcp://127.0.0.1:9`",
        ),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("autodiff_cli.sweeps.distributed.PATIENCE", 0.2)
    (tmp_path / "parts").mkdir()
    (tmp_path / "t.csv").write_text("x\n1\n")
    np.savez(tmp_path / "t.npz", x=np.ones(1))
    assert main(["sweep", "x", *argv]) in (1, 2)
    seen = capsys.readouterr()
    assert message in seen.err
    assert "hint: " in seen.err
    assert names(tmp_path) == ["parts", "t.csv", "t.npz"]
