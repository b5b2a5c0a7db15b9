"""Define a problem, an expression with the values of its variables, and load it from text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.derive.partials import Method, derivatives
from autodiff_cli.engine import Kink, Variable, as_variable, kinks, value_of
from autodiff_cli.errors import ExpressionError, Span, UsageError
from autodiff_cli.language.assignments import read_sources
from autodiff_cli.language.binding import about_zero, bind, bracketed_call, chosen, natural_order
from autodiff_cli.language.given import check_text, given_values
from autodiff_cli.language.names import function, is_reserved
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import Program
from autodiff_cli.limits import Limits

if TYPE_CHECKING:
    from autodiff_cli.graph.balls import KnownNumbers

__all__ = ["Problem", "exact_problem", "exact_values", "load", "pose", "rational", "split"]

MOST_ELEMENTS = 1_000_000
"""The most elements of all intermediate values of a result that is to be proven."""


@dataclass(frozen=True)
class Problem:
    """An expression with a value for each of its variables.

    Attributes
    ----------
    env
        The variables by name.
    results
        The leaves of the program and the result of each call.
    symbolic
        Whether the variables have no values, so that all computed values are nan.
    explained
        Whether the answer states how the expression was read.
    given
        The names of the variables that were given values.
    known
        Functions that return the exact numbers of leaves of the graph; None if only float64 values
        exist.
    digits
        The number of correct digits requested; those of float64 if not given.
    raw
        The same problem in float64, if numbers are exact.
    unknown
        The variables of the expression that were given no value, and are 0.
    unavailable
        Whether numbers would be exact if a missing package were installed.
    enclosed
        Whether numbers are requested as midpoint and radius.
    intervals
        The end points of intervals of variables, as rationals.
    """

    program: Program
    env: Mapping[str, Variable]
    results: Sequence[Any]
    symbolic: bool
    explained: bool = False
    given: Sequence[str] = ()
    known: KnownNumbers | None = None
    digits: int | None = None
    raw: Problem | None = None
    unknown: Sequence[str] = ()
    unavailable: bool = False
    enclosed: bool = False
    intervals: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @cached_property
    def y(self) -> Variable:
        """The value of the expression."""
        return as_variable(self.results[self.program.result])

    @cached_property
    def kinks(self) -> Sequence[Kink]:
        """The kinks and jumps on the way to the value, earliest first."""
        return kinks(self.y)

    @property
    def shapes(self) -> Mapping[str, Any] | None:
        """A value of the shape of each variable; None if all variables are scalars."""
        env = self.env
        return {n: x.data for n, x in env.items()} if any(x.shape for x in env.values()) else None

    @property
    def fractions(self) -> dict[str, Fraction | None]:
        """The exact values of variables if these are known; None for one that is not rational."""
        if self.known is None:
            return {}
        return {n: rational(self.known[x]()) for n, x in self.env.items() if not x.shape}

    @property
    def outputs(self) -> dict[str, Variable]:
        """The outputs of a graph with several outputs, by name."""
        slots = self.program.outputs
        return {name: as_variable(self.results[slot]) for name, slot in slots.items()}

    @cached_property
    def _numbers(self) -> Mapping[Variable, int]:
        calls = enumerate(self.results[: len(self.program.calls)])
        return {result: k for k, result in calls if isinstance(result, Variable)}

    @property
    def spans(self) -> dict[Variable, Span]:
        """The span of each call in the text, by the result of the call."""
        return {v: self.program.place(k) for v, k in self._numbers.items()}

    def number(self, result: Variable) -> int | None:
        """Return the number of the call of the program whose result is a Variable, or None."""
        return self._numbers.get(result)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the problem that every answer in JSON repeats."""
        at = {} if self.symbolic else {name: x.data for name, x in self.env.items()}
        if not self.explained:
            return {"expression": self.program.source, "at": at}
        from autodiff_cli.language.reading import reading

        reading_ = reading(self.program)
        return {"expression": self.program.source, "reading": reading_, "at": at}

    def names(self, wrt: Sequence[str]) -> list[str]:
        """Return the variables to differentiate with respect to."""
        return chosen(self.program, split(wrt) or None, self.env)

    def derivatives(
        self, names: Sequence[str], order: int, create_graph: bool = False, method: Method = "graph"
    ) -> dict[str, Variable]:
        """Return the derivative of an order with respect to each variable separately."""
        limits = self.program.limits
        return derivatives(self.y, self.env, names, order, create_graph, limits, method)


