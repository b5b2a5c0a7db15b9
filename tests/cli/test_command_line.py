"""The command line inside one process: run several times, and what it makes of Typer's errors."""

from __future__ import annotations

import ast
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from autodiff_cli import arguments, cli
from autodiff_cli.cli import app, main
from autodiff_cli.cli.options import Composition, Output, Source
from autodiff_cli.errors import ExitCode, UsageError
from autodiff_cli.terminal.console import Console


class Streams:
    """A console of its own, with what is printed on it."""

    def __init__(self, stdin: str = "") -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.console = Console(stdin=io.StringIO(stdin), stdout=self.out, stderr=self.err)

    def run(self, *argv: str) -> tuple[int, str, str]:
        code = main(list(argv), self.console)
        return code, self.out.getvalue(), self.err.getvalue()


def test_commands_run_one_after_the_other_on_consoles_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second, third = Streams("x**3"), Streams(), Streams()
    assert first.run("grad", "--at", "x=2", "--round", "2") == (0, "12\n", "")
    # Neither digits nor notes of a command are left to the next one.
    code, out, err = second.run("eval", "u = 2; 1/3", "--float64", "--color", "always")
    assert (code, float(out)) == (0, 1 / 3)
    assert "`u` is defined and never used" in err
    assert "\x1b[" in err
    code, out, err = third.run("eval", "1 +", "--json")
    assert (code, out) == (ExitCode.EXPRESSION, "")
    assert json.loads(err)["error"]["code"]
    code, out, _ = second.run("eval", "2/3", "--float64")
    assert out.splitlines()[1:] == [repr(2 / 3)]
    assert first.out.getvalue() == "12\n"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "argv", [["--version"], ["grad", "--help"], ["evil", "1"], ["eval", "-x="]]
)
def test_nothing_leaves_the_console_that_is_given(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, err = Streams().run(*argv)
    assert out or err
    assert capsys.readouterr() == ("", "")


def test_a_fault_in_one_command_leaves_the_next_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.commands import eval as command

    monkeypatch.delenv("ADIFF_DEBUG", raising=False)
    streams = Streams()
    with monkeypatch.context() as patched:
        patched.setattr(command, "run", lambda problem, accuracy, extended: 1 / 0)
        assert streams.run("eval", "1")[::2] == (
            ExitCode.COMPUTATION,
            "error: adiff has a fault: division by zero\n"
            "hint: please report it; with ADIFF_DEBUG=1 set adiff shows where it happened\n",
        )
    assert streams.run("eval", "1")[:2] == (0, "1\n")


# --- Typer's errors ------------------------------------------------------------------------------

TYPERS = [
    (["eval", "1", "--jsn"], "no option `--jsn`", "did you mean `--json`?"),
    (["eval", "1", "--zzz"], "no option `--zzz`", "`-- --zzz`"),
    (["--zzz"], "no option `--zzz`", "a command comes first"),
    (["eval", "1", "--at"], "`--at` is given without a value", None),
    (["eval", "1", "--json=1"], "`--json` takes no value", None),
    (["eval", "--help=1"], "`--help` takes no value", None),
    (["--version=1"], "`--version` takes no value", None),
    (["evl", "1"], "no command `evl`", "did you mean `eval`?"),
    (["Plot", "1"], "no command `Plot`", "did you mean `plot`?"),
    (["qqq"], "no command `qqq`", "`adiff -h` lists"),
    (["it's"], "no command `it's`", "a command comes first"),
    (["--"], "missing command", "`adiff -h`"),
]
"""Command lines that Typer refuses, with what is to be said of them."""


@pytest.mark.parametrize(("argv", "message", "hint"), TYPERS, ids=lambda part: str(part)[:30])
def test_no_text_of_typer_is_read(
    argv: list[str], message: str, hint: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []

    def reworded(error: Any, *rest: Any) -> UsageError:
        # The same error in the words of a version to come.
        texts.append(error.format_message())
        error.args, error.message = ("Quux 'quux'.",), "Quux 'quux'."
        error.format_message = lambda: "Quux 'quux'."
        return arguments.usage_error(error, *rest)

    monkeypatch.setattr("autodiff_cli.cli.command_line.usage_error", reworded)
    code, out, err = Streams().run(*argv)
    assert (code, out, len(texts)) == (ExitCode.USAGE, "", 1)
    assert message in err.splitlines()[0]
    assert ("hint: " in err) == (hint is not None)
    assert (hint or "") in err.partition("hint: ")[2]


def options(choices: bool) -> list[tuple[str, str, Sequence[str]]]:
    """Return each option of each command that has choices, or that takes a whole number."""
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        for param in command.params:
            among = arguments._choices(command, param)
            if among if choices else param.metavar == "N":
                found.append((name, param.opts[-1], among))
    return found


@pytest.mark.parametrize(("command", "option", "choices"), options(choices=True))
def test_choices_are_those_of_the_declaration(
    command: str, option: str, choices: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> UsageError:
        raise AssertionError("Typer was asked first")

    monkeypatch.setattr("autodiff_cli.cli.command_line.usage_error", never)
    listed = ", ".join(f"`{choice}`" for choice in choices[:-1]) + f" or `{choices[-1]}`"
    code, _, err = Streams().run(command, "sin", option, "quux")
    assert (code, err) == (2, f"error: `{option}` takes {listed}, not `quux`\n")
    # Help is given whatever else is wrong.
    assert Streams().run(command, option, "quux", "--help")[0] == 0


@pytest.mark.parametrize(("command", "option", "_"), options(choices=False))
def test_whole_numbers_are_checked(command: str, option: str, _: object) -> None:
    for text in ("-1", "1.5", "x", "9" * 9):
        code, _, err = Streams().run(command, "x", option, text)
        assert code == 2
        assert err.startswith(f"error: `{option}` takes a whole number from ")
        assert err.endswith(f", not `{text}`\n")


def test_there_are_options_to_check() -> None:
    assert len(options(choices=True)) >= 9
    assert len(options(choices=False)) >= 15


def test_no_option_is_declared_twice() -> None:
    texts = [file.read_text("utf-8") for file in Path(cli.__file__).parent.glob("*.py")]
    declared = [
        ast.unparse(node)
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("typer.")
    ]
    twice = [one for one, times in Counter(declared).items() if times > 1]
    assert not twice
    assert len(declared) >= 30


def test_groups_stand_where_they_are_named() -> None:
    def function(run: object, *, output: Output, name: str = "", source: Source) -> None:
        """Take groups and an option."""

    composition = Composition(function)
    names = list(composition.parameters)
    assert names[names.index("quiet") :] == ["quiet", "name", "expression", "file", "at"]
    read = {key: one.default for key, one in composition.parameters.items()}
    bound = composition.bind({**read, "round": "7", "name": "n"})
    assert bound == {"output": Output(round=7), "name": "n", "source": Source()}
