"""What a run shows at its end: how exact the operations were."""

from __future__ import annotations

import pytest

from engine.outside import ACCURACY


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the errors that `test_accuracy` has measured."""
    lines = config.stash.get(ACCURACY, [])
    if lines:
        terminalreporter.section("relative errors of elementwise operations")
        for line in lines:
            terminalreporter.write_line(line)