def rational(x: Any) -> Fraction | None:
    """Return an exact number as a fraction; None if it is not rational."""
    return Fraction(int(x.p), int(x.q)) if hasattr(x, "p") and hasattr(x, "q") else None


def split(wrt: Sequence[str]) -> list[str]:
    """Return the names in options such as ``--wrt x,y``.

    Raises
    ------
    UsageError
        If a name is missing before or after a comma.
    """
    found = [name.strip() for names in wrt for name in names.split(",")]
    if "" in found:
        raise UsageError(
            "`--wrt` has a comma without a name beside it",
            code="bad-option",
            hint="write it as `--wrt x,y`",
        )
    return found


def pose(
    expression: str,
    at: Mapping[str, Any] | None = None,
    wrt: Sequence[str] | None = None,
    about: Mapping[str, Any] | None = None,
) -> Problem:
    """Return the problem of an expression with values given as numbers and arrays.

    Parameters
    ----------
    expression
        An expression in the language of the command line.
    at
        A number or array for each variable.
    wrt, about
        As for `load`.

    Raises
    ------
    AdiffError
        If the expression cannot be read, or a variable has no value.
    """
    check_text(expression)
    return _evaluated(parse(expression), given_values(at), wrt or (), about)


def _evaluated(
    program: Program,
    at: Mapping[str, Any],
    wrt: Sequence[str],
    about: Mapping[str, Any] | None,
    explained: bool = False,
) -> Problem:
    """Return the problem of a program evaluated at the values of its variables."""
    program.release([*at, *wrt])
    given = at if about is None else about_zero(program, at, about or None)
    env = bind(program, given)
    unknown = natural_order(given.keys() - at.keys())
    results = program.results(env)
    return Problem(program, env, results, False, explained, tuple(given), unknown=unknown)


def load(
    text: str,
    origin: str,
    at: Sequence[str],
    *,
    limits: Limits | None = None,
    explained: bool = False,
    may_trace: bool = False,
    about: Mapping[str, Any] | None = None,
    wrt: Sequence[str] = (),
    exactly: bool = False,
    digits: int | None = None,
) -> Problem:
    """Read an expression and the values of its variables, and return the evaluated problem.

    Parameters
    ----------
    text, origin
        The expression, or a graph in a file that ends in ``.json``, and the name of its source in
        messages.
    at
        Assignments such as ``x=2``, ``x=[1,2], y=pi/2`` or ``x=@file.npy``.
    limits
        The limits on the work of the expression.
    explained
        Whether the answer states how the expression was read.
    wrt
        The variables to differentiate with respect to, including constants to be used as such.
    may_trace
        Whether to continue without any values: the graph is the same, with all values nan.
    about
        The variables that are 0 if they have no value, each with a value of its shape; all of the
        variables if it is empty.
    exactly
        Whether numbers are exactly those written, not the nearest float64.
    digits
        The number of correct digits requested.

    Raises
    ------
    AdiffError
        If the expression or an assignment cannot be read, or a value is missing.
    """
    is_graph = origin.endswith(".json") and text.lstrip().startswith("{")
    if is_graph:
        from autodiff_cli.language.graph_file import read_graph

        program = read_graph(text, origin, limits)
    else:
        program = parse(text, origin, limits)
    sources = read_sources(at)
    given = {name: value for name, (value, _) in sources.items()}
    by = split(wrt)
    if may_trace and not given and about is None:
        program.release(by)
        if program.names:
            return _symbolic_problem(program, explained)
    problem = _evaluated(program, given, by, about, explained)
    return exact_problem(problem, sources, digits) if exactly else problem


