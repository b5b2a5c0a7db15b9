"""What the user sees, to the letter: one file for each kind of mistake.

Each file holds a command line, all that is printed, and the exit code.  After a change of wording
run the tests with ADIFF_GOLDEN=write, and read the difference as a user would.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from autodiff_cli.cli import main

FILES = sorted((Path(__file__).parent / "golden").glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "ADIFF_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "binary.txt").write_bytes(b"x\xff\xfe")
    (tmp_path / "two-lines.txt").write_text("x +\n    2 ** * y\n")
    text = file.read_text(encoding="utf-8")
    command = text.split("\n", 1)[0]
    argv = shlex.split(command.removeprefix("$ adiff "))
    code = main(argv)
    seen = capsys.readouterr()
    assert seen.out == "", "an error leaves nothing on standard output"
    got = f"{command}\n{seen.err}[exit {int(code)}]\n"
    if os.environ.get("ADIFF_GOLDEN") == "write":
        file.write_text(got, encoding="utf-8")
    assert got == text
    assert "Traceback" not in got
    left = {file.name for file in tmp_path.iterdir()}
    given = {"folder", "folder.csv", "binary.txt", "two-lines.txt"}
    assert left == given, "nothing is left half written"
