"""Texts that nobody would write, by the hundred thousand: each gives an answer or a plain error.

    python tests/fuzz.py --count 100000 --seed 1

takes about a minute and prints a line for each text that was answered otherwise, with the seed that
makes it again.  Texts are written by the language's rules, then damaged; what can be read is
evaluated, explained and differentiated too.  Python's warnings count as failures.  The tests run a
few thousand of these.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from random import Random

import numpy as np

from autodiff_cli.commands import eval as eval_command
from autodiff_cli.commands import grad as grad_command
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.format import number
from autodiff_cli.language.parser import parse
from autodiff_cli.limits import Limits
from autodiff_cli.problem import load
from autodiff_cli.terminal.json_text import as_fields, json_text
from texts import POINT, Writer, damaged

LIMITS = Limits(elements=100_000, calls=20_000, graph=2_000, seconds=20)
SLOW = 10.0


def text_of(seed: int) -> str:
    """Return the text that a seed stands for."""
    rng = Random(seed)
    return damaged(Writer(rng, own=True).program(), rng)


def answer(text: str) -> str:
    """Return how a text was answered: with a gradient, a value, or the code of an error.

    Raises
    ------
    Exception
        If it was answered in any other way.
    """
    reached = "nothing"
    try:
        needed = parse(text, limits=LIMITS).variables()
        # A function's name has no value; without one it is complained of.
        known = [name for name in needed if name in POINT or not name.startswith("f")]
        values = [f"{name}={number(np.asarray(POINT.get(name, 0.5)))}" for name in known]
        problem = load(text, "EXPR", values, limits=LIMITS, explained=True)
        json_text(eval_command.run(problem).fields)
        reached = "value"
        json_text(grad_command.run(problem, [], 1).fields)
    except AdiffError as error:
        for one in (error, *error.others):
            check_wording(one, text)
        return error.code if reached == "nothing" else reached
    return "gradient"


def check_wording(error: AdiffError, text: str) -> None:
    """Check that an error is in the style of all errors, and inside of the text."""
    first = error.message[0]
    assert first in "`(" or first.islower() or not first.isalpha(), error.message
    assert not error.message.endswith("."), error.message
    assert error.code.replace("-", "").islower(), error.code
    if error.source == text:
        for span in filter(None, (error.span, *error.more)):
            assert 0 <= span.start <= span.end <= len(text), (span, error.message)
    json_text(as_fields(error))


def run(seeds: range) -> tuple[Counter[str], list[int]]:
    """Answer the texts of some seeds; return how, and the seeds of those where that failed."""
    answers: Counter[str] = Counter()
    failed = []
    for seed in seeds:
        text, start = text_of(seed), time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                answers[answer(text)] += 1
            assert time.monotonic() - start < SLOW, "too slow"
        except Exception:
            failed.append(seed)
            print(f"--- seed {seed}: {text!r}", file=sys.stderr)
            traceback.print_exc(limit=-4)
    return answers, failed


def main() -> int:
    """Run what the options ask for; return whether any text failed."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--count", type=int, default=100_000, help="how many texts")
    options.add_argument("--seed", type=int, default=0, help="the first seed")
    chosen = options.parse_args()
    answers, failed = run(range(chosen.seed, chosen.seed + chosen.count))
    for name, count in answers.most_common():
        print(f"{count:8} {name}")
    print(f"{len(failed):8} failed {failed[:20] or ''}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
