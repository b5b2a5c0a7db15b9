"""Define limits on the work of an expression: enough for any formula, too little to do harm."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from autodiff_cli.errors import ComputationError, Span, UsageError
from autodiff_cli.progress import reached

__all__ = ["MOST_ORDER", "Limits"]

MOST_ORDER = 1000
"""The highest order of derivatives and series."""


MOST_SECONDS = 10**9
"""The longest time of an alarm; operating systems refuse much longer ones."""


@dataclass(frozen=True)
class Limits:
    """The limits, each checked before the work is done.

    Attributes
    ----------
    length
        The number of characters of a text.
    calls
        The number of calls of operations in a text; calls in a function that the text defines count
        at each use of the function.
    elements
        The total number of elements of all intermediate tensors.
    graph
        The number of calls in the graph of a derivative that is to be differentiated again.
    seconds
        The time in seconds.
    """

    length: int = 5_000_000
    calls: int = 1_000_000
    elements: int = 20_000_000
    graph: int = 1_000_000
    seconds: int = 300

    def check(self, name: str, wanted: int, what: str, span: Span | None = None) -> None:
        """Check that a number is within a limit.

        Raises
        ------
        ComputationError
            If ``wanted`` is more than the limit of that name.
        """
        most = getattr(self, name)
        if wanted > most:
            unit = "characters" if name == "length" else name
            raise ComputationError(
                f"{what}: {wanted:,} {unit}, and {most:,} are the most",
                code="too-large",
                hint=f"`--limit {name}={wanted}` allows it",
                span=span,
            )

    @classmethod
    def raised(cls, settings: Iterable[str]) -> Limits:
        """Return the limits with some of them set, each as ``name=number``.

        Raises
        ------
        UsageError
            If there is no limit of that name, or the number is invalid.
        """
        limits, names = cls(), [field.name for field in fields(cls)]
        for setting in settings:
            name, _, number = setting.partition("=")
            if name not in names or not re.fullmatch(r"[0-9]{1,12}", number):
                raise UsageError(
                    f"`--limit {setting}` sets no limit",
                    code="bad-option",
                    hint=f"write it as `--limit elements=1000000`; there are {', '.join(names)}",
                )
            limits = replace(limits, **{name: int(number)})
        return limits

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Stop the block when the time is over, if the system supports alarms.

        Raises
        ------
        ComputationError
            At the point that the block has reached at that time.
        """
        if not hasattr(signal, "SIGALRM") or not self.seconds:
            yield
            return

        def over(*_: Any) -> None:
            far = f", and has come to {reached()}" if reached() else ""
            raise ComputationError(
                f"this takes longer than {self.seconds} seconds{far}",
                code="too-slow",
                hint=f"`--limit seconds={2 * self.seconds}` gives it twice the time",
            )

        before = signal.signal(signal.SIGALRM, over)
        signal.alarm(min(self.seconds, MOST_SECONDS))
        try:
            yield
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)
