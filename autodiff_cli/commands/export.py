"""`adiff export`: an expression and its derivatives as code, or as a graph to be read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from autodiff_cli.arguments import whole_number
from autodiff_cli.commands.notes import range_notes, spelled, spelled_mixed
from autodiff_cli.derive import Partials
from autodiff_cli.derive.partials import refuse_tensor
from autodiff_cli.emit.source.c import to_c
from autodiff_cli.emit.source.python import to_python
from autodiff_cli.emit.text.latex import latex, symbol
from autodiff_cli.engine import Variable, grad, jacobian
from autodiff_cli.engine.variable import reachable
from autodiff_cli.errors import UsageError
from autodiff_cli.files.atomic import cannot_write, check_writable, is_stdout, write_atomic
from autodiff_cli.graph.json_graph import to_json
from autodiff_cli.graph.straight_line import Code, straight
from autodiff_cli.problem import Problem
from autodiff_cli.results import Text, Written
from autodiff_cli.symbolic.derivatives import mixed_terms, successive_terms
from autodiff_cli.symbolic.rewrite import algebra

__all__ = ["EMITTERS", "Export", "depth", "language", "run"]


@dataclass(frozen=True)
class Export:
    """What is to be written down: an expression and its derivatives, as graphs.

    Attributes
    ----------
    names
        The variables to differentiate with respect to.
    order
        Up to which order, for each variable alone.
    mixed
        Whether the second derivatives are those by all pairs of variables.
    """

    problem: Problem
    names: Sequence[str]
    order: int
    mixed: bool = False

    @cached_property
    def groups(self) -> list[tuple[str, Mapping[str, Variable], int]]:
        """The value, the gradient and so on: each one's name, its outputs by title, its rows."""
        problem, names = self.problem, self.names
        groups: list[tuple[str, Mapping[str, Variable], int]] = [("value", {"f": problem.y}, 0)]
        if self.order == 0:
            return groups
        gradient = problem.derivatives(names, 1, create_graph=True)
        groups.append(("gradient", {spelled(n, 1): y for n, y in gradient.items()}, 1))
        if self.mixed:
            groups.append(("hessian", self._hessian(gradient), len(names)))
            return groups
        for order, found in enumerate(self._higher(gradient), 2):
            groups.append((f"order{order}", {spelled(n, order): y for n, y in found.items()}, 1))
        return groups

    def _higher(self, gradient: Mapping[str, Variable]) -> Iterator[dict[str, Variable]]:
        """Yield the derivatives of order 2 and above, with respect to each variable alone."""
        env, again = self.problem.env, self.order - 1
        partials = Partials(self.problem.program.limits)
        for name in gradient if again else ():
            refuse_tensor(name, env[name], 2)
        turns = [partials.in_turn(y, [env[n]] * again, reached=1) for n, y in gradient.items()]
        for found in zip(*turns, strict=True):
            yield dict(zip(gradient, found, strict=True))

    def _hessian(self, gradient: Mapping[str, Variable]) -> dict[str, Variable]:
        """Return the second derivatives by all pairs of variables, row by row."""
        env, limits = self.problem.env, self.problem.program.limits
        calls = len(reachable(list(gradient.values())))
        sweeps = sum(env[name].size for name in gradient)
        limits.check("graph", calls * sweeps, "the second derivatives are too many")
        found: dict[tuple[str, str], Variable] = {}
        names = list(gradient)
        numbers = all(env[name].shape == () for name in names)
        for i, a in enumerate(names):
            if numbers:
                # Those on the other side of the diagonal are the same.
                row = grad(gradient[a], [env[b] for b in names[i:]], create_graph=True)
                for b, second in zip(names[i:], row, strict=True):
                    found[a, b] = found[b, a] = second
            else:
                for b in names:
                    found[a, b] = jacobian(gradient[a], env[b], create_graph=True)
        return {spelled_mixed([a, b]): found[a, b] for a in names for b in names}

    @cached_property
    def code(self) -> Code:
        """All of it as one straight line of operations."""
        problem = self.problem
        return straight(self.groups, problem.env, problem.program.source, problem.spans)


