"""Compile expressions into functions of columns: check them and select the outputs."""

from __future__ import annotations

import operator
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, get_args

from autodiff_cli.derive.outputs import outputs as derived
from autodiff_cli.emit.text.partials import partial
from autodiff_cli.engine import Variable, as_variable, ops
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import ComputationError, ExpressionError, UsageError
from autodiff_cli.graph.columns import CompiledExpression
from autodiff_cli.graph.straight_line import StraightLine, linearize
from autodiff_cli.language.binding import chosen
from autodiff_cli.language.format import described
from autodiff_cli.language.given import check_text, given_choice
from autodiff_cli.problem import Problem, load

__all__ = [
    "Output",
    "check_elementwise",
    "column_code",
    "compiled",
    "derivative_code",
    "each_variable_a_number",
    "thread_count",
]

Output: TypeAlias = Literal["value", "grad", "hessian"]

_ONE_BY_ONE = "each variable is one number of a point here: give the elements names of their own"


def compiled(
    expression: str,
    outputs: Output | Sequence[Output],
    wrt: Sequence[str] | None,
    order: int,
    threads: int | None,
) -> CompiledExpression:
    """Return a function that computes an expression and derivatives for columns of points.

    Parameters
    ----------
    expression, outputs, wrt, order, threads
        As for `autodiff_cli.compile`.

    Raises
    ------
    AdiffError
        If the expression cannot be read, or works on arrays and not on single numbers.
    """
    wanted = _outputs(outputs)
    if order != 1 and "grad" not in wanted:
        raise UsageError(
            "`order` is that of `grad`, which is not among the outputs",
            code="contradiction",
            hint='write `outputs=("value", "grad")`',
        )
    workers = thread_count(threads)
    check_text(expression)
    problem = _read(expression, wrt or ())
    program, env = problem.program, problem.env
    names = chosen(program, wrt, env)
    found = {name: _derivatives(problem, name, names, order) for name in wanted}
    groups = [
        (name, {f"{name} {key}": dy for key, dy in entries.items()}, 1)
        for name, entries in found.items()
    ]
    code = linearize(groups, env, program.source, problem.spans)
    _refuse_arrays(problem, (dy for entries in found.values() for dy in entries.values()))
    layout = {
        name: dict(zip(entries, group.nodes, strict=True))
        for (name, entries), group in zip(found.items(), code.groups, strict=True)
    }
    return CompiledExpression(code, layout, isinstance(outputs, str), workers)


def derivative_code(
    problem: Problem, names: Sequence[str], order: int, mixed: bool
) -> StraightLine:
    """Return the straight-line program of the value and derivatives, with their notation.

    Parameters
    ----------
    names
        The variables to differentiate with respect to.
    order
        The highest order of the derivatives with respect to each variable alone.
    mixed
        Whether to include the second derivatives by all pairs of variables.
    """
    return output_code(problem, [problem.y], names, order, mixed)


def column_code(problem: Problem, names: Sequence[str], order: int, mixed: bool) -> StraightLine:
    """Return the straight-line program of each output of an expression, and of its derivatives.

    Parameters
    ----------
    names, order, mixed
        As for `derivative_code`.
    """
    return output_code(problem, components(problem.y), names, order, mixed)


def output_code(
    problem: Problem, ys: Sequence[Variable], names: Sequence[str], order: int, mixed: bool
) -> StraightLine:
    """Return the straight-line program of some outputs and of the derivatives of each.

    Parameters
    ----------
    ys
        The outputs; if there are several, the notation of each has its index.
    names, order, mixed
        As for `derivative_code`.
    """
    env, limits = problem.env, problem.program.limits
    groups = []
    for k, y in enumerate(ys):
        f, suffix = (f"f[{k}]", f" {k}") if len(ys) > 1 else ("f", "")
        for group in derived(y, env, names, order, mixed=mixed, limits=limits):
            titled = {partial(by).replace("f", f, 1): dy for by, dy in group.derivatives.items()}
            groups.append((f"{group.name}{suffix}", titled, group.rows))
    return linearize(groups, env, problem.program.source, problem.spans)


