"""Compare a claimed derivative with the derivative at points.

If the claim is an expression, both are evaluated in ball arithmetic.  A Python function, and any
claim where ball arithmetic is not available, is compared in float64 within a tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from autodiff_cli.derive.sampling import Point
from autodiff_cli.derive.unrounded import gradient, gradient_rows, in_turn
from autodiff_cli.emit.text.partials import partial, pure_partial
from autodiff_cli.engine import Variable, as_variable, value_of
from autodiff_cli.errors import ExpressionError, UsageError, not_a_number
from autodiff_cli.files.python_function import PythonFunction, call_at
from autodiff_cli.language.binding import bind
from autodiff_cli.language.format import described, element_names, number
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.problem import Problem

if TYPE_CHECKING:
    from autodiff_cli.graph.claims import Claim

__all__ = [
    "By",
    "Compared",
    "Entries",
    "Judge",
    "as_float",
    "as_text",
    "derivative_entries",
    "judge_of",
    "shown",
]

TOLERANCE = 1e-6
"""The error, relative to the derivative, that may be due to rounding in float64."""

DIGITS = 17


class Compared(NamedTuple):
    """A number of the derivative and the corresponding number of the claim.

    Attributes
    ----------
    same
        Whether they are equal; None if there is no derivative, or this cannot be decided.
    """

    name: str
    right: float
    claimed: float
    same: bool | None

    @property
    def error(self) -> float:
        """The error of the claim, relative to the derivative unless that is 0."""
        apart = abs(self.claimed - self.right)
        return apart / abs(self.right) if self.right and apart else apart


class By(NamedTuple):
    """A specification of a derivative: of an order by each variable, or by all in turn."""

    names: Sequence[str]
    order: int
    mixed: bool = False


class Entries(NamedTuple):
    """The numbers of a derivative: their graphs, their names, and their shape."""

    by: By
    graphs: Sequence[Variable]
    names: Sequence[str]
    shape: tuple[int, ...]


def derivative_entries(problem: Problem, by: By) -> Entries:
    """Return a derivative by one variable or several in turn, the gradient, or the Hessian.

    Raises
    ------
    UsageError
        If the derivatives of that order do not form a single array.
    ComputationError
        If the expression is not a number.
    """
    names, order, mixed = by
    xs = [problem.env[name] for name in names]
    if order == 0:
        return Entries(by, [problem.y], element_names("f", problem.y.shape), problem.y.shape)
    if problem.y.shape:
        raise not_a_number(described(problem.y.shape))
    if mixed or (len(xs) == 1 and not xs[0].shape):
        turns = list(names) if mixed else [*names] * order
        graph = in_turn(problem.y, [problem.env[name] for name in turns])
        return Entries(by, [graph], [partial(turns)], ())
    labels = [
        label for name, x in zip(names, xs, strict=True) for label in element_names(name, x.shape)
    ]
    first = gradient(problem.y, xs)
    if order == 1:
        shape = xs[0].shape if len(xs) == 1 else (len(labels),)
        return Entries(by, first, [pure_partial(label, 1) for label in labels], shape)
    if order == 2:
        rows = [part for g in first for row in gradient_rows(g, xs) for part in row]
        pairs = [partial([a, b]) for a in labels for b in labels]
        return Entries(by, rows, pairs, (len(labels), len(labels)))
    raise UsageError(
        f"a derivative of order {order} by several numbers is no matrix",
        code="several-variables",
        hint=f"say which one with `--wrt {','.join([names[0]] * order)}`",
    )


class Judge(Protocol):
    """Compares a claim with a derivative."""

    @property
    def claim(self) -> Claim | None:
        """The claim in ball arithmetic, if available; then equal numbers agree to 30 digits."""
        ...

    @property
    def tolerance(self) -> float | None:
        """The relative error that a claim may have; None for none."""
        ...

    def at(self, points: Sequence[Point]) -> Iterator[list[Compared]]:
        """Yield the comparison at each point; a point has values for some of the variables."""
        ...


def judge_of(
    problem: Problem,
    entries: Entries,
    claim: str | PythonFunction,
    tolerance: float | None,
    seconds: int,
) -> Judge:
    """Return the judge that compares a derivative with a claim."""
    if isinstance(claim, PythonFunction):
        return _OfFunction(problem, entries, claim, tolerance or TOLERANCE, seconds)
    if problem.known is None:
        return _OfFloats(problem, entries, claim, tolerance or TOLERANCE)
    return _OfBalls(entries, _exact_claim(problem, entries, claim), tolerance)


# --- expressions on balls ------------------------------------------------------------------------


def _exact_claim(problem: Problem, entries: Entries, text: str) -> Claim:
    """Return an expression as a claim about a derivative whose numbers are exact.

    Raises
    ------
    AdiffError
        If it cannot be parsed, has variables that the derivative does not have, or another shape.
    """
    from autodiff_cli.graph.claims import Claim
    from autodiff_cli.graph.exact import trace

    assert problem.known is not None
    program = _parsed(problem, text)
    at = {name: x.data for name, x in problem.env.items() if name in program.names}
    env = bind(program, at)
    traced = trace(program, program.results(env), {})
    _check_shape(traced.y.shape, entries)
    known = {**problem.known, **traced.known}
    known |= {x: problem.known[problem.env[name]] for name, x in traced.env.items()}
    variables = {
        name: [x, *([traced.env[name]] if name in traced.env else [])]
        for name, x in problem.env.items()
    }
    return Claim(entries.graphs, [traced.y], known, variables)


def _parsed(problem: Problem, text: str) -> Program:
    program = parse(text, "--against")
    program.release(problem.env)
    for name, span in program.variables().items():
        if name not in problem.env:
            raise ExpressionError(
                f"the expression has no variable `{name}`",
                code="unknown-variable",
                span=span,
                source=text,
                origin="--against",
            )
    return program


def _check_shape(shape: tuple[int, ...], entries: Entries) -> None:
    if shape != entries.shape:
        raise UsageError(
            f"the claim is {described(shape)}, and the derivative {described(entries.shape)}",
            code="bad-shape",
            hint=f"it is of {', '.join(entries.names[:6])}"
            + (", and so on" if len(entries.names) > 6 else ""),
        )


class _OfBalls:
    """Compares in ball arithmetic: numbers that do not agree to 30 digits are different."""

    def __init__(self, entries: Entries, claim: Claim, tolerance: float | None) -> None:
        self.entries, self.claim, self.tolerance = entries, claim, tolerance

    def at(self, points: Sequence[Point]) -> Iterator[list[Compared]]:
        from flint import fmpq

        from autodiff_cli.graph.claims import Verdict

        sames = {Verdict.SAME: True, Verdict.APART: False}
        for point in points:
            numbers = {n: fmpq(x.numerator, x.denominator) for n, x in point.items()}
            found = self.claim.at(numbers)
            yield [
                self._tolerated(Compared(name, as_float(x), as_float(y), sames.get(verdict)))
                for name, (verdict, x, y) in zip(self.entries.names, found, strict=True)
            ]

    def _tolerated(self, found: Compared) -> Compared:
        if found.same is False and self.tolerance and found.error <= self.tolerance:
            return found._replace(same=True)
        return found


def as_float(x: Any) -> float:
    """Return the float64 nearest to a number of any kind."""
    from autodiff_cli.graph.ball_arithmetic import as_ball
    from autodiff_cli.graph.rounding import nearest_float

    nearest = nearest_float(x)
    return float(as_ball(x).mid()) if nearest is None else nearest


# --- in float64 ----------------------------------------------------------------------------------


class _InFloats:
    """Compares in float64, within a tolerance."""

    claim = None

    def __init__(self, problem: Problem, entries: Entries, tolerance: float) -> None:
        self.problem, self.entries, self.tolerance = problem, entries, tolerance

    def _truths(self, point: Point) -> list[float]:
        """Return the derivative at the float64 values nearest to those of a point."""
        problem = self.problem
        if problem.known is not None:
            from autodiff_cli.graph.balls import held
            from autodiff_cli.graph.claims import Claim

            variables = {name: [x] for name, x in problem.env.items()}
            claim = Claim(self.entries.graphs, [], problem.known, variables)
            numbers = {name: held(value) for name, value in self._values(point).items()}
            return [as_float(x) for x in claim.targets_at(numbers)]
        env = {n: as_variable(value_of(x), n) for n, x in problem.env.items()}
        env |= {n: as_variable(float(x), n) for n, x in point.items()}
        moved = replace(problem, env=env, results=problem.program.results(env))
        found = derivative_entries(moved, self.entries.by).graphs
        return [float(v) for y in found for v in np.ravel(value_of(y))]

    def _values(self, point: Point) -> dict[str, Any]:
        values = {name: value_of(x) for name, x in self.problem.env.items()}
        return {**values, **{name: float(x) for name, x in point.items()}}

    def _compared(self, right: Sequence[float], claimed: Sequence[float]) -> list[Compared]:
        largest = max((abs(x) for x in right if math.isfinite(x)), default=0.0)
        found = []
        for name, x, y in zip(self.entries.names, right, claimed, strict=True):
            apart = abs(x - y) > self.tolerance * (abs(x) + TOLERANCE * max(1.0, largest))
            same = None if not math.isfinite(x) else math.isfinite(y) and not apart
            found.append(Compared(name, x, y, same))
        return found


class _OfFloats(_InFloats):
    """Compares an expression where ball arithmetic is not available."""

    def __init__(self, problem: Problem, entries: Entries, text: str, tolerance: float) -> None:
        super().__init__(problem, entries, tolerance)
        self.program = _parsed(problem, text)

    def at(self, points: Sequence[Point]) -> Iterator[list[Compared]]:
        for point in points:
            values = self._values(point)
            env = bind(self.program, {n: v for n, v in values.items() if n in self.program.names})
            y = value_of(self.program.run(env))
            _check_shape(np.shape(y), self.entries)
            yield self._compared(self._truths(point), np.ravel(y).tolist())


class _OfFunction(_InFloats):
    """Compares a Python function of the user."""

    def __init__(
        self,
        problem: Problem,
        entries: Entries,
        function: PythonFunction,
        tolerance: float,
        seconds: int,
    ) -> None:
        super().__init__(problem, entries, tolerance)
        self.function, self.seconds = function, seconds

    def at(self, points: Sequence[Point]) -> Iterator[list[Compared]]:
        given = [
            {name: np.asarray(value).tolist() for name, value in self._values(point).items()}
            for point in points
        ]
        answers = call_at(self.function, given, self.seconds)
        for point, answer in zip(points, answers, strict=True):
            claimed = self._numbers(answer)
            yield self._compared(self._truths(point), claimed)

    def _numbers(self, answer: Any) -> list[float]:
        count, shape = len(self.entries.names), self.entries.shape
        if answer is None:
            return [math.nan] * count
        begins = isinstance(answer, list) and not isinstance(answer[0], list)
        if begins and (count == 1 or isinstance(answer[-1], list)):
            # A function of `adiff export` returns value, gradient and Hessian.
            answer = answer[-1]
        found = np.array(answer, float)
        if found.size != count:
            _check_shape(found.shape, self.entries)
        return np.ravel(found.reshape(shape)).tolist()


def shown(value: float) -> str:
    """Return the text of a number of a comparison."""
    return "no number" if math.isnan(value) else number(value)


def as_text(point: Mapping[str, Fraction]) -> str:
    """Return a point in the notation of ``--at``."""
    return ", ".join(f"{name} = {_fraction(x)}" for name, x in point.items())


def _fraction(x: Fraction) -> str:
    short = number(float(x))
    return short if Fraction(short) == x else str(x)
