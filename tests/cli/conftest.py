"""Runs the real program, with or without a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from processes import PROGRAM, Outcome, Run, clean_environment


@pytest.fixture
def adiff(tmp_path: Path) -> Run:
    """Run adiff in an empty folder with pipes for its streams."""

    def run(*argv: str, stdin: str | bytes = "", **env: str) -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        process = subprocess.run(
            [*PROGRAM, *argv],
            input=data,
            capture_output=True,
            cwd=tmp_path,
            env=clean_environment(**env),
            timeout=60,
        )
        return Outcome(process.returncode, process.stdout.decode(), process.stderr.decode())

    return run


@pytest.fixture
def on_terminal(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run adiff on a terminal of its own; what is seen there is output and errors together."""

    def run(*argv: str, **env: str) -> tuple[int, str]:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=tmp_path,
            env=clean_environment(**{"COLUMNS": "80", **env}),
            close_fds=True,
        )
        os.close(slave)
        seen = b""
        while select.select([master], [], [], 60)[0]:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            seen += chunk
        os.close(master)
        return process.wait(60), seen.decode().replace("\r\n", "\n")

    return run
