"""Texts as people write them in other notations, with what they mean.

`friendly.txt` has one a line, and behind `⇒` the same in the language, the command that it asks
for, or `-` if there is neither.  Each is read as it is meant, noted, or refused with a hint that
works and means the same, if need be by several such steps.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from random import Random

import numpy as np
import pytest

from autodiff_cli import AdiffError, evaluate
from autodiff_cli.commands.reading_notes import reading_notes
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import load

LINES = (Path(__file__).parent / "friendly.txt").read_text(encoding="utf-8").splitlines()
CASES = [tuple(line.split(" ⇒ ")) for line in LINES if " ⇒ " in line]

POINT: dict[str, object] = {"x": 0.7, "y": 1.3, "a": 0.4, "n": 3.0, "r": 1.9, "t": 0.3}
POINT |= {"alpha": 0.2, "sigma": 1.7, "x_1": 0.6, "x_2": 1.1}
POINT |= {"v": [0.5, 2.0], "w": [1.5, -3.0], "A": [[2.0, 1.0], [0.5, 3.0]]}

MOST_STEPS = 4


def value(text: str) -> np.ndarray | None:
    """Return what a text gives at the point; None if it cannot be read."""
    try:
        names = parse(text).variables()
        if names.keys() <= POINT.keys():
            return evaluate(text, {name: POINT[name] for name in names})
    except AdiffError:
        pass
    return None


def is_meant(text: str, meaning: str) -> bool:
    """Return whether a text has the value of another one, or is the same command."""
    if meaning.startswith("adiff"):
        return text.startswith("adiff") and set(shlex.split(text)) == set(shlex.split(meaning))
    if meaning == "-":
        return True
    found, want = value(text), value(meaning)
    assert want is not None, meaning
    return (
        found is not None and found.shape == want.shape and np.allclose(found, want, equal_nan=True)
    )


def refusal(text: str) -> AdiffError | None:
    """Return the error that a text gives; None if it is read, or noted."""
    try:
        names = parse(text).variables()
        if names.keys() <= POINT.keys():
            evaluate(text, {name: POINT[name] for name in names})
        else:
            load(text, "EXPR", [], may_trace=True)
    except AdiffError as error:
        return error
    return None


def outcome(text: str, meaning: str, steps: int = MOST_STEPS) -> str | None:
    """Return how a text is answered; None if that is not what is meant."""
    error = refusal(text)
    if error is None:
        if meaning != "-" and is_meant(text, meaning):
            return "read"
        return "noted" if reading_notes(load(text, "EXPR", [], may_trace=True)) else None
    span = error.span
    hints = re.findall("`([^`]+)`", error.hint or "")
    for hint in hints:
        if is_meant(hint, meaning):
            return "hint"
    if meaning == "-":
        return "refused"
    for hint in hints if steps and span else ():
        assert span is not None
        mended = text[: span.start] + hint + text[span.end :]
        if is_meant(mended, meaning):
            return "hint"
        if mended != text and refusal(mended) and outcome(mended, meaning, steps - 1):
            return "hint"
    return None


@pytest.mark.parametrize(("text", "meaning"), CASES)
def test_a_text_means_what_is_meant(text: str, meaning: str) -> None:
    assert outcome(text, meaning), (str(refusal(text)), getattr(refusal(text), "hint", None))


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "[",
        "{",
        '"',
        "sin ",
        "sin(",
        "x^",
        "x! ",
        "30°",
        "½",
        "√",
        "d/dx ",
        "sum of ",
        "np.",
        "|",
    ],
)
def test_a_long_line_of_signs_is_refused_and_no_more(piece: str) -> None:
    for end in ("", ")", " $"):
        with pytest.raises(AdiffError):
            parse((piece * 900)[:900] + end)


# --- the same expression in several notations -----------------------------------------------------

NAMES = {
    "sin": ("Sin", "np.sin", "SIN"),
    "exp": ("Exp", "torch.exp", "EXP"),
    "atan": ("ArcTan", "math.atan", "ATAN"),
    "sqrt": ("Sqrt", "jnp.sqrt", "SQRT"),
    "abs": ("Abs", "np.abs", "ABS"),
}


def written(rng: Random, depth: int) -> tuple[str, ...]:
    """Return an expression in the language, and as Mathematica, Python, Excel, MATLAB have it."""
    if not depth or rng.random() < 0.2:
        return (rng.choice(["x", "y", "2", "0.5"]),) * 5
    parts = written(rng, depth - 1)
    kind = rng.randrange(6)
    if kind == 0:
        name = rng.choice([*NAMES])
        mathematica, python, excel = NAMES[name]
        plain, m, p, e, o = parts
        return (
            f"{name}({plain})",
            f"{mathematica}[{m}]",
            f"{python}({p})",
            f"{excel}({e})",
            f"{name}({o})",
        )
    if kind == 1:
        plain, m, p, e, o = parts
        return (
            f"log({plain})/log(3)",
            f"Log[3, {m}]",
            f"math.log({p}, 3)",
            f"LOG({e};3)",
            f"log({o})./log(3)",
        )
    if kind == 2:
        plain, m, p, e, o = parts
        return f"({plain})^2", f"({m})^2", f"np.square({p})", f"POWER({e};2)", f"({o}).^2"
    others = written(rng, depth - 1)
    if kind == 3:
        pairs = list(zip(parts, others, strict=True))
        (a, b), *rest = pairs
        max_names = ("Max[{}, {}]", "np.maximum({}, {})", "MAX({};{})", "max({}, {})")
        return (
            f"max({a}, {b})",
            *(text.format(*pair) for text, pair in zip(max_names, rest, strict=True)),
        )
    signs = ("*", " ", "*", "*", ".*") if kind == 4 else ("+",) * 5
    return tuple(f"({a}){sign}({b})" for a, sign, b in zip(parts, signs, others, strict=True))


@pytest.mark.parametrize("seed", range(60))
def test_an_expression_of_another_notation_has_its_value(seed: int) -> None:
    plain, *others = written(Random(seed), 4)
    for text in others:
        assert outcome(text, plain), (text, plain, getattr(refusal(text), "hint", None))
