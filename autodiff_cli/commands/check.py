"""`adiff check`: compare a derivative with difference quotients, or with a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_cli.commands.against import against
from autodiff_cli.commands.claims import By
from autodiff_cli.commands.doubts import doubts, lost_digits
from autodiff_cli.commands.examination import examined
from autodiff_cli.commands.notes import derivative_notes
from autodiff_cli.commands.proven import of_orders
from autodiff_cli.commands.replaced import completed
from autodiff_cli.derive.partials import derivatives
from autodiff_cli.derive.steps import (
    NoComplexStepError,
    StepRow,
    complex_value,
    right_digits,
    step_rows,
)
from autodiff_cli.emit.text.partials import pure_partial
from autodiff_cli.engine import Variable, as_variable, value_of
from autodiff_cli.errors import UsageError
from autodiff_cli.language.binding import is_mixed
from autodiff_cli.language.format import element_names, number
from autodiff_cli.language.ranges import Range
from autodiff_cli.problem import Problem, split
from autodiff_cli.results import Note, Report

__all__ = ["inside", "run"]

MOST_ORDER = 8
"""The highest order of a derivative that is checked, because each order is a separate graph."""

MOST_TABLES = 6
"""The most numbers for which difference quotients are shown by step size."""

INSIDE = Fraction(41, 100)
"""The relative position in an interval of the value that a variable without one gets."""


def inside(over: Mapping[str, Range], at: Sequence[str]) -> list[str]:
    """Return assignments, as for ``--at``, to variables that have an interval and no value."""
    named = {piece.partition("=")[0].strip() for text in at for piece in text.split(",")}
    return [
        f"{name}={low + (high - low) * INSIDE}"
        for name, (low, high) in over.items()
        if name not in named
    ]


def run(
    problem: Problem,
    wrt: Sequence[str],
    order: int | None,
    claim: str | None = None,
    over: Mapping[str, Range] | None = None,
    is_placed: bool = True,
    tolerance: float | None = None,
) -> Report:
    """Return a report that compares a derivative with difference quotients, or with a claim.

    Parameters
    ----------
    problem
        The problem, with a value for each variable; any value if the variable has an interval.
    order
        The order of the derivative, 1 if not given.
    claim
        An expression or ``file.py:function`` that is claimed to be the derivative.
    over
        The intervals of some variables over which the claim is compared.
    is_placed
        Whether to compare the claim at the values of the variables, too.
    tolerance
        The relative error that a claim may have.
    """
    mixed = is_mixed(split(wrt), False, order)
    names = split(wrt) if mixed else problem.names(wrt)
    if not names:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`adiff eval` gives its value",
        )
    if order is not None and order > MOST_ORDER:
        raise UsageError(
            f"derivatives of order {MOST_ORDER} are the highest that are checked, not {order}",
            code="bad-option",
            hint="`adiff grad` proves the digits of any order",
        )
    by = By(names, len(names) if mixed else 1 if order is None else order, mixed)
    if claim is not None:
        return against(problem, by, claim, over or {}, is_placed, tolerance)
    if over:
        raise UsageError(
            "`--over` needs something to compare with over the interval",
            code="contradiction",
            hint='give it with `--against`, as in --against "4*x**3 - 4*x"',
        )
    if mixed or by.order < 1:
        raise UsageError(
            "difference quotients are shown of derivatives by one variable",
            code="several-variables",
            hint="leave the second name away, or compare with a formula by `--against`",
        )
    return _quotients(problem, by)


# --- difference quotients ------------------------------------------------------------------------


def _quotients(problem: Problem, by: By) -> Report:
    found = problem.derivatives(by.names, by.order)
    given_by_rules = {n: d.data for n, d in found.items()}
    known = examined(problem, by.names, by.order, given_by_rules)
    answers = completed(
        known, by.names, given_by_rules, lambda some, f: of_orders(problem, some, by.order, f)
    )
    if known is not None:
        found = {name: as_variable(value) for name, value in answers.numbers.items()}
    raw = problem.raw or problem
    rounded = raw.derivatives(by.names, by.order)
    blocks: list[str] = []
    fields: dict[str, Any] = {}
    for name in by.names:
        shape = problem.env[name].shape
        right, given = (
            np.asarray(v[name], float) for v in (answers.values, {name: value_of(rounded[name])})
        )
        for place, label in zip(np.ndindex(*shape), element_names(name, shape), strict=True):
            if len(fields) == MOST_TABLES:
                blocks.append("... and more, which `--wrt` shows")
                break
            rows, missing = _rows_of(raw, name, place, by.order)
            truth = float(right[place])
            blocks.append(
                _block(
                    pure_partial(label, by.order),
                    truth,
                    float(given[place]),
                    rows,
                    missing,
                    answers.proven,
                )
            )
            fields[label] = _fields(truth, float(given[place]), rows, answers.proven)
    notes: list[Note] = derivative_notes(problem, found, by.order, known)
    notes += doubts(problem, answers)
    if problem.raw is not None and known is None:
        notes += lost_digits(problem, answers, {n: value_of(d) for n, d in rounded.items()})
    described = {"command": "check", **problem.fields, "order": by.order, "derivatives": fields}
    return Report("\n\n".join(blocks), {**described, **answers.fields}, notes)


def _rows_of(
    problem: Problem, name: str, place: tuple[int, ...], order: int
) -> tuple[list[StepRow], str | None]:
    """Return the difference quotients, and an operation that has no complex step, if any."""

    def lower(value: Any) -> tuple[Variable, Variable]:
        """Return the derivative of the order below, and the variable."""
        env = {n: as_variable(value_of(x), n) for n, x in problem.env.items()}
        env[name] = as_variable(value, name)
        y = as_variable(problem.program.run(env))
        made = derivatives(y, env, [name], order - 1, create_graph=True)[name]
        return made, env[name]

    point = np.array(value_of(problem.env[name]), float)

    def moved(x: float) -> float:
        shifted = point.copy()
        shifted[place] = x
        return float(value_of(lower(shifted)[0]))

    missing = None
    imaginary = None
    graph, x = lower(point)
    try:
        complex_value(graph, x, place, 1e-20)
        imaginary = lambda h: complex_value(graph, x, place, h).imag  # noqa: E731
    except NoComplexStepError as error:
        missing = str(error)
    return step_rows(moved, float(point[place]), imaginary), missing


def _block(
    title: str,
    right: float,
    given: float,
    rows: Sequence[StepRow],
    missing: str | None,
    proven: bool,
) -> str:
    """Return the text of the report about one number."""
    methods = list(rows[0].values)
    best = {m: _best(rows, m, right) for m in methods}
    width = max(12, *(len(m) + 2 for m in methods))
    lines = [f"{title} = {number(right)}" + (", proven" if proven else ", in float64"), ""]
    lines.append(f"{'step':7}" + "".join(f"{m:>{width}}" for m in methods))
    for row in rows:
        errors = [_shown_error(_error(row.values[m], right)) for m in methods]
        marks = ["*" if best[m] is row else " " for m in methods]
        cells = [f"{a + b:>{width}}" for a, b in zip(errors, marks, strict=True)]
        lines.append(f"{row.step:<7.0e}" + "".join(cells))
    kind = "relative errors" if right else "errors"
    lines += ["", f"({kind}; * the smallest: above it truncation, below it rounding)", ""]
    label = max(len(m) for m in [*methods, "complex step"])
    for m in methods:
        lines.append(_line(m, label, best[m].values[m], right, f"step {best[m].step:.0e}"))
    lines.append(_line("float64", label, given, right, "by rules"))
    if missing is not None:
        lines.append(f"{'complex step':{label}}  none, for `{missing}` has no complex derivative")
    return "\n".join(line.rstrip() for line in lines)


def _line(method: str, label: int, value: float, right: float, how: str) -> str:
    digits = right_digits(value, right)
    accurate = "all digits" if digits == 17 else f"{digits} digit{'s' * (digits != 1)}"
    return f"{method:{label}}  {_marked(value, digits):25}  {accurate}, {how}"


def _marked(value: float, digits: int) -> str:
    """Return the text of a number with a bar after its correct digits."""
    text, seen = number(value), 0
    if digits in (0, 17) or not np.isfinite(value):
        return text if digits else f"|{text}"
    for k, letter in enumerate(text):
        if letter == "e":
            break
        seen += letter.isdigit() and (seen > 0 or letter != "0")
        if seen == digits and k + 1 < len(text) and text[k + 1].isdigit():
            return f"{text[: k + 1]}|{text[k + 1 :]}"
    return text


def _error(value: float, right: float) -> float:
    with np.errstate(all="ignore"):
        return abs(value - right) / abs(right) if right else abs(value)


def _best(rows: Sequence[StepRow], method: str, right: float) -> StepRow:
    """Return the row with the smallest error; of several, the one with the smallest step."""
    errors = [(_error(row.values[method], right), row.step, row) for row in rows]
    finite = [item for item in errors if np.isfinite(item[0])] or errors
    return min(finite, key=lambda item: item[:2])[2]


def _shown_error(error: float) -> str:
    return "-" if not np.isfinite(error) else "0" if error == 0 else f"{error:.0e}"


def _fields(right: float, given: float, rows: Sequence[StepRow], proven: bool) -> dict[str, Any]:
    best = {m: _best(rows, m, right) for m in rows[0].values}
    return {
        "derivative": right,
        "float64": given,
        "float64_digits": right_digits(given, right),
        "steps": [{"step": row.step, **row.values} for row in rows],
        "best": {
            m: {
                "step": row.step,
                "value": row.values[m],
                "digits": right_digits(row.values[m], right),
            }
            for m, row in best.items()
        },
    }
