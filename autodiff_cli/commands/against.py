"""Judge a claimed derivative: at a point, at random points of a box, and over the whole box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np

from autodiff_cli.commands.claims import (
    By,
    Compared,
    Entries,
    Judge,
    as_float,
    as_text,
    derivative_entries,
    judge_of,
    shown,
)
from autodiff_cli.commands.doubts import doubts
from autodiff_cli.commands.examination import examined, examined_pairs, examined_turns
from autodiff_cli.commands.notes import derivative_notes, mixed_notes
from autodiff_cli.commands.proven import Answers
from autodiff_cli.commands.replaced import hessian_numbers, jacobian_numbers, turn_numbers
from autodiff_cli.commands.truth import Truth
from autodiff_cli.derive.partials import mixed_derivative
from autodiff_cli.derive.sampling import Point, points, simplest
from autodiff_cli.engine import value_of
from autodiff_cli.errors import AdiffError, UsageError
from autodiff_cli.files.python_function import function_of
from autodiff_cli.language.format import number
from autodiff_cli.language.ranges import Range
from autodiff_cli.problem import Problem, load
from autodiff_cli.results import Note, Report

__all__ = ["against"]

POINTS = 200
"""The number of random points at which a claim is compared."""

SECONDS = 10.0
"""The time limit for a proof over a box."""

MOST_SIDES = 3
"""The most variables of a box over which a proof is attempted."""

SHORT = 80
"""The most characters of a formula in the report."""

ROUNDING = 4e-16
"""The relative error of a claim that is due to rounding it to float64."""

MOST_INTERVALS = 5
"""The most differing numbers in the report."""


def against(
    problem: Problem,
    by: By,
    claim: str,
    over: Mapping[str, Range],
    is_placed: bool,
    tolerance: float | None,
) -> Report:
    """Return the report on a claimed derivative: see `autodiff_cli.commands.check.run`."""
    for name in over:
        if name not in problem.env or problem.env[name].shape:
            said = "is no number" if name in problem.env else "is not in the expression"
            raise UsageError(f"`--over`: `{name}` {said}", code="unknown-variable")
    entries = derivative_entries(problem, by)
    function = function_of(claim)
    seconds = problem.program.limits.seconds
    judge = judge_of(problem, entries, claim if function is None else function, tolerance, seconds)
    report = _Findings(problem, entries, judge)
    if is_placed:
        report.at_the_point()
    if over:
        report.over(over, proving=not tolerance)
    return report.made(claim, over, is_placed)


class _Findings:
    """The findings about a claim, as lines of the report."""

    def __init__(self, problem: Problem, entries: Entries, judge: Judge) -> None:
        self.problem, self.entries, self.judge = problem, entries, judge
        self.order = entries.by.order
        self.lines: list[str] = []
        # This includes the note that a package for more than float64 is missing.
        self.notes: list[Note] = doubts(problem, Answers({}))
        self.fields: dict[str, Any] = {}
        self.holds = True

    def made(self, claim: str, over: Mapping[str, Range], is_placed: bool) -> Report:
        """Return the report."""
        lines = list(self.lines)
        if not self.holds and (formulas := _formulas(self.problem, self.entries.by)):
            lines += [f"the derivative is {text}" for text in formulas]
        fields = {"command": "check", **self.problem.fields}
        if not is_placed:
            fields["at"] = {n: x for n, x in fields["at"].items() if n not in over}
        if over:
            fields["over"] = {n: [float(low), float(high)] for n, (low, high) in over.items()}
        fields |= {"against": claim, "order": self.order, "holds": self.holds, **self.fields}
        return Report("\n".join(lines), fields, self.notes, self.holds)

    def at_the_point(self) -> None:
        """Compare at the values of the variables."""
        found, notes, true = self._true(self.problem, next(iter(self.judge.at([{}]))))
        self.notes += notes
        point = {n: x.data for n, x in self.problem.env.items()}
        where = ", ".join(f"{name} = {number(value)}" for name, value in point.items())
        wrong = [one for one in found if one.same is False]
        if wrong:
            self._differ(where, wrong)
            self.fields["counterexample"] = {"at": point, "derivatives": _as_json(wrong)}
        elif any(not note.harmless for note in notes):
            self.lines.append(f"at {where}: no derivative to compare with")
        elif any(one.same is None for one in found):
            self.lines.append(f"at {where}: it cannot be told")
        else:
            far = ", within rounding" if true else self._how_far([found])
            self.lines.append(f"at {where}: the same{far}")

    def over(self, over: Mapping[str, Range], proving: bool) -> None:
        """Compare at points of a box, and then over the whole box if balls allow it."""
        where = ", ".join(
            f"{n} from {_end(low)} to {_end(high)}" for n, (low, high) in over.items()
        )
        tried = list(points(over, POINTS))
        found = list(self.judge.at(tried))
        failing = next((p for p, c in zip(tried, found, strict=True) if self._wrong(p, c)), None)
        if failing is not None:
            point = simplest(failing, over, self._first_failing)
            (compared,) = self.judge.at([point])
            wrong = self._wrong(point, compared)
            self._differ(self._where(point), wrong)
            self.fields["counterexample"] = {
                "at": {name: float(x) for name, x in point.items()},
                "derivatives": _as_json(wrong),
            }
            return
        same = sum(all(one.same for one in c) for c in found)
        self.fields["points"] = same
        if not same:
            self.lines.append(f"{where}: there is no derivative at any of {len(tried)} points")
            self.holds = False
            return
        self.lines.append(f"{where}: the same at {same} points{self._how_far(found)}")
        if proving and self.judge.claim is not None and self.holds:
            if len(over) <= MOST_SIDES:
                self._prove(over)
            else:
                self.lines.append(f"proofs in between are tried for {MOST_SIDES} variables at most")

    def _prove(self, over: Mapping[str, Range]) -> None:
        from flint import fmpq

        from autodiff_cli.graph.claims import Box

        assert self.judge.claim is not None
        sides = {
            name: tuple(fmpq(end.numerator, end.denominator) for end in side)
            for name, side in over.items()
        }
        bounded = self.judge.claim.over(Box(sides), SECONDS)  # type: ignore[arg-type]
        if not bounded.complete:
            self.lines.append("not proven in between")
            self.fields["proven"] = False
            return
        within = f"to within {bounded.bound:.1e}" if bounded.bound else "exactly"
        said = f"proven in between: the same {within}"
        if bounded.left:
            said += f", but for {_part(bounded.left)}"
        self.lines.append(said)
        self.fields |= {"proven": not bounded.left, "bound": bounded.bound}

    def _differ(self, where: str, wrong: Sequence[Compared]) -> None:
        self.holds = False
        self.lines.append(f"different at {where}:")
        for one in wrong[:MOST_INTERVALS]:
            digits = f" (relative error {one.error:.1e})" if one.error < 0.01 else ""
            self.lines.append(
                f"  {one.name} is {shown(one.right)}, the claim gives {shown(one.claimed)}{digits}"
            )
        if len(wrong) > MOST_INTERVALS:
            self.lines.append(f"  and {len(wrong) - MOST_INTERVALS} more")

    def _how_far(self, found: Sequence[Sequence[Compared]]) -> str:
        if self.judge.claim is None:
            return ", within rounding"
        apart = max((one.error for compared in found for one in compared if one.same), default=0.0)
        return f", with relative errors up to {apart:.1e}" if apart else ", to 30 digits and more"

    def _where(self, point: Point) -> str:
        rest = {n: x.data for n, x in self.problem.env.items() if n not in point}
        fixed = [f"{name} = {number(value)}" for name, value in rest.items()]
        return ", ".join([as_text(point), *fixed])

    def _first_failing(self, tried: Sequence[Point]) -> Point | None:
        pairs = zip(tried, self.judge.at(tried), strict=True)
        return next((p for p, compared in pairs if self._wrong(p, compared)), None)

    def _wrong(self, point: Point, compared: Sequence[Compared]) -> list[Compared]:
        """Return the numbers in which a claim is wrong at a point, where there is a derivative."""
        if all(one.same is not False for one in compared):
            return []
        given = [f"{n}={x}" for n, x in point.items()]
        given += [f"{n}={number(x.data)}" for n, x in self.problem.env.items() if n not in point]
        program = self.problem.program
        try:
            moved = load(program.source, program.origin, given, exactly=True)
        except AdiffError:
            return []
        return [one for one in self._true(moved, compared)[0] if one.same is False]

    def _true(
        self, problem: Problem, compared: Sequence[Compared]
    ) -> tuple[list[Compared], list[Note], bool]:
        """Return a comparison with what is true where an operation is not smooth.

        Returns
        -------
        tuple
            The comparison, without a verdict where there is no derivative; the notes on the
            derivative, and whether it differs from the one by the rules.
        """
        truth, notes = _examined(problem, self.entries.by)
        if not notes and (truth is None or not truth.tells):
            return list(compared), [], False
        known = {} if truth is None else _numbers(truth, self.entries)
        found = list(compared)
        for k, number_ in known.items():
            found[k] = self._with(found[k], number_)
        return found, notes, bool(known)

    def _with(self, one: Compared, true: Any) -> Compared:
        """Return the comparison of a claim with a number, or with none."""
        if true is None:
            return one._replace(same=None)
        found = one._replace(right=as_float(true))
        tolerance = self.judge.tolerance or ROUNDING
        return found._replace(same=bool(found.error <= tolerance))


def _formulas(problem: Problem, by: By) -> list[str]:
    """Return the formulas of the derivatives, if they are short."""
    if by.mixed or any(x.shape for x in problem.env.values()):
        return []
    from autodiff_cli.emit.text.formula import formula
    from autodiff_cli.symbolic.derivatives import derivative_terms
    from autodiff_cli.symbolic.rewrite import new_algebra

    algebra = new_algebra(SHORT)
    with suppress(AdiffError):
        terms = derivative_terms(
            algebra, problem.program, by.names, by.order, problem.shapes, SHORT
        )
        texts = [formula(algebra, term, expand=True, most=SHORT) for term in terms.values()]
        if by.order < 2 or len(texts) == 1:
            return [texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"]
    return []


def _part(boxes: Sequence[Any]) -> str:
    """Return the description of the part of a box that small boxes cover."""
    sides = boxes[0].sides
    if len(sides) > 1:
        return "around " + as_text({n: _fraction(x) for n, x in boxes[0].center.items()})
    (name,) = sides
    ends = sorted(box.sides[name] for box in boxes)
    parts = [list(ends[0])]
    for low, high in ends[1:]:
        if low > parts[-1][1]:
            parts.append([low, high])
        else:
            parts[-1][1] = high
    told = [f"{name} from {_rough(low)} to {_rough(high)}" for low, high in parts[:MOST_INTERVALS]]
    return " and ".join(told)


def _rough(x: Any) -> str:
    return number(float(_fraction(x)), 3)


def _examined(problem: Problem, by: By) -> tuple[Truth | None, list[Note]]:
    """Return the true behaviour of a derivative at a point, and the notes on it."""
    names, order, mixed = by
    if order == 0:
        return None, []
    if mixed:
        derivative = mixed_derivative(problem.y, problem.env, names, problem.program.limits)
        truth = examined_turns(problem, names, derivative.data)
        return truth, mixed_notes(problem, derivative, names, truth)
    scalars = not any(problem.env[name].shape for name in names)
    found = problem.derivatives(names, order if scalars else 1)
    plain = {name: value_of(derivative) for name, derivative in found.items()}
    truth = examined(problem, names, order, plain)
    if order == 2:
        examined_pairs(truth, names)
    return truth, derivative_notes(problem, found, order, truth)


def _numbers(truth: Truth, entries: Entries) -> dict[int, Any]:
    """Return the known numbers of a derivative, by their index among its entries."""
    by = entries.by
    if by.mixed:
        known = turn_numbers(truth, 0)
    elif by.order == 2 and len(entries.names) > 1:
        known = hessian_numbers(truth, by.names)
    else:
        known = jacobian_numbers(truth, by.names)
    shape = (math.isqrt(len(entries.names)),) * 2 if by.order == 2 else (1, len(entries.names))
    return {
        int(np.ravel_multi_index(place, shape)) if place else 0: x for place, x in known.items()
    }


def _as_json(wrong: Sequence[Compared]) -> dict[str, Any]:
    return {one.name: {"derivative": one.right, "claim": one.claimed} for one in wrong}


def _end(x: Fraction) -> str:
    return as_text({"": x}).removeprefix(" = ")


def _fraction(x: Any) -> Fraction:
    return Fraction(int(x.p), int(x.q))
