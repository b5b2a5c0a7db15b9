"""Prove the answers of commands, which are computed in float64, by ball arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autodiff_cli.derive.unrounded import gradient, gradient_rows, in_turn
from autodiff_cli.engine import Variable, as_variable, registry
from autodiff_cli.errors import UsageError
from autodiff_cli.problem import Problem, exact_values

if TYPE_CHECKING:
    from autodiff_cli.graph.proof import Proof
    from autodiff_cli.language.program import Program

__all__ = [
    "Answers",
    "answers_of",
    "of_coefficients",
    "of_graphs",
    "of_hessian",
    "of_jacobian",
    "of_orders",
    "of_partials",
    "of_product",
    "of_series",
    "of_turns",
    "refuse_digits",
    "value_of_problem",
]

LOW_ORDER = 2
"""The highest order of a derivative that is run as a graph; higher ones use a power series."""

MOST_TURNS = 8
"""The highest order of a mixed derivative, because its graph grows with each order."""

MOST_PARTIALS = 200
"""The most partial derivatives, of all orders together, that are run as graphs."""

MOST_SWEEPS = 200_000
"""The greatest product of calls in the graph and columns of a Hessian or rows of a Jacobian."""


class Answers(NamedTuple):
    """Arrays by name, of floats, or of strings if digits are requested; and whether all are proven.

    Attributes
    ----------
    proofs
        The proof of each array; empty in float64.
    graphs
        The Variables that were proven, where there is a graph.
    """

    values: Mapping[str, Any]
    proven: bool = False
    proofs: Mapping[str, Proof] = {}
    graphs: Mapping[str, Variable] = {}

    @property
    def numbers(self) -> dict[str, Any]:
        """The answers as float64 numbers, by name."""
        return {
            name: self.proofs[name].values if name in self.proofs else value
            for name, value in self.values.items()
        }

    @property
    def certain(self) -> bool:
        """Whether all answers are proven and finite."""
        numbers = (proof.values for proof in self.proofs.values())
        return bool(self.proofs) and self.proven and all(np.all(np.isfinite(x)) for x in numbers)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields about the proof that ``--json`` prints."""
        return {"proven": self.proven}


def answers_of(
    problem: Problem,
    found: Mapping[str, Any],
    proofs: Mapping[str, Proof],
    graphs: Mapping[str, Variable] | None = None,
) -> Answers:
    """Return the answers of proofs, in the shapes of the float64 answers."""
    values = {name: _shown(proof, problem.enclosed) for name, proof in proofs.items()}
    return Answers(
        {name: values[name].reshape(np.shape(found[name])) for name in found},
        all(bool(proof.proven.all()) for proof in proofs.values()),
        proofs,
        graphs or {},
    )


def _shown(proof: Proof, enclosed: bool) -> Any:
    from autodiff_cli.language.format import number

    if enclosed:
        from autodiff_cli.graph.enclosures import ball_text

        return np.asarray(np.frompyfunc(ball_text, 1, 1)(proof.balls), object)
    if proof.texts is None:
        return proof.values
    texts = np.empty(proof.values.shape, object)
    for place in np.ndindex(*texts.shape):
        text = proof.texts[place]
        texts[place] = number(proof.values[place]) if text is None else text
    return texts


def of_graphs(
    problem: Problem, targets: Mapping[str, Variable], found: Mapping[str, Any]
) -> Answers:
    """Return the proven values of some Variables of the graph.

    Parameters
    ----------
    found
        Their values in float64.
    """
    if problem.known is None:
        return Answers(found)
    if problem.intervals:
        return _enclosed(problem, targets)
    from autodiff_cli.graph.proof import prove

    rounded = [found[name] for name in targets]
    proofs = prove(list(targets.values()), problem.known, problem.digits, rounded)
    return answers_of(problem, found, dict(zip(targets, proofs, strict=True)), targets)


