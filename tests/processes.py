"""The real program, as a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import autodiff_cli

PROGRAM = [sys.executable, "-c", "import sys; from autodiff_cli.cli import main; sys.exit(main())"]


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


def clean_environment(**extra: str) -> dict[str, str]:
    dropped = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "ADIFF_DEBUG")
    environment = {k: v for k, v in os.environ.items() if k not in dropped}
    # The package the tests import, not another one that may be installed.
    environment["PYTHONPATH"] = str(Path(autodiff_cli.__file__).parents[1])
    return environment | {"TERM": "xterm-256color", "PYTHONWARNINGS": "error"} | extra
