"""Run a sweep on Dask: one task for each part of the files; results are joined in order.

Workers read the files and write their results themselves, next to the output file; only names and
counts go through the scheduler.  A part is written completely or not at all, and always
in the same way, so that another worker can repeat a task whose worker is lost.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autodiff_cli.errors import AdiffError, ComputationError, MissingExtraError, UsageError
from autodiff_cli.files.atomic import open_atomic, spelled_out
from autodiff_cli.files.tables.csv_table import CsvTable
from autodiff_cli.files.tables.many_tables import open_file
from autodiff_cli.files.tables.opening import open_writer, table_format
from autodiff_cli.files.tables.parts import TablePart, parts_of
from autodiff_cli.progress import advance
from autodiff_cli.sweeps.plan import SweepPlan, planned
from autodiff_cli.sweeps.sweep import MOST_PLACES, Failures, check_columns
from autodiff_cli.version import __version__

__all__ = ["run_on_cluster"]

PATIENCE = 5.0
"""The time in seconds within which a scheduler has to answer."""

RETRIES = 5
"""The number of times that a failed task is repeated."""

COPY = 1 << 20
"""The number of bytes copied at a time."""


@dataclass
class Outcome:
    """The outcome of a task: the failures in a part, or the error that stopped it."""

    part: TablePart
    failures: Failures = field(default_factory=Failures)
    error: Mapping[str, Any] | None = None


def compute(plan: SweepPlan, part: TablePart, target: str, types: Mapping[str, Any]) -> Outcome:
    """Compute the results for a part of a table on a worker, and write them to a file."""
    try:
        if plan.version != __version__:
            raise ComputationError(
                f"a worker has adiff {__version__}, and here it is {plan.version}",
                code="other-version",
                hint="install the same version on all machines",
            )
        sweep = planned(plan).again()
        path = Path(target)
        with closing(part.open(types)) as table, open_writer(path, (), None, bare=True) as writer:
            for block in sweep.finished(table, table_format(path) == "csv"):
                writer.write(block.rows, block.results, block.length)
        return Outcome(part, sweep.failures)
    except AdiffError as error:
        # Returned, not raised: an error in a table does not go away when the task is repeated.
        said = {"message": error.message, "code": error.code, "hint": error.hint}
        return Outcome(part, error=said)


def run_on_cluster(
    plan: SweepPlan,
    paths: Sequence[Path],
    output: Path,
    headings: bytes,
    scheduler: str | None,
    failures: Failures,
) -> Iterator[None]:
    """Run a sweep on a cluster; yield after each part.

    Parameters
    ----------
    paths
        The files of the table, by names that are valid on all workers.
    output
        The file of the results; a name without a suffix is a folder with a file for each part.
    headings
        The line of headings in CSV.
    scheduler
        The address of a scheduler; if None, workers are started on this machine.
    failures
        The object that counts the rows that fail.

    Raises
    ------
    AdiffError
        If no scheduler answers, or a table is wrong.
    OSError
        If the results cannot be written.
    """
    parts = list(parts_of(paths, [heading for _, heading in plan.columns], plan.keep))
    is_folder = not output.suffix
    suffix = paths[0].suffix.lower() if is_folder else output.suffix.lower()
    absolute = Path(os.path.realpath(output))
    scratch = absolute.with_name(f".adiff-{os.urandom(8).hex()}")
    targets = [str(scratch / f"part-{part.number:06}{suffix}") for part in parts]
    with ExitStack() as stack:
        client = stack.enter_context(_client(scheduler))
        scratch.mkdir()
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        outcomes: list[Outcome] = []
        for outcome in _computed(client, plan, parts, targets, _types(plan, paths[0], suffix)):
            outcomes.append(outcome)
            yield
        _merge(failures, sorted(outcomes, key=lambda one: one.part.number))
        check_columns(failures, spelled_out(str(paths[0])))
        files = [Path(target) for target in targets]
        if is_folder:
            if suffix == ".csv":
                for file in files:
                    _prepend(file, headings)
            # A worker that was lost may have left a part that is not complete.
            for file in set(scratch.iterdir()) - set(files):
                file.unlink()
            scratch.replace(absolute)
        else:
            _join_files(files, output, headings)


def _types(plan: SweepPlan, path: Path, suffix: str) -> dict[str, Any]:
    """Return the types of the columns of CSV, which all parts share."""
    with closing(open_file(path)) as table:
        if not isinstance(table, CsvTable) or plan.keep != "all" or suffix == ".csv":
            return {}
        return table.first_types(suffix == ".npz")


@contextmanager
def _client(scheduler: str | None) -> Iterator[Any]:
    """Yield a client of a scheduler, or of workers on this machine.

    Raises
    ------
    AdiffError
        If Dask is not installed, or there is no such scheduler.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError(
            "`--engine dask` needs Dask", 'pip install "autodiff-cli[dask]"'
        ) from None
    # Exceptions tell the user what is wrong; the log would repeat it.
    for name in ("distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if scheduler is None:
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        with _ignoring_interrupts():
            cluster = LocalCluster(
                n_workers=cpus,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no scheduler answers at `{scheduler}`",
            code="no-scheduler",
            hint="`dask scheduler` starts one and prints its address, such as"
            " `tcp://127.0.0.1:8786`",
        ) from error
    with client:
        yield client


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Start processes that do not hear an interrupt, which is for this one to handle."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _computed(
    client: Any,
    plan: SweepPlan,
    parts: Sequence[TablePart],
    targets: Sequence[str],
    types: Mapping[str, Any],
) -> Iterator[Outcome]:
    """Yield the outcome of each part as soon as it is known."""
    from distributed import as_completed

    futures = [
        client.submit(compute, plan, part, target, types, retries=RETRIES, pure=False)
        for part, target in zip(parts, targets, strict=True)
    ]
    shares = sum(part.share for part in parts)
    done = rows = 0
    try:
        for future in as_completed(futures, loop=client.loop):
            outcome = _outcome(future)
            if outcome.error is not None:
                raise UsageError(**outcome.error)
            done += outcome.part.share
            rows += outcome.failures.rows
            advance("rows", rows, round(rows * shares / done) if done else rows)
            yield outcome
    finally:
        client.cancel(futures, force=True)


