"""How much work an expression may ask for: enough for any formula, too little to do harm."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from autodiff_cli.errors import ComputationError, Span, UsageError
from autodiff_cli.progress import reached

__all__ = ["Limits"]


MOST_SECONDS = 10**9
"""For an alarm; systems refuse to wait for much longer."""


@dataclass(frozen=True)
class Limits:
    """The limits, each checked before the work is done.

    Attributes
    ----------
    length
        Characters of a text.
    calls
        Calls of operations in a text, those in the functions it defines counted at each use.
    elements
        Elements of all tensors on the way to a value together.
    graph
        Calls in the graph of a derivative that is to be differentiated again.
    seconds
        Time.
    """

    length: int = 5_000_000
    calls: int = 1_000_000
    elements: int = 20_000_000
    graph: int = 1_000_000
    seconds: int = 300

    def check(self, name: str, wanted: int, what: str, span: Span | None = None) -> None:
        """Refuse what goes beyond a limit.

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
            If there is no limit of that name, or the number is none.
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
        """Stop what runs in the block when the time is over, where the system has an alarm.

        Raises
        ------
        ComputationError
            From wherever the block was at that time.
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
