"""How far long computations are: what they say, and where it is shown."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import autodiff_cli
from autodiff_cli.errors import ComputationError
from autodiff_cli.limits import Limits
from autodiff_cli.progress import advance, reached, watching
from autodiff_cli.terminal.console import Console, OutputOptions
from processes import PROGRAM, Run, clean_environment

Step = tuple[str, int, int]


def steps(run: Callable[[], object]) -> list[Step]:
    seen: list[Step] = []
    with watching(lambda *step: seen.append(step)):
        run()
    return seen


def test_each_order_is_a_step() -> None:
    seen = steps(lambda: autodiff_cli.grad("tanh(x)", {"x": 0.5}, order=4, method="graph"))
    assert seen == [("order", k, 4) for k in (1, 2, 3, 4)]
    seen = steps(lambda: autodiff_cli.formula("tanh(x)", order=3))
    assert seen == [("order", k, 3) for k in (1, 2, 3)]


def test_each_coefficient_is_a_step() -> None:
    seen = steps(lambda: autodiff_cli.taylor("tanh(x)", {"x": 0.5}, order=3))
    assert seen == [("coefficient", k, 3) for k in (1, 2, 3)]


def test_columns_and_rows_are_steps() -> None:
    at = {"x": np.arange(1.0, 5.0)}
    dense = "prod(x)"
    assert steps(lambda: autodiff_cli.hessian(dense, at)) == [("column", k, 4) for k in range(1, 5)]
    seen = steps(lambda: autodiff_cli.jacobian("softmax(x)", at))
    assert seen == [("row", k, 4) for k in range(1, 5)]
    seen = steps(lambda: autodiff_cli.jacobian("t*[1, 2, 3]", {"t": 1.0}))
    assert seen == [("column", 1, 1)]


def test_columns_that_come_together_are_one_step() -> None:
    text = " + ".join(f"x{k}**3" for k in range(5))
    seen = steps(lambda: autodiff_cli.hessian(text, {f"x{k}": 1.0 for k in range(5)}))
    assert seen == [("column", 5, 5)]


def test_what_was_reached_is_known_in_the_block_only() -> None:
    with watching(lambda *_: None):
        assert reached() == ""
        advance("order", 1200, 3000)
        assert reached() == "order 1,200 of 3,000"
    assert reached() == ""


def test_a_limit_of_time_tells_how_far_it_came() -> None:
    def forever() -> None:
        with watching(lambda *_: None), Limits(seconds=1).timed():
            advance("order", 7, 12)
            while True:
                time.sleep(0.01)

    with pytest.raises(ComputationError, match="longer than 1 seconds, and has come to order 7 of"):
        forever()


def test_what_is_quick_does_not_wait_for_what_draws_the_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Console(OutputOptions())

    def never(stream: object) -> None:
        raise AssertionError("nothing was to be drawn")

    monkeypatch.setattr(console, "_rich", never)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with console.waiting():
        advance("order", 1, 2)


LONG = (
    *("grad", "tanh(x)*exp(sin(x))*cos(x)/log(x)", "--at", "x=0.5", "--order", "1000"),
    *("--method", "graph", "--limit", "graph=999999999"),
)
"""What takes minutes."""


def on_terminal_until(pattern: str, tmp_path: Path) -> tuple[str, int]:
    """Return what a long computation shows on a terminal, interrupted when it shows something."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *LONG], stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path,
        env=clean_environment(COLUMNS="80"),
    )  # fmt: skip
    os.close(slave)
    seen, interrupted = "", False
    while select.select([master], [], [], 60)[0]:
        try:
            seen += os.read(master, 65536).decode(errors="replace")
        except OSError:
            break
        if not interrupted and re.search(pattern, seen):
            process.send_signal(signal.SIGINT)
            interrupted = True
    os.close(master)
    return seen, process.wait(60)


def test_a_terminal_shows_a_bar_and_an_interrupt_takes_it_away(tmp_path: Path) -> None:
    seen, code = on_terminal_until(r"order .*\d+/1000", tmp_path)
    assert code == 130
    assert "Traceback" not in seen
    # The line of the bar is erased, and the cursor is there again.
    assert re.search(r"\x1b\[2K\s*$|\x1b\[2K[^\w]*$", seen)
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l")


def test_a_pipe_shows_nothing_but_the_error(adiff: Run) -> None:
    run = adiff(*LONG, "--limit", "seconds=3")
    assert run.code == 1
    assert run.out == ""
    assert re.fullmatch(
        r"error: this takes longer than 3 seconds, and has come to order \d+ of 1,000\n"
        r"hint: `--limit seconds=6` gives it twice the time\n",
        run.err,
    )
