"""Proven answers: what commands have computed in float64, made certain by balls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autodiff_cli.api import derivatives
from autodiff_cli.commands.question import Question
from autodiff_cli.derive.second import elements
from autodiff_cli.engine import Variable, as_variable, grad, hvp

if TYPE_CHECKING:
    from autodiff_cli.graph.proof import Proof

__all__ = [
    "Answers",
    "of_graphs",
    "of_hessian",
    "of_jacobian",
    "of_orders",
    "of_product",
    "of_series",
]

LOW_ORDER = 2
"""Up to which order a derivative is run as a graph; beyond that as a power series."""

MOST_SWEEPS = 200_000
"""Calls in the graph times columns of a Hessian or rows of a Jacobian, at most."""


class Answers(NamedTuple):
    """Arrays by name: of floats, or of texts if digits are asked for; and whether all are proven.

    Attributes
    ----------
    proofs
        How each was found; none in float64.
    """

    values: Mapping[str, Any]
    proven: bool = False
    proofs: Mapping[str, Proof] = {}

    @property
    def fields(self) -> Mapping[str, Any]:
        """What ``--json`` says about them."""
        return {"proven": self.proven}


def _answers(found: Mapping[str, Any], proofs: Mapping[str, Proof]) -> Answers:
    """Return what proofs give, in the shapes that float64 has."""
    values = {name: _shown(proof) for name, proof in proofs.items()}
    return Answers(
        {name: values[name].reshape(np.shape(found[name])) for name in found},
        all(bool(proof.proven.all()) for proof in proofs.values()),
        proofs,
    )


def _shown(proof: Proof) -> Any:
    from autodiff_cli.language.words import number

    if proof.texts is None:
        return proof.values
    texts = np.empty(proof.values.shape, object)
    for place in np.ndindex(*texts.shape):
        text = proof.texts[place]
        texts[place] = number(proof.values[place]) if text is None else text
    return texts


def of_graphs(
    question: Question, targets: Mapping[str, Variable], found: Mapping[str, Any]
) -> Answers:
    """Return proven values of some Variables of the graph.

    Parameters
    ----------
    found
        What float64 gives for them.
    """
    if question.known is None:
        return Answers(found)
    from autodiff_cli.graph.proof import prove

    proofs = prove(list(targets.values()), question.known, question.digits)
    return _answers(found, dict(zip(targets, proofs, strict=True)))


def of_orders(
    question: Question, names: Sequence[str], order: int, found: Mapping[str, Any]
) -> Answers:
    """Return the proven derivative of an order by each of some variables alone."""
    if question.known is None:
        return Answers(found)
    scalars = not any(question.env[name].shape for name in names) and not question.y.shape
    if order > LOW_ORDER and scalars:
        return of_series(question, names, order, found)
    ds = derivatives(question.y, question.env, names, order, True, question.program.limits)
    return of_graphs(question, ds, found)


def of_series(
    question: Question, names: Sequence[str], order: int, found: Mapping[str, Any]
) -> Answers:
    """Return the same from power series."""
    assert question.known is not None
    from autodiff_cli.graph.proof import prove_series

    proofs = {
        name: prove_series(
            question.y,
            {question.env[name]: 1},
            [float(found[name])],
            question.known,
            question.digits,
            orders=[order],
            derivatives=True,
        )
        for name in names
    }
    return _answers(found, proofs)


def of_hessian(question: Question, xs: Mapping[str, Variable], matrix: Any) -> Answers:
    """Return the proven Hessian, as one matrix under the name ``hessian``."""
    variables = list(xs.values())
    if question.known is None or not _affordable(question, sum(x.size for x in variables)):
        return Answers({"hessian": matrix})
    gradient = grad(question.y, variables, create_graph=True)
    rows = [row for g in gradient for row in _rows(g, variables)]
    return _matrix(question, "hessian", rows, matrix)


def of_jacobian(question: Question, xs: Mapping[str, Variable], matrix: Any) -> Answers:
    """Return the proven Jacobian, as one matrix under the name ``jacobian``."""
    if question.known is None or not _affordable(question, question.y.size):
        return Answers({"jacobian": matrix})
    variables = list(xs.values())
    return _matrix(question, "jacobian", list(_rows(question.y, variables)), matrix)


def of_product(
    question: Question,
    xs: Mapping[str, Variable],
    vector: Mapping[str, Any],
    found: Mapping[str, Any],
) -> Answers:
    """Return the proven product of the Hessian with a vector."""
    if question.known is None:
        return Answers(found)
    vs = [as_variable(np.array(vector[name], float)) for name in xs]
    products = hvp(question.y, list(xs.values()), vs, create_graph=True)
    return of_graphs(question, dict(zip(xs, products, strict=True)), found)


def _affordable(question: Question, rows: int) -> bool:
    return rows * len(question.program.calls) <= MOST_SWEEPS


def _rows(y: Variable, xs: Sequence[Variable]) -> list[list[Variable]]:
    """Return the gradient of each element of a Variable, as graphs."""
    if (scalars := elements(y)) is not None:
        return [grad(element, xs, create_graph=True) for element in scalars]
    rows = []
    for k in range(y.size):
        seed = np.zeros(y.size)
        seed[k] = 1.0
        rows.append(grad(y, xs, create_graph=True, gy=as_variable(seed.reshape(y.shape))))
    return rows


def _matrix(
    question: Question, name: str, rows: Sequence[Sequence[Variable]], matrix: Any
) -> Answers:
    from autodiff_cli.graph.proof import prove

    assert question.known is not None
    ends = np.cumsum([0, *(block.size for block in rows[0])]) if rows else [0]
    proofs = prove([block for row in rows for block in row], question.known, question.digits)
    shown = np.empty(matrix.shape, object if question.digits else float)
    for k, proof in enumerate(proofs):
        i, j = divmod(k, len(ends) - 1)
        shown[i, ends[j] : ends[j + 1]] = _shown(proof).ravel()
    proven = all(bool(proof.proven.all()) for proof in proofs)
    return Answers({name: shown}, proven, {str(k): proof for k, proof in enumerate(proofs)})
