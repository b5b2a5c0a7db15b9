"""Runs the real program, with or without a terminal."""

from __future__ import annotations

import os
import pty
import select
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from processes import PROGRAM, Outcome, Run, clean_environment
from warm import Starter


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    started = Starter(PROGRAM, clean_environment())
    yield started
    started.close()


@pytest.fixture
def adiff(tmp_path: Path, starter: Starter) -> Run:
    """Run adiff in an empty folder, not on a terminal, with a pipe for its input."""

    def run(*argv: str, stdin: str | bytes = "", **env: str) -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            reading, writing = os.pipe()
            feeder = threading.Thread(target=_feed, args=(writing, data))
            feeder.start()
            code = starter.run([*argv], (reading, out, err), tmp_path, clean_environment(**env))
            os.close(reading)
            feeder.join()
            out.seek(0)
            err.seek(0)
            return Outcome(code, out.read().decode(), err.read().decode())

    return run


def _feed(pipe: int, data: bytes) -> None:
    """Write into a pipe, as far as somebody reads."""
    try:
        with open(pipe, "wb") as file:
            file.write(data)
    except BrokenPipeError:
        pass


@pytest.fixture
def on_terminal(tmp_path: Path, starter: Starter) -> Callable[..., tuple[int, str]]:
    """Run adiff on a terminal of its own; what is seen there is output and errors together."""

    def run(*argv: str, **env: str) -> tuple[int, str]:
        master, slave = pty.openpty()
        codes: list[int] = []

        def start() -> None:
            streams = (slave, slave, slave)
            environment = clean_environment(**{"COLUMNS": "80", **env})
            codes.append(starter.run([*argv], streams, tmp_path, environment))
            os.close(slave)

        started = threading.Thread(target=start)
        started.start()
        seen = b""
        while select.select([master], [], [], 60)[0]:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        started.join()
        os.close(master)
        return codes[0], seen.decode().replace("\r\n", "\n")

    return run
