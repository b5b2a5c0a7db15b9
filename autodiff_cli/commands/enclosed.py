"""Numbers as midpoint and radius, at points and over intervals of variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autodiff_cli.errors import UsageError
from autodiff_cli.language.parser import parse
from autodiff_cli.problem import Problem

__all__ = ["enclosed_problem"]


def enclosed_problem(problem: Problem, ends: Mapping[str, tuple[str, str]]) -> Problem:
    """Return a problem whose numbers are requested as midpoint and radius.

    Parameters
    ----------
    ends
        For each variable with an interval the expressions of its ends.

    Raises
    ------
    UsageError
        If there are no values, an interval is empty or not constant, or there are no balls.
    """
    if problem.symbolic:
        raise UsageError(
            "an enclosure needs numbers, but no variable has a value",
            code="missing-value",
            hint="give values with `--at`, or intervals, as in `--at x=2±0.1`",
        )
    if problem.unavailable:
        raise UsageError(
            "enclosures need `python-flint`, which is missing",
            code="missing-package",
            hint="run `pip install python-flint`",
        )
    if problem.known is None:
        raise UsageError(
            "`--float64` has no enclosures", code="contradiction", hint="leave one of them away"
        )
    from autodiff_cli.graph.exact import exact_ends, trace

    intervals = {}
    for name, texts in ends.items():
        low, high = (parse(text, name) for text in texts)
        if needed := {**low.variables(), **high.variables()}:
            raise UsageError(
                f"the interval of `{name}` depends on `{next(iter(needed))}`, but its ends have"
                " to be numbers",
                code="bad-value",
                hint=f"write it as `--at {name}=2±0.1`",
            )
        found = exact_ends(*(trace(p, p.results({}), {}) for p in (low, high)))
        if found is None:
            raise UsageError(
                f"the interval of `{name}` is empty",
                code="bad-interval",
                hint=f"write it as `--at {name}=[1.9..2.1]`, or as `--at {name}=2±0.1`",
            )
        intervals[name] = found
    return replace(problem, enclosed=True, intervals=intervals)
