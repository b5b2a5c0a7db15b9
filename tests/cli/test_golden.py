"""What the user sees, to the letter: one file for each kind of mistake, and for each kind of note.

Each file holds a command line, all that is said about it, the answer behind [out] if there is one,
and the exit code.  After a change of wording run the tests with ADIFF_GOLDEN=write, and read the
difference as a user would.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.main import get_command

from autodiff_cli.cli import app, main
from autodiff_cli.language.lexer import tokenize
from autodiff_cli.language.parser import parse

FILES = sorted((Path(__file__).parent / "golden").glob("*.txt"))

TABLES = {
    "t.csv": "x,y,day\n1,2,mon\n3,4,tue\n",
    "t-cell.csv": "x,y\n1,2\n3,four\n",
    "t-ragged.csv": "x,y\n1,2\n\n3\n",
    "t-wide.csv": "x,y\n1,2\n3,4,5\n",
    "t-empty-column.csv": "x,y\n1,\n2,\n",
    "t-missing.csv": "x,y\n1,\n,2\n3,4\nNA,5\n",
    "t-semicolons.csv": "x;y\n1;2\n",
    "t-no-headings.csv": "1,2\n3,4\n",
    "t-units.csv": "speed (m/s),y\n1,2\n",
    "t-e.csv": "x,e\n1,2\n",
    "t-cell.jsonl": '{"x": 1, "y": 2}\n{"x": "a", "y": 1}\n',
    "t-broken.jsonl": '{"x": 1, "y": 2}\n{"x": 1,',
}


def prepare(folder: Path) -> None:
    """Write the files that commands read."""
    (folder / "folder").mkdir()
    (folder / "folder.csv").mkdir()
    texts = {
        "two-lines.txt": "x +\n    2 ** * y\n",
        "two-shapes.txt": "u = [1, 2, 3]\nu * 2 +\n    [[1, 2],\n     [3, 4]]\n",
        "minus-line.txt": "x**2\n  - 2*x\n",
        "functions.txt": "f(a) = log(a)/a  # of numbers above 0\ng(b) = f(b - 1)\ng(x) + g(2)\n",
        "mistakes.txt": "u = 2 +* 3\nv = sni(u)\nw = (1, 2)\nu + v + f(w",
        "escapes.txt": "x \x1b[31m red\n",
        "nul.txt": "x + \x00\n",
        "bidi.txt": "x + \u202e1\n",
        "heading.csv": "a,b\n1,2\n",
        "cell.csv": "1,2\n3,four\n",
        "ragged.csv": "1,2\n3\n",
        "empty.csv": "",
        "graph.json": '{"schema": 1, "variables": [], "nodes": [{"id": 7}]}',
        "object.json": '{"a": 1}',
        "null.json": "[1, null]",
        "broken.json": "[1, 2",
        "words.json": '["one", "two"]',
    }
    texts |= TABLES
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "binary.txt").write_bytes(b"x\xff\xfe")
    (folder / "cut.npy").write_bytes(b"\x93NUMPY\x01\x00")
    parquet.write_table(pa.table({"x": [1.0, 2.0], "day": ["mon", "tue"]}), folder / "t.parquet")
    (folder / "cut.parquet").write_bytes((folder / "t.parquet").read_bytes()[:-20])
    np.savez(folder / "lengths.npz", x=np.zeros(3), y=np.zeros(4))
    np.savez(folder / "matrix.npz", x=np.zeros((3, 2)), y=np.zeros(3))
    np.save(folder / "complex.npy", np.array([1 + 2j]))
    np.save(folder / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FORCE_COLOR", "ADIFF_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    prepare(tmp_path)
    given = {file.name for file in tmp_path.iterdir()}
    text = file.read_text(encoding="utf-8")
    command = text.split("\n", 1)[0]
    argv = shlex.split(command.removeprefix("$ adiff "))
    code = main(argv)
    seen = capsys.readouterr()
    out = f"[out]\n{seen.out}" if seen.out else ""
    got = f"{command}\n{seen.err}{out}[exit {int(code)}]\n"
    if os.environ.get("ADIFF_GOLDEN") == "write":
        file.write_text(got, encoding="utf-8")
    assert got == text
    kept = code in (0, 4) or "--strict" in argv
    assert not out or kept, "an error leaves nothing on standard output"
    assert not re.search("Traceback|Warning|has a fault", got)
    left = {file.name for file in tmp_path.iterdir()}
    assert left == given, "nothing is left half written"


def test_messages_are_in_one_style() -> None:
    lines = [line for file in FILES for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        kind, _, message = line.partition(": ")
        if kind not in ("error", "note", "hint"):
            continue
        assert not message.endswith("."), line
        # Small letters, but for what the user typed, in backticks, and mathematics.
        assert not re.match("[A-Z]", message), line
        assert line.count("`") % 2 == 0, line
    assert len(FILES) >= 90


def written(text: str, definitions: str) -> bool:
    """Return whether what a hint writes can be typed: a token, an option, a command or a text."""
    if text.startswith("adiff "):
        command, *rest = shlex.split(text)[1:] if "EXPR" not in text else ["eval"]
        for word in [word for word in rest if not word.startswith("-")][:1]:
            parse(word)
        return command.startswith("-") or command in get_command(app).commands
    if text.startswith(("-", "numpy.", "run ", "tr ", "iconv ")) or re.match(r"\.\w+$|\w+=", text):
        return True
    if len(tokenize(text)) <= 2:
        return True
    parse(definitions + text)
    return True


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_hint_is_a_line_that_works(file: Path) -> None:
    command, *lines = file.read_text(encoding="utf-8").splitlines()
    own = re.findall(r"(\w+\([a-z](?:, [a-z])*\) = [^;\"]+);?", command)
    for line in lines:
        if line.startswith("hint: "):
            for text in re.findall("`([^`]+)`", line):
                assert "..." not in text or text.startswith("--at"), line
                assert written(text, "".join(f"{one}; " for one in own[:1])), line


def test_json_has_the_same_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "foo(1) + sin(1, 2)", "--json"]) == 3
    seen = capsys.readouterr()
    assert seen.out == ""
    found = json.loads(seen.err)
    assert [found["error"]["code"], found["others"][0]["code"]] == [
        "unknown-function",
        "wrong-number-of-arguments",
    ]
