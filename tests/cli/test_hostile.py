"""Texts made to do harm: each is answered within seconds, in a gigabyte, in plain words.

Those that could harm the process run in one of their own, with limits that the system enforces.
"""

from __future__ import annotations

import json
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli.cli import main
from processes import PROGRAM, Outcome, clean_environment

GIGABYTE = 1 << 30
SECONDS = 20


@pytest.fixture
def caged(tmp_path: Path) -> Callable[..., Outcome]:
    """Run adiff with a gigabyte of memory and some seconds; no file may be left behind."""

    def cage() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (GIGABYTE, GIGABYTE))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def run(*argv: str, stdin: str | bytes = "") -> Outcome:
        done = subprocess.run(
            [*PROGRAM, *argv],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=tmp_path,
            env=clean_environment(),
            preexec_fn=cage,
            timeout=3 * SECONDS,
        )
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert outcome.code in (0, 1, 2, 3), outcome
        for word in ("Traceback", "Warning", "has a fault", "not enough memory"):
            assert word not in outcome.err, outcome
        assert not any(tmp_path.iterdir())
        return outcome

    return run


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["1_", "# comment\n", "(", "x+"])
def test_long_texts_in_a_cage(caged: Callable[..., Outcome], unit: str) -> None:
    outcome = caged("grad", "-", "--at", "x=1", stdin=unit * (200_000 // len(unit)))
    assert (outcome.code, outcome.out) == (3, "")
    assert len(outcome.err) < 2000


@pytest.mark.parametrize(
    "unit", [" ", "1", "²", "\n", "'", ",", "a[", "f(a)=", "f(a)=a;", "x;", "x,"]
)
def test_long_texts(unit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = 1_000_000 if unit in " 1²\n" else 100_000
    file = tmp_path / "text"
    file.write_text(unit * (size // len(unit)), encoding="utf-8")
    start = time.process_time()
    assert main(["grad", "-f", str(file), "--at", "x=1"]) == 3
    seen = capsys.readouterr()
    assert time.process_time() - start < SECONDS
    assert seen.out == ""
    assert len(seen.err) < 2000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "x" + ")" * 10_000,
        "x" + "+x" * 99_999,
        "-" * 20_000 + "x",
        "[" * 10_000 + "x" + "]" * 10_000,
        "sin(" * 10_000 + "x" + ")" * 10_000,
        "9**9**9**9" + "**9" * 10_000 + "*x",
        "f0(a) = a*a;" + "".join(f"f{k + 1}(a) = f{k}(f{k}(a));" for k in range(60)) + "f60(x)",
        "f0(a) = a+1;" + "".join(f"f{k + 1}(a) = f{k}(a)+a;" for k in range(9000)) + "f9000(x)",
        "broadcast_to(x, [1e4, 1e4]) + broadcast_to(x, 1e14)",
        "sum(broadcast_to(x, [6e6, 1]) @ broadcast_to(x, [1, 6e6]))",
        "sum(exp(x * broadcast_to(1, [3, 2e6])))",
        "inv(broadcast_to(x, [3000, 3000]))",
    ],
    ids="brackets terms signs lists calls powers doubling chain broadcast outer large inv".split(),
)
def test_deep_and_large_texts(caged: Callable[..., Outcome], text: str) -> None:
    outcome = caged("grad", "-", "--at", "x=0.5", stdin=text)
    assert len(outcome.out) < 100
    assert len(outcome.err) < 1500


GROWING = {
    "brackets": lambda n: "(" * n,
    "brackets closed": lambda n: "(" * (n // 2) + "x" + ")" * (n // 2),
    "brackets never opened": lambda n: ")" * n,
    "brackets that do not match": lambda n: "(]" * (n // 2),
    "empty brackets": lambda n: "()+" * (n // 3),
    "mistakes in brackets": lambda n: "(x y)+" * (n // 6),
    "mistakes in lines": lambda n: "x y;" * (n // 4),
    "a mistake far in": lambda n: "(" + "x+" * (n // 2) + "$",
    "strange characters": lambda n: "$" * n,
    "unknown functions": lambda n: "+".join(f"q{k}(x)" for k in range(n // 8)),
    "one unknown function": lambda n: "q" * n + "(x)",
    "variables": lambda n: "+".join(f"q{k}" for k in range(n // 6)),
    "names": lambda n: "".join(f"u{k}=x;" for k in range(n // 8)) + "x",
    "functions": lambda n: "".join(f"f{k}(a)=a;" for k in range(n // 12)) + "x",
    "parameters": lambda n: "f(" + ",".join(f"p{k}" for k in range(n // 6)) + ") = p0; f(1)",
    "arguments": lambda n: "sin(" + "x," * (n // 2) + ")",
    "keywords": lambda n: "sum(x," + "axis=0," * (n // 7) + ")",
    "subscripts": lambda n: "[1][" + "0," * (n // 2) + "]",
    "sections": lambda n: "[1]" + "[:]" * (n // 3),
    "lists": lambda n: "[" * (n // 2) + "x" + "]" * (n // 2),
    "numbers in a list": lambda n: "[" + "1," * (n // 2) + "]",
    "choices": lambda n: "1 if x else " * (n // 12) + "x",
    "comparisons": lambda n: "x<" * (n // 2) + "x",
    "roots": lambda n: "√" * n + "x",
    "not": lambda n: "not " * (n // 4) + "x",
    "transposed": lambda n: "x" + ".T" * (n // 2),
    "attributes": lambda n: "x" + ".y" * (n // 2),
    "points": lambda n: "1." * (n // 2),
    "superscripts": lambda n: "x" + "²" * n,
    "combining marks": lambda n: "x" + "\u0301" * n,
    "line ends": lambda n: "x" + "\n " * (n // 2) + "$",
    "comments": lambda n: "x+#\n" * (n // 4) + "x",
    "kinks": lambda n: "+".join(["abs(x)"] * (n // 70)),
}


@pytest.mark.parametrize("growing", GROWING.values(), ids=GROWING)
def test_time_grows_as_the_text_does(
    growing: Callable[[int], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def seconds(n: int) -> float:
        file = tmp_path / "text"
        file.write_text(growing(n), encoding="utf-8")
        start = time.process_time()
        assert main(["grad", "-f", str(file), "--at", "x=0"]) in (0, 1, 2, 3)
        seen = capsys.readouterr()
        assert len(seen.err) < 3000
        assert "has a fault" not in seen.err
        return time.process_time() - start

    for _ in range(3):
        if seconds(6_000) < 10 * seconds(1_500) + 0.03:
            return
    pytest.fail("four times the text takes more than ten times as long")


# --- what is in a text is never run, nor acts on a terminal --------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch run')",
        "().__class__.__bases__[0].__subclasses__()",
        "open('run', 'w')",
        "exec('1')",
        "$(touch run)",
        "`touch run`",
        "x; import os",
        "{x.__class__}",
        "%s%n",
        "@/etc/passwd",
    ],
)
def test_nothing_is_run(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["eval", text, "--at", "x=1"]) == 3
    assert main(["eval", "x", "--at", f"x={text}"]) in (2, 3)
    assert main(["eval", text, "--at", text]) in (2, 3)
    assert not any(tmp_path.iterdir())
    capsys.readouterr()


@pytest.mark.parametrize(
    "data",
    [b"x\x00", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x1b[2J\x1b]0;title\x07", b"\x9b31m"],
)
def test_bytes_that_are_no_text(caged: Callable[..., Outcome], data: bytes) -> None:
    outcome = caged("eval", "-", stdin=data)
    assert outcome.code in (2, 3)
    assert not any(ord(c) < 32 and c != "\n" for c in outcome.err)


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\u2028", "\x7f"])
@pytest.mark.parametrize(
    "argv",
    [
        ["eval", "2 {} 3"],
        ["eval", "1", "--at", "x{}=3"],
        ["eval", "1", "--at", "{}"],
        ["eval", "-f", "no{}file"],
        ["eval", "x", "--at", "x=@{}.npy"],
        ["grad", "x", "--at", "x=1", "--wrt", "{}"],
        ["grad", "x", "--at", "x=1", "--order", "{}"],
        ["graph", "x", "-o", "a.{}"],
        ["eval", "1", "{}"],
        ["eval", "1", "--limit", "{}"],
        ["eval", "1", "--{}"],
        ["e{}val", "1"],
        ["functions", "{}"],
        ["eval", "1", "--color", "{}"],
    ],
    ids=lambda argv: " ".join(argv).replace("{}", "_"),
)
def test_nothing_that_is_echoed_acts_on_a_terminal(
    argv: list[str],
    character: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([word.replace("{}", character) for word in argv]) in (1, 2, 3)
    seen = capsys.readouterr()
    assert character not in seen.err + seen.out
    assert "has a fault" not in seen.err


def test_escapes_in_a_comment_do_not_come_out_anywhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "1/x # \x1b[31m\u202e\n"
    for argv in (
        ["eval"],
        ["grad", "--json"],
        ["eval", "--explain"],
        ["graph"],
        ["graph", "--json"],
    ):
        assert main([*argv, text, "--at", "x=0"]) == 0
        seen = capsys.readouterr()
        if "--json" in argv:
            json.loads(seen.out)
        assert "\x1b" not in seen.err + seen.out, argv
        assert "\u202e" not in seen.err, argv


def test_names_do_not_write_dot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x_" + "ⅷ" * 3 + "文"
    for text in (f"{name}*2", f'{name} * 2 # "]; evil [label=<<b>>] \\N \\G', "x if x<1 else 2>3"):
        at = f"{name}=1" if name in text else "x=1"
        assert main(["graph", text, "--at", at]) == 0
        dot = capsys.readouterr().out
        assert '"]; evil' not in dot
        assert "<<b>>" not in dot


def test_a_picture_is_written_to_the_named_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["graph", "x", "-o", "a;b $(c) `d`.dot"]) == 0
    assert main(["graph", "x +", "-o", "other.dot"]) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["a;b $(c) `d`.dot"]
