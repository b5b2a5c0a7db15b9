"""The streams of the process, made fit to be written to."""

from __future__ import annotations

import io
import sys

__all__ = ["open_streams"]


def open_streams() -> None:
    """Make writing possible where a stream is closed, or knows too few characters."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
