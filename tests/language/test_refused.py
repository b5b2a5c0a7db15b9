"""Texts as other tools, textbooks and slips have them: refused in the words of the language.

`refused.txt` has one a line.  Each is refused with a hint, and what a hint writes can be read.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from autodiff_cli import AdiffError, evaluate
from autodiff_cli.language.lexer import tokenize
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import load

TEXTS = (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()

WITHOUT_HINT = {"()", "[]", "x++", "x--", "x^2 /. x -> 3"}

DEFINED = "f(x) = x**2; "


def check(written: str) -> None:
    """Read what a hint writes: an expression, an option, or a command."""
    if written.startswith("adiff "):
        for word in [word for word in shlex.split(written)[2:] if not word.startswith("-")][:1]:
            parse(word)
    elif not written.startswith("-") and len(tokenize(written)) > 2:
        parse((DEFINED if "f(x)" in written and "=" not in written else "") + written)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_is_refused_has_a_hint_that_works(text: str) -> None:
    with pytest.raises(AdiffError) as caught:
        load(text, "EXPR", [], may_trace=True)
    for error in (caught.value, *caught.value.others):
        assert error.hint or text in WITHOUT_HINT
        assert "adiff has a fault" not in str(error)
        for written in re.findall("`([^`]+)`", error.hint or ""):
            if "..." not in written:
                check(written)


@pytest.mark.parametrize(
    ("ahead", "text", "readings"),
    [
        ("-", "(x-m)^2/2s^2", (-((3 - 1) ** 2) / 2 * 7**2, -((3 - 1) ** 2) / (2 * 7**2))),
        ("", "x^2/2y", (3**2 / 2 * 5, 3**2 / (2 * 5))),
        ("", "4*x**-2/3y", (4 * 3**-2 / 3 * 5, 4 * 3**-2 / (3 * 5))),
        ("", "x*y/2s", (3 * 5 / 2 * 7, 3 * 5 / (2 * 7))),
        ("m + ", "x/2y", (1 + 3 / 2 * 5, 1 + 3 / (2 * 5))),
        ("", "2^3m", (2**3 * 1, 2 ** (3 * 1))),
        ("", "[x, y][0]/2s", (3 / 2 * 7, 3 / (2 * 7))),
        ("", "x^(1/2)/3y^2", (3**0.5 / 3 * 5**2, 3**0.5 / (3 * 5**2))),
    ],
)
def test_two_readings_are_those_of_the_text(
    ahead: str, text: str, readings: tuple[float, float]
) -> None:
    """What a hint writes stands for the text behind what it leaves alone."""
    point = {"x": 3.0, "y": 5.0, "m": 1.0, "s": 7.0}
    with pytest.raises(AdiffError) as caught:
        parse(ahead + text)
    hints = re.findall("`([^`]+)`", caught.value.hint or "")
    for hint, want in zip(hints, readings, strict=True):
        values = {name: value for name, value in point.items() if name in ahead + hint}
        assert float(evaluate(ahead + hint, values)) == pytest.approx(want)
