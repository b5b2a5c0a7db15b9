"""The derivatives of operations as terms: their VJP rules, run on placeholders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff_cli.engine import Operation, as_variable, grad, value_of
from autodiff_cli.engine.elementwise import Elementwise
from autodiff_cli.language.parser import parse
from autodiff_cli.language.program import static_value
from autodiff_cli.symbolic import Algebra, Term, terms_of
from autodiff_cli.symbolic.arithmetic import applied
from autodiff_cli.symbolic.derivatives import gradient_terms
from autodiff_cli.symbolic.shorten import shortened

__all__ = ["COTANGENT", "cotangents", "slopes"]

COTANGENT = "g"
"""The name of the derivative by the result of an operation, in formulas for that by an argument."""


def slopes(algebra: Algebra, operation: Elementwise) -> dict[str, Term]:
    """Return the derivative of an elementwise operation by each argument, unless that is 0."""
    symbols = {name: algebra.symbol(name) for name in operation.arguments}
    env = {name: as_variable(math.nan, name) for name in symbols}
    names = [name for name, vjp in zip(symbols, operation.vjps, strict=True) if vjp is not None]
    term = applied(algebra, operation, list(symbols.values()))
    return dict(zip(names, gradient_terms(algebra, term, env, names), strict=True))


def cotangents(algebra: Algebra, operation: Operation) -> dict[str, Term]:
    """Return the cotangents of the arguments of an operation on tensors, given that of the result.

    The arguments have the shapes that they have in the example of the declaration.
    """
    program = parse(operation.metadata.example.rpartition(" = ")[0])
    results = program.results({})
    for call in program.calls:
        if call[0] is operation:
            values = [np.asarray(value_of(results[slot]), float) for slot in call[1]]
            params = {name: static_value(name, s, results) for name, s in (call[2] or {}).items()}
            return _pulled_back(algebra, operation, values, params)
    return {}


def _pulled_back(
    algebra: Algebra, operation: Operation, values: Sequence[Any], params: Mapping[str, Any]
) -> dict[str, Term]:
    names = list(operation.arguments)
    if operation.variadic:
        names = [f"{names[0].removesuffix('s')}{k}" for k in range(1, len(values) + 1)]
    leaves = [as_variable(value, name) for name, value in zip(names, values, strict=True)]
    y = operation.apply(*leaves, **params)
    cotangent = as_variable(np.ones(y.shape), COTANGENT)
    found = grad((cotangent * y).sum(), leaves, create_graph=True)
    terms = [shortened(algebra, term) for term in terms_of(algebra, found)]
    return dict(zip(names, terms, strict=True))
