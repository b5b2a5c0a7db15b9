"""Some of the texts that ``tests/fuzz.py`` writes: an answer or a plain error for each."""

from __future__ import annotations

import fuzz


def test_every_text_has_an_answer_or_a_plain_error() -> None:
    answers, failed = fuzz.run(range(1200))
    assert failed == []
    # Not all of them fail early: a good part is evaluated, and much goes wrong in many ways.
    assert answers["gradient"] > 100
    assert len(answers) > 20