def _read(expression: str, wrt: Sequence[str]) -> Problem:
    """Return an expression in which each variable is a number."""
    with each_variable_a_number():
        problem = load(expression, "EXPR", (), may_trace=True, wrt=wrt)
    check_elementwise(problem)
    return problem


@contextmanager
def each_variable_a_number() -> Iterator[None]:
    """Replace the hint of errors about variables that the expression uses as arrays."""
    try:
        yield
    except ExpressionError as error:
        if error.code in ("bad-argument", "bad-index"):
            error.hint = _ONE_BY_ONE
        raise


def components(y: Variable) -> list[Variable]:
    """Return the outputs of an expression that are numbers with commas between them, or itself."""
    if y.operation is ops.stack and y.ndim == 1:
        return [as_variable(x) for x in y.inputs]
    return [y]


def check_elementwise(problem: Problem, *, several: bool = False) -> None:
    """Check that an expression is one number, and is computed from single numbers only.

    Parameters
    ----------
    several
        Whether it may be several numbers with commas between them, too.

    Raises
    ------
    ComputationError
        If it is not.
    """
    if several and len(found := components(problem.y)) > 1:
        _refuse_arrays(problem, found)
        return
    if problem.y.shape:
        raise ComputationError(
            f"the expression gives {described(problem.y.shape)}, not one number for each point",
            code="not-a-scalar",
            hint="take each of its elements by itself",
        )
    _refuse_arrays(problem, [problem.y])


def _refuse_arrays(problem: Problem, outputs: Iterable[Variable]) -> None:
    """Check that all operations apply element by element.

    An operation on arrays is an error even if its argument is a single number: ``sum(x)`` of a
    column x is expected to be the sum of the column, not that of each point.

    Raises
    ------
    ComputationError
        If there is an operation on arrays.
    """
    for y in reachable(list(outputs)):
        operation: Any = y.operation
        if operation is None or isinstance(operation, Elementwise) or operation is ops.total:
            continue
        span = problem.spans.get(y)
        raise ComputationError(
            f"`{operation.name}` works on arrays, and not on each point by itself",
            code="not-elementwise",
            span=span,
            source=None if span is None else problem.program.source,
            hint=_ONE_BY_ONE,
        )


def _derivatives(
    problem: Problem, output: str, names: Sequence[str], order: int
) -> Mapping[Hashable, Variable]:
    """Return the entries of an output; that of the value is under None."""
    y, env, limits = problem.y, problem.env, problem.program.limits
    if output == "value":
        return {None: y}
    if not names:
        return {}
    mixed = output == "hessian"
    *_, last = derived(y, env, names, 2 if mixed else order, mixed=mixed, limits=limits)
    if mixed:
        return dict(last.derivatives.items())
    return {name: last.derivatives[(name,) * order] for name in names}


def _outputs(given: Any) -> list[str]:
    """Return the requested outputs, each once."""
    names = [given] if isinstance(given, str) else list(given) if _is_list(given) else [given]
    wanted = [given_choice("outputs", name, Output) for name in names]
    if not wanted or len(set(wanted)) < len(wanted):
        what = "names an output twice" if wanted else "is empty"
        raise UsageError(
            f"`outputs` {what}",
            code="bad-option",
            hint=f"write it as `outputs={get_args(Output)[:2]}`",
        )
    return wanted


def _is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, bytes | Mapping)


def thread_count(given: Any) -> int:
    """Return a number of threads; for None, the number of available processors."""
    if given is None:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    try:
        threads = operator.index(given)
    except TypeError:
        threads = 0
    if threads < 1:
        raise UsageError(
            "`threads` has to be a whole number from 1 on",
            code="bad-option",
            hint="write it as `threads=2`",
        )
    return threads
