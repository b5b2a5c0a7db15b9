"""What `adiff functions NAME` shows of one function: its derivatives, its domain, and a plot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

from autodiff_cli.emit.plot.characters import to_characters
from autodiff_cli.emit.plot.chart import Chart
from autodiff_cli.emit.text.formula import formula
from autodiff_cli.engine import Operation
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.metadata import Interval
from autodiff_cli.engine.rule_names import rule_name
from autodiff_cli.errors import AdiffError
from autodiff_cli.language.format import number
from autodiff_cli.plotting.curves import curves
from autodiff_cli.problem import load
from autodiff_cli.symbolic.rewrite import new_algebra
from autodiff_cli.symbolic.slopes import COTANGENT, cotangents, slopes

__all__ = ["derivatives", "domains", "drawing", "places", "properties", "rule_name"]

LONGEST = 72
"""The most characters of a formula that says what a derivative is."""

USUAL = 4
"""How far from 0 a plot reaches."""

HEIGHT = 14
"""The lines of a plot."""


def derivatives(operation: Operation) -> dict[str, str]:
    """Return the derivative by each argument as a formula, unless it is 0 or too long.

    For an operation on tensors it is the adjoint of the argument, if g is that of the result.
    """
    algebra = new_algebra()
    terms = {}
    with suppress(AdiffError):
        if isinstance(operation, Elementwise):
            terms = slopes(algebra, operation)
        elif not operation.variadic:
            terms = cotangents(algebra, operation)
    found = {}
    for name, term in terms.items():
        with suppress(AdiffError):
            text = formula(algebra, term, expand=True)
            if len(text) <= LONGEST:
                found[name] = text
    return found


def domains(operation: Operation) -> dict[str, str]:
    """Return the condition on each argument, if there is one, under which a function is smooth."""
    intervals = operation.metadata.domain
    if len(intervals) == 1:
        intervals = intervals * len(operation.arguments)
    names = zip(operation.arguments, intervals, strict=False)
    return {name: text for name, interval in names if (text := _condition(name, interval))}


def _condition(name: str, interval: Interval) -> str:
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"{name} > {number(low)}"
    if math.isinf(low):
        return f"{name} < {number(high)}"
    return f"{number(low)} < {name} < {number(high)}"


def places(operation: Operation) -> dict[str, str]:
    """Return where a function has kinks and jumps, as far as these are numbers."""
    found = {}
    for kind, sets in (("kinks", operation.metadata.kinks), ("jumps", operation.metadata.jumps)):
        if sets:
            numbers = [place for place in sets if isinstance(place, int | float)]
            name = operation.arguments[0]
            shown = ", ".join(f"{name} = {number(place)}" for place in numbers)
            found[kind] = shown if len(numbers) == len(sets) else "there are some"
    return found


def properties(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the properties of a function with their names, as lines for people."""
    elementwise = isinstance(operation, Elementwise)
    found = derivatives(operation)
    for name, text in found.items():
        by = f" by {name}" if len(operation.arguments) > 1 else ""
        yield f"derivative{by}" if elementwise else f"adjoint of {name}", text
    if found and not elementwise:
        yield "", f"with the shapes of the example, where {COTANGENT} is the adjoint of the result"
    rule = rule_name(operation)
    if not rule.startswith("derivative of"):
        yield "rule", rule
    if conditions := domains(operation):
        yield "smooth for", ", ".join(conditions.values())
    for kind, text in places(operation).items():
        yield kind, text


def drawing(operation: Operation, columns: int, *, colored: bool) -> str:
    """Return a plot of a function of one number and its derivative; empty if there is none."""
    if not isinstance(operation, Elementwise) or operation.arity != 1 or operation.metadata.leading:
        return ""
    (interval, *_) = operation.metadata.domain
    low = max(interval.low, -USUAL)
    high = min(interval.high, USUAL)
    if low >= high:
        low, high = high, high + 2 * USUAL
    name = operation.arguments[0]
    with suppress(AdiffError):
        problem = load(f"{operation.name}({name})", "EXPR", (), about={})
        ends = Fraction(low), Fraction(high)
        plot = curves(problem, name, ends, 1, "", series=_no_series)
        assert isinstance(plot.chart, Chart)
        return to_characters(plot.chart, columns, HEIGHT, colored=colored).lstrip("\n")
    return ""


def _no_series(point: Fraction, degree: int) -> Sequence[float]:
    raise AssertionError((point, degree))
