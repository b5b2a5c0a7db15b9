"""Prepare the standard streams of the process for writing."""

from __future__ import annotations

import io
import sys

__all__ = ["open_streams"]


def open_streams() -> None:
    """Make streams writable that are closed, or whose encoding lacks characters."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
