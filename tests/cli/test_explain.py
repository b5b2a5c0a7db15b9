"""`adiff explain` as a command: what fits, where it goes, and the numbers of `adiff grad`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autodiff_cli.cli import main
from processes import Run

LONG = "sin(x**2)*exp(-x)*x**3/(1 + x**2)"


@pytest.mark.parametrize(("columns", "at"), [(40, []), (80, ["--at", "x=2"])])
def test_a_terminal_shows_lines_that_fit(
    on_terminal: Callable[..., tuple[int, str]], columns: int, at: list[str]
) -> None:
    code, seen = on_terminal("explain", LONG, *at, COLUMNS=str(columns), NO_COLOR="1")
    assert code == 0
    lines = seen.splitlines()
    assert max(map(len, lines)) <= columns
    assert not any(re.search(r"\*$|^ *\*\*", line) for line in lines), "no power is torn apart"
    assert re.sub(r"\s", "", seen).count("quotientrule") == 1


def test_rules_are_faint_on_a_terminal_with_colors(
    on_terminal: Callable[..., tuple[int, str]],
) -> None:
    _, seen = on_terminal("explain", "x*sin(x)", FORCE_COLOR="1", TERM="xterm")
    assert "\x1b[2mproduct rule\x1b[22m" in seen


def test_the_last_number_is_that_of_grad(adiff: Run) -> None:
    text, at = "(1 - cos(x))/x**2", "x=1e-8"
    found = json.loads(adiff("explain", text, "--at", at, "--json").out)
    last = found["derivations"][0]["steps"][-1]
    assert last["right"] == found["formulas"]["x"] == adiff("grad", text).out.strip()
    # The value of -x/12 + O(x**3); float64 alone gives 99999999.99999999.
    assert last["value"] == float(adiff("grad", text, "--at", at).out) == pytest.approx(-1e-8 / 12)


def test_json_has_the_lines(adiff: Run) -> None:
    found = json.loads(adiff("explain", "x*sin(x)", "--order", "2", "--json").out)
    first, second = found["derivations"]
    assert [(line["left"], line["right"], line["rules"]) for line in first["steps"]] == [
        ("f'", "x'*sin(x) + x*sin(x)'", ["product rule"]),
        ("f'", "x*cos(x) + sin(x)", ["derivative of sin"]),
    ]
    assert second["function"][0]["right"] == "x*cos(x) + sin(x)"
    assert (second["variable"], second["order"]) == ("x", 2)


def test_files_are_written_in_the_format_of_their_suffix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for suffix, begin in ((".html", "<!DOCTYPE html>"), (".tex", "\\begin{align*}"), (".txt", "f")):
        file = tmp_path / f"steps{suffix}"
        assert main(["explain", LONG, "--at", "x=2", "-o", str(file)]) == 0
        assert file.read_text(encoding="utf-8").startswith(begin)
    assert capsys.readouterr().out == ""
    page = (tmp_path / "steps.html").read_text(encoding="utf-8")
    assert "://" not in page, "nothing is loaded from elsewhere"
    tree = ElementTree.fromstring(re.search(r"<table.*</table>", page, re.DOTALL)[0])  # type: ignore[index]
    assert len(tree.findall("tr")) == len(tree.findall(".//td[@class='rule']")) > 10


def test_an_expression_may_come_from_a_pipe_or_begin_with_a_minus(adiff: Run) -> None:
    piped = adiff("explain", "-", stdin="-x**2\n").out
    assert piped == adiff("explain", "-x**2").out
    assert piped.splitlines()[-1] == "f' = -2*x   power rule, constant factor"
