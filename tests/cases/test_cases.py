"""Inputs on which adiff or another tool has once been wrong, with right values from outside.

Each stands for a kind of fault; ``data`` has a file for each kind and a case on each line.  The
values were computed with SymPy or a closed form and again in a second way; none comes from adiff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from judge import fault_of

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = [
    json.loads(line)
    for file in sorted((HERE / "data").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]
# What adiff cannot do yet: each line must fail, and goes once it passes.
PENDING = frozenset((HERE / "pending.txt").read_text(encoding="utf-8").split())


def test_every_pending_case_exists() -> None:
    assert {case["id"] for case in CASES} >= PENDING


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    fault = fault_of(case)
    if case["id"] in PENDING:
        assert fault, "passes now: strike it from pending.txt"
    else:
        assert not fault, fault