def _enclosed(problem: Problem, targets: Mapping[str, Variable]) -> Answers:
    """Return an enclosure of each Variable over the intervals of the variables of a problem."""
    from autodiff_cli.graph.ball_arithmetic import as_ball
    from autodiff_cli.graph.enclosures import ball_text, enclosures

    assert problem.known is not None
    sides = {problem.env[name]: side for name, side in problem.intervals.items()}
    balls = enclosures(list(targets.values()), problem.known, sides)
    texts = np.frompyfunc(ball_text, 1, 1)
    values = {n: np.asarray(texts(b), object) for n, b in zip(targets, balls, strict=True)}
    bounded = all(x.is_finite() for array in balls for x in map(as_ball, array.ravel()))
    return Answers(values, bounded, {}, targets)


def of_orders(
    problem: Problem, names: Sequence[str], order: int, found: Mapping[str, Any]
) -> Answers:
    """Return the proven derivative of an order by each of some variables alone."""
    if problem.known is None:
        return Answers(found)
    scalars = not any(problem.env[name].shape for name in names) and not problem.y.shape
    if order > LOW_ORDER and scalars and not problem.intervals:
        return of_series(problem, names, order, found)
    if order == 0:
        return of_graphs(problem, dict.fromkeys(names, problem.y), found)
    xs = [problem.env[name] for name in names]
    if order == 1:
        targets = dict(zip(names, gradient(problem.y, xs), strict=True))
    else:
        targets = {n: in_turn(problem.y, [x] * order) for n, x in zip(names, xs, strict=True)}
    return of_graphs(problem, targets, found)


def of_series(
    problem: Problem, names: Sequence[str], order: int, found: Mapping[str, Any]
) -> Answers:
    """Return the proven derivative of an order by each variable alone, from power series."""
    assert problem.known is not None
    from autodiff_cli.graph.proof import prove_series

    proofs = {
        name: prove_series(
            problem.y,
            {problem.env[name]: 1},
            [float(found[name])],
            problem.known,
            problem.digits,
            orders=[order],
            derivatives=True,
        )
        for name in names
    }
    return answers_of(problem, found, proofs)


def of_coefficients(
    problem: Problem, along: Mapping[Variable, Any], found: Any, derivatives: Sequence[float]
) -> Answers:
    """Return proven Taylor coefficients, and the derivatives that they are multiples of.

    Parameters
    ----------
    along
        The rate of change of each variable, or a function that returns it exactly.
    """
    rounded = {"coefficients": found, "derivatives": np.array(derivatives)}
    if problem.known is None:
        return Answers(rounded)
    from autodiff_cli.graph.proof import prove_series

    proofs = {
        name: prove_series(
            problem.y,
            along,
            np.ravel(values).tolist(),
            problem.known,
            problem.digits,
            orders=range(len(found)),
            derivatives=name == "derivatives",
        )
        for name, values in rounded.items()
    }
    return answers_of(problem, rounded, proofs)


def of_turns(problem: Problem, names: Sequence[str], found: Mapping[str, Any]) -> Answers:
    """Return the proven derivative by some variables in turn, under a single name."""
    if problem.known is None:
        return Answers(found)
    (key,) = found
    if len(names) > MOST_TURNS:
        return Answers(found)
    target = in_turn(problem.y, [problem.env[name] for name in names])
    return of_graphs(problem, {key: target}, found)


def of_partials(
    problem: Problem, names: Sequence[str], found: Mapping[tuple[int, ...], float]
) -> Answers:
    """Return proven partial derivatives, by the variables of each differentiation in turn."""
    keys = {by: ",".join(names[i] for i in by) for by in found}
    rounded = {keys[by]: np.array(value) for by, value in found.items()}
    if problem.known is None or max(map(len, found)) > MOST_TURNS or len(found) > MOST_PARTIALS:
        return Answers(rounded)
    # Each graph is derived from that of one differentiation less, so each is built once.
    graphs: dict[tuple[int, ...], Variable] = {(): problem.y}
    for by in found:
        if by:
            graphs[by] = in_turn(graphs[by[:-1]], [problem.env[names[by[-1]]]])
    return of_graphs(problem, {keys[by]: graphs[by] for by in found}, rounded)


