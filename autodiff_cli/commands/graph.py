"""`adiff graph`: the computation graph as a picture, as DOT, or as a tree in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement
from pathlib import Path

from autodiff_cli.commands.examination import examined, examined_turns
from autodiff_cli.commands.notes import (
    convention_notes,
    derivative_notes,
    mixed_notes,
    value_notes,
)
from autodiff_cli.derive.partials import mixed_derivative
from autodiff_cli.emit.picture.dot import draw
from autodiff_cli.emit.picture.look import Look
from autodiff_cli.emit.picture.page import to_page
from autodiff_cli.emit.picture.picture_graph import Known, picture_graph
from autodiff_cli.emit.picture.render import check_format, is_page, render, write
from autodiff_cli.emit.picture.sharing import share
from autodiff_cli.emit.picture.svg import describe
from autodiff_cli.emit.picture.tree import draw_tree
from autodiff_cli.emit.text.partials import partial, pure_partial
from autodiff_cli.engine import Variable, grad, kinks, value_of
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import is_stdout
from autodiff_cli.language.binding import by_turns, is_mixed
from autodiff_cli.problem import Problem, split
from autodiff_cli.results import Note, Text, Written

__all__ = ["Options", "run"]

SECONDS = 10.0
"""The time limit for drawing."""


@dataclass(frozen=True)
class Options:
    """What is drawn, and how.

    Attributes
    ----------
    order
        The order of the derivatives by each variable that are drawn, 0 for the function; None for
        the first if there are variables to differentiate by, else for the function.
    hessian
        Whether to draw the second derivatives by every pair of variables.
    raw
        Whether to draw equal parts as often as they were recorded.
    local
        Whether to show the partial derivatives of each call.
    look
        How it is drawn; without a title of its own it gets one.
    """

    order: int | None = None
    hessian: bool = False
    raw: bool = False
    local: bool = False
    look: Look = field(default_factory=Look)


def run(
    problem: Problem,
    wrt: Sequence[str],
    options: Options,
    output: Path | None,
    *,
    as_tree: bool,
    width: int | None = None,
) -> Text | Written:
    """Return the graph of the expression or of its derivatives, or write it to a file.

    Parameters
    ----------
    wrt
        The variables to differentiate by: the derivatives by them are drawn, unless the options
        give another order.  One that is named twice asks for the derivative by all of them in turn.
    output
        The file to write, in the format of its suffix; if not given, the graph is returned as text.
    as_tree
        Whether that text is a tree for people; otherwise it is DOT.
    width
        The columns of the terminal.

    Raises
    ------
    UsageError
        If options contradict each other, or need values that are not given.
    """
    _check(problem, options)
    if output is not None and not is_stdout(output):
        check_format(output, page=True)
    drawn = _drawn(problem, wrt, options)
    fields = {"command": "graph", **problem.fields, "order": drawn.order}
    notes = [] if problem.symbolic else _notes(problem, wrt, drawn)
    if output is not None and is_stdout(output):
        output, as_tree = None, False
    values = not problem.symbolic
    paged = output is not None and is_page(output)
    seen = picture_graph(
        drawn.outputs, _known(problem, drawn, options, with_partials=paged and values)
    )
    seen = seen if options.raw else share(seen)
    if output is None and as_tree:
        return Text(draw_tree(seen, values=values, width=width), fields, notes)
    look = replace(options.look, values=values, title=options.look.title or _title(problem, drawn))
    if output is not None and paged:
        look = replace(look, partials=options.local)
        source = problem.program.source
        write(output, lambda: to_page(seen, look, source, timeout=SECONDS).encode())
        return Written(output, {**fields, "path": str(output)}, notes)
    dot = draw(seen, look)
    if output is None:
        return Text(dot, {**fields, "dot": dot}, notes)
    adaptive = look.theme == "auto"
    description = describe(seen, look.title, values=values, adaptive=adaptive)
    render(dot, output, description=description, timeout=SECONDS)
    return Written(output, {**fields, "path": str(output)}, notes)


@dataclass(frozen=True)
class _Drawn:
    """The Variables that are drawn.

    Attributes
    ----------
    outputs
        The Variables by their notation.
    order
        The order of the derivatives.
    pure
        The derivatives by single variables, by name.
    turns
        The variables of a derivative by several in turn.
    """

    outputs: Mapping[str, Variable]
    order: int
    pure: Mapping[str, Variable]
    turns: Sequence[str] = ()


def _check(problem: Problem, options: Options) -> None:
    if options.hessian and options.order is not None:
        raise UsageError(
            "`--hessian` draws derivatives of order 2: it takes no other order",
            code="contradiction",
            hint="leave one of `--hessian` and `--order` away",
        )
    if options.local and problem.symbolic:
        raise UsageError(
            "`--local` needs numbers, but no variable has a value",
            code="missing-value",
            hint="give values with `--at`",
        )


def _drawn(problem: Problem, wrt: Sequence[str], options: Options) -> _Drawn:
    """Return the requested outputs: the function, or some derivatives."""
    y, env, limits = problem.y, problem.env, problem.program.limits
    if options.hessian:
        names = problem.names(wrt)
        pairs = list(combinations_with_replacement(names, 2))
        found = [mixed_derivative(y, env, pair, limits) for pair in pairs]
        pure = {x: d for (x, z), d in zip(pairs, found, strict=True) if x == z}
        return _Drawn(dict(zip(map(partial, pairs), found, strict=True)), 2, pure)
    if is_mixed(split(wrt), False, options.order):
        turns = by_turns(problem.program, split(wrt))
        derivative = mixed_derivative(y, env, turns, limits)
        return _Drawn({partial(turns): derivative}, len(turns), {}, turns)
    order = options.order if options.order is not None else 1 if wrt else 0
    if order:
        pure = problem.derivatives(problem.names(wrt), order, create_graph=True)
        titles = (pure_partial(name, order) for name in pure)
        return _Drawn(dict(zip(titles, pure.values(), strict=True)), order, pure)
    return _Drawn({"f": y}, 0, {})


def _known(problem: Problem, drawn: _Drawn, options: Options, *, with_partials: bool) -> Known:
    """Return what is known about the Variables of a graph beside the graph itself."""
    values = not problem.symbolic
    # The adjoints of a derivative are of little use.
    has_adjoints = values and not drawn.order and problem.y.size == 1
    outputs = drawn.outputs.values() if values else ()
    return Known(
        adjoints=_adjoints(problem.y) if has_adjoints else {},
        function=_all([problem.y]),
        kinks={k.call: "jump" if k.jump else "kink" for y in outputs for k in kinks(y)},
        spans=problem.spans,
        local=options.local or with_partials,
    )


def _notes(problem: Problem, wrt: Sequence[str], drawn: _Drawn) -> list[Note]:
    """Return the notes of `adiff grad` on the same derivatives; for order 0 on the first ones."""
    if drawn.turns:
        (found,) = drawn.outputs.values()
        return mixed_notes(
            problem, found, drawn.turns, examined_turns(problem, drawn.turns, found.data)
        )
    names, order = problem.names(wrt), drawn.order or 1
    if drawn.order == 0 and (problem.y.size != 1 or not names):
        return value_notes(problem)
    pure = drawn.pure or problem.derivatives(names, order)
    shown = {name: value_of(derivative) for name, derivative in pure.items()}
    truth = examined(problem, list(pure), order, shown)
    notes = derivative_notes(problem, pure, order, truth)
    return notes or convention_notes(problem, order, truth, shown)


def _title(problem: Problem, drawn: _Drawn) -> str:
    """Return the title: the derivative, and the text of the expression."""
    titles = list(drawn.outputs)
    if not drawn.order:
        return _expression(problem)
    named = ", ".join(titles[:3]) + ", …" * (len(titles) > 3)
    return f"{named} of {_expression(problem)}" if titles else _expression(problem)


def _expression(problem: Problem) -> str:
    """Return the expression, the first line of a file, or the file name of a graph."""
    program = problem.program
    if program.origin in ("EXPR", "STDIN"):
        return program.source
    return ("" if program.outputs else program.first_line) or Path(program.origin).name


def _all(outputs: Sequence[Variable]) -> dict[Variable, None]:
    """Return every Variable that some outputs are computed from, and these."""
    calls = reachable(outputs)
    leaves = (x for v in calls for x in v.inputs if isinstance(x, Variable))
    return dict.fromkeys([*calls, *leaves, *outputs])


def _adjoints(y: Variable) -> dict[Variable, Variable]:
    """Return the derivative of ``y`` with respect to everything it was computed from."""
    variables = list(_all([y]))
    return dict(zip(variables, grad(y, variables), strict=True))