def _to_latex(export: Export) -> str:
    """Write each output as a formula, one below the other, for amsmath."""
    to, program, names = algebra(), export.problem.program, list(export.names)
    shapes = export.problem.shapes
    highest = export.order - export.mixed
    value, *derivatives = successive_terms(to, program, names or [""], highest, shapes)
    rows = [("f", next(iter(value.values())))]
    for order, terms in enumerate(derivatives, 1):
        rows += [(_fraction([name] * order), term) for name, term in terms.items()]
    if export.mixed:
        for pair, second in mixed_terms(to, program, names, shapes).items():
            rows.append((_fraction(pair), second))
    lines = [f"{title} &= {latex(to, row)}" for title, row in rows]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _fraction(names: Sequence[str]) -> str:
    """Return how a derivative is written in LaTeX."""
    order = f"^{{{len(names)}}}" if len(names) > 1 else ""
    below = ""
    for name, repeated in groupby(names):
        times = len(list(repeated))
        raised = f"^{{{times}}}" if times > 1 else ""
        below += rf"\partial {symbol(name)}{raised} "
    return rf"\frac{{\partial{order} f}}{{{below.strip()}}}"


EMITTERS: Mapping[str, Callable[[Export], str]] = {
    "python": lambda export: to_python(export.code),
    "c": lambda export: to_c(export.code),
    "json": lambda export: to_json(export.code),
    "latex": _to_latex,
}
"""What `--to` may be."""


_SUFFIXES = {".py": "python", ".c": "c", ".json": "json", ".tex": "latex"}

MOST_ORDER = 1000


def language(to: str | None, output: Path | None) -> str:
    """Return the language that was asked for, by `--to` or the suffix of the file.

    Raises
    ------
    UsageError
        If there is no such language.
    """
    if to is None and output is not None:
        to = _SUFFIXES.get(output.suffix.lower())
    if to is not None and to in EMITTERS:
        return to
    raise UsageError(
        "no language is given to export to" if to is None else f"`{to}` is no language for export",
        code="unknown-language",
        hint=f"give one with `--to`: {', '.join(EMITTERS)}",
    )


def depth(order: str | None, gradient: bool, hessian: bool) -> int:
    """Return the order of the derivatives that were asked for.

    Raises
    ------
    UsageError
        If they were asked for in two ways, or `--order` takes no such number.
    """
    asked = {"--order": order is not None, "--gradient": gradient, "--hessian": hessian}
    given = [option for option, is_given in asked.items() if is_given]
    if len(given) > 1:
        raise UsageError(
            f"`{given[0]}` and `{given[1]}` both say how far to derive",
            code="bad-option",
            hint="give one of them",
        )
    if order is not None:
        return whole_number(order, "--order", 0, MOST_ORDER)
    return 2 if hessian else 1


def run(
    problem: Problem, wrt: Sequence[str], order: int, mixed: bool, to: str, output: Path | None
) -> Text | Written:
    """Return an expression and its derivatives in another language, or write them into a file.

    Raises
    ------
    UsageError
        If there is nothing to differentiate with respect to.
    OutputError
        If the file cannot be written; it is then as it was.
    """
    names = problem.names(wrt)
    if order and not names:
        raise UsageError(
            "the expression has no variable to differentiate with respect to",
            code="no-variable",
            hint="`--order 0` exports the value alone",
        )
    if output is not None and is_stdout(output):
        output = None
    if output is not None:
        check_writable(output)
    text = EMITTERS[to](Export(problem, names, order, mixed))
    fields = {"command": "export", **problem.fields, "to": to}
    notes = [] if to == "latex" else range_notes(problem)
    if output is None:
        return Text(text, {**fields, "code": text}, notes)
    try:
        write_atomic(output, text.encode())
    except OSError as error:
        raise cannot_write(output, (error.strerror or "it is not possible").lower()) from error
    return Written(output, {**fields, "path": str(output)}, notes)
