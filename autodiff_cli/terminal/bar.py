"""The progress bar of long computations, on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["PATIENCE", "Bar"]

PATIENCE = 1.0
"""The seconds after which the progress of a computation is shown."""

COUNTED = "rows"
"""The step of which there are so many that their rate is shown, and the time that is left."""


class Bar:
    """A progress bar that is removed at the end, and is not shown for short computations."""

    def __init__(self, make_console: Callable[[], Any]) -> None:
        self.make_console = make_console
        self.begin = time.monotonic()
        self.progress: Any = None

    def step(self, step: str, number: int, of: int) -> None:
        """Show the current step; ``of`` is 0 if the number of steps is unknown."""
        if self.progress is None:
            if time.monotonic() - self.begin < PATIENCE:
                return
            self._start(step)
        self.progress.update(self.task, description=step, completed=number, total=of or None)
        if step == COUNTED:
            passed = max(time.monotonic() - self.begin, 1e-9)
            left = (of - number) * passed / max(number, 1)
            self.progress.update(self.task, rate=_rate(number, passed, left if of else None))

    def _start(self, step: str) -> None:
        from rich import progress

        shown: tuple[Any, ...] = (progress.MofNCompleteColumn(), progress.TimeElapsedColumn())
        if step == COUNTED:
            # The number of all rows may be an estimate.
            shown = (progress.TaskProgressColumn(), "{task.fields[rate]}")
        self.progress = progress.Progress(
            "{task.description}",
            progress.BarColumn(),
            *shown,
            console=self.make_console(),
            get_time=time.monotonic,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.task = self.progress.add_task(step, rate="")
        # The elapsed time includes the time before the bar is shown.
        self.progress.tasks[0].start_time = self.begin
        self.progress.start()

    def stop(self) -> None:
        """Remove the bar."""
        if self.progress is not None:
            self.progress.stop()


def _rate(number: int, passed: float, left: float | None) -> str:
    """Return the rate, and the time that is left if that is known."""
    each = number / passed
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if each >= size:
            text = f"{each / size:.3g}{unit} rows/s"
            break
    else:
        text = f"{each:.3g} rows/s"
    if left is None:
        return text
    minutes, seconds = divmod(round(left), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}, {clock} left"