def _outcome(future: Any) -> Outcome:
    from distributed import KilledWorker

    try:
        outcome: Outcome = future.result()
        return outcome
    except (ImportError, AttributeError) as error:
        raise ComputationError(
            f"the workers cannot run adiff: {error}",
            code="other-version",
            hint="install it on all machines, in the same version",
        ) from error
    except KilledWorker as error:
        raise ComputationError(
            "workers were lost again and again at the same part",
            code="lost-workers",
            hint="the log of the workers may say why: they may have too little memory",
        ) from error


def _merge(failures: Failures, outcomes: Sequence[Outcome]) -> None:
    """Add the failures of all parts, with the places of rows in their files."""
    path, before = "", 0
    for outcome in outcomes:
        if outcome.part.path != path:
            path, before = outcome.part.path, 0
        found = outcome.failures
        failures.count += found.count
        failures.rows += found.rows
        for heading, count in found.missing.items():
            failures.missing[heading] = failures.missing.get(heading, 0) + count
        room = MOST_PLACES - len(failures.places)
        failures.places += [(name, before + row) for name, row in found.places[: max(room, 0)]]
        before += found.rows


def _prepend(file: Path, headings: bytes) -> None:
    with open_atomic(file) as target, file.open("rb") as source:
        target.write(headings + b"\n")
        shutil.copyfileobj(source, target, COPY)


def _join_files(files: Sequence[Path], output: Path, headings: bytes) -> None:
    """Join the results of all parts in one file, as a single sweep would write it."""
    kind = table_format(output)
    if kind in ("csv", "jsonl"):
        with open_atomic(output) as target:
            target.write(headings + b"\n" if kind == "csv" else b"")
            for file in files:
                with file.open("rb") as source:
                    shutil.copyfileobj(source, target, COPY)
        return
    with open_writer(output, (), None) as writer:
        for file in files:
            with closing(open_file(file)) as table:
                for block in table.blocks((), "all", as_text=False):
                    writer.write(block.rows, {}, block.length)
