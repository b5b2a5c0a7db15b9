"""The grammar file is the reference of the language: its examples hold, and leave no rule out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autodiff_cli.engine import Variable, as_variable
from autodiff_cli.language import parser
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import token_texts
from autodiff_cli.language.names import CONSTANTS
from autodiff_cli.language.parse_tables import grammar, tables
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program

POINT = {"x": 0.7, "y": -1.9, "z": 3.0, "θ_1": 0.3}


def sides(example: str) -> list[str]:
    """Return what stands on either side of the == that is in no bracket."""
    depth, last, found = 0, 0, []
    for match in re.finditer(r"([\[(])|([\])])| == ", example):
        depth += bool(match[1]) - bool(match[2])
        if match[0] == " == " and not depth:
            found.append(example[last : match.start()])
            last = match.end()
    return [*found, example[last:]]


# What is indented in a comment is an example, and nothing else is.
EXAMPLES = [sides(line) for line in re.findall(r"^//   (.+)$", grammar(), re.MULTILINE)]


def value(text: str) -> np.ndarray:
    program = parse(text)
    return as_variable(program.run({name: POINT[name] for name in program.variables()})).data


@pytest.mark.parametrize("example", EXAMPLES, ids=" == ".join)
def test_example_in_the_grammar(example: list[str]) -> None:
    left, right = example
    want = value(right)
    assert np.all(np.isfinite(want)), "nan would be equal to nothing, and inf to too much"
    np.testing.assert_allclose(value(left), want, rtol=1e-14, strict=True)


def test_every_alternative_of_every_rule_has_an_example() -> None:
    used: set[int] = set()
    spellings: set[str] = set()

    def noting(k: int, action: Callable[..., Any]) -> Callable[..., Any]:
        def act(*arguments: Any) -> Any:
            used.add(k)
            return action(*arguments)

        return act

    for text in (side for example in EXAMPLES for side in example):
        texts = token_texts(text)
        reading = parser._ParserState(texts, Builder(Program(text), texts))
        reading.rules = [(m, n, noting(k, act)) for k, (m, n, act) in enumerate(reading.rules)]
        reading.run()
        spellings.update(texts)
    # The empty list, and a call without arguments, can be read to be refused in plain words.
    refused = [("listed", 2, "vector"), ("call", 3, "call")]
    rules = enumerate(tables().rules)
    assert [r for k, r in rules if r.action and k not in used and r not in refused] == []
    assert set(tables().fixed_kinds) - spellings == set(), "spelled in no example"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("-2**2", -4),
        ("2**3**2", 512),
        ("1 - 2 - 3", -4),
        ("2 / 2 * 2", 2),
        ("7 % 4 * 2", 6),
        ("not 1 == 2", 1),
        ("1 if 0 else 2 if 0 else 3", 3),
        ("1 or 0 and 0", 1),
        ("-2²", -4),
        ("1 + 2 if 0 else 3", 3),
        ("2 * [1, 2][1]", 4),
        ("1 < 2 + 3", 1),
    ],
)
def test_what_binds_tighter_by_hand(text: str, want: float) -> None:
    assert value(text) == want


def test_constants_are_not_variables() -> None:
    assert value("e") == math.e
    assert not parse(" + ".join(CONSTANTS)).variables()


def test_variables_come_in_order_of_appearance_with_their_place() -> None:
    program = parse("y + x*y")
    assert list(program.variables().items()) == [("y", (0, 1)), ("x", (4, 5))]


# --- depth and length: nothing recurses ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("(" * 20_000 + "x" + ")" * 20_000, 0.7),
        ("-" * 20_000 + "x", 0.7),
        ("x" + "+x" * 20_000, 0.7 * 20_001),
        ("abs(" * 5_000 + "x" + ")" * 5_000, 0.7),
        ("1**" * 5_000 + "1", 1.0),
        ("1 if x < 0 else " * 2_000 + "x", 0.7),
        ("x" + ".T" * 5_000, 0.7),
        ("not " * 5_001 + "0 + 0*x", 1.0),
        ("x" + " < 1" * 5_000, 0.0),
        ("".join(f"u{k} = {f'u{k - 1}' if k else 'x'};" for k in range(3_000)) + "u2999", 0.7),
    ],
    ids="brackets signs terms calls powers choices transposed not chain lines".split(),
)
def test_depth_is_no_limit(text: str, want: float) -> None:
    program = parse(text)
    x = as_variable(0.7)
    got = program.run({"x": x} if program.variables() else {})
    assert float(got) == pytest.approx(want, rel=1e-12)
    if isinstance(got, Variable) and got is not x:
        got.backward()
        assert x.grad is None or math.isfinite(float(x.grad))
