"""Expressions that nobody would write, with value, gradient and Hessian, against the engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from autodiff_cli.commands.export import Export
from autodiff_cli.engine import Operation
from autodiff_cli.problem import load
from emit.exported import Numbers, c_functions, check, needs_compiler, python_function
from emit.test_code_choices import engine, in_order
from emit.test_code_spellings import NOT_IN_C
from engine.outside import ELEMENTWISE

LEAVES = ["x", "y", "x", "y", "x", "y", "2", "0.5", "1", "0", "(-1)", "3"]
POINTS = list(product([-2.5, -1.0, -0.0, 0.0, 0.5, 3.0], repeat=2))

# Neither C nor the mathematics of Python has these to the last bits, or at all.
ROUGH = {"gamma", "lgamma", "digamma", "trigamma", "polygamma", *NOT_IN_C}
OPERATIONS = [op for op in ELEMENTWISE if not op.metadata.internal and op.name not in ROUGH]


def written(op: Operation, operands: list[str]) -> str:
    if op.metadata.symbol:
        return f"({operands[0]} {op.metadata.symbol} {operands[1]})"
    return f"{op.name}({', '.join(operands)})"


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)
    op = rng.choice(OPERATIONS)
    return written(op, [expression(rng, depth - 1) for _ in range(op.arity)])


def expressions(count: int) -> list[str]:
    rng = random.Random(20_260_728)
    found: list[str] = []
    while len(found) < count:
        text = f"{expression(rng, 4)} + 0*(x + y)"
        if text not in found:
            found.append(text)
    return found


EXPRESSIONS = expressions(40)
every_expression = pytest.mark.parametrize("text", EXPRESSIONS)


def exported(text: str) -> Export:
    return Export(load(text, "EXPR", [], may_trace=True), ["x", "y"], 2, mixed=True)


@every_expression
def test_python(text: str) -> None:
    export = exported(text)
    function = python_function(export.code)
    for at in POINTS:
        got = function(*(np.array([number]) for number in in_order(export, at)))
        check(got, engine(text, at, lambda number: np.array([number])))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callable[..., Numbers]]:
    codes = {f"random{k}": exported(text).code for k, text in enumerate(EXPRESSIONS)}
    folder: Path = tmp_path_factory.mktemp("c")
    return c_functions(codes, folder)


@needs_compiler
@every_expression
def test_c(text: str, compiled: dict[str, Callable[..., Numbers]]) -> None:
    export = exported(text)
    function = compiled[f"random{EXPRESSIONS.index(text)}"]
    for at in POINTS:
        # CPython computes hypot in its own way: the last bit of it may differ, and be magnified.
        check(function(*in_order(export, at)), engine(text, at), rtol=1e-12)
