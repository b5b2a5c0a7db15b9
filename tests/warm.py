"""Starts command lines in processes that are forked from one in which all modules are loaded.

Each is a process of its own with streams of its own, as if started from a shell, but 0.2 s sooner.
Tests that are about the start itself run `processes.PROGRAM`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO

LONGEST = 100_000
"""Bytes of a request; longer command lines are started in the ordinary way."""


class Starter:
    """A process that forks others; ``streams`` are files or their numbers."""

    def __init__(self, program: list[str], environment: Mapping[str, str]) -> None:
        self.program = program
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=dict(environment),
        )
        theirs.close()

    def run(
        self,
        argv: list[str],
        streams: tuple[int | IO[bytes], int | IO[bytes], int | IO[bytes]],
        cwd: Path,
        environment: Mapping[str, str],
    ) -> int:
        """Run a command line and return its exit code."""
        request = json.dumps([argv, str(cwd), dict(environment)]).encode()
        if len(request) > LONGEST:
            stdin, stdout, stderr = streams
            whole = [*self.program, *argv]
            done = subprocess.run(
                whole, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=dict(environment)
            )
            return done.returncode
        fds = [one if isinstance(one, int) else one.fileno() for one in streams]
        socket.send_fds(self.socket, [request], fds)
        self.socket.settimeout(60)
        return int(self.socket.recv(64))

    def close(self) -> None:
        self.socket.close()
        self.process.wait(10)


def serve(requests: socket.socket) -> None:
    """Fork a process for each request, wait for it, and answer with its exit code."""
    while True:
        request, fds, _, _ = socket.recv_fds(requests, LONGEST, 3)
        if not request:
            return
        child = os.fork()
        if not child:
            become(*json.loads(request), fds)
        for fd in fds:
            os.close(fd)
        _, status = os.waitpid(child, 0)
        requests.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def become(argv: list[str], cwd: str, environment: dict[str, str], fds: list[int]) -> None:
    """Run the command line, with the given streams, and end the process."""
    code = 1
    try:
        for own, fd in enumerate(fds):
            os.dup2(fd, own)
        # Those of the process it is forked from know what they were opened on.
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["adiff", *argv]
        from autodiff_cli.__main__ import main

        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import autodiff_cli

    for module in pkgutil.walk_packages(autodiff_cli.__path__, "autodiff_cli."):
        importlib.import_module(module.name)
    importlib.import_module("scipy.special")
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        serve(requests)