def _symbolic_problem(program: Program, explained: bool) -> Problem:
    """Return the problem of a program without values: its graph has nan for all values."""
    shapes, names = program.shapes, natural_order(_variables(program))
    env = bind(program, {name: np.full(shapes.get(name, ()), np.nan) for name in names})
    try:
        results = program.results(env)
    except ExpressionError as error:
        if error.code in ("bad-argument", "bad-index"):
            calls = (bracketed_call(program, name) for name in program.names)
            error.hint = next(filter(None, calls), None) or (
                "a variable without a value is taken for a number; for another shape"
                f" give one of that shape, as in `--at {_shaped(program)}`"
            )
        raise
    return Problem(program, env, results, True, explained)


def exact_values(
    problem: Problem, sources: Mapping[str, tuple[Any, Program | None]]
) -> dict[str, Callable[[], Any]]:
    """Return functions for the exact numbers of values, as written in the text.

    Parameters
    ----------
    sources
        As for `exact_problem`.

    Returns
    -------
    dict
        The functions by name of the variable; empty if all numbers are those of float64.
    """
    if problem.known is None:
        return {}
    from autodiff_cli.graph.balls import held
    from autodiff_cli.graph.exact import trace

    return {
        name: partial(held, value)
        if source is None
        else trace(source, source.results({}), {}).value
        for name, (value, source) in sources.items()
    }


def exact_problem(
    problem: Problem, sources: Mapping[str, tuple[Any, Program | None]], digits: int | None
) -> Problem:
    """Return a problem with exact numbers, as written; the same problem if that takes too long.

    Parameters
    ----------
    sources
        For each variable its float64 value, and the program that computes it or None.
    digits
        The number of correct digits requested.
    """
    try:
        from autodiff_cli.graph.exact import correct, trace
    except ImportError:
        return replace(problem, unavailable=True)
    program, point = problem.program, {}
    for name, (_, source) in sources.items():
        point[name] = None if source is None else trace(source, source.results({}), {})
    if sum(np.size(value_of(result)) for result in problem.results) > MOST_ELEMENTS:
        return replace(problem, digits=digits)
    traced = trace(program, problem.results, point)
    correct(traced)
    return replace(
        problem,
        env={name: traced.env[name] for name in problem.env},
        results=traced.slots,
        known=traced.known,
        digits=digits,
        raw=problem,
    )


def _indexed(program: Program) -> dict[str, list[tuple[Any, ...]]]:
    """Return the variables that are indexed, with the slots of the indices."""
    slots = {slot: name for name, (slot, _) in program.names.items()}
    found: dict[str, list[tuple[Any, ...]]] = {}
    for operation, operands, statics, *_ in program.calls:
        if operation.name == "getitem" and operands[0] in slots:
            index = (statics or {}).get("index")
            found.setdefault(slots[operands[0]], []).append(
                index if isinstance(index, tuple) else ()
            )
    return found


def _shaped(program: Program) -> str:
    """Return an example value for an indexed variable that contains the elements in use."""
    for name, indices in _indexed(program).items():
        if all(len(index) == 1 for index in indices):
            wanted = [program.leaves[~i] for (i,) in indices if isinstance(i, int) and i < 0]
            length = 1 + max([1, *(int(n) for n in wanted if n is not None and 0 <= n < 9)])
            return f"{name}=[{', '.join(map(str, range(1, length + 1)))}]"
    return f"{next(iter(program.names))}=[[1, 2], [3, 4]]"


def _variables(program: Program) -> list[str]:
    """Return the names of a program that are variables, if none has a value.

    Names of functions are excluded, also in notations of other languages, such as ``Sin[x]``.
    """
    indexed = {slots[0] for operation, slots, *_ in program.calls if operation.name == "getitem"}
    return [
        name
        for name, (slot, _) in program.names.items()
        if not is_reserved(name)
        and name not in program.functions
        and not (slot in indexed and function(name.lower()))
    ]
