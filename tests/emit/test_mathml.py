"""MathML is made from the LaTeX of formulas: all of it is understood, and nothing is lost."""

from __future__ import annotations

import re
import unicodedata
from xml.etree import ElementTree

import pytest

from autodiff_cli.emit.text.latex import LatexPiece, call_piece
from autodiff_cli.emit.text.mathml import mathml
from autodiff_cli.engine import Operation
from autodiff_cli.language.names import functions


def parsed(latex: str) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(latex).replace("\u00a0", " "))


def words(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{x^{2}}{2 \theta_{1}}", "x22θ1"),
        (r"\left(x - 1\right)' \cdot 10^{-3}", "(x−1)′⋅10−3"),
        (r"\sqrt{x} + \sqrt[3]{y}", "x+y3"),
        (
            r"\begin{cases} 2 & \text{if } x \le 0 \\ 0 & \text{otherwise} \end{cases}",
            "{2if x≤00otherwise",
        ),
        (r"\sin^{2}\left(x\right)", "sin2(x)"),
        (r"\operatorname{log\_a}\left(b_{0,1}\right)", "log_a(b0,1)"),
        (r"\left\lfloor x \right\rfloor \Gamma\left(x\right) \infty", "⌊x⌋Γ(x)∞"),
    ],
)
def test_what_is_read_is_what_was_written(latex: str, shown: str) -> None:
    assert words(parsed(latex)) == shown


def test_structure() -> None:
    fraction = parsed(r"\frac{1}{x^{2}}")[0]
    assert [child.tag for child in fraction] == ["mn", "mrow"]
    assert [child.tag for child in parsed("f_{1}''")[0]] == ["msub", "mo", "mo"]
    rows = parsed(r"\begin{cases} 1 & a \\ 2 & b \end{cases}").findall(".//mtr")
    assert [len(row) for row in rows] == [2, 2]


@pytest.mark.parametrize(
    "operation", dict.fromkeys(functions().values()), ids=lambda operation: operation.name
)
def test_every_operation_is_typeset(operation: Operation) -> None:
    names = operation.arguments or ("x",)
    latex = call_piece(operation, [LatexPiece(name) for name in names], {}).text
    shown = words(parsed(latex))
    assert "\\" not in shown
    for command in re.findall(r"\\([a-zA-Z]+)", latex):
        assert command in shown or command in STRUCTURE or greek(command) in shown, command


def greek(command: str) -> str:
    """Return the Greek letter of a command."""
    size = "CAPITAL" if command[0].isupper() else "SMALL"
    return unicodedata.lookup(f"GREEK {size} LETTER {command.upper()}")


STRUCTURE = {
    *("left", "right", "frac", "sqrt", "begin", "end", "text", "operatorname", "mathrm", "mathsf"),
    *("mathit", "cdot", "le", "ge", "ne", "land", "lor", "lnot", "bmod", "infty", "partial"),
    *("lfloor", "rfloor", "lceil", "rceil"),
}
