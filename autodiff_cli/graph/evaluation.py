"""Compute the evaluation trace of an expression: intermediates, local partials, adjoints.

The lines are those of `autodiff_cli.graph.straight_line`, evaluated again one by one by the engine,
so that what several parts of an expression share is one line.  All derivatives come from the rules
of the operations: local partials from a call on its own, adjoints from one sweep over all of them,
tangents from one sweep for each element of a variable.

Examples
--------
>>> from autodiff_cli.engine import as_variable, sin
>>> x = as_variable(2.0)
>>> for line in evaluation({"x": x}, x * sin(x), ["x"], "reverse").lines:
...     print(line.name, line.operands, line.partials, line.adjoint)
x () {} 0.0770037537313969
v1 ('x',) {'x': -0.4161468365471424} 2.0
v2 ('x', 'v1') {'x': 0.9092974268256817, 'v1': 2.0} 1.0

Source
------
A. Griewank and A. Walther, Evaluating Derivatives, 2nd edition (SIAM 2008), chapters 2 and 3;
A. G. Baydin, B. A. Pearlmutter, A. A. Radul and J. M. Siskind, Automatic differentiation in machine
learning: a survey (JMLR 18, 2018), tables 2 and 3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from autodiff_cli.engine import Variable, as_variable, grad, value_of
from autodiff_cli.engine.config import using_config
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.engine.tangents import Tangents
from autodiff_cli.engine.values import Value
from autodiff_cli.errors import UsageError, not_a_number
from autodiff_cli.graph.straight_line import Argument, Assignment, Constant, StraightLine, linearize
from autodiff_cli.language.format import described, element_names

__all__ = ["Evaluation", "Mode", "TraceLine", "evaluation"]

Mode: TypeAlias = Literal["reverse", "forward"]
"""Whether to compute adjoints of lines, or their tangents by the variables."""

MOST_SWEEPS = 12
"""The largest number of elements of variables in forward mode, each of which takes a sweep."""


@dataclass(frozen=True)
class TraceLine:
    """A line of a trace: a variable, or a call on earlier lines.

    Attributes
    ----------
    name
        That of the variable, or ``v1``, ``v2`` and so on.
    call
        None for a variable.
    operands
        For each argument of the call the name of a line, or the value of a constant.
    value
        The value of the line.
    partials
        The derivative of the call by each line that it uses, in the shape of the call if it is
        elementwise, in that of the line if it gives a single number; other calls have none here.
        Lines that do not depend on the variables are left out.
    adjoint
        The derivative of the output by the line; None in forward mode, or where the line does not
        depend on the variables.
    tangents
        The derivative of the line by each element of the variables; empty in reverse mode.
    """

    name: str
    call: Assignment | None
    operands: tuple[str | Value, ...]
    value: Value
    partials: Mapping[str, Value] = field(default_factory=dict)
    adjoint: Value | None = None
    tangents: Mapping[str, Value] = field(default_factory=dict)

    @property
    def span(self) -> tuple[int, int] | None:
        """The span of the call in the text; None for a variable."""
        return None if self.call is None else self.call.span


@dataclass(frozen=True)
class Evaluation:
    """The lines of a trace, variables first and the output last.

    Attributes
    ----------
    sweeps
        The elements of variables that the tangents are by, in forward mode.
    """

    lines: Sequence[TraceLine]
    mode: Mode
    sweeps: Sequence[str] = ()


def evaluation(
    variables: Mapping[str, Variable],
    y: Variable,
    names: Sequence[str],
    mode: Mode,
    spans: Mapping[Variable, tuple[int, int]] | None = None,
) -> Evaluation:
    """Return the trace of an output.

    Parameters
    ----------
    variables
        The leaves that have names.
    names
        The variables to differentiate by.
    spans
        The span of each call in the text.

    Raises
    ------
    ComputationError
        If the output is not a single number, in reverse mode.
    UsageError
        If there are too many variables for forward mode.
    """
    if mode == "reverse" and y.size != 1:
        error = not_a_number(described(y.shape))
        error.hint = "make it one number, for example with `sum`, or take `--mode forward`"
        raise error
    seeds = _seeds({name: variables[name] for name in names}) if mode == "forward" else {}
    code = linearize([("value", {"f": y}, 0)], variables, spans=spans or {})
    again = _evaluated(code, variables)
    active = _active(code, names)
    moving = [k for k in range(len(again)) if k in active]
    titles = _titles(code)
    adjoints: dict[int, Value] = {}
    if mode == "reverse":
        last = as_variable(again[code.outputs["f"]])
        found = grad(last, [again[k] for k in moving])
        adjoints = {k: value_of(g) for k, g in zip(moving, found, strict=True)}
    tangents = {
        title: _tangents(again, moving, code, name, seed) for title, (name, seed) in seeds.items()
    }
    lines = [
        TraceLine(
            titles[k],
            node if isinstance(node, Assignment) else None,
            tuple(titles.get(i, value_of(again[i])) for i in getattr(node, "inputs", ())),
            value_of(again[k]),
            {titles[i]: p for i, p in _partials(node, again, active).items()},
            adjoints.get(k),
            {title: of[k] for title, of in tangents.items() if k in of},
        )
        for k, node in enumerate(code.nodes)
        if not isinstance(node, Constant)
    ]
    return Evaluation(lines, mode, tuple(seeds))


def _evaluated(code: StraightLine, variables: Mapping[str, Variable]) -> list[Any]:
    """Return the value of each node: a Variable, or the value of a constant."""
    found: list[Any] = []
    for node in code.nodes:
        match node:
            case Argument():
                found.append(as_variable(value_of(variables[node.name]), node.name))
            case Constant():
                found.append(node.value)
            case Assignment():
                found.append(node.operation.apply(*(found[k] for k in node.inputs), **node.params))
    return found


def _active(code: StraightLine, names: Iterable[str]) -> set[int]:
    """Return the nodes that depend on some variables."""
    wanted = set(names)
    found: set[int] = set()
    for k, node in enumerate(code.nodes):
        is_wanted = isinstance(node, Argument) and node.name in wanted
        if is_wanted or not found.isdisjoint(getattr(node, "inputs", ())):
            found.add(k)
    return found


def _titles(code: StraightLine) -> dict[int, str]:
    """Return the name of each line, by its node, with a letter that no variable begins with."""
    taken = {argument.name for argument in code.arguments} | {call.name for call in code.calls}
    letters = (letter for letter in ("v", "w", "t", "v_", "v__"))
    free = (c for c in letters if not any(re.fullmatch(rf"{c}_?\d*", name) for name in taken))
    letter = next(free, "v___")
    titles: dict[int, str] = {}
    for k, node in enumerate(code.nodes):
        if isinstance(node, Argument):
            titles[k] = node.name
        elif isinstance(node, Assignment):
            titles[k] = f"{letter}{len(titles) - len(code.arguments) + 1}"
    return titles


def _partials(node: Any, again: Sequence[Any], active: set[int]) -> dict[int, Value]:
    """Return the derivative of a call by each active node it uses, by the rules of its operation.

    A call that uses a node twice has one derivative by it.
    """
    if not isinstance(node, Assignment):
        return {}
    each = isinstance(node.operation, Elementwise)
    if node.shape and not each:
        return {}
    values = {k: value_of(again[k]) for k in node.inputs}
    if each and node.shape:
        # Otherwise the rule would sum over the elements that an argument is broadcast to.
        values = {k: np.broadcast_to(value, node.shape).copy() for k, value in values.items()}
    leaves = {k: as_variable(value) for k, value in values.items() if k in active}
    if not leaves:
        return {}
    z = node.operation.apply(*(leaves.get(k, values[k]) for k in node.inputs), **node.params)
    found = grad(z, list(leaves.values()))
    return {k: value_of(g) for k, g in zip(leaves, found, strict=True)}


def _seeds(variables: Mapping[str, Variable]) -> dict[str, tuple[str, Value]]:
    """Return the initial tangent for each element of the variables, with its variable."""
    total = sum(math.prod(x.shape) for x in variables.values())
    if total > MOST_SWEEPS:
        raise UsageError(
            f"forward mode takes a sweep for each of {total} numbers, and {MOST_SWEEPS} are shown"
            " at most",
            code="too-many-variables",
            hint="choose variables by `--wrt`, or take `--mode reverse`",
        )
    found: dict[str, tuple[str, Value]] = {}
    for name, x in variables.items():
        for place, title in zip(np.ndindex(*x.shape), element_names(name, x.shape), strict=True):
            seed = np.zeros(x.shape)
            seed[place] = 1.0
            found[title] = name, seed if x.shape else 1.0
    return found


def _tangents(
    again: Sequence[Any], moving: Iterable[int], code: StraightLine, name: str, seed: Value
) -> dict[int, Value]:
    """Return the tangent of each node that depends on the variable."""
    (start,) = (k for k, n in enumerate(code.nodes) if isinstance(n, Argument) and n.name == name)
    found: dict[int, Value] = {}
    with using_config("enable_backprop", False):
        tangents = Tangents({again[start]: seed})
        for k in moving:
            t = tangents.of(again[k])
            shape = again[k].shape
            found[k] = (np.zeros(shape) if shape else 0.0) if t is None else value_of(t)
    return found
