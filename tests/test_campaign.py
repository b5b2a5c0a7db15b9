"""A few cases of the campaign: what is printed is right, and what float64 loses is explained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autodiff_cli.graph.proof import prove
from autodiff_cli.problem import load
from autodiff_cli.progress import watching

FILE = Path(__file__).parents[1] / "benchmarks" / "campaign.py"


@pytest.fixture(scope="module")
def campaign() -> ModuleType:
    spec = importlib.util.spec_from_file_location("campaign", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["campaign"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("kind", "count"), [("random", 12), ("antiderivatives", 6), ("formulas", 2)]
)
def test_what_is_printed_is_the_float64_nearest_to_the_truth(
    campaign: Any, kind: str, count: int
) -> None:
    answers = {"adiff": campaign.printed, "adiff --float64": campaign.float64}
    tallies, told = campaign.run(campaign.cases_of(kind, count, 7), answers)
    assert told == []
    assert tallies["adiff"].counts["nearest"] == len(tallies["adiff"].errors) > 15
    assert max(tallies["adiff"].errors) < 2.0**-52


def test_a_wrong_answer_is_seen(campaign: Any) -> None:
    cases = [campaign.Case("x**2", {"x": 3.0}, ("x",))]
    tallies, told = campaign.run(iter(cases), {"adiff": lambda case: 6.0000001})
    assert tallies["adiff"].counts == {"nearest": 0}
    assert len(told) == 1
    assert "and not 6.0" in told[0]
    tallies, told = campaign.run(iter(cases), {"adiff --float64": lambda case: 7.0})
    assert tallies["adiff --float64"].counts == {"nearest": 0, "wrong": 1, "unexplained": 1}


def test_how_many_digits_are_certain_is_known_on_the_way() -> None:
    problem = load("exp(sin(x))", "EXPR", ["x=1/3"], exactly=True, digits=3000)
    assert problem.known is not None
    seen: list[tuple[str, int, int]] = []
    with watching(lambda *step: seen.append(step)):
        prove([problem.y], problem.known, 3000)
    assert len(seen) == 3
    assert all(step[0] == "digit" and step[2] == 3000 for step in seen)
    numbers = [step[1] for step in seen]
    assert 150 < numbers[0] < numbers[1] < numbers[2] == 3000
