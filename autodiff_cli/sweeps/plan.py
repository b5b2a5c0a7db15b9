"""Describe a sweep by text and names, so that it can be sent to another machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from autodiff_cli.compiling import column_code
from autodiff_cli.files.tables.rows import Keep
from autodiff_cli.problem import load
from autodiff_cli.sweeps.sweep import Sweep
from autodiff_cli.version import __version__

__all__ = ["SweepPlan", "planned"]


@dataclass(frozen=True)
class SweepPlan:
    """A description of a sweep by text and names.

    Attributes
    ----------
    expression, origin
        As for `autodiff_cli.problem.load`.
    released
        The names of constants that are variables in the expression.
    names, order, mixed
        The requested derivatives.
    titles, columns, constants, keep
        As for `autodiff_cli.sweeps.sweep.Sweep`.
    version
        The version of adiff that made the plan.
    """

    expression: str
    origin: str
    released: tuple[str, ...]
    names: tuple[str, ...]
    order: int
    mixed: bool
    titles: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    constants: tuple[tuple[str, float], ...]
    keep: Keep
    version: str = __version__


@lru_cache(maxsize=4)
def planned(plan: SweepPlan) -> Sweep:
    """Return the sweep of a plan, on one thread."""
    problem = load(plan.expression, plan.origin, (), may_trace=True, wrt=plan.released)
    code = column_code(problem, plan.names, plan.order, plan.mixed)
    return Sweep(code, plan.titles, dict(plan.columns), dict(plan.constants), plan.keep, 1)
