"""Texts as other tools, textbooks and slips have them: refused in the words of the language.

`refused.txt` has one a line.  Each is refused with a hint, and what a hint writes can be read.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from autodiff_cli import AdiffError
from autodiff_cli.language.lexer import words
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
    elif not written.startswith("-") and len(words(written)) > 2:
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