def value_of_problem(problem: Problem) -> Any:
    """Return the proven value of the expression."""
    return of_graphs(problem, {"y": problem.y}, {"y": problem.y.data}).values["y"]


def of_hessian(problem: Problem, xs: Mapping[str, Variable], matrix: Any) -> Answers:
    """Return the proven Hessian, as one matrix under the name ``hessian``."""
    variables = list(xs.values())
    if problem.known is None or not _affordable(problem, sum(x.size for x in variables)):
        return Answers({"hessian": matrix})
    rows = [row for g in gradient(problem.y, variables) for row in gradient_rows(g, variables)]
    return _matrix(problem, "hessian", rows, matrix)


def refuse_digits(problem: Problem) -> None:
    """Check that neither digits nor enclosures are requested for a file of float64 arrays.

    Raises
    ------
    UsageError
        If they are requested.
    """
    if problem.digits is not None or problem.enclosed:
        option = "--enclosure" if problem.enclosed else "--digits"
        raise UsageError(
            "`-o` writes float64 numbers, which have no other digits",
            code="contradiction",
            hint=f"leave `{option}` away; `--json` has them all",
        )


def of_jacobian(problem: Problem, xs: Mapping[str, Variable], matrix: Any) -> Answers:
    """Return the proven Jacobian, as one matrix under the name ``jacobian``."""
    if problem.known is None or not _affordable(problem, problem.y.size):
        return Answers({"jacobian": matrix})
    variables = list(xs.values())
    return _matrix(problem, "jacobian", list(gradient_rows(problem.y, variables)), matrix)


def of_product(
    problem: Problem,
    xs: Mapping[str, Variable],
    vector: Mapping[str, tuple[Any, Program | None]],
    found: Mapping[str, Any],
) -> Answers:
    """Return the proven product of the Hessian and a vector, with a block for each of ``xs``.

    Parameters
    ----------
    vector
        The value of each block of the vector, and the program that it comes from.
    """
    if problem.known is None:
        return Answers(found)
    variables, exact, along = list(xs.values()), exact_values(problem, vector), []
    for name, g in zip(xs, gradient(problem.y, variables), strict=True):
        part = as_variable(np.array(vector[name][0], float))
        problem.known[part] = exact[name]
        along.append(registry["sum"](g * part))
    products = gradient(registry["total"](*along), variables)
    return of_graphs(problem, dict(zip(xs, products, strict=True)), found)


def _affordable(problem: Problem, rows: int) -> bool:
    return rows * len(problem.program.calls) <= MOST_SWEEPS


def _matrix(
    problem: Problem, name: str, rows: Sequence[Sequence[Variable]], matrix: Any
) -> Answers:
    from autodiff_cli.graph.proof import prove, unproven

    assert problem.known is not None
    if problem.intervals:
        blocks = {f"{i} {j}": b for i, row in enumerate(rows) for j, b in enumerate(row)}
        enclosed = _enclosed(problem, blocks)
        parts = iter(enclosed.values.values())
        lines = [np.concatenate([np.ravel(next(parts)) for _ in row]) for row in rows]
        found = np.array(lines, object).reshape(matrix.shape)
        return Answers({name: found}, enclosed.proven)
    ends = np.cumsum([0, *(block.size for block in rows[0])]) if rows else [0]
    targets = [block for row in rows for block in row]
    rounded = [
        matrix[i, ends[j] : ends[j + 1]].reshape(block.shape)
        for i, row in enumerate(rows)
        for j, block in enumerate(row)
    ]
    proofs = prove(targets, problem.known, problem.digits, rounded)
    whole = unproven(matrix, problem.digits)
    for k, part in enumerate(proofs):
        i, j = divmod(k, len(ends) - 1)
        here = (i, slice(ends[j], ends[j + 1]))
        whole.values[here], whole.proven[here] = part.values.ravel(), part.proven.ravel()
        whole.balls[here] = part.balls.ravel()
        if whole.texts is not None and part.texts is not None:
            whole.texts[here] = part.texts.ravel()
        whole.assumed = [*whole.assumed, *part.assumed]
    return answers_of(problem, {name: matrix}, {name: whole})
